/* Schemas as text: descriptions as block strings where one can hold them, and the same after being read again. */
#include <string.h>

#include "graphql/graphql.h"
#include "graphql/type/schema.h"
#include "support/test.h"

enum { TEXT_SIZE_MAX = 1 << 16 };

static struct gql_schema *schema_new(const char *sdl)
{
    const struct gql_source source = { "a.graphql", "", sdl };
    const struct gql_config config = { .sources = &source, .source_count = 1, .plain = true };
    struct gql_schema *schema;
    struct buf problems;

    buf_init(&problems, TEXT_SIZE_MAX);
    schema = gql_schema_new(&config, &problems);
    if (!schema)
        fail_msg("%s\n%.*s", sdl, (int)problems.size, problems.data);
    buf_done(&problems);
    return schema;
}

/* Terminated, until the buf is done. */
static const char *print(const struct gql_schema *schema, struct buf *text)
{
    buf_clear(text);
    gql_schema_print(schema, text);
    buf_add_char(text, 0);
    return text->data;
}

/* How a description is written in SDL, and printed. */
static const struct {
    const char *written, *printed;
} rows[] = {
    { "\"What.\"", "\"\"\"\nWhat.\n\"\"\"\n" },
    { "\"What.\\n\\n  And why.\"", "\"\"\"\nWhat.\n\n  And why.\n\"\"\"\n" },
    { "\"  What.\\nAnd why.\"", "\"\"\"\n  What.\nAnd why.\n\"\"\"\n" },
    { "\"a\\tb \\\\ c\"", "\"\"\"\na\tb \\ c\n\"\"\"\n" },
    { "\"ends in \\\\\"", "\"\"\"\nends in \\\n\"\"\"\n" },
    { "\"ends in \\\"\"", "\"\"\"\nends in \"\n\"\"\"\n" },
    { "\"has \\\"\\\"\\\" in it\"", "\"\"\"\nhas \\\"\"\" in it\n\"\"\"\n" },
    { "\"\\u00e9 \\u{1F600}\"", "\"\"\"\n\xC3\xA9 \xF0\x9F\x98\x80\n\"\"\"\n" },
    /* what a block string would lose */
    { "\"\"", "\"\"\n" },
    { "\" \"", "\" \"\n" },
    { "\"\\nWhat.\"", "\"\\nWhat.\"\n" },
    { "\"What.\\n\"", "\"What.\\n\"\n" },
    { "\"What.\\n \\t\"", "\"What.\\n \\u0009\"\n" },
    { "\" What.\"", "\" What.\"\n" },
    { "\"  What.\\n    And why.\"", "\"  What.\\n    And why.\"\n" },
    { "\"a\\rb\"", "\"a\\u000db\"\n" },
    { "\"a\\u0007b\"", "\"a\\u0007b\"\n" },
};

static void gql_schema_print__chooses_what_keeps_a_description(void **state)
{
    struct buf text, again;

    (void)state;
    buf_init(&text, TEXT_SIZE_MAX);
    buf_init(&again, TEXT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct gql_schema *first, *second;
        struct buf sdl;

        buf_init(&sdl, TEXT_SIZE_MAX);
        buf_printf(&sdl, "%s type Query { %s a(%s b: Int): Int } %s enum E { %s X }", rows[i].written, rows[i].written,
                   rows[i].written, rows[i].written, rows[i].written);
        first = schema_new(sdl.data);
        buf_clear(&sdl);
        buf_printf(&sdl, "%stype Query {\n", rows[i].printed);
        assert_memory_equal(print(first, &text), sdl.data, sdl.size);
        second = schema_new(text.data);
        assert_string_equal(print(second, &again), text.data);
        assert_string_equal(schema_type(second, "Query")->description, schema_type(first, "Query")->description);
        assert_string_equal(schema_type(second, "Query")->fields[0].arguments[0].description,
                            schema_type(first, "Query")->description);
        gql_schema_free(first);
        gql_schema_free(second);
        buf_done(&sdl);
    }
    buf_done(&text);
    buf_done(&again);
}

static void gql_schema_print__indents_what_is_inside(void **state)
{
    struct gql_schema *schema =
        schema_new("\"T\" type Query { \"A\\n\\n  a\" a: Int \" b\" b(\"C\" c: Int, d: Int): Int }");
    struct buf text;

    (void)state;
    buf_init(&text, TEXT_SIZE_MAX);
    assert_string_equal(print(schema, &text),
                        "\"\"\"\nT\n\"\"\"\ntype Query {\n"
                        "  \"\"\"\n  A\n\n    a\n  \"\"\"\n  a: Int\n"
                        "  \" b\"\n  b(\n    \"\"\"\n    C\n    \"\"\"\n    c: Int\n    d: Int\n  ): Int\n}\n");
    gql_schema_free(schema);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_print__chooses_what_keeps_a_description),
        cmocka_unit_test(gql_schema_print__indents_what_is_inside),
    };

    return cmocka_run_group_tests_name("graphql/print", tests, NULL, NULL);
}
