/* Ids as text: spelling, well-formedness, groups; secrets. */
#include "base/id.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/call.h"
#include "tessera/cleanup.h"
#include "tessera/id.h"

static void base32_encode__spells_the_specifications_examples(void **state)
{
    static const struct {
        uint8_t bytes[16];
        const char *text;
    } cases[] = {
        { { 0 }, "00000000000000000000000000" },
        { { [15] = 1 }, "00000000000000000000000001" },
        { { [15] = 10 }, "0000000000000000000000000a" },
        { { [15] = 32 }, "00000000000000000000000010" },
        { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
          "7zzzzzzzzzzzzzzzzzzzzzzzzz" },
        { { 0x01, 0x88, 0xba, 0xc7, 0xa2, 0x1b, 0x7a, 0xfb, 0xb0, 0x8e, 0x96, 0xb9, 0x06, 0x35, 0x65, 0x7e },
          "01h2xcf8gvfbxv13mpq433asby" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        char text[BASE32_LENGTH + 1];

        base32_encode(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void ts_id_is__refuses_what_is_malformed(void **state)
{
    static const char *const bad[] = {
        "",
        "evt",
        "evt_",
        "evt_0000000000000000000000000",
        "evt_000000000000000000000000000",
        "evt_8000000000000000000000000a",
        "evt_0000000000000000000000000A",
        "evt_0000000000000000000000000i",
        "evt_0000000000000000000000000l",
        "evt_0000000000000000000000000o",
        "evt_0000000000000000000000000u",
        "evt_000000000000 0000000000000",
        "evt-00000000000000000000000000",
        "hld_00000000000000000000000000",
        "EVT_00000000000000000000000000",
    };

    (void)state;
    assert_true(ts_id_is("evt_01h2aabtyhfbxv13mppm33aser", "evt"));
    assert_true(ts_id_is("evt_7zzzzzzzzzzzzzzzzzzzzzzzzz", "evt"));
    assert_false(ts_id_is(NULL, "evt"));
    for (size_t i = 0; i < TS_ARRAY_SIZE(bad); i++)
        assert_false(ts_id_is(bad[i], "evt"));
}

static void ts_id_time_ms__reads_the_first_48_bits(void **state)
{
    (void)state;
    assert_int_equal(ts_id_time_ms("evt_00000000000000000000000000"), 0);
    assert_int_equal(ts_id_time_ms("evt_7zzzzzzzzz0000000000000000"), (INT64_C(1) << 48) - 1);
}

static void ts_id_member__counts_in_the_last_ten_bits(void **state)
{
    struct ts_arena arena;
    struct ts_call call = { .arena = &arena };
    const char *head = "hld_01h2aabtyhfbxv13mppm33as00";

    (void)state;
    arena_init(&arena);
    assert_string_equal(ts_id_member(&call, head, "pos", 1), "pos_01h2aabtyhfbxv13mppm33as01");
    assert_string_equal(ts_id_member(&call, head, "pos", 32), "pos_01h2aabtyhfbxv13mppm33as10");
    assert_string_equal(ts_id_member(&call, head, "tic", 1023), "tic_01h2aabtyhfbxv13mppm33aszz");
    assert_string_equal(ts_id_head(&call, "tic_01h2aabtyhfbxv13mppm33aszz", "hld"), head);
    assert_string_equal(ts_id_sibling(&call, head, "ord"), "ord_01h2aabtyhfbxv13mppm33as00");
    arena_done(&arena);
}

static void ts_secret_equal__compares_whole_strings(void **state)
{
    (void)state;
    assert_true(ts_secret_equal("abc", "abc"));
    assert_true(ts_secret_equal("", ""));
    assert_false(ts_secret_equal("abc", "abd"));
    assert_false(ts_secret_equal("abc", "abcd"));
    assert_false(ts_secret_equal(NULL, NULL));
    assert_false(ts_secret_equal("abc", NULL));
    assert_false(ts_secret_equal(NULL, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32_encode__spells_the_specifications_examples),
        cmocka_unit_test(ts_id_is__refuses_what_is_malformed),
        cmocka_unit_test(ts_id_time_ms__reads_the_first_48_bits),
        cmocka_unit_test(ts_id_member__counts_in_the_last_ten_bits),
        cmocka_unit_test(ts_secret_equal__compares_whole_strings),
    };

    return cmocka_run_group_tests_name("base/id", tests, NULL, NULL);
}
