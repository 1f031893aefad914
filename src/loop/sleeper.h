/*
 * A fiber that waits for time to pass or for another fiber, on its own stack. All of an instance are linked, so that
 * who changes what they wait for (the clock moved, the instance is about to end) can have them all look again.
 */
#ifndef LOOP_SLEEPER_H
#define LOOP_SLEEPER_H

#include "loop/loop.h"
#include "loop/runtime.h"

struct fiber;

struct sleeper {
    struct loop_timer timer; /* real time; when it rings the fiber only looks again */
    struct fiber *fiber;
    struct sleeper *next, **previous;
};

/* This fiber is about to wait, and has waited. */
void sleeper_begin(struct sleeper *sleeper, struct ts_runtime *runtime);
void sleeper_end(struct sleeper *sleeper, struct ts_runtime *runtime);

/* Suspend until woken, for at most `wait_ms` and not past the call's end. */
void sleeper_rest(struct sleeper *sleeper, const struct ts_call *call, int64_t wait_ms);

void sleepers_wake(struct ts_runtime *runtime);

#endif
