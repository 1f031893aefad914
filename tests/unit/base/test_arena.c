/* Arenas: alignment, zeroing, reset, printf. */
#include "base/arena.h"

#include <string.h>

#include "support/test.h"

static int setup(void **state)
{
    static struct ts_arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    arena_done(*state);
    return 0;
}

static void ts_alloc__is_aligned_and_zeroed(void **state)
{
    for (size_t size = 0; size < 300; size++) {
        char *piece = ts_alloc(*state, size);

        assert_int_equal((uintptr_t)piece % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xff, size);
    }
}

static void ts_alloc__gives_pieces_larger_than_a_block(void **state)
{
    char *large = ts_alloc(*state, 3 << 20), *small = ts_alloc(*state, 10);

    large[(3 << 20) - 1] = 'x';
    small[9] = 'y';
    assert_true(((struct ts_arena *)*state)->used >= (3 << 20) + 10);
}

static void arena_reset__keeps_the_first_block_and_gives_zeros_again(void **state)
{
    struct ts_arena *arena = *state;
    char *first = ts_alloc(arena, 100);

    memset(first, 'x', 100);
    (void)ts_alloc(arena, 1 << 20);
    arena_reset(arena);
    assert_int_equal(arena->used, 0);
    assert_ptr_equal(ts_alloc(arena, 100), first);
    assert_int_equal(first[50], 0);
}

static void count_release(void *data)
{
    ++*(int *)data;
}

static void arena_reset__lets_go_of_what_is_pinned_once(void **state)
{
    struct ts_arena *arena = *state;
    int released = 0;

    arena_pin(arena, count_release, &released);
    arena_pin(arena, count_release, &released);
    assert_int_equal(released, 0);
    arena_reset(arena);
    assert_int_equal(released, 2);
    arena_pin(arena, count_release, &released);
    arena_done(arena);
    arena_done(arena);
    assert_int_equal(released, 3);
}

static void ts_printf__measures_what_it_writes(void **state)
{
    char *text = ts_printf(*state, "%s-%d", "abc", 42);

    assert_string_equal(text, "abc-42");
    assert_null(ts_strdup(*state, NULL));
    assert_string_equal(ts_strndup(*state, "abcdef", 3), "abc");
    assert_memory_equal(ts_memdup(*state, "a\0b", 3), "a\0b", 3);
    assert_non_null(ts_memdup(*state, NULL, 0));
}

/* Formats of strings alone go another way. */
static void ts_printf__puts_strings_together(void **state)
{
    char text[400];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_string_equal(ts_printf(*state, "%s", ""), "");
    assert_string_equal(ts_printf(*state, "plain"), "plain");
    assert_string_equal(ts_printf(*state, "%s%s/%s.", "a", "", "bc"), "a/bc.");
    assert_string_equal(ts_printf(*state, "pos_%.*s", 2, "abc"), "pos_ab");
    assert_string_equal(ts_printf(*state, "%s 100%%", "of"), "of 100%");
    assert_string_equal(ts_printf(*state, "%s%c", "a", 'b'), "ab");
    assert_string_equal(ts_printf(*state, "<%s>", *state ? (const char *)NULL : ""), "<(null)>");
    assert_int_equal(strlen(ts_printf(*state, "<%s>", text)), sizeof(text) + 1);
    assert_string_equal(ts_printf(*state, "after"), "after"); /* ASan: none wrote past its end */
}

static void ts_printf__writes_texts_of_any_length(void **state)
{
    for (int size = 0; size < 1000; size++) {
        const char *text = ts_printf(*state, "%0*d%s", size, 0, "end");
        size_t zeros = size ? (size_t)size : 1;

        assert_int_equal(strlen(text), zeros + 3);
        assert_int_equal(strspn(text, "0"), zeros);
        assert_string_equal(text + zeros, "end");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ts_alloc__is_aligned_and_zeroed, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_alloc__gives_pieces_larger_than_a_block, setup, teardown),
        cmocka_unit_test_setup_teardown(arena_reset__keeps_the_first_block_and_gives_zeros_again, setup, teardown),
        cmocka_unit_test_setup_teardown(arena_reset__lets_go_of_what_is_pinned_once, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_printf__measures_what_it_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_printf__puts_strings_together, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_printf__writes_texts_of_any_length, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
