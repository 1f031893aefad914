/*
 * A store that fails without a restart, an outcome that nobody knows, and a second process on the same documents: no
 * place is sold twice, and none is lost. After each act the maps say what an independent count of the documents says.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/limits.h"
#include "tessera/store.h"

enum { SCHEDULES = 300, STEPS = 30, HOLDS_MAX = 64, PLACES = 10 };

struct known_hold {
    char id[TS_ID_SIZE], order[TS_ID_SIZE], token[100];
};

struct stage {
    struct rig *rig, *twin; /* no twin: a process alone */
    struct shop shop;
    struct id quotas[2], types[3];
    struct known_hold holds[HOLDS_MAX];
    unsigned count;
};

static void open_stage(struct ts_call *call, struct stage *stage)
{
    stage->shop = shop_open(call);
    stage->quotas[0] = shop_quota(call, &stage->shop, PLACES);
    stage->quotas[1] = shop_quota(call, &stage->shop, PLACES / 2);
    stage->types[0] = shop_type(call, &stage->shop, "10.00", stage->quotas, 1);
    stage->types[1] = shop_type(call, &stage->shop, "20.00", stage->quotas, 2);
    stage->types[2] = shop_type(call, &stage->shop, "30.00", &stage->quotas[1], 1);
}

static int resize(struct ts_call *call, const struct id *quota, int32_t size)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const struct ts_principal *before = call->principal;
    const Inventory__UpdateQuotaReply *reply;
    char *unlimited[] = { "size" };
    int r;

    as_owner(call);
    request.quota_id = (char *)quota->text;
    request.has_size = size >= 0;
    request.size = size;
    request.clear = unlimited;
    request.n_clear = size < 0;
    r = inventory_update_quota(call, &request, &reply);
    call->principal = before;
    return r;
}

static const Inventory__QuotaCounts *assert_counts(struct ts_call *call, struct stage *stage, unsigned number)
{
    const Inventory__QuotaCounts *now = counts(call, &stage->quotas[number]);
    int64_t sold, held;

    assert_int_equal(checker_places(call, rig_of(call)->store, stage->quotas[number].text, &sold, &held), 0);
    assert_int_equal(now->sold, sold);
    assert_int_equal(now->held, held);
    return now;
}

/* ---- acts */

static void note_hold(struct stage *stage, const Inventory__HoldTicketsReply *reply)
{
    struct known_hold *hold;

    if (!reply || !reply->hold || stage->count == HOLDS_MAX)
        return;
    hold = &stage->holds[stage->count++];
    snprintf(hold->id, sizeof(hold->id), "%s", reply->hold->id);
    snprintf(hold->token, sizeof(hold->token), "%s", reply->hold->token);
    snprintf(hold->order, sizeof(hold->order), "ord%s", reply->hold->id + 3);
}

static void release(struct ts_call *call, const char *token)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply;

    request.token = (char *)token;
    (void)inventory_release_hold(call, &request, &reply);
}

static void touch(struct ts_call *call, const char *token)
{
    Inventory__ReadHoldRequest request = INVENTORY__READ_HOLD_REQUEST__INIT;
    const Inventory__ReadHoldReply *reply;

    request.token = (char *)token;
    (void)inventory_read_hold(call, &request, &reply);
}

static void sweep(struct ts_call *call, const struct stage *stage)
{
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *reply;

    request.event_id = (char *)stage->shop.event;
    (void)inventory_sweep_date(call, &request, &reply);
}

static void change(struct ts_call *call, struct stage *stage, const struct known_hold *hold)
{
    switch (rig_draw(stage->rig, 5)) {
    case 0:
        release(call, hold->token);
        break;
    case 1:
        (void)keep(call, hold->id, hold->order, ts_now_ms(call) + TS_DAY_MS);
        break;
    case 2:
        (void)sell(call, hold->id, hold->order);
        break;
    case 3:
        touch(call, hold->token);
        break;
    default:
        (void)give_back(call, hold->id, hold->order, true);
    }
}

