/* Several instances in one process, joined by a real NATS server: what a call and an event promise between processes.
 */
#include <nats/nats.h>
#include <string.h>

#include "base/buf.h"
#include "bus/bus.h"
#include "probe/v1/probe.rpc.h"
#include "support/fiber_test.h"
#include "support/nats.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum { INSTANCES = 3, ASKING = 0, SERVING = 1, SERVING_TOO = 2 };

static struct nats_server server;

/* The module runs in all but the first. */
static struct instance {
    struct ts_runtime runtime;
    struct bus *bus;
    unsigned served, heard;
    int64_t heard_version;
} instances[INSTANCES];

static struct {
    struct ts_call seen;
    struct ts_principal principal;
    char principal_id[64], operation[64], request_id[64], key[64], locale[64], address[64];
    int result;
    const char *words;
    int64_t takes_ms, slow_number, slow_ms; /* each; one of them */
    size_t reply_size;
    unsigned running, running_max; /* handlers at once */
} probe;

static struct instance *here(const struct ts_call *call)
{
    return (struct instance *)((char *)call->runtime - offsetof(struct instance, runtime));
}

/* Copied: they live on the arena of a call that has ended when the test looks. */
static void note_texts(const struct ts_call *call)
{
    const struct {
        char *to;
        const char *text;
    } texts[] = { { probe.principal_id, call->principal->id },
                  { probe.operation, call->operation },
                  { probe.request_id, call->request_id },
                  { probe.key, call->idempotency_key },
                  { probe.locale, call->locale },
                  { probe.address, call->address } };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        (void)snprintf(texts[i].to, sizeof(probe.key), "%s", texts[i].text ? texts[i].text : "(none)");
    probe.principal = *call->principal;
}

static int echo(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    int r;

    here(call)->served++;
    probe.seen = *call;
    note_texts(call);
    if (++probe.running > probe.running_max)
        probe.running_max = probe.running;
    r = probe.takes_ms ? ts_sleep(call, probe.takes_ms) : 0;
    if (r == 0 && probe.slow_ms && request->number == probe.slow_number)
        r = ts_sleep(call, probe.slow_ms);
    probe.running--;
    if (r)
        return r;
    ret_reply->text = request->text;
    ret_reply->has_number = request->has_number;
    ret_reply->number = request->number;
    if (probe.reply_size)
        ret_reply->text = memset(ts_alloc(call->arena, probe.reply_size + 1), 'x', probe.reply_size);
    return 0;
}

static int refuse(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    (void)request;
    (void)ret_reply;
    return ts_refuse(call, COMMON__ERROR_CODE__SOLD_OUT, "lines.0.quantity", "None left.");
}

static int fail_as_told(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    (void)request;
    (void)ret_reply;
    return probe.words ? ts_fail(call, probe.result, "%s", probe.words) : probe.result;
}

static int nest(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    const Probe__EchoReply *reply = NULL;
    int r = probe_echo(call, request, &reply);

    if (r == 0)
        ret_reply->text = reply->text;
    return r;
}

static int plain(struct ts_call *call, const Probe__EchoRequest *request, Probe__PlainReply *ret_reply)
{
    (void)request;
    (void)ret_reply;
    return ts_fail(call, TS_EINTERNAL, "not asked here");
}

static int on_happened(struct ts_call *call, const ProtobufCMessage *event)
{
    here(call)->heard++;
    here(call)->heard_version = ((const Probe__Happened *)event)->version;
    return 0;
}

static const struct probe_service rows = {
    .echo = { echo, 1000 },
    .refuse = { refuse, 1000 },
    .fail = { fail_as_told, 1000 },
    .nest = { nest, 1000 },
    .plain = { plain, 1000 },
};
static const struct ts_service services[] = {
    { &probe__probe__descriptor, probe_dispatch, probe_deadline, &rows },
    { NULL },
};
static const struct ts_listener listeners[] = { { &probe__happened__descriptor, on_happened }, { NULL } };
static const struct ts_module module = { .name = "probe", .services = services };
static const struct ts_module listening = { .name = "listening", .listeners = listeners };

