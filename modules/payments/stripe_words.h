/* What Stripe says of what is there, read without clock, store or bus (source: docs.stripe.com/api). */
#ifndef PAYMENTS_STRIPE_WORDS_H
#define PAYMENTS_STRIPE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "payments/v1/payments.pb-c.h"
#include "tessera/arena.h"

struct json;

/* What an event is about; its object is read by one of the functions below. */
struct stripe_event {
    const char *id, *type;
    const char *account; /* another than the one that is told: one connected to it; NULL: its own */
    bool is_live;        /* of real money */
    const struct json *object;
};

/* Return: false: this is none. */
bool stripe_read_event(const struct json *json, struct stripe_event *ret_event);

/*
 * What is said of a session, a refund or a charge. False is returned for what is none, or lacks something; whose it is
 * (`payment_id`, `refund_id`) is read of that, too.
 */

/* How a session stands. */
enum stripe_state {
    STRIPE_OPEN,       /* nobody has paid yet */
    STRIPE_PROCESSING, /* a debit or a transfer is under way: it takes days */
    STRIPE_PAID,
    STRIPE_FAILED,
    STRIPE_EXPIRED,
};

struct stripe_session {
    const char *id, *payment_id; /* the latter is ours, in what only the account itself can say; NULL: it is others' */
    const char *url;             /* while it is open */
    const char *intent_id;       /* pi_…; NULL: none yet */
    enum stripe_state state;
    int64_t minor;
    char *currency; /* in capitals */
};

/* Its strings are the object's, or in the arena. */
bool stripe_read_session(struct ts_arena *arena, const struct json *object, struct stripe_session *ret_session);

/* How a refund stands, as our status for it. */
struct stripe_refund {
    const char *id, *refund_id; /* the latter is ours, or NULL */
    Payments__Refund__Status status;
};
bool stripe_read_refund(const struct json *object, struct stripe_refund *ret_refund);

/* How much of a payment has gone back in all, by whomever. */
struct stripe_charge {
    const char *id, *payment_id; /* the latter is ours, or NULL */
    const char *intent_id;       /* NULL: none */
    int64_t refunded_minor;
};
bool stripe_read_charge(const struct json *object, struct stripe_charge *ret_charge);

#endif
