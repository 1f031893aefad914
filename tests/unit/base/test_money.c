/* Currencies, decimals, overflow, contained tax. */
#include "tessera/money.h"

#include <string.h>

#include "support/test.h"
#include "tessera/cleanup.h"

static void ts_currency_exponent__follows_iso_4217(void **state)
{
    static const struct {
        const char *currency;
        int exponent;
    } cases[] = {
        { "EUR", 2 },  { "USD", 2 },  { "AED", 2 },   { "ZWG", 2 }, { "XCG", 2 },  { "JPY", 0 },  { "BIF", 0 },
        { "XPF", 0 },  { "KRW", 0 },  { "KWD", 3 },   { "BHD", 3 }, { "TND", 3 },  { "CLF", 4 },  { "UYW", 4 },
        { "eur", -1 }, { "EU", -1 },  { "EURO", -1 }, { "", -1 },   { "XXX", -1 }, { "XAU", -1 }, { "HRK", -1 },
        { "DEM", -1 }, { "UR ", -1 }, { "R G", -1 },  { NULL, -1 },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++)
        assert_int_equal(ts_currency_exponent(cases[i].currency), cases[i].exponent);
}

static void ts_money_parse__reads_exact_decimals(void **state)
{
    static const struct {
        const char *text, *currency;
        int outcome;
        int64_t minor;
    } cases[] = {
        { "12", "EUR", 0, 1200 },
        { "12.5", "EUR", 0, 1250 },
        { "12.50", "EUR", 0, 1250 },
        { "-0.05", "EUR", 0, -5 },
        { "0", "EUR", 0, 0 },
        { "-0", "EUR", 0, 0 },
        { "1000", "JPY", 0, 1000 },
        { "1.234", "KWD", 0, 1234 },
        { "1.2345", "CLF", 0, 12345 },
        { "10000000000", "EUR", 0, TS_MONEY_MINOR_MAX },
        { "10000000000.00", "EUR", 0, TS_MONEY_MINOR_MAX },
        { "-10000000000", "EUR", 0, -TS_MONEY_MINOR_MAX },
        { "10000000000.01", "EUR", TS_MONEY_TOO_LARGE, 0 },
        { "10000000001", "EUR", TS_MONEY_TOO_LARGE, 0 },
        { "1000000000001", "JPY", TS_MONEY_TOO_LARGE, 0 },
        { "99999999999999999999999999999999", "EUR", TS_MONEY_TOO_LARGE, 0 },
        { "0.99999999999999999999999999", "EUR", TS_MONEY_TOO_PRECISE, 0 },
        { "12.345", "EUR", TS_MONEY_TOO_PRECISE, 0 },
        { "12.500", "EUR", TS_MONEY_TOO_PRECISE, 0 },
        { "1.0", "JPY", TS_MONEY_TOO_PRECISE, 0 },
        { "", "EUR", TS_MONEY_MALFORMED, 0 },
        { "-", "EUR", TS_MONEY_MALFORMED, 0 },
        { ".5", "EUR", TS_MONEY_MALFORMED, 0 },
        { "5.", "EUR", TS_MONEY_MALFORMED, 0 },
        { "+5", "EUR", TS_MONEY_MALFORMED, 0 },
        { "5e1", "EUR", TS_MONEY_MALFORMED, 0 },
        { " 5", "EUR", TS_MONEY_MALFORMED, 0 },
        { "5 ", "EUR", TS_MONEY_MALFORMED, 0 },
        { "1,5", "EUR", TS_MONEY_MALFORMED, 0 },
        { "--5", "EUR", TS_MONEY_MALFORMED, 0 },
        { "1.2.3", "EUR", TS_MONEY_MALFORMED, 0 },
        { "0x10", "EUR", TS_MONEY_MALFORMED, 0 },
        { "5", "XXX", TS_MONEY_MALFORMED, 0 },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        int64_t minor = 77;

        assert_int_equal(ts_money_parse(cases[i].text, cases[i].currency, &minor), cases[i].outcome);
        assert_int_equal(minor, cases[i].outcome ? 77 : cases[i].minor);
    }
}

static void ts_money_format__shows_all_places(void **state)
{
    static const struct {
        int64_t minor;
        const char *currency, *text;
    } cases[] = {
        { 1250, "EUR", "12.50" },
        { -5, "EUR", "-0.05" },
        { 0, "EUR", "0.00" },
        { 1000, "JPY", "1000" },
        { -1, "JPY", "-1" },
        { 1, "KWD", "0.001" },
        { 1, "CLF", "0.0001" },
        { 100, "EUR", "1.00" },
        { INT64_MIN, "EUR", "-92233720368547758.08" },
        { INT64_MAX, "JPY", "9223372036854775807" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        char buffer[TS_MONEY_TEXT_SIZE];

        assert_string_equal(ts_money_format(cases[i].minor, cases[i].currency, buffer), cases[i].text);
    }
}

static void ts_money_sums__refuse_overflow(void **state)
{
    int64_t minor = 1;

    (void)state;
    assert_true(ts_money_add(2, 3, &minor));
    assert_int_equal(minor, 5);
    assert_false(ts_money_add(INT64_MAX, 1, &minor));
    assert_false(ts_money_add(INT64_MIN, -1, &minor));
    assert_int_equal(minor, 5);
    assert_true(ts_money_multiply(-4, 25, &minor));
    assert_int_equal(minor, -100);
    assert_false(ts_money_multiply(INT64_MAX / 2 + 1, 2, &minor));
    assert_int_equal(minor, -100);
}

static void ts_money_tax_included__rounds_half_up_on_the_absolute_value(void **state)
{
    static const struct {
        int64_t gross, rate, tax;
    } cases[] = {
        { 10000, 190000, 1597 }, /* 15.966 */
        { 11900, 190000, 1900 },
        { -11900, 190000, -1900 },
        { 0, 190000, 0 },
        { 10000, 0, 0 },
        { 3, 1000000, 2 }, /* 1.5 */
        { -3, 1000000, -2 },
        { 1, 1000000, 1 }, /* 0.5 */
        { 5, 250000, 1 },
        { TS_MONEY_MINOR_MAX, 10000000, INT64_C(909090909091) }, /* the corner */
        { -TS_MONEY_MINOR_MAX, 10000000, INT64_C(-909090909091) },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++)
        assert_int_equal(ts_money_tax_included(cases[i].gross, cases[i].rate), cases[i].tax);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_currency_exponent__follows_iso_4217),
        cmocka_unit_test(ts_money_parse__reads_exact_decimals),
        cmocka_unit_test(ts_money_format__shows_all_places),
        cmocka_unit_test(ts_money_sums__refuse_overflow),
        cmocka_unit_test(ts_money_tax_included__rounds_half_up_on_the_absolute_value),
    };

    return cmocka_run_group_tests_name("base/money", tests, NULL, NULL);
}