static void instance_open(struct instance *instance, struct loop *loop, bool serves)
{
    struct buf problems;

    *instance = (struct instance){ .served = 0 };
    buf_init(&problems, 1000);
    runtime_init(&instance->runtime, loop);
    instance->runtime.metrics = metrics_new();
    instance->bus = bus_new(&instance->runtime, &bus_local);
    assert_int_equal(bus_add(instance->bus, &listening, &problems), 0);
    assert_int_equal(
        serves ? bus_add(instance->bus, &module, &problems) : bus_add_away(instance->bus, &module, &problems), 0);
    bus_join(instance->bus, &server.net);
}

static bool is_connected(const struct instance *instance)
{
    return metric_value(metrics_get(instance->runtime.metrics, TS_METRIC_GAUGE, "tessera_bus_connected", NULL, ""));
}

static int connected_count(void)
{
    int count = 0;

    for (int i = 0; i < INSTANCES; i++)
        count += is_connected(&instances[i]);
    return count;
}

static void wait_connected(struct ts_call *call)
{
    while (connected_count() < INSTANCES)
        assert_int_equal(ts_sleep(call, 1), 0);
}

static void with_instances(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    if (server.pid)
        wait_connected(call);
    (*body)(call);
}

static void run_instances(void *body)
{
    struct loop *loop = loop_new();

    memset(&probe, 0, sizeof(probe));
    for (int i = 0; i < INSTANCES; i++)
        instance_open(&instances[i], loop, i != ASKING);
    fiber_test_run(&instances[ASKING].runtime, with_instances, body);
    for (int i = 0; i < INSTANCES; i++)
        while (bus_busy(instances[i].bus)) /* a call whose caller is gone has its time */
            loop_run_once(loop, /* wait= */ true);
    for (int i = 0; i < INSTANCES; i++) {
        bus_free(instances[i].bus);
        metrics_free(instances[i].runtime.metrics);
    }
    loop_free(loop);
}

static void entry(void **state)
{
    nats_server_init(&server);
    nats_server_start(&server);
    run_instances(*state);
    nats_server_kill(&server);
}

static void entry_without_server(void **state)
{
    nats_server_init(&server);
    run_instances(*state);
    nats_server_kill(&server);
}

#define nats_unit_test(body, entry)                                                                                    \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

static unsigned served(void)
{
    return instances[SERVING].served + instances[SERVING_TOO].served;
}

/* ---- calls */

static void nats_call__carries_request_reply_and_context(struct ts_call *call)
{
    const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "own er" };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply = NULL;
    int64_t now_ms = loop_now_ms(call->runtime->loop);

    request.text = ts_strdup(call->arena, "h\303\251");
    request.has_number = true;
    request.number = INT64_MIN;
    call->principal = &owner;
    call->operation = "createEvent";
    call->request_id = "r-1";
    call->idempotency_key = " 100%\r\ntessera-principal: system x\303\251 ";
    call->locale = "";
    call->address = NULL;
    call->trace.sampled = true;
    call->deadline_ms = now_ms + 400;
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_string_equal(reply->text, request.text);
    assert_int_equal(reply->number, INT64_MIN);
    assert_int_equal(served(), 1);
    assert_string_equal(probe.seen.trace.trace_id, call->trace.trace_id);
    assert_true(probe.seen.trace.sampled);
    assert_string_not_equal(probe.seen.trace.parent_id, call->trace.span_id); /* the hop's own */
    assert_int_equal(probe.principal.kind, TS_PRINCIPAL_OWNER);
    assert_string_equal(probe.principal_id, "own er");
    assert_string_equal(probe.operation, "createEvent");
    assert_string_equal(probe.request_id, "r-1");
    assert_string_equal(probe.key, call->idempotency_key);
    assert_string_equal(probe.locale, "");
    assert_string_equal(probe.address, "(none)");
    assert_int_equal(probe.seen.depth, 1);
    assert_in_range(probe.seen.deadline_ms, now_ms + 300, now_ms + 500);
}

