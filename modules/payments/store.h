/* Payments and refunds as documents. A refund's id is its payment's with a number: inserting the next is the decision.
 */
#ifndef PAYMENTS_STORE_H
#define PAYMENTS_STORE_H

#include "payments/v1/payments.pb-c.h"
#include "tessera/store.h"

extern const struct ts_collection payments_collection;
extern const struct ts_collection refunds_collection;
extern const struct ts_collection parked_events_collection;

struct payment {
    const Payments__Payment *body; /* NULL: there is none */
    int64_t version;
};

struct refund {
    const Payments__Refund *body;
    int64_t version;
};

/* All that came and went for one order, by creation. */
struct account {
    Payments__Payment **payments;
    size_t payment_count;
    Payments__Refund **refunds;
    size_t refund_count;
};

/* Return: 0 and what there is, or none; a ts_error. */
int store_get_payment(struct ts_call *call, const char *id, struct payment *ret_payment);
int store_get_payments(struct ts_call *call, const char *const *ids, size_t count, struct payment *ret_payments);
int store_get_refund(struct ts_call *call, const char *id, struct refund *ret_refund);
int store_get_refunds(struct ts_call *call, const char *const *ids, size_t count, struct refund *ret_refunds);

/* Whose account is asked for, and how well. */
struct account_of {
    const char *order_id;
    const char *payment_id; /* that it is known to be paid by; NULL: none */
    bool exact;             /* every payment that was answered before: for what decides. Else others may be late */
};

/* Its payments alone, or all of it. Return: 0 and *ret_account, in call->arena; a ts_error. */
int store_list_payments(struct ts_call *call, const struct account_of *of, struct account *ret_account);
int store_get_account(struct ts_call *call, const struct account_of *of, struct account *ret_account);

/* All refunds of one payment, by number: exact, since it gets the ids themselves. */
int store_list_numbered(struct ts_call *call, const char *payment_id, Payments__Refund ***ret_refunds,
                        size_t *ret_count);

/*
 * Insert a payment; with an idempotency key its record goes first.
 * Return: 0; TS_WRITE_CONFLICT: look for the record, or the payment, again; a ts_error.
 */
int store_insert_payment(struct ts_call *call, const struct ts_write *record, const Payments__Payment *payment);
int store_insert_refund(struct ts_call *call, const Payments__Refund *refund);

/* Once for each id, whoever tells it again. Return: 0; TS_WRITE_CONFLICT: it is there; a ts_error. */
int store_park_event(struct ts_call *call, const Payments__ParkedEvent *event);

/* Put `next` after the version it was copied from. Return: 0; TS_WRITE_CONFLICT; a ts_error. */
int store_put_payment(struct ts_call *call, const struct payment *from, const Payments__Payment *next);
int store_put_refund(struct ts_call *call, const struct refund *from, const Payments__Refund *next);

#endif
