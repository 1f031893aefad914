/* Taken-back requests are counted per window. */
#include "gateway/reset_guard.h"

#include "support/test.h"

static void reset_guard_hit__ends_the_connection_at_the_limit(void **state)
{
    struct reset_guard guard = { 0 };

    (void)state;
    for (unsigned i = 1; i < RESET_GUARD_MAX; i++)
        assert_false(reset_guard_hit(&guard, 5));
    assert_true(reset_guard_hit(&guard, 5));
}

static void reset_guard_hit__forgets_with_the_window(void **state)
{
    struct reset_guard guard = { 0 };

    (void)state;
    for (unsigned i = 1; i < RESET_GUARD_MAX; i++)
        assert_false(reset_guard_hit(&guard, 1));
    assert_false(reset_guard_hit(&guard, 1 + RESET_GUARD_WINDOW_MS));
    assert_int_equal(guard.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_guard_hit__ends_the_connection_at_the_limit),
        cmocka_unit_test(reset_guard_hit__forgets_with_the_window),
    };

    return cmocka_run_group_tests_name("gateway/reset_guard", tests, NULL, NULL);
}
