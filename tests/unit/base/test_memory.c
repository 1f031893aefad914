/* The reserve, and what lives in it when the heap has nothing left. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "support/faults.h"
#include "support/test.h"

/* All that the reserve has, in the largest pieces that fit. */
static void *take_all(void)
{
    void *all = reserve_take(RESERVE_SIZE - 1);

    assert_non_null(all);
    return all;
}

static void reserve__lends_runs_of_pieces(void **state)
{
    char *first, *second, *third, *fourth;

    (void)state;
    first = reserve_take(1);
    second = reserve_take(3 * RESERVE_PIECE_SIZE);
    third = reserve_take(1);
    assert_int_equal(second - first, RESERVE_PIECE_SIZE);
    assert_true(third - second > 3 * RESERVE_PIECE_SIZE);
    assert_true(reserve_has(first) && reserve_has(third) && !reserve_has(NULL) && !reserve_has(&state));
    memset(second, 1, 3 * RESERVE_PIECE_SIZE);
    reserve_give(second);
    assert_ptr_equal(reserve_take(RESERVE_PIECE_SIZE), second); /* the first gap that is wide enough */
    fourth = reserve_take(4 * RESERVE_PIECE_SIZE);
    assert_true(fourth > third);
    assert_null(reserve_take(RESERVE_SIZE));
    assert_null(reserve_take(SIZE_MAX));
    reserve_give(first);
    reserve_give(second);
    reserve_give(third);
    assert_true(reserve_used() > 0);
    reserve_give(fourth);
    assert_int_equal(reserve_used(), 0);
}

static void reserve__is_low_when_half_of_it_is_lent(void **state)
{
    void *half = reserve_take(RESERVE_SIZE / 2 - 1), *more;

    (void)state;
    assert_false(reserve_is_low());
    more = reserve_take(1);
    assert_true(reserve_is_low());
    reserve_give(half);
    reserve_give(more);
    assert_false(reserve_is_low());
}

static void memory__comes_from_the_reserve_and_goes_back(void **state)
{
    char *bytes, *text;

    (void)state;
    faults_begin(1, 2);
    bytes = ts_memory_new(10, 100);
    text = ts_memory_string("text");
    assert_int_equal(faults_end(), 2);
    assert_true(reserve_has(bytes) && reserve_has(text));
    assert_string_equal(text, "text");
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(bytes[i], 0);
    memset(bytes, 1, 1000);
    ts_memory_free(bytes);
    ts_memory_free(text);
    ts_memory_free(NULL);
    assert_int_equal(reserve_used(), 0);
    faults_begin(1, 1);
    bytes = ts_memory_new(1, 1000); /* the same piece, zeroed again */
    (void)faults_end();             /* one, by what reserve_has() says */
    assert_true(reserve_has(bytes));
    assert_int_equal(bytes[999], 0);
    ts_memory_free(bytes);
}

static void memory__resizes_into_the_reserve_and_out_of_it(void **state)
{
    char *bytes = ts_memory_resize(NULL, 10);

    (void)state;
    memcpy(bytes, "0123456789", 10);
    faults_begin(1, 2);
    bytes = ts_memory_resize(bytes, 5000);
    assert_true(reserve_has(bytes));
    bytes = ts_memory_resize(bytes, 9000); /* within it */
    assert_true(reserve_has(bytes));
    assert_int_equal(faults_end(), 2);
    assert_memory_equal(bytes, "0123456789", 10);
    bytes = ts_memory_resize(bytes, 20000);
    assert_false(reserve_has(bytes));
    assert_memory_equal(bytes, "0123456789", 10);
    assert_int_equal(reserve_used(), 0);
    bytes = ts_memory_resize(bytes, 10);
    assert_memory_equal(bytes, "0123456789", 10);
    ts_memory_free(bytes);
}

static void memory__that_cannot_be_resized_stays(void **state)
{
    void *all = take_all();
    char *bytes = ts_memory_resize(NULL, 10);

    (void)state;
    memcpy(bytes, "0123456789", 10);
    faults_begin(1, 1);
    assert_null(memory_try_resize(bytes, 5000));
    assert_int_equal(faults_end(), 1);
    assert_memory_equal(bytes, "0123456789", 10);
    ts_memory_free(bytes);
    reserve_give(all);
}

static void arena__short_of_memory_says_so_and_gives_back(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    faults_begin(1, UINT64_MAX);
    for (int i = 0; i < 100; i++)
        (void)ts_alloc(&arena, 100);
    assert_true(faults_end() > 0);
    assert_true(arena_is_spent(&arena));
    assert_in_range(reserve_used(), 1, 100);
    arena_finish(&arena);
    assert_false(arena_is_spent(&arena));
    arena_reset(&arena);
    assert_int_equal(reserve_used(), 0);
    (void)ts_alloc(&arena, 100);
    assert_false(arena.is_short || arena.is_finishing);
    arena_done(&arena);
}

static void arena_part__is_as_short_as_its_request(void **state)
{
    struct ts_arena whole, *part, *inner;

    (void)state;
    arena_init(&whole);
    part = ts_arena_part(&whole);
    inner = ts_arena_part(part);
    faults_begin(1, UINT64_MAX);
    (void)ts_alloc(inner, 100);
    assert_int_equal(faults_end(), 1);
    assert_true(arena_is_spent(&whole) && arena_is_spent(part) && arena_is_spent(inner));
    ts_arena_reset(inner);
    assert_int_equal(reserve_used(), 0);
    assert_true(arena_is_spent(inner)); /* its request is to end all the same */
    arena_finish(inner);
    assert_false(arena_is_spent(&whole) || arena_is_spent(part) || arena_is_spent(inner));
    ts_arena_free(inner);
    ts_arena_free(part);
    arena_done(&whole);
}

static void buf__short_of_memory_is_full(void **state)
{
    void *all = take_all();
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    buf_add_string(&buf, "before");
    faults_begin(1, 1);
    for (int i = 0; i < 100; i++)
        buf_add_string(&buf, "more");
    assert_int_equal(faults_end(), 1);
    assert_true(buf.full && buf.is_short);
    assert_memory_equal(buf.data, "before", 6);
    buf_clear(&buf);
    assert_false(buf.full || buf.is_short);
    buf_done(&buf);
    reserve_give(all);
}

static void map__grows_into_the_reserve(void **state)
{
    struct map map;

    (void)state;
    map_init(&map);
    faults_begin(1, UINT64_MAX);
    for (uint64_t i = 1; i < 1000; i++)
        assert_null(map_put_number(&map, i, &map));
    assert_true(faults_end() > 0);
    for (uint64_t i = 1; i < 1000; i++)
        assert_ptr_equal(map_find_number(&map, i), &map);
    map_done(&map);
    assert_int_equal(reserve_used(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reserve__lends_runs_of_pieces),
        cmocka_unit_test(reserve__is_low_when_half_of_it_is_lent),
        cmocka_unit_test(memory__comes_from_the_reserve_and_goes_back),
        cmocka_unit_test(memory__resizes_into_the_reserve_and_out_of_it),
        cmocka_unit_test(memory__that_cannot_be_resized_stays),
        cmocka_unit_test(arena__short_of_memory_says_so_and_gives_back),
        cmocka_unit_test(arena_part__is_as_short_as_its_request),
        cmocka_unit_test(buf__short_of_memory_is_full),
        cmocka_unit_test(map__grows_into_the_reserve),
    };

    return cmocka_run_group_tests_name("base/memory", tests, NULL, NULL);
}