static void nats_call__answers_refusals_and_failures_as_they_are(struct ts_call *call)
{
    static const int errors[] = { TS_ENOTFOUND, TS_EDENIED, TS_EEXHAUSTED, TS_EUNAUTHENTICATED };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply = NULL;

    assert_int_equal(probe_refuse(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 1);
    assert_int_equal(reply->refusals[0]->code, COMMON__ERROR_CODE__SOLD_OUT);
    assert_int_equal(reply->refusals[0]->n_path, 3);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        probe.result = errors[i];
        probe.words = NULL;
        assert_int_equal(probe_fail(call, &request, &reply), errors[i]);
        assert_string_equal(ts_call_failure(call), ts_error_name(errors[i]));
        probe.words = "Just so:\r\nno.";
        assert_int_equal(probe_fail(call, &request, &reply), errors[i]);
        assert_string_equal(ts_call_failure(call), probe.words);
    }
}

static void nats_call__past_its_deadline_says_so(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int64_t start_ms = loop_now_ms(call->runtime->loop);

    probe.takes_ms = 5000;
    call->deadline_ms = start_ms + 100;
    assert_int_equal(probe_echo(call, &request, &reply), TS_EDEADLINE);
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 100, 900);
}

static void nats_call__without_an_answer_does_not_know(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int64_t start_ms = loop_now_ms(call->runtime->loop);

    instances[SERVING].runtime.crashed = instances[SERVING_TOO].runtime.crashed = true;
    call->deadline_ms = start_ms + 100;
    assert_int_equal(probe_echo(call, &request, &reply), TS_EUNKNOWN);
    assert_string_equal(ts_call_failure(call), "No answer came in time; it may have been done.");
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 1000, 1900);
}

static void on_left(void *data)
{
    *(bool *)data = true;
}

static void leave(struct ts_call *call, int which)
{
    bool left = false;

    bus_leave(instances[which].bus, 5000, on_left, &left);
    while (!left)
        assert_int_equal(ts_sleep(call, 1), 0);
}

static void nats_call__to_nobody_is_unavailable_at_once(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int64_t start_ms;

    leave(call, SERVING);
    leave(call, SERVING_TOO);
    start_ms = loop_now_ms(call->runtime->loop);
    assert_int_equal(probe_echo(call, &request, &reply), TS_EUNAVAILABLE);
    assert_string_equal(ts_call_failure(call), "Nobody serves this at the moment.");
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 0, 500);
}

static void nats_call__too_large_is_refused_and_harms_nobody(struct ts_call *call)
{
    enum { TOO_LARGE = 2 << 20 }; /* for a server that was told nothing */
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    request.text = memset(ts_alloc(call->arena, TOO_LARGE + 1), 'x', TOO_LARGE);
    assert_int_equal(probe_echo(call, &request, &reply), TS_EEXHAUSTED);
    assert_string_equal(ts_call_failure(call), "A message of 2097157 bytes is too large.");
    assert_int_equal(served(), 0);
    request.text = NULL;
    probe.reply_size = TOO_LARGE;
    assert_int_equal(probe_echo(call, &request, &reply), TS_EEXHAUSTED);
    assert_string_equal(ts_call_failure(call), "A message of 2097157 bytes is too large.");
    probe.reply_size = TS_MESSAGE_SIZE_MAX;
    assert_int_equal(probe_echo(call, &request, &reply), TS_EEXHAUSTED);
    probe.reply_size = 900 << 10;
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_int_equal(strlen(reply->text), 900 << 10);
    assert_int_equal(connected_count(), INSTANCES);
}

static int call_once(struct ts_call *call, void *item)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int r;

    request.has_number = true;
    request.number = (int64_t)(intptr_t)item;
    r = probe_echo(call, &request, &reply);
    return r ? r : reply->number == request.number ? 0 : TS_EINTERNAL;
}

enum { MANY = 200, FEW = 20 };

static int call_times(struct ts_call *call, size_t count)
{
    void *items[MANY];

    for (size_t i = 0; i < count; i++)
        items[i] = (void *)(intptr_t)i; /* NOLINT(performance-no-int-to-ptr) */
    return ts_all(call, call_once, items, count);
}

static int call_many(struct ts_call *call)
{
    return call_times(call, MANY);
}

static void nats_call__is_shared_by_those_who_serve(struct ts_call *call)
{
    unsigned asked = 0;

    while (asked < 10 * MANY && (!instances[SERVING].served || !instances[SERVING_TOO].served)) {
        assert_int_equal(call_many(call), 0);
        asked += MANY;
    }
    assert_int_equal(served(), asked);
    assert_true(instances[SERVING].served > 0);
    assert_true(instances[SERVING_TOO].served > 0);
}

