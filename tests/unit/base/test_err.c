/* The words of outcomes. */
#include "tessera/err.h"

#include <limits.h>

#include "support/test.h"

static void ts_error_name__is_grpcs_word(void **state)
{
    (void)state;
    assert_string_equal(ts_error_name(0), "OK");
    assert_string_equal(ts_error_name(TS_ECANCELLED), "CANCELLED");
    assert_string_equal(ts_error_name(TS_EDEADLINE), "DEADLINE_EXCEEDED");
    assert_string_equal(ts_error_name(TS_EUNAVAILABLE), "UNAVAILABLE");
    assert_string_equal(ts_error_name(TS_EUNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(ts_error_name(TS_ECRASHED), "CRASHED");
}

static void ts_error_name__is_unknown_for_anything_else(void **state)
{
    (void)state;
    assert_string_equal(ts_error_name(1), "UNKNOWN");
    assert_string_equal(ts_error_name(-17), "UNKNOWN");
    assert_string_equal(ts_error_name(INT_MIN), "UNKNOWN");
    assert_string_equal(ts_error_name(INT_MAX), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_error_name__is_grpcs_word),
        cmocka_unit_test(ts_error_name__is_unknown_for_anything_else),
    };

    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
