/* What the files of this module share: its state, the handlers, and the steps of its two machines. */
#ifndef PAYMENTS_PAYMENTS_H
#define PAYMENTS_PAYMENTS_H

#include "catalog/v1/catalog.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "rules.h"
#include "store.h"

#define PAYMENTS_MANUAL_MS (INT64_C(7) * 24 * 3600 * 1000) /* an order that is paid by hand waits a week */

enum {
    PAYMENTS_TRIES = 8,           /* how often a change that lost a race decides again */
    PAYMENTS_STEP_MS = 15 * 1000, /* a half-done change is continued after this: whoever began it has ended */
    PAYMENTS_LATE_MS = 1000,      /* sandbox "late" confirms so long after its order expired */
    PAYMENTS_REFUNDS_MAX = 1000,  /* refunds of one payment: their numbers end at 1,023 */
};

/* ---- handlers */

int pay_order(struct ts_call *call, const Payments__PayOrderRequest *request, Payments__PayOrderReply *ret_reply);
int confirm_payment(struct ts_call *call, const Payments__ConfirmPaymentRequest *request,
                    Payments__ConfirmPaymentReply *ret_reply);
int refund_order(struct ts_call *call, const Payments__RefundOrderRequest *request,
                 Payments__RefundOrderReply *ret_reply);

int get_payments(struct ts_call *call, const Payments__IdsRequest *request, Payments__GetPaymentsReply *ret_reply);
int get_refunds(struct ts_call *call, const Payments__IdsRequest *request, Payments__GetRefundsReply *ret_reply);
int list_payments(struct ts_call *call, const Payments__OrderIdsRequest *request,
                  Payments__ListPaymentsReply *ret_reply);
int list_refunds(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__ListRefundsReply *ret_reply);
int get_balances(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__GetBalancesReply *ret_reply);

int payments_continue(struct ts_call *call, const char *id);
int refunds_continue(struct ts_call *call, const char *id);

/* ---- by Stripe (api_stripe.c): steps of both machines, and what comes to /webhooks/stripe */

int hear_stripe(struct ts_call *call, const Payments__HearStripeRequest *request, Common__Blob *ret_reply);

bool payments_is_by_stripe(const Payments__Payment *payment);

/* A CREATED payment gets its page at Stripe; a PENDING one is looked for. Return: as payments_put(). */
int checkout_open(struct ts_call *call, struct payment *payment);
int checkout_look(struct ts_call *call, struct payment *payment);

/* A CREATED refund is asked for; one on its way is looked for. Return: as refunds_put(). */
int checkout_refund(struct ts_call *call, const Payments__Payment *payment, struct refund *refund);

/* ---- what a caller may see (api_read.c) */

Payments__Payment *payments_view(struct ts_call *call, const Payments__Payment *payment, const Common__Grant *grant);
Payments__Refund *refunds_view(struct ts_call *call, const Payments__Refund *refund, const Common__Grant *grant);

/* ---- steps (api_steps.c); all may be repeated by anybody */

/* The order of a payment, whole. Return: 0; TS_ENOTFOUND; a ts_error. */
int payments_read_order(struct ts_call *call, const char *order_id, const char *secret,
                        const Orders__Order **ret_order);

/* A copy to change, without due time and entries. */
Payments__Payment *payments_edit(struct ts_call *call, const struct payment *payment);
Payments__Refund *refunds_edit(struct ts_call *call, const struct refund *refund);

/*
 * Its order waits for the money until `for_ms` after it was placed: from its own beginning, so that asking again keeps
 * no places longer. Return: 0 and *ret_order (NULL: it no longer can wait); a ts_error.
 */
int payments_let_wait(struct ts_call *call, const Payments__Payment *payment, int64_t for_ms,
                      const Orders__Order **ret_order);

/* Count a payment that reached its status: by provider and status, and by currency for what came in. */
void payments_measure(struct ts_call *call, const Payments__Payment *payment);

/* Put `next`, with the entries of its change. On success it is what is there. Return: as store_put_payment(). */
int payments_put(struct ts_call *call, struct payment *payment, Payments__Payment *next);
int refunds_put(struct ts_call *call, struct refund *refund, Payments__Refund *next);

/*
 * Money came for this payment: CONFIRMED, to be settled next.
 * Return: 0; TS_WRITE_CONFLICT; a ts_error.
 */
int payments_confirm(struct ts_call *call, struct payment *payment, const char *confirm_key);

/* Go on until nothing more follows now: reads the payment again after each lost race. Return: 0; a ts_error. */
int payments_advance(struct ts_call *call, const char *id, struct payment *ret_payment);

/*
 * Insert a refund of a payment under the next number after `number`.
 * Return: 0; TS_WRITE_CONFLICT: another refund was decided, look again; a ts_error.
 */
int refunds_insert(struct ts_call *call, Payments__Refund *refund, size_t number);
Payments__Refund *refunds_new(struct ts_call *call, const Payments__Payment *payment, int64_t minor,
                              const char *source);

/* Send what a refund takes and mark its payment REFUNDED when that was all. Return: 0; a ts_error. */
int refunds_advance(struct ts_call *call, const char *id, struct refund *ret_refund);

#endif
