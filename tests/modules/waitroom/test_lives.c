/*
 * Rooms over restarts, crashes and several processes: places stay, what was answered stays, the line is one line and
 * its rate one rate, whoever calls it.
 */
#include "modules/inventory/rig.h"

#include <string.h>

#include "host/modules.h"
#include "people.h"
#include "support/test.h"

enum { TOKEN_SIZE = 100, PASS_SIZE = 200 };

/* A person across lives: nothing of it is in a call's arena. */
struct somebody {
    char token[TOKEN_SIZE], id[TS_ID_SIZE], pass[PASS_SIZE];
    int32_t position;
    Waitroom__PlaceState state;
    int64_t admitted_at_ms;
};

static void remember(struct somebody *somebody, const Waitroom__PlaceView *place)
{
    if (place->token)
        (void)snprintf(somebody->token, sizeof(somebody->token), "%s", place->token);
    (void)snprintf(somebody->id, sizeof(somebody->id), "%s", place->id);
    (void)snprintf(somebody->pass, sizeof(somebody->pass), "%s", place->pass ? place->pass : "");
    somebody->position = place->has_position ? place->position : 0;
    somebody->state = place->state;
}

static void ask_all(struct ts_call *call, struct somebody *people, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Waitroom__PlaceView *place = ask(call, people[i].token);
        bool was_in = people[i].state == STATE(ADMITTED);

        assert_non_null(place);
        if (was_in) { /* once in, always in, with the same pass */
            assert_int_equal(place->state, STATE(ADMITTED));
            assert_string_equal(place->pass, people[i].pass);
        }
        remember(&people[i], place);
        if (!was_in && people[i].state == STATE(ADMITTED))
            people[i].admitted_at_ms = ts_now_ms(call);
    }
}

static size_t count_in(const struct somebody *people, size_t count)
{
    size_t in = 0;

    for (size_t i = 0; i < count; i++)
        in += people[i].state == STATE(ADMITTED);
    return in;
}

/* ---- restarts */

enum { PEOPLE = 30, EARLY = 15 };

struct life {
    struct shop shop;
    struct somebody people[PEOPLE];
};

static void come_early(struct ts_call *call, void *data)
{
    struct life *life = data;
    Waitroom__SetRoomRequest room;

    life->shop = shop_open(call);
    room = room_in_an_hour(call, life->shop.event);
    room.starts_at = ts_now_ms(call) + TS_MINUTE_MS;
    set_room(call, &room);
    as_buyer(call);
    for (unsigned i = 0; i < EARLY; i++)
        remember(&life->people[i], come(call, life->shop.event));
}

static void come_late(struct ts_call *call, void *data)
{
    struct life *life = data;

    as_buyer(call);
    ask_all(call, life->people, EARLY);
    assert_int_equal(life->people[0].state, STATE(PRE_QUEUE));
    advance(call, TS_MINUTE_MS);
    for (unsigned i = EARLY; i < PEOPLE; i++)
        remember(&life->people[i], come(call, life->shop.event));
    ask_all(call, life->people, PEOPLE);
    for (unsigned i = 0; i < 5; i++) {
        advance(call, 1000);
        ask_all(call, life->people, PEOPLE);
    }
    assert_in_range(count_in(life->people, PEOPLE), 3, 8);
}

/* Nothing has moved: a second has not gone by. */
static void stand_where_they_stood(struct ts_call *call, void *data)
{
    struct life *life = data;
    int32_t shift = 0;

    as_buyer(call);
    for (unsigned i = 0; i < PEOPLE; i++) {
        const Waitroom__PlaceView *place = ask(call, life->people[i].token);

        assert_int_equal(place->state, life->people[i].state);
        if (place->state != STATE(WAITING)) {
            assert_string_equal(place->pass, life->people[i].pass);
            continue;
        }
        if (shift == 0)
            shift = life->people[i].position - place->position + 100; /* one step may have been due */
        assert_int_equal(life->people[i].position - place->position + 100, shift);
    }
    assert_in_range(shift, 0, 102);
}

static void all_go_in(struct ts_call *call, void *data)
{
    struct life *life = data;

    as_buyer(call);
    for (unsigned i = 0; i < 60 && count_in(life->people, PEOPLE) < PEOPLE; i++) {
        advance(call, 1000);
        ask_all(call, life->people, PEOPLE);
    }
    assert_int_equal(count_in(life->people, PEOPLE), PEOPLE);
    for (unsigned i = EARLY; i < PEOPLE; i++) {
        for (unsigned k = 0; k < EARLY; k++)
            assert_true(life->people[k].admitted_at_ms <= life->people[i].admitted_at_ms);
        assert_true(i == EARLY || life->people[i - 1].admitted_at_ms <= life->people[i].admitted_at_ms);
    }
}

