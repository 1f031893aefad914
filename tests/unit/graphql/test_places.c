/*
 * Errors with their places, as graphql-js 17 tells them (of coercion, in the words of 16): rules whose errors name
 * several places or one that is not where the walk stands.
 */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "graphql/fixed.h"
#include "graphql/graphql.h"
#include "support/test.h"

static const char sdl[] = "schema { query: Query subscription: Live } "
                          "type Query { a(x: Int y: [Int] in: In one: One): Int union: Union } "
                          "type Other { c: Int } union Union = Query | Other "
                          "type Live { a: Int b: Int } "
                          "input In { x: Int! = 1 one: One } input One @oneOf { x: Int y: String in: In }";

static struct gql_schema *schema;
static struct ts_arena arena;
static struct buf body;

static int setup(void **state)
{
    const struct gql_source source = { .name = "schema", .text = sdl };
    const struct gql_config config = { .sources = &source,
                                       .source_count = 1,
                                       .suggestions = true,
                                       .plain = true,
                                       .resolve = fixed_resolve,
                                       .limits = &fixed_limits };

    (void)state;
    arena_init(&arena);
    buf_init(&body, 1 << 20);
    schema = gql_schema_new(&config, &body);
    return schema ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    gql_schema_free(schema);
    buf_done(&body);
    arena_done(&arena);
    return 0;
}

static struct json *parse(const char *text)
{
    struct json_error error;
    struct json *json;

    assert_int_equal(json_parse(&arena, text, strlen(text), &json, &error), 0);
    return json;
}

/* The errors of a response, a line each: "1:7 1:29 message". */
static const char *errors_of(const char *response)
{
    const struct json *errors = json_find(parse(response), "errors");
    const char *text = "";

    for (const struct json *error = errors ? errors->first : NULL; error; error = error->next) {
        const struct json *places = json_find(error, "locations");

        for (const struct json *place = places ? places->first : NULL; place; place = place->next)
            text =
                ts_printf(&arena, "%s%s:%s ", text, json_find(place, "line")->text, json_find(place, "column")->text);
        text = ts_printf(&arena, "%s%s\n", text, json_find(error, "message")->text);
    }
    return text;
}

struct row {
    const char *query, *errors, *variables;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct gql_env env = { .arena = &arena, .principal = GQL_SIGNED_IN };
        struct gql_request request = { .query = rows[i].query, .query_size = strlen(rows[i].query) };

        request.variables = rows[i].variables ? parse(rows[i].variables) : NULL;
        buf_clear(&body);
        (void)gql_execute(schema, &env, &request, &body);
        buf_add_char(&body, 0);
        if (strcmp(errors_of(body.data), rows[i].errors) != 0)
            fail_msg("%s\n  wanted\n%s  got\n%s", rows[i].query, rows[i].errors, errors_of(body.data));
    }
}

