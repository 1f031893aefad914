/* Live answers: when they are executed, who gets what, and how they end. A module of the test's own stands behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "gateway/hub.h"
#include "gateway/subscribe.h"
#include "graphql/graphql.h"
#include "live/v1/live.rpc.h"
#include "support/fiber_test.h"
#include "telemetry/metrics.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum { ADDED_MAX = 1000, GOT_MAX = 1000, TEXT_SIZE = 300, IDS_MAX = 8 };

/* What the module answers, and how often it was asked. */
static struct {
    int number; /* of the state */
    int added;  /* things of the stream so far */
    int pad;    /* bytes in the id of each of them */
    int late;   /* the number of one that is read before all of them; 0: there is none */
    int error;
    bool error_once, gone, publishes;
    int64_t takes_ms;
    unsigned shown, followed, running, running_max;
    enum ts_principal_kind principal;
} module_state;

static Live__Thing *thing_new(struct ts_call *call, const char *id, int number)
{
    Live__Thing *thing = TS_NEW(call->arena, Live__Thing);

    live__thing__init(thing);
    thing->id = ts_strdup(call->arena, id);
    thing->has_number = true;
    thing->number = number;
    return thing;
}

static void publish(struct ts_call *call, const char *id)
{
    Live__ThingChanged event = LIVE__THING_CHANGED__INIT;

    event.thing_id = (char *)id;
    ts_publish(call, &event.base);
}

static int wait_as_told(struct ts_call *call)
{
    int error = module_state.error, r = 0;

    if (module_state.error_once)
        module_state.error = 0;
    if (++module_state.running > module_state.running_max)
        module_state.running_max = module_state.running;
    if (module_state.takes_ms)
        r = ts_sleep(call, module_state.takes_ms);
    module_state.running--;
    return r ? r : error;
}

static int show(struct ts_call *call, const Live__ShowRequest *request, Live__ShowReply *ret_reply)
{
    const int number = module_state.number;
    int r;

    module_state.shown++;
    module_state.principal = call->principal->kind;
    if (module_state.publishes)
        publish(call, "thing_1");
    r = wait_as_told(call);
    if (r)
        return r;
    if (!module_state.gone && (!request->secret || strcmp(request->secret, "good") == 0))
        ret_reply->thing = thing_new(call, request->id ? request->id : "thing_1", number);
    return 0;
}

static int follow(struct ts_call *call, const Live__FollowRequest *request, Live__FollowReply *ret_reply)
{
    int from = module_state.added, r;
    char *end;

    module_state.followed++;
    r = wait_as_told(call);
    if (r)
        return r;
    if (request->cursor)
        from = (int)strtol(request->cursor, &end, 10);
    if (from < 0 || (request->cursor && (*end || end == request->cursor)))
        return TS_EINVALID;
    ret_reply->things = TS_NEW_ARRAY(call->arena, Live__Thing *, TS_PAGE_SIZE_MAX);
    while (from < module_state.added && ret_reply->n_things < TS_PAGE_SIZE_MAX) {
        bool is_late = module_state.late && from == 0;

        from++;
        ret_reply->things[ret_reply->n_things++] =
            thing_new(call, ts_printf(call->arena, "%0*d", module_state.pad, 0),
                      is_late ? module_state.late : from - (module_state.late != 0));
    }
    ret_reply->cursor = ts_printf(call->arena, "%d", from);
    return 0;
}

static const struct live_service rows = { .show = { show, 5000 }, .follow = { follow, 5000 } };
static const struct ts_service services[] = { { &live__live__descriptor, live_dispatch, live_deadline, &rows },
                                              { NULL } };
static const struct ts_module live_module = { .name = "live", .services = services };

static const char sdl[] =
    "type Query { thing(id: ID!): Thing @rpc(method: \"Live.Show\", reply: \"thing\") @allow(grants: [PUBLIC]) }"
    "type Mutation { change(id: ID!): Thing @rpc(method: \"Live.Show\", reply: \"thing\") @allow(grants: [PUBLIC]) }"
    "type Thing @allow(grants: [PUBLIC]) { id: ID! number: Int! secret: Int @field(name: \"number\") @allow(grants: "
    "[STAFF]) }"
    "type Subscription {"
    "  state(id: ID!): Thing! @rpc(method: \"Live.Show\", reply: \"thing\") @allow(grants: [PUBLIC])"
    "    @subscribe(events: [\"live.v1.ThingChanged\"], key: \"thing_id\", argument: \"id\")"
    "  secret(secret: String!): Thing @rpc(method: \"Live.Show\", reply: \"thing\") @allow(grants: [PUBLIC])"
    "    @subscribe(events: [\"live.v1.ThingChanged\"], key: \"thing_id\", value: \"thing.id\")"
    "  happened(id: ID!): Thing! @rpc(method: \"Live.Follow\", reply: \"things\") @allow(grants: [PUBLIC])"
    "    @subscribe(events: [\"live.v1.ThingChanged\"], key: \"thing_id\", argument: \"id\", cursor: \"cursor\")"
    "  staff(id: ID!): Thing! @rpc(method: \"Live.Show\", reply: \"thing\") @allow(grants: [STAFF])"
    "    @subscribe(events: [\"live.v1.ThingChanged\"], key: \"thing_id\", argument: \"id\")"
    "}";

