/*
 * One walk over the free runs of all blocks, in the order of their rank, measures each window of so many neighbours;
 * the smallest measure wins. It ends early when what comes has a worse rank and the best so far leaves nobody alone.
 * All of it is integers on the stack; see seat_pick.h.
 */
#include "seat_pick.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a choice costs, the worst first. */
struct price {
    uint32_t accessible; /* seats that somebody may need more, beyond the one asked for */
    uint32_t orphans;    /* seats left alone by it */
    int32_t rank;        /* of the row; nothing where there is a seat to be near to */
    int64_t distance;    /* from the middle, or from that seat */
};

static bool is_less(const struct price *left, const struct price *right)
{
    if (left->accessible != right->accessible)
        return left->accessible < right->accessible;
    if (left->orphans != right->orphans)
        return left->orphans < right->orphans;
    if (left->rank != right->rank)
        return left->rank < right->rank;
    return left->distance < right->distance;
}

struct search {
    const struct seat_plan *plan;
    uint64_t *free_seats; /* what is still to be had */
    uint32_t count;       /* of neighbours wanted */
    bool accessible;      /* at least one of them */
    int32_t near;         /* SEAT_NONE, or the seat to be near to */
    bool found;
    uint32_t first; /* of the best window */
    struct price price;
};

static bool has(const uint64_t *bits, uint32_t seat)
{
    return bits[seat / 64] >> (seat % 64) & 1;
}

static uint32_t count_bits(const uint64_t *bits, uint32_t word_count)
{
    int count = 0;

    for (uint32_t i = 0; i < word_count; i++)
        count += __builtin_popcountll(bits[i]);
    return (uint32_t)count;
}

/* ---- runs: free seats side by side within a block */

struct run {
    uint32_t block, first, count;
};

/* The next run from `run` on, which starts as zeros. Return: false past the last. */
static bool next_run(const struct seat_plan *plan, const uint64_t *bits, struct run *run)
{
    uint32_t seat = run->first + run->count;

    for (uint32_t i = run->block; i < plan->block_count; i++) {
        const struct seat_block *block = &plan->blocks[i];
        uint32_t end = block->first + block->count, first;

        if (i != run->block || run->count == 0)
            seat = block->first;
        while (seat < end && !has(bits, seat))
            seat++;
        if (seat == end)
            continue;
        for (first = seat; seat < end && has(bits, seat); seat++)
            ;
        *run = (struct run){ i, first, seat - first };
        return true;
    }
    return false;
}

struct runs {
    uint32_t longest, pairs; /* seats of the longest; how many runs have two or more */
};

static struct runs measure_runs(const struct seat_plan *plan, const uint64_t *bits)
{
    struct runs runs = { 0 };
    struct run run = { 0 };

    while (next_run(plan, bits, &run)) {
        if (run.count > runs.longest)
            runs.longest = run.count;
        runs.pairs += run.count > 1;
    }
    return runs;
}

/* ---- windows */

static int64_t distance_of(const struct search *search, uint32_t first)
{
    const struct seat *left = &search->plan->seats[first], *right = left + search->count - 1;
    int64_t dx, dy;

    if (search->near == SEAT_NONE)
        return llabs((int64_t)left->x + right->x - search->plan->middle_x2);
    dx = (int64_t)left->x + right->x - 2 * (int64_t)search->plan->seats[search->near].x;
    dy = (int64_t)left->y + right->y - 2 * (int64_t)search->plan->seats[search->near].y;
    return dx * dx + dy * dy;
}

static void try_window(struct search *search, const struct run *run, uint32_t offset, uint32_t accessible)
{
    uint32_t right = run->count - offset - search->count;
    struct price price = { accessible - (search->accessible && accessible), (offset == 1) + (right == 1), 0, 0 };

    if (search->accessible && accessible == 0)
        return;
    if (search->near == SEAT_NONE)
        price.rank = search->plan->blocks[run->block].rank;
    price.distance = distance_of(search, run->first + offset);
    if (search->found && !is_less(&price, &search->price))
        return;
    search->found = true;
    search->first = run->first + offset;
    search->price = price;
}

static void try_run(struct search *search, const struct run *run)
{
    const uint64_t *accessible = search->plan->accessible;
    uint32_t inside = 0;

    for (uint32_t i = 0; i < run->count; i++) {
        inside += has(accessible, run->first + i);
        if (i + 1 < search->count)
            continue;
        try_window(search, run, i + 1 - search->count, inside);
        inside -= has(accessible, run->first + i + 1 - search->count);
    }
}

