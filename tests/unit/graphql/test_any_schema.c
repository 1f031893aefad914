/* Execution by a resolver, on schemas without rules: what the specification says, over the values of fixed.h. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "graphql/error.h"
#include "graphql/fixed.h"
#include "graphql/language/parser.h"
#include "support/test.h"
#include "tessera/cleanup.h"

struct server {
    struct gql_schema *schema;
    struct ts_arena arena;
    struct buf body;
};

static void server_init(struct server *server, const char *sdl)
{
    const struct gql_source source = { .name = "schema", .text = sdl };
    const struct gql_config config = { .sources = &source,
                                       .source_count = 1,
                                       .introspection = true,
                                       .suggestions = true,
                                       .plain = true,
                                       .resolve = fixed_resolve,
                                       .limits = &fixed_limits };

    arena_init(&server->arena);
    buf_init(&server->body, 1 << 20);
    server->schema = gql_schema_new(&config, &server->body);
    if (!server->schema)
        fail_msg("%.*s", (int)server->body.size, server->body.data);
}

static void server_done(struct server *server)
{
    gql_schema_free(server->schema);
    buf_done(&server->body);
    arena_done(&server->arena);
}

static const char *ask(struct server *server, const char *query, const char *variables, const char *operation)
{
    struct gql_env env = { .arena = &server->arena, .principal = GQL_SIGNED_IN };
    struct gql_request request = { .query = query, .query_size = strlen(query), .operation_name = operation };
    struct json *parsed = NULL;
    struct json_error error;

    if (variables)
        assert_int_equal(json_parse(&server->arena, variables, strlen(variables), &parsed, &error), 0);
    request.variables = parsed;
    buf_clear(&server->body);
    (void)gql_execute(server->schema, &env, &request, &server->body);
    buf_add_char(&server->body, 0);
    return server->body.data;
}

struct row {
    const char *query, *variables, *body;
};

static void check_rows(const char *sdl, const struct row *rows, size_t count)
{
    struct server server;

    server_init(&server, sdl);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(ask(&server, rows[i].query, rows[i].variables, NULL), rows[i].body);
    server_done(&server);
}

static void gql_execute__resolves_every_kind(void **state)
{
    static const struct row rows[] = {
        { "{ int float string boolean id custom date enum }", NULL,
          "{\"data\":{\"int\":2,\"float\":3.14,\"string\":\"str\",\"boolean\":true,\"id\":\"id\",\"custom\":\"str\","
          "\"date\":\"str\",\"enum\":\"FIRST\"}}" },
        { "{ list deep objects { a } }", NULL,
          "{\"data\":{\"list\":[2,2],\"deep\":[[\"FIRST\",\"FIRST\"],[\"FIRST\",\"FIRST\"]],\"objects\":[{\"a\":2},"
          "{\"a\":2}]}}" },
        { "{ union { __typename ... on A { a } ... on B { b } } face { __typename a ... on B { b } ... on Face { c: a "
          "} } }",
          NULL,
          "{\"data\":{\"union\":{\"__typename\":\"A\",\"a\":2},\"face\":{\"__typename\":\"B\",\"a\":2,\"b\":3.14,"
          "\"c\":2}}}" },
        { "mutation { first: set(to: 1) second: set(to: 2) }", NULL, "{\"data\":{\"first\":2,\"second\":2}}" },
        { "subscription { ticks { a } }", NULL, "{\"data\":{\"ticks\":{\"a\":2}}}" },
        { "{ __type(name: \"A\") { name interfaces { name } fields { name } } none: __type(name: \"X\") { name } }",
          NULL,
          "{\"data\":{\"__type\":{\"name\":\"A\",\"interfaces\":[{\"name\":\"Face\"}],\"fields\":[{\"name\":\"a\"}]},"
          "\"none\":null}}" },
        { "{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }", NULL,
          "{\"data\":{\"__schema\":{\"queryType\":{\"name\":\"Root\"},\"mutationType\":{\"name\":\"Change\"},"
          "\"subscriptionType\":{\"name\":\"Live\"}}}}" },
    };

    (void)state;
    check_rows("schema { query: Root mutation: Change subscription: Live }"
               "type Root { int: Int float: Float! string: String boolean: Boolean id: ID custom: Any date: DateTime "
               "enum: Enum list: [Int!]! deep: [[Enum]] objects: [A] union: Union face: Face }"
               "type Change { set(to: Int): Int } type Live { ticks: A }"
               "scalar Any scalar DateTime enum Enum { FIRST SECOND } union Union = B | A "
               "interface Face { a: Int } type B implements Face { a: Int b: Float } type A implements Face { a: Int }",
               rows, TS_ARRAY_SIZE(rows));
}

static void gql_execute__conditions_keep_the_order(void **state)
{
    static const struct row rows[] = {
        { "query($f: Boolean!) { a @include(if: $f) b a }", "{\"f\":false}", "{\"data\":{\"b\":2,\"a\":2}}" },
        { "query($f: Boolean!) { a @include(if: $f) b a }", "{\"f\":true}", "{\"data\":{\"a\":2,\"b\":2}}" },
        { "query($f: Boolean!) { ...F @skip(if: $f) o { a } ...F } fragment F on Query { b o { b } }", "{\"f\":true}",
          "{\"data\":{\"o\":{\"a\":2,\"b\":2},\"b\":2}}" },
        { "query($f: Boolean!) { ...F @skip(if: $f) o { a } ...F } fragment F on Query { b o { b } }", "{\"f\":false}",
          "{\"data\":{\"b\":2,\"o\":{\"b\":2,\"a\":2}}}" },
        { "query($f: Boolean = true) { a @skip(if: $f) }", "{\"f\":null}",
          "{\"data\":null,\"errors\":[{\"message\":\"Argument \\\"if\\\" of non-null type \\\"Boolean!\\\" must not be "
          "null.\",\"locations\":[{\"line\":1,\"column\":41}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}" },
        { "query($f: Boolean = true) { b o { a @skip(if: $f) } }", "{\"f\":null}",
          "{\"data\":{\"b\":2,\"o\":null},\"errors\":[{\"message\":\"Argument \\\"if\\\" of non-null type "
          "\\\"Boolean!\\\" "
          "must not be null.\",\"locations\":[{\"line\":1,\"column\":47}],\"path\":[\"o\"],\"extensions\":{\"code\":"
          "\"BAD_USER_INPUT\"}}]}" },
    };

    (void)state;
    check_rows("type Query { a: Int b: Int o: Query }", rows, TS_ARRAY_SIZE(rows));
}

/* A condition is asked for before the type that its fragment is for. */
static void gql_execute__conditions_of_other_types_must_not_be_null(void **state)
{
#define REFUSED(column)                                                                                                \
    "{\"data\":{\"u\":null},\"errors\":[{\"message\":\"Argument \\\"if\\\" of non-null type \\\"Boolean!\\\" must "    \
    "not be "                                                                                                          \
    "null.\",\"locations\":[{\"line\":1,\"column\":" column                                                            \
    "}],\"path\":[\"u\"],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}"
    static const struct row rows[] = {
        { "query($f: Boolean = true) { u { ... on A { a } ... on B @skip(if: $f) { b } } }", "{\"f\":null}",
          REFUSED("67") },
        { "query($f: Boolean = true) { u { ... on A { a } ...F @skip(if: $f) } } fragment F on B { b }", "{\"f\":null}",
          REFUSED("63") },
        { "query($f: Boolean = true) { u { ... on A { a } ... on U @skip(if: $f) { ... on B { b } } } }",
          "{\"f\":null}", REFUSED("67") },
        { "query($f: Boolean = true) { u { ... on A { a } ... on B @skip(if: $f) { b } } }", NULL,
          "{\"data\":{\"u\":{\"a\":2}}}" },
    };
#undef REFUSED

    (void)state;
    check_rows("type Query { u: U } union U = A | B type A { a: Int } type B { b: Int }", rows, TS_ARRAY_SIZE(rows));
}