static struct gateway gateway;

/* A client, and all that it got. */
struct client {
    struct subscriber subscriber; /* first */
    char last[TEXT_SIZE];
    unsigned count, offered, take_max; /* take_max: busy past it */
    int ended;                         /* -1: not yet */
    char words[TEXT_SIZE];
    char ids[IDS_MAX][TEXT_SIZE]; /* of the first responses */
    struct client *leaves;        /* leaves inside next() */
    bool on_fiber;
};

static bool on_next(struct subscriber *subscriber, struct payload *payload)
{
    struct client *client = (struct client *)subscriber;

    client->offered++;
    client->on_fiber |= fiber_self() != NULL;
    if (client->leaves)
        subscriber_leave(&client->leaves->subscriber);
    if (client->count >= client->take_max)
        return false;
    if (client->count < IDS_MAX)
        (void)snprintf(client->ids[client->count], TEXT_SIZE, "%s", subscriber_id(subscriber, payload));
    client->count++;
    (void)snprintf(client->last, sizeof(client->last), "%.*s", (int)payload->size, payload->text);
    return true;
}

static void on_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *last)
{
    struct client *client = (struct client *)subscriber;

    client->ended = (int)why;
    if (last)
        (void)snprintf(client->words, sizeof(client->words), "%.*s", (int)last->size, last->text);
}

static const struct subscriber_ops ops = { on_next, on_end };

static struct client client_init(void)
{
    return (struct client){ .subscriber.ops = &ops, .take_max = GOT_MAX, .ended = -1 };
}

/* Return: the outcome; a refusal's words are in client->words. */
static enum gql_outcome client_subscribe(struct ts_call *call, struct client *client, const char *query)
{
    static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
    const struct session session = { &anonymous, { "" }, "req", "en" };
    const struct gql_request request = { .query = query, .query_size = strlen(query) };
    enum gql_outcome outcome;
    struct buf body;

    (void)call;
    buf_init(&body, 1 << 16);
    outcome = subscribe(&gateway, &session, &request, &client->subscriber, &body);
    (void)snprintf(client->words, sizeof(client->words), "%.*s", (int)body.size, body.data ? body.data : "");
    buf_done(&body);
    return outcome;
}

static void live(struct ts_call *call, struct client *client, const char *query)
{
    *client = client_init();
    if (client_subscribe(call, client, query) != GQL_EXECUTED)
        fail_msg("%s", client->words);
    assert_int_equal(client->count, 0); /* never from inside subscribe() */
}

/* As live(), for who comes back with an id, perhaps one of its own. */
static void back(struct ts_call *call, struct client *client, const char *query, const char *id)
{
    const char *last_id = ts_strdup(call->arena, id);

    *client = client_init();
    client->subscriber.last_id = last_id;
    if (client_subscribe(call, client, query) != GQL_EXECUTED)
        fail_msg("%s", client->words);
}

static void rest(struct ts_call *call, int64_t ms)
{
    assert_int_equal(ts_sleep(call, ms), 0);
}

static void change(struct ts_call *call, int number)
{
    module_state.number = number;
    publish(call, "thing_1");
}

static int64_t figure(const char *name)
{
    return metric_value(metrics_get(gateway.runtime->metrics, TS_METRIC_COUNTER, name, NULL, ""));
}

static void run_body(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    (*body)(call);
    hub_stop(gateway.hub);
    while (gateway.hub->subscription_count || bus_busy(call->runtime->bus))
        rest(call, 1);
}

static int64_t loops_ms(struct ts_runtime *own)
{
    return loop_now_ms(own->loop);
}