/* ---- several in one message */

/* Who reads along, as an operator may. */
struct witness {
    natsConnection *connection;
    natsSubscription *subscription;
};

static void witness_begin(struct witness *witness, const char *subject)
{
    assert_int_equal(natsConnection_ConnectTo(&witness->connection, server.url), NATS_OK);
    assert_int_equal(natsConnection_SubscribeSync(&witness->subscription, witness->connection, subject), NATS_OK);
    assert_int_equal(natsConnection_Flush(witness->connection), NATS_OK);
}

static uint64_t witness_end(struct witness *witness)
{
    uint64_t count = 0;

    assert_int_equal(natsConnection_Flush(witness->connection), NATS_OK);
    assert_int_equal(natsSubscription_QueuedMsgs(witness->subscription, &count), NATS_OK);
    natsSubscription_Destroy(witness->subscription);
    natsConnection_Destroy(witness->connection);
    return count;
}

struct one {
    int64_t number, took_ms;
    char *text;
    int result;
};

static int run_one(struct ts_call *call, void *item)
{
    struct one *one = item;
    int64_t start_ms = loop_now_ms(call->runtime->loop);
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    request.text = one->text;
    request.has_number = true;
    request.number = one->number;
    one->result = probe_echo(call, &request, &reply);
    one->took_ms = loop_now_ms(call->runtime->loop) - start_ms;
    assert_true(one->result || reply->number == one->number);
    return 0;
}

enum { SOME = 5 };

/* In one tick. */
static void call_some(struct ts_call *call, struct one ones[SOME], char *text)
{
    void *items[SOME];

    for (int i = 0; i < SOME; i++) {
        ones[i] = (struct one){ .number = i, .text = text };
        items[i] = &ones[i];
    }
    assert_int_equal(ts_all(call, run_one, items, SOME), 0);
}

static void nats_call__those_of_a_tick_travel_together(struct ts_call *call)
{
    struct witness witness;

    witness_begin(&witness, "tessera.probe.v1.Probe.Echo");
    assert_int_equal(call_many(call), 0);
    assert_int_equal(served(), MANY);
    assert_in_range(witness_end(&witness), 1, MANY / 4);
}

static void nats_call__a_slow_one_holds_no_other(struct ts_call *call)
{
    struct one ones[SOME];
    struct witness witness;

    witness_begin(&witness, "_INBOX.>");
    probe.slow_number = 2;
    probe.slow_ms = 500;
    call_some(call, ones, /* text= */ NULL);
    for (int i = 0; i < SOME; i++) {
        assert_int_equal(ones[i].result, 0);
        assert_true((ones[i].took_ms >= probe.slow_ms) == (i == probe.slow_number));
    }
    assert_int_equal(witness_end(&witness), 3); /* of the first, which leaves alone; its own; the others' */
}

/* The server takes a megabyte. */
static void nats_call__large_ones_travel_alone(struct ts_call *call)
{
    enum { LARGE = 400 << 10 };
    struct one ones[SOME];

    probe.reply_size = LARGE;
    call_some(call, ones, memset(ts_alloc(call->arena, LARGE + 1), 'x', LARGE));
    for (int i = 0; i < SOME; i++)
        assert_int_equal(ones[i].result, 0);
}

static void nats_call__all_are_told_that_nobody_serves_them(struct ts_call *call)
{
    struct one ones[SOME];

    leave(call, SERVING);
    leave(call, SERVING_TOO);
    call_some(call, ones, /* text= */ NULL);
    for (int i = 0; i < SOME; i++)
        assert_int_equal(ones[i].result, TS_EUNAVAILABLE);
}

/* Which says that it is longer than it is. */
static void nats_call__what_is_none_is_refused_once(struct ts_call *call)
{
    struct witness witness;
    natsMsg *answer = NULL;
    uint64_t count = 0;
    char expected[32];

    witness_begin(&witness, "answers");
    assert_int_equal(natsConnection_PublishRequestString(witness.connection, "tessera.probe.v1.Probe.Echo", "answers",
                                                         "id=1.0 size=99\nid=1.1 size=0\n"),
                     NATS_OK);
    while (!count) {
        assert_int_equal(ts_sleep(call, 1), 0);
        assert_int_equal(natsSubscription_QueuedMsgs(witness.subscription, &count), NATS_OK);
    }
    assert_int_equal(natsSubscription_NextMsg(&answer, witness.subscription, 0), NATS_OK);
    (void)snprintf(expected, sizeof(expected), " status=%d\n", -TS_EINVALID);
    assert_memory_equal(natsMsg_GetData(answer), expected, strlen(expected));
    natsMsg_Destroy(answer);
    assert_int_equal(witness_end(&witness), 0);
    assert_int_equal(served(), 0);
}

