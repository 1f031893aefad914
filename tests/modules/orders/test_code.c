/* Orders' codes: how long, what they may not spell, and that those of a run cannot be taken for each other. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "code.h"

static void order_code_size__grows_after_twenty_tries(void **state)
{
    (void)state;
    assert_int_equal(order_code_size(0), 5);
    assert_int_equal(order_code_size(19), 5);
    assert_int_equal(order_code_size(20), 6);
    assert_int_equal(order_code_size(40), 7);
}

static void order_code_is_clean__reads_digits_as_letters(void **state)
{
    (void)state;
    assert_true(order_code_is_clean("ABCDF"));
    assert_false(order_code_is_clean("AFCKB"));
    assert_false(order_code_is_clean("S3XAB"));
    assert_false(order_code_is_clean("SHA7B"));
    assert_true(order_code_is_clean("S9XAB"));
}

/* All of the run of `letters`. */
static void run_read(const char *letters, char codes[ORDER_CODE_RUN][ORDER_CODE_SIZE_MAX + 1])
{
    struct order_code_run run = { 0 };

    assert_null(order_code_run_next(&run));
    order_code_run_begin(&run, letters);
    for (unsigned i = 0; i < ORDER_CODE_RUN; i++)
        snprintf(codes[i], sizeof(codes[i]), "%s", order_code_run_next(&run));
    assert_null(order_code_run_next(&run));
}

/* One wrong letter, or two exchanged, make none of `a` out of `b`. */
static void assert_far(const char *a, const char *b, size_t stem)
{
    assert_memory_equal(a, b, stem);
    assert_true(a[stem] != b[stem] && a[stem + 1] != b[stem + 1]);
    assert_false(a[stem] == b[stem + 1] && a[stem + 1] == b[stem]);
}

static void run__has_no_two_codes_that_a_slip_confuses(void **state)
{
    char letters[] = "ABCDE?", codes[ORDER_CODE_RUN][ORDER_CODE_SIZE_MAX + 1];

    (void)state;
    for (const char *step = ORDER_CODE_ALPHABET; *step; step++) {
        letters[5] = *step;
        for (const char *last = ORDER_CODE_ALPHABET; *last; last++) {
            letters[4] = *last;
            run_read(letters, codes);
            for (unsigned i = 0; i < ORDER_CODE_RUN; i++) {
                assert_int_equal(strspn(codes[i], ORDER_CODE_ALPHABET), ORDER_CODE_SIZE);
                for (unsigned j = 0; j < i; j++)
                    assert_far(codes[i], codes[j], /* stem= */ 3);
            }
        }
    }
}

static void run__is_of_any_size(void **state)
{
    char codes[ORDER_CODE_RUN][ORDER_CODE_SIZE_MAX + 1];

    (void)state;
    run_read("ABCDEFGB", codes);
    assert_string_equal(codes[0], "ABCDEGH");
    run_read("AAAAAAAAAAAAAAA9C", codes);
    assert_string_equal(codes[0], "AAAAAAAAAAAAAACB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_code_size__grows_after_twenty_tries),
        cmocka_unit_test(order_code_is_clean__reads_digits_as_letters),
        cmocka_unit_test(run__has_no_two_codes_that_a_slip_confuses),
        cmocka_unit_test(run__is_of_any_size),
    };

    return cmocka_run_group_tests_name("modules/orders/code", tests, NULL, NULL);
}
