/*
 * Which seats a group gets: every row of up to ten seats with every occupancy beside an oracle that tries everything,
 * and a theatre of 2,000 seats that is sold to the last one.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "seat_pick.h"
#include "support/theatre.h"
#include "tessera/arena.h"
#include "tessera/id.h"

enum { ROW_MAX = 10 };

/* ---- a hall: its plan, and what is free of it */

struct hall {
    struct ts_arena *arena;
    struct seat_plan *plan;
    uint64_t free_seats[SEAT_WORDS_MAX];
    uint32_t free_count;
};

static bool is_free(const struct hall *hall, uint32_t seat)
{
    return hall->free_seats[seat / 64] >> (seat % 64) & 1;
}

static void set_free(struct hall *hall, uint32_t seat, bool is)
{
    hall->free_count += (uint32_t)is - (uint32_t)is_free(hall, seat);
    hall->free_seats[seat / 64] &= ~(UINT64_C(1) << (seat % 64));
    hall->free_seats[seat / 64] |= (uint64_t)is << (seat % 64);
}

static void open_hall(struct hall *hall, struct ts_arena *arena, const Inventory__SeatPlan *body)
{
    *hall = (struct hall){ .arena = arena, .plan = seat_plan_new(body) };
    for (uint32_t i = 0; i < hall->plan->seat_count; i++)
        set_free(hall, i, true);
}

/* Rows as drawn: . and w free, x taken, blanks aisles. */
static void open_rows(struct hall *hall, const char *const *drawings, size_t count)
{
    struct ts_arena *arena = ts_arena_new();
    const char *const *drawing = drawings;
    uint32_t seat = 0;

    open_hall(hall, arena, rows_read(arena, drawings, count));
    for (; drawing < drawings + count; drawing++) {
        for (const char *at = *drawing; *at; at++) {
            if (*at == 'x')
                set_free(hall, seat, false);
            seat += *at != ' ';
        }
    }
}

static void close_hall(struct hall *hall)
{
    seat_plan_free(hall->plan);
    ts_arena_free(hall->arena);
}

static bool pick(const struct hall *hall, uint32_t count, bool accessible, uint32_t *ret_seats)
{
    return seat_pick(hall->plan, hall->free_seats, &(struct seat_wish){ count, accessible, SEAT_NONE }, ret_seats);
}

/* Rows, and the seats that a group of `count` gets there: [0] is the first of the first row. */
static void assert_pick(const char *const *drawings, size_t rows, uint32_t count, bool accessible,
                        const uint32_t *expected)
{
    uint32_t seats[64] = { 0 };
    struct hall hall;

    open_rows(&hall, drawings, rows);
    assert_true(pick(&hall, count, accessible, seats));
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(seats[i], expected[i]);
    close_hall(&hall);
}
#define DRAWN(...) (const char *const[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *)
#define SEATS(...)                                                                                                     \
    (const uint32_t[])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* ---- the oracle: one row, an aisle after `gap` seats; occupancies as bits */

struct row_case {
    uint32_t length, gap, free_seats;
};

static bool are_neighbours(const struct row_case *row, uint32_t seat)
{
    return seat + 1 < row->length && seat + 1 != row->gap;
}

static uint32_t singles(const struct row_case *row, uint32_t free_seats)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < row->length; i++) {
        bool left = i > 0 && are_neighbours(row, i - 1) && (free_seats >> (i - 1) & 1);
        bool right = are_neighbours(row, i) && (free_seats >> (i + 1) & 1);

        if ((free_seats >> i & 1) && !left && !right)
            found |= 1u << i;
    }
    return found;
}

/* Single seats there that were none before. */
static int new_singles(const struct row_case *row, uint32_t chosen)
{
    return __builtin_popcount(singles(row, row->free_seats & ~chosen) & ~singles(row, row->free_seats));
}

