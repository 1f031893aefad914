/* Execution on the shop: data, errors, batches. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"
#include "support/faults.h"
#include "support/test.h"
#include "tessera/memory.h"

static int setup(void **state)
{
    static struct shop shop;

    shop_init(&shop);
    *state = &shop;
    return 0;
}

static int teardown(void **state)
{
    shop_done(*state);
    return 0;
}

static void gql_execute__answers_a_query(void **state)
{
    assert_string_equal(shop_ask(*state, "{ item(id: \"itm_1\") { id title } }", NULL),
                        "{\"data\":{\"item\":{\"id\":\"itm_1\",\"title\":\"Item 1\"}}}");
    assert_string_equal(shop_log(*state), "GetItem");
}

static void gql_execute__batches_joins(void **state)
{
    assert_string_equal(
        shop_ask(*state, "{ items { nodes { id maker { name } makerName } } }", NULL),
        "{\"data\":{\"items\":{\"nodes\":[{\"id\":\"itm_1\",\"maker\":{\"name\":\"Maker 1\"},"
        "\"makerName\":\"Maker 1\"},{\"id\":\"itm_2\",\"maker\":{\"name\":\"Maker 2\"},\"makerName\":"
        "\"Maker 2\"},{\"id\":\"itm_3\",\"maker\":{\"name\":\"Maker 1\"},\"makerName\":\"Maker 1\"}]}}}");
    assert_string_equal(shop_log(*state), "ListItems | GetMakers(mkr_1,mkr_2)");
}

/* What the root's rpc brings along is not asked for again, and shows as if it had been. */
static void gql_execute__takes_what_came_ahead(void **state)
{
    static const char query[] = "{ shelf { id owner { name } ownerName } }";
    static const char body[] =
        "{\"data\":{\"shelf\":[{\"id\":\"itm_1\",\"owner\":{\"name\":\"Maker 1\"},\"ownerName\":\"Maker 1\"},"
        "{\"id\":\"itm_lost\",\"owner\":null,\"ownerName\":null},{\"id\":\"itm_2\",\"owner\":{\"name\":\"Maker 2\"},"
        "\"ownerName\":\"Maker "
        "2\"},{\"id\":\"itm_bare\",\"owner\":null,\"ownerName\":null},{\"id\":\"itm_3\",\"owner\":"
        "{\"name\":\"Maker 1\"},\"ownerName\":\"Maker 1\"}]}}";
    struct shop *shop = *state;

    assert_string_equal(shop_ask(shop, query, NULL), body);
    assert_string_equal(shop_log(shop), "GetShelf[makers]");
    shop->forgetful = true;
    assert_string_equal(shop_ask(shop, query, NULL), body);
    assert_string_equal(shop_log(shop), "GetShelf[makers] | GetMakers(mkr_1,mkr_none,mkr_2)");
    shop->forgetful = false;
}

static void gql_execute__asks_ahead_for_what_is_selected(void **state)
{
    static const struct {
        const char *query, *variables, *log;
    } asks[] = {
        { "{ shelf { id } }", NULL, "GetShelf" },
        { "{ shelf { maker { name } } }", NULL, "GetShelf | GetMakers(mkr_1,mkr_none,mkr_2)" },
        { "query($x: Boolean!) { shelf { id owner @include(if: $x) { name } } }", "{\"x\":false}", "GetShelf" },
        { "query($x: Boolean!) { shelf { id owner @include(if: $x) { name } } }", "{\"x\":true}", "GetShelf[makers]" },
        { "{ shelf { owner { items { id } } } }", NULL, "GetShelf[makers] | ItemsOfMakers" },
        { "{ item { owner { name } } }", NULL, "GetItem | GetMakers(mkr_1)" },
        { "{ a: shelf { owner { name } } b: shelf { id } }", NULL, "GetShelf[makers] GetShelf" },
    };
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        assert_null(strstr(shop_ask(shop, asks[i].query, asks[i].variables), "errors"));
        assert_string_equal(shop_log(shop), asks[i].log);
    }
}

