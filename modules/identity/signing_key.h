/*
 * The keys that access tokens are signed with: one on P-256 for each period of thirty days, derived from the
 * installation's secret. So nothing is kept or handed round, every process of an installation has the same, and the
 * next one is known before it is used.
 */
#ifndef IDENTITY_SIGNING_KEY_H
#define IDENTITY_SIGNING_KEY_H

#include "tessera/call.h"
#include "tessera/clock.h"

#define KEY_PERIOD_MS (INT64_C(30) * TS_DAY_MS)

enum {
    KEY_OVERLAP_MS = TS_HOUR_MS, /* the key before is told for so long into a period: longer than any token lives */
    KEY_POINT_SIZE = 65,         /* 4, x, y */
    KEYS_TOLD_MAX = 3,
};

struct signing_key {
    int64_t period;
    char *kid; /* RFC 7638; in the arena of the call that made it */
    uint8_t point[KEY_POINT_SIZE];
    char *pem; /* PKCS#8, terminated, for libjwt; ends with signing_key_done() */
};

/* The period that a time is in. */
int64_t key_period(int64_t now_ms);

/* The key of a period. Return: 0; TS_EEXHAUSTED for want of memory. */
int signing_key_init(struct ts_call *call, int64_t period, struct signing_key *ret_key);
void signing_key_done(struct signing_key *key);

/* The periods whose keys are to be believed now: the one before for a while, this one, the next. Return: how many. */
unsigned key_periods_told(int64_t now_ms, int64_t ret_periods[KEYS_TOLD_MAX]);

#endif
