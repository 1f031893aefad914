/* Each limit, on both sides of its boundary: what is just accepted, and the code that refuses one more. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "shop.h"
#include "support/test.h"

/* The shop with one limit changed. */
static void shop_init_limited(struct shop *shop, size_t offset, unsigned value)
{
    const struct gql_source source = { "shop.graphql", "shop.v1", shop_sdl };
    struct gql_limits limits = gql_limits_default;
    const struct gql_config config = {
        .sources = &source,
        .source_count = 1,
        .services = shop_services,
        .introspection = true,
        .limits = &limits,
    };

    *(unsigned *)((char *)&limits + offset) = value;
    shop_init(shop);
    gql_schema_free(shop->schema);
    shop->schema = gql_schema_new(&config, &shop->body);
    assert_non_null(shop->schema);
}

#define LIMIT(field) offsetof(struct gql_limits, field)

/* With the limit at `accepted` the request runs; one less, and it is refused with `code` before anything is called. */
static const struct {
    const char *query, *variables;
    size_t limit;
    unsigned accepted;
    const char *code;
} rows[] = {
    { "{ item { id } }", NULL, LIMIT(tokens), 6, "TOO_MANY_TOKENS" },
    { "{ item { id } } # and } words", NULL, LIMIT(tokens), 6, "TOO_MANY_TOKENS" },
    { "{ item { maker { name } } }", NULL, LIMIT(depth), 3, "TOO_DEEP" },
    { "{ node(id: \"itm_1\") { id } }", NULL, LIMIT(depth), 3, "TOO_DEEP" }, /* braces, parentheses, the value */
    { "{ item { ...F } } fragment F on Item { maker { name } }", NULL, LIMIT(depth), 3, "TOO_DEEP" },
    { "{ a: __typename b: __typename item { c: id } }", NULL, LIMIT(aliases), 3, "TOO_MANY_ALIASES" },
    { "{ item { ...F } } fragment F on Item { a: id b: id }", NULL, LIMIT(aliases), 2, "TOO_MANY_ALIASES" },
    { "{ item { id @skip(if: false) @include(if: true) } }", NULL, LIMIT(directives), 2, "TOO_MANY_DIRECTIVES" },
    { "{ __type(name: \"Item\") { fields { type { fields { name } } } } }", NULL, LIMIT(circles), 3,
      "INTROSPECTION_TOO_DEEP" },
    { "{ item { id title note count } }", NULL, LIMIT(fields), 5, "TOO_COMPLEX" },
    { "{ nodes(ids: [\"itm_1\", \"itm_2\", \"itm_3\"]) { id } }", NULL, LIMIT(list), 3, "LIST_TOO_LONG" },
    { "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "{\"ids\":[\"itm_1\",\"itm_2\"]}", LIMIT(list), 2,
      "LIST_TOO_LONG" },
    { "query($f: ItemFilter) { items(filter: $f) { totalCount } }", "{\"f\":{\"colors\":[\"RED\",\"RED\",\"GREEN\"]}}",
      LIMIT(list), 3, "LIST_TOO_LONG" },
    /* an rpc or join is 1, what is plain is nothing */
    { "{ item { id title size { width } } }", NULL, LIMIT(cost), 1, "TOO_COSTLY" },
    { "{ item { maker { name } makerName } }", NULL, LIMIT(cost), 3, "TOO_COSTLY" },
    { "mutation { createItem(input: {title: \"a\"}) { item { maker { name } } } }", NULL, LIMIT(cost), 2,
      "TOO_COSTLY" },
    /* below a list, times what was asked for: `first`, 20 when left out, its default, ids, 10 for lists that say
       nothing */
    { "{ items(first: 3) { nodes { maker { name } } } }", NULL, LIMIT(cost), 1 + 3, "TOO_COSTLY" },
    { "{ items { nodes { maker { name } } } }", NULL, LIMIT(cost), 1 + 20, "TOO_COSTLY" },
    { "{ items { nodes { id } } }", NULL, LIMIT(cost), 1, "TOO_COSTLY" },
    { "{ items(first: 3) { nodes { maker { items(first: 5) { makerName } } } } }", NULL, LIMIT(cost),
      1 + 3 * (1 + 1 + 5 * 1), "TOO_COSTLY" },
    { "{ nodes(ids: [\"itm_1\", \"itm_2\"]) { ... on Item { makerName } } }", NULL, LIMIT(cost), 1 + 2, "TOO_COSTLY" },
    { "{ offers { ... on Item { makerName } ... on Maker { name } } }", NULL, LIMIT(cost), 1 + 10, "TOO_COSTLY" },
    { "{ offers { ... on Item { makerName } ... on Maker { items { id } } } }", NULL, LIMIT(cost), 1 + 10,
      "TOO_COSTLY" },
    { "{ items(first: 100000) { nodes { makerName } } }", NULL, LIMIT(cost), 1 + 100,
      "TOO_COSTLY" }, /* a page at most */
    { "{ items(first: -1) { nodes { makerName } } }", NULL, LIMIT(cost), 1 + 1, "TOO_COSTLY" },
    /* variables count as what they are */
    { "query($n: Int) { items(first: $n) { nodes { makerName } } }", "{\"n\":7}", LIMIT(cost), 1 + 7, "TOO_COSTLY" },
    { "query($n: Int = 4) { items(first: $n) { nodes { makerName } } }", NULL, LIMIT(cost), 1 + 4, "TOO_COSTLY" },
    { "query($n: Int) { items(first: $n) { nodes { makerName } } }", NULL, LIMIT(cost), 1 + 20, "TOO_COSTLY" },
    { "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Item { makerName } } }", "{\"ids\":[\"itm_1\",\"itm_2\"]}",
      LIMIT(cost), 1 + 2, "TOO_COSTLY" },
    { "query($all: Boolean!) { item { makerName maker @include(if: $all) { name } } }", "{\"all\":false}", LIMIT(cost),
      2, "TOO_COSTLY" },
    { "query($all: Boolean!) { item { makerName maker @include(if: $all) { name } } }", "{\"all\":true}", LIMIT(cost),
      3, "TOO_COSTLY" },
    { "{ item { makerName maker @skip(if: true) { name } } }", NULL, LIMIT(cost), 2, "TOO_COSTLY" },
    { "{ item { ...F ...F makerName } } fragment F on Item { makerName }", NULL, LIMIT(cost), 2, "TOO_COSTLY" },
};

static void gql_execute__accepts_what_is_within_a_limit(void **state)
{
    struct shop shop;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *body;

        shop_init_limited(&shop, rows[i].limit, rows[i].accepted);
        for (int again = 0; again < 2; again++) { /* planned, then from the cache */
            body = shop_ask(&shop, rows[i].query, rows[i].variables);
            if (shop.outcome != GQL_EXECUTED)
                fail_msg("%s: %s", rows[i].query, body);
        }
        shop_done(&shop);
    }
}