static void nats_call__nested_ones_stay_where_the_module_is(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    request.text = ts_strdup(call->arena, "deep");
    assert_int_equal(probe_nest(call, &request, &reply), 0);
    assert_string_equal(reply->text, "deep");
    assert_int_equal(probe.seen.depth, 2);
}

struct background {
    const char *key;
    size_t count;
    int result;
    bool ended;
};

static int run_many(struct ts_call *call, void *data)
{
    const struct background *background = data;

    call->idempotency_key = background->key;
    call->deadline_ms = loop_now_ms(call->runtime->loop) + 5000;
    return call_times(call, background->count);
}

static void on_many(void *data, int result)
{
    struct background *background = data;

    background->result = result;
    background->ended = true;
}

static void begin_background(struct bus *bus, const char *key, size_t count, struct background *background)
{
    *background = (struct background){ .key = key, .count = count };
    bus_spawn(bus, &(struct bus_task){
                       .operation = "many", .timeout_ms = 5000, .run = run_many, .done = on_many, .data = background });
}

static void await_many(struct ts_call *call, const struct background *background)
{
    while (!background->ended)
        assert_int_equal(ts_sleep(call, 1), 0);
}

/* Whether they come from another process or from the one that serves them. */
static void nats_call__with_one_key_takes_turns_where_it_is_served(struct ts_call *call)
{
    struct background background;

    probe.takes_ms = 5;
    leave(call, SERVING_TOO);
    assert_int_equal(call_many(call), 0);
    assert_true(probe.running_max > 1);
    probe.running_max = 0;
    call->idempotency_key = "key";
    begin_background(instances[SERVING].bus, "key", FEW, &background);
    assert_int_equal(call_times(call, FEW), 0); /* each has a second to wait for all others */
    await_many(call, &background);
    assert_int_equal(background.result, 0);
    assert_int_equal(probe.running_max, 1);
}

/* ---- leaving */

static void bus_leave__answers_what_came_and_takes_no_more(struct ts_call *call)
{
    struct background background;
    unsigned before;

    probe.takes_ms = 20;
    begin_background(call->runtime->bus, NULL, MANY, &background);
    while (instances[SERVING].served < 10)
        assert_int_equal(ts_sleep(call, 1), 0);
    leave(call, SERVING);
    before = instances[SERVING].served;
    await_many(call, &background);
    assert_int_equal(background.result, 0);
    assert_int_equal(served(), MANY); /* nothing was lost, nothing done twice */
    assert_int_equal(call_many(call), 0);
    assert_int_equal(instances[SERVING].served, before);
    assert_int_equal(served(), 2 * MANY);
}

static void bus_leave__does_not_wait_for_ever(struct ts_call *call)
{
    struct background background;
    bool left = false;
    int64_t start_ms;

    probe.takes_ms = 900;
    begin_background(call->runtime->bus, NULL, MANY, &background);
    while (instances[SERVING].served < 10)
        assert_int_equal(ts_sleep(call, 1), 0);
    start_ms = loop_now_ms(call->runtime->loop);
    bus_leave(instances[SERVING].bus, 100, on_left, &left);
    while (!left)
        assert_int_equal(ts_sleep(call, 1), 0);
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 100, 700);
    await_many(call, &background);
}

/* ---- events */

static void ts_publish__is_heard_by_each_process_once(struct ts_call *call)
{
    Probe__Happened event = PROBE__HAPPENED__INIT;

    event.has_version = true;
    event.version = 7;
    ts_publish(call, &event.base);
    while (!instances[ASKING].heard || !instances[SERVING].heard || !instances[SERVING_TOO].heard)
        assert_int_equal(ts_sleep(call, 1), 0);
    assert_int_equal(ts_sleep(call, 50), 0);
    for (int i = 0; i < INSTANCES; i++) {
        assert_int_equal(instances[i].heard, 1);
        assert_int_equal(instances[i].heard_version, 7);
    }
}

