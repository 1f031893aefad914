/*
 * Every allocation between a request's bytes and its answer's fails once, and so do several in a row, and all from one
 * on. Whatever fails: the answer is the right one, whole, or a clear error; what was refused has changed nothing; the
 * reserve comes back; and the next request is served as if nothing had been.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/gateway.h"
#include "gateway/server.h"
#include "host/modules.h"
#include "inventory/v1/inventory.rpc.h"
#include "support/client.h"
#include "support/faults.h"
#include "support/shop.h"
#include "tessera/clock.h"
#include "waitroom/v1/waitroom.rpc.h"

enum { EVENTS = 20, ROUNDS_MAX = 2000, ROUND_MS_MAX = 10000, FILL_STEP = 256 };

static struct client *client;
static struct shop shop;

/* A request, round for round: its body, and how an answer to it must look. */
struct story {
    const char *(*body)(struct ts_call *call, unsigned round);
    const char *answer_has; /* in each right answer */
    bool changes;           /* it makes things, each round others; else all right answers are equal */
};

/* An answer, copied. */
struct reply {
    int status;
    char *body;
    uint64_t failed; /* allocations, on the way to it */
};

/*
 * Of allocations, `count` fail from the n-th on. A request's memory has blocks: with `filled` bytes of the first used
 * up before, the next is wanted elsewhere.
 */
struct fault {
    uint64_t nth, count;
    size_t filled;
};
static const struct fault no_fault = { 1, 0, 0 };

/* ---- one request through the gateway, without a socket */

static void ask(struct ts_call *call, const char *body, struct fault fault, struct reply *ret_reply)
{
    static struct http http; /* counts answers */
    struct gateway gateway = { .runtime = call->runtime, .schema = client_schema(client), .ready = true };
    struct http_request request = {
        .method = HTTP_POST,
        .method_name = "POST",
        .path = "/graphql",
        .body = body,
        .body_size = strlen(body),
        .content_type = "application/json",
        .deadline_ms = call->deadline_ms,
        .http = &http,
    };

    http.config.loop = call->runtime->loop;
    arena_init(&request.arena);
    buf_init(&request.out, HTTP_OUT_SIZE_MAX);
    if (fault.filled)
        (void)ts_alloc(&request.arena, fault.filled);
    faults_begin(fault.nth, fault.count);
    gateway_serve_owner(&gateway, &request);
    ret_reply->failed = faults_end();
    assert_true(request.answered);
    ret_reply->status = request.reply.status;
    ret_reply->body = ts_strndup(call->arena, request.reply.body, request.reply.body_size);
    arena_done(&request.arena);
    buf_done(&request.out);
}

/* ---- stories */

static const char *wrap(struct ts_call *call, const char *query, const char *variables)
{
    return ts_printf(call->arena, "{\"query\":\"%s\",\"variables\":%s}", query, variables);
}

static const char *a_new_query(struct ts_call *call, unsigned round)
{
    return wrap(call,
                ts_printf(call->arena, "query Round%u { event(id: \\\"%s\\\") { id title dates { nodes { id } } } }",
                          round, shop.event_id),
                "null");
}

static const char *a_known_query(struct ts_call *call, unsigned round)
{
    (void)round;
    return a_new_query(call, 0);
}

static const char *a_page(struct ts_call *call, unsigned round)
{
    (void)round;
    return wrap(call,
                "{ events(first: 20) { totalCount nodes { id title startsAt organizer { name } dates { nodes { id "
                "startsAt } } ticketTypes { id name price { amount } } quotas { id size held } } } }",
                "{}");
}

static const char *an_introspection(struct ts_call *call, unsigned round)
{
    return wrap(call,
                ts_printf(call->arena,
                          "query I%u { __schema { types { name kind fields { name type { name ofType { name ofType { "
                          "name } } } args { name } } } directives { name args { name } } } }",
                          round),
                "{}");
}

