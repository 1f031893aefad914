/* What two schemas differ in for clients: each class by one pair, in the words of graphql-js 17. */
#include <string.h>

#include "base/arena.h"
#include "graphql/graphql.h"
#include "support/test.h"

static struct gql_schema *schema_of(const char *sdl)
{
    const struct gql_source source = { "a.graphql", "", sdl };
    const struct gql_config config = { .sources = &source, .source_count = 1, .plain = true };
    struct gql_schema *schema;
    struct buf problems;

    buf_init(&problems, 1 << 16);
    schema = gql_schema_new(&config, &problems);
    if (!schema)
        fail_msg("%s\n%.*s", sdl, (int)problems.size, problems.data);
    buf_done(&problems);
    return schema;
}

static const struct {
    const char *before, *after;
    enum gql_change_kind kind;
    const char *class, *text; /* NULL: no change */
} rows[] = {
    { "type A { a: Int }", "type A { a: Int }", GQL_SAFE, NULL, NULL },
    /* types */
    { "type A { a: Int } type B { a: Int }", "type A { a: Int }", GQL_BREAKING, "TYPE_REMOVED", "B was removed." },
    { "type A { a: Float }", "type A { a: Int }", GQL_BREAKING, "TYPE_REMOVED",
      "Standard scalar Float was removed because it is not referenced anymore." },
    { "type A { a: Int }", "type A { a: Int } scalar S", GQL_SAFE, "TYPE_ADDED", "S was added." },
    { "type A { a: Int } scalar S", "type A { a: Int } enum S { X }", GQL_BREAKING, "TYPE_CHANGED_KIND",
      "S changed from a Scalar type to an Enum type." },
    { "type A { a: Int }", "\"new\" type A { a: Int }", GQL_SAFE, "DESCRIPTION_CHANGED",
      "Description of A has changed to \"new\"." },
    { "\"old\" type A { a: Int }", "type A { a: Int }", GQL_SAFE, "DESCRIPTION_CHANGED",
      "Description of A was removed." },
    { "type A { a: Int } union U = A", "type A { a: Int } union U = A | Query", GQL_DANGEROUS, "TYPE_ADDED_TO_UNION",
      "Query was added to union type U." },
    { "type A { a: Int } union U = A | Query", "type A { a: Int } union U = A", GQL_BREAKING, "TYPE_REMOVED_FROM_UNION",
      "Query was removed from union type U." },
    { "enum E { X }", "enum E { X Y }", GQL_DANGEROUS, "VALUE_ADDED_TO_ENUM", "Enum value E.Y was added." },
    { "enum E { X Y }", "enum E { X }", GQL_BREAKING, "VALUE_REMOVED_FROM_ENUM", "Enum value E.Y was removed." },
    { "enum E { \"a\" X }", "enum E { \"b\" X }", GQL_SAFE, "DESCRIPTION_CHANGED",
      "Description of enum value E.X has changed to \"b\"." },
    { "interface I { a: Int } type A { a: Int }", "interface I { a: Int } type A implements I { a: Int }",
      GQL_DANGEROUS, "IMPLEMENTED_INTERFACE_ADDED", "I added to interfaces implemented by A." },
    { "interface I { a: Int } type A implements I { a: Int }", "interface I { a: Int } type A { a: Int }", GQL_BREAKING,
      "IMPLEMENTED_INTERFACE_REMOVED", "A no longer implements interface I." },
    /* fields */
    { "type A { a: Int b: Int }", "type A { a: Int }", GQL_BREAKING, "FIELD_REMOVED", "Field A.b was removed." },
    { "type A { a: Int }", "type A { a: Int b: Int }", GQL_SAFE, "FIELD_ADDED", "Field A.b was added." },
    { "type A { a: Int! }", "type A { a: Int }", GQL_BREAKING, "FIELD_CHANGED_KIND",
      "Field A.a changed type from Int! to Int." },
    { "type A { a: [Int] }", "type A { a: [Int!]! }", GQL_SAFE, "FIELD_CHANGED_KIND_SAFE",
      "Field A.a changed type from [Int] to [Int!]!." },
    { "type A { a: Int }", "type A { a: [Int] }", GQL_BREAKING, "FIELD_CHANGED_KIND",
      "Field A.a changed type from Int to [Int]." },
    { "type A { \"a\" a: Int }", "type A { \"b\" a: Int }", GQL_SAFE, "DESCRIPTION_CHANGED",
      "Description of field A.a has changed to \"b\"." },
    /* arguments */
    { "type A { a(x: Int): Int }", "type A { a: Int }", GQL_BREAKING, "ARG_REMOVED", "Argument A.a(x:) was removed." },
    { "type A { a: Int }", "type A { a(x: Int!): Int }", GQL_BREAKING, "REQUIRED_ARG_ADDED",
      "A required argument A.a(x:) was added." },
    { "type A { a: Int }", "type A { a(x: Int! = 1): Int }", GQL_DANGEROUS, "OPTIONAL_ARG_ADDED",
      "An optional argument A.a(x:) was added." },
    { "type A { a(x: Int): Int }", "type A { a(x: Int!): Int }", GQL_BREAKING, "ARG_CHANGED_KIND",
      "Argument A.a(x:) has changed type from Int to Int!." },
    { "type A { a(x: [Int!]!): Int }", "type A { a(x: [Int]): Int }", GQL_SAFE, "ARG_CHANGED_KIND_SAFE",
      "Argument A.a(x:) has changed type from [Int!]! to [Int]." },
    { "type A { a(x: Int = 1): Int }", "type A { a(x: Int = 2): Int }", GQL_DANGEROUS, "ARG_DEFAULT_VALUE_CHANGE",
      "A.a(x:) has changed defaultValue from 1 to 2." },
    { "type A { a(x: Int = 1): Int }", "type A { a(x: Int): Int }", GQL_DANGEROUS, "ARG_DEFAULT_VALUE_CHANGE",
      "A.a(x:) defaultValue was removed." },
    { "type A { a(x: Int): Int }", "type A { a(x: Int = 1): Int }", GQL_SAFE, "ARG_DEFAULT_VALUE_ADDED",
      "A.a(x:) added a defaultValue 1." },
    { "type A { a(x: I = {b: 1, a: [2]}): Int } input I { a: [Int] b: Int }",
      "type A { a(x: I = {a: [2], b: 1}): Int } input I { a: [Int] b: Int }", GQL_SAFE, NULL, NULL },
    /* input fields */
    { "input I { a: Int }", "input I { a: Int b: Int! }", GQL_BREAKING, "REQUIRED_INPUT_FIELD_ADDED",
      "A required field I.b was added." },
    { "input I { a: Int }", "input I { a: Int b: Int! = 1 }", GQL_DANGEROUS, "OPTIONAL_INPUT_FIELD_ADDED",
      "An optional field I.b was added." },
    { "input I { a: Int b: Int }", "input I { a: Int }", GQL_BREAKING, "FIELD_REMOVED", "Field I.b was removed." },
    { "input I { a: Int }", "input I { a: ID }", GQL_BREAKING, "FIELD_CHANGED_KIND",
      "Field I.a changed type from Int to ID." },
    { "input I { a: Int! }", "input I { a: Int }", GQL_SAFE, "FIELD_CHANGED_KIND_SAFE",
      "Field I.a changed type from Int! to Int." },
    { "input I { a: Int = 1 }", "input I { a: Int = 2 }", GQL_DANGEROUS, "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
      "I.a has changed defaultValue from 1 to 2." },
    { "input I { a: Int }", "input I { a: Int = 2 }", GQL_SAFE, "INPUT_FIELD_DEFAULT_VALUE_ADDED",
      "I.a added a defaultValue 2." },
    /* directives */
    { "directive @d on FIELD", "scalar X", GQL_BREAKING, "DIRECTIVE_REMOVED", "Directive @d was removed." },
    { "scalar X", "directive @d on FIELD", GQL_SAFE, "DIRECTIVE_ADDED", "Directive @d was added." },
    { "directive @d(a: Int) on FIELD", "directive @d on FIELD", GQL_BREAKING, "DIRECTIVE_ARG_REMOVED",
      "Argument @d(a:) was removed." },
    { "directive @d on FIELD", "directive @d(a: Int!) on FIELD", GQL_BREAKING, "REQUIRED_DIRECTIVE_ARG_ADDED",
      "A required argument @d(a:) was added." },
    { "directive @d on FIELD", "directive @d(a: Int) on FIELD", GQL_SAFE, "OPTIONAL_DIRECTIVE_ARG_ADDED",
      "An optional argument @d(a:) was added." },
    { "directive @d repeatable on FIELD", "directive @d on FIELD", GQL_BREAKING, "DIRECTIVE_REPEATABLE_REMOVED",
      "Repeatable flag was removed from @d." },
    { "directive @d on FIELD", "directive @d repeatable on FIELD", GQL_SAFE, "DIRECTIVE_REPEATABLE_ADDED",
      "Repeatable flag was added to @d." },
    { "directive @d on FIELD | QUERY", "directive @d on FIELD", GQL_BREAKING, "DIRECTIVE_LOCATION_REMOVED",
      "QUERY was removed from @d." },
    { "directive @d on FIELD", "directive @d on FIELD | QUERY", GQL_SAFE, "DIRECTIVE_LOCATION_ADDED",
      "QUERY was added to @d." },
};

