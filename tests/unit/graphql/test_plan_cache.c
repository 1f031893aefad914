/* Which plans are kept when there are more documents than there is room for. */
#include <stdio.h>

#include "graphql/execution/plan_cache.h"
#include "shop.h"
#include "support/test.h"

enum { ROOM = CACHE_BYTES_MAX / ARENA_BLOCK_SIZE }; /* for documents as small as these */

/* Ask for a document that differs from others by its number. Return: whether its plan was there. */
static bool ask_numbered(struct shop *shop, unsigned number)
{
    struct gql_stats before, after;
    char query[64];

    snprintf(query, sizeof(query), "{ a%u: __typename }", number);
    gql_schema_stats(shop->schema, &before);
    (void)shop_ask(shop, query, NULL);
    assert_int_equal(shop->outcome, GQL_EXECUTED);
    gql_schema_stats(shop->schema, &after);
    assert_int_equal(after.plans_hit + after.plans_missed, before.plans_hit + before.plans_missed + 1);
    return after.plans_hit > before.plans_hit;
}

/* Documents from `first` on, once each; none of them was there. */
static void flood(struct shop *shop, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_false(ask_numbered(shop, first + i));
}

static void plan_cache__keeps_what_comes_once_while_there_is_room(void **state)
{
    struct shop shop;

    (void)state;
    shop_init(&shop);
    flood(&shop, 0, ROOM);
    for (unsigned i = 0; i < ROOM; i++)
        assert_true(ask_numbered(&shop, i));
    shop_done(&shop);
}

static void plan_cache__is_not_emptied_by_texts_that_come_once(void **state)
{
    struct shop shop;

    (void)state;
    shop_init(&shop);
    flood(&shop, 0, ROOM);
    flood(&shop, ROOM, 20 * ROOM);
    for (unsigned i = 0; i < ROOM; i++)
        assert_true(ask_numbered(&shop, i));
    shop_done(&shop);
}

static void plan_cache__takes_what_comes_again_for_the_one_not_used_longest(void **state)
{
    const unsigned first = 0, second = 1, late = 1000000;
    struct shop shop;

    (void)state;
    shop_init(&shop);
    flood(&shop, 0, ROOM);
    assert_true(ask_numbered(&shop, first));
    assert_false(ask_numbered(&shop, late));
    assert_false(ask_numbered(&shop, late));
    assert_true(ask_numbered(&shop, late));
    assert_true(ask_numbered(&shop, first));
    assert_false(ask_numbered(&shop, second));
    shop_done(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_cache__keeps_what_comes_once_while_there_is_room),
        cmocka_unit_test(plan_cache__is_not_emptied_by_texts_that_come_once),
        cmocka_unit_test(plan_cache__takes_what_comes_again_for_the_one_not_used_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
