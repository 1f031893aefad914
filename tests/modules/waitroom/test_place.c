/* Coming, waiting, going in, through the bus: who is before whom, how fast it goes, and nobody is forgotten. */
#include "support/shop.h"

#include <stdlib.h>
#include <string.h>

#include "host/modules.h"
#include "people.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/sign.h"

static struct shop a_shop(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    return shop;
}

static void set_room_as_owner(struct ts_call *call, const Waitroom__SetRoomRequest *request)
{
    harness_as(call, TS_PRINCIPAL_OWNER);
    set_room(call, request);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
}

/* A second at a time: whoever is there asks each second. */
static void wait_seconds(struct ts_call *call, struct crowd *crowd, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        harness_advance(call, 1000);
        crowd_ask(call, crowd);
    }
}

/* ---- coming */

static void join_room__is_refused_where_no_room_is_open(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);

    request.event_id = shop.event_id;
    harness_assert_refused(try_join(call, &request), NOT_FOUND, "eventId");
    room.pre_queue_from += TS_MINUTE_MS;
    set_room_as_owner(call, &room);
    harness_assert_refused(try_join(call, &request), NOT_ON_SALE, "eventId");
    room.has_enabled = true;
    room.enabled = false;
    set_room_as_owner(call, &room);
    harness_assert_refused(try_join(call, &request), NOT_FOUND, "eventId");
    request.event_id = "evt_00000000000000000000000000";
    harness_assert_refused(try_join(call, &request), NOT_FOUND, "eventId");
    request.event_id = "x";
    harness_assert_refused(try_join(call, &request), NOT_FOUND, "eventId");
}

static void join_room__gives_a_place_in_the_pre_queue(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    const Waitroom__PlaceView *place;

    room.message = "Soon";
    set_room_as_owner(call, &room);
    harness_advance(call, TS_MINUTE_MS);
    place = come(call, shop.event_id);
    assert_int_equal(place->state, STATE(PRE_QUEUE));
    assert_false(place->has_position || place->has_ahead || place->has_wait_seconds_high);
    assert_int_equal(place->wait_seconds_low, 59 * 60);
    assert_string_equal(place->message, "Soon");
    assert_int_equal(state_of(call, place->token), STATE(PRE_QUEUE));
}

static void join_room__who_comes_to_an_empty_room_goes_in_at_once(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    unsigned in = 0;

    set_room_as_owner(call, &room);
    harness_advance(call, TS_MINUTE_MS);
    for (unsigned i = 0; i < 10; i++)
        in += come(call, shop.event_id)->state == STATE(ADMITTED);
    assert_int_equal(in, 3); /* two seconds of the rate, and one */
}

static void join_room__one_key_is_one_place(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    const Waitroom__PlaceView *first, *again;
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;

    set_room_as_owner(call, &room);
    harness_key(call, "a-key-of-22-characters-or-more");
    first = come(call, shop.event_id);
    again = come(call, shop.event_id);
    assert_string_equal(first->id, again->id);
    assert_string_equal(first->token, again->token);
    request.event_id = shop.event_id;
    request.email = "ada@example.org";
    assert_int_equal(try_join(call, &request)->refusals[0]->code, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED);
    harness_key(call, NULL);
    assert_string_not_equal(come(call, shop.event_id)->id, first->id);
}

static void get_place__needs_the_whole_token(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    char *token, *other;

    set_room_as_owner(call, &room);
    token = come(call, shop.event_id)->token;
    other = come(call, shop.event_id)->token;
    assert_non_null(ask(call, token));
    assert_null(ask(call, ts_strndup(call->arena, token, strlen(token) - 1)));
    assert_null(ask(call, ts_printf(call->arena, "%.53s.%s", other, strrchr(token, '.') + 1)));
    assert_null(ask(call, ""));
    assert_null(ask(call, ts_printf(call->arena, "%.53s.", token)));
    harness_advance(call, 1000);
    room.enabled = false;
    set_room_as_owner(call, &room);
    assert_int_equal(state_of(call, token), STATE(NOT_NEEDED));
    room.enabled = true;
    set_room_as_owner(call, &room);
    assert_null(ask(call, token)); /* of an earlier round */
}

/* ---- the order */

static int by_nth(const void *left, const void *right)
{
    const struct person *a = left, *b = right;

    return (a->admitted_nth > b->admitted_nth) - (a->admitted_nth < b->admitted_nth);
}