/* Rows say what they need; Query and the scalars that come and go are there already. */
static void check_row(size_t i, struct ts_arena *arena)
{
    static const char rest[] = " type Query { q(s: String, b: Boolean, i: Int, d: ID): Int }";
    struct gql_schema *before = schema_of(ts_printf(arena, "%s%s", rows[i].before, rest));
    struct gql_schema *after = schema_of(ts_printf(arena, "%s%s", rows[i].after, rest));
    const struct gql_change *change = gql_schema_diff(before, after, arena);

    if (!rows[i].class && change)
        fail_msg("%s\n%s\n  got %s", rows[i].before, rows[i].after, change->text);
    while (rows[i].class && change && strcmp(change->text, rows[i].text) != 0)
        change = change->next;
    if (rows[i].class && (!change || change->kind != rows[i].kind || strcmp(change->class, rows[i].class) != 0))
        fail_msg("%s\n%s\n  wanted %s %s\n  got %s", rows[i].before, rows[i].after, rows[i].class, rows[i].text,
                 change ? change->class : "nothing like it");
    gql_schema_free(before);
    gql_schema_free(after);
}

static void gql_schema_diff__names_each_change(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(i, &arena);
    arena_done(&arena);
}

static void gql_schema_diff__puts_breaking_changes_first(void **state)
{
    struct gql_schema *before = schema_of("enum E { A B } type Query { a: E b: Int }");
    struct gql_schema *after = schema_of("enum E { B C } type Query { a: E c: Int }");
    enum gql_change_kind last = GQL_BREAKING;
    const struct gql_change *change;
    struct ts_arena arena;
    unsigned count = 0;

    (void)state;
    arena_init(&arena);
    for (change = gql_schema_diff(before, after, &arena); change; change = change->next, count++) {
        assert_true(change->kind >= last);
        last = change->kind;
    }
    assert_int_equal(count, 4);
    assert_int_equal(last, GQL_SAFE);
    gql_schema_free(before);
    gql_schema_free(after);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_diff__names_each_change),
        cmocka_unit_test(gql_schema_diff__puts_breaking_changes_first),
    };

    return cmocka_run_group_tests_name("graphql/changes", tests, NULL, NULL);
}
