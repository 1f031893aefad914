/* Timers: their order, moving, stopping, and starting again from their own run. */
#include <stdlib.h>
#include <unistd.h>

#include "loop/loop.h"
#include "support/test.h"

enum { MANY = 2000 };

struct ticker {
    struct loop_timer timer;
    struct loop *loop;
    int number, runs, again;
};

static int fired[MANY];
static int fired_count;

static void on_timer(struct loop_timer *timer)
{
    struct ticker *ticker = (struct ticker *)timer;

    fired[fired_count++] = ticker->number;
    ticker->runs++;
    if (ticker->again-- > 0)
        loop_timer_start(ticker->loop, timer, 0);
}

static void run_until(struct loop *loop, int count)
{
    while (fired_count < count)
        loop_run_once(loop, /* wait= */ true);
}

static int setup(void **state)
{
    (void)state;
    fired_count = 0;
    return 0;
}

static void loop_timer__fires_by_time_then_by_start(void **state)
{
    static const int delays[] = { 5, 1, 3, 1, 0, 5, 3 };
    static const int order[] = { 4, 1, 3, 2, 6, 0, 5 };
    struct loop *loop = loop_new();
    struct ticker tickers[7];

    (void)state;
    for (int i = 0; i < 7; i++) {
        tickers[i] = (struct ticker){ .timer.run = on_timer, .loop = loop, .number = i };
        loop_timer_start(loop, &tickers[i].timer, delays[i]);
    }
    run_until(loop, 7);
    for (int i = 0; i < 7; i++)
        assert_int_equal(fired[i], order[i]);
    loop_free(loop);
}

static void loop_timer__thousands_keep_their_order_through_stops_and_moves(void **state)
{
    struct loop *loop = loop_new();
    struct ticker *tickers = calloc(MANY, sizeof(*tickers));
    unsigned seed = 1;
    int expected = 0;

    (void)state;
    assert_non_null(tickers);
    for (int i = 0; i < MANY; i++) {
        tickers[i] = (struct ticker){ .timer.run = on_timer, .loop = loop, .number = i };
        loop_timer_start(loop, &tickers[i].timer, (int64_t)(rand_r(&seed) % 50));
    }
    for (int i = 0; i < MANY; i += 3)
        loop_timer_start(loop, &tickers[i].timer, (int64_t)(rand_r(&seed) % 50));
    for (int i = 1; i < MANY; i += 3)
        loop_timer_stop(loop, &tickers[i].timer);
    for (int i = 0; i < MANY; i++)
        expected += i % 3 != 1;
    run_until(loop, expected);
    for (int i = 1; i < fired_count; i++) {
        const struct loop_timer *left = &tickers[fired[i - 1]].timer, *right = &tickers[fired[i]].timer;

        assert_true(left->at_ms < right->at_ms || (left->at_ms == right->at_ms && left->order < right->order));
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal(tickers[i].runs, i % 3 != 1);
    loop_free(loop);
    free(tickers);
}

static void loop_timer_stop__is_idempotent(void **state)
{
    struct loop *loop = loop_new();
    struct ticker stopped = { .timer.run = on_timer, .loop = loop }, other = stopped;

    (void)state;
    loop_timer_start(loop, &stopped.timer, 0);
    loop_timer_start(loop, &other.timer, 2);
    loop_timer_stop(loop, &stopped.timer);
    loop_timer_stop(loop, &stopped.timer);
    run_until(loop, 1);
    assert_int_equal(stopped.runs, 0);
    assert_int_equal(other.runs, 1);
    loop_free(loop);
}

static void loop_timer__may_start_itself_again_without_holding_the_loop(void **state)
{
    struct loop *loop = loop_new();
    struct ticker ticker = { .timer.run = on_timer, .loop = loop, .again = 5 };

    (void)state;
    loop_timer_start(loop, &ticker.timer, 0);
    loop_run_once(loop, /* wait= */ true);
    assert_in_range(ticker.runs, 1, 2); /* libuv looks at its timers before and after the poll */
    run_until(loop, 6);
    assert_int_equal(ticker.runs, 6);
    loop_free(loop);
}

static void loop_timer_start__takes_any_delay(void **state)
{
    struct loop *loop = loop_new();
    struct ticker past = { .timer.run = on_timer, .loop = loop }, never = past;

    (void)state;
    loop_timer_start(loop, &never.timer, INT64_MAX);
    loop_timer_start(loop, &past.timer, -5);
    run_until(loop, 1);
    assert_int_equal(past.runs, 1);
    assert_int_equal(never.timer.at_ms, INT64_MAX);
    loop_free(loop);
}

static void on_job(struct loop_job *job)
{
    (void)job;
    fired[fired_count++] = -1;
}

static void loop_clock_stop__jumps_to_the_next_timer_when_all_is_done(void **state)
{
    struct loop *loop = loop_new();
    struct ticker late = { { on_timer }, loop, 2, 0, 0 }, soon = { { on_timer }, loop, 1, 0, 0 };
    struct loop_job job = { on_job }, next = { on_job };
    int64_t began_ms;

    (void)state;
    loop_clock_stop(loop);
    began_ms = loop_now_ms(loop);
    loop_timer_start(loop, &late.timer, 3600000);
    loop_timer_start(loop, &soon.timer, 1);
    loop_defer(loop, &job);
    loop_defer_next_tick(loop, &next);
    (void)usleep(3000);
    loop_run_once(loop, /* wait= */ false);
    assert_int_equal(fired_count, 2);
    assert_int_equal(loop_now_ms(loop), began_ms);
    run_until(loop, 4);
    assert_int_equal(loop_now_ms(loop), began_ms + 3600000);
    assert_int_equal(fired[2], 1);
    assert_int_equal(fired[3], 2);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(loop_timer__fires_by_time_then_by_start, setup),
        cmocka_unit_test_setup(loop_timer__thousands_keep_their_order_through_stops_and_moves, setup),
        cmocka_unit_test_setup(loop_timer_stop__is_idempotent, setup),
        cmocka_unit_test_setup(loop_timer__may_start_itself_again_without_holding_the_loop, setup),
        cmocka_unit_test_setup(loop_timer_start__takes_any_delay, setup),
        cmocka_unit_test_setup(loop_clock_stop__jumps_to_the_next_timer_when_all_is_done, setup),
    };

    return cmocka_run_group_tests_name("loop/timer", tests, NULL, NULL);
}
