/* The fiber's contract, its price, and what becomes of one that runs out of stack. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fiber_test.h"
#include "tessera/clock.h"

struct trace {
    struct loop *loop;
    char text[64];
    struct fiber *waiting;
};

static void trace_add(struct trace *trace, const char *word)
{
    assert_true(strlen(trace->text) + strlen(word) < sizeof(trace->text));
    strcpy(trace->text + strlen(trace->text), word);
}

static void run_child(void *data)
{
    trace_add(data, "child ");
}

static void run_parent(void *data)
{
    struct trace *trace = data;

    fiber_spawn(trace->loop, run_child, trace);
    trace_add(trace, "parent ");
    fiber_yield();
    trace_add(trace, "end");
}

static void drain(struct loop *loop)
{
    struct fiber_stats stats;

    do {
        loop_run_once(loop, /* wait= */ false);
        fiber_stats(loop, &stats);
    } while (stats.running);
}

static void fiber_spawn__runs_at_once_from_the_loop_and_later_from_a_fiber(void **state)
{
    struct trace trace = { .loop = loop_new() };

    (void)state;
    fiber_spawn(trace.loop, run_parent, &trace);
    assert_string_equal(trace.text, "parent ");
    drain(trace.loop);
    assert_string_equal(trace.text, "parent child end");
    loop_free(trace.loop);
}

static void run_waiter(void *data)
{
    struct trace *trace = data;

    trace->waiting = fiber_self();
    fiber_suspend();
    trace_add(trace, "woken");
}

static void fiber_wake__resumes_in_this_tick_and_not_at_once(void **state)
{
    struct trace trace = { .loop = loop_new() };

    (void)state;
    fiber_spawn(trace.loop, run_waiter, &trace);
    fiber_wake(trace.waiting);
    fiber_wake(trace.waiting); /* a second time changes nothing */
    assert_string_equal(trace.text, "");
    drain(trace.loop);
    assert_string_equal(trace.text, "woken");
    loop_free(trace.loop);
}

static void run_early_wake(void *data)
{
    fiber_wake(fiber_self());
    fiber_suspend();
    trace_add(data, "through");
}

static void fiber_suspend__returns_at_once_after_an_early_wake(void **state)
{
    struct trace trace = { .loop = loop_new() };

    (void)state;
    fiber_spawn(trace.loop, run_early_wake, &trace);
    assert_string_equal(trace.text, "through");
    loop_free(trace.loop);
}

static void fiber_self__is_null_on_the_loops_stack(void **state)
{
    (void)state;
    assert_null(fiber_self());
    assert_int_equal(fiber_held_ns(), 0);
}

static void run_nothing(void *data)
{
    (void)data;
}

static void fiber_spawn__reuses_stacks(void **state)
{
    struct loop *loop = loop_new();
    struct fiber_stats stats;

    (void)state;
    for (int i = 0; i < 1000; i++)
        fiber_spawn(loop, run_nothing, NULL);
    fiber_stats(loop, &stats);
    assert_int_equal(stats.running, 0);
    assert_int_equal(stats.pooled, 1);
    loop_free(loop);
}

static void loop_free__frees_fibers_that_still_wait(void **state)
{
    struct trace trace = { .loop = loop_new() };

    (void)state;
    fiber_spawn(trace.loop, run_waiter, &trace);
    loop_free(trace.loop); /* LeakSanitizer is the judge */
}

enum { SWITCHES = 1000000 };

static void run_switches(void *data)
{
    (void)data;
    for (int i = 0; i < SWITCHES; i++) {
        fiber_wake(fiber_self());
        fiber_suspend();
        fiber_yield();
    }
}

static void fiber_yield__a_million_switches(void **state)
{
    struct loop *loop = loop_new();
    uint64_t start_ns = loop_hrtime_ns();

    (void)state;
    fiber_spawn(loop, run_switches, NULL);
    drain(loop);
    printf("fiber: %.0f ns per yield through a tick of the loop\n",
           (double)(loop_hrtime_ns() - start_ns) / (double)SWITCHES);
    loop_free(loop);
}

struct pair {
    struct fiber *fibers[2];
    int turn, count;
};