static void entry(void **state)
{
    static const struct gql_source source = { "live.graphql", "live.v1", sdl };
    static const ProtobufCServiceDescriptor *const descriptors[] = { &live__live__descriptor, NULL };
    static const ProtobufCMessageDescriptor *const events[] = { &live__thing_changed__descriptor, NULL };
    const struct gql_config config = {
        .sources = &source, .source_count = 1, .services = descriptors, .events = events
    };
    struct ts_runtime runtime;
    struct loop *loop = loop_new();
    struct bus *bus;
    struct buf problems;

    memset(&module_state, 0, sizeof(module_state));
    loop_clock_stop(loop); /* so that all times below are exact */
    runtime_init(&runtime, loop);
    runtime.wall_ms = loops_ms;
    runtime.metrics = metrics_new();
    bus = bus_new(&runtime, &TRANSPORT);
    buf_init(&problems, 10000);
    assert_int_equal(bus_add(bus, &live_module, &problems), 0);
    gateway = (struct gateway){ .runtime = &runtime, .schema = gql_schema_new(&config, &problems) };
    if (!gateway.schema)
        fail_msg("%.*s", (int)problems.size, problems.data);
    (void)hub_new(&gateway);
    fiber_test_run(&runtime, run_body, *state);
    hub_free(gateway.hub);
    gql_schema_free(gateway.schema);
    bus_free(bus);
    metrics_free(runtime.metrics);
    loop_free(loop);
}

#define live_unit_test(body)                                                                                           \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

#define STATE "subscription { state(id: \"thing_1\") { number } }"

static void subscribe__shows_the_state_now_then_each_change(struct ts_call *call)
{
    struct client client;

    module_state.number = 1;
    live(call, &client, STATE);
    rest(call, 5);
    assert_string_equal(client.last, "{\"data\":{\"state\":{\"number\":1}}}");
    assert_true(client.subscriber.is_state);
    rest(call, HUB_PAUSE_MS + 20);
    change(call, 2);
    rest(call, 10); /* the leading edge is immediate */
    assert_string_equal(client.last, "{\"data\":{\"state\":{\"number\":2}}}");
    assert_int_equal(client.count, 2);
    assert_false(client.on_fiber);
    assert_int_equal(module_state.principal, TS_PRINCIPAL_ANONYMOUS);
    publish(call, "thing_2");
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(module_state.shown, 2); /* another's event is nobody's */
    subscriber_leave(&client.subscriber);
    assert_int_equal(gateway.hub->subscription_count, 0);
    assert_int_equal(gateway.hub->subscriber_count, 0);
}

static void subscribe__refuses_what_is_no_subscription_or_shows_nothing(struct ts_call *call)
{
    static const struct {
        const char *query, *words;
        enum gql_outcome outcome;
    } refused[] = {
        { "{ thing(id: 1) { id } }", "Only a subscription can be sent this way, not a query.", GQL_NOT_A_SUBSCRIPTION },
        { "mutation { change(id: 1) { id } }", "Only a subscription can be sent this way, not a mutation.",
          GQL_NOT_A_SUBSCRIPTION },
        { "subscription { nothing }", "Cannot query field", GQL_REFUSED },
        { "subscription { ", "Syntax Error", GQL_REFUSED },
        { "subscription A { state(id: 1) { id } happened(id: 1) { id } }", "must select only one top level field",
          GQL_REFUSED },
        { "subscription($id: ID!) { state(id: $id) { id } }", "$id", GQL_REFUSED },
        { "subscription { secret(secret: \"bad\") { id } }", "NOT_FOUND", GQL_REFUSED },
        { "subscription { staff(id: 1) { id } }", "UNAUTHENTICATED", GQL_REFUSED },
    };

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct client client = client_init();

        assert_int_equal(client_subscribe(call, &client, refused[i].query), refused[i].outcome);
        if (!strstr(client.words, refused[i].words) || strstr(client.words, "\"data\""))
            fail_msg("%s\n  wanted %s\n  got %s", refused[i].query, refused[i].words, client.words);
        rest(call, 2);
        assert_int_equal(client.ended, -1);
        subscriber_leave(&client.subscriber); /* it never began */
    }
    assert_int_equal(gateway.hub->subscription_count, 0);
    module_state.error = TS_EUNAVAILABLE;
    {
        struct client client = client_init();

        assert_int_equal(client_subscribe(call, &client, STATE), GQL_REFUSED);
        assert_non_null(strstr(client.words, "UNAVAILABLE"));
    }
}

static void subscribe__hides_what_the_grant_does_not_show(struct ts_call *call)
{
    struct client client;

    live(call, &client, "subscription { state(id: \"thing_1\") { id secret } }");
    rest(call, 5);
    assert_non_null(strstr(client.last, "{\"data\":{\"state\":{\"id\":\"thing_1\",\"secret\":null}},\"errors\":["));
    assert_non_null(strstr(client.last, "FORBIDDEN"));
    subscriber_leave(&client.subscriber);
}

static void subscription_touch__makes_ten_a_second_of_a_burst_and_ends_with_the_newest(struct ts_call *call)
{
    struct client client;

    live(call, &client, STATE);
    for (int i = 1; i <= 50; i++) {
        change(call, i);
        change(call, i);
        rest(call, 7);
    }
    rest(call, HUB_PAUSE_MS + 20);
    assert_string_equal(client.last, "{\"data\":{\"state\":{\"number\":50}}}");
    assert_in_range(module_state.shown, 3, 7);
    assert_true(figure("tessera_subscription_coalesced_total") > 50);
    assert_int_equal(figure("tessera_subscription_executions_total"), module_state.shown);
    assert_int_equal(figure("tessera_subscription_deliveries_total"), client.count);
    subscriber_leave(&client.subscriber);
}