/* Right at the limit, where nothing is selected of the type. */
static void gql_execute__bounds_depth_where_nothing_is_selected(void **state)
{
    struct server server;
    struct buf query;

    (void)state;
    server_init(&server, "type Query { o: Query u: U } union U = A | B type A { a: Int } type B { b: Int }");
    for (unsigned depth = fixed_limits.depth - 3; depth < fixed_limits.depth + 3; depth++) {
        buf_init(&query, 1 << 20);
        buf_add_literal(&query, "{ ...F0 }");
        for (unsigned i = 0; i < depth; i++)
            buf_printf(&query, " fragment F%u on Query { o { ...F%u } }", i, i + 1);
        buf_printf(&query, " fragment F%u on Query { u { ... on B { b } } }", depth);
        buf_add_char(&query, 0);
        (void)ask(&server, query.data, NULL, NULL);
        assert_true((strstr(server.body.data, ERROR_DEPTH) != NULL) == (depth + 1 >= fixed_limits.depth));
        buf_done(&query);
    }
    server_done(&server);
}

#define FAILED(message, column, path)                                                                                  \
    "\"errors\":[{\"message\":\"" message "\",\"locations\":[{\"line\":1,\"column\":" column "}],\"path\":" path       \
    ",\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}"

static void gql_execute__checks_arguments(void **state)
{
    static const struct row rows[] = {
        { "query($v: Int = 1) { a(int: $v) b: a(int: 2) }", "{\"v\":null}",
          "{\"data\":{\"a\":null,\"b\":2}," FAILED(
              "Argument \\\"int\\\" of non-null type \\\"Int!\\\" must not be null.", "29", "[\"a\"]") },
        { "query($v: Int) { a(int: $v) }", NULL, "{\"data\":{\"a\":2}}" },
        { "query($v: Int = 1) { list { must(one: {n: $v}) } }", "{\"v\":null}",
          "{\"data\":{\"list\":[null,null]},\"errors\":["
          "{\"message\":\"Argument \\\"one\\\" has invalid value {n: $v}.\",\"locations\":[{\"line\":1,\"column\":39}],"
          "\"path\":[\"list\",0,\"must\"],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}},"
          "{\"message\":\"Argument \\\"one\\\" has invalid value {n: $v}.\",\"locations\":[{\"line\":1,\"column\":39}],"
          "\"path\":[\"list\",1,\"must\"],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}" },
        { "query($v: Int) { list { must(one: {n: 1, m: $v, l: [$v]}) } }", NULL,
          "{\"data\":{\"list\":[{\"must\":2},{\"must\":2}]}}" },
        { "query($v: [Int!], $o: One) { list { must(one: {n: 1, l: $v, o: $o}) } }", "{\"v\":3,\"o\":{\"x\":1}}",
          "{\"data\":{\"list\":[{\"must\":2},{\"must\":2}]}}" },
        { "query($o: One) { list { must(one: {o: $o, n: 1}) } }", "{\"o\":{\"x\":1,\"y\":2}}",
          "{\"errors\":[{\"message\":\"Variable \\\"$o\\\" got invalid value { x: 1, y: 2 }; Exactly one key must be "
          "specified for OneOf type \\\"One\\\".\",\"locations\":[{\"line\":1,\"column\":7}],\"extensions\":{\"code\":"
          "\"BAD_USER_INPUT\"}}]}" },
        { "query($e: [Enum]) { enum(e: $e) }", "{\"e\":[\"ONE\",\"ONF\",1e21,[[[1]]]]}",
          "{\"errors\":[{\"message\":\"Variable \\\"$e\\\" got invalid value \\\"ONF\\\" at \\\"e[1]\\\"; Value "
          "\\\"ONF\\\" "
          "does not exist in \\\"Enum\\\" enum. Did you mean the enum value \\\"ONE\\\"?\",\"locations\":[{\"line\":1,"
          "\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}},{\"message\":\"Variable \\\"$e\\\" got invalid "
          "value "
          "1e+21 at \\\"e[2]\\\"; Enum \\\"Enum\\\" cannot represent non-string value: "
          "1e+21.\",\"locations\":[{\"line\":1,"
          "\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}},{\"message\":\"Variable \\\"$e\\\" got invalid "
          "value "
          "[[[Array]]] at \\\"e[3]\\\"; Enum \\\"Enum\\\" cannot represent non-string value: "
          "[[[Array]]].\",\"locations\":[{"
          "\"line\":1,\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}" },
    };

    (void)state;
    check_rows("type Query { a(int: Int! = 5): Int list: [Query] must(one: In!): Int! enum(e: [Enum]): Int }"
               "input In { n: Int! = 3 m: Int l: [Int] o: One } input One @oneOf { x: Int y: Int } enum Enum { ONE }",
               rows, TS_ARRAY_SIZE(rows));
}

