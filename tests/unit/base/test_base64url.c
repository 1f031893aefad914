/* base64url's canonical spelling, and SHA-256's vector. */
#include "base/base64url.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/sign.h"

static struct ts_arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void base64url__spells_rfc_4648s_vectors(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },          { "foo", "Zm9v" },
        { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }, { "\377\376\375", "__79" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        size_t size = 99;
        uint8_t *bytes = base64url_decode(&arena, cases[i][1], strlen(cases[i][1]), &size);

        assert_string_equal(base64url_encode(&arena, cases[i][0], strlen(cases[i][0])), cases[i][1]);
        assert_non_null(bytes);
        assert_int_equal(size, strlen(cases[i][0]));
        assert_memory_equal(bytes, cases[i][0], size);
    }
}

static void base64url_decode__refuses_other_spellings(void **state)
{
    static const char *const bad[] = { "Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zm9vY", "Z\n" };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(bad); i++) {
        size_t size = 77;

        assert_null(base64url_decode(&arena, bad[i], strlen(bad[i]), &size));
        assert_int_equal(size, 77);
    }
}

static void ts_sha256__of_abc(void **state)
{
    static const uint8_t expected[32] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                          0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                          0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
    uint8_t digest[32];

    (void)state;
    ts_sha256("abc", 3, digest);
    assert_memory_equal(digest, expected, 32);
}

static void ts_hex__spells_each_digit(void **state)
{
    static const uint8_t bytes[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

    (void)state;
    assert_string_equal(ts_hex(&arena, bytes, sizeof(bytes)), "0123456789abcdef");
    assert_string_equal(ts_hex(&arena, bytes, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(base64url__spells_rfc_4648s_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(base64url_decode__refuses_other_spellings, setup, teardown),
        cmocka_unit_test(ts_sha256__of_abc),
        cmocka_unit_test_setup_teardown(ts_hex__spells_each_digit, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/base64url", tests, NULL, NULL);
}