static bool is_together(const struct row_case *row, uint32_t chosen)
{
    for (uint32_t i = 0, seen = 0; i < row->length; i++) {
        seen += chosen >> i & 1;
        if ((chosen >> i & 1) && seen < (uint32_t)__builtin_popcount(chosen) &&
            !(are_neighbours(row, i) && (chosen >> (i + 1) & 1)))
            return false;
    }
    return true;
}

/* The fewest single seats that any way to sit together leaves; -1 when there is none. */
static int fewest_singles(const struct row_case *row, uint32_t count)
{
    int fewest = -1;

    for (uint32_t chosen = 1; chosen < 1u << row->length; chosen++) {
        if ((chosen & ~row->free_seats) || (uint32_t)__builtin_popcount(chosen) != count || !is_together(row, chosen))
            continue;
        if (fewest < 0 || new_singles(row, chosen) < fewest)
            fewest = new_singles(row, chosen);
    }
    return fewest;
}

static void check_row(const struct hall *hall, const struct row_case *row, uint32_t count)
{
    int fewest = fewest_singles(row, count);
    uint32_t seats[ROW_MAX] = { 0 }, chosen = 0;

    assert_true(pick(hall, count, false, seats));
    for (uint32_t i = 0; i < count; i++)
        chosen |= 1u << seats[i];
    assert_int_equal(__builtin_popcount(chosen), count);
    assert_int_equal(chosen & ~row->free_seats, 0);
    if (fewest < 0)
        return;
    assert_true(is_together(row, chosen));
    assert_int_equal(new_singles(row, chosen), fewest);
}

/* The free seats side by side with `seat`, itself among them. */
static uint32_t run_of(const struct row_case *row, uint32_t seat)
{
    uint32_t run = 0;

    while (seat > 0 && are_neighbours(row, seat - 1) && (row->free_seats >> (seat - 1) & 1))
        seat--;
    for (run = 1u << seat; are_neighbours(row, seat) && (row->free_seats >> (seat + 1) & 1); seat++)
        run |= 1u << (seat + 1);
    return run;
}

/* Does the choice leave a new single seat, in a run where it leaves more than that one? */
static bool leaves_orphan(const struct row_case *row, uint32_t chosen)
{
    uint32_t found = singles(row, row->free_seats & ~chosen) & ~singles(row, row->free_seats);

    for (uint32_t i = 0; i < row->length; i++) {
        if ((found >> i & 1) && __builtin_popcount(run_of(row, i) & ~chosen) > 1)
            return true;
    }
    return false;
}

static void check_orphans(const struct hall *hall, const struct row_case *row)
{
    for (uint32_t chosen = 1; chosen < 1u << row->length; chosen++) {
        uint64_t bits = chosen;

        if ((chosen & ~row->free_seats) == 0)
            assert_int_equal(seat_leaves_orphan(hall->plan, hall->free_seats, &bits), leaves_orphan(row, chosen));
    }
}

static void check_rows_of(uint32_t length, uint32_t gap)
{
    char drawing[ROW_MAX + 2] = "";
    struct hall hall;

    memset(drawing, '.', length + (gap > 0));
    if (gap)
        drawing[gap] = ' ';
    open_rows(&hall, DRAWN(drawing));
    for (uint32_t free_seats = 0; free_seats < 1u << length; free_seats++) {
        struct row_case row = { length, gap, free_seats };

        for (uint32_t i = 0; i < length; i++)
            set_free(&hall, i, free_seats >> i & 1);
        for (uint32_t count = 1; count <= hall.free_count; count++)
            check_row(&hall, &row, count);
        if (length <= 8)
            check_orphans(&hall, &row);
    }
    close_hall(&hall);
}

static void seat_pick__keeps_together_and_leaves_nobody_alone_in_every_row(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= ROW_MAX; length++) {
        check_rows_of(length, 0);
        for (uint32_t gap = 1; length <= 8 && gap < length; gap++)
            check_rows_of(length, gap);
    }
}

/* ---- what it prefers */

