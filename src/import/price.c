/*
 * A price is cut into its words first: digits with their separators, and what stands around them. Everything around
 * must be understood, or the price is refused: an amount that was only half read is worse than none.
 */
#include "import/price.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "tessera/cleanup.h"
#include "tessera/money.h"

const char PRICE_CURRENCY_UNCLEAR[] = "unclear";

/* What is written for a currency, and what it may mean, the usual one first; a '?' first: there is no usual one. */
static const struct sign {
    const char *text, *currencies;
} signs[] = {
    /* longer ones before those they end in */
    { "US$", "USD" },
    { "CA$", "CAD" },
    { "C$", "CAD" },
    { "AU$", "AUD" },
    { "A$", "AUD" },
    { "NZ$", "NZD" },
    { "HK$", "HKD" },
    { "NT$", "TWD" },
    { "S$", "SGD" },
    { "R$", "BRL" },
    { "MX$", "MXN" },
    { "U$S", "USD" },
    { "$", "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU" },
    { "€", "EUR" },
    { "euros", "EUR" },
    { "euro", "EUR" },
    { "£", "GBP EGP GIP" },
    { "JP¥", "JPY" },
    { "CN¥", "CNY" },
    { "¥", "JPY CNY" },
    { "￥", "JPY CNY" },
    { "円", "JPY" },
    { "yen", "JPY" },
    { "元", "CNY TWD" },
    { "₩", "KRW" },
    { "원", "KRW" },
    { "₹", "INR" },
    { "Rs.", "INR PKR LKR NPR MUR" },
    { "Rs", "INR PKR LKR NPR MUR" },
    { "zł", "PLN" },
    { "Kč", "CZK" },
    { "Ft", "HUF" },
    { "₽", "RUB" },
    { "₺", "TRY" },
    { "₪", "ILS" },
    { "₴", "UAH" },
    { "฿", "THB" },
    { "₫", "VND" },
    { "₱", "PHP" },
    { "₦", "NGN" },
    { "SFr.", "CHF" },
    { "Fr.", "CHF" },
    { "kr.", "? SEK NOK DKK ISK" },
    { "kr", "? SEK NOK DKK ISK" },
    { "د.إ", "AED" },
    { "dollars", "USD CAD AUD NZD" },
};

static bool among(const char *currencies, const char *currency)
{
    return currency && strlen(currency) == 3 && strstr(currencies, currency);
}

static bool is_code(const char *text, size_t size)
{
    char code[4] = { 0 };

    for (size_t i = 0; i < 3 && i < size; i++)
        code[i] = (char)toupper((unsigned char)text[i]);
    return size == 3 && ts_currency_exponent(code) >= 0;
}

static const char *upper(struct ts_arena *arena, const char *text, size_t size)
{
    char *code = ts_strndup(arena, text, size);

    for (char *at = code; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return code;
}

static size_t word_size(const char *text)
{
    size_t size = 0;

    while (isalpha((unsigned char)text[size]))
        size++;
    return size;
}

static const struct sign *sign_at(const char *text)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(signs); i++) {
        size_t size = strlen(signs[i].text);

        if (strncasecmp(text, signs[i].text, size) == 0 &&
            (!isalpha((unsigned char)signs[i].text[0]) || !isalpha((unsigned char)text[size])))
            return &signs[i];
    }
    return NULL;
}

/* The first code or sign within `text`. Return: its currencies, as in the table; NULL when there is none. */
static const char *said_in(struct ts_arena *arena, const char *text)
{
    for (const char *at = text; at && *at;) {
        const struct sign *sign = sign_at(at);
        size_t size = word_size(at);

        if (sign)
            return sign->currencies;
        if (is_code(at, size))
            return upper(arena, at, size);
        at += size ? size : 1;
    }
    return NULL;
}

static const char *choose(struct ts_arena *arena, const char *currencies, const char *wanted, const char *local)
{
    if (among(currencies, wanted))
        return wanted;
    if (among(currencies, local))
        return local;
    return *currencies == '?' ? PRICE_CURRENCY_UNCLEAR : ts_strndup(arena, currencies, 3);
}

const char *price_currency(struct ts_arena *arena, const char *named, const char *price, const char *wanted,
                           const char *local)
{
    const char *in_price = said_in(arena, price), *in_name;

    if (!named)
        return in_price ? choose(arena, in_price, wanted, local) : NULL;
    in_name = is_code(named, strlen(named)) ? upper(arena, named, 3) : NULL;
    if (!in_name) {
        const struct sign *sign = sign_at(named);

        if (!sign || named[strlen(sign->text)])
            return PRICE_CURRENCY_UNCLEAR;
        in_name = choose(arena, sign->currencies, wanted, local);
    }
    return in_price && !among(in_price, in_name) ? PRICE_CURRENCY_UNCLEAR : in_name;
}

