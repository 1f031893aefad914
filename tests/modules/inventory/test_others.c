/*
 * What one process knows of what another does to places on their one store: by a hint at once, by looking within a
 * second, and never so that a place is sold twice.
 */
#include "rig.h"

#include "bus/inside.h"
#include "loop/fiber.h"
#include "tessera/limits.h"

struct pair {
    struct rig *rig, *twin;
    struct ts_call other; /* the twin's */
    struct shop shop;
    struct id hall, seat;
};

static void open_pair(struct ts_call *call, struct pair *pair, int32_t size)
{
    pair->other = twin_call(call, pair->twin);
    pair->shop = shop_open(call);
    pair->hall = shop_quota(call, &pair->shop, size);
    pair->seat = shop_type(call, &pair->shop, "10.00", &pair->hall, 1);
}

static void on_pair(void (*body)(struct ts_call *call, void *data))
{
    struct pair pair = { .rig = rig_new(1) };

    pair.twin = rig_twin(pair.rig, 2);
    rig_run(pair.rig, body, &pair);
    rig_free(pair.twin);
    rig_free(pair.rig);
}

static void pass(struct pair *pair, int64_t duration_ms)
{
    pair->rig->runtime.clock_offset_ms += duration_ms;
    pair->twin->runtime.clock_offset_ms += duration_ms;
}

static void let_go(struct ts_call *call, const char *token)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply;

    request.token = (char *)token;
    assert_int_equal(inventory_release_hold(call, &request, &reply), 0);
    assert_true(reply->released);
}

/* ---- looking */

static void fill_and_free(struct ts_call *call, void *data)
{
    struct pair *pair = data;
    const char *token;

    open_pair(call, pair, 2);
    token = buy(call, &pair->shop, &pair->seat, 1)->hold->token;
    assert_non_null(buy(call, &pair->shop, &pair->seat, 1)->hold);
    assert_refused(buy(&pair->other, &pair->shop, &pair->seat, 1), RESERVED_BY_OTHERS, "lines.0");
    let_go(call, token);
    assert_refused(buy(&pair->other, &pair->shop, &pair->seat, 1), RESERVED_BY_OTHERS,
                   "lines.0"); /* known a moment ago */
    assert_int_equal(counts(&pair->other, &pair->hall)->remaining, 0);
    pass(pair, TS_SECOND_MS);
    assert_int_equal(counts(&pair->other, &pair->hall)->remaining, 1);
    assert_non_null(buy(&pair->other, &pair->shop, &pair->seat, 1)->hold);
}

static void no_place__is_a_second_old_at_most(void **state)
{
    (void)state;
    on_pair(fill_and_free);
}

static void count_lost_hints(struct ts_call *call, void *data)
{
    struct pair *pair = data;

    open_pair(call, pair, 10);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 0);
    assert_non_null(buy(call, &pair->shop, &pair->seat, 4)->hold);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 0);
    pass(pair, 15 * TS_SECOND_MS);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 4);
}

static void counts__are_right_though_hints_were_lost(void **state)
{
    (void)state;
    on_pair(count_lost_hints);
}

static void offer_late(struct ts_call *call, void *data)
{
    struct pair *pair = data;
    struct id late, seat;

    open_pair(call, pair, 1);
    assert_non_null(buy(&pair->other, &pair->shop, &pair->seat, 1)->hold);
    late = shop_quota(call, &pair->shop, 5);
    seat = shop_type(call, &pair->shop, "10.00", &late, 1);
    assert_non_null(buy(&pair->other, &pair->shop, &seat, 1)->hold);
}

static void quota__made_elsewhere_is_offered_at_once(void **state)
{
    (void)state;
    on_pair(offer_late);
}

static void offer_unseen(struct ts_call *call, void *data)
{
    struct pair *pair = data;

    rig_lag(pair->rig, TS_HOUR_MS);
    rig_lag(pair->twin, TS_HOUR_MS);
    offer_late(call, data);
}

static void quota__made_elsewhere_is_offered_though_scans_lag(void **state)
{
    (void)state;
    on_pair(offer_unseen);
}

/* More than a taker could pass one by one are another's. */
static void pass_many(struct ts_call *call, void *data)
{
    enum { SIZE = 2000 };
    struct pair *pair = data;
    struct checker_report report;
    int32_t sold = 0;

    open_pair(call, pair, SIZE);
    assert_int_equal(counts(&pair->other, &pair->hall)->remaining,
                     SIZE); /* it knows of none that is taken from here on */
    for (; sold < SIZE - 10; sold += 10)
        assert_non_null(buy(call, &pair->shop, &pair->seat, 10)->hold);
    assert_non_null(buy(&pair->other, &pair->shop, &pair->seat, 10)->hold);
    rig_check(call, &report);
    assert_int_equal(report.places_live, SIZE);
}

static void take__passes_thousands_that_are_anothers(void **state)
{
    (void)state;
    on_pair(pass_many);
}

/* ---- hints */