/* Section 3.5.2: what no finite double is near is refused. graphql-js takes such a literal, and then cannot show it. */
static void gql_execute__knows_no_infinity(void **state)
{
#define REFUSED(message, column)                                                                                       \
    "{\"errors\":[{\"message\":\"" message "\",\"locations\":[{\"line\":1,\"column\":" column                          \
    "}],\"extensions\":{\"code\":\""
    static const struct row rows[] = {
        { "{ f(x: 1e400) }", NULL,
          REFUSED("Float cannot represent non numeric value: 1e400", "8") "GRAPHQL_VALIDATION_FAILED\"}}]}" },
        { "{ f(x: -1e400) }", NULL,
          REFUSED("Float cannot represent non numeric value: -1e400", "8") "GRAPHQL_VALIDATION_FAILED\"}}]}" },
        { "query($x: Float = 1e400) { f(x: $x) }", NULL,
          REFUSED("Float cannot represent non numeric value: 1e400", "19") "GRAPHQL_VALIDATION_FAILED\"}}]}" },
        { "query($x: Float) { f(x: $x) }", "{\"x\":1e400}",
          REFUSED("Variable \\\"$x\\\" got invalid value Infinity; Float cannot represent non numeric value: Infinity",
                  "7") "BAD_USER_INPUT\"}}]}" },
        { "{ f(x: 1.7976931348623157e308) g: f(x: 1e-400) }", NULL, "{\"data\":{\"f\":3.14,\"g\":3.14}}" },
        { "query($x: Float) { f(x: $x) }", "{\"x\":-1.7976931348623157e308}", "{\"data\":{\"f\":3.14}}" },
    };
#undef REFUSED

    (void)state;
    check_rows("type Query { f(x: Float): Float }", rows, TS_ARRAY_SIZE(rows));
}

