/* Execution on the shop: data, errors, batches. */
#include <string.h>

#include "shop.h"
#include "support/test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gql_execute__answers_a_query, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__batches_joins, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__runs_a_mutation, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/execute", tests, NULL, NULL);
}