/* ---- the server goes and comes */

static void nats__the_server_restarts_and_all_goes_on(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    Probe__Happened event = PROBE__HAPPENED__INIT;
    const Probe__EchoReply *reply;
    struct background background;
    int64_t start_ms;

    probe.takes_ms = 300;
    begin_background(call->runtime->bus, NULL, MANY, &background);
    while (served() < 10)
        assert_int_equal(ts_sleep(call, 1), 0);
    probe.takes_ms = 5000;
    nats_server_kill(&server);
    start_ms = loop_now_ms(call->runtime->loop);
    await_many(call, &background);
    assert_int_equal(background.result, TS_EUNKNOWN);
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 0, 300); /* long before its time is over */
    assert_string_equal(bus_problem(instances[ASKING].bus), "bus: not connected");
    start_ms = loop_now_ms(call->runtime->loop);
    assert_int_equal(probe_echo(call, &request, &reply), TS_EUNAVAILABLE);
    assert_string_equal(ts_call_failure(call), "The bus is not connected.");
    assert_in_range(loop_now_ms(call->runtime->loop) - start_ms, 0, 100);
    ts_publish(call, &event.base);
    assert_int_equal(ts_sleep(call, 500), 0);
    assert_int_equal(instances[SERVING].heard, 0);
    assert_int_equal(instances[ASKING].heard, 1);
    nats_server_start(&server);
    wait_connected(call);
    assert_null(bus_problem(instances[ASKING].bus));
    probe.takes_ms = 0;
    assert_int_equal(call_many(call), 0);
    ts_publish(call, &event.base);
    while (!instances[SERVING].heard)
        assert_int_equal(ts_sleep(call, 1), 0);
}

static void nats__may_come_later_than_we_do(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    assert_int_equal(ts_sleep(call, 300), 0);
    assert_int_equal(connected_count(), 0);
    assert_int_equal(probe_echo(call, &request, &reply), TS_EUNAVAILABLE);
    nats_server_start(&server);
    wait_connected(call);
    assert_int_equal(probe_echo(call, &request, &reply), 0);
}

static void nats__its_end_is_clean_without_a_server_too(struct ts_call *call)
{
    assert_int_equal(ts_sleep(call, 100), 0);
    assert_int_equal(connected_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        nats_unit_test(nats_call__carries_request_reply_and_context, entry),
        nats_unit_test(nats_call__answers_refusals_and_failures_as_they_are, entry),
        nats_unit_test(nats_call__past_its_deadline_says_so, entry),
        nats_unit_test(nats_call__without_an_answer_does_not_know, entry),
        nats_unit_test(nats_call__to_nobody_is_unavailable_at_once, entry),
        nats_unit_test(nats_call__too_large_is_refused_and_harms_nobody, entry),
        nats_unit_test(nats_call__is_shared_by_those_who_serve, entry),
        nats_unit_test(nats_call__those_of_a_tick_travel_together, entry),
        nats_unit_test(nats_call__a_slow_one_holds_no_other, entry),
        nats_unit_test(nats_call__large_ones_travel_alone, entry),
        nats_unit_test(nats_call__all_are_told_that_nobody_serves_them, entry),
        nats_unit_test(nats_call__what_is_none_is_refused_once, entry),
        nats_unit_test(nats_call__nested_ones_stay_where_the_module_is, entry),
        nats_unit_test(nats_call__with_one_key_takes_turns_where_it_is_served, entry),
        nats_unit_test(bus_leave__answers_what_came_and_takes_no_more, entry),
        nats_unit_test(bus_leave__does_not_wait_for_ever, entry),
        nats_unit_test(ts_publish__is_heard_by_each_process_once, entry),
        nats_unit_test(nats__the_server_restarts_and_all_goes_on, entry),
        nats_unit_test(nats__may_come_later_than_we_do, entry_without_server),
        nats_unit_test(nats__its_end_is_clean_without_a_server_too, entry_without_server),
    };

    if (!nats_server_found())
        return 77;
    return cmocka_run_group_tests_name("bus/nats", tests, NULL, NULL);
}
