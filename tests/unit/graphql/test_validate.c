/*
 * Every rule by at least one document that breaks it and one that does not; messages as other engines word them. Each
 * row runs through the front, so that nothing refused here ever reaches a plan.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"
#include "support/test.h"

static struct shop shop;

static int setup(void **state)
{
    (void)state;
    shop_init(&shop);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shop_done(&shop);
    return 0;
}

static const struct {
    const char *query;
    const char *message; /* NULL: valid */
} rows[] = {
    /* language */
    { "", "Syntax Error: Unexpected <EOF>." },
    { "{", "Syntax Error: Expected Name, found <EOF>." },
    { "{ item }}", "Syntax Error: Unexpected \\\"}\\\"." },
    { "{ }", "Syntax Error: Expected Name, found \\\"}\\\"." },
    { "{ item(id: ) { id } }", "Syntax Error: Unexpected \\\")\\\"." },
    { "{ item(id: \"a) { id } }", "Syntax Error: Unterminated string." },
    { "{ item(id: \"\\q\") { id } }", "Syntax Error: Invalid character escape sequence: \\\"\\\\q\\\"." },
    { "{ item(id: \"\\ud83d\") { id } }", "Syntax Error: Invalid Unicode escape sequence: \\\"\\\\ud83d\\\"." },
    { "{ item(id: \"\\u0000\") { id } }", "Syntax Error: The character U+0000 is not accepted in strings." },
    { "{ item(id: 00) { id } }", "Syntax Error: Invalid number, unexpected digit after 0: \\\"0\\\"." },
    { "{ item(id: 1.) { id } }", "Syntax Error: Invalid number, expected digit but got: \\\")\\\"." },
    { "{ item(id: 1a) { id } }", "Syntax Error: Invalid number, expected digit but got: \\\"a\\\"." },
    { "{ item(id: 'a') { id } }", "did you mean to use a double quote" },
    { "{ item? }", "Syntax Error: Unexpected character: \\\"?\\\"." },
    { "{ \xC3\xA9 }", "Syntax Error: Unexpected character: U+00E9." },
    { "{ \xC3( }", "Syntax Error: Unexpected character: invalid UTF-8 (byte 0xC3)." },
    { "{ item(id: \"\xFF\") { id } }", "Syntax Error: Invalid character within String: invalid UTF-8 (byte 0xFF)." },
    { "# \xED\xA0\x80\n{ item { id } }", "Syntax Error: Invalid character: invalid UTF-8" },
    { "type A { b: C } { item { id } }", "The \\\"A\\\" definition is not executable." },
    { "fragment on on Item { id } { item { id } }", "Syntax Error: Unexpected Name \\\"on\\\"." },
    { "query($a: Int = $b) { item { id } }", "Syntax Error: Unexpected variable \\\"$b\\\" in constant value." },
    { "\xEF\xBB\xBF{ item { id } } # end", NULL },
    { "{ item(id: \"\\u{1F600} \\uD83D\\uDE00 \\n\") { id } }", NULL },
    { "{ item(id: \"\"\"\n  a\n   b \\\"\"\" c\n  \"\"\") { id } }", NULL },
    { "\"What it is for.\" query A($a: ID) { item(id: $a) { id } }", NULL },
    { "\"No.\" { item { id } }",
      "Syntax Error: Unexpected description, descriptions are not supported on shorthand queries." },
    /* operations */
    { "query A { item { id } } query A { item { id } }", "There can be only one operation named \\\"A\\\"." },
    { "{ item { id } } query A { item { id } }", "This anonymous operation must be the only defined operation." },
    { "query A { item { id } }", NULL },
    /* types and fragments */
    { "{ item { ...F } } fragment F on Thing { id }", "Unknown type \\\"Thing\\\"." },
    { "query($a: Thing) { item(id: $a) { id } }", "Unknown type \\\"Thing\\\"." },
    { "query($a: GrantKind) { item(id: $a) { id } }", "Unknown type \\\"GrantKind\\\"." },
    { "{ item { ...F } } fragment F on Color { id }",
      "Fragment \\\"F\\\" cannot condition on non composite type \\\"Color\\\"." },
    { "{ item { ... on Color { id } } }", "Fragment cannot condition on non composite type \\\"Color\\\"." },
    { "query($a: Item) { item(id: $a) { id } }", "Variable \\\"$a\\\" cannot be non-input type \\\"Item\\\"." },
    { "{ item }", "Field \\\"item\\\" of type \\\"Item\\\" must have a selection of subfields." },
    { "{ item { id { a } } }", "Field \\\"id\\\" must not have a selection since type \\\"ID!\\\" has no subfields." },
    { "{ itme { id } }",
      "Cannot query field \\\"itme\\\" on type \\\"Query\\\". Did you mean \\\"item\\\" or \\\"items\\\"?" },
    { "{ offers { id } }", "Cannot query field \\\"id\\\" on type \\\"Offer\\\"." },
    { "{ picture(id: \"a\") }", "Cannot query field \\\"picture\\\" on type \\\"Query\\\"." },
    { "{ item { ...F ...F } } fragment F on Item { id } fragment F on Item { id }",
      "There can be only one fragment named \\\"F\\\"." },
    { "{ item { ...F } }", "Unknown fragment \\\"F\\\"." },
    { "{ item { id } } fragment F on Item { id }", "Fragment \\\"F\\\" is never used." },
    { "{ item { ...F } } fragment F on Maker { id }",
      "Fragment \\\"F\\\" cannot be spread here as objects of type \\\"Item\\\" can never be of type \\\"Maker\\\"." },
    { "{ item { ... on Maker { id } } }",
      "Fragment cannot be spread here as objects of type \\\"Item\\\" can never be of type \\\"Maker\\\"." },
    { "{ item { ...F } } fragment F on Item { ...F }", "Cannot spread fragment \\\"F\\\" within itself." },
    { "{ item { ...F } } fragment F on Item { maker { items { ...G } } } fragment G on Item { ...F }",
      "Cannot spread fragment \\\"F\\\" within itself via \\\"G\\\"." },
    { "{ node(id: \"itm_1\") { id ... on Item { title } ...M } } fragment M on Maker { name }", NULL },
    { "{ offers { __typename ... on Node { id } } }", NULL },
    /* variables */
    { "query($a: ID, $a: ID) { item(id: $a) { id } }", "There can be only one variable named \\\"$a\\\"." },
    { "query A { item(id: $b) { id } }", "Variable \\\"$b\\\" is not defined by operation \\\"A\\\"." },
    { "{ item { ...F } } fragment F on Item { tags(locale: $l) { id } }", "Variable \\\"$l\\\" is not defined." },
    { "query A($a: ID) { item { id } }", "Variable \\\"$a\\\" is never used in operation \\\"A\\\"." },
    { "query($a: Int) { item(id: $a) { id } }",
      "Variable \\\"$a\\\" of type \\\"Int\\\" used in position expecting type \\\"ID\\\"." },
    { "query($a: ID) { theItem(id: $a) { id } }",
      "Variable \\\"$a\\\" of type \\\"ID\\\" used in position expecting type \\\"ID!\\\"." },
    { "query($a: [ID]!) { nodes(ids: $a) { id } }",
      "Variable \\\"$a\\\" of type \\\"[ID]!\\\" used in position expecting type \\\"[ID!]!\\\"." },
    { "query($a: ID = \"itm_1\") { theItem(id: $a) { id } }", NULL },
    { "query($a: ID!) { item(id: $a) { ...F } } fragment F on Item { id }", NULL },
    /* directives */
    { "{ item @what { id } }", "Unknown directive \\\"@what\\\"." },
    { "{ item @rpc(method: \"x\") { id } }", "Unknown directive \\\"@rpc\\\"." },
    { "query @skip(if: true) { item { id } }", "Directive \\\"@skip\\\" may not be used on QUERY." },
    { "{ item @skip(if: true) @skip(if: false) { id } }",
      "The directive \\\"@skip\\\" can only be used once at this location." },
    { "{ item @skip { id } }",
      "Directive \\\"@skip\\\" argument \\\"if\\\" of type \\\"Boolean!\\\" is required, but it was not provided." },
    { "{ item @skip(if: true, it: 1) { id } }", "Unknown argument \\\"it\\\" on directive \\\"@skip\\\"." },
    { "{ item @a @a @a @a @a @a @a @a @a { id } }", "Too many directives at one place" },
    /* arguments and values */
    { "{ item(ids: 1) { id } }", "Unknown argument \\\"ids\\\" on field \\\"Query.item\\\". Did you mean \\\"id\\\"?" },
    { "{ item(id: 1, id: 2) { id } }", "There can be only one argument named \\\"id\\\"." },
    { "{ theItem { id } }",
      "Field \\\"theItem\\\" argument \\\"id\\\" of type \\\"ID!\\\" is required, but it was not provided." },
    { "{ theItem(id: null) { id } }", "Expected value of type \\\"ID!\\\", found null." },
    { "{ item(id: 1.5) { id } }", "ID cannot represent a non-string and non-integer value: 1.5" },
    { "{ item(id: [\"a\"]) { id } }", "ID cannot represent a non-string and non-integer value: [\\\"a\\\"]" },
    { "{ item(id: {a: 1}) { id } }", "ID cannot represent a non-string and non-integer value: {a: 1}" },
    { "{ items(first: \"1\") { totalCount } }", "Int cannot represent non-integer value: \\\"1\\\"" },
    { "{ items(first: 3000000000) { totalCount } }",
      "Int cannot represent non 32-bit signed integer value: 3000000000" },
    { "{ items(filter: 1) { totalCount } }", "Expected value of type \\\"ItemFilter\\\", found 1." },
    { "{ items(filter: {wort: \"a\"}) { totalCount } }",
      "Field \\\"wort\\\" is not defined by type \\\"ItemFilter\\\". Did you mean \\\"word\\\"?" },
    { "{ items(filter: {word: \"a\", word: \"b\"}) { totalCount } }",
      "There can be only one input field named \\\"word\\\"." },
    { "{ items(filter: {colors: [BLUE]}) { totalCount } }",
      "Value \\\"BLUE\\\" does not exist in \\\"Color\\\" enum." },
    { "{ items(filter: {colors: \"RED\"}) { totalCount } }",
      "Enum \\\"Color\\\" cannot represent non-enum value: \\\"RED\\\"." },
    { "{ items(filter: {sold: 1}) { totalCount } }", "Boolean cannot represent a non boolean value: 1" },
    { "{ items(filter: {madeAfter: \"yesterday\"}) { totalCount } }", "DateTime must be an RFC 3339 date and time" },
    { "{ items(filter: {size: {weight: \"a\"}}) { totalCount } }",
      "Float cannot represent non numeric value: \\\"a\\\"" },
    { "mutation { createItem(input: {}) { item { id } } }",
      "Field \\\"CreateItemInput.title\\\" of required type \\\"String!\\\" was not provided." },
    { "mutation { createItem(input: {title: 1}) { item { id } } }", "String cannot represent a non string value: 1" },
    { "mutation { createItem(input: {title: \"a\", price: \"1e5\"}) { item { id } } }", "Decimal must be a decimal" },
    { "mutation { createItem(input: {title: \"a\", currency: \"EUX\"}) { item { id } } }", "CurrencyCode must be" },
    { "mutation { createItem(input: {title: \"a\", timeZone: \"Europe/Nowhere\"}) { item { id } } }",
      "TimeZone must be" },
    { "mutation { createItem(input: {title: \"a\", timeZone: \"../../../etc/passwd\"}) { item { id } } }",
      "TimeZone must be" },
    { "mutation { createItem(input: {title: \"a\", url: \"javascript:alert(1)\"}) { item { id } } }", "URL must be" },
    { "mutation { createItem(input: {title: \"a\", url: \"https://x.example/a?b=c\", timeZone: \"Europe/Berlin\", "
      "currency: \"JPY\", price: \"-12.50\", madeAt: \"2026-01-02T03:04:05+01:00\"}) { item { id } } }",
      NULL },
    { "{ items(filter: {colors: GREEN}) { totalCount } }", NULL },
    { "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
      "Maximum introspection depth exceeded" },
    { "{ __schema { types { fields { type { fields { name } } } } } }", NULL },
    { "{ items(first: 1.0) { totalCount } }", "Int cannot represent non-integer value: 1.0" },
    { "{ items(first: 1e1) { totalCount } }", "Int cannot represent non-integer value: 1e1" },
    { "{ items(filter: []) { totalCount } }", "Expected value of type \\\"ItemFilter\\\", found []." },
    { "{ items(filter: {word: {a: 1}}) { totalCount } }", "String cannot represent a non string value: {a: 1}" },
    /* merging */
    { "{ item { id: title id } }",
      "Fields \\\"id\\\" conflict because \\\"title\\\" and \\\"id\\\" are different fields. Use different aliases on "
      "the fields to fetch both if this was intentional." },
    { "{ item(id: \"a\") { id } item(id: \"b\") { id } }",
      "Fields \\\"item\\\" conflict because they have differing arguments." },
    { "{ item { a: id } item { a: title } }",
      "Fields \\\"item\\\" conflict because subfields \\\"a\\\" conflict because "
      "\\\"id\\\" and \\\"title\\\" are different fields." },
    { "{ offers { ... on Item { x: title } ... on Maker { x: name } } }",
      "Fields \\\"x\\\" conflict because they return conflicting types \\\"String!\\\" and \\\"String\\\"." },
    { "{ offers { ... on Item { x: note } ... on Maker { x: name } } }", NULL },
    { "{ items(filter: {word: \"a\", sold: true}) { totalCount } items(filter: {sold: true, word: \"a\"}) { totalCount "
      "} }",
      NULL },
};

