/*
 * How many are in at once when several processes let people in: whom a version of the cursor calls counts everywhere,
 * and nobody else does.
 */
#include "modules/inventory/rig.h"

#include <string.h>

#include "host/due.h"
#include "host/lead.h"
#include "host/modules.h"
#include "host/v1/present.pb-c.h"
#include "people.h"
#include "store/crash.h"
#include "support/test.h"

enum { TOKEN_SIZE = 100 };

/* Two processes; the test's own call is one of them. */
struct pair {
    struct ts_call *calls[2];
    struct ts_call other;
    struct shop shop;
};

static void advance_both(const struct pair *pair, int64_t duration_ms)
{
    for (unsigned i = 0; i < 2; i++) {
        if (!rig_of(pair->calls[i])->crashed)
            (void)host_clock_advance(rig_of(pair->calls[i])->host, duration_ms); /* which may be its end */
    }
}

/* A room with a pre-queue of ten minutes, so that who is silent meanwhile is absent. */
static void open_pair(struct pair *pair, struct ts_call *call, struct rig *twin, int32_t max_active,
                      int32_t admit_per_minute)
{
    Waitroom__SetRoomRequest room;

    pair->other = twin_call(call, twin);
    pair->calls[0] = call;
    pair->calls[1] = &pair->other;
    pair->shop = shop_open(call);
    room = room_in_an_hour(call, pair->shop.event);
    room.starts_at = ts_now_ms(call) + 10 * (int64_t)TS_MINUTE_MS;
    room.has_max_active = room.has_admit_per_minute = room.has_pass_minutes = true;
    room.max_active = max_active;
    room.admit_per_minute = admit_per_minute;
    room.pass_minutes = 1;
    set_room(call, &room);
    as_buyer(call);
    as_buyer(&pair->other);
}

/* The second process hears that another is there, and leads. Return: to be handed to lead_again(). */
static struct lead *follow(struct pair *pair)
{
    struct ts_runtime *runtime = pair->other.runtime;
    struct lead *lead = lead_new(runtime, ts_modules);
    Host__Present present = HOST__PRESENT__INIT;
    char *names[] = { "waitroom" };

    lead_start(lead);
    due_start(runtime->due, lead);
    present.process = "0000000000000000";
    present.modules = names;
    present.n_modules = 1;
    ts_publish(&pair->other, &present.base);
    return lead;
}

static void lead_again(struct pair *pair, struct lead *lead)
{
    due_start(pair->other.runtime->due, NULL);
    lead_free(lead);
}

static void run(void (*body)(struct ts_call *call, void *data))
{
    struct rig *rig = rig_new_of(1, ts_modules), *twin = rig_twin(rig, 2);

    rig_run(rig, body, twin);
    rig_free(twin);
    rig_free(rig);
}

/* ---- who was passed over */

/* Some come to the pre-queue and go, one stays; the first process calls him, and both know of it. */
static const char *pass_over(struct pair *pair, const char *absent[], size_t count)
{
    const char *token;
    unsigned second = 0;

    for (size_t i = 0; i < count; i++)
        absent[i] = come(pair->calls[0], pair->shop.event)->token;
    advance_both(pair, 5 * (int64_t)TS_MINUTE_MS);
    token = come(pair->calls[0], pair->shop.event)->token;
    assert_int_equal(state_of(pair->calls[1], token), STATE(PRE_QUEUE));
    advance_both(pair, 5 * (int64_t)TS_MINUTE_MS - 2000); /* nobody has asked for so long */
    assert_int_equal(state_of(pair->calls[1], token), STATE(PRE_QUEUE));
    assert_int_equal(state_of(pair->calls[0], token), STATE(PRE_QUEUE));
    while (state_of(pair->calls[0], token) != STATE(ADMITTED)) {
        assert_true(second++ < 10);
        advance_both(pair, 1000);
    }
    assert_int_equal(state_of(pair->calls[1], token), STATE(ADMITTED));
    return token;
}

enum { ABSENT = 10 };

