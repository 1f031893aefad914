/* Who stands where: the draw is fair, the line behind is in order, marks mean the same for everybody. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

#define START INT64_C(1780315200000)

struct id {
    uint8_t bytes[LINE_ID_SIZE];
};

/* As a UUIDv7: made at a time, the number keeps them apart. */
static struct id make_id(int64_t made_ms, uint32_t number)
{
    struct id id = { { 0 } };

    for (unsigned i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)(made_ms >> (40 - 8 * i));
    for (unsigned i = 0; i < 4; i++)
        id.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    return id;
}

static uint64_t key_of(unsigned seed, uint32_t number)
{
    char seed_text[32], id_text[32];

    (void)snprintf(seed_text, sizeof(seed_text), "seed-%u", seed);
    (void)snprintf(id_text, sizeof(id_text), "wai_%026u", number);
    return line_key(seed_text, id_text);
}

/* `count` places of the pre-queue, drawn; the number of a place is its waiter's slot. */
static void draw(struct line *line, unsigned seed, uint32_t count)
{
    line_init(line, START);
    for (uint32_t i = 0; i < count; i++) {
        struct id id = make_id(START - 60000 + i / 10, i);

        assert_int_equal(line_add(line, id.bytes, key_of(seed, i), 0), i);
    }
    while (!line_draw(line, 7))
        ;
}

static uint32_t number_at(const struct line *line, uint32_t rank)
{
    return (uint32_t)(line_at(line, rank) - line->waiters);
}

/* ---- the draw */

enum { PLACES = 10, DRAWS = 20000 };

/*
 * Every place comes to every rank equally often: 100 counts that should be DRAWS / 10, with 81 degrees of freedom. The
 * draws are fixed by their seeds, so the sum is the same each time; one fair drawing in ten thousand is above 131.
 */
static void draw__gives_each_place_each_rank_equally_often(void **state)
{
    static unsigned counts[PLACES][PLACES];
    double expected = (double)DRAWS / PLACES, chi_square = 0;

    (void)state;
    for (unsigned seed = 0; seed < DRAWS; seed++) {
        struct line line;

        draw(&line, seed, PLACES);
        for (uint32_t rank = 0; rank < PLACES; rank++)
            counts[number_at(&line, rank)][rank]++;
        line_done(&line);
    }
    for (unsigned place = 0; place < PLACES; place++) {
        for (unsigned rank = 0; rank < PLACES; rank++) {
            double off = counts[place][rank] - expected;

            chi_square += off * off / expected;
        }
    }
    if (chi_square > 131)
        fail_msg("chi-square of the ranks: %.1f", chi_square);
}

/* All 24 orders of four places: 23 degrees of freedom, one fair drawing in ten thousand is above 56. */
static void draw__gives_all_orders_equally_often(void **state)
{
    enum { ORDERS = 256, OF_FOUR = 24 };
    static unsigned counts[ORDERS];
    double expected = (double)DRAWS / OF_FOUR, chi_square = 0;
    unsigned seen = 0;

    (void)state;
    for (unsigned seed = 0; seed < DRAWS; seed++) {
        struct line line;
        unsigned order = 0;

        draw(&line, seed, 4);
        for (uint32_t rank = 0; rank < 4; rank++)
            order = order << 2 | number_at(&line, rank);
        counts[order]++;
        line_done(&line);
    }
    for (unsigned order = 0; order < ORDERS; order++) {
        double off = counts[order] - expected;

        seen += counts[order] > 0;
        chi_square += counts[order] ? off * off / expected : 0;
    }
    assert_int_equal(seen, OF_FOUR);
    if (chi_square > 56)
        fail_msg("chi-square of the orders: %.1f", chi_square);
}

/* Who came a minute earlier stands no better: the sum of ranks of the first half, against its mean by six deviations.
 */
static void draw__does_not_care_when_in_the_pre_queue_one_came(void **state)
{
    enum { COUNT = 20000 };
    double sum = 0, mean = COUNT / 2.0 * (COUNT - 1) / 2.0, variance = COUNT / 2.0 * (COUNT / 2.0) * (COUNT + 1) / 12.0;
    struct line line;

    (void)state;
    draw(&line, 1, COUNT);
    for (uint32_t rank = 0; rank < COUNT; rank++)
        sum += number_at(&line, rank) < COUNT / 2 ? rank : 0;
    assert_true((sum - mean) * (sum - mean) < 36 * variance);
    line_done(&line);
}