static void room__keeps_places_passes_and_order_over_restarts(void **state)
{
    struct rig *rig = rig_new_of(1, ts_modules);
    static struct life life;

    (void)state;
    memset(&life, 0, sizeof(life));
    rig_run(rig, come_early, &life);
    rig_restart(rig);
    rig_run(rig, come_late, &life);
    rig_restart(rig);
    rig_run(rig, stand_where_they_stood, &life);
    rig_restart(rig);
    rig_run(rig, all_go_in, &life);
    rig_free(rig);
}

/* They come, are called in the first seconds, and do not ask. */
static void come_and_go(struct ts_call *call, void *data)
{
    struct life *life = data;
    Waitroom__SetRoomRequest room;

    life->shop = shop_open(call);
    room = room_now(call, life->shop.event);
    set_room(call, &room);
    as_buyer(call);
    for (unsigned i = 0; i < 3; i++)
        remember(&life->people[i], come(call, life->shop.event));
    for (unsigned i = 0; i < 60; i++)
        advance(call, 1000);
}

/* The line has been called since. */
static void eight_minutes(struct ts_call *call, void *data)
{
    struct life *life = data;

    as_buyer(call);
    advance(call, 8 * (int64_t)TS_MINUTE_MS);
    assert_int_equal(come(call, life->shop.event)->state, STATE(ADMITTED));
}

static void come_back_in_time_and_late(struct ts_call *call, void *data)
{
    struct life *life = data;

    as_buyer(call);
    assert_int_equal(state_of(call, life->people[0].token), STATE(ADMITTED));
    advance(call, 2 * (int64_t)TS_MINUTE_MS);
    assert_int_equal(state_of(call, life->people[1].token), STATE(EXPIRED));
}

static void room__keeps_a_turn_for_ten_minutes_over_restarts(void **state)
{
    struct rig *rig = rig_new_of(1, ts_modules);
    static struct life life;

    (void)state;
    memset(&life, 0, sizeof(life));
    rig_run(rig, come_and_go, &life);
    rig_restart(rig);
    rig_run(rig, eight_minutes, &life);
    rig_restart(rig);
    rig_run(rig, come_back_in_time_and_late, &life);
    rig_free(rig);
}

/* ---- several processes */

enum { TWINS_PEOPLE = 60, RATE = 120 };

struct twins {
    struct rig *other;
    struct somebody people[TWINS_PEOPLE];
};

static void advance_both(struct ts_call *call, struct ts_call *other, int64_t duration_ms)
{
    advance(call, duration_ms);
    advance(other, duration_ms);
}

/* Who stands where is the same wherever one asks, but for what the last second called. */
static void agree(struct ts_call *call, struct ts_call *other, const struct twins *twins)
{
    for (unsigned i = 0; i < TWINS_PEOPLE; i++) {
        const Waitroom__PlaceView *here = ask(call, twins->people[i].token);
        const Waitroom__PlaceView *there = ask(other, twins->people[i].token);
        int32_t off;

        assert_true(here && there);
        if (here->state != STATE(WAITING) || there->state != STATE(WAITING))
            continue;
        off = here->position - there->position;
        assert_in_range(off + 50, 50 - 3 * RATE / 60, 50 + 3 * RATE / 60);
    }
}

static void both_call(struct ts_call *call, void *data)
{
    struct twins *twins = data;
    struct ts_call other = twin_call(call, twins->other), *calls[] = { call, &other };
    struct shop shop = shop_open(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event);
    int64_t opened_ms;

    room.has_admit_per_minute = true;
    room.admit_per_minute = RATE;
    room.starts_at = ts_now_ms(call) + TS_MINUTE_MS + 300; /* half of them come before */
    set_room(call, &room);
    as_buyer(call);
    as_buyer(&other);
    for (unsigned i = 0; i < TWINS_PEOPLE; i++) {
        if (i == TWINS_PEOPLE / 2)
            advance_both(call, &other, TS_MINUTE_MS);
        advance_both(call, &other, 10); /* of the same millisecond nobody is the first */
        remember(&twins->people[i], come(calls[i % 2], shop.event));
    }
    opened_ms = ts_now_ms(call);
    for (unsigned second = 0; second < 90 && count_in(twins->people, TWINS_PEOPLE) < TWINS_PEOPLE; second++) {
        advance_both(call, &other, 1000);
        for (unsigned i = 0; i < TWINS_PEOPLE; i++) /* now here, now there */
            ask_all(calls[(i + second) % 2], &twins->people[i], 1);
        assert_true(count_in(twins->people, TWINS_PEOPLE) <=
                    (size_t)((ts_now_ms(call) - opened_ms) / 1000 * RATE / 60 + 2 * RATE / 60 + 2));
        if (second % 10 == 5)
            agree(call, &other, twins);
    }
    assert_int_equal(count_in(twins->people, TWINS_PEOPLE), TWINS_PEOPLE);
    for (unsigned i = TWINS_PEOPLE / 2 + 1; i < TWINS_PEOPLE;
         i++) /* in order, but for who heard of it a little later */
        assert_true(twins->people[i - 1].admitted_at_ms <= twins->people[i].admitted_at_ms + 3000);
}

