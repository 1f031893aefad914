/* What a call promises, on either transport. */
#include <string.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "bus/right.h"
#include "loop/fiber.h"
#include "probe/v1/probe.rpc.h"
#include "support/faults.h"
#include "support/fiber_test.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"

/* What the handlers saw and are to do. */
static struct {
    struct ts_call seen;
    int result, refusals;
    const char *words;
    bool catch_error, waits;
    int64_t takes_ms; /* then Refuse waits, and counts how many do */
    unsigned running, running_max;
} probe;

static int wait_a_little(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply);

static int wait_and_count(struct ts_call *call)
{
    int r;

    if (++probe.running > probe.running_max)
        probe.running_max = probe.running;
    r = ts_sleep(call, probe.takes_ms);
    probe.running--;
    return r;
}

static int echo(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    probe.seen = *call;
    ret_reply->text = request->text;
    ret_reply->has_number = request->has_number;
    ret_reply->number = request->number;
    return 0;
}

static int refuse(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    if (probe.waits)
        return wait_a_little(call, request, ret_reply);
    if (probe.takes_ms)
        return wait_and_count(call);
    for (int i = 0; i < probe.refusals; i++)
        (void)ts_refuse(call, COMMON__ERROR_CODE__SOLD_OUT, i ? "lines.0.quantity" : NULL, "no %d", i);
    return TS_REFUSED;
}

static int fail_as_told(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    (void)request;
    (void)ret_reply;
    return probe.words ? ts_fail(call, probe.result, "%s", probe.words) : probe.result;
}

/* Calls itself `number` times, then Fail; `catch_error`: goes on as if that had not happened. */
static int nest(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    Probe__EchoRequest inner = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int r;

    inner.has_number = true;
    inner.number = request->number - 1;
    r = request->number > 0 ? probe_nest(call, &inner, &reply) : probe_fail(call, &inner, &reply);
    if (r && probe.catch_error)
        return TS_EUNAVAILABLE;
    ret_reply->has_number = true;
    ret_reply->number = call->depth;
    return r;
}

