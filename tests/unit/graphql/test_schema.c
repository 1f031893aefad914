/*
 * Any SDL, without rules: what makes a schema and what does not (specification section 3). Messages are those that
 * graphql-js gives.
 */
#include <string.h>

#include "graphql/graphql.h"
#include "support/test.h"

/* The problems of a plain schema: "" when it is one. */
static const char *problems_of(const char *sdl)
{
    static char text[1 << 16];
    const struct gql_source source = { "a.graphql", "", sdl };
    const struct gql_config config = { .sources = &source, .source_count = 1, .plain = true };
    struct buf problems;

    buf_init(&problems, sizeof(text) - 1);
    gql_schema_free(gql_schema_new(&config, &problems));
    if (problems.size)
        memcpy(text, problems.data, problems.size);
    text[problems.size] = 0;
    buf_done(&problems);
    return text;
}

static const char *const good[] = {
    "type Query { a: Int }",
    "schema { query: Root } type Root { a(b: [[Int!]!] = [[1, 2], []]): Custom } scalar Custom",
    "\"\"\"d\"\"\" schema @a { query: Q } directive @a repeatable on SCHEMA extend schema @a { mutation: M } type Q { "
    "a: "
    "Int } type M { a: Int }",
    "type Query { a: A } extend type Query { b: Int } interface A { c: Int } interface B implements A { c: Int } "
    "type C implements B & A { c: Int! d: [B!] } extend interface A @x directive @x on INTERFACE | OBJECT "
    "extend type C @x",
    "extend scalar S @specifiedBy(url: \"https://x.example\") scalar S type Query { a(s: S = {any: [thing]}): S }",
    "union U = | A | B extend union U = C type A { a: Int } type B { a: Int } type C { a: Int } type Query { u: U }",
    "enum E { A B @deprecated } extend enum E { C @deprecated(reason: \"no\") } type Query { e(e: E = C): E }",
    "input I { a: Int! = 1 b: I c: [I!]! d: E = A } extend input I { e: Float = 1 @deprecated } enum E { A } "
    "type Query { a(i: I = {c: []}, j: Int @deprecated): Int }",
    "input I @oneOf { a: Int b: J } input J { c: I! } type Query { a(i: I = {a: 1}): Int }",
    "directive @a(b: Int! = 1, c: [E!] = [X]) repeatable on FIELD_DEFINITION | QUERY enum E { X } "
    "type Query { a: Int @a @a(b: 2, c: X) }",
    "directive @skip(if: Boolean!, why: String) on FIELD scalar Int type Query { a: Int }",
    "type Query { query: Int mutation: Int on: Int fragment(type: Int, input: Int): Int true: Int null: Int }",
    "interface N { a(b: Int): N } type T implements N { a(b: Int, c: Int = 1, d: Int): T } type Query { t: T }",
};

