/*
 * What payments and refunds may become and what they add up to, decided without clock, store or bus (ARCHITECTURE.md,
 * Orders). A payment goes CREATED -> PENDING -> CONFIRMED -> REFUNDED, or FAILED or CANCELLED before money came; a
 * refund CREATED -> DONE, by way of IN_TRANSIT where a provider takes its time, or EXTERNAL -> DONE.
 */
#ifndef PAYMENTS_RULES_H
#define PAYMENTS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payments/v1/payments.pb-c.h"
#include "tessera/arena.h"

/* How a payment goes on after it was written: decided by provider and method. */
enum pay_way {
    PAY_MANUAL,  /* a bank transfer or cash: waits for staff */
    PAY_SUCCESS, /* sandbox */
    PAY_DECLINE,
    PAY_PENDING,
    PAY_LATE,
    PAY_STRIPE,
};

/* Return: 0 and *ret_way; PAY_PROVIDER_UNKNOWN; PAY_METHOD_UNKNOWN. Both texts may be NULL. */
enum pay_way_outcome { PAY_PROVIDER_UNKNOWN = 1, PAY_METHOD_UNKNOWN };
int pay_way_read(const char *provider, const char *method, enum pay_way *ret_way);

/* May an order be paid now? A PENDING one past its time is as good as EXPIRED. */
enum pay_check { PAY_OK = 0, PAY_ALREADY_PAID = 1, PAY_EXPIRED, PAY_CANCELLED };
int pay_check(const Orders__Order *order, int64_t now_ms);

/* What follows for a payment. */
enum payment_step {
    PAYMENT_REST,
    PAYMENT_ASK,     /* CREATED: ask the provider */
    PAYMENT_CONFIRM, /* PENDING with a time of its own: the money comes (sandbox "late"), or is asked for (stripe) */
    PAYMENT_SETTLE,  /* CONFIRMED, and the order does not know yet */
};
enum payment_step payment_step_next(const Payments__Payment *payment);

/* May money that came be put down to it? */
enum payment_confirm { PAYMENT_CONFIRMABLE = 0, PAYMENT_CONFIRMED_BEFORE = 1, PAYMENT_NOT_CONFIRMABLE };
int payment_confirm_check(const Payments__Payment *payment);

/* Has its money come? (It may have gone back since.) */
bool payment_is_received(const Payments__Payment *payment);

/* May money that a provider says has come be put down to it? What was given up may be paid nevertheless. */
bool payment_may_be_received(const Payments__Payment *payment);

/*
 * A page at a provider's on which this amount is waited for, opened less than a quarter of an hour ago: who asks for
 * another is led there, for on two he might pay twice. NULL: there is none.
 */
const Payments__Payment *payment_open_page(Payments__Payment *const *payments, size_t count,
                                           const Common__Money *amount, int64_t now_ms);

/* Does the refund take from what was received: CREATED, IN_TRANSIT or DONE? */
bool refund_is_live(const Payments__Refund *refund);

/* May what a provider says of a refund be noted? It may fail after it was DONE. */
bool refund_may_become(const Payments__Refund *refund, Payments__Refund__Status status);

/* How much of what a provider says has gone back of a payment is not in `refunds`, live or EXTERNAL; 0: nothing. */
int64_t payment_unexplained(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count,
                            int64_t refunded_minor);

/*
 * When a provider that says nothing is asked again how something stands that began at `since_ms`: after two minutes,
 * then ever more seldom, four times a day in the end.
 */
int64_t ask_again_at(int64_t since_ms, int64_t now_ms);

/*
 * The entries of the version in which a payment's or refund's status changed `from`; none if what is owed or held did
 * not change. They sum to zero. `from` is -1 when the document is new.
 */
void payment_set_entries(struct ts_arena *arena, Payments__Payment *payment, int from);
void refund_set_entries(struct ts_arena *arena, Payments__Refund *refund, int from);

/* What is left of a payment after `refunds`: of an order's, those of other payments are passed over. */
int64_t payment_left(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count);

/* Have its DONE refunds reached its amount? */
bool payment_is_refunded(const Payments__Payment *payment, Payments__Refund *const *refunds, size_t count);

/* total - (CONFIRMED and REFUNDED payments) + (CREATED, IN_TRANSIT and DONE refunds) */
int64_t balance_of(int64_t total_minor, Payments__Payment *const *payments, size_t payment_count,
                   Payments__Refund *const *refunds, size_t refund_count);

/*
 * Split `wanted_minor` over the payments in order, as far as each goes: parts[i] of payments[i].
 * Return: true; false when less is left.
 */
bool refund_split(int64_t wanted_minor, Payments__Payment *const *payments, size_t payment_count,
                  Payments__Refund *const *refunds, size_t refund_count, int64_t *parts);

/* Is the position in a live refund already? */
bool position_is_refunded(const char *position_id, Payments__Refund *const *refunds, size_t count);

#endif