static int plain(struct ts_call *call, const Probe__EchoRequest *request, Probe__PlainReply *ret_reply)
{
    (void)request;
    (void)ret_reply;
    return ts_refuse(call, COMMON__ERROR_CODE__SOLD_OUT, NULL, "no");
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
static const struct ts_module module = { .name = "probe", .services = services };

static void with_bus(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    (*body)(call);
}

static void entry(void **state)
{
    struct ts_runtime runtime;
    struct loop *loop = loop_new();
    struct bus *bus;
    struct buf problems;
    int marker;

    memset(&probe, 0, sizeof(probe));
    runtime_init(&runtime, loop);
    bus = bus_new(&runtime, &TRANSPORT);
    buf_init(&problems, 1000);
    assert_int_equal(bus_add(bus, &module, &problems), 0);
    bus_set_state(bus, &module, &marker);
    fiber_test_run(&runtime, with_bus, *state);
    bus_free(bus);
    loop_free(loop);
}

#define bus_unit_test(body)                                                                                            \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

static void ts_call__carries_request_reply_and_context(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply = NULL;

    request.text = ts_strdup(call->arena, "h\303\251");
    request.has_number = true;
    request.number = INT64_MIN;
    call->idempotency_key = "key";
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_string_equal(reply->text, request.text);
    assert_int_equal(reply->number, INT64_MIN);
    assert_int_equal(reply->n_refusals, 0);
    assert_string_equal(probe.seen.idempotency_key, "key");
    assert_string_equal(probe.seen.trace.trace_id, call->trace.trace_id);
    assert_string_equal(probe.seen.trace.parent_id, call->trace.span_id);
    assert_string_not_equal(probe.seen.trace.span_id, call->trace.span_id);
    assert_ptr_equal(probe.seen.principal, call->principal);
    assert_ptr_equal(probe.seen.arena, call->arena);
    assert_ptr_equal(probe.seen.module, &module);
    assert_non_null(probe.seen.state);
    assert_int_equal(probe.seen.depth, 1);
}

static void ts_call__has_the_sooner_of_two_deadlines(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int64_t now_ms = loop_now_ms(call->runtime->loop);

    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_in_range(probe.seen.deadline_ms, now_ms + 1000, now_ms + 2000);
    call->deadline_ms = now_ms + 400;
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_int_equal(probe.seen.deadline_ms, now_ms + 400);
}

static void ts_call__after_the_deadline_does_not_begin(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply = NULL;

    call->deadline_ms = loop_now_ms(call->runtime->loop);
    assert_int_equal(probe_echo(call, &request, &reply), TS_EDEADLINE);
    assert_string_equal(ts_call_failure(call), "The time for this request is over.");
    assert_null(reply);
    assert_null(probe.seen.arena);
    call->runtime->crashed = true;
    assert_int_equal(probe_echo(call, &request, &reply), TS_ECRASHED);
}

static void ts_refuse__becomes_the_replys_refusals(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    probe.refusals = 9;
    assert_int_equal(probe_refuse(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 9);
    assert_int_equal(reply->refusals[0]->code, COMMON__ERROR_CODE__SOLD_OUT);
    assert_int_equal(reply->refusals[0]->n_path, 0);
    assert_string_equal(reply->refusals[8]->message, "no 8");
    assert_int_equal(reply->refusals[8]->n_path, 3);
    assert_string_equal(reply->refusals[8]->path[0], "lines");
    assert_string_equal(reply->refusals[8]->path[1], "0");
    assert_string_equal(reply->refusals[8]->path[2], "quantity");
    assert_int_equal(ts_refusal_count(call), 0);
}

static void ts_refuse__without_reason_or_place_is_our_bug(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    const Probe__PlainReply *plain_reply;

    assert_int_equal(probe_refuse(call, &request, &reply), TS_EINTERNAL);
    assert_int_equal(probe_plain(call, &request, &plain_reply), TS_EINTERNAL);
    probe.result = 7;
    assert_int_equal(probe_fail(call, &request, &reply), TS_EINTERNAL);
}

static void ts_fail__its_words_reach_the_caller(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    probe.result = TS_ENOTFOUND;
    assert_int_equal(probe_fail(call, &request, &reply), TS_ENOTFOUND);
    assert_string_equal(ts_call_failure(call), "NOT_FOUND");
    probe.words = "There is no such event.";
    assert_int_equal(probe_fail(call, &request, &reply), TS_ENOTFOUND);
    assert_string_equal(ts_call_failure(call), probe.words);
    request.has_number = true;
    request.number = 3;
    assert_int_equal(probe_nest(call, &request, &reply), TS_ENOTFOUND); /* over four hops */
    assert_string_equal(ts_call_failure(call), probe.words);
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_string_equal(ts_call_failure(call), "OK");
}

static void ts_fail__words_of_a_caught_failure_are_not_anothers(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    probe.result = TS_ENOTFOUND;
    probe.words = "There is no such event.";
    probe.catch_error = true;
    assert_int_equal(probe_nest(call, &request, &reply), TS_EUNAVAILABLE);
    assert_string_equal(ts_call_failure(call), "UNAVAILABLE");
}

static void ts_call__stops_at_the_depth_limit(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    request.has_number = true;
    request.number = TS_CALL_DEPTH_MAX - 2;
    assert_int_equal(probe_nest(call, &request, &reply), 0);
    request.number++;
    assert_int_equal(probe_nest(call, &request, &reply), TS_EINTERNAL);
}

static void ts_call_as_system__changes_only_who_asks(struct ts_call *call)
{
    static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    call->principal = &anonymous;
    assert_int_equal(ts_require(call, TS_RIGHT_ANY, "org", NULL), TS_EUNAUTHENTICATED);
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_int_equal(probe.seen.principal->kind, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(probe_echo_as_system(call, &request, &reply), 0);
    assert_int_equal(probe.seen.principal->kind, TS_PRINCIPAL_SYSTEM);
    assert_int_equal(ts_require(&probe.seen, TS_RIGHT_ANY, "org", NULL), 0);
    assert_int_equal(call->principal->kind, TS_PRINCIPAL_ANONYMOUS);
    probe.result = TS_EABORTED;
    probe.words = "Again.";
    assert_int_equal(probe_fail_as_system(call, &request, &reply), TS_EABORTED);
    assert_string_equal(ts_call_failure(call), "Again.");
}

/* Who may see what staff of "org" see: by the grant's kind and subject, and never by the grant alone. */
static void ts_sees__goes_by_the_grant_and_the_caller(struct ts_call *call)
{
    static const struct ts_membership membership = { .organizer_id = "org", .rights = TS_RIGHT_DOOR };
    static const struct ts_principal callers[] = {
        { .kind = TS_PRINCIPAL_ANONYMOUS, .id = "anonymous" },
        { .kind = TS_PRINCIPAL_OWNER, .id = "owner" },
        { .kind = TS_PRINCIPAL_USER,
          .id = "usr",
          .session_id = "ses",
          .memberships = &membership,
          .membership_count = 1 },
        { .kind = TS_PRINCIPAL_USER, .id = "usr", .session_id = "ses" },
    };
    static const struct {
        Common__Grant__Kind kind;
        const char *subject;
        bool covers;
    } cases[] = {
        { COMMON__GRANT__KIND__NONE, NULL, true },    { COMMON__GRANT__KIND__PUBLIC, NULL, false },
        { COMMON__GRANT__KIND__BUYER, "org", false }, { COMMON__GRANT__KIND__STAFF, "org", true },
        { COMMON__GRANT__KIND__STAFF, "or", false },  { COMMON__GRANT__KIND__STAFF, "", true },
        { COMMON__GRANT__KIND__STAFF, NULL, false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const Common__Grant *grant = ts_grant_new(call, cases[i].kind, cases[i].subject);

        for (unsigned k = 0; k < 4; k++) {
            bool may = k == 1 || k == 2;

            call->principal = &callers[k];
            assert_int_equal(ts_sees(call, grant, TS_RIGHT_DOOR, "org", NULL), may && cases[i].covers);
            assert_int_equal(ts_sees(call, NULL, TS_RIGHT_DOOR, "org", NULL), may);
            assert_int_equal(ts_sees(call, NULL, TS_RIGHT_MONEY, "org", NULL), k == 1);
        }
    }
}

/* Rights are of one organizer, and of its events where they are limited to some. */
static void ts_may__keeps_to_organizer_event_and_right(struct ts_call *call)
{
    static const char *const events[] = { "evt_a", "evt_b" };
    static const struct ts_membership memberships[] = {
        { .organizer_id = "org_x", .rights = TS_RIGHT_DOOR | TS_RIGHT_SELL, .event_ids = events, .event_count = 2 },
        { .organizer_id = "org_y", .rights = TS_RIGHT_MONEY },
    };
    static const struct ts_principal user = { .kind = TS_PRINCIPAL_USER,
                                              .memberships = memberships,
                                              .membership_count = 2 };

    call->principal = &user;
    assert_true(ts_may(call, TS_RIGHT_DOOR, "org_x", "evt_a"));
    assert_true(ts_may(call, TS_RIGHT_DOOR | TS_RIGHT_MONEY, "org_x", "evt_b"));
    assert_false(ts_may(call, TS_RIGHT_MONEY, "org_x", "evt_a"));
    assert_false(ts_may(call, TS_RIGHT_DOOR, "org_x", "evt_c"));
    assert_false(ts_may(call, TS_RIGHT_DOOR, "org_x", NULL));
    assert_true(ts_may(call, TS_RIGHT_MONEY, "org_y", NULL));
    assert_true(ts_may(call, TS_RIGHT_MONEY, "org_y", "evt_c"));
    assert_false(ts_may(call, TS_RIGHT_DOOR, "org_y", "evt_a"));
    assert_false(ts_may(call, TS_RIGHT_ANY, "org_z", "evt_a"));
    assert_false(ts_may(call, TS_RIGHT_ANY, "", NULL));
    assert_false(ts_may(call, TS_RIGHT_ANY, NULL, NULL));
    assert_true(ts_is_staff(call, "org_x") && ts_is_staff(call, "org_y"));
    assert_false(ts_is_staff(call, "org_z") || ts_is_staff(call, ""));
    assert_int_equal(ts_require(call, TS_RIGHT_MONEY, "org_x", "evt_a"), TS_EDENIED);
    assert_int_equal(ts_require(call, TS_RIGHT_MONEY, "org_y", NULL), 0);
}

#define ORG "org_01jwnrc0000000000000000000"
#define EVT "evt_01jwnrc0000000000000000000"
#define EVT2 "evt_01jwnrc0000000000000000001"

static void rights_read__takes_what_rights_write_writes(struct ts_call *call)
{
    static const char *const good[] = { ORG ":1ff", ORG ":40:" EVT, ORG ":40:" EVT "," EVT2 ";" ORG ":1" };
    static const char *const bad[] = { "",         ";",       ORG,           ORG ":",           ORG ":x",
                                       ORG ":200", ORG ":1;", ORG ":1:",     ORG ":1:" EVT ",", ORG ":1:" ORG,
                                       EVT ":1",   ORG ":1 ", ORG ":1;" ORG, ";" ORG ":1",      ORG ":1:" EVT EVT2 };

    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct ts_principal principal = { .membership_count = 0 };

        assert_true(rights_read(call->arena, good[i], &principal));
        assert_string_equal(rights_write(call->arena, &principal), good[i]);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ts_principal principal = { .membership_count = 0 };

        if (*bad[i]) /* no rights at all are none to be read */
            assert_false(rights_read(call->arena, bad[i], &principal));
        assert_int_equal(principal.membership_count, 0);
    }
}

static void ts_call__to_nobody_is_unavailable_at_once(struct ts_call *call)
{
    static const ProtobufCServiceDescriptor nobody = { .name = "no.v1.Body" };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const ProtobufCMessage *reply;

    assert_int_equal(ts_call(call, &nobody, 0, &request.base, &reply), TS_EUNAVAILABLE);
    assert_int_equal(ts_call(call, &probe__probe__descriptor, 5, &request.base, &reply), TS_EUNAVAILABLE);
}

static int take_turn(struct ts_call *call, void *item)
{
    int64_t *number = item;
    int r = ts_sleep(call, *number % 7);

    if (*number == 30 || *number == 60)
        return ts_fail(call, TS_EABORTED, "item %d", (int)*number);
    *number = -1;
    return r;
}

static void ts_all__runs_all_and_returns_the_first_failure_by_order(struct ts_call *call)
{
    enum { COUNT = 200 };
    int64_t numbers[COUNT];
    void *items[COUNT];
    uint64_t start_ns = loop_hrtime_ns();

    for (int i = 0; i < COUNT; i++) {
        numbers[i] = i;
        items[i] = &numbers[i];
    }
    assert_int_equal(ts_all(call, take_turn, items, COUNT), TS_EABORTED);
    assert_string_equal(ts_call_failure(call), "item 30");
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(numbers[i], i == 30 || i == 60 ? i : -1);
    assert_true(loop_hrtime_ns() - start_ns < 300000000); /* one after the other: 600 ms */
    assert_int_equal(ts_all(call, take_turn, NULL, 0), 0);
}

static void ts_all__without_memory_for_fibers_runs_all_the_same(struct ts_call *call)
{
    int64_t numbers[] = { 1, 2, 3, 4 };
    void *items[] = { &numbers[0], &numbers[1], &numbers[2], &numbers[3] };

    (void)ts_alloc(call->arena, 1); /* it has its block */
    faults_begin(1, 1);             /* the first new stack */
    assert_int_equal(ts_all(call, take_turn, items, 4), 0);
    assert_int_equal(faults_end(), 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(numbers[i], -1);
}

static void ts_call__with_a_spent_arena_does_not_begin(struct ts_call *call)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    call->arena->is_short = true;
    assert_int_equal(probe_echo(call, &request, &reply), TS_EEXHAUSTED);
    assert_string_equal(ts_call_failure(call), "This server is short of memory; try again.");
    assert_null(probe.seen.arena);
    assert_int_equal(ts_sleep(call, 1), TS_EEXHAUSTED);
    arena_finish(call->arena);
    assert_int_equal(probe_echo(call, &request, &reply), 0);
    assert_int_equal(ts_sleep(call, 1), 0);
}

static int refuse_one(struct ts_call *call, void *item)
{
    (void)item;
    return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, NULL, "no");
}

static int note_fiber(struct ts_call *call, void *item)
{
    (void)call;
    *(struct fiber **)item = fiber_self();
    return 0;
}

/* Begins where it waits, in an inner ts_all() too. */
static int all_inside(struct ts_call *call, void *item)
{
    struct fiber *fibers[2];
    void *items[] = { &fibers[0], &fibers[1] };

    assert_int_equal(ts_all(call, note_fiber, items, 2), 0);
    assert_ptr_equal(fibers[0], fiber_self());
    assert_ptr_equal(fibers[1], fiber_self());
    *(struct fiber **)item = fiber_self();
    fiber_yield();
    return 0;
}

static void ts_all__stays_on_its_fiber_until_something_waits(struct ts_call *call)
{
    struct fiber *fibers[3];
    void *items[] = { &fibers[0], &fibers[1], &fibers[2] };

    assert_int_equal(ts_all(call, note_fiber, items, 3), 0);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(fibers[i], fiber_self());
    assert_int_equal(ts_all(call, all_inside, items, 3), 0);
    assert_ptr_equal(fibers[0], fiber_self());
    assert_ptr_not_equal(fibers[1], fiber_self());
    assert_ptr_not_equal(fibers[2], fiber_self());
}

static void ts_all__refusals_of_children_are_the_calls(struct ts_call *call)
{
    void *items[3] = { call, call, call };

    assert_int_equal(ts_all(call, refuse_one, items, 3), TS_REFUSED);
    assert_int_equal(ts_refusal_count(call), 3);
}

static int wait_a_little(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    Probe__EchoRequest inner = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;
    int r = ts_sleep(call, 300); /* longer than a busy machine takes to start them all */

    (void)request;
    (void)ret_reply;
    return r ? r : probe_echo(call, &inner, &reply); /* nested: admitted though the module is full */
}

static int call_refuse(struct ts_call *call, void *item)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    *(int *)item = probe_refuse(call, &request, &reply);
    return 0;
}

static void run_edge_call(void *data)
{
    void **call_and_result = data;
    struct ts_call edge = *(struct ts_call *)call_and_result[0];

    (void)call_refuse(&edge, call_and_result[1]);
}

static void ts_call__past_the_in_flight_limit_is_refused_at_the_edge_only(struct ts_call *call)
{
    enum { COUNT = BUS_IN_FLIGHT_MAX + 3 };
    static int results[COUNT];
    static void *pairs[COUNT][2];
    struct fiber_stats stats;
    int refused = 0;

    probe.waits = true;
    for (int i = 0; i < COUNT; i++) {
        pairs[i][0] = call;
        pairs[i][1] = &results[i];
        results[i] = 77;
        fiber_spawn(call->runtime->loop, run_edge_call, pairs[i]);
    }
    do {
        assert_int_equal(ts_sleep(call, 5), 0);
        fiber_stats(call->runtime->loop, &stats);
    } while (stats.running > 1);
    for (int i = 0; i < COUNT; i++) {
        assert_true(results[i] == 0 || results[i] == TS_EEXHAUSTED || results[i] == TS_EDEADLINE); /* a stall */
        refused += results[i] == TS_EEXHAUSTED;
    }
    assert_int_equal(refused, 3);
    assert_int_equal(call_refuse(call, &results[0]), 0); /* all have been given back */
    assert_int_equal(results[0], 0);
}

/* Several calls of the edge, each with a key and a time of its own. */
struct keyed {
    const char *key;
    int64_t timeout_ms;
    int result;
};

static int call_keyed(struct ts_call *call, void *item)
{
    struct keyed *keyed = item;
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    call->idempotency_key = keyed->key;
    if (keyed->timeout_ms)
        call->deadline_ms = loop_now_ms(call->runtime->loop) + keyed->timeout_ms;
    keyed->result = probe_refuse(call, &request, &reply);
    return 0;
}

/* Return: how many ran at one time. */
static unsigned run_keyed(struct ts_call *call, struct keyed *keyed, size_t count)
{
    void *items[TS_FANOUT_MAX];

    assert_in_range(count, 1, TS_FANOUT_MAX);
    for (size_t i = 0; i < count; i++)
        items[i] = &keyed[i];
    probe.takes_ms = 20;
    probe.running = probe.running_max = 0;
    assert_int_equal(ts_all(call, call_keyed, items, count), 0);
    return probe.running_max;
}

static void ts_call__with_one_key_take_turns(struct ts_call *call)
{
    struct keyed same[] = { { "key" }, { "key" }, { "key" } };
    struct keyed different[] = { { "key" }, { "other" }, { NULL }, { NULL } };

    assert_int_equal(run_keyed(call, same, 3), 1);
    assert_int_equal(run_keyed(call, different, 4), 4);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(same[i].result, 0);
}

static void ts_call__whose_time_ends_before_its_turn_lets_none_pass(struct ts_call *call)
{
    struct keyed keyed[] = { { "key" }, { "key", .timeout_ms = 5 }, { "key" } };

    assert_int_equal(run_keyed(call, keyed, 3), 1);
    assert_int_equal(keyed[0].result, 0);
    assert_int_equal(keyed[1].result, TS_EDEADLINE);
    assert_int_equal(keyed[2].result, 0);
}

static void bus_add__names_rpcs_without_row_and_services_twice(void **state)
{
    static const struct probe_service bad_rows = { .echo = { echo, 1000 },
                                                   .refuse = { refuse, TS_CALL_MS_MAX + 1 },
                                                   .nest = { nest, 0 } };
    static const struct ts_service bad[] = {
        { &probe__probe__descriptor, probe_dispatch, probe_deadline, &bad_rows },
        { &probe__probe__descriptor, probe_dispatch, probe_deadline, &rows },
        { NULL },
    };
    static const struct ts_module bad_module = { .name = "bad", .services = bad };
    struct ts_runtime runtime = { 0 };
    struct bus *bus = bus_new(&runtime, &TRANSPORT);
    struct buf problems;

    (void)state;
    buf_init(&problems, 10000);
    assert_int_equal(bus_add(bus, &bad_module, &problems), TS_EINVALID);
    buf_add_char(&problems, 0);
    assert_string_equal(problems.data, "bad: rpc probe.v1.Probe.Refuse: its deadline is over 30000 ms\n"
                                       "bad: rpc probe.v1.Probe.Fail has no row with a handler and a deadline\n"
                                       "bad: rpc probe.v1.Probe.Nest has no row with a handler and a deadline\n"
                                       "bad: rpc probe.v1.Probe.Plain has no row with a handler and a deadline\n"
                                       "bad: service probe.v1.Probe is served already\n");
    assert_string_equal(bus_route_at(bus, 4)->name, "probe.v1.Probe.Plain");
    assert_null(bus_route_at(bus, 5));
    buf_done(&problems);
    bus_free(bus);
}

static void is_buyer_of__finds_whole_ids_among_several(void **state)
{
    Common__Grant grant = COMMON__GRANT__INIT;

    (void)state;
    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__BUYER;
    assert_false(ts_is_buyer_of(NULL, "ord_1"));
    assert_false(ts_is_buyer_of(&grant, "ord_1"));
    grant.subject = (char *)"";
    assert_false(ts_is_buyer_of(&grant, "ord_1"));
    grant.subject = (char *)"ord_12 ord_2 tic_3";
    assert_true(ts_is_buyer_of(&grant, "ord_12"));
    assert_true(ts_is_buyer_of(&grant, "ord_2"));
    assert_true(ts_is_buyer_of(&grant, "tic_3"));
    assert_false(ts_is_buyer_of(&grant, "ord_1"));
    assert_false(ts_is_buyer_of(&grant, "rd_2"));
    assert_false(ts_is_buyer_of(&grant, "ord_22"));
    grant.kind = COMMON__GRANT__KIND__STAFF;
    assert_false(ts_is_buyer_of(&grant, "ord_2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bus_unit_test(ts_call__carries_request_reply_and_context),
        bus_unit_test(ts_call__has_the_sooner_of_two_deadlines),
        bus_unit_test(ts_call__after_the_deadline_does_not_begin),
        bus_unit_test(ts_refuse__becomes_the_replys_refusals),
        bus_unit_test(ts_refuse__without_reason_or_place_is_our_bug),
        bus_unit_test(ts_fail__its_words_reach_the_caller),
        bus_unit_test(ts_fail__words_of_a_caught_failure_are_not_anothers),
        bus_unit_test(ts_call__stops_at_the_depth_limit),
        bus_unit_test(ts_call_as_system__changes_only_who_asks),
        bus_unit_test(ts_sees__goes_by_the_grant_and_the_caller),
        bus_unit_test(ts_may__keeps_to_organizer_event_and_right),
        bus_unit_test(rights_read__takes_what_rights_write_writes),
        bus_unit_test(ts_call__to_nobody_is_unavailable_at_once),
        bus_unit_test(ts_all__runs_all_and_returns_the_first_failure_by_order),
        bus_unit_test(ts_all__without_memory_for_fibers_runs_all_the_same),
        bus_unit_test(ts_call__with_a_spent_arena_does_not_begin),
        bus_unit_test(ts_all__stays_on_its_fiber_until_something_waits),
        bus_unit_test(ts_all__refusals_of_children_are_the_calls),
        bus_unit_test(ts_call__past_the_in_flight_limit_is_refused_at_the_edge_only),
        bus_unit_test(ts_call__with_one_key_take_turns),
        bus_unit_test(ts_call__whose_time_ends_before_its_turn_lets_none_pass),
        cmocka_unit_test(is_buyer_of__finds_whole_ids_among_several),
        cmocka_unit_test(bus_add__names_rpcs_without_row_and_services_twice),
    };

    return cmocka_run_group_tests_name("bus/call", tests, NULL, NULL);
}