static void run_ping(void *data)
{
    struct pair *pair = data;
    int me = pair->fibers[0] ? 1 : 0;

    pair->fibers[me] = fiber_self();
    while (pair->count < SWITCHES) {
        while (pair->turn != me && pair->count < SWITCHES)
            fiber_suspend();
        pair->turn = !me;
        pair->count++;
        if (pair->fibers[!me])
            fiber_wake(pair->fibers[!me]);
    }
}

static void fiber_wake__a_million_switches(void **state)
{
    struct loop *loop = loop_new();
    struct pair pair = { 0 };
    uint64_t start_ns = loop_hrtime_ns();

    (void)state;
    fiber_spawn(loop, run_ping, &pair);
    fiber_spawn(loop, run_ping, &pair);
    drain(loop);
    printf("fiber: %.0f ns per wake, resume and suspend\n", (double)(loop_hrtime_ns() - start_ns) / (double)SWITCHES);
    loop_free(loop);
}

static void run_sleeper(void *data)
{
    struct ts_call *call = data;

    assert_int_equal(ts_sleep(call, 20), 0);
}

static void ts_sleep__ten_thousand_at_once(struct ts_call *call)
{
    struct fiber_stats stats;

    for (int i = 0; i < 10000; i++)
        fiber_spawn(call->runtime->loop, run_sleeper, call);
    do {
        assert_int_equal(ts_sleep(call, 1), 0);
        fiber_stats(call->runtime->loop, &stats);
    } while (stats.running > 1);
    assert_true(stats.pooled <= 1024);
}

/* The overflow, in a child without cmocka's and ASan's handlers: the fault must hit the guard page and nothing else. */
static char *overflow_frame;

static void on_fault(int number, siginfo_t *info, void *context)
{
    const char *at = info->si_addr, *floor = overflow_frame - FIBER_STACK_SIZE;

    (void)number;
    (void)context;
    _exit(at > floor - 8192 && at < floor + 4096 ? 42 : 43);
}

__attribute__((noinline)) static int overflow(volatile char *above)
{
    volatile char frame[512];

    frame[0] = *above;
    return frame[0] ? 0 : overflow(frame) + frame[0]; /* it is always 0; the compiler is not to know */
}

static void run_overflow(void *data)
{
    volatile char frame[16] = { 0 };

    (void)data;
    overflow_frame = __builtin_frame_address(0);
    (void)overflow(frame);
}

static void overflow_child(void)
{
    static char signal_stack[65536];
    stack_t alternate = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    sigaltstack(&alternate, NULL);
    sigaction(SIGSEGV, &action, NULL);
    fiber_spawn(loop_new(), run_overflow, NULL);
    _exit(0);
}

static void fiber__overflow_hits_the_guard_page(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (!child)
        overflow_child();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void run_deep(void *data)
{
    volatile char frame[40 << 10];

    memset((char *)frame, 1, sizeof(frame));
    (void)data;
}

static void fiber_stats__tells_the_deepest_stack(void **state)
{
    struct loop *loop = loop_new();
    struct fiber_stats stats;

    (void)state;
    fiber_spawn(loop, run_deep, NULL);
    fiber_stats(loop, &stats);
#if defined(__SANITIZE_ADDRESS__)
    assert_true(stats.stack_high_water >= 40 << 10);
#endif
    assert_true(stats.stack_high_water <= FIBER_STACK_SIZE);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fiber_spawn__runs_at_once_from_the_loop_and_later_from_a_fiber),
        cmocka_unit_test(fiber_wake__resumes_in_this_tick_and_not_at_once),
        cmocka_unit_test(fiber_suspend__returns_at_once_after_an_early_wake),
        cmocka_unit_test(fiber_self__is_null_on_the_loops_stack),
        cmocka_unit_test(fiber_spawn__reuses_stacks),
        cmocka_unit_test(loop_free__frees_fibers_that_still_wait),
        cmocka_unit_test(fiber_yield__a_million_switches),
        cmocka_unit_test(fiber_wake__a_million_switches),
        fiber_unit_test(ts_sleep__ten_thousand_at_once),
        cmocka_unit_test(fiber__overflow_hits_the_guard_page),
        cmocka_unit_test(fiber_stats__tells_the_deepest_stack),
    };

    return cmocka_run_group_tests_name("loop/fiber", tests, NULL, NULL);
}
