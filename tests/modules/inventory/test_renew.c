/* Looking at a hold by its token; renewing it: what is the same, what changed, what was lost; said twice, by two at
 * once, across crashes. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/fiber.h"
#include "tessera/limits.h"

#define ORDER "ord_01jwnxxxxxfg8v8v8v8v8v8v00"

enum { SCHEDULES = 200 };

static const Inventory__RenewHoldReply *renew(struct ts_call *call, const char *token)
{
    Inventory__RenewHoldRequest request = INVENTORY__RENEW_HOLD_REQUEST__INIT;
    const Inventory__RenewHoldReply *reply = NULL;

    request.token = (char *)token;
    return inventory_renew_hold(call, &request, &reply) ? NULL : reply;
}

static void set_type(struct ts_call *call, const struct id *type, char *price, int32_t max_per_order)
{
    Catalog__UpdateTicketTypeRequest request = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *reply;
    const struct ts_principal *before = call->principal;

    as_owner(call);
    request.ticket_type_id = (char *)type->text;
    request.price = price;
    request.has_max_per_order = max_per_order > 0;
    request.max_per_order = max_per_order;
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    call->principal = before;
}

static void end_sale(struct ts_call *call, const struct id *type)
{
    Catalog__UpdateTicketTypeRequest request = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *reply;

    as_owner(call);
    request.ticket_type_id = (char *)type->text;
    request.has_sale_ends_at = true;
    request.sale_ends_at = ts_now_ms(call) + 1;
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    advance(call, 1);
    as_buyer(call);
}

struct cart {
    struct shop shop;
    struct id hall, seat;
    const char *token;
};

/* A buyer with two of a hall of four. */
static struct cart fill_cart(struct ts_call *call)
{
    struct cart cart = { .shop = shop_open(call) };

    cart.hall = shop_quota(call, &cart.shop, 4);
    cart.seat = shop_type(call, &cart.shop, "10.00", &cart.hall, 1);
    as_buyer(call);
    cart.token = buy(call, &cart.shop, &cart.seat, 2)->hold->token;
    return cart;
}