static void subscribe__shares_one_execution_among_equals(struct ts_call *call)
{
    enum { COUNT = 1000 };
    static struct client clients[COUNT], other;

    for (int i = 0; i < COUNT; i++)
        live(call, &clients[i], STATE);
    live(call, &other, "subscription { state(id: \"thing_1\") { number id } }");
    assert_int_equal(gateway.hub->subscription_count, 2);
    assert_int_equal(gateway.hub->subscriber_count, COUNT + 1);
    rest(call, HUB_PAUSE_MS + 20);
    assert_in_range(module_state.shown, 2, 4);
    module_state.shown = 0;
    change(call, 7);
    rest(call, 30);
    assert_int_equal(module_state.shown, 2);
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(clients[i].last, "{\"data\":{\"state\":{\"number\":7}}}");
        assert_int_equal(clients[i].count, 2);
        subscriber_leave(&clients[i].subscriber);
    }
    subscriber_leave(&other.subscriber);
}

static void subscribe__shows_a_late_comer_the_state_of_now(struct ts_call *call)
{
    struct client first, late;

    live(call, &first, STATE);
    rest(call, HUB_PAUSE_MS + 20);
    module_state.number = 5; /* and nobody said so */
    live(call, &late, STATE);
    rest(call, 10);
    assert_string_equal(late.last, "{\"data\":{\"state\":{\"number\":5}}}");
    assert_string_equal(first.last, late.last);
    rest(call, HUB_PAUSE_MS + 20);
    subscriber_leave(&late.subscriber);
    live(call, &late, STATE); /* nothing has changed: it gets its first one all the same, the other nothing */
    rest(call, 10);
    assert_string_equal(late.last, first.last);
    assert_int_equal(late.count, 1);
    assert_int_equal(first.count, 2);
    subscriber_leave(&first.subscriber);
    subscriber_leave(&late.subscriber);
}

static void hub__reads_again_in_case_a_hint_was_lost(struct ts_call *call)
{
    struct client state, stream;

    gateway.hub->reread_ms = 30;
    live(call, &state, STATE);
    live(call, &stream, "subscription { happened(id: \"thing_1\") { number } }");
    rest(call, 50);
    assert_int_equal(state.count, 1); /* unchanged bytes are not sent again */
    assert_int_equal(stream.count, 0);
    assert_true(module_state.shown >= 2);
    module_state.number = 9;
    module_state.added = 3;
    rest(call, 50);
    assert_string_equal(state.last, "{\"data\":{\"state\":{\"number\":9}}}");
    assert_int_equal(state.count, 2);
    assert_int_equal(stream.count, 3);
    assert_string_equal(stream.last, "{\"data\":{\"happened\":{\"number\":3}}}");
    subscriber_leave(&state.subscriber);
    subscriber_leave(&stream.subscriber);
}

static void hub__looks_once_more_when_a_hint_was_there_before_its_change(struct ts_call *call)
{
    struct client state;
    unsigned shown;

    live(call, &state, STATE);
    publish(call, "thing_1");
    rest(call, 300);
    assert_int_equal(state.count, 1);
    module_state.number = 9;
    rest(call, 1500);
    assert_string_equal(state.last, "{\"data\":{\"state\":{\"number\":9}}}");
    shown = module_state.shown;
    rest(call, 1500);
    assert_int_equal(module_state.shown, shown);
    subscriber_leave(&state.subscriber);
}

static void subscribe__finds_its_key_in_the_first_reply(struct ts_call *call)
{
    struct client client;

    module_state.publishes = true; /* an event of its key comes before that is known */
    live(call, &client, "subscription { secret(secret: \"good\") { number } }");
    module_state.publishes = false;
    module_state.number = 1;
    rest(call, HUB_PAUSE_MS + 20);
    assert_string_equal(client.last, "{\"data\":{\"secret\":{\"number\":1}}}");
    change(call, 2);
    rest(call, HUB_PAUSE_MS + 20);
    assert_string_equal(client.last, "{\"data\":{\"secret\":{\"number\":2}}}");
    subscriber_leave(&client.subscriber);
}

static void add(struct ts_call *call, int count)
{
    module_state.added += count;
    publish(call, "thing_1");
}

