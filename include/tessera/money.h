/*
 * Money is an integer count of the currency's smallest unit (ISO 4217 minor unit: EUR 2 places, JPY 0, KWD 3).
 * Floating point never touches it; every sum is checked for overflow.
 */
#ifndef TESSERA_MONEY_H
#define TESSERA_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"
#include "tessera/language.h"

enum { TS_MONEY_TEXT_SIZE = 32 };

/* The largest amount that enters the system, in minor units: far below overflow for any sum of limits.h. */
#define TS_MONEY_MINOR_MAX INT64_C(1000000000000)

/* Number of decimal places of an ISO 4217 code in capitals (0 to 4), or -1 if there is no such currency. */
int ts_currency_exponent(const char *currency);

enum ts_money_outcome { TS_MONEY_MALFORMED = 1, TS_MONEY_TOO_PRECISE, TS_MONEY_TOO_LARGE };

/*
 * Parse a decimal ("12", "12.5", "12.50"; no sign but '-', no exponent, no blanks).
 * Return: 0 and *ret_minor; TS_MONEY_MALFORMED; TS_MONEY_TOO_PRECISE when it has more places than the currency, zeros
 * at the end included; TS_MONEY_TOO_LARGE beyond +-TS_MONEY_MINOR_MAX.
 */
int ts_money_parse(const char *text, const char *currency, int64_t *ret_minor);

/* The exact decimal with all places of the currency: "12.50", "-0.05", "1000". Return: buffer (TS_MONEY_TEXT_SIZE). */
char *ts_money_format(int64_t minor, const char *currency, char *buffer);

/* The same for who knows how many places the currency has. Return: the length of the text. */
size_t ts_money_spell(int64_t minor, int exponent, char *buffer);

/* For people: "12.50 EUR" in their language. Return: the text, in the arena. */
const char *ts_money_local(struct ts_arena *arena, enum ts_language language, int64_t minor, const char *currency);

/* left + right; false (and *ret_minor untouched) on overflow. */
bool ts_money_add(int64_t left, int64_t right, int64_t *ret_minor);

/* left * count; false (and *ret_minor untouched) on overflow. */
bool ts_money_multiply(int64_t left, int64_t count, int64_t *ret_minor);

/*
 * The tax contained in a gross amount at `rate_ppm` (millionths: 19 % is 190,000), rounded half up on the absolute
 * value (ARCHITECTURE.md, Orders, mode "line"). gross and rate must be within TS_MONEY_MINOR_MAX and 10,000,000.
 */
int64_t ts_money_tax_included(int64_t gross_minor, int64_t rate_ppm);

#endif
