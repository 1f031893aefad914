/* The loop's own fields, for the files of this folder. */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include <pthread.h>
#include <uv.h>

#include "loop/fiber.h"
#include "loop/loop.h"

enum { WORK_THREADS_MAX = 6 }; /* passwords and mails take two each at most: what is quick finds one free */

struct job_list {
    struct loop_job *first, **end;
};

struct timer_heap {
    struct loop_timer **timers; /* slot n stands at n - 1 */
    uint32_t count, room;
    uint64_t order; /* of the next timer started */
};

struct work_pool {
    pthread_t threads[WORK_THREADS_MAX];
    unsigned thread_count, idle_count;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct loop_work *first, **end;
    bool stopping;
};

struct fiber_pool {
    struct fiber *free, *all;
    size_t running, pooled;
    size_t stack_high_water;
    const void *loop_stack; /* bounds of the loop's own stack, as ASan told them */
    size_t loop_stack_size;
};

struct loop {
    uv_loop_t uv;
    uv_check_t check;     /* after the poll: the deferred jobs */
    uv_prepare_t prepare; /* before the poll: lag */
    uv_idle_t idle;       /* running while jobs wait, so that the poll does not block */
    uv_timer_t alarm;     /* the earliest of our timers */
    int posted_fd;        /* an eventfd: readable while something is posted */
    uv_poll_t posted_poll;
    uv_signal_t signals[3];
    void (*on_signal)(void *data), (*on_hangup)(void *data);
    void *on_signal_data, *on_hangup_data;

    struct job_list deferred, next_tick;
    pthread_mutex_t posted_lock;
    struct job_list posted;
    struct timer_heap timers;
    struct work_pool work;
    struct fiber_pool fibers;

    uint64_t tick_start_ns, tick_idle_ns; /* clock and idle time when the last poll began */
    uint64_t lag_ns;
    uint64_t tick_ns; /* when somebody first asked in this tick; 0: nobody has */
    bool stopped;
    bool clock_stopped; /* then now_ms is the time */
    int64_t now_ms;
};

/* The next poll does not block. */
void loop_poll_at_once(struct loop *loop);

void timer_heap_done(struct timer_heap *heap);
void timer_on_alarm(uv_timer_t *alarm);
/* The clock stands: put it to the earliest timer, and run what is due then. */
void timer_jump(struct loop *loop);

void work_pool_init(struct work_pool *pool);
/* Wait for the threads to end what they have begun; what still queued is dropped. */
void work_pool_done(struct work_pool *pool);

void fiber_pool_done(struct fiber_pool *pool);

#endif