/* The best `count` neighbours. Return: search->found. */
static bool find_window(struct search *search, uint32_t count)
{
    struct run run = { 0 };

    search->found = false;
    search->count = count;
    while (next_run(search->plan, search->free_seats, &run)) {
        if (search->found && search->near == SEAT_NONE && search->price.orphans + search->price.accessible == 0 &&
            search->plan->blocks[run.block].rank > search->price.rank)
            break;
        if (run.count >= count)
            try_run(search, &run);
    }
    return search->found;
}

/* ---- groups */

struct choice {
    uint32_t *seats;
    uint32_t count;
};

/* Take the window that was found; what comes next shall be near. */
static void take(struct search *search, struct choice *choice)
{
    for (uint32_t i = search->first; i < search->first + search->count; i++) {
        choice->seats[choice->count++] = i;
        search->free_seats[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
    if (search->near == SEAT_NONE)
        search->near = (int32_t)(search->first + search->count / 2);
    search->accessible = false;
}

/* How many of `left` sit together next: all who can, but rather two pairs than three and one. */
static uint32_t next_group(const struct search *search, uint32_t left)
{
    struct runs runs = measure_runs(search->plan, search->free_seats);

    if (runs.longest >= left)
        return left;
    return left - runs.longest == 1 && runs.longest > 2 && runs.pairs > 1 ? runs.longest - 1 : runs.longest;
}

/* All of `left`; so many must be free. */
static void take_all(struct search *search, uint32_t left, struct choice *choice)
{
    while (left > 0) {
        uint32_t count = left;

        if (!find_window(search, count)) {
            count = next_group(search, left);
            (void)find_window(search, count); /* there is a run that long */
        }
        assert(search->found);
        take(search, choice);
        left -= count;
    }
}

/* The largest part of the group that an accessible seat has room for beside it. Return: false when there is none. */
static bool take_accessible(struct search *search, uint32_t count, struct choice *choice)
{
    search->accessible = true;
    for (uint32_t together = count; together > 0; together--) {
        if (!find_window(search, together))
            continue;
        take(search, choice);
        return true;
    }
    return false;
}

static int compare_seats(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

bool seat_pick(const struct seat_plan *plan, const uint64_t *free_seats, const struct seat_wish *wish,
               uint32_t *ret_seats)
{
    uint64_t bits[SEAT_WORDS_MAX];
    struct search search = { .plan = plan, .free_seats = bits, .near = wish->near };
    struct choice choice = { ret_seats, 0 };

    memcpy(bits, free_seats, plan->word_count * sizeof(*bits));
    if (count_bits(bits, plan->word_count) < wish->count)
        return false;
    if (wish->accessible && !take_accessible(&search, wish->count, &choice))
        return false;
    for (uint32_t i = 0; i < plan->word_count; i++)
        bits[i] &= ~plan->accessible[i];
    if (count_bits(bits, plan->word_count) < wish->count - choice.count) {
        memcpy(bits, free_seats, plan->word_count * sizeof(*bits));
        for (uint32_t i = 0; i < choice.count; i++)
            bits[choice.seats[i] / 64] &= ~(UINT64_C(1) << (choice.seats[i] % 64));
    }
    take_all(&search, wish->count - choice.count, &choice);
    qsort(ret_seats, choice.count, sizeof(*ret_seats), compare_seats);
    return true;
}

/* ---- choices by hand */

static bool run_leaves_orphan(const struct run *run, const uint64_t *chosen)
{
    uint32_t taken = 0, alone = 0, length = 0;

    for (uint32_t i = run->first; i < run->first + run->count; i++) {
        bool is_chosen = has(chosen, i);

        taken += is_chosen;
        alone += is_chosen && length == 1;
        length = is_chosen ? 0 : length + 1;
    }
    alone += length == 1;
    return taken > 0 && alone > 0 && run->count - taken > 1;
}

bool seat_leaves_orphan(const struct seat_plan *plan, const uint64_t *free_seats, const uint64_t *chosen)
{
    struct run run = { 0 };

    while (next_run(plan, free_seats, &run)) {
        if (run_leaves_orphan(&run, chosen))
            return true;
    }
    return false;
}