static const Inventory__HoldTicketsReply *buy_two_kinds(struct ts_call *call, const struct shop *shop,
                                                        const struct id *first, const struct id *second)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine lines[] = { INVENTORY__HOLD_LINE__INIT, INVENTORY__HOLD_LINE__INIT };
    Inventory__HoldLine *all[] = { &lines[0], &lines[1] };
    const Inventory__HoldTicketsReply *reply;

    lines[0].ticket_type_id = (char *)first->text;
    lines[1].ticket_type_id = (char *)second->text;
    lines[0].has_quantity = lines[1].has_quantity = true;
    lines[0].quantity = lines[1].quantity = 2;
    request.event_id = (char *)shop->event;
    request.lines = all;
    request.n_lines = 2;
    assert_int_equal(inventory_hold_tickets(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply;
}

/* ---- looking */

static const Inventory__HoldView *look(struct ts_call *call, const char *token)
{
    Inventory__GetHoldRequest request = INVENTORY__GET_HOLD_REQUEST__INIT;
    const Inventory__GetHoldReply *reply = NULL;

    request.token = (char *)token;
    assert_int_equal(inventory_get_hold(call, &request, &reply), 0);
    return reply->hold;
}

static void get_hold__shows_a_living_one_and_leaves_its_time(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__HoldView *hold;

    advance(call, 14 * TS_MINUTE_MS);
    hold = look(call, cart.token);
    assert_true(hold->open);
    assert_int_equal(hold->n_positions, 2);
    assert_int_equal(hold->total->minor, 2000);
    assert_null(hold->token);
    assert_int_equal(hold->expires_at_ms, RIG_NOW_MS + 15 * TS_MINUTE_MS);
    assert_int_equal(look(call, cart.token)->expires_at_ms, hold->expires_at_ms);
}

/* Its buyer still sees what it was, and of which event; only that it is over. */
static void get_hold__shows_one_that_is_over_as_it_was(struct ts_call *call)
{
    struct cart cart = fill_cart(call);

    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS; /* the sweeper has not come yet */
    assert_false(look(call, cart.token)->open);
    advance(call, 1);
    assert_false(look(call, cart.token)->open);
    assert_int_equal(look(call, cart.token)->n_positions, 2);
    assert_string_equal(look(call, cart.token)->event_id, cart.shop.event);
    assert_int_equal(counts(call, &cart.hall)->held, 0); /* looking holds nothing */
}

static void get_hold__of_an_order_is_not_open(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    char *id = ts_strndup(call->arena, cart.token, TS_ID_LENGTH);

    assert_non_null(keep(call, id, ORDER, RIG_NOW_MS + TS_HOUR_MS));
    assert_false(look(call, cart.token)->open);
}

static void get_hold__wants_the_whole_token(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    char *wrong = ts_strndup(call->arena, cart.token, strlen(cart.token));

    wrong[strlen(wrong) - 1] ^= 1;
    assert_null(look(call, wrong));
    assert_null(look(call, ts_strndup(call->arena, cart.token, TS_ID_LENGTH)));
    assert_null(look(call, ""));
    assert_null(look(call, NULL));
}

/* ---- what comes of it */

static void renew_hold__answers_a_living_one_and_extends_it(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__RenewHoldReply *reply;

    advance(call, 14 * TS_MINUTE_MS);
    reply = renew(call, cart.token);
    assert_int_equal(reply->n_refusals, 0);
    assert_string_equal(reply->hold->token, cart.token);
    assert_int_equal(reply->n_changes, 0);
    assert_int_equal(reply->hold->expires_at_ms, RIG_NOW_MS + 29 * TS_MINUTE_MS);
}

/* A buyer who asks for more time each ten minutes has an hour, and sees how long he can go on. */
static void renew_hold__extends_to_an_hour_and_no_further(struct ts_call *call)
{
    static const int64_t ends_min[] = { 15, 25, 35, 45, 55, 60 };
    struct cart cart = fill_cart(call);
    struct checker_report report;

    for (unsigned i = 0; i < sizeof(ends_min) / sizeof(ends_min[0]); i++) {
        const Inventory__HoldView *hold = renew(call, cart.token)->hold;
        const Inventory__HoldView *again = renew(call, cart.token)->hold;

        assert_string_equal(hold->token, cart.token);
        assert_int_equal(hold->expires_at_ms, RIG_NOW_MS + ends_min[i] * TS_MINUTE_MS);
        assert_int_equal(again->expires_at_ms, hold->expires_at_ms);
        assert_int_equal(hold->has_extendable_until_ms, ends_min[i] < 60);
        if (hold->has_extendable_until_ms)
            assert_int_equal(hold->extendable_until_ms, RIG_NOW_MS + TS_HOUR_MS);
        rig_check(call, &report);
        assert_int_equal(report.open, 1);
        advance(call, 10 * TS_MINUTE_MS);
    }
    assert_int_equal(counts(call, &cart.hall)->held, 0);
}

/* Closing a date ends what it finds open, however long it was to last; whoever asks afterwards is told. */
static void renew_hold__of_a_closed_date_comes_too_late(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *swept;

    advance(call, 10 * TS_MINUTE_MS);
    assert_int_equal(renew(call, cart.token)->hold->expires_at_ms, RIG_NOW_MS + 25 * TS_MINUTE_MS);
    request.event_id = (char *)cart.shop.event;
    as_system(call);
    assert_int_equal(inventory_sweep_date(call, &request, &swept), 0);
    assert_int_equal(swept->released, 1);
    end_sale(call, &cart.seat);
    assert_int_equal(renew(call, cart.token)->refusals[0]->code, COMMON__ERROR_CODE__NOT_ON_SALE);
    assert_false(look(call, cart.token)->open);
    assert_false(look(call, cart.token)->has_extendable_until_ms);
}

static void renew_hold__holds_the_same_anew_and_once(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__RenewHoldReply *reply, *again;
    struct checker_report report;

    advance(call, 15 * TS_MINUTE_MS);
    reply = renew(call, cart.token);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->n_changes, 0);
    assert_string_not_equal(reply->hold->token, cart.token);
    assert_int_equal(reply->hold->n_positions, 2);
    assert_int_equal(reply->hold->total->minor, 2000);
    assert_int_equal(reply->hold->expires_at_ms, RIG_NOW_MS + 30 * TS_MINUTE_MS);
    again = renew(call, cart.token);
    assert_string_equal(again->hold->token, reply->hold->token);
    assert_string_equal(renew(call, again->hold->token)->hold->token, reply->hold->token);
    assert_int_equal(counts(call, &cart.hall)->held, 2);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
    assert_int_equal(report.released, 1);
}

