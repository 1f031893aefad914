/*
 * Stripe's API, as far as we need it: a Checkout Session for each payment, a Refund for each refund. Stripe is told our
 * ids as idempotency keys and as metadata, so that what is said twice is one, and what comes back is found. No card
 * touches us: who pays does so on Stripe's page.
 */
#ifndef PAYMENTS_STRIPE_H
#define PAYMENTS_STRIPE_H

#include "payments/v1/payments.pb-c.h"
#include "stripe_words.h"
#include "tessera/call.h"

/*
 * A session that is asked for says until when it may be paid, half an hour away at least. We say it of the payment's
 * beginning, so that each try says the same; tries that fail may be repeated for a quarter of an hour.
 */
#define STRIPE_SESSION_MS (INT64_C(45) * 60 * 1000)

/* Return: 0; TS_EINVALID and words: what is set for Stripe cannot be used. */
int stripe_check_settings(struct ts_call *call);

/* Does Stripe take payments for such events? Its test keys are for test events, or everywhere with --sandbox. */
bool stripe_is_offered(struct ts_call *call, bool test_mode);

/* Is an event of the account and the mode of our key? */
bool stripe_is_ours(struct ts_call *call, const struct stripe_event *event);

/* Can the amount be said to Stripe? Its smallest unit is ours but for a few currencies, which are left out. */
bool stripe_takes(const Common__Money *amount);

/*
 * Ask Stripe. Return: 0; STRIPE_REFUSED: it will not be done, however often it is asked; a ts_error: it is not known
 * whether it was done, ask again.
 */
enum { STRIPE_REFUSED = 1 };
int stripe_open_session(struct ts_call *call, const Payments__Payment *payment, const Orders__Order *order,
                        struct stripe_session *ret_session);
int stripe_get_session(struct ts_call *call, const char *id, struct stripe_session *ret_session);

/* Found, if it was asked for before, however long ago: Stripe forgets idempotency keys after a day. */
int stripe_refund(struct ts_call *call, const Payments__Payment *payment, const Payments__Refund *refund,
                  struct stripe_refund *ret_refund);
int stripe_get_refund(struct ts_call *call, const char *id, struct stripe_refund *ret_refund);

/* Return: 0; a ts_error. */
int stripe_get_charge(struct ts_call *call, const char *id, struct stripe_charge *ret_charge);

#endif
