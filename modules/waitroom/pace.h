/*
 * How many may go in now, and how long it will take. Credit grows with time at the promoter's rate, or slower while
 * sales are slow; a turn costs a fixed amount of it. Who is called and does not come gives his turn's cost back. No
 * clock, store or bus.
 */
#ifndef WAITROOM_PACE_H
#define WAITROOM_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACE_FULL = 1000,              /* permille of the promoter's rate */
    PACE_LOWEST = 50,              /* never slower: or a slow minute would close the shop */
    PACE_SLOW_MS = 750,            /* holds that take longer slow admission down */
    PACE_BURST_MS = 2000,          /* so much time's credit is kept at most, beside that of one turn */
    TURN_LAPSES_MS = 45000,        /* called and not come: somebody else is called; his turn stays open */
    TURN_KEPT_MS = 10 * 60 * 1000, /* for so long he may still come */
    ABSENT_MS = 3 * 60 * 1000,     /* silent for so long: not waited for when his turn comes */
    STEP_MS = 1000,                /* between two calls of the line */
    STEPS_MAX = 640,               /* remembered: TURN_KEPT_MS and a little */
};

/* What a turn costs: a rate of one a minute at PACE_FULL gives it in a minute. */
#define TURN_COST (INT64_C(60000) * PACE_FULL)

struct pace {
    int64_t at_ms; /* credit is as of then */
    int64_t credit;
    int32_t permille;
};

/* Let time pass: credit for it, at so many a minute. */
void pace_earn(struct pace *pace, int32_t admit_per_minute, int64_t now_ms);

/* Turns to be had now. `room_left` is what the number of active buyers leaves (INT32_MAX: any). */
int32_t pace_turns(const struct pace *pace, int32_t room_left);

/* Once a second: holds took `hold_ms` of late (negative: nothing is known). */
void pace_adapt(struct pace *pace, int32_t hold_ms);

/* How the line moved: so many had had their turn at a time. */
struct step {
    int64_t at_ms;
    uint32_t passed;
};
struct steps {
    struct step ring[STEPS_MAX];
    size_t first, count;
};
void steps_add(struct steps *steps, int64_t at_ms, uint32_t passed);
/* Somebody was found at `rank` who has had his turn: all counts behind it grow; of the last in line, the newest. */
void steps_shift(struct steps *steps, uint32_t rank);

/* When the turn of the place at `rank` came: the first step past it; negative: longer ago than is remembered. */
int64_t steps_turn_ms(const struct steps *steps, uint32_t rank);

/* From when to when in so many seconds; high negative: nobody can tell. */
struct estimate {
    int32_t low_s, high_s;
};

/*
 * How long somebody with `ahead` before him will wait, by how the line moved in the last five minutes; by the rate
 * alone until it has moved for one. Nine of ten are in before `high_s`, if sales go on as they did.
 */
struct estimate estimate_wait(const struct steps *steps, const struct pace *pace, int32_t admit_per_minute,
                              uint32_t ahead, int64_t now_ms);

#endif
