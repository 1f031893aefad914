/*
 * A store that crashes or fails at any moment: after each restart the documents are right, what was acknowledged is
 * there, and the places of what was not can be had again.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tessera/limits.h"

enum { SCHEDULES = 500, HOLDS_MAX = 64, STEPS = 24, WORKERS = 6, PLACES = 12 };

/* What this side was told: the least that must be true for ever. */
struct acknowledged {
    char id[TS_ID_SIZE], order[TS_ID_SIZE], token[100];
    bool sold, released, kept;
    bool cancelled; /* somebody has asked to have it back: from then on it may end */
};

struct story {
    struct rig *rig;
    struct shop shop;
    struct id quotas[2], types[2];
    struct acknowledged holds[HOLDS_MAX];
    unsigned count;
};

static void open_shop(struct ts_call *call, void *data)
{
    struct story *story = data;

    story->shop = shop_open(call);
    story->quotas[0] = shop_quota(call, &story->shop, PLACES);
    story->quotas[1] = shop_quota(call, &story->shop, PLACES / 2);
    story->types[0] = shop_type(call, &story->shop, "10.00", story->quotas, 1);
    story->types[1] = shop_type(call, &story->shop, "20.00", story->quotas, 2);
}

/* ---- one random act; whatever fails has not been promised */

static void act_hold(struct ts_call *call, struct story *story)
{
    uint64_t kind = rig_draw(story->rig, 2);
    const Inventory__HoldTicketsReply *reply;
    struct acknowledged *hold;
    char key[40];

    if (rig_draw(story->rig, 2)) {
        snprintf(key, sizeof(key), "a-key-of-this-story-%08u", (unsigned)rig_draw(story->rig, 4));
        call->idempotency_key = key;
    }
    reply = buy(call, &story->shop, &story->types[kind], 1 + (int32_t)rig_draw(story->rig, 2));
    call->idempotency_key = NULL;
    if (!reply || !reply->hold || story->count == HOLDS_MAX)
        return;
    for (unsigned i = 0; i < story->count; i++) {
        if (strcmp(story->holds[i].id, reply->hold->id) == 0)
            return; /* the same key, the same hold */
    }
    hold = &story->holds[story->count++];
    *hold = (struct acknowledged){ 0 };
    snprintf(hold->id, sizeof(hold->id), "%s", reply->hold->id);
    snprintf(hold->token, sizeof(hold->token), "%s", reply->hold->token);
    snprintf(hold->order, sizeof(hold->order), "ord%s", reply->hold->id + 3);
}

static void act_release(struct ts_call *call, struct acknowledged *hold)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply;

    request.token = hold->token;
    if (inventory_release_hold(call, &request, &reply) == 0 && reply->released)
        hold->released = true;
}

static void act_change(struct ts_call *call, struct story *story, struct acknowledged *hold)
{
    const Inventory__HoldStateReply *reply;

    switch (rig_draw(story->rig, 4)) {
    case 0:
        act_release(call, hold);
        break;
    case 1:
        reply = keep(call, hold->id, hold->order, ts_now_ms(call) + TS_DAY_MS);
        hold->kept |= reply && reply->state == INVENTORY__HOLD_STATE__KEPT;
        break;
    case 2:
        reply = sell(call, hold->id, hold->order);
        hold->sold |= reply && reply->state == INVENTORY__HOLD_STATE__SOLD;
        break;
    default:
        if (rig_draw(story->rig, 3))
            break; /* a cancellation is rare */
        hold->cancelled = true;
        reply = give_back(call, hold->id, hold->order, true);
        hold->released |= reply && reply->state == INVENTORY__HOLD_STATE__RELEASED;
    }
}

static void act_resize(struct ts_call *call, struct story *story)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;

    as_owner(call);
    request.quota_id = story->quotas[0].text;
    request.has_size = true;
    request.size = PLACES / 2 + (int32_t)rig_draw(story->rig, PLACES);
    (void)inventory_update_quota(call, &request, &reply);
}

