/* Values as error messages show them: as graphql-js does while they are small, and never more work than is shown. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "graphql/execution/inspect.h"
#include "graphql/language/ast.h"
#include "graphql/language/printer.h"
#include "support/test.h"

enum { TEXT_SIZE_MAX = 1 << 20, SHOWN_SIZE_MAX = 1100 };

static struct ts_arena arena;
static struct buf text;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&text, TEXT_SIZE_MAX);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_done(&text);
    arena_done(&arena);
    return 0;
}

static const struct json *parse(const char *bytes, size_t size)
{
    struct json_error error;
    struct json *json;

    if (json_parse(&arena, bytes, size, &json, &error))
        fail_msg("%s at %zu of %.200s", error.message, error.offset, bytes);
    return json;
}

static void json_inspect__shows_what_graphql_js_shows(void **state)
{
    static const struct {
        const char *json, *shown;
    } rows[] = {
        { "null", "null" },
        { "true", "true" },
        { "\"a \\\"b\\\"\"", "\"a \\\"b\\\"\"" },
        { "[]", "[]" },
        { "{}", "{}" },
        { "[1, [2, [3]]]", "[1, [2, [Array]]]" },
        { "{\"a\": {\"b\": {\"c\": 1}}}", "{ a: { b: [Object] } }" },
        { "[1,2,3,4,5,6,7,8,9,10]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" },
        { "[1,2,3,4,5,6,7,8,9,10,11]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ... 1 more item]" },
        { "[1,2,3,4,5,6,7,8,9,10,11,12]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ... 2 more items]" },
        { "[0, -0, 1.0, -1.5, 0.1, 1e21, 123456789012345680000, 1e-7, 0.000001]",
          "[0, 0, 1, -1.5, 0.1, 1e+21, 123456789012345680000, 1e-7, 0.000001]" },
        { "[0.1234567890123456, 0.30000000000000004, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e999]",
          "[0.1234567890123456, 0.30000000000000004, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e+308, "
          "Infinity]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(json_inspect(&arena, parse(rows[i].json, strlen(rows[i].json))), rows[i].shown);
}

/* `count` times a piece, which may hold one %u: its number. */
static void repeat(const char *before, const char *piece, unsigned count, const char *after)
{
    const char *number = strstr(piece, "%u");

    buf_clear(&text);
    buf_add_string(&text, before);
    for (unsigned i = 0; i < count; i++) {
        buf_add(&text, piece, number ? (size_t)(number - piece) : strlen(piece));
        if (number) {
            buf_add_int(&text, i);
            buf_add_string(&text, number + 2);
        }
    }
    buf_add_string(&text, after);
}

/* Ten times as much of it is shown in the same words, for as much of the arena. */
static void json_inspect__costs_what_it_shows(void **state)
{
    static const struct {
        const char *before, *piece, *after;
    } rows[] = {
        { "{", "\"a%u\":1.5,", "\"b\":1}" },
        { "{", "\"a%u\":{\"b\":0.1,\"c\":[0.1,0.2]},", "\"b\":1}" },
        { "{\"a\":{", "\"a%u\":0.1,", "\"b\":1}}" },
        { "[{", "\"a%u\":0.1,", "\"b\":1}]" },
        { "[\"", "x", "\"]" },
        { "{\"a\":\"", "\\u0001\\\"\xC3\xA9", "\"}" },
        { "{\"", "x", "\":0.1}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json *few, *many;
        const char *shown;
        size_t used[3];

        repeat(rows[i].before, rows[i].piece, 3000, rows[i].after);
        few = parse(text.data, text.size);
        repeat(rows[i].before, rows[i].piece, 30000, rows[i].after);
        many = parse(text.data, text.size);
        used[0] = arena.used;
        shown = json_inspect(&arena, few);
        used[1] = arena.used;
        assert_string_equal(json_inspect(&arena, many), shown);
        used[2] = arena.used;
        assert_int_equal(used[2] - used[1], used[1] - used[0]);
        assert_in_range(strlen(shown), SHOWN_SIZE_MAX / 2, SHOWN_SIZE_MAX);
        assert_string_equal(shown + strlen(shown) - 3, "...");
    }
}

/* A string that is cut shows its beginning, and no half of a character. */
static void json_inspect__cuts_between_characters(void **state)
{
    (void)state;
    for (unsigned before = 0; before < 3; before++) {
        const char *shown;
        size_t size;

        repeat(before == 0 ? "\"" : before == 1 ? "\"a" : "\"ab", "\xE4\xB8\x89", 5000, "\"");
        shown = json_inspect(&arena, parse(text.data, text.size));
        size = strlen(shown);
        assert_in_range(size, SHOWN_SIZE_MAX / 2, SHOWN_SIZE_MAX);
        assert_memory_equal(shown + size - 6, "\xE4\xB8\x89...", 6);
    }
}

/* The same of literals. */
static void value_text__cuts_between_characters(void **state)
{
    struct node node = { .kind = NODE_STRING };
    const char *shown;

    (void)state;
    for (unsigned block = 0; block < 2; block++) {
        repeat("", "\xE4\xB8\x89", 5000, "");
        buf_add_char(&text, 0);
        node.text = text.data;
        node.flag = block;
        shown = value_text(&arena, &node);
        assert_in_range(strlen(shown), 150, 210);
        assert_memory_equal(shown + strlen(shown) - 6, "\xE4\xB8\x89...", 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_inspect__shows_what_graphql_js_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(json_inspect__costs_what_it_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(json_inspect__cuts_between_characters, setup, teardown),
        cmocka_unit_test_setup_teardown(value_text__cuts_between_characters, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/inspect", tests, NULL, NULL);
}
