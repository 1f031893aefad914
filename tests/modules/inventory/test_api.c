/* Inventory through the bus: each rpc, each refusal, keys, rights, expiry by the clock, shrinking and growing. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"
#include "tessera/limits.h"

#define ORDER "ord_01jwnxxxxxfg8v8v8v8v8v8v00"
#define OTHER "ord_01jwnxxxxxfg8v8v8v8v8v8w00"

/* ---- holding */

static void hold_tickets__makes_a_hold_with_price_tax_and_token(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "12.50", &hall, 1);
    const Inventory__HoldTicketsReply *reply;
    const Inventory__HoldView *hold;
    struct checker_report report;

    as_buyer(call);
    reply = buy(call, &shop, &seat, 2);
    assert_int_equal(reply->n_refusals, 0);
    hold = reply->hold;
    assert_true(ts_id_is(hold->id, "hld"));
    assert_memory_equal(hold->token, hold->id, TS_ID_LENGTH);
    assert_int_equal(hold->token[TS_ID_LENGTH], '.');
    assert_string_equal(hold->event_id, shop.event);
    assert_int_equal(hold->n_positions, 2);
    assert_string_equal(hold->positions[1]->ticket_type_id, seat.text);
    assert_string_equal(hold->positions[1]->date_id, shop.date);
    assert_int_equal(hold->positions[1]->price->minor, 1250);
    assert_int_equal(hold->total->minor, 2500);
    assert_string_equal(hold->total->currency, "EUR");
    assert_int_equal(hold->fees->minor, 0);
    assert_int_equal(hold->tax->minor, 0);
    assert_int_equal(hold->expires_at_ms, RIG_NOW_MS + 15 * TS_MINUTE_MS);
    assert_int_equal(counts(call, &hall)->held, 2);
    assert_int_equal(counts(call, &hall)->remaining, 8);
    rig_check(call, &report);
    assert_int_equal(report.open, 1);
    assert_int_equal(report.places_live, 2);
}

static const Inventory__HoldTicketsReply *buy_lines(struct ts_call *call, const char *event_id,
                                                    Inventory__HoldLine *lines, size_t count)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine *all[TS_LINES_MAX + 1];
    const Inventory__HoldTicketsReply *reply;

    for (size_t i = 0; i < count; i++)
        all[i] = &lines[i];
    request.event_id = (char *)event_id;
    request.lines = all;
    request.n_lines = count;
    assert_int_equal(inventory_hold_tickets(call, &request, &reply), 0);
    return reply;
}

static Inventory__HoldLine line_of(const char *type_id, const char *date_id, int32_t quantity)
{
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT;

    line.ticket_type_id = (char *)type_id;
    line.date_id = (char *)date_id;
    line.has_quantity = true;
    line.quantity = quantity;
    return line;
}

static void hold_tickets__refuses_wrong_input(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1000);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct id alone = shop_type(call, &shop, "10.00", NULL, 0);
    const char *unknown_type = ts_id_new(call, "typ"), *unknown_date = ts_id_new(call, "dat");
    Inventory__HoldLine many[TS_LINES_MAX + 1];

    as_buyer(call);
    assert_refused(buy_lines(call, "evt_x", &(Inventory__HoldLine[]){ line_of(seat.text, NULL, 1) }[0], 1), NOT_FOUND,
                   "eventId");
    assert_refused(
        buy_lines(call, ts_id_new(call, "evt"), &(Inventory__HoldLine[]){ line_of(seat.text, NULL, 1) }[0], 1),
        NOT_FOUND, "eventId");
    assert_refused(buy_lines(call, shop.event, NULL, 0), INVALID_INPUT, "lines");
    for (size_t i = 0; i <= TS_LINES_MAX; i++)
        many[i] = line_of(seat.text, NULL, 1);
    assert_refused(buy_lines(call, shop.event, many, TS_LINES_MAX + 1), INVALID_INPUT, "lines");
    many[0].quantity = 0;
    assert_refused(buy_lines(call, shop.event, many, 1), INVALID_INPUT, "lines.0.quantity");
    many[0].quantity = -1;
    assert_refused(buy_lines(call, shop.event, many, 1), INVALID_INPUT, "lines.0.quantity");
    many[0].quantity = INT32_MAX;
    assert_refused(buy_lines(call, shop.event, many, 1), OVER_LIMIT, "lines.0.quantity");
    many[0] = line_of(unknown_type, NULL, 1);
    assert_refused(buy_lines(call, shop.event, many, 1), NOT_FOUND, "lines.0.ticketTypeId");
    many[0] = line_of("nonsense", NULL, 1);
    assert_refused(buy_lines(call, shop.event, many, 1), NOT_FOUND, "lines.0.ticketTypeId");
    many[0] = line_of(seat.text, unknown_date, 1);
    assert_refused(buy_lines(call, shop.event, many, 1), NOT_FOUND, "lines.0.dateId");
    many[0] = line_of(seat.text, seat.text, 1);
    assert_refused(buy_lines(call, shop.event, many, 1), NOT_FOUND, "lines.0.dateId");
    many[0] = line_of(alone.text, NULL, 1);
    assert_refused(buy_lines(call, shop.event, many, 1), NOT_ON_SALE, "lines.0");
}

