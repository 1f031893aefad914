/*
 * The loop around libuv. A tick is: timers, poll (I/O callbacks run inside it), then the deferred jobs in the check
 * phase: fibers that became ready, and whoever wants to act once for all that came in together (the store's batch).
 * While jobs wait an idle handle runs, which makes libuv poll without blocking.
 */
#include "loop/loop.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop/inside.h"

/* Of a tick: what came in late waits for so many and not for all others, and those have their turns in order. */
enum { EVENTS_MAX = 16 };

/* Jobs that keep deferring jobs give way to I/O after this long. */
enum { DRAIN_NS_MAX = 5000000, DRAIN_LOOK_EVERY = 64 };

/*
 * As libuv calls it, with room for 1,024: a busy server would read all its connections, then answer all, and whoever is
 * late by a moment would wait for two rounds. It has no option for that. What is left over stays first in the kernel's
 * list.
 */
__attribute__((visibility("default"))) int epoll_wait(int epoll, struct epoll_event *events, int events_max,
                                                      int timeout_ms)
{
    return epoll_pwait(epoll, events, events_max < EVENTS_MAX ? events_max : EVENTS_MAX, timeout_ms, NULL);
}

static void job_list_init(struct job_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void job_list_add(struct job_list *list, struct loop_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
}

static struct loop_job *job_list_take(struct job_list *list)
{
    struct loop_job *job = list->first;

    if (!job)
        return NULL;
    list->first = job->next;
    if (!list->first)
        list->end = &list->first;
    return job;
}

static void job_list_move(struct job_list *to, struct job_list *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    job_list_init(from);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* its being active is all */
}

void loop_poll_at_once(struct loop *loop)
{
    uv_idle_start(&loop->idle, on_idle);
}

static void loop_defer_to(struct loop *loop, struct job_list *list, struct loop_job *job)
{
    if (job->queued)
        return;
    job->queued = true;
    job_list_add(list, job);
    loop_poll_at_once(loop);
}

void loop_defer(struct loop *loop, struct loop_job *job)
{
    loop_defer_to(loop, &loop->deferred, job);
}

void loop_defer_next_tick(struct loop *loop, struct loop_job *job)
{
    loop_defer_to(loop, &loop->next_tick, job);
}

bool loop_has_input(struct loop *loop)
{
    struct pollfd events = { .fd = uv_backend_fd(&loop->uv), .events = POLLIN };

    return poll(&events, 1, 0) > 0;
}

static void on_check(uv_check_t *check)
{
    struct loop *loop = check->data;
    uint64_t start_ns = uv_hrtime();
    struct loop_job *job;

    /* Who waited for the poll goes last, and who says so during the drain waits for the next one. */
    job_list_move(&loop->deferred, &loop->next_tick);
    for (unsigned n = 1; (job = job_list_take(&loop->deferred)); n++) {
        job->queued = false;
        job->run(job);
        if (n % DRAIN_LOOK_EVERY == 0 && !loop->clock_stopped && uv_hrtime() - start_ns > DRAIN_NS_MAX)
            break;
    }
    if (!loop->deferred.first && !loop->next_tick.first)
        uv_idle_stop(&loop->idle);
}

/* Before each poll: the tick that ends here took the time since the last one, less what libuv slept. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    uint64_t now_ns = uv_hrtime(), idle_ns = uv_metrics_idle_time(&loop->uv);
    uint64_t passed_ns = now_ns - loop->tick_start_ns, slept_ns = idle_ns - loop->tick_idle_ns;

    if (loop->tick_start_ns && passed_ns > slept_ns && passed_ns - slept_ns > loop->lag_ns)
        loop->lag_ns = passed_ns - slept_ns;
    loop->tick_start_ns = now_ns;
    loop->tick_ns = 0;
    loop->tick_idle_ns = idle_ns;
}

uint64_t loop_lag_ns(struct loop *loop)
{
    uint64_t lag_ns = loop->lag_ns;

    loop->lag_ns = 0;
    return lag_ns;
}

void loop_post(struct loop *loop, struct loop_job *job)
{
    bool first;

    pthread_mutex_lock(&loop->posted_lock);
    first = !loop->posted.first;
    if (!job->queued) {
        job->queued = true;
        job_list_add(&loop->posted, job);
    }
    pthread_mutex_unlock(&loop->posted_lock);
    if (first)
        (void)eventfd_write(loop->posted_fd, 1); /* full after 2^64 posts */
}

/*
 * No uv_async: its receiver spins until the sender has returned from its own write(), which on a busy machine, where
 * that write is where the sender is interrupted, was a seventh of a sale's processor time.
 */