static void known_operation_types__names_the_operation(void **state)
{
    static const struct row rows[] = {
        { "mutation { a }", "1:1 The mutation operation is not supported by the schema.\n" },
        { "mutation M { a } query Q { a }", "1:1 The mutation operation is not supported by the schema.\n" },
        { "{ a }\nmutation M { a }", "1:1 This anonymous operation must be the only defined operation.\n"
                                     "2:1 The mutation operation is not supported by the schema.\n" },
        { "\"Why.\" mutation M { nothing }", "1:1 The mutation operation is not supported by the schema.\n" },
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Fields group by their response name; all but the first group are too many. */
static void single_field_subscriptions__names_all_of_a_group(void **state)
{
    static const struct row rows[] = {
        { "subscription { a }", "" },
        { "subscription { x: a\n x: a }", "" },
        { "subscription { a b }", "1:18 Anonymous Subscription must select only one top level field.\n" },
        { "subscription S { a b a x: b b }",
          "1:20 1:29 1:24 Subscription \"S\" must select only one top level field.\n" },
        { "subscription S { ... on Live { a } ... on Live { b } ... { x: a } }",
          "1:50 1:60 Subscription \"S\" must select only one top level field.\n" },
        { "subscription { ...F } fragment F on Live { a ...G } fragment G on Live { b a }",
          "1:74 Anonymous Subscription must select only one top level field.\n" },
        { "subscription { __typename x: __typename __typename }",
          "1:27 Anonymous Subscription must select only one top level field.\n"
          "1:16 1:41 Anonymous Subscription must not select an introspection top level field.\n"
          "1:27 Anonymous Subscription must not select an introspection top level field.\n" },
        { "subscription { a } subscription T { a b }",
          "1:1 This anonymous operation must be the only defined operation.\n"
          "1:39 Subscription \"T\" must select only one top level field.\n" },
        { "subscription { a @skip(if: true) b @include(if: true) @skip(if: false) ...F @include(if: false) } "
          "fragment F on Live { a }",
          "1:18 1:55 1:77 Anonymous Subscription must not use `@skip` or `@include` directives in the top level "
          "selection.\n" },
        { "subscription { ...F } fragment F on Live { ... @skip(if: false) { a } b __typename }",
          "1:48 Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.\n" },
        { "subscription S { ... on Query { a } }",
          "1:16 Subscription \"S\" must select one top level field.\n"
          "1:18 Fragment cannot be spread here as objects of type \"Live\" can never be of type \"Query\".\n" },
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void values_of_correct_type__one_of_names_the_object(void **state)
{
    static const struct row rows[] = {
        { "{ a(one: {y: \"a\"}) }", "" },
        { "{ a(one: {}) }", "1:10 OneOf Input Object \"One\" must specify exactly one key.\n" },
        { "{ a(one: {x: 1, y: \"a\"}) }", "1:10 OneOf Input Object \"One\" must specify exactly one key.\n" },
        { "{ a(in: {one: {x: 1, in: {one: {}}}}) }",
          "1:15 OneOf Input Object \"One\" must specify exactly one key.\n"
          "1:32 OneOf Input Object \"One\" must specify exactly one key.\n" },
        { "{ a(one: {x: null}) }", "1:10 Field \"One.x\" must be non-null.\n" },
        { "{ a(one: {x: 1, x: 2}) }", "1:11 1:17 There can be only one input field named \"x\".\n" },
        { "{ a(one: {z: 1}) }", "1:11 Field \"z\" is not defined by type \"One\". Did you mean \"x\" or \"y\"?\n" },
    };

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* The variable where it is defined, then where it is used. */
static void variables_in_allowed_position__one_of_wants_what_is_not_null(void **state)
{
#define NULLABLE(type)                                                                                                 \
    "Variable \"$v\" is of type \"" type "\" but must be non-nullable to be used for OneOf Input Object \"One\".\n"
    static const struct row rows[] = {
        { "query($v: Int!) { a(one: {x: $v}) }", "", "{\"v\":1}" },
        { "query($v: Int) { a(one: {x: $v}) }", "1:7 1:29 " NULLABLE("Int") },
        { "query($v: Int = 1) { a(one: {x: $v}) }", "1:7 1:33 " NULLABLE("Int") },
        { "query($v: Int) { a(in: {one: {x: $v}}) }", "1:7 1:34 " NULLABLE("Int") },
        { "query($v: Int) { ...F } fragment F on Query { a(one: {x: $v}) }", "1:7 1:58 " NULLABLE("Int") },
        { "query($v: Int) { a(one: {x: $v, y: \"a\"}) }",
          "1:25 OneOf Input Object \"One\" must specify exactly one key.\n1:7 1:29 " NULLABLE("Int") },
        { "query($v: Int!, $w: String!) { a(one: {x: $v, y: $w}) }",
          "1:39 OneOf Input Object \"One\" must specify exactly one key.\n", "{\"v\":1,\"w\":\"a\"}" },
        { "query($v: String) { a(one: {x: $v}) }",
          "1:7 1:32 Variable \"$v\" of type \"String\" used in position expecting type \"Int\".\n"
          "1:7 1:32 " NULLABLE("String") },
    };
#undef NULLABLE

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Values of variables: at the variable's definition, with the way into the value. */
static void variables_coerce__one_of_has_one_key(void **state)
{
#define QUERY "query($o: One) { a(one: $o) }"
    static const struct row rows[] = {
        { QUERY, "", "{\"o\":{\"x\":1}}" },
        { QUERY, "", "{}" },
        { QUERY,
          "1:7 Variable \"$o\" got invalid value {}; Exactly one key must be specified for OneOf type \"One\".\n",
          "{\"o\":{}}" },
        { QUERY,
          "1:7 Variable \"$o\" got invalid value { x: 1, y: null }; Exactly one key must be specified for OneOf type "
          "\"One\".\n",
          "{\"o\":{\"x\":1,\"y\":null}}" },
        { QUERY, "1:7 Variable \"$o\" got invalid value null at \"o.x\"; Field \"x\" must be non-null.\n",
          "{\"o\":{\"x\":null}}" },
        { QUERY,
          "1:7 Variable \"$o\" got invalid value { z: 1 }; Field \"z\" is not defined by type \"One\". Did you mean "
          "\"x\" or \"y\"?\n"
          "1:7 Variable \"$o\" got invalid value { z: 1 }; Exactly one key must be specified for OneOf type \"One\".\n",
          "{\"o\":{\"z\":1}}" },
        { QUERY,
          "1:7 Variable \"$o\" got invalid value \"a\" at \"o.x\"; Int cannot represent non-integer value: \"a\"\n",
          "{\"o\":{\"x\":\"a\"}}" },
        { QUERY,
          "1:7 Variable \"$o\" got invalid value {} at \"o.in.one\"; Exactly one key must be specified for OneOf type "
          "\"One\".\n",
          "{\"o\":{\"in\":{\"one\":{}}}}" },
        { "query($o: One = {x: 1, y: \"a\"}) { a(one: $o) }",
          "1:17 OneOf Input Object \"One\" must specify exactly one key.\n" },
        { "query($o: One!) { a(one: $o) }", "1:7 Variable \"$o\" of required type \"One!\" was not provided.\n" },
    };
#undef QUERY

    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_operation_types__names_the_operation),
        cmocka_unit_test(single_field_subscriptions__names_all_of_a_group),
        cmocka_unit_test(values_of_correct_type__one_of_names_the_object),
        cmocka_unit_test(variables_in_allowed_position__one_of_wants_what_is_not_null),
        cmocka_unit_test(variables_coerce__one_of_has_one_key),
    };

    return cmocka_run_group_tests_name("graphql/places", tests, setup, teardown);
}