static void gql_execute__refuses_one_more(void **state)
{
    struct shop shop;
    char code[64];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shop_init_limited(&shop, rows[i].limit, rows[i].accepted - 1);
        snprintf(code, sizeof(code), "\"extensions\":{\"code\":\"%s\"}", rows[i].code);
        if (rows[i].accepted == 1)
            snprintf(code, sizeof(code), "\"data\""); /* 0 is no limit */
        for (int again = 0; again < 2; again++) {
            const char *body = shop_ask(&shop, rows[i].query, rows[i].variables);

            if (!strstr(body, code) || (shop.outcome == GQL_REFUSED) != (rows[i].accepted > 1))
                fail_msg("%s: %s", rows[i].query, body);
            if (shop.outcome == GQL_REFUSED)
                assert_string_equal(shop_log(&shop), "");
        }
        shop_done(&shop);
    }
}

static void gql_execute__says_what_it_costs(void **state)
{
    struct shop shop;

    (void)state;
    shop_init_limited(&shop, LIMIT(cost), 20);
    assert_string_equal(shop_ask(&shop, "{ items { nodes { makerName } } }", NULL),
                        "{\"errors\":[{\"message\":\"The operation costs 21, at most 20 are accepted: ask for fewer "
                        "things at once, or for less of each in a list.\",\"locations\":[{\"line\":1,\"column\":1}],"
                        "\"extensions\":{\"code\":\"TOO_COSTLY\"}}]}");
    shop_done(&shop);
}