static void nobodys_buyer(struct ts_call *call, void *twin)
{
    const char *absent[ABSENT], *tokens[3];
    struct pair pair;

    open_pair(&pair, call, twin, 3, 600);
    (void)pass_over(&pair, absent, ABSENT);
    for (unsigned i = 0; i < 3; i++)
        tokens[i] = come(pair.calls[1], pair.shop.event)->token;
    for (unsigned second = 0; second < 12; second++) { /* the first process is heard of no more */
        assert_int_equal(host_clock_advance(rig_of(pair.calls[1])->host, 1000), 0);
        for (unsigned i = 0; i < 3; i++)
            (void)ask(pair.calls[1], tokens[i]);
    }
    assert_int_equal(state_of(pair.calls[1], tokens[0]), STATE(ADMITTED));
    assert_int_equal(state_of(pair.calls[1], tokens[1]), STATE(ADMITTED));
    assert_int_equal(state_of(pair.calls[1], tokens[2]), STATE(WAITING));
}

static void active__who_was_passed_over_is_no_buyer_anywhere(void **state)
{
    (void)state;
    run(nobodys_buyer);
}

static void called_when_he_comes_back(struct ts_call *call, void *twin)
{
    const char *absent[ABSENT], *inside, *behind;
    struct pair pair;

    open_pair(&pair, call, twin, 1, 600);
    inside = pass_over(&pair, absent, ABSENT);
    behind = come(pair.calls[1], pair.shop.event)->token;
    for (unsigned second = 0; second < 5; second++) {
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(state_of(pair.calls[1], absent[i]), STATE(WAITING)); /* one is in */
        assert_int_equal(state_of(pair.calls[1], behind), STATE(WAITING));
        assert_int_equal(host_clock_advance(rig_of(pair.calls[1])->host, 1000), 0);
    }
    leave(pair.calls[1], inside);
    assert_int_equal(host_clock_advance(rig_of(pair.calls[1])->host, 1000), 0);
    assert_int_equal(state_of(pair.calls[1], behind), STATE(WAITING)); /* others came before him, and are back */
    assert_int_equal(state_of(pair.calls[1], absent[0]), STATE(ADMITTED));
    assert_int_equal(state_of(pair.calls[1], absent[1]), STATE(WAITING));
}

static void active__who_was_passed_over_is_called_when_he_comes_back(void **state)
{
    (void)state;
    run(called_when_he_comes_back);
}

/* The other process calls the line on; this one only those who come back to it. */
static void called_by_who_follows(struct ts_call *call, void *twin)
{
    const char *absent[ABSENT], *behind[3];
    struct lead *lead;
    struct pair pair;

    open_pair(&pair, call, twin, 2, 600);
    (void)pass_over(&pair, absent, ABSENT);
    lead = follow(&pair);
    for (unsigned i = 0; i < 3; i++)
        behind[i] = come(pair.calls[1], pair.shop.event)->token;
    for (unsigned second = 0; second < 3; second++) {
        assert_int_equal(host_clock_advance(rig_of(pair.calls[1])->host, 1000), 0);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(state_of(pair.calls[1], behind[i]), STATE(WAITING)); /* there is room, but not by him */
    }
    (void)ask(pair.calls[1], absent[0]);
    (void)ask(pair.calls[1], absent[1]);
    assert_int_equal(host_clock_advance(rig_of(pair.calls[1])->host, 1000), 0);
    assert_int_equal(state_of(pair.calls[1], absent[0]), STATE(ADMITTED));
    assert_int_equal(state_of(pair.calls[1], absent[1]), STATE(WAITING));
    for (unsigned second = 0; second < 12; second++) { /* who leads knows who was called */
        assert_int_equal(host_clock_advance(rig_of(pair.calls[0])->host, 1000), 0);
        assert_int_equal(state_of(pair.calls[0], behind[0]), STATE(WAITING));
    }
    lead_again(&pair, lead);
}

