/*
 * Fibers: a handler reads top to bottom and waits where it stands. Each has a stack of its own (FIBER_STACK_SIZE, with
 * a guard page below) from a pool; a switch is Boost.Context's, some ten nanoseconds. All fibers of a loop run on its
 * thread, one at a time, so code between two waits is atomic. ASan and valgrind are told of every switch.
 */
#ifndef LOOP_FIBER_H
#define LOOP_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/loop.h"

#if defined(__SANITIZE_ADDRESS__)
enum { FIBER_STACK_SIZE = 256 << 10 };
#else
enum { FIBER_STACK_SIZE = 64 << 10 };
#endif

struct fiber;

/*
 * Run `run(data)` on a fiber of its own, at once when called from the loop's stack, else when this fiber next waits
 * (the new one is queued). The stack returns to the pool when run returns.
 * Return: false, and nothing runs, when there is no memory for a stack.
 */
bool fiber_try(struct loop *loop, void (*run)(void *data), void *data);

/* The same, where there is no other way: without memory the process ends. */
void fiber_spawn(struct loop *loop, void (*run)(void *data), void *data);

/* The fiber that runs now; NULL on the loop's own stack. */
struct fiber *fiber_self(void);

/*
 * Suspend this fiber until somebody wakes it. A wake that came before the suspend is not lost: it returns at once. So
 * a wake is a hint to look again: wait in a loop over what you wait for, `while (!wait.done) fiber_suspend();`.
 */
void fiber_suspend(void);

/* Make it ready: it runs in this tick, after what is ready already. From the loop's thread only. */
void fiber_wake(struct fiber *fiber);

/* Suspend and queue behind what is ready, after letting the loop poll for I/O. */
void fiber_yield(void);

/* Nanoseconds since this fiber was last resumed: how long it has held the loop. */
unsigned long fiber_held_ns(void);

/* Whether that is more than `ns`, for loops: asked at short intervals, it reads the clock at every eighth question. */
bool fiber_held_for(unsigned long ns);

/*
 * What is to be done, once, just before this fiber next waits: begin beside it what it would wait for too. Return: what
 * stood there; whoever sets one puts that back.
 */
struct fiber_hook {
    void (*run)(void *data); /* NULL: nothing */
    void *data;
};
struct fiber_hook fiber_on_wait(struct fiber_hook hook);

struct fiber_stats {
    size_t running;          /* started and not ended */
    size_t pooled;           /* stacks in the pool */
    size_t stack_high_water; /* bytes of the deepest stack seen, in pages; measured only under ASan */
};
void fiber_stats(const struct loop *loop, struct fiber_stats *ret_stats);

#endif