/* The sweeper has not come yet: to its buyer the hold is over all the same, by its key, to order and to renew. */
static void renew_hold__ends_one_whose_time_is_over(struct ts_call *call)
{
    struct cart cart;
    const Inventory__RenewHoldReply *reply;
    struct checker_report report;

    call->idempotency_key = KEY;
    cart = fill_cart(call);
    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS;
    assert_int_equal(buy(call, &cart.shop, &cart.seat, 2)->refusals[0]->code, COMMON__ERROR_CODE__HOLD_EXPIRED);
    call->idempotency_key = NULL;
    reply = renew(call, cart.token);
    assert_string_not_equal(reply->hold->token, cart.token);
    rig_check(call, &report);
    assert_int_equal(report.released, 1);
    assert_int_equal(report.open, 1);
}

static void renew_hold__asks_todays_price_and_says_so(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__RenewHoldReply *reply, *again;

    set_type(call, &cart.seat, "12.00", 0);
    assert_int_equal(renew(call, cart.token)->hold->total->minor, 2000); /* it lives: the promise holds */
    advance(call, 15 * TS_MINUTE_MS);
    reply = renew(call, cart.token);
    assert_int_equal(reply->hold->total->minor, 2400);
    assert_int_equal(reply->n_changes, 2);
    assert_int_equal(reply->changes[1]->kind, INVENTORY__HOLD_CHANGE_KIND__PRICE_CHANGED);
    assert_int_equal(reply->changes[1]->was->price->minor, 1000);
    assert_int_equal(reply->changes[1]->now->price->minor, 1200);
    assert_string_equal(reply->changes[1]->now->id, reply->hold->positions[1]->id);
    set_type(call, &cart.seat, "15.00", 0);
    again = renew(call, cart.token); /* the first answer may have been lost */
    assert_int_equal(again->n_changes, 2);
    assert_int_equal(again->hold->total->minor, 2400);
}

static void renew_hold__keeps_what_is_left_and_names_the_rest(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__RenewHoldReply *reply;
    struct checker_report report;

    advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(buy(call, &cart.shop, &cart.seat, 3)->n_refusals, 0);
    reply = renew(call, cart.token);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->hold->n_positions, 1);
    assert_int_equal(reply->hold->total->minor, 1000);
    assert_int_equal(reply->n_changes, 1);
    assert_int_equal(reply->changes[0]->kind, INVENTORY__HOLD_CHANGE_KIND__LOST);
    assert_null(reply->changes[0]->now);
    assert_string_equal(reply->changes[0]->was->ticket_type_id, cart.seat.text);
    assert_int_equal(renew(call, cart.token)->n_changes, 1);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 4);
}

static void renew_hold__says_which_when_nothing_is_left(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const Inventory__HoldTicketsReply *other;
    const Inventory__RenewHoldReply *reply;
    Inventory__ReleaseHoldRequest release = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *released;

    advance(call, 15 * TS_MINUTE_MS);
    other = buy(call, &cart.shop, &cart.seat, 4);
    reply = renew(call, cart.token);
    assert_refused(reply, RESERVED_BY_OTHERS, "token");
    assert_null(reply->hold);
    assert_int_equal(reply->n_changes, 2);
    assert_int_equal(reply->changes[0]->kind, INVENTORY__HOLD_CHANGE_KIND__LOST);
    release.token = other->hold->token;
    assert_int_equal(inventory_release_hold(call, &release, &released), 0);
    reply = renew(call, cart.token); /* at once, and all of it */
    assert_int_equal(reply->hold->n_positions, 2);
    assert_int_equal(reply->n_changes, 0);
    advance(call, 15 * TS_MINUTE_MS);
    other = buy(call, &cart.shop, &cart.seat, 4);
    as_system(call);
    assert_int_equal(sell(call, other->hold->id, ORDER)->state, INVENTORY__HOLD_STATE__SOLD);
    as_buyer(call);
    assert_refused(renew(call, cart.token), SOLD_OUT, "token");
}