/* As the bus would bring it from another process. */
static void tell(struct pair *pair, const char *hold_id, Inventory__HoldState state, int32_t first, int32_t count)
{
    Inventory__PlacesChanged event = INVENTORY__PLACES_CHANGED__INIT;
    Inventory__Place places[16], *listed[16];

    assert_in_range(count, 1, 16);
    event.hold_id = (char *)hold_id;
    event.has_state = true;
    event.state = state;
    event.has_lapse_ms = state == INVENTORY__HOLD_STATE__OPEN;
    event.lapse_ms = RIG_NOW_MS + TS_HOUR_MS;
    event.places = listed;
    for (int32_t i = 0; i < count; i++) {
        inventory__place__init(&places[i]);
        places[i].quota_id = pair->hall.text;
        places[i].has_number = true;
        places[i].number = first + i;
        listed[event.n_places++] = &places[i];
    }
    events_tell(pair->other.runtime->bus, &event.base, /* from_others= */ true);
    while (bus_busy(pair->other.runtime->bus))
        fiber_yield();
}

static void tell_quota(struct pair *pair, const char *quota_id)
{
    Inventory__PlacesChanged event = INVENTORY__PLACES_CHANGED__INIT;
    char *id = (char *)quota_id;

    event.quota_ids = &id;
    event.n_quota_ids = 1;
    events_tell(pair->other.runtime->bus, &event.base, /* from_others= */ true);
    while (bus_busy(pair->other.runtime->bus))
        fiber_yield();
}

static void hear_of_a_quota(struct ts_call *call, void *data)
{
    struct pair *pair = data;
    struct id late, seat;

    open_pair(call, pair, 1);
    assert_non_null(buy(&pair->other, &pair->shop, &pair->seat, 1)->hold);
    late = shop_quota(call, &pair->shop, 5);
    seat = shop_type(call, &pair->shop, "10.00", &late, 1);
    tell_quota(pair, "quo_01jwnxxxxxfg8v8v8v8v8v8v8v"); /* of nothing */
    tell_quota(pair, "nothing");
    tell_quota(pair, late.text);
    assert_non_null(buy(&pair->other, &pair->shop, &seat, 1)->hold);
}

static void hint__of_a_quota_made_elsewhere_sells_it_at_once(void **state)
{
    (void)state;
    on_pair(hear_of_a_quota);
}

static void hear(struct ts_call *call, void *data)
{
    static const char hold[] = "hld_01jwnxxxxxfg8v8v8v8v8v8v00", another[] = "hld_01jwnxxxxxfg8v8v8v8v8v9v00";
    struct pair *pair = data;

    open_pair(call, pair, 10);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 0);
    tell(pair, hold, INVENTORY__HOLD_STATE__OPEN, 0, 3);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 3);
    tell(pair, another, INVENTORY__HOLD_STATE__RELEASED, 0, 3); /* not whose they are */
    tell(pair, another, INVENTORY__HOLD_STATE__SOLD, 0, 3);
    tell(pair, hold, INVENTORY__HOLD_STATE__OPEN, 9, 2); /* one past the end */
    tell(pair, "nobody", INVENTORY__HOLD_STATE__OPEN, 5, 2);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 4);
    tell(pair, hold, INVENTORY__HOLD_STATE__SOLD, 0, 2);
    assert_int_equal(counts(&pair->other, &pair->hall)->sold, 2);
    tell(pair, hold, INVENTORY__HOLD_STATE__RELEASED, 2, 1);
    assert_int_equal(counts(&pair->other, &pair->hall)->held, 1);
    assert_int_equal(counts(&pair->other, &pair->hall)->remaining, 7);
}

static void hint__counts_at_once(void **state)
{
    (void)state;
    on_pair(hear);
}

/* Whatever hints say, what is sold is sold once: they say that all is free, at each step. */
static void lie(struct ts_call *call, void *data)
{
    enum { SIZE = 12 };
    struct pair *pair = data;
    struct checker_report report;
    unsigned holds = 0;

    open_pair(call, pair, SIZE);
    for (unsigned i = 0; i < 2 * SIZE; i++) {
        const Inventory__HoldTicketsReply *reply = buy(i % 2 ? call : &pair->other, &pair->shop, &pair->seat, 1);

        assert_non_null(reply);
        holds += reply->hold != NULL;
        for (int state = INVENTORY__HOLD_STATE__OPEN; reply->hold && state <= INVENTORY__HOLD_STATE__RELEASED; state++)
            tell(pair, reply->hold->id, (Inventory__HoldState)state, 0, SIZE);
        pass(pair, TS_SECOND_MS);
    }
    assert_int_equal(holds, SIZE);
    rig_check(call, &report);
    assert_int_equal(report.places_live, SIZE);
}

static void hint__that_is_wrong_sells_nothing_twice(void **state)
{
    (void)state;
    on_pair(lie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_place__is_a_second_old_at_most),
        cmocka_unit_test(counts__are_right_though_hints_were_lost),
        cmocka_unit_test(quota__made_elsewhere_is_offered_at_once),
        cmocka_unit_test(quota__made_elsewhere_is_offered_though_scans_lag),
        cmocka_unit_test(take__passes_thousands_that_are_anothers),
        cmocka_unit_test(hint__of_a_quota_made_elsewhere_sells_it_at_once),
        cmocka_unit_test(hint__counts_at_once),
        cmocka_unit_test(hint__that_is_wrong_sells_nothing_twice),
    };

    return cmocka_run_group_tests_name("inventory/others", tests, NULL, NULL);
}
