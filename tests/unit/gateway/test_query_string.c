/* The parameters of GET. */
#include "gateway/query_string.h"

#include "base/arena.h"
#include "support/test.h"
#include "tessera/err.h"

static int parse(struct ts_arena *arena, const char *text, struct query_string *ret_query)
{
    arena_init(arena);
    return query_string_parse(arena, text, ret_query);
}

static void query_string_parse__decodes_our_names(void **state)
{
    struct ts_arena arena;
    struct query_string query;

    (void)state;
    assert_int_equal(parse(&arena, "a=b&query=%7b+a%7D&operationName=&variables=%C3%A9&x=%zz", &query), 0);
    assert_string_equal(query.query, "{ a}");
    assert_string_equal(query.operation_name, "");
    assert_string_equal(query.variables, "\xc3\xa9");
    arena_done(&arena);
    assert_int_equal(parse(&arena, NULL, &query), 0);
    assert_null(query.query);
    assert_int_equal(parse(&arena, "query", &query), 0);
    assert_string_equal(query.query, "");
    arena_done(&arena);
}

static void query_string_parse__refuses_what_is_malformed(void **state)
{
    static const char *const rows[] = {
        "query=%",      "query=%4",        "query=%4g",          "query=%00",    "query=a&query=a", "query=%ff",
        "query=%c0%80", "query=%ed%a0%80", "query=%f4%90%80%80", "query=%e2%82", "variables=\x80",
    };
    struct ts_arena arena;
    struct query_string query;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (parse(&arena, rows[i], &query) != TS_EINVALID)
            fail_msg("passes: %s", rows[i]);
        arena_done(&arena);
    }
}

static void query_string_next__gives_each_in_turn(void **state)
{
    const char *text = "&code=a%20b&&state=&c+d", *name, *value;
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(query_string_next(&arena, &text, &name, &value), 1);
    assert_string_equal(name, "code");
    assert_string_equal(value, "a b");
    assert_int_equal(query_string_next(&arena, &text, &name, &value), 1);
    assert_string_equal(name, "state");
    assert_string_equal(value, "");
    assert_int_equal(query_string_next(&arena, &text, &name, &value), 1);
    assert_string_equal(name, "c d");
    assert_string_equal(value, "");
    assert_int_equal(query_string_next(&arena, &text, &name, &value), 0);
    text = "%zz=1";
    assert_int_equal(query_string_next(&arena, &text, &name, &value), TS_EINVALID);
    text = "a=%00";
    assert_int_equal(query_string_next(&arena, &text, &name, &value), TS_EINVALID);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_string_parse__decodes_our_names),
        cmocka_unit_test(query_string_parse__refuses_what_is_malformed),
        cmocka_unit_test(query_string_next__gives_each_in_turn),
    };

    return cmocka_run_group_tests_name("gateway/query_string", tests, NULL, NULL);
}
