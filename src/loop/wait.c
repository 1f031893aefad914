/* Waiting for another fiber: each waiter is on its own stack, linked in the order of coming; see tessera/wait.h. */
#include "tessera/wait.h"

#include <stdbool.h>
#include <stddef.h>

#include "loop/fiber.h"
#include "loop/inside.h"
#include "loop/runtime.h"
#include "tessera/call.h"

struct ts_waiter {
    struct loop_timer timer; /* the deadline's: it only looks again */
    struct fiber *fiber;
    struct ts_waiter *next;
    bool woken;
};

static void on_deadline(struct loop_timer *timer)
{
    fiber_wake(((struct ts_waiter *)((char *)timer - offsetof(struct ts_waiter, timer)))->fiber);
}

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
    struct loop *loop = call->runtime->loop;
    struct ts_waiter waiter = { .timer.run = on_deadline, .fiber = fiber_self() };
    int r;

    link_last(waiters, &waiter);
    while (!(r = runtime_wait_check(call)) && !waiter.woken) {
        loop_timer_start(loop, &waiter.timer, call->deadline_ms - loop_now_ms(loop));
        fiber_suspend();
    }
    loop_timer_stop(loop, &waiter.timer);
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
        fiber_wake(waiter->fiber);
    }
}