static void gql_execute__refuses_what_breaks_a_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *body = shop_ask(&shop, rows[i].query, NULL);

        if (rows[i].message) {
            if (shop.outcome != GQL_REFUSED || !strstr(body, rows[i].message))
                fail_msg("%s\n  wanted %s\n  got %s", rows[i].query, rows[i].message, body);
            assert_int_equal(shop.log.size, 0);
        } else if (shop.outcome == GQL_REFUSED && strstr(body, "FAILED")) {
            fail_msg("%s\n  got %s", rows[i].query, body);
        }
    }
}

/* A document of `count` times `piece` between two ends. */
static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    char *text = malloc(strlen(before) + strlen(piece) * count + strlen(after) + 1), *at = text;

    at = stpcpy(at, before);
    while (count--)
        at = stpcpy(at, piece);
    (void)stpcpy(at, after);
    return text;
}

static void refuses(char *query, const char *message)
{
    const char *body = shop_ask(&shop, query, NULL);

    if (shop.outcome != GQL_REFUSED || !strstr(body, message))
        fail_msg("%.100s\n  wanted %s\n  got %.300s", query, message, body);
    free(query);
}

static void gql_execute__refuses_what_is_too_large(void **state)
{
    (void)state;
    refuses(repeat("", "{ a", 10000, ""), "nested deeper than 64 levels");
    refuses(repeat("{ item(id: ", "[", 10000, ""), "nested deeper than 64 levels");
    refuses(repeat("query($a: ", "[", 10000, ""), "nested deeper than 64 levels");
    refuses(repeat("{", "a ", 10001, "}"), "more than 10000 tokens");
    refuses(repeat("{", "a: item { id } ", 100, "}"), "Too many aliases");
    refuses(repeat("", "query A { item { id } } ", 51, ""), "Too many operations");
    refuses(repeat("{ item ", "@a ", 3000, "{ id } }"), "Too many directives");
}

