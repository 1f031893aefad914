/*
 * Amounts in minor units. The currencies are those of ISO 4217 as of 2026 that have minor units at all (no metals, no
 * testing codes), by number of decimal places.
 */
#include "tessera/money.h"

#include <string.h>

#include "base/decimal.h"
#include "tessera/cleanup.h"

/* Each sorted, blank between the codes. */
static const char *const currencies[] = {
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    "",
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY "
    "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    "BHD IQD JOD KWD LYD OMR TND",
    "CLF UYW",
};

static bool codes_have(const char *codes, const char *currency)
{
    size_t low = 0, high = (strlen(codes) + 1) / 4;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(codes + middle * 4, currency, 3);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

int ts_currency_exponent(const char *currency)
{
    if (!currency || strnlen(currency, 4) != 3)
        return -1;
    for (unsigned exponent = 0; exponent < TS_ARRAY_SIZE(currencies); exponent++)
        if (codes_have(currencies[exponent], currency))
            return (int)exponent;
    return -1;
}

/* One run of digits onto *minor, which stays at the first value past the maximum. */
static const char *read_digits(const char *at, int64_t *minor)
{
    for (; *at >= '0' && *at <= '9'; at++)
        if (*minor <= TS_MONEY_MINOR_MAX)
            *minor = *minor * 10 + (*at - '0');
    return at;
}

int ts_money_parse(const char *text, const char *currency, int64_t *ret_minor)
{
    int exponent = ts_currency_exponent(currency), places = 0;
    bool negative = *text == '-';
    const char *at = text + negative, *end;
    int64_t minor = 0;

    end = read_digits(at, &minor);
    if (exponent < 0 || end == at)
        return TS_MONEY_MALFORMED;
    if (*end == '.') {
        at = end + 1;
        end = read_digits(at, &minor);
        if (end == at)
            return TS_MONEY_MALFORMED;
        places = end - at > exponent ? exponent + 1 : (int)(end - at);
    }
    if (*end)
        return TS_MONEY_MALFORMED;
    if (places > exponent)
        return TS_MONEY_TOO_PRECISE;
    for (; places < exponent && minor <= TS_MONEY_MINOR_MAX; places++)
        minor *= 10;
    if (minor > TS_MONEY_MINOR_MAX)
        return TS_MONEY_TOO_LARGE;
    *ret_minor = negative ? -minor : minor;
    return 0;
}

char *ts_money_format(int64_t minor, const char *currency, char *buffer)
{
    (void)ts_money_spell(minor, ts_currency_exponent(currency), buffer); /* its length is not asked for */
    return buffer;
}

size_t ts_money_spell(int64_t minor, int exponent, char *buffer)
{
    static const uint32_t powers[] = { 1, 10, 100, 1000, 10000 };
    uint64_t rest = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    uint64_t whole = exponent == 2 ? rest / 100 : exponent > 0 ? rest / powers[exponent] : rest;
    char *at = buffer;

    if (minor < 0)
        *at++ = '-';
    at = decimal_put(at, whole);
    if (exponent > 0)
        *at++ = '.';
    if (exponent == 2) /* as nearly all currencies */
        at = decimal_put_two(at, (uint32_t)(rest - whole * 100));
    else if (exponent > 0)
        at = decimal_put_padded(at, (uint32_t)(rest - whole * powers[exponent]), exponent);
    *at = '\0';
    return (size_t)(at - buffer);
}

const char *ts_money_local(struct ts_arena *arena, enum ts_language language, int64_t minor, const char *currency)
{
    char text[TS_MONEY_TEXT_SIZE], *point = strchr(ts_money_format(minor, currency, text), '.');

    if (point && (language == TS_GERMAN || language == TS_FRENCH))
        *point = ',';
    return ts_printf(arena, "%s %s", text, currency);
}

bool ts_money_add(int64_t left, int64_t right, int64_t *ret_minor)
{
    int64_t sum;

    if (__builtin_add_overflow(left, right, &sum))
        return false;
    *ret_minor = sum;
    return true;
}

bool ts_money_multiply(int64_t left, int64_t count, int64_t *ret_minor)
{
    int64_t product;

    if (__builtin_mul_overflow(left, count, &product))
        return false;
    *ret_minor = product;
    return true;
}

int64_t ts_money_tax_included(int64_t gross_minor, int64_t rate_ppm)
{
    /* At most 10^12 * 10^7: fits 64 bits without a sign. */
    uint64_t gross = gross_minor < 0 ? 0 - (uint64_t)gross_minor : (uint64_t)gross_minor;
    uint64_t share = gross * (uint64_t)rate_ppm, whole = UINT64_C(1000000) + (uint64_t)rate_ppm;
    int64_t tax = (int64_t)(share / whole) + (share % whole * 2 >= whole);

    return gross_minor < 0 ? -tax : tax;
}
