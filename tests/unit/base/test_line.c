/* The first line of a file: whole, or not at all. */
#include "base/line.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/test.h"

enum { LINE_SIZE = 8 };

static char path[] = "/tmp/tessera-line-XXXXXX";
static char line[LINE_SIZE];

static bool read_what_is(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    memset(line, 'x', sizeof(line));
    return line_read(path, line, sizeof(line));
}

#define READ(literal) read_what_is(literal, sizeof(literal) - 1)

static void line_read__is_the_first_line_without_its_end(void **state)
{
    (void)state;
    assert_true(READ("abc\ndef\n"));
    assert_string_equal(line, "abc");
    assert_memory_equal(line + 3, "\0\0\0\0\0", 5); /* of the next nothing is kept */
    assert_true(READ("abc\r\n"));
    assert_string_equal(line, "abc");
    assert_true(READ("abc"));
    assert_string_equal(line, "abc");
    assert_true(READ("\nabc\n"));
    assert_string_equal(line, "");
}

static void line_read__cuts_nothing(void **state)
{
    (void)state;
    assert_true(READ("1234567"));
    assert_string_equal(line, "1234567");
    assert_true(READ("1234567\nmore"));
    assert_string_equal(line, "1234567");
    assert_false(READ("12345678"));
    assert_string_equal(line, "");
    assert_false(READ("12345678\n"));
    assert_string_equal(line, "");
}

static void line_read__needs_a_file_with_something_in_it(void **state)
{
    (void)state;
    assert_false(READ(""));
    assert_string_equal(line, "");
    line[0] = 'x';
    assert_false(line_read("/nowhere/at.all", line, sizeof(line)));
    assert_string_equal(line, "");
    line[0] = 'x';
    assert_false(line_read("/tmp", line, sizeof(line)));
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_read__is_the_first_line_without_its_end),
        cmocka_unit_test(line_read__cuts_nothing),
        cmocka_unit_test(line_read__needs_a_file_with_something_in_it),
    };
    int failed;

    close(mkstemp(path));
    failed = cmocka_run_group_tests_name("base/line", tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
