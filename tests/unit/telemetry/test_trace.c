/* Spans and their ids. */
#include "telemetry/trace.h"

#include <string.h>

#include "support/test.h"

static int draws;

static void draw(struct ts_runtime *runtime, void *bytes, size_t size)
{
    (void)runtime;
    draws++;
    memset(bytes, 7, size);
}

static void assert_hex(const char *text, size_t size)
{
    assert_int_equal(strspn(text, "0123456789abcdef"), size);
    assert_int_equal(text[size], 0);
}

static void trace_begin__makes_ids_of_their_own(void **state)
{
    struct ts_runtime runtime = { .random = draw };
    struct ts_trace first, second;

    (void)state;
    draws = 0;
    trace_begin(&runtime, &first);
    trace_begin(&runtime, &second);
    assert_hex(first.trace_id, 32);
    assert_hex(first.span_id, 16);
    assert_string_equal(first.parent_id, "");
    assert_false(first.sampled);
    assert_string_not_equal(first.trace_id, second.trace_id);
    assert_string_not_equal(first.span_id, second.span_id);
    assert_int_equal(draws, 1);
}

static void trace_step__keeps_the_trace_and_names_the_parent(void **state)
{
    struct ts_runtime runtime = { .random = draw };
    struct ts_trace before = { "0123456789abcdef0123456789abcdef", "0123456789abcdef", .sampled = true },
                    after = before;

    (void)state;
    trace_step(&runtime, &after);
    assert_string_equal(after.trace_id, before.trace_id);
    assert_string_equal(after.parent_id, before.span_id);
    assert_string_not_equal(after.span_id, before.span_id);
    assert_hex(after.span_id, 16);
    assert_true(after.sampled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace_begin__makes_ids_of_their_own),
        cmocka_unit_test(trace_step__keeps_the_trace_and_names_the_parent),
    };

    return cmocka_run_group_tests_name("telemetry/trace", tests, NULL, NULL);
}
