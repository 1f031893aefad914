/* Prices as pages write them: 15, "1000円", "$13.00", "15,50 €", "Free". */
#ifndef IMPORT_PRICE_H
#define IMPORT_PRICE_H

#include "tessera/arena.h"

/*
 * Which currency do the words say? `named` is priceCurrency or NULL, `price` may carry a sign or code, `wanted` is the
 * currency that whoever imports expects (a flag, the organizer's) and `local` the country's; both may be NULL. A sign
 * of several currencies ($, ¥, kr) is the wanted one when that is among them, else the local one, else the usual one.
 * Return: a code in capitals, NULL when nothing is said, or PRICE_CURRENCY_UNCLEAR.
 */
extern const char PRICE_CURRENCY_UNCLEAR[];
const char *price_currency(struct ts_arena *arena, const char *named, const char *price, const char *wanted,
                           const char *local);

/*
 * The amount as the exact decimal of `currency`, with all its places.
 * A point or comma before one or two digits is a decimal sign, and so is a point before three digits of a currency that
 * has three places; other groups of three digits are thousands. "15.000" of a currency with two places is neither
 * clearly 15 nor 15,000 and is refused, as are "1,500" of one with three places, ranges, signs of minus and any word
 * that is neither a currency nor one for "free".
 * Return: 0 and *ret_minor; PRICE_UNCLEAR; PRICE_TOO_PRECISE; PRICE_TOO_LARGE.
 */
enum price_outcome { PRICE_UNCLEAR = 1, PRICE_TOO_PRECISE, PRICE_TOO_LARGE };
int price_read(struct ts_arena *arena, const char *text, const char *currency, int64_t *ret_minor);

/* The currency of a country (ISO 3166-1 alpha-2); NULL when it is not among those known here. */
const char *country_currency(const char *country_code);

#endif
