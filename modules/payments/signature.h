/* Is a message Stripe's own? Decided without clock, store or bus (source: docs.stripe.com, "Webhook signatures"). */
#ifndef PAYMENTS_SIGNATURE_H
#define PAYMENTS_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

enum {
    SIGNATURE_AGE_S = 300,       /* how far its time may be from ours, either way */
    SIGNATURE_SIZE_MAX = 2048,   /* of the header: while a secret is rolled it has two signatures of 68 bytes */
    SIGNATURE_SECRETS_MAX = 2,   /* before and after a secret is rolled */
    SIGNATURE_SECRET_SIZE = 256, /* of one, with its NUL */
};

/*
 * Check the header Stripe-Signature, "t=SECONDS,v1=HEX,v1=HEX,…": one of its v1 is the HMAC-SHA-256 of `t`, a dot and
 * the body's own bytes by one of `secrets` ("whsec_A" or "whsec_A,whsec_B"). Takes no less time for a signature that is
 * nearly right. Any pointer may be NULL.
 */
enum signature_verdict { SIGNATURE_GOOD, SIGNATURE_MALFORMED, SIGNATURE_OLD, SIGNATURE_FORGED };
enum signature_verdict signature_check(const char *header, const char *body, const char *secrets, int64_t now_s);

#endif
