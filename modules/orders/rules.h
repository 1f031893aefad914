/*
 * What an order may become, decided without clock, store or bus. The machine is ARCHITECTURE.md, Orders: PENDING
 * goes to PAID, EXPIRED or CANCELLED; EXPIRED to PAID with a new hold; PAID to CANCELLED.
 */
#ifndef ORDERS_RULES_H
#define ORDERS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orders/v1/orders.pb-c.h"
#include "tessera/arena.h"

/*
 * Give each attendee a position: named ones their own, the others the positions left, in order. positions[i] is the
 * index for attendees[i].
 * Return: 0; ATTENDEES_TOO_MANY; ATTENDEE_UNKNOWN or ATTENDEE_TWICE and *ret_at.
 */
enum attendee_outcome { ATTENDEES_TOO_MANY = 1, ATTENDEE_UNKNOWN, ATTENDEE_TWICE };
int attendees_match(Orders__Attendee *const *attendees, size_t count, Orders__OrderPosition *const *order_positions,
                    size_t position_count, size_t *positions, size_t *ret_at);

/* Fill subtotal, tax, fees and total from the positions. Return: false on overflow or mixed currencies. */
bool order_sum(struct ts_arena *arena, Orders__Order *order);

/*
 * Set the entries of the version in which an order goes from one status to another: what the buyer owes, what we earned
 * and the tax in it, when it becomes PAID; the reverse when a PAID one is CANCELLED; none otherwise. They sum to zero.
 */
void order_set_entries(struct ts_arena *arena, Orders__Order *order, Orders__OrderStatus from);

/* May it be cancelled? A buyer's only while PENDING, by staff also PAID. */
enum order_cancel { ORDER_CANCEL = 0, ORDER_CANCEL_DONE = 1, ORDER_CANCEL_REFUSED = 2 };
enum order_cancel order_cancel_check(const Orders__Order *order, bool staff);

/* What follows for an order whose time has come. */
enum order_step {
    ORDER_REST,    /* nothing now */
    ORDER_EXPIRE,  /* release its hold, EXPIRED; PAID if the hold proves SOLD */
    ORDER_FREE,    /* CANCELLED: release its holds */
    ORDER_REPLACE, /* a late payment is taking next_hold_id: go on with that */
};
enum order_step order_step_next(const Orders__Order *order, int64_t now_ms);

/* What a payment that came does to the order. */
enum order_settle {
    SETTLE_SELL,    /* PENDING: sell its hold */
    SETTLE_BEGIN,   /* EXPIRED: name a new hold */
    SETTLE_REPLACE, /* a new hold is named: take and sell it */
    SETTLE_ADOPT,   /* PAID because its hold proved SOLD, nobody knew by which payment: by this one */
    SETTLE_DONE,    /* PAID by this payment, maybe CANCELLED since */
    SETTLE_OTHER,   /* PAID by another, or free */
    SETTLE_REFUSE,  /* CANCELLED before it paid, or it was refused before: give it back */
};
enum order_settle order_settle_next(const Orders__Order *order, const char *payment_id);

/* When something must follow by itself: a PENDING order's expiry; otherwise (and *ret_ms untouched) false. */
bool order_due(const Orders__Order *order, int64_t *ret_ms);

#endif
