/* Credit and estimates; see pace.h. */
#include "pace.h"

#include <assert.h>

enum {
    MINUTE_MS = 60000,
    WINDOW_MINUTES = 5,
    EARNED_MS_MAX = 60 * MINUTE_MS, /* at once: more than is ever kept */
    SLOWER = 3,                     /* fourths that are kept when sales are slow */
    FASTER = 25,                    /* permille that come back each second when they are not */
};

void pace_earn(struct pace *pace, int32_t admit_per_minute, int64_t now_ms)
{
    int64_t rate = (int64_t)admit_per_minute * pace->permille, elapsed_ms = now_ms - pace->at_ms;
    int64_t most = (int64_t)admit_per_minute * PACE_FULL * PACE_BURST_MS + TURN_COST;

    if (elapsed_ms <= 0)
        return;
    pace->credit += rate * (elapsed_ms < EARNED_MS_MAX ? elapsed_ms : EARNED_MS_MAX);
    if (pace->credit > most)
        pace->credit = most;
    pace->at_ms = now_ms;
}

int32_t pace_turns(const struct pace *pace, int32_t room_left)
{
    int64_t turns = pace->credit / TURN_COST;

    if (turns > room_left)
        turns = room_left;
    return turns > 0 ? (int32_t)turns : 0;
}

void pace_adapt(struct pace *pace, int32_t hold_ms)
{
    pace->permille = hold_ms > PACE_SLOW_MS ? pace->permille * SLOWER / 4 : pace->permille + FASTER;
    if (pace->permille > PACE_FULL)
        pace->permille = PACE_FULL;
    if (pace->permille < PACE_LOWEST)
        pace->permille = PACE_LOWEST;
}

/* ---- steps */

static struct step *step_at(const struct steps *steps, size_t number)
{
    assert(number < steps->count);
    return (struct step *)&steps->ring[(steps->first + number) % STEPS_MAX];
}

void steps_add(struct steps *steps, int64_t at_ms, uint32_t passed)
{
    if (steps->count == STEPS_MAX)
        steps->first = (steps->first + 1) % STEPS_MAX;
    else
        steps->count++;
    *step_at(steps, steps->count - 1) = (struct step){ at_ms, passed };
}

void steps_shift(struct steps *steps, uint32_t rank)
{
    uint32_t newest = steps->count ? step_at(steps, steps->count - 1)->passed : 0;

    for (size_t i = 0; i < steps->count; i++)
        step_at(steps, i)->passed += step_at(steps, i)->passed > rank || (i + 1 == steps->count && newest == rank);
}

int64_t steps_turn_ms(const struct steps *steps, uint32_t rank)
{
    size_t low = 0, high = steps->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (step_at(steps, middle)->passed > rank)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == steps->count || (low == 0 && steps->count == STEPS_MAX))
        return -1;
    return step_at(steps, low)->at_ms;
}

/* ---- estimates */

/* How many had passed at a time; what is remembered begins with its first step. */
static uint32_t passed_at(const struct steps *steps, int64_t at_ms)
{
    uint32_t passed = steps->count ? step_at(steps, 0)->passed : 0;

    for (size_t i = 0; i < steps->count && step_at(steps, i)->at_ms <= at_ms; i++)
        passed = step_at(steps, i)->passed;
    return passed;
}

/* The slowest and the fastest of the last whole minutes. Return: how many minutes that were. */
static unsigned measure(const struct steps *steps, int64_t now_ms, uint32_t *ret_slow, uint32_t *ret_fast)
{
    unsigned minutes = 0;
    uint32_t after = passed_at(steps, now_ms);

    *ret_slow = UINT32_MAX;
    *ret_fast = 0;
    while (minutes < WINDOW_MINUTES && steps->count &&
           step_at(steps, 0)->at_ms <= now_ms - MINUTE_MS * ((int64_t)minutes + 1)) {
        uint32_t before = passed_at(steps, now_ms - MINUTE_MS * ((int64_t)minutes + 1));
        uint32_t moved = after - before;

        *ret_slow = moved < *ret_slow ? moved : *ret_slow;
        *ret_fast = moved > *ret_fast ? moved : *ret_fast;
        after = before;
        minutes++;
    }
    return minutes;
}

static int32_t seconds(uint64_t count, uint64_t per_minute)
{
    uint64_t waits_s;

    assert(per_minute > 0); /* a room has a rate, and a minute in which nothing moved is not asked about */
    waits_s = (count * 60 + per_minute - 1) / per_minute;
    return waits_s < INT32_MAX / 2 ? (int32_t)waits_s : INT32_MAX / 2;
}

struct estimate estimate_wait(const struct steps *steps, const struct pace *pace, int32_t admit_per_minute,
                              uint32_t ahead, int64_t now_ms)
{
    uint64_t before = (uint64_t)ahead + 1, rate = (uint64_t)admit_per_minute;
    struct estimate estimate = { 0, -1 };
    uint32_t slow, fast;

    if (measure(steps, now_ms, &slow, &fast) == 0) {
        estimate.low_s = seconds(ahead, rate);
        estimate.high_s = seconds(before * PACE_FULL * 3 / 2, rate * (uint64_t)pace->permille) + STEP_MS / 1000;
        return estimate;
    }
    estimate.low_s = seconds(ahead, fast > rate ? fast : rate);
    if (slow)
        estimate.high_s = seconds(before * 5 / 4 + 1, slow) + STEP_MS / 1000;
    return estimate;
}
