/* Maps against a plain array, and their order. */
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test.h"

static void map__finds_puts_and_takes_strings(void **state)
{
    struct map map;
    int a = 1, b = 2;
    char key[] = "one";

    (void)state;
    map_init(&map);
    assert_null(map_find(&map, "one"));
    assert_null(map_take(&map, "one"));
    assert_null(map_put(&map, "one", &a));
    assert_ptr_equal(map_find(&map, key), &a); /* by content */
    assert_ptr_equal(map_put(&map, "one", &b), &a);
    assert_int_equal(map.count, 1);
    assert_null(map_find(&map, "on"));
    assert_null(map_find(&map, ""));
    assert_ptr_equal(map_take(&map, "one"), &b);
    assert_null(map_find(&map, "one"));
    assert_int_equal(map.count, 0);
    map_done(&map);
}

static void map__iterates_in_order_of_insertion(void **state)
{
    enum { COUNT = 1000 };
    static char keys[COUNT][8];
    struct map map;
    struct map_entry *entry;
    size_t at = 0;
    int expected = 0;

    (void)state;
    map_init(&map);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        map_put(&map, keys[i], keys[i]);
        if (i % 3 == 2)
            assert_ptr_equal(map_take(&map, keys[i - 1]), keys[i - 1]);
    }
    while ((entry = map_next(&map, &at))) {
        if (expected % 3 == 1 && expected < COUNT - 1)
            expected++;
        assert_string_equal(entry->key, keys[expected++]);
    }
    assert_int_equal(expected, COUNT);
    map_done(&map);
}

static void map__agrees_with_an_array_over_random_steps(void **state)
{
    enum { NUMBERS = 500, STEPS = 200000 };
    static char marks[NUMBERS];
    void *model[NUMBERS] = { 0 };
    size_t count = 0;
    struct map map;

    (void)state;
    srand(7);
    map_init(&map);
    for (int step = 0; step < STEPS; step++) {
        int number = rand() % NUMBERS;
        void *value = &marks[rand() % NUMBERS];

        switch (rand() % 3) {
        case 0:
            count += !model[number];
            assert_ptr_equal(map_put_number(&map, (uint64_t)number, value), model[number]);
            model[number] = value;
            break;
        case 1:
            count -= !!model[number];
            assert_ptr_equal(map_take_number(&map, (uint64_t)number), model[number]);
            model[number] = NULL;
            break;
        default:
            assert_ptr_equal(map_find_number(&map, (uint64_t)number), model[number]);
        }
        assert_int_equal(map.count, count);
    }
    assert_true(map.room <= 4 * NUMBERS); /* gaps are closed, not kept */
    map_done(&map);
}

static void hash_bytes__tells_lengths_and_tails_apart(void **state)
{
    (void)state;
    assert_true(hash_bytes("abcdefgh", 8) != hash_bytes("abcdefgh\0", 9));
    assert_true(hash_bytes("", 0) != hash_bytes("\0", 1));
    assert_true(hash_bytes("abcdefghi", 9) != hash_bytes("abcdefghj", 9));
    assert_true(hash_bytes("abc", 3) == hash_bytes("abc", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map__finds_puts_and_takes_strings),
        cmocka_unit_test(map__iterates_in_order_of_insertion),
        cmocka_unit_test(map__agrees_with_an_array_over_random_steps),
        cmocka_unit_test(hash_bytes__tells_lengths_and_tails_apart),
    };

    return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