static void on_posted(uv_poll_t *poll, int status, int events)
{
    struct loop *loop = poll->data;
    struct job_list jobs;
    struct loop_job *job;
    eventfd_t count;

    (void)status;
    (void)events;
    (void)eventfd_read(loop->posted_fd, &count);
    job_list_init(&jobs);
    pthread_mutex_lock(&loop->posted_lock);
    job_list_move(&jobs, &loop->posted);
    while ((job = job_list_take(&jobs))) {
        job->queued = false; /* not before: posted again it would be in two lists */
        pthread_mutex_unlock(&loop->posted_lock);
        job->run(job);
        pthread_mutex_lock(&loop->posted_lock);
    }
    pthread_mutex_unlock(&loop->posted_lock);
}

static void must(int result)
{
    if (result)
        abort(); /* out of file descriptors before anything was served */
}

static void loop_init_handles(struct loop *loop)
{
    must(uv_loop_init(&loop->uv));
    must(uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME));
    uv_check_init(&loop->uv, &loop->check);
    uv_check_start(&loop->check, on_check);
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_prepare_start(&loop->prepare, on_prepare);
    uv_idle_init(&loop->uv, &loop->idle);
    uv_timer_init(&loop->uv, &loop->alarm);
    loop->posted_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    must(uv_poll_init(&loop->uv, &loop->posted_poll, loop->posted_fd));
    must(uv_poll_start(&loop->posted_poll, UV_READABLE, on_posted));
    for (size_t i = 0; i < sizeof(loop->signals) / sizeof(loop->signals[0]); i++) {
        must(uv_signal_init(&loop->uv, &loop->signals[i]));
        loop->signals[i].data = loop;
    }
    loop->check.data = loop->prepare.data = loop->alarm.data = loop->posted_poll.data = loop;
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (!loop)
        abort();
    job_list_init(&loop->deferred);
    job_list_init(&loop->next_tick);
    job_list_init(&loop->posted);
    pthread_mutex_init(&loop->posted_lock, NULL);
    work_pool_init(&loop->work);
    loop_init_handles(loop);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write(), not our end */
    return loop;
}

static void close_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    work_pool_done(&loop->work);
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    must(uv_loop_close(&loop->uv));
    close(loop->posted_fd);
    fiber_pool_done(&loop->fibers);
    timer_heap_done(&loop->timers);
    pthread_mutex_destroy(&loop->posted_lock);
    free(loop);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

void loop_run(struct loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped)
        uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static bool has_jobs(struct loop *loop)
{
    bool posted;

    pthread_mutex_lock(&loop->posted_lock);
    posted = loop->posted.first;
    pthread_mutex_unlock(&loop->posted_lock);
    return posted || loop->deferred.first || loop->next_tick.first;
}

void loop_run_once(struct loop *loop, bool wait)
{
    if (!loop->clock_stopped) {
        uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        return;
    }
    if (wait && !has_jobs(loop)) /* not after the run: who runs us may have ended by what it did */
        timer_jump(loop);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
}

void loop_clock_stop(struct loop *loop)
{
    loop->now_ms = loop_now_ms(loop);
    loop->clock_stopped = true;
    uv_timer_stop(&loop->alarm);
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
    uv_stop(&loop->uv);
}

int64_t loop_now_ms(const struct loop *loop)
{
    return loop->clock_stopped ? loop->now_ms : (int64_t)uv_now(&loop->uv);
}

uint64_t loop_tick_ns(struct loop *loop)
{
    if (!loop->tick_ns)
        loop->tick_ns = uv_hrtime();
    return loop->tick_ns;
}

uint64_t loop_hrtime_ns(void)
{
    return uv_hrtime();
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct loop *loop = handle->data;

    if (number == SIGHUP)
        loop->on_hangup(loop->on_hangup_data);
    else
        loop->on_signal(loop->on_signal_data);
}

void loop_on_stop_signal(struct loop *loop, void (*run)(void *data), void *data)
{
    static const int numbers[] = { SIGTERM, SIGINT };

    loop->on_signal = run;
    loop->on_signal_data = data;
    for (unsigned i = 0; i < 2; i++)
        must(uv_signal_start(&loop->signals[i], on_signal, numbers[i]));
}

void loop_on_hangup_signal(struct loop *loop, void (*run)(void *data), void *data)
{
    loop->on_hangup = run;
    loop->on_hangup_data = data;
    must(uv_signal_start(&loop->signals[2], on_signal, SIGHUP));
}
