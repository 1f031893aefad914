/* Buffers: growing, the ceiling, numbers. */
#include "base/buf.h"

#include <string.h>

#include "support/test.h"

static void assert_text(struct buf *buf, const char *text)
{
    assert_int_equal(buf->size, strlen(text));
    assert_memory_equal(buf->data, text, buf->size);
    buf_clear(buf);
}

static void buf_add__writes_what_it_is_told(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    buf_add_literal(&buf, "a");
    buf_add_string(&buf, "bc");
    buf_add_char(&buf, 'd');
    buf_add(&buf, NULL, 0);
    buf_printf(&buf, "%d", 42);
    assert_text(&buf, "abcd42");
    buf_add_int(&buf, 0);
    buf_add_int(&buf, -1);
    buf_add_int(&buf, INT64_MIN);
    buf_add_int(&buf, INT64_MAX);
    assert_text(&buf, "0-1-92233720368547758089223372036854775807");
    buf_done(&buf);
}

static void buf_add__stops_at_the_ceiling_and_says_so(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4);
    buf_add_literal(&buf, "abcd");
    assert_false(buf.full);
    buf_add_char(&buf, 'e');
    assert_true(buf.full);
    buf_cut(&buf, 2);
    assert_true(buf.full);
    assert_text(&buf, "ab");
    assert_false(buf.full);
    assert_null(buf_reserve(&buf, 5));
    assert_true(buf.full);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_add__writes_what_it_is_told),
        cmocka_unit_test(buf_add__stops_at_the_ceiling_and_says_so),
    };

    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