static void act(struct ts_call *call, struct stage *stage)
{
    uint64_t what = rig_draw(stage->rig, 20), which = rig_draw(stage->rig, 3);

    if (what < 8 || stage->count == 0) {
        note_hold(stage, buy(call, &stage->shop, &stage->types[which], 1 + (int32_t)rig_draw(stage->rig, 3)));
    } else if (what < 15) {
        change(call, stage, &stage->holds[rig_draw(stage->rig, stage->count)]);
    } else if (what < 17) {
        call->runtime->clock_offset_ms += (int64_t)rig_draw(stage->rig, 10 * TS_MINUTE_MS); /* the sweeper is late */
    } else if (what == 17) {
        sweep(call, stage);
    } else {
        int32_t size = (int32_t)rig_draw(stage->rig, PLACES + 5) - 1;

        (void)resize(call, &stage->quotas[which % 2], size);
    }
}

/* ---- a store that fails now and then */

/* All that is not sold or held can be had, and no more. */
static void take_the_rest(struct ts_call *call, struct stage *stage)
{
    for (unsigned i = 0; i < 2; i++)
        if (resize(call, &stage->quotas[i], PLACES + 5) != 0)
            fail();
    for (unsigned i = 0; i < 3; i++)
        while (buy(call, &stage->shop, &stage->types[i], 1)->hold)
            ;
    for (unsigned i = 0; i < 2; i++) {
        const Inventory__QuotaCounts *now = assert_counts(call, stage, i);

        assert_true(now->sold + now->held >= PLACES + 5); /* more: it was unlimited before */
        assert_int_equal(now->remaining, 0);
    }
}

static void fail_now_and_then(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct checker_report report;

    open_stage(call, stage);
    as_system(call);
    for (unsigned i = 0; i < STEPS; i++) {
        crash_store_fail(stage->rig->store, rig_draw(stage->rig, 3) ? 0 : 1 + rig_draw(stage->rig, 8));
        act(call, stage);
        crash_store_fail(stage->rig->store, 0);
        for (unsigned k = 0; k < 2; k++)
            (void)assert_counts(call, stage, k);
    }
    rig_check(call, &report);
    take_the_rest(call, stage);
    rig_check(call, &report);
}

static void each_seed(uint64_t count, void (*body)(struct ts_call *call, void *data), bool with_twin)
{
    const char *from = getenv("TESSERA_SEED");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1;

    for (uint64_t seed = first; seed < first + (from ? 1 : count); seed++) {
        struct stage stage = { .rig = rig_new(seed) };

        print_message("seed %lu\r", (unsigned long)seed);
        stage.twin = with_twin ? rig_twin(stage.rig, ~seed) : NULL;
        rig_run(stage.rig, body, &stage);
        if (with_twin)
            rig_free(stage.twin);
        rig_free(stage.rig);
    }
}

static void schedules__on_a_failing_store_lose_no_place(void **state)
{
    (void)state;
    each_seed(SCHEDULES, fail_now_and_then, false);
}

/* ---- a size that grew, and the store failed before its places were given back */

static void update_quota__grown_by_a_failing_store_can_be_sold(struct ts_call *call)
{
    for (uint64_t nth = 1; nth < 12; nth++) {
        struct rig *rig = rig_of(call);
        static struct shop shop;
        struct id hall, seat;

        if (nth == 1)
            shop = shop_open(call);
        hall = shop_quota(call, &shop, 5);
        seat = shop_type(call, &shop, "10.00", &hall, 1);
        assert_int_equal(resize(call, &hall, 2), 0);
        crash_store_fail(rig->store, nth);
        if (resize(call, &hall, 5) != 0)
            assert_int_equal(resize(call, &hall, 5), 0);
        crash_store_fail(rig->store, 0);
        as_buyer(call);
        assert_int_equal(counts(call, &hall)->remaining, 5);
        assert_non_null(buy(call, &shop, &seat, 5)->hold);
        as_owner(call);
    }
}

/* ---- two processes */

static void two_at_once(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    struct checker_report report;

    open_stage(call, stage);
    as_system(call);
    as_system(&other);
    for (unsigned i = 0; i < STEPS; i++) {
        other.runtime->clock_offset_ms = call->runtime->clock_offset_ms;
        act(rig_draw(stage->rig, 2) ? call : &other, stage);
        rig_check(call, &report);
    }
}

static void schedules__of_two_processes_never_oversell(void **state)
{
    (void)state;
    each_seed(SCHEDULES, two_at_once, true);
}

static void on_twins(void **state, void (*body)(struct ts_call *call, void *data))
{
    struct stage stage = { .rig = rig_new(1) };

    (void)state;
    stage.twin = rig_twin(stage.rig, 2);
    rig_run(stage.rig, body, &stage);
    rig_free(stage.twin);
    rig_free(stage.rig);
}

