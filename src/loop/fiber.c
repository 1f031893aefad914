/*
 * Fibers on Boost.Context's two C entry points. A fiber is always resumed from the loop's own stack and always leaves
 * to it, so there is one place that switches in and one that switches out; both tell ASan, which otherwise takes the
 * other stack for an overflow. The stack is a mapping of its own with a page below that nobody may touch.
 */
#include "loop/fiber.h"
#include "base/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "loop/inside.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) ((void)(low), (void)(high), 0)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* boost/context/detail/fcontext.hpp is C++; its two functions have C linkage. */
typedef void *fcontext_t;
struct transfer {
    fcontext_t from;
    void *data;
};
struct transfer jump_fcontext(fcontext_t to, void *data);
fcontext_t make_fcontext(void *stack_top, size_t size, void (*run)(struct transfer transfer));

enum {
    GUARD_SIZE = 4096,
    LOOK_EVERY = 8,
    STOPPED_EVERY = 16,
    QUICK_NS = 50000,
    POOLED_MAX = 1024
}; /* stacks beyond the pool go back to the kernel */

enum fiber_state { FIBER_READY, FIBER_RUNNING, FIBER_SUSPENDED, FIBER_ENDED };

struct fiber {
    struct loop *loop;
    struct loop_job job; /* in the loop's queue while ready */
    enum fiber_state state;
    bool woken; /* a wake that found it not suspended */
    fcontext_t context, loop_context;
    void (*run)(void *data);
    void *data;
    uint64_t resumed_at_ns;
    uint64_t looked_at_ns; /* at how long it has held the loop */
    unsigned unlooked;     /* questions to come that need no look at the clock */
    unsigned asked;        /* while the clock stands */
    struct fiber_hook on_wait;
    char *stack; /* above the guard page */
    void *fake_stack, *loop_fake_stack;
    unsigned valgrind_id;
    struct fiber *next_free, *next, **previous; /* `next` links all of the loop */
};

static _Thread_local struct fiber *fiber_current;

#if defined(__SANITIZE_ADDRESS__)
static void switch_begin(void **ret_fake_stack, const void *bottom, size_t size)
{
    __sanitizer_start_switch_fiber(ret_fake_stack, bottom, size);
}
static void switch_end(void *fake_stack, const void **ret_bottom, size_t *ret_size)
{
    __sanitizer_finish_switch_fiber(fake_stack, ret_bottom, ret_size);
}
/* What an ended fiber's frames left poisoned would be reported in its successor. */
static void stack_clean(struct fiber *fiber)
{
    ASAN_UNPOISON_MEMORY_REGION(fiber->stack, FIBER_STACK_SIZE);
}
/* The kernel knows which pages were ever touched. */
static void stack_measure(struct fiber *fiber)
{
    unsigned char resident[FIBER_STACK_SIZE / GUARD_SIZE];
    size_t page = 0, depth;

    if (mincore(fiber->stack, FIBER_STACK_SIZE, resident))
        return;
    while (page < sizeof(resident) && !(resident[page] & 1))
        page++;
    depth = FIBER_STACK_SIZE - page * GUARD_SIZE;
    if (depth > fiber->loop->fibers.stack_high_water)
        fiber->loop->fibers.stack_high_water = depth;
}
#else
#define switch_begin(ret_fake_stack, bottom, size) ((void)0)
#define switch_end(fake_stack, ret_bottom, ret_size) ((void)0)
#define stack_clean(fiber) ((void)(fiber))
#define stack_measure(fiber) ((void)(fiber))
#endif

/* Leave to the loop's stack; returns when resumed, unless the fiber has ended. */
static void fiber_leave(struct fiber *fiber)
{
    struct transfer transfer;

    /* No place to keep the fake stack tells ASan that this one will not be back. */
    switch_begin(fiber->state == FIBER_ENDED ? NULL : &fiber->fake_stack, fiber->loop->fibers.loop_stack,
                 fiber->loop->fibers.loop_stack_size);
    transfer = jump_fcontext(fiber->loop_context, NULL);
    switch_end(fiber->fake_stack, &fiber->loop->fibers.loop_stack, &fiber->loop->fibers.loop_stack_size);
    fiber->loop_context = transfer.from;
}

static void fiber_main(struct transfer transfer)
{
    struct fiber *fiber = transfer.data;

    switch_end(NULL, &fiber->loop->fibers.loop_stack, &fiber->loop->fibers.loop_stack_size);
    fiber->loop_context = transfer.from;
    fiber->run(fiber->data);
    fiber->state = FIBER_ENDED;
    fiber_leave(fiber);
    abort(); /* an ended fiber was resumed */
}

static void fiber_unmap(struct fiber *fiber)
{
    VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
    stack_clean(fiber);
    munmap(fiber->stack - GUARD_SIZE, GUARD_SIZE + FIBER_STACK_SIZE);
    if (fiber->next)
        fiber->next->previous = fiber->previous;
    *fiber->previous = fiber->next;
    ts_memory_free(fiber);
}

static void fiber_recycle(struct fiber *fiber)
{
    struct fiber_pool *pool = &fiber->loop->fibers;

    stack_measure(fiber);
    pool->running--;
    if (pool->pooled == POOLED_MAX) {
        fiber_unmap(fiber);
        return;
    }
    fiber->next_free = pool->free;
    pool->free = fiber;
    pool->pooled++;
}