static void draw__comes_to_the_same_however_it_is_cut_up(void **state)
{
    enum { COUNT = 1000 };
    struct line whole, pieces;

    (void)state;
    for (uint32_t count = 0; count < 70; count++) {
        draw(&pieces, 3, count);
        for (uint32_t rank = 1; rank < count; rank++)
            assert_true(line_at(&pieces, rank - 1)->key < line_at(&pieces, rank)->key);
        line_done(&pieces);
    }
    draw(&pieces, 3, COUNT);
    line_init(&whole, START);
    for (uint32_t i = COUNT; i-- > 0;) { /* whoever is heard of first */
        struct id id = make_id(START - 60000 + i / 10, i);

        assert_int_not_equal(line_add(&whole, id.bytes, key_of(3, i), 0), LINE_NONE);
    }
    assert_true(line_draw(&whole, UINT32_MAX));
    for (uint32_t rank = 0; rank < COUNT; rank++)
        assert_memory_equal(line_at(&whole, rank)->id, line_at(&pieces, rank)->id, LINE_ID_SIZE);
    line_done(&whole);
    line_done(&pieces);
}

static void draw__can_be_checked_by_who_knows_the_seed(void **state)
{
    (void)state;
    /* SHA-256("seed" "wai_0") = 5590d03d…, by another program */
    assert_true(line_key("seed", "wai_0") == UINT64_C(0x5590d03dd49c6f52));
}

/* ---- the line behind */

static void add_late(struct line *line, int64_t after_ms, uint32_t number)
{
    struct id id = make_id(START + after_ms, number);

    assert_int_not_equal(line_add(line, id.bytes, 0, 0), LINE_NONE);
}

static void line__who_comes_after_the_start_stands_behind_in_order_of_coming(void **state)
{
    struct line line;

    (void)state;
    draw(&line, 1, 50);
    for (uint32_t i = 0; i < 200; i++)
        add_late(&line, i / 3, 1000 + i);
    for (uint32_t rank = 0; rank < 50; rank++)
        assert_true(line_is_early(&line, line_at(&line, rank)->id));
    for (uint32_t i = 0; i < 200; i++) {
        struct id id = make_id(START + i / 3, 1000 + i);

        assert_int_equal(line_find(&line, id.bytes, 0), 50 + i);
        assert_memory_equal(line_at(&line, 50 + i)->id, id.bytes, LINE_ID_SIZE);
    }
    line_done(&line);
}

static void line__who_is_heard_of_late_stands_where_he_came(void **state)
{
    struct id late = make_id(START + 5, 1), early = make_id(START - 1, 77777);
    struct line line;
    uint32_t rank;

    (void)state;
    draw(&line, 1, 50);
    add_late(&line, 9, 2);
    add_late(&line, 1, 3);
    assert_int_not_equal(line_add(&line, late.bytes, 0, 0), LINE_NONE);
    assert_int_equal(line_find(&line, late.bytes, 0), 51);
    assert_int_not_equal(line_add(&line, early.bytes, key_of(1, 77777), 0), LINE_NONE);
    rank = line_find(&line, early.bytes, key_of(1, 77777));
    assert_true(rank <= 50);
    assert_true(rank == 0 || line_at(&line, rank - 1)->key < key_of(1, 77777));
    assert_true(line_at(&line, rank + 1)->key > key_of(1, 77777) || rank == 50);
    assert_int_equal(line_find(&line, late.bytes, 0), 52);
    line_done(&line);
}