static void seat_pick__takes_the_better_row_and_its_middle(void **state)
{
    (void)state;
    assert_pick(DRAWN(".......", "......."), 3, false, SEATS(2, 3, 4));
    assert_pick(DRAWN("xxx....", "......."), 3, false, SEATS(9, 10, 11)); /* in row A one would be left alone */
    assert_pick(DRAWN("xxx.xxx", "......."), 1, false, SEATS(3));
    assert_pick(DRAWN("xxx...x", "xxxxxxx"), 2, false, SEATS(3, 4)); /* there is no other choice */
    assert_pick(DRAWN(".... ...."), 3, false, SEATS(1, 2, 3));
    assert_pick(DRAWN(".. ...."), 4, false, SEATS(2, 3, 4, 5));
}

static void seat_pick__goes_by_the_ranks_that_a_plan_names(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    Inventory__SeatPlan *body = rows_read(arena, DRAWN("....", "....", "...."));
    uint32_t seats[4] = { 0 };
    struct hall hall;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        body->sections[0]->rows[i]->has_rank = true;
        body->sections[0]->rows[i]->rank = i == 1 ? 1 : 2;
    }
    open_hall(&hall, arena, body);
    assert_true(pick(&hall, 4, false, seats));
    assert_int_equal(seats[0], 4);
    for (uint32_t i = 4; i < 8; i++)
        set_free(&hall, i, false);
    set_free(&hall, 0, false);
    assert_true(pick(&hall, 2, false, seats)); /* A and C are as good: C leaves two, A would leave one alone */
    assert_int_equal(seats[0], 8);
    close_hall(&hall);
}

static void seat_pick__splits_into_the_largest_groups_near_each_other(void **state)
{
    (void)state;
    assert_pick(DRAWN("...xx..x...x"), 5, false, SEATS(5, 6, 8, 9, 10));
    assert_pick(DRAWN("..xxxxxx", "..xxxxxx", "xxxxxx.."), 4, false, SEATS(0, 1, 8, 9));
    assert_pick(DRAWN("...xx...x"), 4, false, SEATS(1, 2, 5, 6)); /* two pairs, not three and one */
    assert_pick(DRAWN("...xx.x.x"), 4, false, SEATS(0, 1, 2, 5)); /* there is one pair only */
    assert_pick(DRAWN("x.x.x.x.x"), 3, false, SEATS(1, 3, 5));
}

static void seat_pick__keeps_accessible_seats_for_who_asks(void **state)
{
    uint32_t seats[8];
    struct hall hall;

    (void)state;
    assert_pick(DRAWN("w....", "....."), 4, false, SEATS(1, 2, 3, 4));
    assert_pick(DRAWN("ww..", "...."), 3, false,
                SEATS(4, 5, 6)); /* nobody may come to sit beside a wheelchair's place */
    assert_pick(DRAWN("...ww", "....."), 3, true, SEATS(1, 2, 3)); /* one of them, and who comes along */
    assert_pick(DRAWN(".....", "w...."), 1, true, SEATS(5));
    assert_pick(DRAWN("wx..x", "x...x"), 3, true, SEATS(0, 2, 3)); /* none beside it: near to it */
    assert_pick(DRAWN("..x..", "www"), 3, false, SEATS(0, 1, 3));  /* rather apart */
    assert_pick(DRAWN("ww.xx", "xxxxx"), 2, false, SEATS(1, 2));   /* nothing else is left */
    assert_pick(DRAWN("ww.xx", "xxxxx"), 3, false, SEATS(0, 1, 2));
    open_rows(&hall, DRAWN("....x"));
    assert_false(pick(&hall, 1, true, seats));
    assert_false(pick(&hall, 5, false, seats));
    close_hall(&hall);
}

static void seat_pick__finds_a_seat_near_the_rest_of_its_group(void **state)
{
    struct seat_wish wish = { 1, false, 9 };
    uint32_t seat = 0;
    struct hall hall;

    (void)state;
    open_rows(&hall, DRAWN("........", ".x......"));
    set_free(&hall, 8, false);
    assert_true(seat_pick(hall.plan, hall.free_seats, &wish, &seat));
    assert_int_equal(seat, 10);
    close_hall(&hall);
}