static void subscribe__delivers_each_happening_in_order(struct ts_call *call)
{
    struct client client;

    module_state.added = 10;
    live(call, &client, "subscription { happened(id: \"thing_1\") { number } }");
    assert_false(client.subscriber.is_state);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(client.count, 0); /* what was before is not shown */
    add(call, 1);
    rest(call, 10);
    assert_string_equal(client.last, "{\"data\":{\"happened\":{\"number\":11}}}");
    add(call, 250); /* more than one reply holds */
    rest(call, 5 * HUB_PAUSE_MS);
    assert_int_equal(client.count, 251);
    assert_string_equal(client.last, "{\"data\":{\"happened\":{\"number\":261}}}");
    subscriber_leave(&client.subscriber);
}

static void subscriber_ready__gives_a_state_its_newest_only(struct ts_call *call)
{
    struct client client;

    live(call, &client, STATE);
    client.take_max = 1;
    for (int i = 1; i <= 3; i++) {
        change(call, i);
        rest(call, HUB_PAUSE_MS + 20);
    }
    assert_int_equal(client.count, 1);
    assert_int_equal(client.offered, 2); /* the busy one is not asked again */
    client.take_max = 10;
    subscriber_ready(&client.subscriber);
    assert_int_equal(client.count, 2);
    assert_string_equal(client.last, "{\"data\":{\"state\":{\"number\":3}}}");
    subscriber_leave(&client.subscriber);
}

static void subscriber_ready__gives_a_stream_all_it_missed(struct ts_call *call)
{
    struct client client;

    live(call, &client, "subscription { happened(id: \"thing_1\") { number } }");
    rest(call, HUB_PAUSE_MS + 20);
    client.take_max = 0;
    add(call, 90);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(client.count, 0);
    client.take_max = 1000;
    subscriber_ready(&client.subscriber);
    assert_int_equal(client.count, 90);
    assert_string_equal(client.last, "{\"data\":{\"happened\":{\"number\":90}}}");
    subscriber_leave(&client.subscriber);
}

#define HAPPENED "subscription { happened(id: \"thing_1\") { number } }"

/* Leaves a client's ids of the events 1 to `count`, all of one reply. */
static void happen(struct ts_call *call, struct client *client, int count)
{
    live(call, client, HAPPENED);
    rest(call, HUB_PAUSE_MS + 20);
    add(call, count);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(client->count, count);
    subscriber_leave(&client->subscriber);
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void subscribe__goes_on_with_a_stream_behind_an_id(struct ts_call *call)
{
    struct client client, again;
    const char *begin;

    live(call, &client, HAPPENED);
    begin = ts_strdup(call->arena, subscriber_id(&client.subscriber, NULL));
    subscriber_leave(&client.subscriber);
    happen(call, &client, 4);
    add(call, 250);
    for (int i = -1; i < 4; i++) {
        back(call, &again, HAPPENED, i < 0 ? begin : client.ids[i]);
        rest(call, 5 * HUB_PAUSE_MS);
        assert_int_equal(again.count, 254 - (i + 1));
        assert_string_equal(again.last, "{\"data\":{\"happened\":{\"number\":254}}}");
        subscriber_leave(&again.subscriber);
    }
}

static void subscribe__goes_on_among_what_came_in_between(struct ts_call *call)
{
    struct client client, again;

    happen(call, &client, 3);
    module_state.added = 0;
    module_state.late = 100; /* is read first now, and the three behind it */
    add(call, 4);
    back(call, &again, HAPPENED, client.ids[1]);
    rest(call, 10);
    assert_int_equal(again.count, 2); /* the late one, and the third */
    subscriber_leave(&again.subscriber);
    back(call, &again, HAPPENED, again.ids[0]);
    rest(call, 10);
    assert_int_equal(again.count, 1);
    assert_string_equal(again.last, "{\"data\":{\"happened\":{\"number\":3}}}");
    subscriber_leave(&again.subscriber);
}

static void subscribe__takes_an_id_that_is_none_for_none(struct ts_call *call)
{
    struct client client, other, state;
    char long_id[EVENT_ID_SIZE_MAX + 100];
    char question[EVENT_QUESTION_SIZE] = { 0 };

    happen(call, &client, 2);
    memcpy(question, client.ids[1], EVENT_QUESTION_SIZE - 1);
    live(call, &other, "subscription { happened(id: \"thing_2\") { number } }");
    rest(call, 10);
    live(call, &state, STATE);
    rest(call, 10);
    subscriber_leave(&state.subscriber);
    add(call, 5);
    (void)snprintf(long_id, sizeof(long_id), "%s..%0*d", question, EVENT_ID_SIZE_MAX, 1);
    {
        const char *ids[] = {
            "",
            ".",
            "0",
            "\xff\n",
            question,
            long_id,
            state.ids[0],
            subscriber_id(&other.subscriber, NULL),
            ts_printf(call->arena, "%s.", question),
            ts_printf(call->arena, "%s..", question),
            ts_printf(call->arena, "%s..junk", question),
            ts_printf(call->arena, "%s..-1", question),
            ts_printf(call->arena, "%s.0123456.1", question),
            ts_printf(call->arena, "%s.0123456x.1", question),
            ts_printf(call->arena, "%s..1 ", question),
            ts_printf(call->arena, "0%s", client.ids[1]),
        };

        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
            back(call, &client, HAPPENED, ids[i]);
            rest(call, 10);
            if (client.count || client.ended != -1)
                fail_msg("\"%s\": %u responses, ended %d", ids[i], client.count, client.ended);
            add(call, 1);
            rest(call, HUB_PAUSE_MS + 20);
            assert_int_equal(client.count, 1);
            subscriber_leave(&client.subscriber);
        }
    }
    subscriber_leave(&other.subscriber);
}

