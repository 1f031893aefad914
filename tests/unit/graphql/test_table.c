/*
 * What a table takes for one name among many, counted (steps.h): its hash is of its address, so many tables say whether
 * any of them has a name that is far to find.
 */
#include "graphql/table.h"

#include "base/arena.h"
#include "steps.h"
#include "support/test.h"
#include "tessera/text.h"

enum {
    TABLES = 32,
    NAMES = 16384,
    NAMES_LEAST = NAMES - NAMES / 4, /* before a growth, whether tables grow at three quarters or when they are full */
    NAME_SIZE_MAX = 16,
    STEPS_MAX = 64, /* of a name: 16 for the hash and two for each entry of its chain, which are 24 then (table.c) */
};

static struct table tables[TABLES];
static char names[2 * NAMES][NAME_SIZE_MAX]; /* the second half is in no table */

static uint64_t steps_to_find(const struct table *table, const char *name, const void *value)
{
    steps_begin();
    assert_ptr_equal(table_find(table, name), value);
    return steps_taken();
}

/* Return: the steps for the name, there or not, that takes the most of them. */
static uint64_t most_steps(const struct table *table, size_t count)
{
    uint64_t most = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t found = steps_to_find(table, names[i], names[i]),
                 missed = steps_to_find(table, names[NAMES + i], NULL);

        most = found > most ? found : most;
        most = missed > most ? missed : most;
    }
    return most;
}

static void table_find__takes_few_steps_for_each_name(void **state)
{
    struct ts_arena arena;
    uint64_t most = 0;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < 2 * NAMES; i++)
        (void)snprintf(names[i], sizeof(names[i]), "T%zu", i);
    for (size_t i = 0; i < TABLES; i++) {
        size_t count = 0;

        table_init(&tables[i], &arena);
        for (size_t bound = NAMES_LEAST; bound <= NAMES; bound += NAMES - NAMES_LEAST) {
            uint64_t steps;

            for (; count < bound; count++)
                assert_null(table_add(&tables[i], names[count], names[count]));
            steps = most_steps(&tables[i], count);
            most = steps > most ? steps : most;
        }
        arena_reset(&arena);
    }
    arena_done(&arena);
    assert_in_range(most, 1, STEPS_MAX);
}

static void table_add__keeps_what_is_there_and_table_set_does_not(void **state)
{
    struct ts_arena arena;
    struct table table;
    char one, other;

    (void)state;
    arena_init(&arena);
    table_init(&table, &arena);
    assert_null(table_find(&table, "a"));
    assert_null(table_add(&table, "a", &one));
    assert_ptr_equal(table_add(&table, "a", &other), &one);
    assert_ptr_equal(table_find(&table, "a"), &one);
    table_set(&table, "a", &other);
    assert_ptr_equal(table_find(&table, "a"), &other);
    table_set(&table, "b", &one);
    assert_ptr_equal(table_find(&table, "b"), &one);
    assert_int_equal(table.count, 2);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_find__takes_few_steps_for_each_name),
        cmocka_unit_test(table_add__keeps_what_is_there_and_table_set_does_not),
    };

    return cmocka_run_group_tests_name("graphql/table", tests, NULL, NULL);
}