/* ---- the theatre, sold to the last seat */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* People come in pairs above all: of ten groups four are pairs, two are four. */
static uint32_t group_size(uint64_t *random)
{
    static const uint32_t sizes[10] = { 1, 2, 2, 2, 2, 3, 4, 4, 5, 7 };

    return sizes[next_random(random) % 10];
}

struct night {
    uint64_t random;
    uint32_t groups, split, singles_max;
    uint32_t sold[THEATRE_SEATS], owner[THEATRE_SEATS];
};

static uint32_t theatre_singles(const struct hall *hall)
{
    const struct seat_plan *plan = hall->plan;
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->block_count; i++) {
        const struct seat_block *block = &plan->blocks[i];

        for (uint32_t seat = block->first, end = seat + block->count; seat < end; seat++)
            count += is_free(hall, seat) && (seat == block->first || !is_free(hall, seat - 1)) &&
                     (seat + 1 == end || !is_free(hall, seat + 1));
    }
    return count;
}

static uint32_t longest_run(const struct hall *hall)
{
    const struct seat_plan *plan = hall->plan;
    uint32_t longest = 0;

    for (uint32_t i = 0; i < plan->block_count; i++) {
        const struct seat_block *block = &plan->blocks[i];

        for (uint32_t seat = block->first, length = 0; seat < block->first + block->count; seat++) {
            bool open = is_free(hall, seat) && !plan->seats[seat].accessible;

            length = open ? length + 1 : 0;
            longest = length > longest ? length : longest;
        }
    }
    return longest;
}

static bool sit_together(const struct hall *hall, const uint32_t *seats, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        if (seats[i] != seats[i - 1] + 1 || hall->plan->seats[seats[i]].row != hall->plan->seats[seats[i - 1]].row)
            return false;
    }
    return true;
}

static void sell_to_one_group(struct hall *hall, struct night *night)
{
    uint32_t count = group_size(&night->random), seats[8] = { 0 };
    bool together;

    count = count < hall->free_count ? count : hall->free_count;
    together = longest_run(hall) >= count;
    assert_true(pick(hall, count, false, seats));
    night->groups++;
    night->split += !together;
    if (together)
        assert_true(sit_together(hall, seats, count));
    for (uint32_t i = 0; i < count; i++) {
        assert_true(is_free(hall, seats[i]));
        set_free(hall, seats[i], false);
        night->sold[seats[i]]++;
        night->owner[seats[i]] = night->groups;
    }
}

/* Some group of those that have seats gives them back. */
static void give_one_back(struct hall *hall, struct night *night)
{
    uint32_t group = night->owner[next_random(&night->random) % THEATRE_SEATS];

    for (uint32_t i = 0; group && i < THEATRE_SEATS; i++) {
        if (night->owner[i] != group)
            continue;
        set_free(hall, i, true);
        night->sold[i]--;
        night->owner[i] = 0;
    }
}

static void sell_out(struct hall *hall, struct night *night, bool returns)
{
    for (uint32_t i = 0; i < THEATRE_SEATS; i++)
        set_free(hall, i, true);
    while (hall->free_count > 0) {
        uint32_t single_count;

        sell_to_one_group(hall, night);
        if (returns && night->groups < 900 && next_random(&night->random) % 10 == 0)
            give_one_back(hall, night);
        single_count = theatre_singles(hall);
        night->singles_max = single_count > night->singles_max ? single_count : night->singles_max;
    }
    for (uint32_t i = 0; i < THEATRE_SEATS; i++)
        assert_int_equal(night->sold[i], 1);
}

