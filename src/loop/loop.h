/*
 * The one thread that runs domain code: a libuv loop, its timers, a queue of jobs for the end of the tick, and the way
 * back from other threads. This folder is the only one that calls uv_*; h2o reaches the loop through loop_uv().
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct uv_loop_s;

struct loop *loop_new(void);
/* Everything started on it must have ended. */
void loop_free(struct loop *loop);
struct uv_loop_s *loop_uv(struct loop *loop);

/*
 * Run until loop_stop(). loop_run_once() handles what is ready (waiting for it when `wait`): of descriptors the first
 * 16 in the order they became so; the others have their turns in the next ticks, before whatever comes later.
 */
void loop_run(struct loop *loop);
void loop_run_once(struct loop *loop, bool wait);
void loop_stop(struct loop *loop);

/* Monotonic milliseconds, as of this tick; nanoseconds since about when it began; and nanoseconds, read now. */
int64_t loop_now_ms(const struct loop *loop);
uint64_t loop_tick_ns(struct loop *loop);
uint64_t loop_hrtime_ns(void);

/*
 * For tests that must not depend on how fast the machine is, before anything is started: loop_now_ms() stands still
 * while there is anything to do, and then loop_run_once(wait) puts it to the next timer without waiting. For what
 * happens on the loop alone: other threads and peers are not waited for.
 */
void loop_clock_stop(struct loop *loop);

/* A job: one function to be called once on the loop. Embed it; it must stay in place until called. */
struct loop_job {
    void (*run)(struct loop_job *job);
    struct loop_job *next;
    bool queued;
};

/* On the loop: call job->run at the end of this tick, after all I/O that was ready. No-op while queued. */
void loop_defer(struct loop *loop, struct loop_job *job);

/* From any thread: call job->run on the loop soon. */
void loop_post(struct loop *loop, struct loop_job *job);

/* Timers: many, cheap (a heap of ours over one uv_timer). Embed; start on a running one moves it; stop is idempotent.
 */
struct loop_timer {
    void (*run)(struct loop_timer *timer);
    int64_t at_ms;
    uint64_t order; /* timers of one millisecond fire in the order they were started */
    uint32_t slot;  /* 1-based place in the heap; 0: not running */
};
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* A pool of threads for work that blocks (files, look-ups, hashing): run(work) there, then done(work) on the loop. */
struct loop_work {
    void (*run)(struct loop_work *work);
    void (*done)(struct loop_work *work);
    struct loop_job job;
    struct loop_work *next;
    struct loop *loop;
};
void loop_work_submit(struct loop *loop, struct loop_work *work);

/* Is there I/O that the next poll will find? Asks the kernel. */
bool loop_has_input(struct loop *loop);

/* As loop_defer(), but after the loop has polled for I/O once more: for who must not starve it. */
void loop_defer_next_tick(struct loop *loop, struct loop_job *job);

/* Call `run` for SIGTERM and SIGINT. */
void loop_on_stop_signal(struct loop *loop, void (*run)(void *data), void *data);

/* Call `run` for SIGHUP, which would end the process otherwise. */
void loop_on_hangup_signal(struct loop *loop, void (*run)(void *data), void *data);

/* Histogram-ready lag: the longest a tick has held the loop since the last call, nanoseconds. */
uint64_t loop_lag_ns(struct loop *loop);

#endif