/* A block string costs its own size, not that of the text behind it. */
static void parse_executable__block_strings_cost_their_size(void **state)
{
    enum { COUNT = 2000 };
    struct ts_arena arena;
    struct error_list errors;
    struct document document;
    struct buf text;

    (void)state;
    arena_init(&arena);
    error_list_init(&errors, &arena, 1);
    buf_init(&text, 1 << 20);
    buf_add_char(&text, '{');
    for (int i = 0; i < COUNT; i++)
        buf_add_literal(&text, " echo(text: \"\"\"x\\\"\"\"y\"\"\")");
    buf_add_char(&text, '}');
    assert_true(parse_executable(&arena, text.data, text.size, &fixed_limits, &errors, &document));
    assert_string_equal(document.definitions->children->arguments->value->text, "x\"\"\"y");
    assert_true(arena.used < 40 * text.size);
    buf_done(&text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_execute__resolves_every_kind),
        cmocka_unit_test(gql_execute__conditions_keep_the_order),
        cmocka_unit_test(gql_execute__conditions_of_other_types_must_not_be_null),
        cmocka_unit_test(gql_execute__bounds_depth_where_nothing_is_selected),
        cmocka_unit_test(gql_execute__checks_arguments),
        cmocka_unit_test(gql_execute__knows_no_infinity),
        cmocka_unit_test(parse_executable__block_strings_cost_their_size),
    };

    return cmocka_run_group_tests_name("graphql/any_schema", tests, NULL, NULL);
}
