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
        cmocka_unit_test(parse_executable__block_strings_cost_their_size),
    };

    return cmocka_run_group_tests_name("graphql/any_schema", tests, NULL, NULL);
}
