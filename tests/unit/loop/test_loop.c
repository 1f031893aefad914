/* Jobs at the end of the tick, jobs from threads, work that blocks, signals, lag. */
#include "loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "loop/watch.h"
#include "support/test.h"

struct counted {
    struct loop_job job;
    struct loop *loop;
    int runs, runs_max;
    int *total;
};

static void on_counted(struct loop_job *job)
{
    struct counted *counted = (struct counted *)job;

    counted->runs++;
    if (counted->total)
        ++*counted->total;
    if (counted->runs < counted->runs_max)
        loop_defer(counted->loop, job);
}

static void loop_defer__runs_once_at_the_end_of_the_tick(void **state)
{
    struct counted counted = { .job.run = on_counted, .loop = loop_new() };

    (void)state;
    loop_defer(counted.loop, &counted.job);
    loop_defer(counted.loop, &counted.job);
    assert_int_equal(counted.runs, 0);
    loop_run_once(counted.loop, /* wait= */ true); /* does not block: a job waits */
    assert_int_equal(counted.runs, 1);
    loop_free(counted.loop);
}

static void loop_defer__runs_what_jobs_defer_in_the_same_tick(void **state)
{
    struct counted counted = { .job.run = on_counted, .loop = loop_new(), .runs_max = 10 };

    (void)state;
    loop_defer(counted.loop, &counted.job);
    loop_run_once(counted.loop, /* wait= */ false);
    assert_int_equal(counted.runs, 10);
    loop_free(counted.loop);
}

static void loop_defer__endless_jobs_give_way_to_io(void **state)
{
    struct counted counted = { .job.run = on_counted, .loop = loop_new(), .runs_max = 1 << 30 };

    (void)state;
    loop_defer(counted.loop, &counted.job);
    loop_run_once(counted.loop, /* wait= */ false); /* returns */
    assert_in_range(counted.runs, 64, (1 << 30) - 1);
    loop_free(counted.loop);
}

static void on_next(struct loop_job *job)
{
    struct counted *counted = (struct counted *)job;

    counted->runs++;
    loop_defer_next_tick(counted->loop, job);
}

static void loop_defer_next_tick__waits_for_another_poll(void **state)
{
    struct counted counted = { .job.run = on_next, .loop = loop_new() };

    (void)state;
    loop_defer_next_tick(counted.loop, &counted.job);
    loop_run_once(counted.loop, /* wait= */ false);
    assert_int_equal(counted.runs, 1);
    loop_run_once(counted.loop, /* wait= */ false);
    assert_int_equal(counted.runs, 2);
    loop_free(counted.loop);
}

enum { THREADS = 4, POSTS = 5000 };

struct poster {
    struct loop *loop;
    struct counted *jobs;
};

static void *post_all(void *data)
{
    struct poster *poster = data;

    for (int i = 0; i < POSTS; i++)
        loop_post(poster->loop, &poster->jobs[i].job);
    return NULL;
}

static void loop_post__loses_nothing_from_four_threads(void **state)
{
    struct loop *loop = loop_new();
    struct counted *jobs = calloc(THREADS * POSTS, sizeof(*jobs));
    struct poster posters[THREADS];
    pthread_t threads[THREADS];
    int total = 0;

    (void)state;
    assert_non_null(jobs);
    for (int i = 0; i < THREADS * POSTS; i++)
        jobs[i] = (struct counted){ .job.run = on_counted, .total = &total };
    for (int i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){ loop, jobs + i * POSTS };
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    while (total < THREADS * POSTS)
        loop_run_once(loop, /* wait= */ true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS * POSTS; i++)
        assert_int_equal(jobs[i].runs, 1);
    loop_free(loop);
    free(jobs);
}

/* A job that posts another, which waits for its own turn behind it. */
struct prodding {
    struct counted counted;
    struct loop *loop;
    struct loop_job *other;
};

static void on_prodding(struct loop_job *job)
{
    struct prodding *prodding = (struct prodding *)job;

    loop_post(prodding->loop, prodding->other);
    on_counted(job);
}

static void loop_post__of_a_job_whose_turn_comes_loses_none_behind_it(void **state)
{
    struct loop *loop = loop_new();
    int total = 0;
    struct counted second = { .job.run = on_counted, .total = &total }, third = second;
    struct prodding first = { { .job.run = on_prodding, .total = &total }, loop, &second.job };

    (void)state;
    loop_post(loop, &first.counted.job);
    loop_post(loop, &second.job);
    loop_post(loop, &third.job);
    for (unsigned i = 0; i < 3; i++)
        loop_run_once(loop, /* wait= */ false);
    assert_int_equal(first.counted.runs, 1);
    assert_in_range(second.runs, 1, 2);
    assert_int_equal(third.runs, 1);
    loop_free(loop);
}