static int act(struct ts_call *call, void *item)
{
    struct story *story = item;
    uint64_t what;

    for (unsigned i = 0; i < STEPS / WORKERS && !story->rig->crashed; i++) {
        what = rig_draw(story->rig, 10);
        as_system(call);
        if (what < 4 || story->count == 0)
            act_hold(call, story);
        else if (what < 8)
            act_change(call, story, &story->holds[rig_draw(story->rig, story->count)]);
        else if (what == 8)
            runtime_clock_advance(call->runtime, (int64_t)rig_draw(story->rig, 10 * TS_MINUTE_MS));
        else
            act_resize(call, story);
    }
    return 0;
}

static void live(struct ts_call *call, void *data)
{
    void *items[WORKERS];

    for (unsigned i = 0; i < WORKERS; i++)
        items[i] = data;
    (void)ts_all(call, act, items, WORKERS);
}

/* ---- what must be true after it */

static void check_acknowledged(struct ts_call *call, struct story *story, const struct acknowledged *told)
{
    const Inventory__Hold *hold;

    assert_int_equal(checker_hold(call, story->rig->store, told->id, &hold), 0);
    assert_non_null(hold);
    if (told->released)
        assert_int_equal(hold->state, INVENTORY__HOLD_STATE__RELEASED);
    if (told->cancelled || told->released)
        return;
    if (told->sold)
        assert_int_equal(hold->state, INVENTORY__HOLD_STATE__SOLD);
    if (told->kept)
        assert_true(hold->state == INVENTORY__HOLD_STATE__KEPT || hold->state == INVENTORY__HOLD_STATE__SOLD);
}

static void check_counts(struct ts_call *call, struct story *story)
{
    for (unsigned i = 0; i < 2; i++) {
        const Inventory__QuotaCounts *now = counts(call, &story->quotas[i]);
        int64_t live = checker_live_places(call, story->rig->store, story->quotas[i].text);

        /* The map may still wait for a hold that a crash left unwritten; it never knows less than the store. */
        assert_true(now->sold + now->held >= live);
        assert_true(now->remaining >= 0);
    }
}

static void look(struct ts_call *call, void *data)
{
    struct story *story = data;
    struct checker_report report;

    rig_check(call, &report);
    for (unsigned i = 0; i < story->count; i++)
        check_acknowledged(call, story, &story->holds[i]);
    check_counts(call, story);
}

/* Whether there was a place; a call that a stalled machine let pass its deadline is made again. */
static bool buy_one(struct ts_call *call, struct story *story, const struct id *type)
{
    const Inventory__HoldTicketsReply *reply;

    do
        reply = buy(call, &story->shop, type, 1);
    while (!reply);
    return reply->hold;
}

/* After half an hour nobody is on his way: every place that is neither kept nor sold can be had. */
static void take_the_rest(struct ts_call *call, void *data)
{
    struct story *story = data;
    const Inventory__QuotaCounts *now;
    struct checker_report report;

    advance(call, 90 * TS_MINUTE_MS);
    as_system(call);
    while (buy_one(call, story, &story->types[1]) || buy_one(call, story, &story->types[0]))
        ;
    rig_check(call, &report);
    now = counts(call, &story->quotas[0]);
    assert_int_equal(now->remaining, 0);
    assert_int_equal(now->sold + now->held, checker_live_places(call, story->rig->store, story->quotas[0].text));
}

/* Return: how many of its lives ended in a crash. */
static unsigned tell(uint64_t seed)
{
    struct story story = { .rig = rig_new(seed) };
    struct rig *rig = story.rig;
    unsigned crashes = 0;

    rig_run(rig, open_shop, &story);
    for (unsigned lives = 0; lives < 3; lives++) {
        rig->options.crash_per_million = lives < 2 ? 8000 + (unsigned)rig_draw(rig, 30000) : 0;
        rig->options.delay_ms_max = rig_draw(rig, 4) == 0;
        do {
            rig->options.crash_per_million /= 2; /* a start may crash too, but not for ever */
            rig_restart(rig);
        } while (rig->crashed);
        rig_run(rig, live, &story);
        crashes += rig->crashed;
        rig->options.crash_per_million = 0;
        rig_restart(rig);
        rig_run(rig, look, &story);
    }
    rig_run(rig, take_the_rest, &story);
    rig_free(rig);
    return crashes;
}

