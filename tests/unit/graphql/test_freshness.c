/* @cacheControl on the shop: for how long an answer may be kept. */
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

static void freshness_of__is_the_least_of_all_that_is_selected(void **state)
{
    static const struct {
        const char *query;
        unsigned fresh_s;
        bool is_private;
    } rows[] = {
        { "{ item { id } }", 60, false },                    /* the type's */
        { "{ theItem(id: \"itm_1\") { id } }", 120, false }, /* the field's own wins */
        { "{ theItem(id: \"itm_1\") { id } item { id } }", 60, false },
        { "{ item { id count } }", 7, false },                          /* a leaf's */
        { "{ item { id note } }", 60, true },                           /* private, as old as the rest */
        { "{ item { price { amount } sizes { width } } }", 60, false }, /* plain fields take what is around */
        { "{ item { maker { name } } }", 30, false },                   /* a join to a type with a rule */
        { "{ item { makerName } }", 0, false },                         /* a join without one */
        { "{ item { tags { id } } }", 0, false },
        { "{ item { labels { id } } }", 60, false },    /* a join that inherits */
        { "{ items { nodes { id } } }", 0, false },     /* a root without a rule */
        { "{ node(id: \"itm_1\") { id } }", 0, false }, /* never */
        { "{ __typename }", 0, false },
        { "{ item { __typename } }", 60, false },
        { "{ item { ...F } } fragment F on Item { maker { items { count } } }", 7, false },
        { "{ item { id count @skip(if: true) } }", 60, false },                        /* left out for good */
        { "query($a: Boolean = true) { item { id count @skip(if: $a) } }", 7, false }, /* may be shown */
        { "mutation { updateItem(input: { id: \"itm_1\" }) { item { id } } }", 0, false },
    };
    struct shop *shop = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *body;

        shop->env.fresh_s = 0;
        shop->env.fresh_private = false;
        body = shop_ask(shop, rows[i].query, NULL);
        if (shop->env.fresh_s != rows[i].fresh_s || shop->env.fresh_private != rows[i].is_private)
            fail_msg("%s: %u s%s\n%s", rows[i].query, shop->env.fresh_s, shop->env.fresh_private ? ", private" : "",
                     body);
    }
}

static unsigned fresh_s_of(struct shop *shop, const char *query)
{
    shop->env.fresh_s = 0;
    (void)shop_ask(shop, query, NULL);
    return shop->env.fresh_s;
}

static void gql_execute__keeps_nothing_that_shows_more_than_public(void **state)
{
    struct shop *shop = *state;

    assert_int_equal(fresh_s_of(shop, "{ item { id } }"), 60);
    shop->env.principal = GQL_SIGNED_IN;
    assert_int_equal(fresh_s_of(shop, "{ item { id } }"), 0);
    shop->env.principal = GQL_ANYONE;
    shop->grant_kind = 1;
    assert_int_equal(fresh_s_of(shop, "{ item { id } }"), 60);
    shop->grant_kind = 2; /* BUYER, by a secret in the arguments */
    assert_int_equal(fresh_s_of(shop, "{ item { id } }"), 0);
    shop->grant_kind = 0;
}

static void gql_execute__keeps_no_errors(void **state)
{
    struct shop *shop = *state;

    assert_int_equal(fresh_s_of(shop, "{ item { id maker { secret } } }"), 0); /* FORBIDDEN below */
    assert_int_equal(fresh_s_of(shop, "{ item { id } staffItem(id: \"itm_1\") { id } }"), 0);
    assert_int_equal(fresh_s_of(shop, "{ item { nothing } }"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freshness_of__is_the_least_of_all_that_is_selected),
        cmocka_unit_test(gql_execute__keeps_nothing_that_shows_more_than_public),
        cmocka_unit_test(gql_execute__keeps_no_errors),
    };

    return cmocka_run_group_tests_name("graphql/freshness", tests, setup, teardown);
}