static void gql_execute__refuses_a_fragment_bomb(void **state)
{
    char query[8192], *at = query, *const end = query + sizeof(query);

    (void)state;
    at += snprintf(at, (size_t)(end - at), "{ theItem(id: \"a\") { ...F0 } }");
    for (int i = 0; i < 40; i++)
        at += snprintf(at, (size_t)(end - at),
                       " fragment F%d on Item { maker { items { ...F%d } } surely { items { ...F%d } } }", i, i + 1,
                       i + 1);
    (void)snprintf(at, (size_t)(end - at), " fragment F40 on Item { id }");
    (void)shop_ask(&shop, query, NULL);
    assert_int_equal(shop.outcome, GQL_REFUSED);
    at = query;
    at += snprintf(at, (size_t)(end - at), "{ theItem(id: \"a\") { ...F0 } }");
    for (int i = 0; i < 150; i++)
        at += snprintf(at, (size_t)(end - at), " fragment F%d on Item { ...F%d }", i, i + 1);
    (void)snprintf(at, (size_t)(end - at), " fragment F150 on Item { id }");
    (void)shop_ask(&shop, query, NULL);
    assert_int_equal(shop.outcome, GQL_REFUSED);
}

static void gql_execute__locates_errors_in_any_order(void **state)
{
    (void)state;
    assert_non_null(strstr(shop_ask(&shop, "{\r\n item { id: title }\n item { \n # \xE4\xB8\x89\r id } x }", NULL),
                           "\"locations\":[{\"line\":5,\"column\":7}]"));
    assert_non_null(strstr(shop.body.data, "\"locations\":[{\"line\":2,\"column\":2},{\"line\":2,\"column\":9},{"
                                           "\"line\":3,\"column\":2},{\"line\":5,\"column\":2}]"));
}