static void schedules__of_holds_sales_expiry_shrinking_and_crashes(void **state)
{
    const char *from = getenv("TESSERA_SEED");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1;
    unsigned crashes = 0;

    (void)state;
    for (uint64_t seed = first; seed < first + (from ? 1 : SCHEDULES); seed++) {
        print_message("seed %lu\r", (unsigned long)seed);
        crashes += tell(seed);
    }
    print_message("%u lives ended in a crash\n", crashes);
    if (!from)
        assert_true(crashes > SCHEDULES / 4); /* else this tests nothing */
}

/* ---- a store that fails at its n-th request, for each n */

struct once {
    struct story story;
    uint64_t nth;
    bool failed;
};

static void hold_with_a_failure(struct ts_call *call, void *data)
{
    struct once *once = data;
    struct store *store = once->story.rig->store;
    const Inventory__HoldTicketsReply *reply;
    struct checker_report report;

    open_shop(call, &once->story);
    as_buyer(call);
    call->idempotency_key = KEY;
    crash_store_fail(store, once->nth);
    reply = buy(call, &once->story.shop, &once->story.types[1], 2);
    once->failed = crash_store_failed(store);
    crash_store_fail(store, 0);
    rig_check(call, &report);
    if (once->failed && !reply)
        reply = buy(call, &once->story.shop, &once->story.types[1], 2); /* a retry finishes it */
    assert_int_equal(reply->n_refusals, 0);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
    assert_int_equal(counts(call, &once->story.quotas[0])->held, 2);
    crash_store_fail(store, once->nth);
    (void)sell(call, reply->hold->id, "ord_01jwnxxxxxfg8v8v8v8v8v8v00");
    crash_store_fail(store, 0);
    assert_int_equal(sell(call, reply->hold->id, "ord_01jwnxxxxxfg8v8v8v8v8v8v00")->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(counts(call, &once->story.quotas[0])->sold, 2);
    rig_check(call, &report);
}

static void store_failing_at_its_nth_request__leaves_what_a_retry_finishes(void **state)
{
    struct once once = { .failed = true };

    (void)state;
    for (once.nth = 1; once.failed; once.nth++) {
        once.story.rig = rig_new(once.nth);
        rig_run(once.story.rig, hold_with_a_failure, &once);
        rig_free(once.story.rig);
    }
    assert_true(once.nth > 3);
}

/* ---- a big map is built again from its claims */

static void fill(struct ts_call *call, void *data)
{
    struct story *story = data;

    story->shop = shop_open(call);
    story->quotas[0] = shop_quota(call, &story->shop, 3000);
    story->types[0] = shop_type(call, &story->shop, "10.00", story->quotas, 1);
    as_system(call);
    for (unsigned i = 0; i < 200; i++) {
        const char *hold = buy(call, &story->shop, &story->types[0], 10)->hold->id;

        if (i % 4 == 1)
            (void)sell(call, hold, "ord_01jwnxxxxxfg8v8v8v8v8v8v00");
        if (i % 4 == 2)
            (void)give_back(call, hold, NULL, false);
    }
}

static void count_again(struct ts_call *call, void *data)
{
    struct story *story = data;
    const Inventory__QuotaCounts *now = counts(call, &story->quotas[0]);

    assert_int_equal(now->sold, 500);
    assert_int_equal(now->held, 1000);
    assert_int_equal(now->remaining, 1500);
    as_system(call);
    assert_non_null(buy(call, &story->shop, &story->types[0], 10)->hold);
}

static void map__is_the_same_after_a_restart(void **state)
{
    struct story story = { .rig = rig_new(3) };

    (void)state;
    rig_run(story.rig, fill, &story);
    rig_restart(story.rig);
    rig_run(story.rig, count_again, &story);
    rig_free(story.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_failing_at_its_nth_request__leaves_what_a_retry_finishes),
        cmocka_unit_test(map__is_the_same_after_a_restart),
        cmocka_unit_test(schedules__of_holds_sales_expiry_shrinking_and_crashes),
    };

    return cmocka_run_group_tests_name("modules/inventory/store", tests, NULL, NULL);
}
