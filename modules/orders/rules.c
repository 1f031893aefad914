/* The order's machine, sums and entries: see rules.h. */
#include "rules.h"

#include <string.h>

#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/reply.h"

static bool position_is_taken(const size_t *positions, const bool *placed, size_t count, size_t position)
{
    for (size_t i = 0; i < count; i++) {
        if (placed[i] && positions[i] == position)
            return true;
    }
    return false;
}

static int attendee_find(Orders__OrderPosition *const *order_positions, size_t count, const char *id, size_t *ret_at)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(order_positions[i]->id, id) == 0) {
            *ret_at = i;
            return 0;
        }
    }
    return ATTENDEE_UNKNOWN;
}

int attendees_match(Orders__Attendee *const *attendees, size_t count, Orders__OrderPosition *const *order_positions,
                    size_t position_count, size_t *positions, size_t *ret_at)
{
    bool placed[TS_HOLD_PLACES_MAX] = { false };
    size_t next = 0;

    if (count > position_count || position_count > TS_HOLD_PLACES_MAX)
        return ATTENDEES_TOO_MANY;
    for (size_t i = 0; i < count; i++) {
        if (!attendees[i]->hold_position_id)
            continue;
        *ret_at = i;
        if (attendee_find(order_positions, position_count, attendees[i]->hold_position_id, &positions[i]))
            return ATTENDEE_UNKNOWN;
        if (position_is_taken(positions, placed, count, positions[i]))
            return ATTENDEE_TWICE;
        placed[i] = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (attendees[i]->hold_position_id)
            continue;
        while (position_is_taken(positions, placed, count, next))
            next++;
        positions[i] = next;
        placed[i] = true;
    }
    return 0;
}

bool order_sum(struct ts_arena *arena, Orders__Order *order)
{
    int64_t subtotal = 0, tax = 0;
    char *currency = order->n_positions > 0 ? order->positions[0]->price->currency : NULL;

    if (!currency)
        return false;
    for (size_t i = 0; i < order->n_positions; i++) {
        const Orders__OrderPosition *position = order->positions[i];

        if (strcmp(position->price->currency, currency) != 0)
            return false;
        if (!ts_money_add(subtotal, position->price->minor, &subtotal) ||
            !ts_money_add(tax, position->tax ? position->tax->minor : 0, &tax))
            return false;
    }
    order->subtotal = ts_money_new(arena, subtotal, currency);
    order->tax = ts_money_new(arena, tax, currency);
    order->fees = ts_money_new(arena, 0, currency);
    order->total = ts_money_new(arena, subtotal, currency);
    return true;
}

static void entry_add(struct ts_arena *arena, Orders__Order *order, Orders__LedgerEntry__Account account, int64_t minor)
{
    Orders__LedgerEntry *entry;

    if (minor == 0)
        return;
    entry = TS_NEW(arena, Orders__LedgerEntry);
    orders__ledger_entry__init(entry);
    entry->has_account = true;
    entry->account = account;
    entry->has_minor = true;
    entry->minor = minor;
    order->entries[order->n_entries++] = entry;
}

void order_set_entries(struct ts_arena *arena, Orders__Order *order, Orders__OrderStatus from)
{
    int64_t total = order->total->minor, tax = order->tax->minor;
    int sign = 0;

    if (from != ORDERS__ORDER_STATUS__PAID && order->status == ORDERS__ORDER_STATUS__PAID)
        sign = 1;
    if (from == ORDERS__ORDER_STATUS__PAID && order->status == ORDERS__ORDER_STATUS__CANCELLED)
        sign = -1;
    order->n_entries = 0;
    order->entries = NULL;
    if (sign == 0)
        return;
    order->entries = TS_NEW_ARRAY(arena, Orders__LedgerEntry *, 3);
    entry_add(arena, order, ORDERS__LEDGER_ENTRY__ACCOUNT__RECEIVABLE, sign * total);
    entry_add(arena, order, ORDERS__LEDGER_ENTRY__ACCOUNT__REVENUE, -sign * (total - tax));
    entry_add(arena, order, ORDERS__LEDGER_ENTRY__ACCOUNT__TAX, -sign * tax);
}

enum order_cancel order_cancel_check(const Orders__Order *order, bool staff)
{
    switch (order->status) {
    case ORDERS__ORDER_STATUS__PENDING:
        return ORDER_CANCEL;
    case ORDERS__ORDER_STATUS__PAID:
        return staff ? ORDER_CANCEL : ORDER_CANCEL_REFUSED;
    case ORDERS__ORDER_STATUS__CANCELLED:
        return ORDER_CANCEL_DONE;
    default:
        return ORDER_CANCEL_REFUSED;
    }
}

static bool order_is_replacing(const Orders__Order *order)
{
    return order->next_hold_id &&
           (order->status == ORDERS__ORDER_STATUS__PENDING || order->status == ORDERS__ORDER_STATUS__EXPIRED);
}

enum order_step order_step_next(const Orders__Order *order, int64_t now_ms)
{
    if (order->status == ORDERS__ORDER_STATUS__CANCELLED && order->hold_to_free)
        return ORDER_FREE;
    if (order_is_replacing(order))
        return ORDER_REPLACE;
    if (order->status == ORDERS__ORDER_STATUS__PENDING && order->expires_at_ms <= now_ms)
        return ORDER_EXPIRE;
    return ORDER_REST;
}

/* Did it pay the order, as far as the order knows? */
static bool payment_has_paid(const Orders__Order *order, const char *payment_id)
{
    return order->settling_payment_id && strcmp(order->settling_payment_id, payment_id) == 0;
}

/* What was said once stays said: the money may be on its way back. */
static bool payment_is_refused(const Orders__Order *order, const char *payment_id)
{
    for (size_t i = 0; i < order->n_refused_payment_ids; i++) {
        if (strcmp(order->refused_payment_ids[i], payment_id) == 0)
            return true;
    }
    return false;
}

enum order_settle order_settle_next(const Orders__Order *order, const char *payment_id)
{
    if (payment_is_refused(order, payment_id))
        return SETTLE_REFUSE;
    if (order_is_replacing(order))
        return SETTLE_REPLACE;
    switch (order->status) {
    case ORDERS__ORDER_STATUS__PENDING:
        return SETTLE_SELL;
    case ORDERS__ORDER_STATUS__EXPIRED:
        return SETTLE_BEGIN;
    case ORDERS__ORDER_STATUS__PAID:
        if (!order->settling_payment_id)
            return order->total->minor > 0 ? SETTLE_ADOPT : SETTLE_OTHER;
        return payment_has_paid(order, payment_id) ? SETTLE_DONE : SETTLE_OTHER;
    case ORDERS__ORDER_STATUS__CANCELLED:
        return payment_has_paid(order, payment_id) ? SETTLE_DONE : SETTLE_REFUSE; /* giving it back is staff's to say */
    default:
        return SETTLE_REFUSE;
    }
}

bool order_due(const Orders__Order *order, int64_t *ret_ms)
{
    if (order->status != ORDERS__ORDER_STATUS__PENDING)
        return false;
    *ret_ms = order->expires_at_ms;
    return true;
}