static void subscribe__asks_for_the_right_of_who_comes_back(struct ts_call *call)
{
    struct client client = client_init();

    client.subscriber.last_id = "0123456789abcdef..1";
    assert_int_equal(client_subscribe(call, &client, "subscription { staff(id: 1) { id } }"), GQL_REFUSED);
    assert_non_null(strstr(client.words, "UNAUTHENTICATED"));
    happen(call, &client, 1);
    module_state.error = TS_EUNAVAILABLE;
    module_state.error_once = true;
    client.subscriber.last_id = client.ids[0];
    assert_int_equal(client_subscribe(call, &client, HAPPENED),
                     GQL_REFUSED); /* not begun anew: something would be lost */
    assert_non_null(strstr(client.words, "UNAVAILABLE"));
}

static void subscribe__shares_what_follows_an_id(struct ts_call *call)
{
    struct client clients[4], first, fresh;

    happen(call, &first, 3);
    add(call, 250);
    module_state.takes_ms = 10;
    for (int i = 0; i < 3; i++)
        back(call, &clients[i], HAPPENED, first.ids[2]);
    assert_int_equal(gateway.hub->subscription_count, 1);
    live(call, &fresh, HAPPENED); /* what is not news is not for this one */
    assert_int_equal(gateway.hub->subscription_count, 2);
    rest(call, 5 * HUB_PAUSE_MS);
    assert_int_equal(fresh.count, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(clients[i].count, 250);
    subscriber_leave(&fresh.subscriber);
    live(call, &fresh, HAPPENED); /* it has caught up by now */
    assert_int_equal(gateway.hub->subscription_count, 1);
    add(call, 2);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(fresh.count, 2);
    back(call, &clients[3], HAPPENED, fresh.ids[1]); /* cut off for a moment, while others stayed */
    assert_int_equal(gateway.hub->subscription_count, 1);
    add(call, 1);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(clients[3].count, 1);
    assert_int_equal(clients[0].count, 253);
    for (int i = 0; i < 4; i++)
        subscriber_leave(&clients[i].subscriber);
    subscriber_leave(&fresh.subscriber);
}

static void subscribe__shows_no_state_again_to_who_has_it(struct ts_call *call)
{
    struct client client, other, more;

    live(call, &client, STATE);
    rest(call, 10);
    subscriber_leave(&client.subscriber);
    back(call, &other, STATE, client.ids[0]);
    back(call, &more, STATE, client.ids[0]);
    rest(call, 3 * HUB_PAUSE_MS);
    assert_int_equal(other.count + more.count, 0);
    back(call, &client, STATE, client.ids[0]); /* one more, when the state is old */
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(client.count, 0);
    change(call, 1);
    rest(call, HUB_PAUSE_MS + 20);
    change(call, 0);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(other.count, 2); /* that it was so before does not matter */
    assert_int_equal(more.count, 2);
    assert_int_equal(client.count, 2);
    subscriber_leave(&client.subscriber);
    back(call, &client, "subscription { state(id: \"thing_2\") { number } }", other.ids[1]);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(client.count, 1); /* the same words, about something else */
    assert_string_equal(client.last, other.last);
    subscriber_leave(&client.subscriber);
    subscriber_leave(&other.subscriber);
    subscriber_leave(&more.subscriber);
}

static void hub__drops_a_slow_reader_of_a_stream_and_no_other(struct ts_call *call)
{
    struct client slow, quick;

    live(call, &slow, "subscription { happened(id: \"thing_1\") { number } }");
    live(call, &quick, "subscription { happened(id: \"thing_1\") { number } }");
    rest(call, HUB_PAUSE_MS + 20);
    slow.take_max = 0;
    add(call, HUB_STREAM_WAITING_MAX);
    rest(call, 6 * HUB_PAUSE_MS);
    assert_int_equal(slow.ended, -1);
    add(call, 1);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(slow.ended, SUBSCRIBER_SLOW);
    assert_int_equal(quick.count, HUB_STREAM_WAITING_MAX + 1);
    assert_int_equal(quick.ended, -1);
    assert_int_equal(figure("tessera_subscription_slow_total"), 1);
    subscriber_leave(&slow.subscriber); /* does nothing */
    subscriber_leave(&quick.subscriber);
}

static void hub__keeps_so_many_bytes_for_who_is_behind(struct ts_call *call)
{
    enum { SIZE = 200000, FIT = HUB_STREAM_KEPT_SIZE_MAX / SIZE, MANY = 2 * FIT - 1 };
    static const char query[] = "subscription { happened(id: \"thing_1\") { id again: id } }";
    struct client slow, quick;

    module_state.pad = SIZE / 2;
    live(call, &slow, query);
    live(call, &quick, query);
    rest(call, HUB_PAUSE_MS + 20);
    slow.take_max = 0;
    for (int i = 0; i < FIT - 1; i++) {
        add(call, 1);
        rest(call, HUB_PAUSE_MS + 20);
    }
    assert_int_equal(slow.ended, -1);
    add(call, 2);
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(slow.ended, SUBSCRIBER_SLOW);
    add(call, MANY); /* in one reply: nobody could have taken the first before the last came */
    rest(call, HUB_PAUSE_MS + 20);
    assert_int_equal(quick.count, FIT + 1 + MANY);
    assert_int_equal(quick.ended, -1);
    assert_in_range(quick.subscriber.subscription->kept_size, SIZE, 2 * SIZE); /* one, when all have it */
    subscriber_leave(&quick.subscriber);
}

static void hub__ends_what_may_not_be_seen_any_more(struct ts_call *call)
{
    struct client one, other;

    live(call, &one, STATE);
    live(call, &other, STATE);
    rest(call, HUB_PAUSE_MS + 20);
    module_state.gone = true;
    publish(call, "thing_1");
    rest(call, 20);
    assert_int_equal(one.ended, SUBSCRIBER_FAILED);
    assert_int_equal(other.ended, SUBSCRIBER_FAILED);
    assert_non_null(strstr(one.words, "NOT_FOUND"));
    assert_null(strstr(one.words, "\"data\""));
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void hub__repeats_what_failed_of_itself(struct ts_call *call)
{
    struct client client;

    live(call, &client, STATE);
    rest(call, HUB_PAUSE_MS + 20);
    module_state.error = TS_EUNAVAILABLE;
    change(call, 4);
    rest(call, 20);
    assert_int_equal(client.count, 1);
    assert_int_equal(client.ended, -1);
    module_state.error = 0;
    rest(call, HUB_RETRY_MS + 50);
    assert_string_equal(client.last, "{\"data\":{\"state\":{\"number\":4}}}");
    assert_int_equal(figure("tessera_subscription_failures_total"), 1);
    subscriber_leave(&client.subscriber);
}

static void subscriber_leave__works_during_an_execution(struct ts_call *call)
{
    struct client client;

    live(call, &client, STATE);
    rest(call, HUB_PAUSE_MS + 20);
    module_state.takes_ms = 30;
    change(call, 1);
    rest(call, 5);
    assert_int_equal(module_state.running, 1);
    subscriber_leave(&client.subscriber);
    client.take_max = 0;
    rest(call, 50);
    assert_int_equal(client.offered, 1);
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void subscribe_on_fiber(void *data)
{
    struct client *client = data;

    client->on_fiber = client_subscribe(NULL, client, STATE) == GQL_EXECUTED;
}

static void subscriber_leave__works_inside_subscribe(struct ts_call *call)
{
    struct client one = client_init(), other = client_init();

    module_state.takes_ms = 30;
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &one);
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &other);
    rest(call, 5);
    assert_int_equal(module_state.shown, 1); /* the second shares the first's execution */
    subscriber_leave(&one.subscriber);
    rest(call, 60);
    assert_int_equal(one.offered, 0);
    assert_int_equal(other.count, 1);
    subscriber_leave(&other.subscriber);
    assert_int_equal(gateway.hub->subscription_count, 0);
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &one);
    rest(call, 5);
    subscriber_leave(&one.subscriber);
    rest(call, 60);
    assert_int_equal(one.offered, 0);
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void subscribe__tells_who_joined_that_it_failed(struct ts_call *call)
{
    struct client one = client_init(), other = client_init();

    module_state.takes_ms = 30;
    module_state.gone = true;
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &one);
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &other);
    rest(call, 60);
    assert_int_equal(one.ended, -1); /* its subscribe() said so */
    assert_non_null(strstr(one.words, "NOT_FOUND"));
    assert_int_equal(other.ended, SUBSCRIBER_FAILED);
    assert_non_null(strstr(other.words, "NOT_FOUND"));
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void subscriber_leave__works_inside_next(struct ts_call *call)
{
    struct client clients[3];

    for (int i = 0; i < 3; i++) {
        live(call, &clients[i], STATE);
        rest(call, 5);
    }
    rest(call, HUB_PAUSE_MS + 20);
    clients[0].leaves = &clients[1]; /* the next in line */
    clients[2].leaves = &clients[2]; /* itself */
    change(call, 1);
    rest(call, 20);
    assert_int_equal(clients[0].count, 2);
    assert_int_equal(clients[1].count, 1);
    assert_int_equal(clients[2].count, 2);
    assert_int_equal(gateway.hub->subscriber_count, 1);
    clients[0].leaves = &clients[0]; /* the last one takes the subscription with it */
    rest(call, HUB_PAUSE_MS + 20);
    change(call, 2);
    rest(call, 20);
    assert_int_equal(gateway.hub->subscription_count, 0);
}