/* The other process has loaded the event before this one makes a quota, sells from it and shrinks it. */
static void use_a_quota_made_elsewhere(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    const Inventory__HoldStateReply *state;
    struct id first, late, seat;
    const char *hold;

    stage->shop = shop_open(call);
    first = shop_quota(call, &stage->shop, 5);
    assert_int_equal(counts(&other, &first)->remaining, 5);
    late = shop_quota(call, &stage->shop, 5);
    seat = shop_type(call, &stage->shop, "10.00", &late, 1);
    hold = buy(call, &stage->shop, &seat, 2)->hold->id;
    assert_int_equal(resize(&other, &late, 4), 0);
    assert_int_equal(counts(&other, &late)->held, 2);
    as_system(&other);
    state = sell(&other, hold, "ord_01jwnxxxxxfg8v8v8v8v8v8v00");
    assert_non_null(state);
    assert_int_equal(state->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(counts(&other, &late)->sold, 2);
}

static void quota__made_by_another_process_can_be_used(void **state)
{
    on_twins(state, use_a_quota_made_elsewhere);
}

/* A place past the N that this process knows. */
static void sell_a_place_past_n(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct ts_call other = twin_call(call, stage->twin);
    const Inventory__HoldStateReply *state;
    const char *hold;

    open_stage(call, stage);
    assert_non_null(buy(&other, &stage->shop, &stage->types[0], 1)->hold);
    assert_int_equal(resize(call, &stage->quotas[0], 3000), 0);
    for (unsigned i = 0; i < 250; i++)
        hold = buy(call, &stage->shop, &stage->types[0], 10)->hold->id;
    as_system(&other);
    state = sell(&other, hold, "ord_01jwnxxxxxfg8v8v8v8v8v8v00");
    assert_non_null(state);
    assert_int_equal(state->state, INVENTORY__HOLD_STATE__SOLD);
}

static void sell__a_place_past_the_known_end(void **state)
{
    on_twins(state, sell_a_place_past_n);
}

/* ---- nobody knows whether it was written */

static void create_quota__of_unknown_outcome_can_be_used(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    struct id first = shop_quota(call, &shop, 5);
    const Inventory__CreateQuotaReply *reply;
    struct id made, seat;

    assert_int_equal(counts(call, &first)->remaining, 5); /* the event is loaded */
    request.event_id = shop.event;
    request.name = "Balcony";
    request.has_size = true;
    request.size = 5;
    call->idempotency_key = KEY;
    for (uint64_t nth = 1; nth < 20; nth++) {
        int r;

        crash_store_fail_unknown(rig_of(call)->store, nth, true);
        r = inventory_create_quota(call, &request, &reply);
        crash_store_fail(rig_of(call)->store, 0);
        if (r == TS_EUNKNOWN)
            break;
        call->idempotency_key = ts_printf(call->arena, "%s-%u", KEY, (unsigned)nth);
    }
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    snprintf(made.text, sizeof(made.text), "%s", reply->quota->id);
    call->idempotency_key = NULL;
    assert_int_equal(resize(call, &made, 4), 0);
    seat = shop_type(call, &shop, "10.00", &made, 1);
    assert_non_null(buy(call, &shop, &seat, 4)->hold);
}

/* The sale stands; whoever asks again hears so, and the map has to say so too. */
static void sell__of_unknown_outcome_is_counted_once_asked_again(struct ts_call *call)
{
    static struct stage stage;
    struct known_hold *hold = &stage.holds[0];

    stage = (struct stage){ .rig = rig_of(call) };
    open_stage(call, &stage);
    as_system(call);
    note_hold(&stage, buy(call, &stage.shop, &stage.types[0], PLACES));
    crash_store_fail_unknown(stage.rig->store, 2, true);
    assert_null(sell(call, hold->id, hold->order));
    crash_store_fail(stage.rig->store, 0);
    assert_int_equal(sell(call, hold->id, hold->order)->state, INVENTORY__HOLD_STATE__SOLD);
    (void)assert_counts(call, &stage, 0);
    assert_refused(buy(call, &stage.shop, &stage.types[0], 1), SOLD_OUT, "lines.0");
}

/* A hold whose write may or may not have been: its places come back, or are its own, and never both. */
static void hold_of_unknown_outcome(struct ts_call *call, void *data)
{
    struct stage *stage = data;
    struct checker_report report;

    open_stage(call, stage);
    as_system(call);
    for (unsigned i = 0; i < STEPS; i++) {
        if (rig_draw(stage->rig, 2))
            crash_store_fail_unknown(stage->rig->store, 1 + rig_draw(stage->rig, 4), rig_draw(stage->rig, 2));
        act(call, stage);
        crash_store_fail(stage->rig->store, 0);
        rig_check(call, &report);
    }
    call->runtime->clock_offset_ms += 2 * (int64_t)TS_HOUR_MS;
    take_the_rest(call, stage);
    rig_check(call, &report);
}

static void schedules__of_unknown_outcomes_lose_no_place(void **state)
{
    (void)state;
    each_seed(SCHEDULES, hold_of_unknown_outcome, false);
}

/* ---- the last number of a claim */

/* It is one more than a key can spell: the place is not to be had any more, and nothing goes round in circles. */
static void claim__past_its_last_number_is_refused(struct ts_call *call)
{
    static struct stage stage;
    Inventory__Claim claim = INVENTORY__CLAIM__INIT;
    const struct store_collection *claims = store_find(rig_of(call)->store, "claims");
    struct id hall, seat;

    stage = (struct stage){ .rig = rig_of(call) };
    stage.shop = shop_open(call);
    hall = shop_quota(call, &stage.shop, 2);
    seat = shop_type(call, &stage.shop, "10.00", &hall, 1);
    claim.hold_id = "hld_01jwnxxxxxfg8v8v8v8v8v8v00";
    claim.has_hold_version = true;
    claim.hold_version = 1;
    as_system(call);
    assert_int_equal(give_back(call, claim.hold_id, NULL, false)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(
        ts_store_insert(call, claims->declared, ts_printf(call->arena, "%s/0000000@9999999", hall.text), &claim.base),
        0);
    assert_non_null(buy(call, &stage.shop, &seat, 1)->hold);
    assert_refused(buy(call, &stage.shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_int_equal(counts(call, &hall)->remaining, 0);
}

/* ---- the quota's own hold */

/* A crash left the first claim of a shrinking and no hold. Who then wants the place may not end that hold for ever. */
static void update_quota__blocks_after_its_first_blocking_was_cut_off(struct ts_call *call)
{
    static struct stage stage;
    Inventory__Claim claim = INVENTORY__CLAIM__INIT;
    const struct store_collection *claims = store_find(rig_of(call)->store, "claims");
    const Inventory__HoldTicketsReply *bought;
    struct checker_report report;
    struct id hall, seat;

    stage = (struct stage){ .rig = rig_of(call) };
    stage.shop = shop_open(call);
    hall = shop_quota(call, &stage.shop, 2);
    seat = shop_type(call, &stage.shop, "10.00", &hall, 1);
    claim.hold_id = (char *)ts_id_sibling(call, hall.text, "hld");
    claim.has_hold_version = true;
    claim.hold_version = 1;
    as_system(call);
    assert_int_equal(
        ts_store_insert(call, claims->declared, ts_printf(call->arena, "%s/0000001@0000001", hall.text), &claim.base),
        0);
    assert_non_null(buy(call, &stage.shop, &seat, 1)->hold);
    bought = buy(call, &stage.shop, &seat, 1);
    assert_non_null(bought->hold);
    as_system(call);
    assert_int_equal(give_back(call, bought->hold->id, NULL, false)->state, INVENTORY__HOLD_STATE__RELEASED);
    as_owner(call);
    assert_int_equal(resize(call, &hall, 1), 0);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(update_quota__grown_by_a_failing_store_can_be_sold),
        rig_unit_test(create_quota__of_unknown_outcome_can_be_used),
        rig_unit_test(sell__of_unknown_outcome_is_counted_once_asked_again),
        rig_unit_test(claim__past_its_last_number_is_refused),
        rig_unit_test(update_quota__blocks_after_its_first_blocking_was_cut_off),
        cmocka_unit_test(quota__made_by_another_process_can_be_used),
        cmocka_unit_test(sell__a_place_past_the_known_end),
        cmocka_unit_test(schedules__on_a_failing_store_lose_no_place),
        cmocka_unit_test(schedules__of_unknown_outcomes_lose_no_place),
        cmocka_unit_test(schedules__of_two_processes_never_oversell),
    };

    return cmocka_run_group_tests_name("modules/inventory/faults", tests, NULL, NULL);
}