/* The worst that a document can say does not overflow. */
static void gql_execute__counts_without_end(void **state)
{
    struct shop shop;
    char query[4096];
    int size = snprintf(query, sizeof(query), "{ items(first: 100) { nodes {");

    (void)state;
    shop_init(&shop);
    for (int i = 0; i < 14; i++)
        size += snprintf(query + size, sizeof(query) - (size_t)size, " maker { items(first: 100) {");
    size += snprintf(query + size, sizeof(query) - (size_t)size, " makerName");
    for (int i = 0; i < 14; i++)
        size += snprintf(query + size, sizeof(query) - (size_t)size, " } }");
    (void)snprintf(query + size, sizeof(query) - (size_t)size, " } } }");
    assert_non_null(strstr(shop_ask(&shop, query, NULL), "\"TOO_COSTLY\""));
    shop_done(&shop);
}

static void gql_execute__counts_operations(void **state)
{
    struct shop shop;

    (void)state;
    shop_init_limited(&shop, LIMIT(operations), 2);
    (void)shop_ask(&shop, "query A { __typename } query B { __typename }", NULL);
    assert_null(strstr(shop.body.data, "TOO_MANY"));
    (void)shop_ask(&shop, "query A { __typename } query B { __typename } query C { __typename }", NULL);
    assert_non_null(strstr(shop.body.data, "\"TOO_MANY_OPERATIONS\""));
    shop_done(&shop);
}

/* Past the bound of objects the rest is null, with an error; what was called was called. */
static void gql_execute__bounds_the_objects_shown(void **state)
{
    struct shop shop;

    (void)state;
    shop_init_limited(&shop, LIMIT(objects), 5); /* the data, the list, three nodes */
    (void)shop_ask(&shop, "{ items { nodes { id } } }", NULL);
    assert_null(strstr(shop.body.data, "errors"));
    shop_done(&shop);
    shop_init_limited(&shop, LIMIT(objects), 3);
    (void)shop_ask(&shop, "{ items { nodes { id } } }", NULL);
    assert_non_null(strstr(shop.body.data, "\"TOO_MANY_OBJECTS\""));
    shop_done(&shop);
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;

    while ((text = strstr(text, part))) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void gql_execute__cuts_a_flood_of_errors(void **state)
{
    static const char query[] = "{ item { a b c d e } }";
    struct shop shop;

    (void)state;
    shop_init_limited(&shop, LIMIT(errors), 5);
    (void)shop_ask(&shop, query, NULL);
    assert_int_equal(count_of(shop.body.data, "\"message\""), 5);
    assert_null(strstr(shop.body.data, "TOO_MANY_ERRORS"));
    shop_done(&shop);
    shop_init_limited(&shop, LIMIT(errors), 4);
    (void)shop_ask(&shop, query, NULL);
    assert_int_equal(count_of(shop.body.data, "\"message\""), 5); /* the last one says that there are more */
    assert_int_equal(count_of(shop.body.data, "TOO_MANY_ERRORS"), 1);
    shop_done(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_execute__accepts_what_is_within_a_limit),
        cmocka_unit_test(gql_execute__refuses_one_more),
        cmocka_unit_test(gql_execute__says_what_it_costs),
        cmocka_unit_test(gql_execute__counts_without_end),
        cmocka_unit_test(gql_execute__counts_operations),
        cmocka_unit_test(gql_execute__bounds_the_objects_shown),
        cmocka_unit_test(gql_execute__cuts_a_flood_of_errors),
    };

    return cmocka_run_group_tests_name("graphql/limits", tests, NULL, NULL);
}