static void hub__executes_few_at_once(struct ts_call *call)
{
    enum { COUNT = 3 * HUB_EXECUTIONS_MAX };
    static struct client clients[COUNT];
    char query[100];

    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(query, sizeof(query), "subscription { a%d: state(id: \"thing_1\") { number } }", i);
        live(call, &clients[i], query);
    }
    rest(call, HUB_PAUSE_MS + 20);
    module_state.takes_ms = 20;
    module_state.running_max = 0;
    change(call, 1);
    rest(call, 150);
    assert_int_equal(module_state.running_max, HUB_EXECUTIONS_MAX);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(clients[i].count, 2);
        subscriber_leave(&clients[i].subscriber);
    }
}

static void hub_stop__ends_all_and_refuses_more(struct ts_call *call)
{
    struct client one, beginning = client_init(), late = client_init();

    live(call, &one, "subscription { state(id: \"thing_1\") { id } }");
    module_state.takes_ms = 30;
    fiber_spawn(call->runtime->loop, subscribe_on_fiber, &beginning);
    rest(call, 5);
    hub_stop(gateway.hub);
    rest(call, 5);
    assert_int_equal(one.ended, SUBSCRIBER_STOPPING);
    assert_int_equal(gateway.hub->subscription_count, 1); /* the one whose subscribe() still runs */
    assert_int_equal(client_subscribe(call, &late, STATE), GQL_REFUSED);
    assert_non_null(strstr(late.words, "UNAVAILABLE"));
    rest(call, 50);
    assert_int_equal(beginning.ended, -1);
    assert_non_null(strstr(beginning.words, "UNAVAILABLE"));
    assert_int_equal(gateway.hub->subscription_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        live_unit_test(subscribe__shows_the_state_now_then_each_change),
        live_unit_test(subscribe__refuses_what_is_no_subscription_or_shows_nothing),
        live_unit_test(subscribe__hides_what_the_grant_does_not_show),
        live_unit_test(subscription_touch__makes_ten_a_second_of_a_burst_and_ends_with_the_newest),
        live_unit_test(subscribe__shares_one_execution_among_equals),
        live_unit_test(subscribe__shows_a_late_comer_the_state_of_now),
        live_unit_test(hub__reads_again_in_case_a_hint_was_lost),
        live_unit_test(hub__looks_once_more_when_a_hint_was_there_before_its_change),
        live_unit_test(subscribe__finds_its_key_in_the_first_reply),
        live_unit_test(subscribe__delivers_each_happening_in_order),
        live_unit_test(subscriber_ready__gives_a_state_its_newest_only),
        live_unit_test(subscriber_ready__gives_a_stream_all_it_missed),
        live_unit_test(subscribe__goes_on_with_a_stream_behind_an_id),
        live_unit_test(subscribe__goes_on_among_what_came_in_between),
        live_unit_test(subscribe__takes_an_id_that_is_none_for_none),
        live_unit_test(subscribe__asks_for_the_right_of_who_comes_back),
        live_unit_test(subscribe__shares_what_follows_an_id),
        live_unit_test(subscribe__shows_no_state_again_to_who_has_it),
        live_unit_test(hub__drops_a_slow_reader_of_a_stream_and_no_other),
        live_unit_test(hub__keeps_so_many_bytes_for_who_is_behind),
        live_unit_test(hub__ends_what_may_not_be_seen_any_more),
        live_unit_test(hub__repeats_what_failed_of_itself),
        live_unit_test(subscriber_leave__works_during_an_execution),
        live_unit_test(subscriber_leave__works_inside_subscribe),
        live_unit_test(subscribe__tells_who_joined_that_it_failed),
        live_unit_test(subscriber_leave__works_inside_next),
        live_unit_test(hub__executes_few_at_once),
        live_unit_test(hub_stop__ends_all_and_refuses_more),
    };

    return cmocka_run_group_tests_name("gateway/subscribe", tests, NULL, NULL);
}
