/* Buckets: a burst and then a pace; whoever is many cannot make others pay, and hardly forgets what he owes. */
#include "base/bucket.h"

#include <stdlib.h>

#include "support/test.h"

static struct buckets *buckets;

static int setup(void **state)
{
    (void)state;
    buckets = calloc(1, sizeof(*buckets));
    return buckets ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(buckets);
    return 0;
}

static void bucket_take__is_a_burst_and_then_a_pace(void **state)
{
    const struct pace pace = { 10, 30000 };

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(bucket_take(buckets, 7, &pace, 1000000), 0);
    assert_int_equal(bucket_take(buckets, 7, &pace, 1000000), 30000);
    assert_int_equal(bucket_take(buckets, 7, &pace, 1029999), 1);
    assert_int_equal(bucket_take(buckets, 7, &pace, 1030000), 0);
    assert_int_equal(bucket_take(buckets, 7, &pace, 1030000), 30000);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(bucket_take(buckets, 7, &pace, 9000000), 0); /* after a while all of it is there again */
    assert_int_equal(bucket_take(buckets, 7, &pace, 9000000), 30000);
}

static void bucket_give_back__makes_room_for_one(void **state)
{
    const struct pace pace = { 1, 1000 };

    (void)state;
    bucket_give_back(buckets, 7, &pace); /* nobody knows him */
    assert_int_equal(bucket_take(buckets, 7, &pace, 5000), 0);
    assert_int_equal(bucket_take(buckets, 7, &pace, 5000), 1000);
    bucket_give_back(buckets, 7, &pace);
    assert_int_equal(bucket_take(buckets, 7, &pace, 5000), 0);
    assert_int_equal(bucket_take(buckets, 7, &pace, 5000), 1000);
}

/* All in one set of the table, as it may happen by chance. */
static void bucket_take__tells_everybody_apart(void **state)
{
    const struct pace pace = { 1, 1000 };

    (void)state;
    for (uint64_t i = 1; i <= BUCKET_WAYS; i++)
        assert_int_equal(bucket_take(buckets, i * BUCKET_SETS, &pace, 5000), 0);
    for (uint64_t i = 1; i <= BUCKET_WAYS; i++)
        assert_int_equal(bucket_take(buckets, i * BUCKET_SETS, &pace, 5000), 1000);
}

static void bucket_take__forgives_who_owes_least(void **state)
{
    const struct pace slow = { 10, 30000000 }, quick = { 1000, 1000 };

    (void)state;
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(bucket_take(buckets, BUCKET_SETS, &slow, 5000), 0);
    for (uint64_t i = 2; i < 1000; i++) /* a crowd, whose debts are small */
        assert_int_equal(bucket_take(buckets, i * BUCKET_SETS, &quick, 5000), 0);
    assert_int_not_equal(bucket_take(buckets, BUCKET_SETS, &slow, 5000), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bucket_take__is_a_burst_and_then_a_pace, setup, teardown),
        cmocka_unit_test_setup_teardown(bucket_give_back__makes_room_for_one, setup, teardown),
        cmocka_unit_test_setup_teardown(bucket_take__tells_everybody_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(bucket_take__forgives_who_owes_least, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/bucket", tests, NULL, NULL);
}
