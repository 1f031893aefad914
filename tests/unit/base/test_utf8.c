/* UTF-8's boundaries. */
#include "base/utf8.h"

#include <string.h>

#include "support/test.h"
#include "tessera/cleanup.h"

static void utf8_is_text__knows_the_boundaries(void **state)
{
    static const struct {
        const char *bytes;
        bool valid;
    } cases[] = {
        { "", true },
        { "plain text, longer than eight", true },
        { "\177", true },
        { "\302\200", true },
        { "\337\277", true },
        { "\340\240\200", true },
        { "\355\237\277", true },
        { "\356\200\200", true },
        { "\360\220\200\200", true },
        { "\364\217\277\277", true },
        { "12345678\303\251", true },
        { "\200", false },         /* a continuation alone */
        { "\301\277", false },     /* overlong */
        { "\340\237\277", false }, /* overlong */
        { "\360\217\277\277", false },
        { "\355\240\200", false }, /* surrogate */
        { "\364\220\200\200", false },
        { "\365\200\200\200", false },
        { "\377", false },
        { "\303", false }, /* cut off */
        { "\342\202", false },
        { "\342\202x", false },
        { "\360\220\200", false },
        { "12345678\303", false },
        { "1234567\200", false },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++)
        assert_int_equal(utf8_is_text(cases[i].bytes, strlen(cases[i].bytes)), cases[i].valid);
}

static void utf8_is_text__refuses_nul_anywhere(void **state)
{
    char bytes[20];

    (void)state;
    for (size_t at = 0; at < sizeof(bytes); at++) {
        memset(bytes, 'a', sizeof(bytes));
        bytes[at] = 0;
        assert_false(utf8_is_text(bytes, sizeof(bytes)));
    }
}

static void utf8_encode__gives_valid_text_for_every_point(void **state)
{
    (void)state;
    for (unsigned point = 1; point <= 0x10ffff; point++) {
        char bytes[4];

        if (point >= 0xd800 && point <= 0xdfff)
            continue;
        if (!utf8_is_text(bytes, utf8_encode(point, bytes)))
            fail_msg("U+%04X", point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_text__knows_the_boundaries),
        cmocka_unit_test(utf8_is_text__refuses_nul_anywhere),
        cmocka_unit_test(utf8_encode__gives_valid_text_for_every_point),
    };

    return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
