/* One-time passwords against the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B). */
#include "support/test.h"

#include <string.h>

#include "tessera/arena.h"
#include "totp.h"

static const uint8_t secret[] = "12345678901234567890";
_Static_assert(sizeof(secret) - 1 == TOTP_SECRET_SIZE, "the secret of both RFCs");

static void totp_code__is_that_of_rfc_4226(void **state)
{
    static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489 };

    (void)state;
    for (unsigned counter = 0; counter < 10; counter++)
        assert_int_equal(totp_code(secret, counter), codes[counter]);
}

/* The RFC shows eight digits; ours are the last six of them. */
static void totp_find_step__takes_the_codes_of_rfc_6238(void **state)
{
    static const struct {
        int64_t time_s;
        const char *code;
    } rows[] = { { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
                 { 1234567890, "005924" }, { 2000000000, "279037" }, { INT64_C(20000000000), "353130" } };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(totp_find_step(secret, rows[i].code, rows[i].time_s * 1000, 0), rows[i].time_s / 30);
}

/* 287082 is the code of the first step, from 30 s to 60. */
static void totp_find_step__is_a_step_off_at_most(void **state)
{
    (void)state;
    assert_int_equal(totp_find_step(secret, "287082", 0, 0), 1);
    assert_int_equal(totp_find_step(secret, "287082", 89999, 0), 1);
    assert_int_equal(totp_find_step(secret, "287082", 90000, 0), 0);
    assert_int_equal(totp_find_step(secret, "162583", 179999, 0), 0); /* the seventh */
    assert_int_equal(totp_find_step(secret, "162583", 180000, 0), 7);
}

static void totp_find_step__takes_none_that_was_used(void **state)
{
    (void)state;
    assert_int_equal(totp_find_step(secret, "287082", 59000, 1), 0);
    assert_int_equal(totp_find_step(secret, "359152", 59000, 1), 2);
    assert_int_equal(totp_find_step(secret, "287082", 59000, 2), 0);
}

static void totp_find_step__wants_six_digits(void **state)
{
    static const char *const wrong[] = { NULL,     "",       "28708",  "2870820",  "0287082",
                                         "28708x", "-87082", "+87082", "287082\n", "\xd9\xa2" };

    (void)state;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(totp_find_step(secret, wrong[i], 59000, 0), 0);
    assert_int_equal(totp_find_step(secret, " 287 082 ", 59000, 0), 1);
}

static void totp_uri__tells_apps_all(void **state)
{
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    assert_string_equal(totp_secret_text(arena, secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_string_equal(totp_uri(arena, secret, "a+b&c=\"@example.org"),
                        "otpauth://totp/Tessera:a%2Bb%26c%3D%22@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        "&issuer=Tessera&algorithm=SHA1&digits=6&period=30");
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totp_code__is_that_of_rfc_4226),
        cmocka_unit_test(totp_find_step__takes_the_codes_of_rfc_6238),
        cmocka_unit_test(totp_find_step__is_a_step_off_at_most),
        cmocka_unit_test(totp_find_step__takes_none_that_was_used),
        cmocka_unit_test(totp_find_step__wants_six_digits),
        cmocka_unit_test(totp_uri__tells_apps_all),
    };

    return cmocka_run_group_tests_name("modules/identity/totp", tests, NULL, NULL);
}
