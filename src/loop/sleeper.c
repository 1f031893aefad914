/* Fibers that wait, linked per instance; see sleeper.h. */
#include "loop/sleeper.h"

#include <stddef.h>

#include "loop/fiber.h"
#include "tessera/call.h"

static void on_timer(struct loop_timer *timer)
{
    fiber_wake(((struct sleeper *)((char *)timer - offsetof(struct sleeper, timer)))->fiber);
}

void sleeper_begin(struct sleeper *sleeper, struct ts_runtime *runtime)
{
    *sleeper = (struct sleeper){
        .timer.run = on_timer,
        .fiber = fiber_self(),
        .next = runtime->sleepers,
        .previous = &runtime->sleepers,
    };
    if (sleeper->next)
        sleeper->next->previous = &sleeper->next;
    runtime->sleepers = sleeper;
}

void sleeper_end(struct sleeper *sleeper, struct ts_runtime *runtime)
{
    loop_timer_stop(runtime->loop, &sleeper->timer);
    *sleeper->previous = sleeper->next;
    if (sleeper->next)
        sleeper->next->previous = sleeper->previous;
}

void sleeper_rest(struct sleeper *sleeper, const struct ts_call *call, int64_t wait_ms)
{
    struct loop *loop = call->runtime->loop;
    int64_t left_ms = runtime_call_end_ms(call) - loop_now_ms(loop);

    loop_timer_start(loop, &sleeper->timer, wait_ms < left_ms ? wait_ms : left_ms);
    fiber_suspend();
}

void sleepers_wake(struct ts_runtime *runtime)
{
    for (struct sleeper *sleeper = runtime->sleepers; sleeper; sleeper = sleeper->next)
        fiber_wake(sleeper->fiber);
}