struct blocking {
    struct loop_work work;
    pthread_t ran_on;
    int *done;
};

static atomic_int blocking_count;

/* Until another is at it beside this one, or (never, by what is tested) ten seconds have passed. */
static void run_blocking(struct loop_work *work)
{
    struct timespec pause = { .tv_nsec = 1000000 };

    atomic_fetch_add(&blocking_count, 1);
    for (int i = 0; i < 10000 && atomic_load(&blocking_count) < 2; i++)
        nanosleep(&pause, NULL);
    ((struct blocking *)work)->ran_on = pthread_self();
}

static void on_blocking_done(struct loop_work *work)
{
    ++*((struct blocking *)work)->done;
}

static void loop_work_submit__runs_elsewhere_side_by_side(void **state)
{
    enum { COUNT = 8 };
    struct loop *loop = loop_new();
    struct blocking work[COUNT];
    uint64_t start_ns = loop_hrtime_ns();
    int done = 0;

    (void)state;
    atomic_store(&blocking_count, 0);
    for (int i = 0; i < COUNT; i++) {
        work[i] = (struct blocking){ .work = { .run = run_blocking, .done = on_blocking_done }, .done = &done };
        loop_work_submit(loop, &work[i].work);
    }
    while (done < COUNT)
        loop_run_once(loop, /* wait= */ true);
    for (int i = 0; i < COUNT; i++)
        assert_false(pthread_equal(work[i].ran_on, pthread_self()));
    assert_true(loop_hrtime_ns() - start_ns <
                UINT64_C(9000) * 1000000); /* one after the other, the first waits for 10 */
    loop_free(loop);
}

static void on_stop(void *data)
{
    loop_stop(data);
}

static void loop_on_stop_signal__ends_the_run(void **state)
{
    struct loop *loop = loop_new();

    (void)state;
    loop_on_stop_signal(loop, on_stop, loop);
    kill(getpid(), SIGTERM);
    loop_run(loop);
    kill(getpid(), SIGINT);
    loop_run(loop);
    loop_free(loop);
}

static void on_slow(struct loop_job *job)
{
    uint64_t start_ns = loop_hrtime_ns();

    (void)job;
    while (loop_hrtime_ns() - start_ns < 15000000)
        ;
}

static void loop_lag_ns__is_the_longest_tick_since_last_asked(void **state)
{
    struct loop *loop = loop_new();
    struct loop_job slow = { .run = on_slow };
    uint64_t lag_ns;

    (void)state;
    loop_run_once(loop, /* wait= */ false);
    loop_defer(loop, &slow);
    loop_run_once(loop, /* wait= */ false);
    loop_run_once(loop, /* wait= */ false);
    lag_ns = loop_lag_ns(loop);
    assert_in_range(lag_ns, 15000000, UINT64_C(5000000000));
    assert_int_equal(loop_lag_ns(loop), 0);
    loop_free(loop);
}

struct watched {
    struct loop_watch watch;
    struct loop *loop;
    int runs;
    bool readable, writable;
};

static void on_watched(struct loop_watch *watch, bool readable, bool writable)
{
    struct watched *watched = (struct watched *)watch;

    watched->runs++;
    watched->readable = readable;
    watched->writable = writable;
}

static void loop_watch_start__tells_what_was_asked_for_until_it_stops(void **state)
{
    struct loop *loop = loop_new();
    struct watched watched = { .watch.run = on_watched, .loop = loop };
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    loop_watch_start(loop, &watched.watch, ends[0], true, false);
    loop_run_once(loop, /* wait= */ false);
    assert_int_equal(watched.runs, 0); /* it could be written, which nobody asked */
    loop_watch_start(loop, &watched.watch, ends[0], true, true);
    loop_run_once(loop, /* wait= */ true);
    assert_true(watched.writable);
    assert_false(watched.readable);
    assert_int_equal(write(ends[1], "x", 1), 1);
    loop_watch_start(loop, &watched.watch, ends[0], true, false);
    loop_run_once(loop, /* wait= */ true);
    assert_true(watched.readable);
    assert_false(watched.writable);
    watched.runs = 0;
    loop_watch_stop(&watched.watch);
    loop_watch_stop(&watched.watch);
    loop_run_once(loop, /* wait= */ false);
    assert_int_equal(watched.runs, 0);
    loop_watch_start(loop, &watched.watch, ends[0], true, false); /* the same descriptor, anew */
    loop_run_once(loop, /* wait= */ true);
    assert_int_equal(watched.runs, 1);
    loop_watch_stop(&watched.watch);
    close(ends[0]);
    close(ends[1]);
    loop_free(loop);
}