static const char *an_invalid_document(struct ts_call *call, unsigned round)
{
    return wrap(call,
                ts_printf(call->arena,
                          "query Wrong%u($a: Int, $b: Nothing) { event(ID: 1) { id titel ...None } nowhere { x } }",
                          round),
                "null");
}

static const char *many_variables(struct ts_call *call, unsigned round)
{
    struct buf ids;
    const char *body;

    (void)round;
    buf_init(&ids, 1 << 16);
    for (unsigned i = 0; i < 50; i++)
        buf_printf(&ids, "%s\"%s\"", i ? "," : "", shop.event_id);
    body = wrap(call, "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Event { title } } }",
                ts_printf(call->arena, "{\"ids\":[%.*s]}", (int)ids.size, ids.data));
    buf_done(&ids);
    return body;
}

static const char *hold_of(struct ts_call *call, const struct shop *whose, unsigned round)
{
    return wrap(call,
                "mutation($input: HoldTicketsInput!) { holdTickets(input: $input) { hold { token positions { id } } "
                "userErrors { code message } } }",
                ts_printf(call->arena,
                          "{\"input\":{\"eventId\":\"%s\",\"idempotencyKey\":\"a-key-with-enough-characters-%u\","
                          "\"lines\":[{\"ticketTypeId\":\"%s\",\"quantity\":2}]}}",
                          whose->event_id, round, whose->type_id));
}

static const char *a_hold(struct ts_call *call, unsigned round)
{
    return hold_of(call, &shop, round);
}

static struct shop fresh_event(struct ts_call *call, unsigned round)
{
    return shop_open_event(call, shop.organizer_id, ts_printf(call->arena, "fresh-%u", round), 10);
}

/* The places of its quota are read for it. */
static const char *a_first_hold(struct ts_call *call, unsigned round)
{
    struct shop fresh = fresh_event(call, round);

    return hold_of(call, &fresh, round);
}

