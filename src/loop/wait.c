/* Waiting for another fiber: each waiter is on its own stack, linked in the order of coming; see tessera/wait.h. */
#include "tessera/wait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/fiber.h"
#include "loop/sleeper.h"
#include "tessera/call.h"

struct ts_waiter {
    struct sleeper sleeper;
    struct ts_waiter *next;
    bool woken;
};

static void link_last(struct ts_waiters *waiters, struct ts_waiter *waiter)
{
    struct ts_waiter **last = &waiters->first;

    while (*last)
        last = &(*last)->next;
    *last = waiter;
}

static void unlink_one(struct ts_waiters *waiters, struct ts_waiter *waiter)
{
    struct ts_waiter **at = &waiters->first;

    while (*at && *at != waiter)
        at = &(*at)->next;
    if (*at)
        *at = waiter->next;
}

int ts_wait(struct ts_call *call, struct ts_waiters *waiters)
{
    struct ts_waiter waiter = { .woken = false };
    int r;

    sleeper_begin(&waiter.sleeper, call->runtime);
    link_last(waiters, &waiter);
    while (!(r = runtime_wait_check(call)) && !waiter.woken)
        sleeper_rest(&waiter.sleeper, call, INT64_MAX);
    sleeper_end(&waiter.sleeper, call->runtime);
    if (!waiter.woken)
        unlink_one(waiters, &waiter);
    return waiter.woken ? 0 : r;
}

void ts_wake(struct ts_waiters *waiters)
{
    struct ts_waiter *next = waiters->first;

    waiters->first = NULL;
    while (next) {
        struct ts_waiter *waiter = next;

        next = waiter->next;
        waiter->woken = true;
        fiber_wake(waiter->sleeper.fiber);
    }
}