static void renew_hold__loses_what_is_not_sold_any_more(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1), child = shop_type(call, &shop, "5.00", &hall, 1);
    const Inventory__RenewHoldReply *reply;
    const char *token;

    as_buyer(call);
    token = buy_two_kinds(call, &shop, &child, &seat)->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    end_sale(call, &child);
    reply = renew(call, token);
    assert_int_equal(reply->hold->n_positions, 2);
    assert_string_equal(reply->hold->positions[0]->ticket_type_id, seat.text);
    assert_int_equal(reply->n_changes, 2);
    assert_string_equal(reply->changes[0]->was->ticket_type_id, child.text);
    assert_string_equal(reply->changes[1]->was->ticket_type_id, child.text);
    token = reply->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    set_type(call, &seat, NULL, 1); /* one for each order from now on */
    reply = renew(call, token);
    assert_int_equal(reply->hold->n_positions, 1);
    assert_int_equal(reply->n_changes, 1);
    token = reply->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    end_sale(call, &seat);
    assert_refused(renew(call, token), NOT_ON_SALE, "token");
}

/* Of two quotas the shorter one decides, and what another line of its type still gets is its own. */
static void renew_hold__asks_each_quota(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[] = { shop_quota(call, &shop, 10), shop_quota(call, &shop, 2) };
    struct id box = shop_type(call, &shop, "50.00", quotas, 2), stand = shop_type(call, &shop, "10.00", quotas, 1);
    const Inventory__RenewHoldReply *reply;
    struct checker_report report;
    const char *token;

    as_buyer(call);
    token = buy_two_kinds(call, &shop, &box, &stand)->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(buy(call, &shop, &box, 1)->n_refusals, 0);
    reply = renew(call, token);
    assert_int_equal(reply->hold->n_positions, 3);
    assert_int_equal(reply->n_changes, 1);
    assert_string_equal(reply->changes[0]->was->ticket_type_id, box.text);
    assert_int_equal(counts(call, &quotas[0])->held, 4);
    assert_int_equal(counts(call, &quotas[1])->held, 2);
    rig_check(call, &report);
}

static void renew_hold__needs_the_token_and_no_order(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    char *wrong = ts_strdup(call->arena, cart.token);

    wrong[TS_ID_LENGTH + 1] ^= 1;
    assert_refused(renew(call, wrong), NOT_FOUND, "token");
    assert_refused(renew(call, ""), NOT_FOUND, "token");
    assert_refused(renew(call, NULL), NOT_FOUND, "token");
    as_system(call);
    (void)keep(call, ts_strndup(call->arena, cart.token, TS_ID_LENGTH), ORDER, RIG_NOW_MS + TS_DAY_MS);
    as_buyer(call);
    advance(call, TS_HOUR_MS);
    assert_refused(renew(call, cart.token), CONFLICT, "token");
}

/* The newest of those that followed is what any of their tokens renews. */
static void renew_hold__follows_the_chain(struct ts_call *call)
{
    struct cart cart = fill_cart(call);
    const char *second, *third;

    advance(call, 15 * TS_MINUTE_MS);
    second = renew(call, cart.token)->hold->token;
    advance(call, 15 * TS_MINUTE_MS);
    third = renew(call, second)->hold->token;
    assert_string_not_equal(third, second);
    assert_string_equal(renew(call, cart.token)->hold->token, third);
    assert_int_equal(counts(call, &cart.hall)->held, 2);
}

/* ---- two at once */

struct twin {
    const char *token, *answer;
    unsigned wait_turns;
};

static int run_twin(struct ts_call *call, void *item)
{
    struct twin *twin = item;
    const Inventory__RenewHoldReply *reply;

    for (unsigned i = 0; i < twin->wait_turns; i++)
        fiber_yield();
    reply = renew(call, twin->token);
    twin->answer = reply && reply->hold ? reply->hold->token : "none";
    return 0;
}

static void renew_hold__said_twice_at_once_is_one(struct ts_call *call)
{
    for (unsigned gap = 0; gap < 8; gap++) {
        static struct cart cart;
        struct twin twins[2];
        void *items[] = { &twins[0], &twins[1] };

        if (gap == 0)
            cart = fill_cart(call);
        advance(call, 15 * TS_MINUTE_MS);
        cart.token = buy(call, &cart.shop, &cart.seat, 4)->hold->token; /* all of them: a second would find nothing */
        advance(call, 15 * TS_MINUTE_MS);
        twins[0] = (struct twin){ cart.token, NULL, 0 };
        twins[1] = (struct twin){ cart.token, NULL, gap };
        assert_int_equal(ts_all(call, run_twin, items, 2), 0);
        assert_string_equal(twins[0].answer, twins[1].answer);
        assert_non_null(strchr(twins[0].answer, '.'));
        assert_int_equal(counts(call, &cart.hall)->held, 4);
    }
}