/* The room is read for it. */
static const char *a_first_place(struct ts_call *call, unsigned round)
{
    Waitroom__SetRoomRequest request = WAITROOM__SET_ROOM_REQUEST__INIT;
    const Waitroom__SetRoomReply *reply;

    request.event_id = fresh_event(call, round).event_id;
    request.has_enabled = request.enabled = request.has_starts_at = true;
    request.starts_at = ts_now_ms(call);
    assert_int_equal(waitroom_set_room(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return wrap(call,
                "mutation($input: JoinWaitingRoomInput!) { joinWaitingRoom(input: $input) { place { state } userErrors "
                "{ code message } } }",
                ts_printf(call->arena,
                          "{\"input\":{\"eventId\":\"%s\",\"idempotencyKey\":\"a-key-with-enough-characters-%u\"}}",
                          request.event_id, round));
}

/* ---- what must hold */

struct run {
    const struct story *story;
    struct fault fault;
    unsigned rounds, refused;
};

static int64_t held_count(struct ts_call *call)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetQuotaCountsReply *reply;

    request.ids = &shop.quota_id;
    request.n_ids = 1;
    assert_int_equal(inventory_get_quota_counts(call, &request, &reply), 0);
    return reply->counts[0]->held;
}

static void check_right(const struct story *story, const struct reply *reply, const struct reply *first)
{
    if (!strstr(reply->body, story->answer_has) || (!story->changes && strcmp(reply->body, first->body) != 0))
        fail_msg("%d %s", reply->status, reply->body);
    assert_int_equal(reply->status, first->status);
}

/* Return: whether anything failed. */
static bool run_round(struct ts_call *call, struct run *run)
{
    const struct story *story = run->story;
    int64_t held = held_count(call), held_after;
    const char *body = story->body(call, ++run->rounds);
    struct reply reply, again;

    ask(call, body, run->fault, &reply);
    held_after = held_count(call);
    ask(call, body, no_fault, &again); /* as a client does: the same once more */
    check_right(story, &again, &again);
    assert_true(story->changes || reserve_used() == 0);
    if (reply.status == 503) {
        run->refused++;
        assert_true(reply.failed);
        assert_true(strstr(reply.body, "RESOURCE_EXHAUSTED") || strstr(reply.body, "OUTCOME_UNKNOWN"));
        if (strstr(reply.body, "RESOURCE_EXHAUSTED"))
            assert_int_equal(held_after, held);
    } else {
        check_right(story, &reply, &again);
        assert_int_equal(held_count(call), held_after); /* and asking again changed nothing */
    }
    return reply.failed;
}

/* Every allocation in turn. */
static void fail_each(struct ts_call *call, struct run *run)
{
    run->fault.nth = 1;
    while (run_round(call, run)) {
        assert_in_range(++run->fault.nth, 1, ROUNDS_MAX);
        call->deadline_ms = loop_now_ms(call->runtime->loop) + ROUND_MS_MAX;
        ts_arena_reset(call->arena);
    }
}

/* The first that the request's own memory wants, wherever that is. */
static void fail_at_each_place(struct ts_call *call, struct run *run)
{
    run->fault = (struct fault){ 1, UINT64_MAX, FILL_STEP };
    while (run->fault.filled < ARENA_BLOCK_SIZE) {
        (void)run_round(call, run); /* a request may need no more than it has */
        run->fault.filled += FILL_STEP;
        call->deadline_ms = loop_now_ms(call->runtime->loop) + ROUND_MS_MAX;
        ts_arena_reset(call->arena);
    }
}

static void run_all(struct ts_call *call, void *data)
{
    struct run *run = data;
    struct ts_arena *arena = call->arena;
    struct reply reply;

    shop = shop_open(call, 10000);
    for (unsigned i = 1; i < EVENTS; i++)
        (void)shop_open_event(call, shop.organizer_id, ts_printf(call->arena, "gala-%u", i), 10);
    ask(call, run->story->body(call, 0), no_fault, &reply); /* what is built once is built */
    check_right(run->story, &reply, &reply);
    call->arena = ts_arena_new();
    fail_each(call, run);
    if (run->fault.count == UINT64_MAX)
        fail_at_each_place(call, run);
    ts_arena_free(call->arena);
    call->arena = arena;
}

static void run_story(void **state)
{
    static const uint64_t counts[] = { 1, 3, UINT64_MAX };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct run run = { *state, { 1, counts[i], 0 }, 0, 0 };
        struct harness *harness;

        client = client_new();
        harness = harness_new(ts_modules);
        harness_run(harness, run_all, &run);
        harness_free(harness);
        client_free(client);
        print_message("%u rounds, %u refusals\n", run.rounds, run.refused);
        assert_int_equal(reserve_used(), 0);
    }
}

static struct story new_query = { a_new_query, "\"title\":\"", false };
static struct story known_query = { a_known_query, "\"title\":\"", false };
static struct story page = { a_page, "\"totalCount\":20", false };
static struct story introspection = { an_introspection, "\"__schema\"", false };
static struct story invalid_document = { an_invalid_document, "GRAPHQL_VALIDATION_FAILED", false };
static struct story variables = { many_variables, "\"nodes\"", false };
static struct story hold = { a_hold, "\"token\":\"", true };
static struct story first_hold = { a_first_hold, "\"token\":\"", true };
static struct story first_place = { a_first_place, "\"state\":\"", true };

#define story_unit_test(story)                                                                                         \
    {                                                                                                                  \
        "out_of_memory__in_a_" #story, run_story, NULL, NULL, &(story)                                                 \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        story_unit_test(new_query),        story_unit_test(known_query), story_unit_test(page),
        story_unit_test(introspection),    story_unit_test(hold),        story_unit_test(variables),
        story_unit_test(invalid_document), story_unit_test(first_hold),  story_unit_test(first_place),
    };

    return cmocka_run_group_tests_name("scenario/out_of_memory", tests, NULL, NULL);
}