/* ---- the amount */

static bool says_free(const char *text)
{
    static const char *const words[] = {
        "free",
        "free entry",
        "free admission",
        "for free",
        "gratis",
        "gratuit",
        "gratuito",
        "frei",
        "kostenlos",
        "eintritt frei",
        "freier eintritt",
        "entrée libre",
        "entrada libre",
        "entrada gratuita",
        "ingresso gratuito",
        "ingresso libero",
        "無料",
        "入場無料",
        "免费",
        "無料です",
        "무료",
    };

    for (size_t i = 0; i < TS_ARRAY_SIZE(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* ASCII digits and separators for full-width ones and for blanks of all kinds; other bytes stay. */
static char *plain(struct ts_arena *arena, const char *text)
{
    char *copy = ts_strdup(arena, text), *to = copy;

    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        if (at[0] == 0xef && at[1] == 0xbc && at[2] >= 0x8c && at[2] <= 0x99) { /* U+FF0C to U+FF19 */
            *to++ = (char)(at[2] - 0x8c + ',');
            at += 3;
        } else if ((at[0] == 0xc2 && at[1] == 0xa0) ||
                   (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xaf || at[2] == 0x89))) {
            *to++ = ' ';
            at += at[0] == 0xc2 ? 2 : 3;
        } else {
            *to++ = (char)*at++;
        }
    }
    *to = '\0';
    return copy;
}

/* Beyond the amount only blanks, one currency on each side, and ",-" or ".-" behind it may stand. */
static bool is_decoration(const char *text, size_t size, bool behind)
{
    const char *end = text + size;

    for (const char *at = text; at < end;) {
        const struct sign *sign = sign_at(at);
        size_t word = word_size(at);

        if (isspace((unsigned char)*at))
            at++;
        else if (sign && strlen(sign->text) <= (size_t)(end - at))
            at += strlen(sign->text);
        else if (word <= (size_t)(end - at) && is_code(at, word))
            at += word;
        else if (behind && (strncmp(at, ",-", 2) == 0 || strncmp(at, ".-", 2) == 0))
            at += 2;
        else if (behind && (strncmp(at, ",–", 4) == 0 || strncmp(at, ".–", 4) == 0))
            at += 4;
        else
            return false;
    }
    return true;
}

static bool is_group_sign(char c)
{
    return c == ',' || c == '.' || c == ' ' || c == '\'';
}

/* Where the number that begins at `at` ends: digits, and single signs between digits. */
static const char *number_end(const char *at)
{
    while (isdigit((unsigned char)*at) || (is_group_sign(*at) && isdigit((unsigned char)at[1])))
        at++;
    return at;
}

/* A number's last sign and what it divides. */
struct shape {
    char last;            /* 0: digits only */
    int last_count;       /* how often that sign stands */
    bool mixed;           /* other signs before it */
    int before, after;    /* digits before the first sign and behind the last */
    bool groups_of_three; /* behind each sign, but for the last when mixed */
};

static struct shape shape_of(const char *text, const char *end)
{
    struct shape shape = { .groups_of_three = true };
    int run = 0;

    for (const char *at = text; at < end; at++) {
        if (isdigit((unsigned char)*at)) {
            run++;
            continue;
        }
        if (!shape.last)
            shape.before = run;
        else if (run != 3)
            shape.groups_of_three = false;
        if (shape.last && shape.last != *at) {
            shape.mixed = true;
            shape.last_count = 0;
        }
        shape.last = *at;
        shape.last_count++;
        run = 0;
    }
    shape.after = run;
    return shape;
}

/* How many digits at the end are decimals; -1: unclear. */
static int decimals_of(const struct shape *shape, int exponent)
{
    bool decimal_sign = shape->last == '.' || shape->last == ',';

    if (!shape->last)
        return 0;
    if (!shape->groups_of_three)
        return -1;
    if (shape->mixed)
        return decimal_sign && shape->last_count == 1 ? shape->after : -1;
    if (shape->last_count > 1 || !decimal_sign)
        return shape->after == 3 && shape->before <= 3 ? 0 : -1;
    if (shape->after != 3)
        return shape->after;
    if (exponent >= 3)
        return shape->last == '.' ? 3 : -1;
    return (shape->last == '.' && exponent > 0) || shape->before > 3 ? -1 : 0;
}

/* "1.234,50" as "1234.50"; zeros beyond the currency's places go. */
static const char *decimal_text(struct ts_arena *arena, const char *text, const char *end, int decimals, int exponent)
{
    char *decimal = ts_alloc(arena, (size_t)(end - text) + 2), *to = decimal;
    int left = 0;

    for (const char *at = text; at < end; at++)
        left += isdigit((unsigned char)*at) != 0;
    for (const char *at = text; at < end; at++) {
        if (!isdigit((unsigned char)*at))
            continue;
        if (left-- == decimals && decimals)
            *to++ = '.';
        *to++ = *at;
    }
    for (; decimals > exponent && to[-1] == '0'; decimals--)
        to--;
    if (to[-1] == '.')
        to--;
    *to = '\0';
    return decimal;
}

int price_read(struct ts_arena *arena, const char *text, const char *currency, int64_t *ret_minor)
{
    int exponent = ts_currency_exponent(currency), decimals;
    const char *all = plain(arena, text), *begin, *end;
    struct shape shape;

    if (says_free(all)) {
        *ret_minor = 0;
        return 0;
    }
    begin = all + strcspn(all, "0123456789");
    end = number_end(begin);
    if (begin == end || !is_decoration(all, (size_t)(begin - all), false) || !is_decoration(end, strlen(end), true))
        return PRICE_UNCLEAR;
    shape = shape_of(begin, end);
    decimals = decimals_of(&shape, exponent);
    if (decimals < 0)
        return PRICE_UNCLEAR;
    switch (ts_money_parse(decimal_text(arena, begin, end, decimals, exponent), currency, ret_minor)) {
    case 0:
        return 0;
    case TS_MONEY_TOO_PRECISE:
        return PRICE_TOO_PRECISE;
    case TS_MONEY_TOO_LARGE:
        return PRICE_TOO_LARGE;
    default:
        return PRICE_UNCLEAR;
    }
}

const char *country_currency(const char *country_code)
{
    /* Those whose prices are in their own currency without exception worth naming. */
    static const struct {
        char country[3], currency[4];
    } table[] = {
        { "AD", "EUR" }, { "AE", "AED" }, { "AR", "ARS" }, { "AT", "EUR" }, { "AU", "AUD" }, { "BE", "EUR" },
        { "BG", "EUR" }, { "BH", "BHD" }, { "BR", "BRL" }, { "CA", "CAD" }, { "CH", "CHF" }, { "CL", "CLP" },
        { "CN", "CNY" }, { "CO", "COP" }, { "CY", "EUR" }, { "CZ", "CZK" }, { "DE", "EUR" }, { "DK", "DKK" },
        { "EE", "EUR" }, { "EG", "EGP" }, { "ES", "EUR" }, { "FI", "EUR" }, { "FO", "DKK" }, { "FR", "EUR" },
        { "GB", "GBP" }, { "GR", "EUR" }, { "HK", "HKD" }, { "HR", "EUR" }, { "HU", "HUF" }, { "ID", "IDR" },
        { "IE", "EUR" }, { "IL", "ILS" }, { "IN", "INR" }, { "IS", "ISK" }, { "IT", "EUR" }, { "JO", "JOD" },
        { "JP", "JPY" }, { "KE", "KES" }, { "KR", "KRW" }, { "KW", "KWD" }, { "LI", "CHF" }, { "LT", "EUR" },
        { "LU", "EUR" }, { "LV", "EUR" }, { "MA", "MAD" }, { "MC", "EUR" }, { "MT", "EUR" }, { "MX", "MXN" },
        { "MY", "MYR" }, { "NG", "NGN" }, { "NL", "EUR" }, { "NO", "NOK" }, { "NZ", "NZD" }, { "OM", "OMR" },
        { "PE", "PEN" }, { "PH", "PHP" }, { "PL", "PLN" }, { "PT", "EUR" }, { "QA", "QAR" }, { "RO", "RON" },
        { "RS", "RSD" }, { "SA", "SAR" }, { "SE", "SEK" }, { "SG", "SGD" }, { "SI", "EUR" }, { "SK", "EUR" },
        { "SM", "EUR" }, { "TH", "THB" }, { "TN", "TND" }, { "TR", "TRY" }, { "TW", "TWD" }, { "UA", "UAH" },
        { "US", "USD" }, { "UY", "UYU" }, { "VA", "EUR" }, { "VN", "VND" }, { "ZA", "ZAR" },
    };

    for (size_t i = 0; country_code && i < TS_ARRAY_SIZE(table); i++)
        if (strcmp(country_code, table[i].country) == 0)
            return table[i].currency;
    return NULL;
}