/* SHA-256(seed, id) as text, computed as anybody could. */
static char *drawn(struct ts_call *call, const char *seed, const char *id)
{
    const char *text = ts_printf(call->arena, "%s%s", seed, id);
    char *word = ts_alloc(call->arena, 65);
    uint8_t digest[32];

    ts_sha256(text, strlen(text), digest);
    for (unsigned i = 0; i < sizeof(digest); i++)
        snprintf(word + 2 * i, 3, "%02x", digest[i]);
    return word;
}

static const char *seed_of(struct ts_call *call, const struct shop *shop)
{
    Waitroom__EventIdsRequest request = WAITROOM__EVENT_IDS_REQUEST__INIT;
    const Waitroom__GetRoomsReply *reply;

    request.event_ids = (char **)&shop->event_id;
    request.n_event_ids = 1;
    assert_int_equal(waitroom_get_rooms(call, &request, &reply), 0);
    assert_non_null(reply->rooms[0]->shuffle_seed);
    return reply->rooms[0]->shuffle_seed;
}

static void line__the_pre_queue_goes_in_as_the_seed_says_then_who_came_later_in_order(struct ts_call *call)
{
    enum { EARLY = 40, LATE = 20 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    struct crowd early, late;
    const char *seed;

    set_room_as_owner(call, &room);
    early = crowd_come(call, shop.event_id, EARLY);
    for (unsigned minute = 0; minute < 60; minute++) {
        assert_int_equal(crowd_ask(call, &early), 0);
        harness_advance(call, TS_MINUTE_MS);
    }
    late = crowd_come(call, shop.event_id, LATE);
    for (unsigned i = 0; i < 70; i++) {
        harness_advance(call, 1000);
        crowd_ask(call, &late); /* who asks first gains nothing */
        if (crowd_ask(call, &early))
            assert_int_equal(late.admitted, 0);
    }
    assert_int_equal(early.admitted, EARLY);
    assert_int_equal(late.admitted, LATE);
    for (size_t i = 0; i < LATE; i++)
        assert_int_equal(late.people[i].admitted_nth, i + 1);
    seed = seed_of(call, &shop);
    qsort(early.people, EARLY, sizeof(*early.people), by_nth);
    for (size_t i = 1; i < EARLY; i++) {
        assert_true(strcmp(drawn(call, seed, early.people[i - 1].id), drawn(call, seed, early.people[i].id)) < 0 ||
                    early.people[i - 1].admitted_at_ms == early.people[i].admitted_at_ms);
        assert_true(early.people[i - 1].admitted_at_ms <= early.people[i].admitted_at_ms);
    }
}

static void line__positions_count_down_to_the_turn(struct ts_call *call)
{
    enum { PEOPLE = 30 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    struct crowd crowd;
    const Waitroom__PlaceView *place;
    int32_t before = PEOPLE + 1;

    set_room_as_owner(call, &room);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    for (unsigned second = 0; second < 40; second++) {
        place = ask(call, crowd.people[PEOPLE - 1].token);
        if (place->state == STATE(ADMITTED))
            break;
        assert_int_equal(place->position, place->ahead + 1);
        assert_true(place->position <= before && place->position >= 1);
        assert_true(place->wait_seconds_low <= place->wait_seconds_high);
        before = place->position;
        wait_seconds(call, &crowd, 1);
    }
    assert_int_equal(place->state, STATE(ADMITTED));
    assert_true(before <= 3);
}

/* ---- how fast */

static void line__moves_at_the_rate_and_never_faster(struct ts_call *call)
{
    enum { PEOPLE = 150, RATE = 120, SECONDS = 60 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    unsigned per_second[SECONDS] = { 0 }, total = 0;
    struct crowd crowd;

    room.has_admit_per_minute = true;
    room.admit_per_minute = RATE;
    set_room_as_owner(call, &room);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    total = crowd.admitted;
    for (unsigned i = 0; i < SECONDS; i++) {
        harness_advance(call, 1000);
        total += per_second[i] = crowd_ask(call, &crowd);
        assert_true(total <= RATE * (i + 1) / 60 + 5); /* two seconds of it, and one */
    }
    assert_true(total >= RATE * SECONDS / 60 - 2);
}

static void line__keeps_to_the_number_of_active_buyers(struct ts_call *call)
{
    enum { PEOPLE = 20, ACTIVE = 5 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    struct crowd crowd;

    room.has_admit_per_minute = room.has_max_active = room.has_pass_minutes = true;
    room.admit_per_minute = 6000;
    room.max_active = ACTIVE;
    room.pass_minutes = 1;
    set_room_as_owner(call, &room);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    wait_seconds(call, &crowd, 10);
    assert_int_equal(crowd.admitted, ACTIVE);
    for (size_t i = 0; i < 2; i++)
        leave(call, crowd.people[i].token);
    wait_seconds(call, &crowd, 3);
    assert_int_equal(crowd.admitted, ACTIVE + 2);
    wait_seconds(call, &crowd, 60); /* passes end */
    assert_int_equal(crowd.admitted, 2 * ACTIVE + 2);
}

/* ---- who does not ask */

static void line__who_has_gone_is_not_waited_for_and_may_come_back_for_ten_minutes(struct ts_call *call)
{
    enum { PEOPLE = 20, AWAY = 10 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    struct crowd crowd;
    int64_t started_ms;

    set_room_as_owner(call, &room);
    harness_advance(call, TS_HOUR_MS - 10 * TS_MINUTE_MS);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    for (size_t i = 0; i < AWAY; i++)
        crowd.people[i].away = true;
    for (unsigned i = 0; i < 10; i++) {
        harness_advance(call, TS_MINUTE_MS);
        crowd_ask(call, &crowd);
    }
    started_ms = ts_now_ms(call);
    while (crowd.admitted < PEOPLE - AWAY && ts_now_ms(call) < started_ms + 60000)
        wait_seconds(call, &crowd, 1);
    assert_true(ts_now_ms(call) - started_ms <= 12000); /* ten people, one a second: the others cost nothing */
    for (unsigned i = 0; i < 9; i++)
        harness_advance(call, TS_MINUTE_MS);
    assert_int_equal(state_of(call, crowd.people[0].token), STATE(ADMITTED));
    harness_advance(call, 2 * TS_MINUTE_MS);
    assert_int_equal(state_of(call, crowd.people[1].token), STATE(EXPIRED));
}

static void line__whose_turn_lapses_gives_it_to_the_next(struct ts_call *call)
{
    enum { PEOPLE = 10, RATE = 60 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    struct crowd crowd;

    room.has_max_active = true;
    room.max_active = 1;
    set_room_as_owner(call, &room);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    crowd.people[0].away = true; /* was there a moment ago */
    wait_seconds(call, &crowd, 40);
    assert_int_equal(crowd.admitted, 0);
    wait_seconds(call, &crowd, 10);
    assert_int_equal(crowd.admitted, 1);
    assert_int_equal(crowd.people[1].admitted_nth, 1);
    assert_int_equal(state_of(call, crowd.people[0].token), STATE(WAITING)); /* but there is no room now */
    leave(call, crowd.people[1].token);
    harness_advance(call, 100);
    assert_int_equal(state_of(call, crowd.people[0].token), STATE(ADMITTED));
}

/* The line stands for hours, and whoever comes back is not the last of it. */
static void line__who_comes_back_goes_before_who_was_not_called(struct ts_call *call)
{
    enum { PEOPLE = 40, RATE = 20 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    struct crowd crowd, late;

    room.has_admit_per_minute = true;
    room.admit_per_minute = RATE;
    set_room_as_owner(call, &room);
    harness_advance(call, TS_HOUR_MS - 10 * TS_MINUTE_MS);
    crowd = crowd_come(call, shop.event_id, 3);
    harness_advance(call, 10 * TS_MINUTE_MS); /* silent for ten minutes */
    late = crowd_come(call, shop.event_id, PEOPLE);
    wait_seconds(call, &late, 20);
    assert_in_range(late.admitted, 5, 8);
    for (unsigned i = 0; i < 15; i++) { /* each second, the others first */
        wait_seconds(call, &late, 1);
        crowd_ask(call, &crowd);
    }
    assert_int_equal(crowd.admitted, 3);
    assert_true(late.admitted + crowd.admitted <= 35 * RATE / 60 + 3);
}

static void line__who_leaves_makes_room_at_once(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    struct crowd crowd;

    set_room_as_owner(call, &room);
    crowd = crowd_come(call, shop.event_id, 3);
    leave(call, crowd.people[0].token);
    leave(call, crowd.people[0].token);
    assert_int_equal(state_of(call, crowd.people[0].token), STATE(LEFT));
    crowd.people[0].away = true;
    wait_seconds(call, &crowd, 3);
    assert_int_equal(crowd.people[1].admitted_nth, 1);
    leave(call, crowd.people[1].token);
    assert_int_equal(state_of(call, crowd.people[1].token), STATE(LEFT));
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 31);
}

/*
 * People come all the time, some leave, some go away for minutes; each asks when he likes, but within half a minute.
 * Whoever keeps asking is in after about as long as those before him take.
 */
static void line__nobody_who_keeps_asking_starves(struct ts_call *call)
{
    enum { PEOPLE = 120, RATE = 30 };
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);
    struct crowd crowd;
    uint64_t random = 7;
    int64_t opened_ms;
    unsigned away = 0;

    room.has_admit_per_minute = true;
    room.admit_per_minute = RATE;
    set_room_as_owner(call, &room);
    harness_advance(call, TS_HOUR_MS - TS_MINUTE_MS);
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++)
        away += crowd.people[i].away = next_random(&random) % 3 == 0;
    harness_advance(call, TS_MINUTE_MS);
    opened_ms = ts_now_ms(call);
    for (unsigned second = 0; second < 600 && crowd.admitted < PEOPLE - away; second++) {
        harness_advance(call, 1000);
        for (size_t i = 0; i < PEOPLE; i++) {
            struct crowd one = { &crowd.people[i], 1, crowd.admitted };

            if (next_random(&random) % 10 == 0)
                crowd.admitted += crowd_ask(call, &one);
        }
    }
    assert_int_equal(crowd.admitted, PEOPLE - away);
    assert_true(ts_now_ms(call) - opened_ms < (PEOPLE - away) * INT64_C(60000) / RATE + 180000);
}

static void join_room__works_again_after_any_failure_of_the_store(struct ts_call *call)
{
    struct shop shop = a_shop(call);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;
    const Waitroom__JoinRoomReply *reply;
    bool failed = true;
    char *token;

    room.has_entries_per_email = true;
    room.entries_per_email = 1;
    set_room_as_owner(call, &room);
    request.event_id = shop.event_id;
    request.email = "ada@example.org";
    harness_key(call, "a-key-of-22-characters-or-more");
    for (uint64_t nth = 1; failed; nth++) {
        int r;

        harness_store_fail(harness_of(call), nth);
        r = waitroom_join_room(call, &request, &reply);
        failed = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_true(r == 0 || (failed && r == TS_EUNAVAILABLE));
        assert_true(nth < 40);
    }
    assert_int_equal(reply->n_refusals, 0);
    token = reply->place->token;
    for (unsigned i = 0; i < 3 && state_of(call, token) != STATE(ADMITTED); i++)
        harness_advance(call, 1000);
    assert_int_equal(state_of(call, token), STATE(ADMITTED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(join_room__is_refused_where_no_room_is_open, ts_modules),
        harness_unit_test(join_room__gives_a_place_in_the_pre_queue, ts_modules),
        harness_unit_test(join_room__who_comes_to_an_empty_room_goes_in_at_once, ts_modules),
        harness_unit_test(join_room__one_key_is_one_place, ts_modules),
        harness_unit_test(get_place__needs_the_whole_token, ts_modules),
        harness_unit_test(line__the_pre_queue_goes_in_as_the_seed_says_then_who_came_later_in_order, ts_modules),
        harness_unit_test(line__positions_count_down_to_the_turn, ts_modules),
        harness_unit_test(line__moves_at_the_rate_and_never_faster, ts_modules),
        harness_unit_test(line__keeps_to_the_number_of_active_buyers, ts_modules),
        harness_unit_test(line__who_has_gone_is_not_waited_for_and_may_come_back_for_ten_minutes, ts_modules),
        harness_unit_test(line__whose_turn_lapses_gives_it_to_the_next, ts_modules),
        harness_unit_test(line__who_comes_back_goes_before_who_was_not_called, ts_modules),
        harness_unit_test(line__who_leaves_makes_room_at_once, ts_modules),
        harness_unit_test(line__nobody_who_keeps_asking_starves, ts_modules),
        harness_unit_test(join_room__works_again_after_any_failure_of_the_store, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/waitroom/place", tests, NULL, NULL);
}