/* Rights hold for what came ahead, too. */
static void gql_execute__shows_of_what_came_ahead_what_may_be_seen(void **state)
{
    const char *body = shop_ask(*state, "{ shelf { owner { name secret } } }", NULL);

    assert_null(strstr(body, "hush"));
    assert_non_null(strstr(body, "{\"owner\":{\"name\":\"Maker 1\",\"secret\":null}}"));
    assert_non_null(strstr(body, "FORBIDDEN"));
    assert_string_equal(shop_log(*state), "GetShelf[makers]");
}

static void gql_execute__runs_a_mutation(void **state)
{
    struct shop *shop = *state;

    assert_string_equal(shop_ask(shop,
                                 "mutation($input: CreateItemInput!) { createItem(input: $input) { item { title } "
                                 "userErrors { code message path } } }",
                                 "{\"input\":{\"title\":\"Lamp\",\"idempotencyKey\":\"k1\"}}"),
                        "{\"data\":{\"createItem\":{\"item\":{\"title\":\"Lamp\"},\"userErrors\":[]}}}");
    assert_string_equal(shop->idempotency_key, "k1");
}

/* Query, variables, body, log of calls. */
static const struct {
    const char *query, *variables, *body, *log;
} rows[] = {
    /* values */
    { "{ item { note count color colors price { amount currency } madeAt size { width weight } sizes { width } widths "
      "sold words } }",
      NULL,
      "{\"data\":{\"item\":{\"note\":null,\"count\":42,\"color\":\"RED\",\"colors\":[\"GREEN\",\"RED\"],\"price\":{"
      "\"amount\":\"12.50\",\"currency\":\"EUR\"},\"madeAt\":\"2026-11-23T19:08:00.123Z\",\"size\":{\"width\":3,"
      "\"weight\":0.75},\"sizes\":[{\"width\":1},{\"width\":2}],\"widths\":[1,2],\"sold\":false,\"words\":[\"one\","
      "\"zwei\",\"\xE4\xB8\x89\"]}}}",
      "GetItem" },
    { "{ a: item { x: id __typename } __typename }", NULL,
      "{\"data\":{\"a\":{\"x\":\"itm_1\",\"__typename\":\"Item\"},\"__typename\":\"Query\"}}", "GetItem" },
    { "{ item(id: \"itm_bare\") { price { amount } madeAt words color colors maker { id } labels { id } } }", NULL,
      "{\"data\":{\"item\":{\"price\":null,\"madeAt\":null,\"words\":[],\"color\":null,\"colors\":[],\"maker\":null,"
      "\"labels\":[{\"id\":\"itm_bare/0\"},{\"id\":\"itm_bare/1\"},{\"id\":\"itm_bare/2\"}]}}}",
      "GetItem | TagsOfItems(itm_bare)" },
    /* merging, conditions, fragments */
    { "{ item { id ...F maker { id } } } fragment F on Item { id maker { name } }", NULL,
      "{\"data\":{\"item\":{\"id\":\"itm_1\",\"maker\":{\"name\":\"Maker 1\",\"id\":\"mkr_1\"}}}}", NULL },
    { "query($a: Boolean!) { item { id @skip(if: $a) title @include(if: $a) ... @include(if: $a) { sold } } }",
      "{\"a\":true}", "{\"data\":{\"item\":{\"title\":\"Item 1\",\"sold\":false}}}", "GetItem" },
    { "query($a: Boolean!) { item { id @skip(if: $a) id title @include(if: $a) } }", "{\"a\":false}",
      "{\"data\":{\"item\":{\"id\":\"itm_1\"}}}", "GetItem" },
    { "query($a: Boolean!) { item @include(if: $a) { id } __typename }", "{\"a\":false}",
      "{\"data\":{\"__typename\":\"Query\"}}", "" },
    { "{ offers { __typename ... on Item { title } ... on Maker { name } ... on Node { id } } }", NULL,
      "{\"data\":{\"offers\":[{\"__typename\":\"Item\",\"title\":\"Item "
      "1\",\"id\":\"itm_1\"},{\"__typename\":\"Maker\","
      "\"name\":\"Maker 2\",\"id\":\"mkr_2\"}]}}",
      "GetOffers" },
    /* joins */
    { "{ item { tags { word } a: labels(first: 1) { id } b: labels(first: 2) { id } c: labels(first: 1) { word } } }",
      NULL,
      "{\"data\":{\"item\":{\"tags\":[{\"word\":\"word \\\"tag_1\\\"\"},{\"word\":\"word \\\"tag_2\\\"\"}],\"a\":[{"
      "\"id\":\"itm_1/0\"}],\"b\":[{\"id\":\"itm_1/0\"},{\"id\":\"itm_1/1\"}],\"c\":[{\"word\":\"word "
      "\\\"itm_1/0\\\"\"}]}}}",
      NULL },
    { "{ item { maker { items { maker { id } } } } }", NULL,
      "{\"data\":{\"item\":{\"maker\":{\"items\":[{\"maker\":{\"id\":\"mkr_1\"}}]}}}}",
      "GetItem | GetMakers(mkr_1) | ItemsOfMakers | GetMakers(mkr_1)" },
    { "{ nodes(ids: [\"itm_2\", \"mkr_1\", \"itm_none\", \"xyz_1\", \"\", \"itm_2\"]) { id ... on Item { maker { id } "
      "} "
      "} }",
      NULL,
      "{\"data\":{\"nodes\":[{\"id\":\"itm_2\",\"maker\":{\"id\":\"mkr_2\"}},{\"id\":\"mkr_1\"},null,null,null,{\"id\":"
      "\"itm_2\",\"maker\":{\"id\":\"mkr_2\"}}]}}",
      "GetMakers(mkr_1) GetItems(itm_2,itm_none) | GetMakers(mkr_2)" },
    { "query($id: ID!) { node(id: $id) { __typename id } }", "{\"id\":\"mkr_9\"}",
      "{\"data\":{\"node\":{\"__typename\":\"Maker\",\"id\":\"mkr_9\"}}}", "GetMakers(mkr_9)" },
    /* failures */
    { "{ item(id: \"itm_none\") { id } }", NULL, "{\"data\":{\"item\":null}}", "GetItem" },
    { "{ item(id: \"itm_empty\") { id } }", NULL, "{\"data\":{\"item\":null}}", "GetItem" },
    { "{ item(id: \"itm_down\") { id } __typename }", NULL,
      "{\"data\":{\"item\":null,\"__typename\":\"Query\"},\"errors\":[{\"message\":\"The shop is "
      "closed.\",\"locations\":[{\"line\":1,\"column\":3}],\"path\":[\"item\"],\"extensions\":{\"code\":"
      "\"UNAVAILABLE\"}}"
      "]}",
      "GetItem" },
    { "{\n  theItem(id: \"itm_down\") { id }\n}", NULL,
      "{\"data\":null,\"errors\":[{\"message\":\"The shop is closed.\",\"locations\":[{\"line\":2,\"column\":3}],"
      "\"path\":[\"theItem\"],\"extensions\":{\"code\":\"UNAVAILABLE\"}}]}",
      "GetItem" },
    { "{ item(id: \"itm_flat\") { id sizes { width } } __typename }", NULL,
      "{\"data\":{\"item\":null,\"__typename\":\"Query\"},\"errors\":[{\"message\":\"Cannot return null for "
      "non-nullable field Size.width.\",\"locations\":[{\"line\":1,\"column\":37}],\"path\":[\"item\",\"sizes\",1,"
      "\"width\"],\"extensions\":{\"code\":\"INTERNAL\",\"requestId\":\"req_1\"}}]}",
      "GetItem" },
    { "{ item(id: \"itm_flat\") { id size { width } } }", NULL,
      "{\"data\":{\"item\":{\"id\":\"itm_flat\",\"size\":null}},\"errors\":[", NULL },
    { "{ items(first: 9) { totalCount } }", NULL,
      "{\"data\":null,\"errors\":[{\"message\":\"first may not exceed 3.\",\"locations\":[{\"line\":1,\"column\":3}],"
      "\"path\":[\"items\"],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}",
      "ListItems" },
    { "{ item(id: \"itm_lost\") { maker { id } } }", NULL, "{\"data\":{\"item\":{\"maker\":null}}}", NULL },
    { "{ item(id: \"itm_many\") { id count } }", NULL, "{\"data\":{\"item\":{\"id\":\"itm_many\",\"count\":null}}}",
      NULL },
    /* rights */
    { "{ staffItem(id: \"itm_1\") { id } }", NULL,
      "{\"data\":{\"staffItem\":null},\"errors\":[{\"message\":\"Sign in to use "
      "this.\",\"locations\":[{\"line\":1,\"column\":3}],\"path\":[\"staffItem\"],\"extensions\":{\"code\":"
      "\"UNAUTHENTICATED\"}}]}",
      "" },
    { "mutation { hideItem(input: {id: \"itm_1\"}) { item { id } } }", NULL,
      "{\"data\":{\"hideItem\":null},\"errors\":[{\"message\":\"Sign in to use "
      "this.\",\"locations\":[{\"line\":1,\"column\":12}],\"path\":[\"hideItem\"],\"extensions\":{\"code\":"
      "\"UNAUTHENTICATED\"}}]}",
      "" },
    { "{ item { maker { name secret } } }", NULL,
      "{\"data\":{\"item\":{\"maker\":{\"name\":\"Maker 1\",\"secret\":null}}},\"errors\":[{\"message\":\"You may not "
      "see this.\",\"locations\":[{\"line\":1,\"column\":23}],\"path\":[\"item\",\"maker\",\"secret\"],\"extensions\":{"
      "\"code\":\"FORBIDDEN\"}}]}",
      NULL },
    /* mutations */
    { "mutation { createItem(input: {title: \"\"}) { item { id } userErrors { code message path } } }", NULL,
      "{\"data\":{\"createItem\":{\"item\":null,\"userErrors\":[{\"code\":\"INVALID_INPUT\",\"message\":\"A title is "
      "needed.\",\"path\":[\"title\"]}]}}}",
      "CreateItem" },
    { "mutation { createItem(input: {title: \"down\"}) { item { id } } }", NULL,
      "{\"data\":null,\"errors\":[{\"message\":\"It may or may not have happened.\",\"locations\":[{\"line\":1,"
      "\"column\":12}],\"path\":[\"createItem\"],\"extensions\":{\"code\":\"OUTCOME_UNKNOWN\"}}]}",
      "CreateItem" },
    { "mutation { a: createItem(input: {title: \"A\"}) { item { maker { id } } } b: createItem(input: {title: \"B\"}) "
      "{ "
      "item { title } } }",
      NULL, "{\"data\":{\"a\":{\"item\":{\"maker\":{\"id\":\"mkr_1\"}}},\"b\":{\"item\":{\"title\":\"B\"}}}}",
      "CreateItem | GetMakers(mkr_1) | CreateItem" },
    { "mutation { updateItem(input: {id: \"itm_1\", note: null}) { item { id } } }", NULL,
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[1 note]" },
    { "mutation($i: UpdateItemInput!) { updateItem(input: $i) { item { id } } }", "{\"i\":{\"id\":\"itm_1\"}}",
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[0]" },
    { "mutation($n: String) { updateItem(input: {id: \"itm_1\", note: $n}) { item { id } } }", "{\"n\":null}",
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[1 note]" },
    { "mutation($n: String) { updateItem(input: {id: \"itm_1\", note: $n}) { item { id } } }", NULL,
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[0]" },
    { "mutation($n: String = \"a\") { updateItem(input: {id: \"itm_1\", note: $n}) { item { id } } }", "{\"n\":null}",
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[1 note]" },
    { "mutation($n: String = null) { updateItem(input: {id: \"itm_1\", note: $n}) { item { id } } }", NULL,
      "{\"data\":{\"updateItem\":{\"item\":{\"id\":\"itm_new\"}}}}", "UpdateItem[1 note]" },
    /* coercion */
    { "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "{\"ids\":\"itm_1\"}",
      "{\"data\":{\"nodes\":[{\"id\":\"itm_1\"}]}}", "GetItems(itm_1)" },
    { "{ nodes(ids: \"itm_1\") { id } }", NULL, "{\"data\":{\"nodes\":[{\"id\":\"itm_1\"}]}}", "GetItems(itm_1)" },
    { "query($id: ID) { item(id: $id) { id } }", "{\"id\":12345}", "{\"data\":{\"item\":{\"id\":\"12345\"", "GetItem" },
    { "query($a: Boolean = true) { item { id ...F @skip(if: $a) } } fragment F on Item { title }", NULL,
      "{\"data\":{\"item\":{\"id\":\"itm_1\"}}}", "GetItem" },
    { "query($a: Boolean = true) { item { id ...F @skip(if: $a) } } fragment F on Item { title }", "{\"a\":false}",
      "{\"data\":{\"item\":{\"id\":\"itm_1\",\"title\":\"Item 1\"}}}", "GetItem" },
    /* variables */
    { "query($id: ID!) { theItem(id: $id) { id } }", NULL,
      "{\"errors\":[{\"message\":\"Variable \\\"$id\\\" of required type \\\"ID!\\\" was not "
      "provided.\",\"locations\":["
      "{\"line\":1,\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}",
      "" },
    { "query($id: ID!) { theItem(id: $id) { id } }", "{\"id\":null}",
      "{\"errors\":[{\"message\":\"Variable \\\"$id\\\" of non-null type \\\"ID!\\\" must not be "
      "null.\",\"locations\":[{\"line\":1,\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}",
      "" },
    { "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } } }",
      "{\"i\":{\"title\":\"a\",\"lines\":[{\"tag\":\"t\"},{\"tag\":\"u\",\"quantity\":1.5}]}}",
      "{\"errors\":[{\"message\":\"Variable \\\"$i\\\" got invalid value 1.5 at \\\"i.lines[1].quantity\\\"; Int "
      "cannot "
      "represent non-integer value: 1.5\",\"locations\":[{\"line\":1,\"column\":10}],\"extensions\":{\"code\":"
      "\"BAD_USER_INPUT\"}}]}",
      "" },
    { "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } } }",
      "{\"i\":{\"title\":\"a\",\"color\":\"PINK\"}}",
      "{\"errors\":[{\"message\":\"Variable \\\"$i\\\" got invalid value \\\"PINK\\\" at \\\"i.color\\\"; Value "
      "\\\"PINK\\\" does not exist in \\\"Color\\\" enum.\"",
      "" },
    { "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } } }", "{\"i\":{\"title\":\"a\",\"b\":1}}",
      "{\"errors\":[{\"message\":\"Variable \\\"$i\\\" got invalid value { title: \\\"a\\\", b: 1 }; Field \\\"b\\\" "
      "is "
      "not defined by type \\\"CreateItemInput\\\".\"",
      "" },
    { "mutation($i: CreateItemInput!) { createItem(input: $i) { item { id } } }", "{\"i\":7}",
      "{\"errors\":[{\"message\":\"Variable \\\"$i\\\" got invalid value 7; Expected type \\\"CreateItemInput\\\" to "
      "be "
      "an object.\"",
      "" },
    { "query($first: Int) { items(first: $first) { totalCount } }", "{\"first\":1.0}",
      "{\"data\":{\"items\":{\"totalCount\":3}}}", "ListItems" },
    /* operations */
    { "query A { item { id } } query B { item { id } }", NULL,
      "{\"errors\":[{\"message\":\"Must provide operation name if query contains multiple "
      "operations.\",\"extensions\":{\"code\":\"OPERATION_RESOLUTION_FAILURE\"}}]}",
      "" },
    { "subscription { item { id } }", NULL, "{\"errors\":[", "" },
    { "fragment F on Item { id }", NULL, "{\"errors\":[", "" },
    /* introspection */
    { "{ __type(name: \"Item\") { kind name description fields { name } interfaces { name } } }", NULL,
      "{\"data\":{\"__type\":{\"kind\":\"OBJECT\",\"name\":\"Item\",\"description\":\"A thing for "
      "sale.\",\"fields\":[{\"name\":\"id\"},",
      "" },
    { "{ __type(name: \"Color\") { enumValues { name } fields { name } } no: __type(name: \"GrantKind\") { name } }",
      NULL,
      "{\"data\":{\"__type\":{\"enumValues\":[{\"name\":\"RED\"},{\"name\":\"GREEN\"}],\"fields\":null},\"no\":null}}",
      "" },
    { "{ __type(name: \"ItemFilter\") { inputFields { name defaultValue type { kind name ofType { kind ofType { name } "
      "} } } } }",
      NULL,
      "{\"data\":{\"__type\":{\"inputFields\":[{\"name\":\"word\",\"defaultValue\":null,\"type\":{\"kind\":\"SCALAR\","
      "\"name\":\"String\",\"ofType\":null}},{\"name\":\"colors\",\"defaultValue\":null,\"type\":{\"kind\":\"LIST\","
      "\"name\":null,\"ofType\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Color\"}}}}",
      "" },
    { "{ __schema { description queryType { name } mutationType { name } subscriptionType { name } directives { name "
      "locations } } }",
      NULL,
      "{\"data\":{\"__schema\":{\"description\":\"The shop's schema.\",\"queryType\":{\"name\":\"Query\"},"
      "\"mutationType\":{\"name\":\"Mutation\"},\"subscriptionType\":null,\"directives\":[{\"name\":\"include\","
      "\"locations\":[\"FIELD\",\"FRAGMENT_SPREAD\",\"INLINE_FRAGMENT\"]}",
      "" },
};

/* Rows whose body has no end are compared as far as they go. */
static void gql_execute__answers_each_row(void **state)
{
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *body = shop_ask(shop, rows[i].query, rows[i].variables);

        if (strncmp(body, rows[i].body, strlen(rows[i].body)) != 0)
            fail_msg("%s\n  wanted %s\n  got    %s", rows[i].query, rows[i].body, body);
        if (rows[i].log && strcmp(shop_log(shop), rows[i].log) != 0)
            fail_msg("%s\n  wanted %s\n  got    %s", rows[i].query, rows[i].log, shop_log(shop));
    }
}

/* The call's own words, "The shop is closed.", are for the log; an answer has the id to find them by. */
static void gql_execute__tells_nothing_of_what_broke(void **state)
{
    assert_string_equal(shop_ask(*state, "{ item(id: \"itm_broken\") { id } }", NULL),
                        "{\"data\":{\"item\":null},\"errors\":[{\"message\":\"Internal error.\",\"locations\":"
                        "[{\"line\":1,\"column\":3}],\"path\":[\"item\"],\"extensions\":{\"code\":\"INTERNAL\","
                        "\"requestId\":\"req_1\"}}]}");
    assert_string_equal(shop_log(*state), "GetItem");
}

static void gql_execute__shows_staff_what_is_theirs(void **state)
{
    struct shop *shop = *state;

    shop->grant_kind = 3;
    shop->env.principal = GQL_SIGNED_IN;
    assert_string_equal(shop_ask(shop, "{ staffItem(id: \"itm_1\") { maker { secret } } }", NULL),
                        "{\"data\":{\"staffItem\":{\"maker\":{\"secret\":\"hush\"}}}}");
    assert_string_equal(shop_ask(shop, "{ node(id: \"mkr_1\") { ... on Maker { secret } } }", NULL),
                        "{\"data\":{\"node\":{\"secret\":\"hush\"}}}");
}

static void gql_execute__finds_a_plan_again(void **state)
{
    struct shop *shop = *state;
    struct gql_stats stats;

    for (int i = 0; i < 3; i++)
        (void)shop_ask(shop, "{ item { id } }", NULL);
    gql_schema_stats(shop->schema, &stats);
    assert_int_equal(stats.plans_missed, 1);
    assert_int_equal(stats.plans_hit, 2);
}

#define ALL_WAYS                                                                                                       \
    "items { edges { node { __typename id title note count color price { amount currency } madeAt sold old "           \
    "size { width weight } sizes { width } maker { name items { id maker { id } } } surely { id } makerName "          \
    "labels(first: 2) { id word } } } totalCount }"

static const char straight[] = "{ " ALL_WAYS " }";
static const char the_long_way[] = "{ item { words } " ALL_WAYS " }"; /* a list of scalars, and all that follows it */

static void gql_execute__writes_the_same_by_either_way(void **state)
{
    char *first = ts_memory_string(shop_ask(*state, straight, NULL));
    const char *second = strstr(shop_ask(*state, the_long_way, NULL), "\"items\"");

    assert_null(strstr(first, "errors"));
    assert_non_null(second);
    assert_string_equal(second, strstr(first, "\"items\""));
    ts_memory_free(first);
}

static void gql_execute__allocates_nothing_outside_the_arena_once_it_is_planned(void **state)
{
    char *first = ts_memory_string(shop_ask(*state, straight, NULL));

    for (int i = 0; i < 3; i++) /* the arena and the body grow to what this needs */
        (void)shop_ask(*state, straight, NULL);
    faults_begin(1, 0);
    assert_string_equal(shop_ask(*state, straight, NULL), first);
    (void)faults_end();
    assert_int_equal(faults_asked(), 0);
    ts_memory_free(first);
}

static void gql_execute__bounds_its_cache(void **state)
{
    struct shop *shop = *state;
    char query[64];

    for (int i = 0; i < 3000; i++) {
        (void)snprintf(query, sizeof(query), "{ item(id: \"itm_%d\") { id } }", i);
        (void)shop_ask(shop, query, NULL);
        assert_int_equal(shop->outcome, GQL_EXECUTED);
    }
}

static void gql_execute__refuses_a_mutation_by_get(void **state)
{
    static const char text[] = "mutation { createItem(input: {title: \"a\"}) { item { id } } }";
    struct shop *shop = *state;
    const struct gql_request request = { .query = text, .query_size = sizeof(text) - 1, .queries_only = true };

    assert_int_equal(gql_execute(shop->schema, &shop->env, &request, &shop->body), GQL_NOT_A_QUERY);
    assert_int_equal(shop->log.size, 0);
}

static void gql_execute__bounds_the_ids_of_nodes(void **state)
{
    char query[2048], *at = stpcpy(query, "{ nodes(ids: [");

    for (int i = 0; i < 101; i++)
        at = stpcpy(at, "\"itm_1\" ");
    (void)stpcpy(at, "]) { id } }");
    assert_non_null(strstr(shop_ask(*state, query, NULL), "At most 100 ids at once."));
    assert_string_equal(shop_log(*state), "");
}

static void count_yield(struct gql_env *env)
{
    struct shop *shop = (struct shop *)env;

    shop->yields++;
}

static void gql_execute__lets_others_run_in_long_loops(void **state)
{
    struct shop *shop = *state;

    shop->env.yield = count_yield;
    (void)shop_ask(shop, "{ item { id } }", NULL);
    assert_int_equal(shop->yields, 0);
    (void)shop_ask(shop, "{ item { labels(first: 20000) { id word } } }", NULL);
    assert_int_equal(shop->outcome, GQL_EXECUTED);
    assert_true(shop->yields > 0);
}

enum { STACK_SIZE = 1 << 20, STACK_PAINT = 0xA5, STACK_ALLOWED = 32 << 10 /* half of a fiber's in a release */ };

struct deep {
    struct shop *shop;
    const char *query, *variables;
};

static void *ask_deep(void *data)
{
    const struct deep *deep = data;

    (void)shop_ask(deep->shop, deep->query, deep->variables);
    return NULL;
}

/* Bytes of stack that one request takes, found by painting the stack of a thread. */
static size_t stack_used(struct deep *deep)
{
    unsigned char *stack = aligned_alloc(4096, STACK_SIZE);
    pthread_attr_t attributes;
    pthread_t thread;
    size_t untouched = 0;

    assert_non_null(stack);
    memset(stack, STACK_PAINT, STACK_SIZE);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
    assert_int_equal(pthread_create(&thread, &attributes, ask_deep, deep), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)pthread_attr_destroy(&attributes);
    while (stack[untouched] == STACK_PAINT)
        untouched++;
    free(stack);
    return STACK_SIZE - untouched;
}

/* `open` and `close` around `middle`, `depth` times. */
static char *nest(const char *open, const char *middle, const char *close, int depth)
{
    char *text = calloc(1, (strlen(open) + strlen(close)) * (size_t)depth + strlen(middle) + 1), *at = text;

    assert_non_null(text);
    for (int i = 0; i < depth; i++)
        at = stpcpy(at, open);
    at = stpcpy(at, middle);
    for (int i = 0; i < depth; i++)
        at = stpcpy(at, close);
    return text;
}

static void gql_execute__keeps_within_half_a_stack(void **state)
{
    char *joins = nest("{maker{items", "{id}", "}}", 28);
    char *inline_fragments = nest("{...on Query", "{item{id}}", "}", 60), *list = nest("[", "1", "]", 60), *query;
    const char *ids = "query($v:[ID!]!){nodes(ids:$v){id}}";
    struct deep deep[4] = { { *state, NULL, NULL }, { *state, inline_fragments, NULL }, { *state, NULL, NULL } };
    char variables[256], literal[256];

    query = calloc(1, strlen(joins) + 16);
    assert_non_null(query);
    (void)stpcpy(stpcpy(stpcpy(query, "{item"), joins), "}");
    (void)snprintf(variables, sizeof(variables), "{\"v\":%s}", list);
    (void)snprintf(literal, sizeof(literal), "{nodes(ids:%s){id}}", list);
    deep[0].query = query;
    deep[2].query = literal;
    deep[3] = (struct deep){ *state, ids, variables };
    for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
        size_t used = stack_used(&deep[i]);

        print_message("%zu bytes of stack, %.40s\n", used, deep[i].query);
#if !defined(__SANITIZE_ADDRESS__) && defined(__OPTIMIZE__)
        assert_true(used <= STACK_ALLOWED);
#endif
    }
    free(joins);
    free(inline_fragments);
    free(list);
    free(query);
}

static void gql_http_match__fills_the_request(void **state)
{
    struct shop *shop = *state;
    struct gql_http http;

    assert_true(gql_http_match(shop->schema, &shop->arena, "/p/abc.svg", 10, &http));
    assert_string_equal(http.rpc.operation, "picture");
    assert_false(gql_http_match(shop->schema, &shop->arena, "/p/.svg", 7, &http));
    assert_false(gql_http_match(shop->schema, &shop->arena, "/p/a/b.svg", 10, &http));
    assert_false(gql_http_match(shop->schema, &shop->arena, "/p/abc", 6, &http));
    assert_false(gql_http_match(shop->schema, &shop->arena, "", 0, &http));
}

static const char *string_of(const struct gql_http *http, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(http->rpc.request->descriptor, name);

    return *(char **)((char *)http->rpc.request + field->offset);
}

static void gql_http_fill__takes_what_nothing_else_says(void **state)
{
    struct shop *shop = *state;
    struct gql_http http;

    assert_true(gql_http_match(shop->schema, &shop->arena, "/of/abc", 7, &http));
    assert_false(http.post);
    assert_null(http.cookie);
    assert_true(gql_http_fill(&http, "id", "forged"));
    assert_true(gql_http_fill(&http, "nobody", "asks"));
    assert_true(gql_http_fill(&http, "size", "big"));
    assert_false(gql_http_fill(&http, "size", "big"));
    assert_string_equal(string_of(&http, "id"), "abc");
    assert_string_equal(string_of(&http, "size"), "big");
    assert_true(gql_http_match(shop->schema, &shop->arena, "/own", 4, &http));
    assert_true(http.post);
    assert_string_equal(http.cookie, "id");
    assert_true(gql_http_fill(&http, "id", "forged"));
    assert_null(string_of(&http, "id"));
    gql_http_fill_own(&http, http.cookie, "mine");
    assert_string_equal(string_of(&http, "id"), "mine");
    assert_true(gql_http_match(shop->schema, &shop->arena, "/sent", 5, &http));
    assert_string_equal(http.header, "id");
    assert_string_equal(http.body, "size");
    assert_true(gql_http_fill(&http, "id", "forged") && gql_http_fill(&http, "size", "forged"));
    gql_http_fill_own(&http, http.header, "signed");
    gql_http_fill_own(&http, http.body, "whole");
    assert_string_equal(string_of(&http, "id"), "signed");
    assert_string_equal(string_of(&http, "size"), "whole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gql_execute__answers_a_query, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__batches_joins, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__takes_what_came_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__asks_ahead_for_what_is_selected, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__shows_of_what_came_ahead_what_may_be_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__runs_a_mutation, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__answers_each_row, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__tells_nothing_of_what_broke, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__shows_staff_what_is_theirs, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__finds_a_plan_again, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__writes_the_same_by_either_way, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__allocates_nothing_outside_the_arena_once_it_is_planned, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(gql_execute__bounds_its_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__refuses_a_mutation_by_get, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__bounds_the_ids_of_nodes, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__lets_others_run_in_long_loops, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__keeps_within_half_a_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_http_match__fills_the_request, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_http_fill__takes_what_nothing_else_says, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/execute", tests, NULL, NULL);
}
