/* Places in memory: counts, turns, lapses, memory. */
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "map.h"
#include "table.h"

#define HOLD_A "hld_00000000000000000000000a00"
#define HOLD_B "hld_00000000000000000000000b00"

static void map__counts_by_state(void **state)
{
    struct holders holders = { 0 };
    struct map map;
    uint32_t holder = holders_add(&holders, HOLD_A, 100);

    (void)state;
    map_init(&map);
    map_grow(&map, 10);
    assert_int_equal(map_free_count(&map), 10);
    map_set(&map, &holders, 3, holder);
    map_set(&map, &holders, 4, holder);
    holders_release(&holders, holder);
    assert_int_equal(map.held_count, 2);
    map_set(&map, &holders, 3, HOLDER_SOLD);
    map_set(&map, &holders, 5, HOLDER_BLOCKED);
    assert_int_equal(map.held_count, 1);
    assert_int_equal(map.sold_count, 1);
    assert_int_equal(map.blocked_count, 1);
    assert_int_equal(map_free_count(&map), 7);
    map_set(&map, &holders, 3, HOLDER_NONE);
    map_set(&map, &holders, 4, HOLDER_NONE);
    map_set(&map, &holders, 5, HOLDER_NONE);
    assert_int_equal(map_free_count(&map), 10);
    map_done(&map);
    holders_done(&holders);
}

static void map_find_free__takes_turns_and_finds_the_last_one(void **state)
{
    struct holders holders = { 0 };
    struct map map;

    (void)state;
    map_init(&map);
    map_grow(&map, 2500);
    for (int32_t i = 0; i < 2500; i++) {
        int32_t number = map_find_free(&map);

        assert_int_equal(number, i);
        map_set(&map, &holders, number, HOLDER_SOLD);
    }
    assert_int_equal(map_free_count(&map), 0);
    assert_int_equal(map_find_last_free(&map, map.place_count), -1);
    map_set(&map, &holders, 70, HOLDER_NONE);
    assert_int_equal(map_find_last_free(&map, map.place_count), 70);
    assert_int_equal(map_find_free(&map), 70);
    map_set(&map, &holders, 2499, HOLDER_NONE);
    assert_int_equal(map_find_free(&map), 2499); /* the turn goes on after 70 */
    assert_int_equal(map_find_last_free(&map, map.place_count), 2499);
    map_done(&map);
}

static void map__chunks_are_made_when_taken_and_claims_are_kept(void **state)
{
    struct holders holders = { 0 };
    struct map map;

    (void)state;
    map_init(&map);
    map_grow(&map, 1000000);
    assert_int_equal(map_get(&map, 999999).n, 0);
    map_set(&map, &holders, 999999, HOLDER_SOLD);
    map_set_claim(&map, 999999, 7);
    map_set(&map, &holders, 999999, HOLDER_NONE);
    assert_int_equal(map_get(&map, 999999).n, 7);
    map_grow(&map, 1000024);
    assert_int_equal(map_get(&map, 999999).n, 7);
    assert_int_equal(map_free_count(&map), 1000024);
    map_done(&map);
}

static void map_find_lapsed__at_its_time_and_not_before(void **state)
{
    struct holders holders = { 0 };
    struct map map;
    uint32_t early = holders_add(&holders, HOLD_A, 100), late = holders_add(&holders, HOLD_B, 200);

    (void)state;
    map_init(&map);
    map_grow(&map, 100);
    map_set(&map, &holders, 10, late);
    map_set(&map, &holders, 20, early);
    assert_int_equal(map_find_lapsed(&map, &holders, 99), -1);
    assert_int_equal(map_find_lapsed(&map, &holders, 100), 20);
    map_set(&map, &holders, 20, HOLDER_NONE);
    assert_int_equal(map_find_lapsed(&map, &holders, 199), -1);
    assert_int_equal(map.lapse_ms, 200); /* the next look before then costs nothing */
    assert_int_equal(map_find_lapsed(&map, &holders, 200), 10);
    holders_get(&holders, late)->lapse_ms = HOLDER_NEVER;
    assert_int_equal(map_find_lapsed(&map, &holders, 200), -1);
    assert_true(map.lapse_ms == HOLDER_NEVER);
    map_done(&map);
    holders_done(&holders);
}

static void holders__numbers_are_used_again(void **state)
{
    struct holders holders = { 0 };
    uint32_t first = holders_add(&holders, HOLD_A, 1), second = holders_add(&holders, HOLD_B, 2);

    (void)state;
    assert_int_not_equal(first, second);
    holders_release(&holders, first);
    assert_int_equal(holders_add(&holders, HOLD_B, 3), first);
    assert_string_equal(holders_get(&holders, first)->id, HOLD_B);
    assert_int_equal(holders_get(&holders, second)->lapse_ms, 2);
    for (unsigned i = 0; i < 500; i++)
        (void)holders_add(&holders, HOLD_A, i);
    assert_int_equal(holders_get(&holders, second)->lapse_ms, 2);
    holders_done(&holders);
}

static void table__finds_what_was_added_and_nothing_else(void **state)
{
    static char keys[1000][8];
    struct table table = { 0 };

    (void)state;
    assert_null(table_find(&table, "k1"));
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%u", i);
        table_add(&table, keys[i], keys[i]);
    }
    for (unsigned i = 0; i < 1000; i++)
        assert_ptr_equal(table_find(&table, keys[i]), keys[i]);
    assert_null(table_find(&table, "k1000"));
    table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map__counts_by_state),
        cmocka_unit_test(map_find_free__takes_turns_and_finds_the_last_one),
        cmocka_unit_test(map__chunks_are_made_when_taken_and_claims_are_kept),
        cmocka_unit_test(map_find_lapsed__at_its_time_and_not_before),
        cmocka_unit_test(holders__numbers_are_used_again),
        cmocka_unit_test(table__finds_what_was_added_and_nothing_else),
    };

    return cmocka_run_group_tests_name("modules/inventory/map", tests, NULL, NULL);
}