/* ---- a crash anywhere: renewed again it is whole, and there is one of it */

struct story {
    struct rig *rig;
    struct cart cart;
    char token[100];
};

static void begin(struct ts_call *call, void *data)
{
    struct story *story = data;

    story->cart = fill_cart(call);
    snprintf(story->token, sizeof(story->token), "%s", story->cart.token);
    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS;
}

static void renew_until_the_crash(struct ts_call *call, void *data)
{
    struct story *story = data;

    as_buyer(call);
    (void)renew(call, story->token);
}

static void renew_after_it(struct ts_call *call, void *data)
{
    struct story *story = data;
    const Inventory__RenewHoldReply *reply;
    struct checker_report report;

    as_buyer(call);
    call->runtime->clock_offset_ms += TS_MINUTE_MS; /* nobody waits for the dead */
    reply = renew(call, story->token);
    assert_non_null(reply);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->hold->n_positions, 2);
    assert_int_equal(reply->n_changes, 0);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
    assert_int_equal(report.places_live, 2);
    assert_int_equal(buy(call, &story->cart.shop, &story->cart.seat, 2)->n_refusals, 0); /* what a crash left claimed */
}

static void schedules__of_crashes_leave_one_whole_hold(void **state)
{
    unsigned crashes = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct story story = { .rig = rig_new(seed) };

        rig_run(story.rig, begin, &story);
        for (unsigned lives = 0; lives < 2; lives++) {
            story.rig->options.crash_per_million = 200000;
            crash_store_weather(story.rig->store, &story.rig->options);
            rig_run(story.rig, renew_until_the_crash, &story);
            crashes += story.rig->crashed;
            story.rig->options.crash_per_million = 0;
            rig_restart(story.rig);
        }
        rig_run(story.rig, renew_after_it, &story);
        rig_free(story.rig);
    }
    assert_true(crashes > SCHEDULES / 4);
}

/* ---- two processes */

static void renew_elsewhere(struct ts_call *call, void *data)
{
    struct ts_call other = twin_call(call, data);
    struct cart cart = fill_cart(call);
    const char *token;
    struct checker_report report;

    as_buyer(&other);
    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS;
    other.runtime->clock_offset_ms = call->runtime->clock_offset_ms;
    token = renew(&other, cart.token)->hold->token;
    assert_string_equal(renew(call, cart.token)->hold->token, token);
    assert_string_equal(renew(call, token)->hold->token, token);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
}

static void renew_hold__by_two_processes_is_one(void **state)
{
    struct rig *rig = rig_new(1), *twin = rig_twin(rig, 2);

    (void)state;
    rig_run(rig, renew_elsewhere, twin);
    rig_free(twin);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(get_hold__shows_a_living_one_and_leaves_its_time),
        rig_unit_test(get_hold__shows_one_that_is_over_as_it_was),
        rig_unit_test(get_hold__of_an_order_is_not_open),
        rig_unit_test(get_hold__wants_the_whole_token),
        rig_unit_test(renew_hold__answers_a_living_one_and_extends_it),
        rig_unit_test(renew_hold__extends_to_an_hour_and_no_further),
        rig_unit_test(renew_hold__of_a_closed_date_comes_too_late),
        rig_unit_test(renew_hold__holds_the_same_anew_and_once),
        rig_unit_test(renew_hold__ends_one_whose_time_is_over),
        rig_unit_test(renew_hold__asks_todays_price_and_says_so),
        rig_unit_test(renew_hold__keeps_what_is_left_and_names_the_rest),
        rig_unit_test(renew_hold__says_which_when_nothing_is_left),
        rig_unit_test(renew_hold__loses_what_is_not_sold_any_more),
        rig_unit_test(renew_hold__asks_each_quota),
        rig_unit_test(renew_hold__needs_the_token_and_no_order),
        rig_unit_test(renew_hold__follows_the_chain),
        rig_unit_test(renew_hold__said_twice_at_once_is_one),
        cmocka_unit_test(renew_hold__by_two_processes_is_one),
        cmocka_unit_test(schedules__of_crashes_leave_one_whole_hold),
    };

    return cmocka_run_group_tests_name("modules/inventory/renew", tests, NULL, NULL);
}
