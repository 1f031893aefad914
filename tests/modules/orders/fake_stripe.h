/*
 * Stripe, for tests of what fails: in memory outside of the instance, so it outlives its crash as another's machine
 * would. What it is asked may be lost on the way there or back, and its events are told late, doubled or never. It
 * forgets idempotency keys after a day, as Stripe does.
 */
#ifndef ORDERS_FAKE_STRIPE_H
#define ORDERS_FAKE_STRIPE_H

#include "loop/runtime.h"

/* An empty one, and the instance's settings for it. A number below `below`; NULL: all goes well. */
void fake_stripe_reset(struct ts_runtime *runtime, unsigned (*draw)(unsigned below));

/* In fair weather from now on. */
void fake_stripe_calm(void);

/* A buyer was told the address of this payment's page. */
void fake_stripe_show(const char *payment_id);

/* He pays on the page of that number, if it is open; it tells of it. Both do nothing when there is none. */
void fake_stripe_pay(struct ts_call *call, unsigned which);
int fake_stripe_tell(struct ts_call *call, unsigned which);

/* What it has in the end: of one payment, and of all. */
int64_t fake_stripe_paid(const char *payment_id);
int64_t fake_stripe_kept(void);

#endif