static void line_add__takes_a_place_once(void **state)
{
    struct line line;
    struct id early = make_id(START - 1, 1), late = make_id(START, 1);

    (void)state;
    line_init(&line, START);
    assert_true(line_is_early(&line, early.bytes));
    assert_false(line_is_early(&line, late.bytes));
    for (int drawn = 0; drawn < 2; drawn++) {
        assert_int_equal(line_add(&line, early.bytes, 5, 0) == LINE_NONE, drawn);
        assert_int_equal(line_add(&line, early.bytes, 5, 0), LINE_NONE);
        assert_int_equal(line_add(&line, late.bytes, 0, 0) == LINE_NONE, drawn);
        assert_int_equal(line_add(&line, late.bytes, 0, 0), LINE_NONE);
        assert_int_not_equal(line_find(&line, early.bytes, 5), LINE_NONE);
        assert_true(line_draw(&line, 100));
    }
    assert_int_equal(line.count, 2);
    assert_int_equal(line_find(&line, make_id(START - 2, 1).bytes, 5), LINE_NONE);
    assert_int_equal(line_find(&line, make_id(START, 2).bytes, 0), LINE_NONE);
    line_done(&line);
}

/* ---- marks */

static void mark__says_the_same_to_who_has_heard_of_more(void **state)
{
    struct line line;

    (void)state;
    draw(&line, 1, 20);
    for (uint32_t i = 0; i < 20; i++)
        add_late(&line, 2 * i + 2, 1000 + i);
    for (uint32_t passed = 0; passed <= 40; passed++) {
        struct mark mark = line_mark(&line, passed);

        assert_int_equal(line_passed(&line, &mark), passed);
    }
    {
        struct mark mark = line_mark(&line, 30);

        add_late(&line, 1, 5000); /* before the mark: his turn has come, too */
        assert_int_equal(line_passed(&line, &mark), 31);
        add_late(&line, 39, 5001);
        assert_int_equal(line_passed(&line, &mark), 31);
    }
    line_done(&line);
}

static void mark__survives_being_written_down(void **state)
{
    struct line line;
    char text[LINE_MARK_SIZE], before[LINE_MARK_SIZE] = "";
    struct mark mark;

    (void)state;
    draw(&line, 1, 20);
    add_late(&line, 5, 1);
    add_late(&line, 6, 2);
    for (uint32_t passed = 0; passed <= 22; passed++) {
        struct mark made = line_mark(&line, passed);

        mark_format(&made, text);
        assert_true(mark_parse(text, &mark));
        assert_int_equal(line_passed(&line, &mark), passed);
        assert_true(passed == 0 || strcmp(before, text) < 0);
        memcpy(before, text, sizeof(text));
    }
    assert_false(mark_parse(NULL, &mark));
    assert_false(mark_parse("e", &mark));
    text[0] = 'x';
    assert_false(mark_parse(text, &mark));
    text[0] = 'l';
    text[20] = 'G';
    assert_false(mark_parse(text, &mark));
    line_done(&line);
}

/* ---- what it costs */

static void line__a_million_places_are_fifty_megabytes(void **state)
{
    enum { COUNT = 1000000 };
    struct line line;
    size_t bytes;

    (void)state;
    line_init(&line, START);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct id id = make_id(START + i / 1000, i);

        assert_int_equal(line_add(&line, id.bytes, 0, 0), i);
    }
    bytes = line.room * sizeof(*line.waiters) + (line.early.room + line.late.room) * sizeof(*line.late.slots);
    assert_in_range(bytes, COUNT * sizeof(*line.waiters), 50 << 20);
    assert_int_equal(line_find(&line, make_id(START + 999, 999999).bytes, 0), COUNT - 1);
    line_done(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draw__gives_each_place_each_rank_equally_often),
        cmocka_unit_test(draw__gives_all_orders_equally_often),
        cmocka_unit_test(draw__does_not_care_when_in_the_pre_queue_one_came),
        cmocka_unit_test(draw__comes_to_the_same_however_it_is_cut_up),
        cmocka_unit_test(draw__can_be_checked_by_who_knows_the_seed),
        cmocka_unit_test(line__who_comes_after_the_start_stands_behind_in_order_of_coming),
        cmocka_unit_test(line__who_is_heard_of_late_stands_where_he_came),
        cmocka_unit_test(line_add__takes_a_place_once),
        cmocka_unit_test(mark__says_the_same_to_who_has_heard_of_more),
        cmocka_unit_test(mark__survives_being_written_down),
        cmocka_unit_test(line__a_million_places_are_fifty_megabytes),
    };

    return cmocka_run_group_tests_name("modules/waitroom/line", tests, NULL, NULL);
}
