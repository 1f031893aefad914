/* "Did you mean", beside the table of distances that everybody knows, which is too slow for hostile documents. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "graphql/suggest.h"
#include "support/test.h"

enum { NAME_SIZE_MAX = 256, ROUNDS = 20000 };

static struct ts_arena arena;
static uint32_t seed;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    seed = 1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static unsigned below(unsigned most)
{
    seed = seed * 1664525 + 1013904223;
    return (unsigned)(((uint64_t)seed * most) >> 32);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, cell by cell. */
static unsigned distance_of(const char *left, const char *right)
{
    static unsigned cells[NAME_SIZE_MAX + 2][NAME_SIZE_MAX + 2];
    size_t height = strlen(left), width = strlen(right);

    for (size_t i = 0; i <= height; i++) {
        for (size_t j = 0; j <= width; j++) {
            unsigned *cell = &cells[i][j];

            if (!i || !j) {
                *cell = (unsigned)(i + j);
                continue;
            }
            *cell = least(cells[i - 1][j], cells[i][j - 1]) + 1;
            *cell = least(*cell, cells[i - 1][j - 1] + (left[i - 1] != right[j - 1]));
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                *cell = least(*cell, cells[i - 2][j - 2] + 1);
        }
    }
    return cells[height][width];
}

/* A word of few letters, so that some of it fits everywhere. */
static void make_word(char word[NAME_SIZE_MAX + 2], size_t size, unsigned letters)
{
    for (size_t i = 0; i < size; i++)
        word[i] = (char)('a' + below(letters));
    word[size] = 0;
}

/* Some letters changed, left out, put in, or swapped with their neighbours. */
static void make_mistakes(char word[NAME_SIZE_MAX + 2], unsigned count)
{
    while (count--) {
        size_t size = strlen(word), at = below((unsigned)size);
        char letter = (char)('a' + below(4));

        switch (below(4)) {
        case 0:
            word[at] = letter;
            break;
        case 1:
            memmove(word + at, word + at + 1, size - at);
            break;
        case 2:
            if (size == NAME_SIZE_MAX)
                break;
            memmove(word + at + 1, word + at, size - at + 1);
            word[at] = letter;
            break;
        default:
            if (at + 1 < size) {
                letter = word[at];
                word[at] = word[at + 1];
                word[at + 1] = letter;
            }
            break;
        }
    }
}

static bool suggests(const char *name, const char *other)
{
    size_t work = 0;

    return *suggest_names(&arena, "", name, &other, 1, &work) != 0;
}

static void suggest_names__measures_as_the_table_does(void **state)
{
    char name[NAME_SIZE_MAX + 2], other[NAME_SIZE_MAX + 2];
    unsigned close = 0;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t size = 1 + (i % 3 ? below(20) : below(NAME_SIZE_MAX)), threshold = size * 2 / 5 + 1;
        bool expected;

        make_word(name, size, 2 + below(3));
        memcpy(other, name, sizeof(other));
        if (i % 2)
            make_word(other, 1 + below(NAME_SIZE_MAX), 2);
        else
            make_mistakes(other, below((unsigned)size) + 1);
        if (!*other)
            continue;
        expected = distance_of(name, other) <= threshold;
        close += expected;
        if (suggests(name, other) != expected)
            fail_msg("%s and %s: %u of %zu", name, other, distance_of(name, other), threshold);
        arena_reset(&arena);
    }
    assert_in_range(close, ROUNDS / 5, ROUNDS * 4 / 5);
}

static void suggest_names__shows_the_closest_first(void **state)
{
    static const struct {
        const char *name, *names[8], *text;
    } rows[] = {
        { "itme", { "items", "item", "time", "nothing" }, " Did you mean \"item\", \"time\", or \"items\"?" },
        { "item", { "item", "ITEM", "Item" }, " Did you mean \"item\", \"ITEM\", or \"Item\"?" },
        { "a10", { "a9", "a11", "a2" }, " Did you mean \"a11\", \"a2\", or \"a9\"?" },
        { "a", { "b", "c", "d", "e", "f", "g" }, " Did you mean \"b\", \"c\", \"d\", \"e\", or \"f\"?" },
        { "", { "a", "ab" }, " Did you mean \"a\"?" },
        { "nothing", { "item", "" }, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t count = 0, work = 0;

        while (count < 8 && rows[i].names[count])
            count++;
        assert_string_equal(suggest_names(&arena, "", rows[i].name, rows[i].names, count, &work), rows[i].text);
    }
}

/* Nobody has longer ones, and each step of the work is counted. */
static void suggest_names__has_bounds(void **state)
{
    char name[NAME_SIZE_MAX + 2], other[NAME_SIZE_MAX + 2];
    const char *names[] = { other };
    size_t work = 0, calls = 0;

    (void)state;
    for (size_t size = NAME_SIZE_MAX; size <= NAME_SIZE_MAX + 1; size++) {
        memset(name, 'a', size);
        name[size] = 0;
        memcpy(other, name, sizeof(other));
        other[0] = 'b';
        assert_int_equal(suggests(name, other), size == NAME_SIZE_MAX);
    }
    name[NAME_SIZE_MAX] = other[NAME_SIZE_MAX] = 0;
    while (*suggest_names(&arena, "", name, names, 1, &work))
        calls++;
    assert_in_range(work, SUGGEST_WORK_MAX, SUGGEST_WORK_MAX + 4 * NAME_SIZE_MAX);
    assert_in_range(calls, SUGGEST_WORK_MAX / (6 * NAME_SIZE_MAX), SUGGEST_WORK_MAX / NAME_SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(suggest_names__measures_as_the_table_does, setup, teardown),
        cmocka_unit_test_setup_teardown(suggest_names__shows_the_closest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(suggest_names__has_bounds, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/suggest", tests, NULL, NULL);
}