static void active__who_follows_calls_those_who_come_back_to_him(void **state)
{
    (void)state;
    run(called_by_who_follows);
}

/* ---- who comes to another process, just before his turn lapses */

enum { LAST_S = 44 }; /* after the call, and after the first process's last look at what others wrote */

static void come_elsewhere(struct ts_call *call, void *twin)
{
    const char *called, *behind;
    struct pair pair;

    open_pair(&pair, call, twin, 1, 600);
    advance_both(&pair, 10 * (int64_t)TS_MINUTE_MS - 1000);
    called = come(call, pair.shop.event)->token; /* of the pre-queue */
    assert_int_equal(state_of(&pair.other, called), STATE(PRE_QUEUE));
    advance_both(&pair, 2000);
    behind = come(call, pair.shop.event)->token;
    for (unsigned second = 0; second < LAST_S + 50; second++) {
        assert_int_equal(state_of(call, behind), STATE(WAITING));
        if (second == LAST_S)
            assert_int_equal(state_of(&pair.other, called), STATE(ADMITTED));
        advance_both(&pair, 1000);
    }
}

static void active__who_came_elsewhere_before_his_turn_lapsed_is_in(void **state)
{
    (void)state;
    run(come_elsewhere);
}

/* ---- written, and never told */

struct written {
    struct rig *twin;
    char token[TOKEN_SIZE], behind[TOKEN_SIZE], absent[TOKEN_SIZE];
};

/* The line is called by what falls due, and nobody asks. */
static void call_and_end(struct ts_call *call, void *data)
{
    struct written *written = data;
    struct pair pair;

    open_pair(&pair, call, written->twin, 1, 600);
    (void)snprintf(written->absent, TOKEN_SIZE, "%s", come(call, pair.shop.event)->token);
    advance_both(&pair, 10 * (int64_t)TS_MINUTE_MS - 3000);
    (void)snprintf(written->token, TOKEN_SIZE, "%s", come(call, pair.shop.event)->token);
    advance_both(&pair, 4000);
    (void)snprintf(written->behind, TOKEN_SIZE, "%s", come(&pair.other, pair.shop.event)->token);
    advance_both(&pair, 2000); /* whichever of them is first */
    assert_int_equal(state_of(&pair.other, written->behind), STATE(WAITING));
}

static void go_on(struct ts_call *call, void *data)
{
    struct written *written = data;

    as_buyer(call);
    for (unsigned second = 0; second < 5; second++) {
        assert_int_equal(state_of(call, written->behind), STATE(WAITING)); /* somebody is called, and awaited */
        assert_int_equal(state_of(call, written->absent), STATE(WAITING)); /* and he is another */
        advance(call, 1000);
    }
    assert_int_equal(state_of(call, written->token), STATE(ADMITTED));
}

static void active__who_was_called_before_a_restart_is_awaited_after_it(void **state)
{
    struct rig *rig = rig_new_of(1, ts_modules);
    static struct written written;

    (void)state;
    written.twin = rig_twin(rig, 2);
    rig_run(rig, call_and_end, &written);
    rig_free(written.twin);
    rig_restart(rig);
    rig_run(rig, go_on, &written);
    rig_free(rig);
}

/* ---- whoever ends when */

enum { CROWD = 40, ACTIVE = 4, RATE = 120, SECONDS_MAX = 1500 };

struct visitor {
    char token[TOKEN_SIZE];
    Waitroom__PlaceState state;
    int64_t expires_at_ms;
    bool went_in, sticks; /* always asks the same process */
    unsigned back_s;      /* says nothing before that second */
};

struct visitors {
    struct rig *twin;
    struct visitor people[CROWD];
    unsigned went_in, crashes;
};

static void visit(struct ts_call *call, struct visitors *visitors, struct visitor *visitor)
{
    Waitroom__GetPlaceRequest request = WAITROOM__GET_PLACE_REQUEST__INIT;
    const Waitroom__GetPlaceReply *reply;

    request.token = visitor->token;
    if (waitroom_get_place(call, &request, &reply))
        return; /* a crash */
    assert_non_null(reply->place);
    visitor->state = reply->place->state;
    if (visitor->state != STATE(ADMITTED) || visitor->went_in)
        return;
    visitor->went_in = true;
    visitor->expires_at_ms = reply->place->pass_expires_at_ms;
    visitors->went_in++;
}

