/*
 * What choosing the best seats costs, in a theatre of 2,000 and an arena of 20,000: fresh, half sold and nearly sold
 * out, for the groups that come. Beside it what it costs to list which seats are free.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "seat_pick.h"
#include "support/theatre.h"
#include "tessera/arena.h"

enum { ROUNDS = 2000, GROUP_MAX = 8 };

struct hall {
    const char *name;
    struct seat_plan *plan;
    uint64_t free_seats[SEAT_WORDS_MAX];
    uint32_t free_count;
};

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void take(struct hall *hall, const uint32_t *seats, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        hall->free_seats[seats[i] / 64] &= ~(UINT64_C(1) << (seats[i] % 64));
    hall->free_count -= count;
}

/* Sold in groups as they come until `left` seats are free. */
static void sell_until(struct hall *hall, uint32_t left)
{
    static const uint32_t sizes[8] = { 2, 1, 2, 4, 2, 3, 2, 5 };
    uint32_t seats[GROUP_MAX];

    for (uint32_t i = 0; hall->free_count > left; i++) {
        uint32_t count = sizes[i % 8] < hall->free_count - left ? sizes[i % 8] : hall->free_count - left;

        if (!seat_pick(hall->plan, hall->free_seats, &(struct seat_wish){ count, false, SEAT_NONE }, seats))
            return;
        take(hall, seats, count);
    }
}

static double measure(const struct hall *hall, uint32_t count)
{
    uint32_t seats[GROUP_MAX];
    double start = now_us();

    for (unsigned i = 0; i < ROUNDS; i++)
        (void)seat_pick(hall->plan, hall->free_seats, &(struct seat_wish){ count, false, SEAT_NONE }, seats);
    return (now_us() - start) / ROUNDS;
}

static void print_row(struct hall *hall, const char *how)
{
    printf("%-24s %-12s %6u free   %7.2f %7.2f %7.2f %7.2f us for 1, 2, 4, 8\n", hall->name, how, hall->free_count,
           measure(hall, 1), measure(hall, 2), measure(hall, 4), measure(hall, 8));
}

static void run(const char *name, const Inventory__SeatPlan *body)
{
    static struct hall hall;

    hall = (struct hall){ .name = name, .plan = seat_plan_new(body) };
    memset(hall.free_seats, 0xff, sizeof(hall.free_seats));
    hall.free_seats[hall.plan->word_count - 1] >>= (64 - hall.plan->seat_count % 64) % 64;
    hall.free_count = hall.plan->seat_count;
    print_row(&hall, "fresh");
    sell_until(&hall, hall.plan->seat_count / 2);
    print_row(&hall, "half sold");
    sell_until(&hall, hall.plan->seat_count / 50);
    print_row(&hall, "nearly out");
    sell_until(&hall, 8);
    print_row(&hall, "the last");
    seat_plan_free(hall.plan);
}

int main(void)
{
    struct ts_arena *arena = ts_arena_new();
    const char *drawings[100];
    char drawing[202];

    run("theatre of 2,000", theatre_read(arena));
    memset(drawing, '.', sizeof(drawing) - 1);
    drawing[50] = drawing[150] = ' ';
    drawing[202 - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        drawings[i] = drawing;
    run("arena of 19,900", rows_read(arena, drawings, 100));
    ts_arena_free(arena);
    return 0;
}