static void room__is_one_room_for_several_processes(void **state)
{
    static struct twins twins;
    struct rig *rig = rig_new_of(1, ts_modules);

    (void)state;
    memset(&twins, 0, sizeof(twins));
    twins.other = rig_twin(rig, 2);
    rig_run(rig, both_call, &twins);
    rig_free(twins.other);
    rig_free(rig);
}

/* ---- persons, wherever they come */

static void both_count(struct ts_call *call, void *data)
{
    struct ts_call other = twin_call(call, data), *calls[] = { call, &other };
    struct shop shop = shop_open(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event);
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;
    unsigned joined = 0;

    room.has_entries_per_email = true;
    room.entries_per_email = 3;
    set_room(call, &room);
    as_buyer(call);
    as_buyer(&other);
    request.event_id = shop.event;
    request.email = "Ada@example.org";
    for (unsigned i = 0; i < 8; i++)
        joined += try_join(calls[i % 2], &request)->n_refusals == 0;
    assert_int_equal(joined, 3);
}

static void join_room__counts_a_person_over_all_processes(void **state)
{
    struct rig *rig = rig_new_of(1, ts_modules), *other = rig_twin(rig, 2);

    (void)state;
    rig_run(rig, both_count, other);
    rig_free(other);
    rig_free(rig);
}

/* ---- crashes */

enum { CRASH_PEOPLE = 12, LIVES = 12 };

struct crashes {
    struct shop shop;
    struct somebody people[CRASH_PEOPLE];
    unsigned crashed;
};

static void open_shop(struct ts_call *call, void *data)
{
    struct crashes *crashes = data;
    Waitroom__SetRoomRequest room;

    crashes->shop = shop_open(call);
    room = room_now(call, crashes->shop.event);
    set_room(call, &room);
}

/* One life: come with one's own key, ask, until the process ends under one. */
static void live(struct ts_call *call, void *data)
{
    struct crashes *crashes = data;

    as_buyer(call);
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned i = 0; i < CRASH_PEOPLE; i++) {
            struct somebody *somebody = &crashes->people[i];
            Waitroom__JoinRoomRequest join = WAITROOM__JOIN_ROOM_REQUEST__INIT;
            Waitroom__GetPlaceRequest get = WAITROOM__GET_PLACE_REQUEST__INIT;
            const Waitroom__JoinRoomReply *joined;
            const Waitroom__GetPlaceReply *got;
            const Waitroom__PlaceView *place;

            join.event_id = crashes->shop.event;
            get.token = somebody->token;
            call->idempotency_key = ts_printf(call->arena, "a-key-of-22-characters-%u", i);
            if (waitroom_join_room(call, &join, &joined) || waitroom_get_place(call, &get, &got))
                return;
            assert_int_equal(joined->n_refusals, 0);
            place = joined->place;
            if (somebody->token[0]) { /* what was answered is so */
                assert_string_equal(place->token, somebody->token);
                assert_non_null(got->place);
            }
            if (somebody->state == STATE(ADMITTED)) {
                assert_int_equal(place->state, STATE(ADMITTED));
                assert_string_equal(place->pass, somebody->pass);
            }
            remember(somebody, place);
        }
        if (host_clock_advance(rig_of(call)->host, 1000))
            return;
    }
}

static void room__loses_nothing_that_it_answered_in_crashes(void **state)
{
    unsigned crashed = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        static struct crashes crashes;
        struct rig *rig = rig_new_of(seed, ts_modules);

        memset(&crashes, 0, sizeof(crashes));
        rig_run(rig, open_shop, &crashes);
        for (unsigned lives = 0; lives < LIVES; lives++) {
            rig->options.crash_per_million = lives % 2 ? 20000 : 0;
            rig_restart(rig);
            rig_run(rig, live, &crashes);
            crashed += rig->crashed;
        }
        rig->options.crash_per_million = 0;
        rig_restart(rig);
        for (unsigned i = 0; i < 5; i++)
            rig_run(rig, live, &crashes);
        assert_int_equal(count_in(crashes.people, CRASH_PEOPLE), CRASH_PEOPLE);
        rig_free(rig);
    }
    assert_true(crashed > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room__keeps_places_passes_and_order_over_restarts),
        cmocka_unit_test(room__keeps_a_turn_for_ten_minutes_over_restarts),
        cmocka_unit_test(room__is_one_room_for_several_processes),
        cmocka_unit_test(join_room__counts_a_person_over_all_processes),
        cmocka_unit_test(room__loses_nothing_that_it_answered_in_crashes),
    };

    return cmocka_run_group_tests_name("modules/waitroom/lives", tests, NULL, NULL);
}