static const struct {
    const char *sdl, *problem;
} bad[] = {
    /* written wrongly */
    { "type Query {", "Syntax Error: Expected Name, found <EOF>." },
    { "type Query { }", "Syntax Error: Expected Name, found \"}\"." },
    { "type Query { a: Int } extend type Query", "Syntax Error: Unexpected <EOF>." },
    { "extend scalar S type Query { a: S }", "Syntax Error: Unexpected Name \"type\"." },
    { "enum E { true }", "Syntax Error: Name \"true\" is reserved and cannot be used for an enum value." },
    { "directive @a on SOMEWHERE", "Syntax Error: Unexpected Name \"SOMEWHERE\"." },
    { "\"a\" extend type Query { a: Int }",
      "Syntax Error: Unexpected description, only GraphQL definitions support descriptions." },
    { "schema @a", "Syntax Error: Expected \"{\", found <EOF>." },
    { "schema { \"x\": Q }", "Syntax Error: Expected Name, found String \"x\"." },
    { "query { a }", "Syntax Error: Unexpected Name \"query\"." },
    { "type Query { a(b: Int = $c): Int }", "Syntax Error: Unexpected variable \"$c\" in constant value." },
    /* names */
    { "type A { a: Int }\ntype A { b: Int } type Query { a: A }",
      "a.graphql:2: There can be only one type named \"A\"." },
    { "type Query { a: Int } type Query { b: Int }", "There can be only one type named \"Query\"." },
    { "type Query { a: Int a: Int }", "Field \"Query.a\" can only be defined once." },
    { "type Query { a: Int } extend type Query { a: Int }", "Field \"Query.a\" can only be defined once." },
    { "input I { a: Int a: Int } type Query { a(i: I): Int }", "Field \"I.a\" can only be defined once." },
    { "enum E { A A } type Query { a: E }", "Enum value \"E.A\" can only be defined once." },
    { "type Query { a(b: Int, b: Int): Int }", "Argument \"Query.a(b:)\" can only be defined once." },
    { "directive @a(b: Int, b: Int) on FIELD type Query { a: Int }", "Argument \"@a(b:)\" can only be defined once." },
    { "directive @a on FIELD directive @a on FIELD type Query { a: Int }",
      "There can be only one directive named \"@a\"." },
    { "schema { query: Q } schema { query: Q } type Q { a: Int }", "Must provide only one schema definition." },
    { "schema { query: Q query: Q } type Q { a: Int }", "There can be only one query type in schema." },
    { "type Query { a: Itn }", "Unknown type \"Itn\". Did you mean \"Int\" or \"ID\"?" },
    { "schema { query: Q }", "Unknown type \"Q\"." },
    { "union U = A type Query { a: U }", "Unknown type \"A\"." },
    { "type Query implements I { a: Int }", "Unknown type \"I\"." },
    { "extend type Queri { a: Int } type Query { a: Int }",
      "Cannot extend type \"Queri\" because it is not defined. Did you mean \"Query\"?" },
    { "extend input Query { a: Int } type Query { a: Int }", "Cannot extend non-input object type \"Query\"." },
    { "type __A { a: Int } type Query { a: __A }",
      "Name \"__A\" must not begin with \"__\", which is reserved by GraphQL introspection." },
    { "type Query { __a: Int }", "Name \"__a\" must not begin with \"__\"" },
    { "type Query { a(__b: Int): Int }", "Name \"__b\" must not begin with \"__\"" },
    { "enum E { __A } type Query { a: E }", "Name \"__A\" must not begin with \"__\"" },
    { "directive @__a on FIELD type Query { a: Int }", "Name \"__a\" must not begin with \"__\"" },
    /* directives as applied */
    { "type Query { a: Int @b }", "Unknown directive \"@b\"." },
    { "type Query { a: Int @oneOf }", "Directive \"@oneOf\" may not be used on FIELD_DEFINITION." },
    { "type Query @deprecated { a: Int }", "Directive \"@deprecated\" may not be used on OBJECT." },
    { "type Query { a: Int @deprecated @deprecated }",
      "The directive \"@deprecated\" can only be used once at this location." },
    { "scalar S @specifiedBy(url: \"a\") extend scalar S @specifiedBy(url: \"b\") type Query { a: S }",
      "The directive \"@specifiedBy\" can only be used once at this location." },
    { "scalar S @specifiedBy type Query { a: S }",
      "Directive \"@specifiedBy\" argument \"url\" of type \"String!\" is required, but it was not provided." },
    { "type Query { a: Int @deprecated(raison: \"a\") }",
      "Unknown argument \"raison\" on directive \"@deprecated\". Did you mean \"reason\"?" },
    { "type Query { a: Int @deprecated(reason: \"a\", reason: \"b\") }",
      "There can be only one argument named \"reason\"." },
    { "type Query { a: Int @deprecated(reason: 1) }",
      "Argument @deprecated(reason:) has an invalid value: String cannot represent a non string value: 1" },
    { "directive @a(b: I) on OBJECT input I { c: Int } type Query @a(b: {c: 1, c: 2}) { a: Int }",
      "There can be only one input field named \"c\"." },
    { "directive @a(b: Int @a) on ARGUMENT_DEFINITION type Query { a: Int }",
      "Directive @a must not reference itself, directly or through others." },
    { "directive @a(b: I) on INPUT_FIELD_DEFINITION input I { c: Int @a } type Query { a: Int }",
      "Directive @a must not reference itself, directly or through others." },
    { "directive @a(c: Int @b) on ARGUMENT_DEFINITION directive @b(c: Int @a) on ARGUMENT_DEFINITION "
      "type Query { a: Int }",
      "Directive @b must not reference itself, directly or through others." },
    /* roots */
    { "type A { a: Int }", "Query root type must be provided." },
    { "schema { mutation: A } type A { a: Int } type Query { a: Int }", "Query root type must be provided." },
    { "input Query { a: Int }", "Query root type must be Object type, it cannot be Query." },
    { "schema { query: Q mutation: M } type Q { a: Int } scalar M",
      "Mutation root type must be Object type if provided, it cannot be M." },
    { "schema { query: Q mutation: Q } type Q { a: Int }",
      "All root types must be different, \"Q\" type is used as query and mutation root types." },
    /* parts */
    { "type Query", "Type Query must define one or more fields." },
    { "interface A type Query { a: A }", "Type A must define one or more fields." },
    { "union A type Query { a: A }", "Union type A must define one or more member types." },
    { "enum A type Query { a: A }", "Enum type A must define one or more values." },
    { "input A type Query { a(a: A): Int }", "Input Object type A must define one or more fields." },
    { "input I { a: Int } type Query { a: [I!] }", "The type of Query.a must be Output Type but got: [I!]." },
    { "type Query { a(q: Query!): Int }", "The type of Query.a(q:) must be Input Type but got: Query!." },
    { "input I { a: Query } type Query { a(i: I): Int }", "The type of I.a must be Input Type but got: Query." },
    { "directive @a(q: Query) on FIELD type Query { a: Int }",
      "The type of @a(q:) must be Input Type but got: Query." },
    { "union U = A | A type A { a: Int } type Query { u: U }", "Union type U can only include type A once." },
    { "union U = Int type Query { u: U }", "Union type U can only include Object types, it cannot include Int." },
    { "type Query { a(b: Int! @deprecated): Int }", "Required argument Query.a(b:) cannot be deprecated." },
    { "input I { a: Int! @deprecated } type Query { a(i: I): Int }", "Required input field I.a cannot be deprecated." },
    { "input I @oneOf { a: Int! } type Query { a(i: I): Int }", "OneOf input field I.a must be nullable." },
    { "input I @oneOf { a: Int = 1 } type Query { a(i: I): Int }",
      "OneOf input field I.a cannot have a default value." },
    /* interfaces */
    { "type Query implements Query { a: Int }",
      "Type Query must only implement Interface types, it cannot implement Query." },
    { "interface A implements A { a: Int } type Query { a: A }",
      "Type A cannot implement itself because it would create a circular reference." },
    { "interface A { a: Int } type Query implements A & A { a: Int }", "Type Query can only implement A once." },
    { "interface A implements B { a: Int } interface B implements A { a: Int } type Query { a: A }",
      "Type A cannot implement B because it would create a circular reference." },
    { "interface A { a: Int } interface B implements A { a: Int } type Query implements B { a: Int }",
      "Type Query must implement A because it is implemented by B." },
    { "interface A { b: Int } type Query implements A { a: Int }",
      "Interface field A.b expected but Query does not provide it." },
    { "interface A { a: Int! } type Query implements A { a: Int }",
      "Interface field A.a expects type Int! but Query.a is type Int." },
    { "interface A { a: [A] } type Query implements A { a: A }",
      "Interface field A.a expects type [A] but Query.a is type A." },
    { "interface A { a(b: Int): Int } type Query implements A { a: Int }",
      "Interface field argument A.a(b:) expected but Query.a does not provide it." },
    { "interface A { a(b: Int): Int } type Query implements A { a(b: Int!): Int }",
      "Interface field argument A.a(b:) expects type Int but Query.a(b:) is type Int!." },
    { "interface A { a: Int } type Query implements A { a(b: Int!): Int }",
      "Object field Query.a includes required argument b that is missing from the Interface field A.a." },
    /* defaults */
    { "type Query { a(b: Int = \"c\"): Int }",
      "Query.a(b:) has invalid default value: Int cannot represent non-integer value: \"c\"" },
    { "type Query { a(b: Int! = null): Int }",
      "Query.a(b:) has invalid default value: Expected value of non-null type \"Int!\" not to be null." },
    { "type Query { a(b: [[Int]] = [[1], [2, x]]): Int }",
      "Query.a(b:) has invalid default value at [1][1]: Int cannot represent non-integer value: x" },
    { "input I { c: E } enum E { A } type Query { a(b: I = {c: B}): Int }",
      "Query.a(b:) has invalid default value at .c: Value \"B\" does not exist in \"E\" enum." },
    { "input I { c: Int! } type Query { a(b: I = {}): Int }", "to include required field \"c\", found: {}." },
    { "input I { c: Int } type Query { a(b: I = {d: 1}): Int }", "not to include unknown field \"d\"" },
    { "input I { c: Int } type Query { a(b: I = 1): Int }", "Expected value of type \"I\" to be an object, found: 1." },
    { "input I @oneOf { c: Int d: Int } type Query { a(b: I = {c: 1, d: 2}): Int }",
      "Within OneOf Input Object type \"I\", exactly one field must be specified" },
    { "directive @a(b: Int = 1.5) on FIELD type Query { a: Int }", "@a(b:) has invalid default value" },
    /* circles */
    { "input I { a: I! } type Query { a(i: I): Int }",
      "Cannot reference Input Object \"I\" within itself through a series of non-null fields: \"a\"." },
    { "input I { a: J! } input J { x: Int b: K! } input K { c: I! } type Query { a(i: I): Int }",
      "Cannot reference Input Object \"I\" within itself through a series of non-null fields: \"a.b.c\"." },
    { "input I @oneOf { a: J } input J { b: I! } type Query { a(i: I): Int }",
      "Input Object I cannot be provided a finite value because it references itself through fields: I.a, J.b." },
    { "input I { a: I = {} } type Query { a(i: I): Int }",
      "Invalid circular reference. The default value of Input Object field I.a references itself." },
    { "input I { a: J = {} } input J { b: [I] = [{}] } type Query { a(i: I): Int }",
      "The default value of Input Object field I.a references itself via the default values of: J.b." },
};

