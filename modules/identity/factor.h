/*
 * The second factor of an account: an app that shows codes, and recovery codes for who has lost it. Nothing of either
 * is kept: the app's secret and the codes are MACs of what the factor's document names.
 */
#ifndef IDENTITY_FACTOR_H
#define IDENTITY_FACTOR_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"
#include "totp.h"

enum { RECOVERY_CODES = 10 };

/* A factor as it is to be written, for an app with the secret of `totp_id`, and with recovery codes of its own. */
Identity__SecondFactor factor_new(struct ts_call *call, const char *account_id, const char *totp_id);

/* Other recovery codes for it. */
void factor_renew_recovery(struct ts_call *call, Identity__SecondFactor *factor);

/* Is there one that is asked for? `factor` may be NULL. */
bool factor_is_on(const Identity__SecondFactor *factor);

/* The secret of an app, by its id. */
void factor_totp_secret(struct ts_call *call, const char *totp_id, uint8_t ret_secret[TOTP_SECRET_SIZE]);

/* The n-th recovery code, n from 0: "XXXX-XXXX-XXXX"; and how many were not used. */
char *factor_recovery_code(struct ts_call *call, const Identity__SecondFactor *factor, unsigned n);
unsigned factor_recovery_left(const Identity__SecondFactor *factor);

/*
 * Is `code` one of the app now, or a recovery code, that was not used? It is used then. Return: 0; TS_REFUSED, also
 * when there is no factor; TS_EEXHAUSTED after too many wrong ones; a ts_error.
 */
int factor_use(struct ts_call *call, const char *account_id, const char *code);

#endif
