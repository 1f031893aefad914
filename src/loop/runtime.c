/* The real clock and the kernel's randomness, and the domain's clock over whichever clock the runtime has. */
#include "loop/runtime.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "loop/inside.h"
#include "tessera/call.h"
#include "tessera/clock.h"

static int64_t real_wall_ms(struct ts_runtime *runtime)
{
    struct timespec now;

    (void)runtime;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void real_random(struct ts_runtime *runtime, void *bytes, size_t size)
{
    char *at = bytes;

    (void)runtime;
    while (size) {
        ssize_t got = getrandom(at, size, 0);

        if (got < 0 && errno != EINTR)
            abort(); /* without randomness no secret is one */
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}

void runtime_init(struct ts_runtime *runtime, struct loop *loop)
{
    *runtime = (struct ts_runtime){ .loop = loop, .wall_ms = real_wall_ms, .random = real_random };
}

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

int runtime_wait_check(const struct ts_call *call)
{
    if (call->runtime->crashed)
        return TS_ECRASHED;
    return loop_now_ms(call->runtime->loop) < call->deadline_ms ? 0 : TS_EDEADLINE;
}

/* One fiber in ts_sleep(), on its stack. The timer is real time; when the domain's clock moves it only looks again. */
struct sleeper {
    struct loop_timer timer;
    struct fiber *fiber;
    struct sleeper *next, **previous;
};

static void sleeper_link(struct ts_runtime *runtime, struct sleeper *sleeper)
{
    sleeper->next = runtime->sleepers;
    sleeper->previous = &runtime->sleepers;
    if (sleeper->next)
        sleeper->next->previous = &sleeper->next;
    runtime->sleepers = sleeper;
}

static void sleeper_unlink(struct sleeper *sleeper)
{
    *sleeper->previous = sleeper->next;
    if (sleeper->next)
        sleeper->next->previous = sleeper->previous;
}

static void on_sleep_timer(struct loop_timer *timer)
{
    fiber_wake(((struct sleeper *)((char *)timer - offsetof(struct sleeper, timer)))->fiber);
}

static int64_t min_ms(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

int ts_sleep(struct ts_call *call, int64_t duration_ms)
{
    struct ts_runtime *runtime = call->runtime;
    struct loop *loop = runtime->loop;
    struct sleeper sleeper = { .timer.run = on_sleep_timer, .fiber = fiber_self() };
    int64_t until_ms = runtime_now_ms(runtime) + (duration_ms > 0 ? duration_ms : 0);
    int64_t now_ms;
    int r;

    sleeper_link(runtime, &sleeper);
    while (!(r = runtime_wait_check(call)) && (now_ms = runtime_now_ms(runtime)) < until_ms) {
        loop_timer_start(loop, &sleeper.timer, min_ms(until_ms - now_ms, call->deadline_ms - loop_now_ms(loop)));
        fiber_suspend();
    }
    loop_timer_stop(loop, &sleeper.timer);
    sleeper_unlink(&sleeper);
    return r;
}

void runtime_clock_advance(struct ts_runtime *runtime, int64_t advance_ms)
{
    assert(advance_ms >= 0);
    runtime->clock_offset_ms += advance_ms;
    for (struct sleeper *sleeper = runtime->sleepers; sleeper; sleeper = sleeper->next)
        fiber_wake(sleeper->fiber);
}

void ts_yield(struct ts_call *call)
{
    enum { HOLD_NS_MAX = 1000000 };

    (void)call;
    if (fiber_self() && fiber_held_ns() > HOLD_NS_MAX)
        fiber_yield();
}

/* Clean-up counts its second from now when the deadline is past already, so that it always has one. */
void ts_shield_begin(struct ts_call *call)
{
    int64_t now_ms = loop_now_ms(call->runtime->loop);

    if (call->shielded++)
        return;
    call->unshielded_ms = call->deadline_ms;
    call->deadline_ms = (call->deadline_ms > now_ms ? call->deadline_ms : now_ms) + TS_SECOND_MS;
}

void ts_shield_end(struct ts_call *call)
{
    assert(call->shielded);
    if (--call->shielded == 0)
        call->deadline_ms = call->unshielded_ms;
}