static void assert_nights(bool returns, uint32_t singles_bound, uint32_t split_bound)
{
    struct ts_arena *arena = ts_arena_new();
    uint32_t singles_max = 0, split_max = 0, groups = 0;
    struct hall hall;

    open_hall(&hall, arena, theatre_read(arena));
    assert_int_equal(hall.plan->seat_count, THEATRE_SEATS);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct night night;

        night = (struct night){ .random = seed };
        sell_out(&hall, &night, returns);
        groups += night.groups;
        singles_max = night.singles_max > singles_max ? night.singles_max : singles_max;
        split_max = night.split > split_max ? night.split : split_max;
    }
    print_message("20 nights%s: %u groups; at worst %u seats alone at a time, %u groups apart in a night\n",
                  returns ? " with returns" : "", groups, singles_max, split_max);
    assert_in_range(singles_max, 0, singles_bound);
    assert_in_range(split_max, 0, split_bound);
    close_hall(&hall);
}

static void seat_pick__sells_a_theatre_to_the_last_seat(void **state)
{
    (void)state;
    assert_nights(false, 8, 15);
}

static void seat_pick__sells_a_theatre_that_gets_seats_back(void **state)
{
    (void)state;
    assert_nights(true, 8, 15);
}

/* ---- a plan that comes to a map of places */

static void seat_plan_bound__blocks_what_is_no_seat(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    Inventory__SeatPlan *body = rows_read(arena, DRAWN("..."));
    struct holders holders = { 0 };
    struct seat_plan *plan;
    struct map map;

    (void)state;
    map_init(&map);
    map_grow(&map, 4);
    map_set(&map, &holders, 0, HOLDER_SOLD);
    body->sections[0]->rows[0]->seats[0]->place = 5;
    plan = seat_plan_new(body);
    seat_plan_bound(plan, &map, &holders);
    assert_int_equal(map.place_count, 6);
    assert_int_equal(map_free_count(&map), 3); /* 1, 2 and 5 */
    assert_int_equal(map.blocked_count, 2);    /* 3 and 4; 0 stays sold */
    seat_plan_free(plan);
    map_done(&map);
    ts_arena_free(arena);
}

static void seat_id_parse__takes_one_spelling(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    char *id = seat_id(arena, "quo_00000000000000000000000000", 1907);
    const char *quota_id;
    int32_t place;
    static const char *const wrong[] = { "",
                                         "quo_00000000000000000000000000",
                                         "quo_00000000000000000000000000/",
                                         "quo_00000000000000000000000000/01",
                                         "quo_00000000000000000000000000/-1",
                                         "quo_00000000000000000000000000/1x",
                                         "quo_00000000000000000000000000/10000000",
                                         "hld_00000000000000000000000000/1",
                                         "quo_0000000000000000000000000u/1" };

    (void)state;
    assert_string_equal(id, "quo_00000000000000000000000000/1907");
    assert_true(seat_id_parse(arena, id, &quota_id, &place));
    assert_string_equal(quota_id, "quo_00000000000000000000000000");
    assert_int_equal(place, 1907);
    assert_true(seat_id_parse(arena, seat_id(arena, "quo_00000000000000000000000000", 0), &quota_id, &place));
    assert_int_equal(place, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(seat_id_parse(arena, wrong[i], &quota_id, &place));
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seat_pick__keeps_together_and_leaves_nobody_alone_in_every_row),
        cmocka_unit_test(seat_pick__takes_the_better_row_and_its_middle),
        cmocka_unit_test(seat_pick__goes_by_the_ranks_that_a_plan_names),
        cmocka_unit_test(seat_pick__splits_into_the_largest_groups_near_each_other),
        cmocka_unit_test(seat_pick__keeps_accessible_seats_for_who_asks),
        cmocka_unit_test(seat_pick__finds_a_seat_near_the_rest_of_its_group),
        cmocka_unit_test(seat_pick__sells_a_theatre_to_the_last_seat),
        cmocka_unit_test(seat_pick__sells_a_theatre_that_gets_seats_back),
        cmocka_unit_test(seat_plan_bound__blocks_what_is_no_seat),
        cmocka_unit_test(seat_id_parse__takes_one_spelling),
    };

    return cmocka_run_group_tests_name("modules/inventory/seat_pick", tests, NULL, NULL);
}