static unsigned count_active(struct ts_call *call, const struct visitors *visitors)
{
    unsigned active = 0;

    for (unsigned i = 0; i < CROWD; i++)
        active += visitors->people[i].went_in && ts_now_ms(call) < visitors->people[i].expires_at_ms;
    return active;
}

static void come_all(struct pair *pair, struct visitors *visitors, struct rig *rig)
{
    for (unsigned i = 0; i < CROWD; i++) {
        struct visitor *visitor = &visitors->people[i];

        advance_both(pair, 10);
        (void)snprintf(visitor->token, TOKEN_SIZE, "%s", come(pair->calls[i % 2], pair->shop.event)->token);
        visitor->sticks = rig_draw(rig, 2);
        visitor->back_s = rig_draw(rig, 3) ? 0 : (unsigned)rig_draw(rig, 300);
    }
}

static void visit_all(struct ts_call *call, void *data)
{
    struct visitors *visitors = data;
    struct rig *rig = rig_of(call);
    struct crash_options bad = visitors->twin->options;
    int64_t opened_ms;
    struct pair pair;

    open_pair(&pair, call, visitors->twin, ACTIVE, RATE);
    come_all(&pair, visitors, rig);
    advance_both(&pair, 10 * (int64_t)TS_MINUTE_MS - CROWD * INT64_C(10));
    opened_ms = ts_now_ms(call);
    bad.crash_per_million = 3000;
    for (unsigned second = 0; second < SECONDS_MAX && visitors->went_in < CROWD; second++) {
        if (second == 30) /* the second process ends somewhere in what it writes */
            crash_store_weather(visitors->twin->store, &bad);
        for (unsigned i = 0; i < CROWD; i++) {
            unsigned process = visitors->people[i].sticks ? i % 2 : (unsigned)rig_draw(rig, 2);

            if (second < visitors->people[i].back_s || rig_draw(rig, 3))
                continue;
            if (visitors->twin->crashed)
                process = 0;
            visit(pair.calls[process], visitors, &visitors->people[i]);
            assert_true(count_active(call, visitors) <= ACTIVE);
        }
        assert_true(visitors->went_in <= (ts_now_ms(call) - opened_ms + 2000) * RATE / 60000 + 1);
        advance_both(&pair, 1000);
    }
    visitors->crashes += visitors->twin->crashed;
    for (unsigned i = 0; i < CROWD; i++) /* nobody was forgotten who asks */
        assert_true(visitors->people[i].went_in);
}

static void active__is_never_more_than_it_may_be_whoever_ends_when(void **state)
{
    unsigned crashes = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 10; seed++) {
        static struct visitors visitors;
        struct rig *rig = rig_new_of(seed, ts_modules);

        memset(&visitors, 0, sizeof(visitors));
        visitors.twin = rig_twin(rig, seed + 100);
        rig_run(rig, visit_all, &visitors);
        crashes += visitors.crashes;
        rig_free(visitors.twin);
        rig_free(rig);
    }
    assert_in_range(crashes, 2, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active__who_was_passed_over_is_no_buyer_anywhere),
        cmocka_unit_test(active__who_was_passed_over_is_called_when_he_comes_back),
        cmocka_unit_test(active__who_follows_calls_those_who_come_back_to_him),
        cmocka_unit_test(active__who_came_elsewhere_before_his_turn_lapsed_is_in),
        cmocka_unit_test(active__who_was_called_before_a_restart_is_awaited_after_it),
        cmocka_unit_test(active__is_never_more_than_it_may_be_whoever_ends_when),
    };

    return cmocka_run_group_tests_name("modules/waitroom/active", tests, NULL, NULL);
}
