/* The domain's clock, over whichever clock the runtime has, and sleeping by it. */
#include <assert.h>

#include "loop/sleeper.h"
#include "tessera/call.h"
#include "tessera/clock.h"

int64_t runtime_now_ms(struct ts_runtime *runtime)
{
    int64_t now_ms = runtime->wall_ms(runtime) + runtime->clock_offset_ms;

    if (now_ms > runtime->clock_last_ms)
        runtime->clock_last_ms = now_ms;
    return runtime->clock_last_ms;
}

int64_t ts_now_ms(struct ts_call *call)
{
    return runtime_now_ms(call->runtime);
}

void runtime_clock_advance(struct ts_runtime *runtime, int64_t advance_ms)
{
    assert(advance_ms >= 0);
    runtime->clock_offset_ms += advance_ms;
    sleepers_wake(runtime);
}

int ts_sleep(struct ts_call *call, int64_t duration_ms)
{
    struct ts_runtime *runtime = call->runtime;
    int64_t until_ms = runtime_now_ms(runtime) + (duration_ms > 0 ? duration_ms : 0);
    struct sleeper sleeper;
    int64_t now_ms;
    int r;

    sleeper_begin(&sleeper, runtime);
    while (!(r = runtime_wait_check(call)) && (now_ms = runtime_now_ms(runtime)) < until_ms)
        sleeper_rest(&sleeper, call, until_ms - now_ms);
    sleeper_end(&sleeper, runtime);
    return r;
}
