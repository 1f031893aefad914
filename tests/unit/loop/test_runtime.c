/* The domain's clock, sleeping by it, deadlines and shields. */
#include "loop/runtime.h"

#include <string.h>

#include "support/fiber_test.h"
#include "tessera/clock.h"

static int64_t wall_ms;

static int64_t fixed_wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return wall_ms;
}

static void runtime_now_ms__never_runs_backwards(void **state)
{
    struct ts_runtime runtime;

    (void)state;
    runtime_init(&runtime, NULL);
    runtime.wall_ms = fixed_wall_ms;
    wall_ms = 5000;
    assert_int_equal(runtime_now_ms(&runtime), 5000);
    wall_ms = 4000;
    assert_int_equal(runtime_now_ms(&runtime), 5000);
    runtime_clock_advance(&runtime, 1500);
    assert_int_equal(runtime_now_ms(&runtime), 5500);
}

static void runtime_random__fills_every_byte(void **state)
{
    struct ts_runtime runtime;
    unsigned char seen[1024] = { 0 }, bytes[1024];

    (void)state;
    runtime_init(&runtime, NULL);
    for (int round = 0; round < 8; round++) {
        runtime.random(&runtime, bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes); i++)
            seen[i] |= bytes[i];
    }
    assert_null(memchr(seen, 0, sizeof(seen)));
}

static void ts_sleep__lasts_its_time(struct ts_call *call)
{
    uint64_t start_ns = loop_hrtime_ns();

    assert_int_equal(ts_sleep(call, 20), 0);
    assert_true(loop_hrtime_ns() - start_ns >= 18000000);
}

static void ts_sleep__ends_at_the_deadline(struct ts_call *call)
{
    call->deadline_ms = loop_now_ms(call->runtime->loop) + 5;
    assert_int_equal(ts_sleep(call, 10000), TS_EDEADLINE);
    assert_int_equal(ts_sleep(call, 0), TS_EDEADLINE);
    assert_null(call->runtime->sleepers);
}

static void run_advance(void *data)
{
    runtime_clock_advance(((struct ts_call *)data)->runtime, TS_HOUR_MS);
}

static void ts_sleep__wakes_when_the_clock_is_moved(struct ts_call *call)
{
    int64_t start_ms = ts_now_ms(call);
    uint64_t start_ns = loop_hrtime_ns();

    fiber_spawn(call->runtime->loop, run_advance, call);
    assert_int_equal(ts_sleep(call, TS_HOUR_MS), 0);
    assert_true(ts_now_ms(call) >= start_ms + TS_HOUR_MS);
    assert_true(loop_hrtime_ns() - start_ns < UINT64_C(5000000000));
}

static void ts_sleep__sleeps_on_when_the_clock_moved_too_little(struct ts_call *call)
{
    int64_t start_ms = ts_now_ms(call);

    fiber_spawn(call->runtime->loop, run_advance, call);
    assert_int_equal(ts_sleep(call, TS_HOUR_MS + 20), 0);
    assert_true(ts_now_ms(call) >= start_ms + TS_HOUR_MS + 20);
}

static void run_crash(void *data)
{
    struct ts_call *call = data;

    call->runtime->crashed = true;
    runtime_clock_advance(call->runtime, 0);
}

static void ts_sleep__returns_crashed(struct ts_call *call)
{
    fiber_spawn(call->runtime->loop, run_crash, call);
    assert_int_equal(ts_sleep(call, TS_HOUR_MS), TS_ECRASHED);
    assert_int_equal(ts_sleep(call, 0), TS_ECRASHED);
}

static void ts_shield__gives_one_second_past_the_deadline(struct ts_call *call)
{
    int64_t now_ms = loop_now_ms(call->runtime->loop), before_ms = now_ms - 5000;

    call->deadline_ms = before_ms;
    assert_int_equal(runtime_wait_check(call), TS_EDEADLINE);
    ts_shield_begin(call);
    ts_shield_begin(call);
    assert_int_equal(call->deadline_ms, now_ms + 1000);
    assert_int_equal(ts_sleep(call, 1), 0);
    ts_shield_end(call);
    assert_int_equal(ts_sleep(call, 1), 0);
    ts_shield_end(call);
    assert_int_equal(call->deadline_ms, before_ms);
    assert_int_equal(runtime_wait_check(call), TS_EDEADLINE);
}

static void ts_yield__lets_others_run_only_when_it_held_the_loop(struct ts_call *call)
{
    uint64_t start_ns = loop_hrtime_ns();
    int64_t offset_ms = call->runtime->clock_offset_ms;

    fiber_spawn(call->runtime->loop, run_advance, call);
    fiber_yield(); /* a fresh turn */
    assert_int_equal(call->runtime->clock_offset_ms, offset_ms + TS_HOUR_MS);
    while (loop_hrtime_ns() - start_ns < 5000000)
        ;
    fiber_spawn(call->runtime->loop, run_advance, call);
    ts_yield(call);
    assert_int_equal(call->runtime->clock_offset_ms, offset_ms + 2 * TS_HOUR_MS);
    fiber_spawn(call->runtime->loop, run_advance, call);
    ts_yield(call);
    assert_int_equal(call->runtime->clock_offset_ms, offset_ms + 2 * TS_HOUR_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runtime_now_ms__never_runs_backwards),
        cmocka_unit_test(runtime_random__fills_every_byte),
        fiber_unit_test(ts_sleep__lasts_its_time),
        fiber_unit_test(ts_sleep__ends_at_the_deadline),
        fiber_unit_test(ts_sleep__wakes_when_the_clock_is_moved),
        fiber_unit_test(ts_sleep__sleeps_on_when_the_clock_moved_too_little),
        fiber_unit_test(ts_sleep__returns_crashed),
        fiber_unit_test(ts_shield__gives_one_second_past_the_deadline),
        fiber_unit_test(ts_yield__lets_others_run_only_when_it_held_the_loop),
    };

    return cmocka_run_group_tests_name("loop/runtime", tests, NULL, NULL);
}