static void hold_tickets__adds_up_lines_of_one_type(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 100);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    Inventory__HoldLine lines[] = { line_of(seat.text, NULL, 4), line_of(seat.text, shop.date, 6) };

    as_buyer(call);
    assert_int_equal(buy_lines(call, shop.event, lines, 2)->hold->n_positions, 10);
    lines[1].quantity = 7;
    assert_refused(buy_lines(call, shop.event, lines, 2), OVER_LIMIT, "lines.0.quantity");
}

static void hold_tickets__says_sold_out_or_reserved(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 2);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const Inventory__HoldTicketsReply *first, *second;

    as_buyer(call);
    assert_refused(buy(call, &shop, &seat, 3), SOLD_OUT, "lines.0");
    first = buy(call, &shop, &seat, 1);
    second = buy(call, &shop, &seat, 1);
    assert_refused(buy(call, &shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    as_system(call);
    assert_int_equal(sell(call, first->hold->id, ORDER)->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(keep(call, second->hold->id, OTHER, RIG_NOW_MS + TS_DAY_MS)->state, INVENTORY__HOLD_STATE__KEPT);
    as_buyer(call);
    assert_refused(buy(call, &shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    as_system(call);
    assert_int_equal(sell(call, second->hold->id, OTHER)->state, INVENTORY__HOLD_STATE__SOLD);
    as_buyer(call);
    assert_refused(buy(call, &shop, &seat, 1), SOLD_OUT, "lines.0");
    assert_int_equal(counts(call, &hall)->sold, 2);
}

static void hold_tickets__answers_sold_out_without_the_store(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct store_stats before;

    as_buyer(call);
    assert_non_null(buy(call, &shop, &seat, 1)->hold);
    assert_refused(buy(call, &shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    before = store_stats(rig_of(call)->store);
    assert_refused(buy(call, &shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_int_equal(store_stats(rig_of(call)->store).documents, before.documents);
    assert_int_equal(store_stats(rig_of(call)->store).scans, before.scans);
}

static void hold_tickets__takes_a_place_in_each_quota_and_the_worst_decides(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[] = { shop_quota(call, &shop, 10), shop_quota(call, &shop, 2), shop_quota(call, &shop, -1) };
    struct id both = shop_type(call, &shop, "10.00", quotas, 3);
    struct id hall_only = shop_type(call, &shop, "10.00", quotas, 1);
    const Inventory__HoldTicketsReply *reply;
    struct checker_report report;

    as_buyer(call);
    reply = buy(call, &shop, &both, 2);
    assert_int_equal(reply->hold->positions[0]->n_places, 3);
    assert_refused(buy(call, &shop, &both, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_int_equal(buy(call, &shop, &hall_only, 8)->n_refusals, 0);
    assert_int_equal(counts(call, &quotas[0])->remaining, 0);
    assert_int_equal(counts(call, &quotas[1])->remaining, 0);
    assert_false(counts(call, &quotas[2])->has_remaining);
    assert_int_equal(counts(call, &quotas[2])->held, 2);
    as_system(call);
    (void)sell(call, reply->hold->id, ORDER);
    as_buyer(call);
    assert_refused(buy(call, &shop, &both, 1), SOLD_OUT, "lines.0"); /* one is reserved, the other sold out */
    rig_check(call, &report);
    assert_int_equal(report.places_live, 14);
}

static void hold_tickets__limits_places_over_all_quotas(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[6];
    struct id seat;
    Catalog__UpdateTicketTypeRequest update = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *updated;

    for (size_t i = 0; i < 6; i++)
        quotas[i] = shop_quota(call, &shop, -1);
    seat = shop_type(call, &shop, "10.00", quotas, 6);
    update.ticket_type_id = seat.text;
    update.has_max_per_order = true;
    update.max_per_order = 100;
    assert_int_equal(catalog_update_ticket_type(call, &update, &updated), 0);
    assert_int_equal(updated->n_refusals, 0);
    as_buyer(call);
    assert_refused(buy(call, &shop, &seat, TS_HOLD_PLACES_MAX / 6 + 1), OVER_LIMIT, "lines");
    assert_int_equal(buy(call, &shop, &seat, TS_HOLD_PLACES_MAX / 6)->n_refusals, 0);
}

static void hold_tickets__unlimited_grows(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, -1);
    struct id seat = shop_type(call, &shop, "0.00", &hall, 1);
    struct checker_report report;

    as_buyer(call);
    for (unsigned i = 0; i < 130; i++)
        assert_int_equal(buy(call, &shop, &seat, 10)->n_refusals, 0);
    assert_int_equal(counts(call, &hall)->held, 1300);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 1300);
}

static void hold_tickets__one_effect_per_key(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const Inventory__HoldTicketsReply *first, *second;

    as_buyer(call);
    call->idempotency_key = KEY;
    first = buy(call, &shop, &seat, 2);
    second = buy(call, &shop, &seat, 2);
    assert_string_equal(first->hold->token, second->hold->token);
    assert_int_equal(counts(call, &hall)->held, 2);
    assert_int_equal(buy(call, &shop, &seat, 3)->refusals[0]->code, COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED);
    call->idempotency_key = "short";
    assert_int_equal(buy(call, &shop, &seat, 2)->refusals[0]->code, COMMON__ERROR_CODE__INVALID_INPUT);
    assert_int_equal(counts(call, &hall)->held, 2);
}

static void hold_tickets__a_key_whose_hold_is_gone_says_so(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);

    as_buyer(call);
    call->idempotency_key = KEY;
    assert_int_equal(buy(call, &shop, &seat, 2)->n_refusals, 0);
    advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(buy(call, &shop, &seat, 2)->refusals[0]->code, COMMON__ERROR_CODE__HOLD_EXPIRED);
}

static void hold_tickets__only_what_is_on_sale(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    Catalog__UpdateTicketTypeRequest update = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *updated;

    update.ticket_type_id = seat.text;
    update.has_sale_starts_at = true;
    update.sale_starts_at = RIG_NOW_MS + TS_HOUR_MS;
    assert_int_equal(catalog_update_ticket_type(call, &update, &updated), 0);
    assert_int_equal(updated->n_refusals, 0);
    as_buyer(call);
    assert_refused(buy(call, &shop, &seat, 1), NOT_ON_SALE, "lines.0");
    advance(call, TS_HOUR_MS);
    assert_int_equal(buy(call, &shop, &seat, 1)->n_refusals, 0);
    advance(call, 31 * (int64_t)TS_DAY_MS);
    assert_refused(buy(call, &shop, &seat, 1), NOT_ON_SALE, "lines.0");
}

/* ---- ending */

static const Inventory__ReleaseHoldReply *release(struct ts_call *call, const char *token)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply;

    request.token = (char *)token;
    assert_int_equal(inventory_release_hold(call, &request, &reply), 0);
    return reply;
}

static void release_hold__frees_places_for_the_next(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct checker_report report;

    as_buyer(call);
    for (unsigned i = 0; i < 5; i++) {
        const Inventory__HoldTicketsReply *reply = buy(call, &shop, &seat, 1);

        assert_int_equal(reply->n_refusals, 0);
        assert_true(release(call, reply->hold->token)->released);
        assert_true(release(call, reply->hold->token)->released);
    }
    rig_check(call, &report);
    assert_int_equal(report.released, 5);
    assert_int_equal(report.claims, 5);
}

static void release_hold__needs_the_token_and_an_open_hold(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const Inventory__HoldTicketsReply *reply;
    char *token;

    as_buyer(call);
    reply = buy(call, &shop, &seat, 1);
    token = ts_strdup(call->arena, reply->hold->token);
    token[TS_ID_LENGTH + 1] ^= 1;
    assert_refused(release(call, token), NOT_FOUND, "token");
    assert_refused(release(call, reply->hold->id), NOT_FOUND, "token");
    assert_refused(release(call, ""), NOT_FOUND, "token");
    as_system(call);
    (void)keep(call, reply->hold->id, ORDER, RIG_NOW_MS + TS_DAY_MS);
    as_buyer(call);
    assert_refused(release(call, reply->hold->token), CONFLICT, "token");
    assert_false(release(call, reply->hold->token)->released);
}

static void due__ends_a_hold_at_its_time_and_not_before(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct checker_report report;

    as_buyer(call);
    assert_int_equal(buy(call, &shop, &seat, 1)->n_refusals, 0);
    advance(call, 15 * TS_MINUTE_MS - TS_SECOND_MS);
    assert_int_equal(counts(call, &hall)->held, 1);
    advance(call, TS_SECOND_MS);
    assert_int_equal(counts(call, &hall)->held, 0);
    assert_int_equal(buy(call, &shop, &seat, 1)->n_refusals, 0);
    rig_check(call, &report);
    assert_int_equal(report.released, 1);
}

static void taker__ends_a_lapsed_hold_before_the_sweeper_does(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 3);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    struct checker_report report;

    as_buyer(call);
    assert_int_equal(buy(call, &shop, &seat, 2)->n_refusals, 0);
    assert_int_equal(buy(call, &shop, &seat, 1)->n_refusals, 0);
    call->runtime->clock_offset_ms += 15 * TS_MINUTE_MS; /* nobody tells the sweeper */
    assert_int_equal(buy(call, &shop, &seat, 3)->n_refusals, 0);
    rig_check(call, &report);
    assert_int_equal(report.released, 2);
    assert_int_equal(report.places_live, 3);
}

static void read_hold__extends_by_activity_up_to_an_hour(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    Inventory__ReadHoldRequest request = INVENTORY__READ_HOLD_REQUEST__INIT;
    const Inventory__ReadHoldReply *reply;

    as_buyer(call);
    request.token = buy(call, &shop, &seat, 1)->hold->token;
    for (unsigned minutes = 10; minutes <= 50; minutes += 10) {
        advance(call, 10 * TS_MINUTE_MS);
        assert_int_equal(inventory_read_hold(call, &request, &reply), 0);
        assert_int_equal(reply->hold->state, INVENTORY__HOLD_STATE__OPEN);
        assert_null(reply->hold->secret);
    }
    assert_int_equal(reply->hold->expires_at_ms, RIG_NOW_MS + TS_HOUR_MS);
    advance(call, 10 * TS_MINUTE_MS);
    assert_int_equal(inventory_read_hold(call, &request, &reply), 0);
    assert_int_equal(reply->hold->state, INVENTORY__HOLD_STATE__RELEASED);
    request.token[TS_ID_LENGTH + 3] ^= 1;
    assert_int_equal(inventory_read_hold(call, &request, &reply), 0);
    assert_null(reply->hold);
}

/* ---- for orders */

static void keep_sell_free__are_idempotent_and_know_their_order(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 1);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const char *hold;
    struct checker_report report;

    as_system(call);
    hold = buy(call, &shop, &seat, 1)->hold->id;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(keep(call, hold, ORDER, RIG_NOW_MS + TS_DAY_MS)->state, INVENTORY__HOLD_STATE__KEPT);
        assert_string_equal(keep(call, hold, OTHER, RIG_NOW_MS + TS_DAY_MS)->order_id, ORDER);
    }
    assert_int_equal(sell(call, hold, OTHER)->state, INVENTORY__HOLD_STATE__KEPT);
    advance(call, TS_HOUR_MS); /* its order ends it, not time */
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(sell(call, hold, ORDER)->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(give_back(call, hold, ORDER, false)->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(give_back(call, hold, OTHER, true)->state, INVENTORY__HOLD_STATE__SOLD);
    assert_int_equal(counts(call, &hall)->sold, 1);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(give_back(call, hold, ORDER, true)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(counts(call, &hall)->remaining, 1);
    assert_int_equal(buy(call, &shop, &seat, 1)->n_refusals, 0);
    /* Freed again, it must not free the next one's place. */
    assert_int_equal(give_back(call, hold, ORDER, true)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(counts(call, &hall)->held, 1);
    rig_check(call, &report);
}

static void free_hold__ends_one_that_was_never_written(struct ts_call *call)
{
    const char *hold = ts_id_new_head(call, "hld");

    as_system(call);
    assert_refused(sell(call, hold, ORDER), NOT_FOUND, "holdId");
    assert_int_equal(give_back(call, hold, ORDER, false)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(sell(call, hold, ORDER)->state, INVENTORY__HOLD_STATE__RELEASED);
}

static const Inventory__HoldStateReply *hold_again(struct ts_call *call, const struct shop *shop, const struct id *type,
                                                   const char *hold_id)
{
    Inventory__HoldAgainRequest request = INVENTORY__HOLD_AGAIN_REQUEST__INIT;
    Inventory__HoldLine lines[] = { line_of(type->text, shop->date, 1), line_of(type->text, shop->date, 1) };
    Inventory__HoldLine *all[] = { &lines[0], &lines[1] };
    const Inventory__HoldStateReply *reply;

    request.hold_id = (char *)hold_id;
    request.order_id = ORDER;
    request.event_id = (char *)shop->event;
    request.has_expires_at_ms = true;
    request.expires_at_ms = RIG_NOW_MS + TS_DAY_MS;
    request.lines = all;
    request.n_lines = 2;
    assert_int_equal(inventory_hold_again(call, &request, &reply), 0);
    return reply;
}

static void hold_again__keeps_new_places_once(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 3);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const char *hold = ts_id_new_head(call, "hld"), *next = ts_id_new_head(call, "hld");
    struct checker_report report;

    as_system(call);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(hold_again(call, &shop, &seat, hold)->state, INVENTORY__HOLD_STATE__KEPT);
        assert_int_equal(counts(call, &hall)->held, 2);
    }
    assert_refused(hold_again(call, &shop, &seat, next), RESERVED_BY_OTHERS, "lines.0");
    assert_int_equal(give_back(call, next, ORDER, false)->state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(hold_again(call, &shop, &seat, next)->state, INVENTORY__HOLD_STATE__RELEASED);
    rig_check(call, &report);
    assert_int_equal(report.kept, 1);
}

static void sweep_date__ends_open_holds_only(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *reply;
    const char *kept;

    as_system(call);
    kept = buy(call, &shop, &seat, 3)->hold->id;
    (void)keep(call, kept, ORDER, RIG_NOW_MS + TS_DAY_MS);
    (void)buy(call, &shop, &seat, 2);
    (void)buy(call, &shop, &seat, 1);
    request.event_id = shop.event;
    request.date_id = shop.date;
    assert_int_equal(inventory_sweep_date(call, &request, &reply), 0);
    assert_int_equal(reply->released, 2);
    assert_int_equal(counts(call, &hall)->held, 3);
    assert_int_equal(inventory_sweep_date(call, &request, &reply), 0);
    assert_int_equal(reply->released, 0);
}

/* ---- quotas */

static const Inventory__UpdateQuotaReply *resize(struct ts_call *call, const struct id *quota, int32_t size)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;
    char *clear[] = { "size" };

    request.quota_id = (char *)quota->text;
    request.has_size = size >= 0;
    request.size = size;
    request.clear = clear;
    request.n_clear = size < 0;
    assert_int_equal(inventory_update_quota(call, &request, &reply), 0);
    return reply;
}

static void update_quota__shrinks_by_blocking_and_grows_by_unblocking(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    const char *hold;
    struct checker_report report;

    hold = buy(call, &shop, &seat, 8)->hold->token;
    assert_int_equal(resize(call, &hall, 5)->quota->size, 5);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 2); /* all that is free */
    assert_int_equal(counts(call, &hall)->remaining, 0);
    assert_refused(buy(call, &shop, &seat, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_refused(buy(call, &shop, &seat, 6), SOLD_OUT, "lines.0");
    assert_true(release(call, hold)->released);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 5); /* the rest as it came free */
    assert_int_equal(counts(call, &hall)->remaining, 5);
    assert_int_equal(resize(call, &hall, 7)->n_refusals, 0);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 3);
    assert_int_equal(buy(call, &shop, &seat, 7)->n_refusals, 0);
    assert_int_equal(resize(call, &hall, 12)->quota->place_count, 12);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 0);
    assert_int_equal(counts(call, &hall)->remaining, 5);
    assert_int_equal(resize(call, &hall, -1)->quota->has_size, false);
    assert_int_equal(buy(call, &shop, &seat, 10)->n_refusals, 0);
    assert_int_equal(resize(call, &hall, 0)->quota->size, 0);
    assert_int_equal(counts(call, &hall)->remaining, 0);
    rig_check(call, &report);
    assert_int_equal(report.places_live, 17);
}

static void update_quota__blocked_places_survive_a_restart(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 4000);
    struct checker_report report;

    (void)resize(call, &hall, 10);
    (void)resize(call, &hall, 20);
    rig_check(call, &report);
    assert_int_equal(report.places_blocked, 3980);
    assert_int_equal(report.claims, 3990);
}

static void create_quota__refuses_wrong_input(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply;
    char *types[] = { (char *)ts_id_new(call, "typ") };

    request.event_id = "nothing";
    request.name = "Hall";
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, NOT_FOUND, "eventId");
    request.event_id = (char *)ts_id_new(call, "evt");
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, NOT_FOUND, "eventId");
    request.event_id = shop.event;
    request.name = " \n";
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "name");
    request.name = "Hall";
    request.has_size = true;
    request.size = -1;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "size");
    request.size = TS_QUOTA_SIZE_MAX + 1;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, INVALID_INPUT, "size");
    request.size = TS_QUOTA_SIZE_MAX;
    request.date_id = (char *)ts_id_new(call, "dat");
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, NOT_FOUND, "dateId");
    request.date_id = NULL;
    request.ticket_type_ids = types;
    request.n_ticket_type_ids = 1;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_refused(reply, NOT_FOUND, "ticketTypeIds.0");
    request.n_ticket_type_ids = 0;
    as_buyer(call);
    assert_int_equal(inventory_create_quota(call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void create_quota__one_effect_per_key(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct checker_report report;
    struct id first, second;

    call->idempotency_key = KEY;
    first = shop_quota(call, &shop, 5);
    second = shop_quota(call, &shop, 5);
    assert_string_equal(first.text, second.text);
    rig_check(call, &report);
    assert_int_equal(report.quotas, 1);
}

static void joins__staff_see_quotas_and_the_public_does_not(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 5);
    Inventory__IdsRequest ids = INVENTORY__IDS_REQUEST__INIT;
    Inventory__DateIdsRequest dates = INVENTORY__DATE_IDS_REQUEST__INIT;
    Inventory__ListQuotasRequest events = INVENTORY__LIST_QUOTAS_REQUEST__INIT;
    Common__Grant grant = COMMON__GRANT__INIT;
    const Inventory__GetQuotasReply *quotas;
    const Inventory__ListQuotasReply *listed;
    const Inventory__ListDateQuotasReply *of_date;
    char *id[] = { hall.text, (char *)ts_id_new(call, "quo") }, *date[] = { shop.date }, *event[] = { shop.event };

    ids.ids = id;
    ids.n_ids = 2;
    dates.date_ids = date;
    dates.n_date_ids = 1;
    events.event_ids = event;
    events.n_event_ids = 1;
    assert_int_equal(inventory_get_quotas(call, &ids, &quotas), 0);
    assert_int_equal(quotas->n_quotas, 1);
    assert_int_equal(quotas->quotas[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__STAFF;
    grant.subject = shop.organizer;
    events.grant = dates.grant = &grant;
    assert_int_equal(inventory_list_quotas(call, &events, &listed), 0);
    assert_int_equal(listed->events[0]->n_quotas, 1);
    assert_int_equal(inventory_list_date_quotas(call, &dates, &of_date), 0);
    assert_int_equal(of_date->dates[0]->n_quotas, 1);
    grant.kind = COMMON__GRANT__KIND__PUBLIC;
    assert_int_equal(inventory_list_quotas(call, &events, &listed), 0);
    assert_int_equal(listed->events[0]->n_quotas, 0);
    as_buyer(call);
    assert_int_equal(inventory_get_quotas(call, &ids, &quotas), 0);
    assert_int_equal(quotas->n_quotas, 0);
}

static void get_holds__staff_only_and_never_the_token(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 5);
    struct id seat = shop_type(call, &shop, "10.00", &hall, 1);
    Inventory__IdsRequest ids = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetHoldsReply *holds;
    char *id[] = { buy(call, &shop, &seat, 1)->hold->id, (char *)ts_id_sibling(call, hall.text, "hld") };

    (void)resize(call, &hall, 3);
    ids.ids = id;
    ids.n_ids = 2;
    assert_int_equal(inventory_get_holds(call, &ids, &holds), 0);
    assert_int_equal(holds->n_holds, 1);
    assert_null(holds->holds[0]->token);
    as_buyer(call);
    assert_int_equal(inventory_get_holds(call, &ids, &holds), 0);
    assert_int_equal(holds->n_holds, 0);
}

/* ---- what buyers see */

static const Inventory__TypeAvailability *availability(struct ts_call *call, const struct id *type)
{
    Inventory__TypeIdsRequest request = INVENTORY__TYPE_IDS_REQUEST__INIT;
    const Inventory__GetAvailabilityReply *reply;
    Common__Grant grant = COMMON__GRANT__INIT;
    char *ids[] = { (char *)type->text };

    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__PUBLIC;
    request.ticket_type_ids = ids;
    request.n_ticket_type_ids = 1;
    request.grant = &grant;
    assert_int_equal(inventory_get_availability(call, &request, &reply), 0);
    assert_int_equal(reply->n_ticket_types, 1);
    return reply->ticket_types[0];
}

static const Inventory__DateOffers *offers(struct ts_call *call, const struct shop *shop)
{
    Inventory__DateIdsRequest request = INVENTORY__DATE_IDS_REQUEST__INIT;
    const Inventory__ListOffersReply *reply;
    Common__Grant grant = COMMON__GRANT__INIT;
    char *ids[] = { (char *)shop->date };

    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__PUBLIC;
    request.date_ids = ids;
    request.n_date_ids = 1;
    request.grant = &grant;
    assert_int_equal(inventory_list_offers(call, &request, &reply), 0);
    assert_int_equal(reply->n_dates, 1);
    return reply->dates[0];
}

static void availability__follows_holds_and_sales(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id quotas[] = { shop_quota(call, &shop, 2), shop_quota(call, &shop, -1) };
    struct id seat = shop_type(call, &shop, "10.00", quotas, 2);
    struct id open_air = shop_type(call, &shop, "5.00", &quotas[1], 1);
    const char *hold;

    as_system(call);
    assert_int_equal(availability(call, &seat)->availability, INVENTORY__AVAILABILITY__AVAILABLE);
    assert_int_equal(availability(call, &seat)->remaining, 2);
    assert_false(availability(call, &open_air)->has_remaining);
    hold = buy(call, &shop, &seat, 2)->hold->id;
    assert_int_equal(availability(call, &seat)->availability, INVENTORY__AVAILABILITY__RESERVED);
    assert_int_equal(availability(call, &seat)->remaining, 0);
    (void)sell(call, hold, ORDER);
    assert_int_equal(availability(call, &seat)->availability, INVENTORY__AVAILABILITY__SOLD_OUT);
    assert_int_equal(availability(call, &open_air)->availability, INVENTORY__AVAILABILITY__AVAILABLE);
    assert_int_equal(offers(call, &shop)->n_offers, 2);
    assert_int_equal(offers(call, &shop)->offers[0]->availability, INVENTORY__AVAILABILITY__SOLD_OUT);
    assert_int_equal(offers(call, &shop)->offers[1]->price->minor, 500);
    assert_int_equal(offers(call, &shop)->offers[1]->max_per_order, TS_MAX_PER_ORDER_DEFAULT);
    advance(call, 31 * (int64_t)TS_DAY_MS);
    assert_int_equal(availability(call, &open_air)->availability, INVENTORY__AVAILABILITY__ENDED);
}

static struct id another_date(struct ts_call *call, const struct shop *shop)
{
    Catalog__CreateEventDateRequest request = CATALOG__CREATE_EVENT_DATE_REQUEST__INIT;
    const Catalog__CreateEventDateReply *reply;
    struct id id;

    request.event_id = (char *)shop->event;
    request.has_starts_at = true;
    request.starts_at = RIG_NOW_MS + 40 * (int64_t)TS_DAY_MS;
    assert_int_equal(catalog_create_event_date(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    memcpy(id.text, reply->event_date->id, TS_ID_SIZE);
    return id;
}

static struct id quota_of_date(struct ts_call *call, const struct shop *shop, const struct id *date)
{
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply;
    struct id id = { "" };

    request.event_id = (char *)shop->event;
    request.date_id = date ? (char *)date->text : NULL;
    request.name = "Hall";
    request.has_size = true;
    request.size = 5;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    if (!date)
        assert_refused(reply, INVALID_INPUT, "dateId");
    else
        memcpy(id.text, reply->quota->id, TS_ID_SIZE);
    return id;
}

static void series__each_date_has_its_own_places(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id first = { "" }, second = another_date(call, &shop), quotas[3], seat;
    Inventory__HoldLine line;

    memcpy(first.text, shop.date, TS_ID_SIZE);
    quotas[0] = quota_of_date(call, &shop, &first);
    quotas[1] = quota_of_date(call, &shop, &second);
    quotas[2] = quota_of_date(call, &shop, &first);
    (void)quota_of_date(call, &shop, NULL);
    seat = shop_type(call, &shop, "10.00", quotas, 3);
    assert_false(availability(call, &seat)->has_remaining); /* of two dates */
    as_buyer(call);
    line = line_of(seat.text, NULL, 1);
    assert_refused(buy_lines(call, shop.event, &line, 1), INVALID_INPUT, "lines.0.dateId");
    line = line_of(seat.text, second.text, 5);
    assert_int_equal(buy_lines(call, shop.event, &line, 1)->hold->positions[0]->n_places, 1);
    assert_refused(buy_lines(call, shop.event, &line, 1), RESERVED_BY_OTHERS, "lines.0");
    assert_int_equal(availability(call, &seat)->availability, INVENTORY__AVAILABILITY__AVAILABLE);
    line = line_of(seat.text, first.text, 5);
    assert_int_equal(buy_lines(call, shop.event, &line, 1)->hold->positions[0]->n_places, 2);
    assert_int_equal(availability(call, &seat)->availability, INVENTORY__AVAILABILITY__RESERVED);
}

static void availability__of_interleaved_quotas_is_one_date(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id first = { "" }, second = another_date(call, &shop), quotas[3], seat, other;

    memcpy(first.text, shop.date, TS_ID_SIZE);
    quotas[0] = quota_of_date(call, &shop, &first);
    quotas[1] = quota_of_date(call, &shop, &first);
    seat = shop_type(call, &shop, "10.00", quotas, 1);
    quotas[2] = quota_of_date(call, &shop, &second);
    other = shop_type(call, &shop, "10.00", quotas, 2);
    assert_int_equal(availability(call, &seat)->remaining, 5);
    assert_true(availability(call, &seat)->has_remaining);
    assert_true(availability(call, &other)->has_remaining);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_unit_test(hold_tickets__makes_a_hold_with_price_tax_and_token),
        rig_unit_test(hold_tickets__refuses_wrong_input),
        rig_unit_test(hold_tickets__adds_up_lines_of_one_type),
        rig_unit_test(hold_tickets__says_sold_out_or_reserved),
        rig_unit_test(hold_tickets__answers_sold_out_without_the_store),
        rig_unit_test(hold_tickets__takes_a_place_in_each_quota_and_the_worst_decides),
        rig_unit_test(hold_tickets__limits_places_over_all_quotas),
        rig_unit_test(hold_tickets__unlimited_grows),
        rig_unit_test(hold_tickets__one_effect_per_key),
        rig_unit_test(hold_tickets__a_key_whose_hold_is_gone_says_so),
        rig_unit_test(hold_tickets__only_what_is_on_sale),
        rig_unit_test(release_hold__frees_places_for_the_next),
        rig_unit_test(release_hold__needs_the_token_and_an_open_hold),
        rig_unit_test(due__ends_a_hold_at_its_time_and_not_before),
        rig_unit_test(taker__ends_a_lapsed_hold_before_the_sweeper_does),
        rig_unit_test(read_hold__extends_by_activity_up_to_an_hour),
        rig_unit_test(keep_sell_free__are_idempotent_and_know_their_order),
        rig_unit_test(free_hold__ends_one_that_was_never_written),
        rig_unit_test(hold_again__keeps_new_places_once),
        rig_unit_test(sweep_date__ends_open_holds_only),
        rig_unit_test(update_quota__shrinks_by_blocking_and_grows_by_unblocking),
        rig_unit_test(update_quota__blocked_places_survive_a_restart),
        rig_unit_test(create_quota__refuses_wrong_input),
        rig_unit_test(create_quota__one_effect_per_key),
        rig_unit_test(joins__staff_see_quotas_and_the_public_does_not),
        rig_unit_test(get_holds__staff_only_and_never_the_token),
        rig_unit_test(availability__follows_holds_and_sales),
        rig_unit_test(availability__of_interleaved_quotas_is_one_date),
        rig_unit_test(series__each_date_has_its_own_places),
    };

    return cmocka_run_group_tests_name("modules/inventory/api", tests, NULL, NULL);
}