static void gql_schema_new__takes_any_sdl(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *problems = problems_of(good[i]);

        if (*problems)
            fail_msg("%s\n  got %s", good[i], problems);
    }
}

static void gql_schema_new__names_what_is_no_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *problems = problems_of(bad[i].sdl);

        if (!strstr(problems, bad[i].problem))
            fail_msg("%s\n  wanted %s\n  got %s", bad[i].sdl, bad[i].problem, problems);
    }
}

/* All of one stage are told at once. */
static void gql_schema_new__tells_every_problem(void **state)
{
    const char *problems = problems_of("type Query { a(b: Int = x): Nothing\n c: Any\n d: Int @e }");

    (void)state;
    assert_non_null(strstr(problems, "a.graphql:1: Unknown type \"Nothing\"."));
    assert_non_null(strstr(problems, "a.graphql:2: Unknown type \"Any\"."));
    assert_non_null(strstr(problems, "a.graphql:3: Unknown directive \"@e\"."));
    problems = problems_of("type Query { a(b: Int = x): Int\n c(d: Int! @deprecated): Int }\n union U");
    assert_non_null(strstr(problems, "Query.a(b:) has invalid default value"));
    assert_non_null(strstr(problems, "Required argument Query.c(d:)"));
    assert_non_null(strstr(problems, "Union type U must define"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_new__takes_any_sdl),
        cmocka_unit_test(gql_schema_new__names_what_is_no_schema),
        cmocka_unit_test(gql_schema_new__tells_every_problem),
    };

    return cmocka_run_group_tests_name("graphql/schema", tests, NULL, NULL);
}