/* Switch in, from the loop's stack; returns when the fiber waits or ends. */
static void fiber_resume(struct fiber *fiber)
{
    struct transfer transfer;

    assert(!fiber_current && fiber->state == FIBER_READY);
    fiber->state = FIBER_RUNNING;
    fiber->resumed_at_ns = fiber->looked_at_ns = loop_hrtime_ns();
    fiber->unlooked = 0;
    fiber_current = fiber;
    switch_begin(&fiber->loop_fake_stack, fiber->stack, FIBER_STACK_SIZE);
    transfer = jump_fcontext(fiber->context, fiber);
    switch_end(fiber->loop_fake_stack, NULL, NULL);
    fiber_current = NULL;
    fiber->context = transfer.from;
    if (fiber->state == FIBER_ENDED)
        fiber_recycle(fiber);
}

static void on_ready(struct loop_job *job)
{
    fiber_resume((struct fiber *)((char *)job - offsetof(struct fiber, job)));
}

/* A stack with its guard; NULL when there is no memory for one. */
static char *stack_map(void)
{
    char *mapping = mmap(NULL, GUARD_SIZE + FIBER_STACK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

    if (mapping == MAP_FAILED)
        return NULL;
    if (mprotect(mapping, GUARD_SIZE, PROT_NONE) == 0)
        return mapping;
    munmap(mapping, GUARD_SIZE + FIBER_STACK_SIZE); /* the kernel has no room for one more area */
    return NULL;
}

static struct fiber *fiber_map(struct loop *loop)
{
    char *mapping = stack_map();
    struct fiber *fiber;

    if (!mapping)
        return NULL;
    fiber = ts_memory_new(1, sizeof(*fiber));
    fiber->loop = loop;
    fiber->stack = mapping + GUARD_SIZE;
    fiber->valgrind_id = VALGRIND_STACK_REGISTER(fiber->stack, fiber->stack + FIBER_STACK_SIZE);
    fiber->job.run = on_ready;
    fiber->next = loop->fibers.all;
    fiber->previous = &loop->fibers.all;
    if (fiber->next)
        fiber->next->previous = &fiber->next;
    loop->fibers.all = fiber;
    return fiber;
}

static struct fiber *fiber_take(struct loop *loop)
{
    struct fiber_pool *pool = &loop->fibers;
    struct fiber *fiber = pool->free;

    if (fiber) {
        pool->free = fiber->next_free;
        pool->pooled--;
    } else {
        fiber = fiber_map(loop);
    }
    pool->running += fiber != NULL;
    return fiber;
}

bool fiber_try(struct loop *loop, void (*run)(void *data), void *data)
{
    struct fiber *fiber = fiber_take(loop);

    if (!fiber)
        return false;
    stack_clean(fiber);
    fiber->context = make_fcontext(fiber->stack + FIBER_STACK_SIZE, FIBER_STACK_SIZE, fiber_main);
    fiber->run = run;
    fiber->data = data;
    fiber->state = FIBER_READY;
    fiber->woken = false;
    fiber->asked = 0;
    fiber->on_wait = (struct fiber_hook){ NULL, NULL };
    if (fiber_current)
        loop_defer(loop, &fiber->job);
    else
        fiber_resume(fiber);
    return true;
}

void fiber_spawn(struct loop *loop, void (*run)(void *data), void *data)
{
    if (!fiber_try(loop, run, data))
        memory_end(FIBER_STACK_SIZE);
}

struct fiber *fiber_self(void)
{
    return fiber_current;
}

struct fiber_hook fiber_on_wait(struct fiber_hook hook)
{
    struct fiber_hook before = fiber_current->on_wait;

    fiber_current->on_wait = hook;
    return before;
}

static void call_hook(struct fiber *fiber)
{
    struct fiber_hook hook = fiber->on_wait;

    fiber->on_wait = (struct fiber_hook){ NULL, NULL };
    if (hook.run)
        hook.run(hook.data);
}

void fiber_suspend(void)
{
    struct fiber *fiber = fiber_current;

    assert(fiber);
    if (fiber->woken) {
        fiber->woken = false;
        return;
    }
    call_hook(fiber);
    fiber->state = FIBER_SUSPENDED;
    fiber_leave(fiber);
}

void fiber_wake(struct fiber *fiber)
{
    if (fiber->state != FIBER_SUSPENDED) {
        fiber->woken = true;
        return;
    }
    fiber->state = FIBER_READY;
    loop_defer(fiber->loop, &fiber->job);
}

void fiber_yield(void)
{
    struct fiber *fiber = fiber_current;

    assert(fiber);
    call_hook(fiber);
    fiber->state = FIBER_READY;
    loop_defer_next_tick(fiber->loop, &fiber->job);
    fiber_leave(fiber);
}

bool fiber_held_for(unsigned long ns)
{
    struct fiber *fiber = fiber_current;
    uint64_t now_ns;

    if (fiber && fiber->loop->clock_stopped) /* not by how fast the machine is */
        return ++fiber->asked % STOPPED_EVERY == 0;
    if (!fiber || fiber->unlooked) {
        if (fiber)
            fiber->unlooked--;
        return false;
    }
    now_ns = loop_hrtime_ns();
    if (now_ns - fiber->looked_at_ns < QUICK_NS)
        fiber->unlooked = LOOK_EVERY - 1;
    fiber->looked_at_ns = now_ns;
    return now_ns - fiber->resumed_at_ns > ns;
}

unsigned long fiber_held_ns(void)
{
    return fiber_current ? loop_hrtime_ns() - fiber_current->resumed_at_ns : 0;
}

void fiber_stats(const struct loop *loop, struct fiber_stats *ret_stats)
{
    *ret_stats = (struct fiber_stats){
        .running = loop->fibers.running,
        .pooled = loop->fibers.pooled,
        .stack_high_water = loop->fibers.stack_high_water,
    };
}

void fiber_pool_done(struct fiber_pool *pool)
{
    while (pool->all)
        fiber_unmap(pool->all); /* NOLINT(clang-analyzer-unix.Malloc): it left the list */
}
