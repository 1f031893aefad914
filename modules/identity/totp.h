/*
 * Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, six digits, a new one each half
 * minute. Pure: the clock is an argument.
 */
#ifndef IDENTITY_TOTP_H
#define IDENTITY_TOTP_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

enum { TOTP_SECRET_SIZE = 20, TOTP_DIGITS = 6, TOTP_STEP_MS = 30000 };

/* The code of a step (its number since 1970), as a number below a million. */
uint32_t totp_code(const uint8_t secret[TOTP_SECRET_SIZE], int64_t step);

/*
 * The step whose code `text` is (six digits, blanks among them do not matter): the one of now, or the one before or
 * after it, for clocks differ; later than `step_used`. Return: 0 when it is none of theirs. `text` may be NULL.
 */
int64_t totp_find_step(const uint8_t secret[TOTP_SECRET_SIZE], const char *text, int64_t now_ms, int64_t step_used);

/* The secret in base32, for a person to type. */
char *totp_secret_text(struct ts_arena *arena, const uint8_t secret[TOTP_SECRET_SIZE]);

/* The same for an app to read as a QR code: an otpauth URI. */
char *totp_uri(struct ts_arena *arena, const uint8_t secret[TOTP_SECRET_SIZE], const char *email);

#endif
