/* The real clock and the kernel's randomness; how long a call may wait, and hold the loop. */
#include "loop/runtime.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/arena.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "loop/sleeper.h"
#include "tessera/call.h"
#include "tessera/clock.h"

static int64_t real_wall_ms(struct ts_runtime *runtime)
{
    struct timespec now;

    (void)runtime;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void kernel_random(void *bytes, size_t size)
{
    char *at = bytes;

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

/* One system call for many draws; what was given out is wiped, so that no secret stands in memory twice. */
static void real_random(struct ts_runtime *runtime, void *bytes, size_t size)
{
    struct random_pool *pool = &runtime->random_pool;
    uint8_t *at;

    if (size > sizeof(pool->bytes)) {
        kernel_random(bytes, size);
        return;
    }
    if (pool->left < size) {
        kernel_random(pool->bytes, sizeof(pool->bytes));
        pool->left = sizeof(pool->bytes);
    }
    at = pool->bytes + pool->left - size;
    memcpy(bytes, at, size);
    explicit_bzero(at, size);
    pool->left -= size;
}

void runtime_init(struct ts_runtime *runtime, struct loop *loop)
{
    *runtime = (struct ts_runtime){ .loop = loop, .wall_ms = real_wall_ms, .random = real_random };
}

int64_t runtime_call_end_ms(const struct ts_call *call)
{
    const struct ts_runtime *runtime = call->runtime;
    int64_t end_ms = runtime->cancelled_ms + (call->shielded ? TS_SECOND_MS : 0);

    return runtime->cancelled && end_ms < call->deadline_ms ? end_ms : call->deadline_ms;
}

int runtime_wait_check(const struct ts_call *call)
{
    int64_t now_ms = loop_now_ms(call->runtime->loop);

    if (call->runtime->crashed)
        return TS_ECRASHED;
    if (arena_is_spent(call->arena) && !call->shielded)
        return TS_EEXHAUSTED;
    if (now_ms < runtime_call_end_ms(call))
        return 0;
    return now_ms < call->deadline_ms ? TS_ECANCELLED : TS_EDEADLINE;
}

void runtime_cancel(struct ts_runtime *runtime)
{
    if (runtime->cancelled)
        return;
    runtime->cancelled = true;
    runtime->cancelled_ms = loop_now_ms(runtime->loop);
    sleepers_wake(runtime);
}

void runtime_give_way(void)
{
    enum { HOLD_NS_MAX = 1000000 };

    if (fiber_held_for(HOLD_NS_MAX))
        fiber_yield();
}

void ts_yield(struct ts_call *call)
{
    (void)call;
    runtime_give_way();
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