/* Many that are told at once: what each has to say is read, and its number noted. */
enum { CROWD = 40, TOLD_MAX = 16 };

struct crowd {
    struct member {
        struct loop_watch watch;
        struct crowd *crowd;
        int ends[2];
    } members[CROWD];
    int order[CROWD], count;
};

static void on_member(struct loop_watch *watch, bool readable, bool writable)
{
    struct member *member = (struct member *)watch;
    struct crowd *crowd = member->crowd;
    char byte;

    assert_true(readable);
    assert_false(writable);
    assert_int_equal(read(member->ends[0], &byte, 1), 1);
    crowd->order[crowd->count++] = (int)(member - crowd->members);
}

static void speak(struct crowd *crowd, int number)
{
    assert_int_equal(write(crowd->members[number].ends[1], "x", 1), 1);
}

static void on_ignored(struct loop_watch *watch, bool readable, bool writable)
{
    (void)watch;
    (void)readable;
    (void)writable;
}

static void loop_has_input__tells_it_and_leaves_it(void **state)
{
    struct loop *loop = loop_new();
    struct loop_watch watch = { .run = on_ignored };
    int ends[2];
    char byte;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    loop_watch_start(loop, &watch, ends[0], /* readable= */ true, /* writable= */ false);
    loop_run_once(loop, /* wait= */ false); /* asks the kernel to watch */
    assert_false(loop_has_input(loop));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(loop_has_input(loop));
    assert_true(loop_has_input(loop));
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_false(loop_has_input(loop));
    loop_watch_stop(&watch);
    loop_free(loop);
    close(ends[0]);
    close(ends[1]);
}

static void loop_run__tells_a_few_a_tick_in_the_order_they_came(void **state)
{
    struct loop *loop = loop_new();
    struct crowd crowd = { .count = 0 };

    (void)state;
    for (int i = 0; i < CROWD; i++) {
        crowd.members[i].watch.run = on_member;
        crowd.members[i].crowd = &crowd;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, crowd.members[i].ends), 0);
        loop_watch_start(loop, &crowd.members[i].watch, crowd.members[i].ends[0], true, false);
    }
    loop_run_once(loop, /* wait= */ false);
    for (int i = CROWD - 1; i > 0; i--)
        speak(&crowd, i);
    loop_run_once(loop, /* wait= */ true);
    assert_int_equal(crowd.count, TOLD_MAX);
    speak(&crowd, 0); /* late, but behind those who were before it only */
    loop_run_once(loop, /* wait= */ true);
    assert_int_equal(crowd.count, 2 * TOLD_MAX);
    loop_run_once(loop, /* wait= */ true);
    assert_int_equal(crowd.count, CROWD);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(crowd.order[i], CROWD - 1 - i);
        loop_watch_stop(&crowd.members[i].watch);
        close(crowd.members[i].ends[0]);
        close(crowd.members[i].ends[1]);
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_defer__runs_once_at_the_end_of_the_tick),
        cmocka_unit_test(loop_defer__runs_what_jobs_defer_in_the_same_tick),
        cmocka_unit_test(loop_defer__endless_jobs_give_way_to_io),
        cmocka_unit_test(loop_defer_next_tick__waits_for_another_poll),
        cmocka_unit_test(loop_post__loses_nothing_from_four_threads),
        cmocka_unit_test(loop_post__of_a_job_whose_turn_comes_loses_none_behind_it),
        cmocka_unit_test(loop_work_submit__runs_elsewhere_side_by_side),
        cmocka_unit_test(loop_watch_start__tells_what_was_asked_for_until_it_stops),
        cmocka_unit_test(loop_has_input__tells_it_and_leaves_it),
        cmocka_unit_test(loop_run__tells_a_few_a_tick_in_the_order_they_came),
        cmocka_unit_test(loop_on_stop_signal__ends_the_run),
        cmocka_unit_test(loop_lag_ns__is_the_longest_tick_since_last_asked),
    };

    return cmocka_run_group_tests_name("loop/loop", tests, NULL, NULL);
}