/* Fifty operations that share a fragment: what it holds counts for each. */
static void gql_execute__bounds_what_operations_share(void **state)
{
    char *fragment = repeat("fragment F on Query{", "items(first:$a){totalCount}", 850, "}");

    (void)state;
    refuses(repeat(fragment, " query A($a:Int){...F}", 50, ""), "The document is too complex to validate.");
    free(fragment);
    fragment = repeat("fragment G on Query{item{id}} fragment F on Query{", "...G ", 4600, "}");
    refuses(repeat(fragment, " query A{...F}", 50, ""), "The document is too complex to validate.");
    free(fragment);
    fragment = repeat("fragment F on Query{", "items(first:$a){totalCount}", 20, "} query A($a:Int){...F}");
    (void)shop_ask(&shop, fragment, "{\"a\":1}");
    assert_int_equal(shop.outcome, GQL_EXECUTED);
    free(fragment);
}

static void gql_execute__caps_the_errors(void **state)
{
    char *query = repeat("{", "a ", 1000, "}");
    const char *body = shop_ask(&shop, query, NULL);
    size_t count = 0;

    (void)state;
    free(query);
    for (const char *at = body; (at = strstr(at, "\"message\"")); at++)
        count++;
    assert_int_equal(count, 51);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gql_execute__refuses_what_breaks_a_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__refuses_what_is_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__refuses_a_fragment_bomb, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__locates_errors_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__bounds_what_operations_share, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__caps_the_errors, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/validate", tests, NULL, NULL);
}
