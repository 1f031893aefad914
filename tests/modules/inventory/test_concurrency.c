/* Many buyers on fibers of one instance: nothing is sold twice, nothing is lost. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUYERS = 64 };

struct crowd {
    const struct shop *shop;
    const struct id *types;
    size_t type_count;
    const char *key;
    unsigned holds, refusals, failures;
    char token[100];
};

struct buyer {
    struct crowd *crowd;
    unsigned number;
};

static int buy_one(struct ts_call *call, void *item)
{
    struct buyer *buyer = item;
    struct crowd *crowd = buyer->crowd;
    const Inventory__HoldTicketsReply *reply;

    call->idempotency_key = crowd->key;
    reply = buy(call, crowd->shop, &crowd->types[buyer->number % crowd->type_count], 1);
    if (!reply)
        crowd->failures++;
    else if (reply->hold)
        crowd->holds++;
    else
        crowd->refusals++;
    if (reply && reply->hold) {
        if (crowd->key && crowd->token[0])
            assert_string_equal(crowd->token, reply->hold->token);
        snprintf(crowd->token, sizeof(crowd->token), "%s", reply->hold->token);
    }
    return 0;
}

static void rush(struct ts_call *call, struct crowd *crowd)
{
    struct buyer buyers[BUYERS];
    void *items[BUYERS];

    for (unsigned i = 0; i < BUYERS; i++) {
        buyers[i] = (struct buyer){ crowd, i };
        items[i] = &buyers[i];
    }
    as_buyer(call);
    assert_int_equal(ts_all(call, buy_one, items, BUYERS), 0);
}

static void crowd__of_64_gets_10_places(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct crowd crowd = { &shop, &seat, 1 };
    struct checker_report report;

    rush(call, &crowd);
    assert_int_equal(crowd.holds, 10);
    assert_int_equal(crowd.refusals, BUYERS - 10);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 10);
}

static void crowd__on_quotas_shared_by_types(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[] = { shop_quota(call, &shop, 30), shop_quota(call, &shop, 8), shop_quota(call, &shop, 12) };
    struct id types[] = { shop_type(call, &shop, "10.00", quotas, 2), shop_type(call, &shop, "20.00", quotas, 3),
                          shop_type(call, &shop, "30.00", &quotas[1], 2), shop_type(call, &shop, "5.00", quotas, 1) };
    struct crowd crowd = { &shop, types, 4 };
    struct checker_report report;

    rush(call, &crowd);
    assert_int_equal(crowd.failures, 0);
    rig_check(call, &report);
    assert_int_equal(report.open, crowd.holds);
    assert_int_equal(checker_live_places(call, rig_of(call)->store, quotas[1].text), 8);
    assert_in_range(checker_live_places(call, rig_of(call)->store, quotas[0].text), 16, 30);
}

static void crowd__with_one_key_is_one_buyer(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 100);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct crowd crowd = { &shop, &seat, 1, KEY };
    struct checker_report report;

    rush(call, &crowd);
    assert_int_equal(crowd.holds, BUYERS);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
    assert_int_equal(counts(call, &hall)->held, 1);
}

static void crowd__takes_lapsed_places_over(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct crowd first = { &shop, &seat, 1 }, second = { &shop, &seat, 1 };
    struct checker_report report;

    rush(call, &first);
    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS; /* the sweeper does not know */
    rush(call, &second);
    assert_int_equal(second.holds, 10);
    rig_check(call, &report);
    assert_int_equal(report.released, 10);
    assert_int_equal(report.places_live, 10);
}

static void crowd__on_an_unlimited_quota_gets_all(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, -1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct checker_report report;

    for (unsigned i = 0; i < 20; i++) {
        struct crowd crowd = { &shop, &seat, 1 };

        rush(call, &crowd);
        assert_int_equal(crowd.holds, BUYERS);
    }
    rig_check(call, &report);
    assert_int_equal(report.places_live, 20 * BUYERS);
}

/* Cold maps: all wait for one that builds. */
static struct shop cold_shop;
static struct id cold_hall, cold_seat;

static void fill_half(struct ts_call *call, void *data)
{
    struct crowd crowd = { &cold_shop, &cold_seat, 1 };

    (void)data;
    cold_shop = shop_open(call);
    cold_hall = shop_quota(call, &cold_shop, 100);
    cold_seat = shop_type(call, &cold_shop, "10.00", &cold_hall, 1);
    rush(call, &crowd);
    assert_int_equal(crowd.holds, BUYERS);
}

static void rush_cold(struct ts_call *call, void *data)
{
    struct crowd crowd = { &cold_shop, &cold_seat, 1 };
    struct checker_report report;

    (void)data;
    rush(call, &crowd);
    assert_int_equal(crowd.holds, 100 - BUYERS);
    assert_int_equal(crowd.refusals, 2 * BUYERS - 100);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 100);
}

static void crowd__after_a_restart_waits_for_the_map(void **state)
{
    struct rig *rig = rig_new(7);

    (void)state;
    rig->options.delay_ms_max = 3;
    rig_restart(rig);
    rig_run(rig, fill_half, NULL);
    rig_restart(rig);
    rig_run(rig, rush_cold, NULL);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(crowd__of_64_gets_10_places),
        rig_unit_test(crowd__on_quotas_shared_by_types),
        rig_unit_test(crowd__with_one_key_is_one_buyer),
        rig_unit_test(crowd__takes_lapsed_places_over),
        rig_unit_test(crowd__on_an_unlimited_quota_gets_all),
        cmocka_unit_test(crowd__after_a_restart_waits_for_the_map),
    };

    return cmocka_run_group_tests_name("modules/inventory/concurrency", tests, NULL, NULL);
}
