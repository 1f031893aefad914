/* The modules' life and what falls due in it, on the tests' store. */
#include "host/host.h"

#include <string.h>

#include "host/due.h"
#include "probe/v1/probe.rpc.h"
#include "store/crash.h"
#include "support/fiber_test.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/wait.h"

static const struct ts_collection errands = {
    .name = "errands",
    .message = &probe__errand__descriptor,
    .indexes = { { "due", { "due_ms" } } },
};
static const struct ts_collection *const collections[] = { &errands, NULL };

/* What happened, and what handlers are to do. */
static struct {
    char trace[256];
    int start_result;
    int fail_times; /* handlers fail so often first */
    int handled, running, running_max;
    int64_t steps; /* a handler puts the document again until it has so many */
    int64_t step_ms;
    int64_t last_ms;
    int64_t linger_ms; /* a handler ends so long after its put */
} seen;

static void trace(const char *word)
{
    assert_true(strlen(seen.trace) + strlen(word) < sizeof(seen.trace));
    strcpy(seen.trace + strlen(seen.trace), word);
}

static int write_errand(struct ts_call *call, const char *id, int64_t version, int64_t due_ms, int64_t steps)
{
    Probe__Errand errand = PROBE__ERRAND__INIT;

    errand.has_due_ms = due_ms != 0;
    errand.due_ms = due_ms;
    errand.has_steps = true;
    errand.steps = steps;
    return ts_store_put(call, &errands, id, version, &errand.base);
}

static int on_errand(struct ts_call *call, const char *id)
{
    const Probe__Errand *errand;
    struct ts_doc doc;
    int r;

    if (++seen.running > seen.running_max)
        seen.running_max = seen.running;
    r = ts_store_get(call, &errands, id, &doc);
    seen.running--;
    if (r || !doc.body)
        return r;
    if (seen.fail_times-- > 0)
        return TS_EUNAVAILABLE;
    seen.handled++;
    seen.last_ms = ts_now_ms(call);
    errand = (const Probe__Errand *)doc.body;
    r = write_errand(call, id, doc.version, errand->steps < seen.steps ? errand->due_ms + seen.step_ms : 0,
                     errand->steps + 1);
    return r || !seen.linger_ms ? r : ts_sleep(call, seen.linger_ms);
}

static int start_first(struct ts_call *call, void **ret_state)
{
    trace("start1 ");
    *ret_state = &seen;
    (void)write_errand(call, "at-start", 0, ts_now_ms(call), 0); /* it is there after a crash */
    return 0;
}

static int start_second(struct ts_call *call, void **ret_state)
{
    (void)ret_state;
    trace("start2 ");
    return seen.start_result ? ts_fail(call, seen.start_result, "no luck") : 0;
}

static void stop_first(void *state)
{
    trace(state == &seen ? "stop1 " : "stop1? ");
}

static void stop_second(void *state)
{
    (void)state;
    trace("stop2 ");
}

static const struct ts_due due[] = { { &errands, on_errand }, { NULL } };
static const struct ts_module first = {
    .name = "first", .collections = collections, .due = due, .start = start_first, .stop = stop_first
};
static const struct ts_module second = { .name = "second", .start = start_second, .stop = stop_second };
static const struct ts_module *const modules[] = { &first, &second, NULL };

struct fixture {
    struct ts_runtime runtime;
    struct host *host;
    struct buf problems;
    fiber_test_plain *body;
};
static struct fixture fixture;

static int fixture_open(void)
{
    static const struct crash_options options = { 0 };

    runtime_init(&fixture.runtime, loop_new());
    fixture.runtime.store = crash_store_open(fixture.runtime.loop, &options, NULL);
    buf_init(&fixture.problems, 10000);
    return host_start(&fixture.runtime, &(struct host_config){ .modules = modules, .transport = &bus_local },
                      &fixture.host, &fixture.problems);
}

static void fixture_close(void)
{
    store_close(fixture.runtime.store);
    loop_free(fixture.runtime.loop);
    buf_done(&fixture.problems);
}

static void run_body(struct ts_call *call, void *data)
{
    (void)data;
    fixture.body(call);
}

static void entry(void **state)
{
    memset(&seen, 0, sizeof(seen));
    fixture.body = *(fiber_test_plain **)*state;
    assert_int_equal(fixture_open(), 0);
    fiber_test_run(&fixture.runtime, run_body, NULL);
    assert_int_equal(host_stop(fixture.host, 5000), 0);
    assert_null(fixture.runtime.bus);
    fixture_close();
}

#define host_unit_test(body)                                                                                           \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

/* Real milliseconds: the domain's clock may stand still. */
static void rest(struct ts_call *call)
{
    int64_t until_ms = loop_now_ms(call->runtime->loop) + 1;

    while (loop_now_ms(call->runtime->loop) < until_ms)
        fiber_yield();
}

static void wait_for(struct ts_call *call, int handled)
{
    while (seen.handled < handled)
        rest(call);
}

static void wait_for_failures(struct ts_call *call, int left)
{
    while (seen.fail_times > left)
        rest(call);
}

static int64_t stopped_ms;

static int64_t stopped_clock(struct ts_runtime *runtime)
{
    (void)runtime;
    return stopped_ms;
}

/* From now on the domain's clock moves by host_clock_advance() alone. */
static void stop_the_clock(struct ts_call *call)
{
    stopped_ms = ts_now_ms(call) - call->runtime->clock_offset_ms;
    call->runtime->wall_ms = stopped_clock;
}

static void advance(int64_t duration_ms)
{
    assert_int_equal(host_clock_advance(fixture.host, duration_ms), 0);
}

static void host__starts_in_order_and_stops_in_reverse(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(fixture_open(), 0);
    assert_int_equal(host_stop(fixture.host, 5000), 0);
    assert_string_equal(seen.trace, "start1 start2 stop2 stop1 ");
    fixture_close();
}

static void host_start__failing_tells_why_and_stops_what_had_started(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    seen.start_result = TS_EDATALOSS;
    assert_int_equal(fixture_open(), TS_EDATALOSS);
    assert_string_equal(seen.trace, "start1 start2 stop1 ");
    buf_add_char(&fixture.problems, 0);
    assert_string_equal(fixture.problems.data, "second: did not start: DATA_LOSS: no luck\n");
    assert_null(fixture.runtime.bus);
    fixture_close();
}

static void due__continues_what_was_due_at_start(struct ts_call *call)
{
    wait_for(call, 1);
}

static void due__wakes_at_the_time_a_write_sets(struct ts_call *call)
{
    int64_t due_ms = ts_now_ms(call) + 40;

    wait_for(call, 1);
    assert_int_equal(write_errand(call, "soon", 0, due_ms, 0), 0);
    wait_for(call, 2);
    assert_in_range(seen.last_ms, due_ms, due_ms + DUE_SCAN_MS - 1000); /* not the scan of every five seconds */
}

static void due__repeats_until_the_document_is_not_due(struct ts_call *call)
{
    wait_for(call, 1);
    seen.steps = 20;
    assert_int_equal(write_errand(call, "chain", 0, ts_now_ms(call), 0), 0);
    wait_for(call, 1 + 21);
    assert_int_equal(ts_sleep(call, 20), 0);
    assert_int_equal(seen.handled, 22);
}

static void due__goes_on_at_once_when_a_scan_met_it_during_its_handler(struct ts_call *call)
{
    int64_t start_ms = ts_now_ms(call);

    wait_for(call, 1);
    seen.steps = 3;
    seen.linger_ms = 20;
    assert_int_equal(write_errand(call, "chain", 0, start_ms, 0), 0);
    wait_for(call, 1 + 4);
    assert_true(ts_now_ms(call) < start_ms + DUE_SCAN_MS);
}

static void due__tries_again_after_a_failure(struct ts_call *call)
{
    wait_for(call, 1);
    stop_the_clock(call);
    seen.fail_times = 2;
    assert_int_equal(write_errand(call, "hard", 0, ts_now_ms(call), 0), 0);
    wait_for_failures(call, 1);
    advance(DUE_PAUSE_MS_MIN / 2);
    assert_int_equal(seen.fail_times, 1);
    advance(DUE_PAUSE_MS_MIN / 2);
    assert_int_equal(seen.fail_times, 0);
    advance(DUE_PAUSE_MS_MIN);
    assert_int_equal(seen.handled, 1);
    advance(DUE_PAUSE_MS_MIN);
    assert_int_equal(seen.handled, 2);
}

static void due__keeps_the_pauses_end_over_another_documents_scan(struct ts_call *call)
{
    wait_for(call, 1);
    stop_the_clock(call);
    seen.fail_times = 1;
    assert_int_equal(write_errand(call, "hard", 0, ts_now_ms(call), 0), 0);
    wait_for_failures(call, 0);
    assert_int_equal(write_errand(call, "other", 0, ts_now_ms(call), 0), 0);
    wait_for(call, 2);
    advance(DUE_PAUSE_MS_MIN / 2);
    assert_int_equal(seen.handled, 2);
    advance(DUE_PAUSE_MS_MIN / 2);
    assert_int_equal(seen.handled, 3);
}

static void due__forgets_the_failures_of_what_was_continued_elsewhere(struct ts_call *call)
{
    wait_for(call, 1);
    stop_the_clock(call);
    seen.fail_times = 3; /* pauses of 1, 2 and 4 units */
    assert_int_equal(write_errand(call, "hard", 0, ts_now_ms(call), 0), 0);
    wait_for_failures(call, 2);
    advance(DUE_PAUSE_MS_MIN);
    advance(2 * DUE_PAUSE_MS_MIN);
    assert_int_equal(seen.fail_times, 0);
    assert_int_equal(write_errand(call, "hard", 1, 0, 0), 0);
    advance(4 * DUE_PAUSE_MS_MIN); /* the last pause, and the scan at its end */
    seen.fail_times = 1;
    assert_int_equal(write_errand(call, "hard", 2, ts_now_ms(call), 0), 0);
    wait_for_failures(call, 0);
    advance(DUE_PAUSE_MS_MIN); /* not the fourth pause, 8 units */
    assert_int_equal(seen.handled, 2);
}

static void due__scans_again_after_the_store_failed_in_a_scan(struct ts_call *call)
{
    wait_for(call, 1);
    for (uint64_t nth = 1; nth <= 3; nth++) { /* the scan for what is due; of the others, whichever comes */
        int64_t due_ms = ts_now_ms(call) + 20;

        assert_int_equal(write_errand(call, ts_printf(call->arena, "e%d", (int)nth), 0, due_ms, 0), 0);
        crash_store_fail(fixture.runtime.store, nth);
        wait_for(call, 1 + (int)nth);
        assert_in_range(seen.last_ms, due_ms, due_ms + DUE_SCAN_MS - 1000);
        while (!crash_store_failed(fixture.runtime.store))
            assert_int_equal(ts_sleep(call, 1), 0);
    }
}

static void due__runs_at_most_64_at_once(struct ts_call *call)
{
    enum { COUNT = 300 };

    wait_for(call, 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(write_errand(call, ts_printf(call->arena, "e%03d", i), 0, ts_now_ms(call) + 50, 0), 0);
    wait_for(call, 1 + COUNT);
    assert_in_range(seen.running_max, 2, DUE_RUNNING_MAX);
}

static void host_clock_advance__runs_all_that_falls_due_and_what_follows(struct ts_call *call)
{
    int64_t start_ms = ts_now_ms(call);

    wait_for(call, 1);
    seen.steps = 5;
    seen.step_ms = 10 * TS_MINUTE_MS;
    assert_int_equal(write_errand(call, "chain", 0, start_ms + seen.step_ms, 0), 0);
    assert_int_equal(write_errand(call, "later", 0, start_ms + 3 * TS_HOUR_MS, 0), 0);
    assert_int_equal(host_clock_advance(fixture.host, 30 * TS_MINUTE_MS), 0);
    assert_int_equal(seen.handled, 1 + 3);
    assert_int_equal(host_clock_advance(fixture.host, 30 * TS_MINUTE_MS), 0);
    assert_int_equal(seen.handled, 1 + 6);
    assert_int_equal(host_clock_advance(fixture.host, 0), 0);
    assert_int_equal(host_clock_advance(fixture.host, -1), TS_EINVALID);
    seen.steps = 0;
    assert_int_equal(host_clock_advance(fixture.host, 2 * TS_HOUR_MS), 0);
    assert_int_equal(seen.handled, 1 + 7);
}

static void host_clock_advance__does_not_wait_for_what_keeps_failing(struct ts_call *call)
{
    wait_for(call, 1);
    seen.fail_times = 1000;
    assert_int_equal(write_errand(call, "never", 0, ts_now_ms(call) + TS_HOUR_MS, 0), 0);
    assert_int_equal(host_clock_advance(fixture.host, TS_HOUR_MS), 0);
    assert_int_equal(seen.handled, 1);
    assert_true(seen.fail_times < 1000);
}

static void host_write_metrics__shows_lag_and_fibers(struct ts_call *call)
{
    struct buf text;

    wait_for(call, 1);
    buf_init(&text, 10000);
    host_write_metrics(fixture.host, &text);
    buf_add_char(&text, 0);
    assert_non_null(strstr(text.data, "\ntessera_loop_lag_seconds "));
    assert_non_null(strstr(text.data, "\ntessera_fibers_running "));
    buf_done(&text);
}

/* ---- crashes */

static void on_crash(void *data)
{
    ((struct ts_runtime *)data)->crashed = true;
}

static void open_on(struct crash_state *before)
{
    struct crash_options options = { .on_crash = on_crash, .data = &fixture.runtime };

    runtime_init(&fixture.runtime, loop_new());
    fixture.runtime.store = crash_store_open(fixture.runtime.loop, &options, before);
    buf_init(&fixture.problems, 10000);
    assert_int_equal(host_start(&fixture.runtime, &(struct host_config){ .modules = modules, .transport = &bus_local },
                                &fixture.host, &fixture.problems),
                     0);
}

static struct crash_state *crash(void)
{
    struct crash_state *left;

    crash_store_crash(fixture.runtime.store);
    runtime_clock_advance(&fixture.runtime, 0); /* who sleeps looks again */
    assert_int_equal(host_stop(fixture.host, 1000), 0);
    left = crash_store_take(fixture.runtime.store);
    loop_free(fixture.runtime.loop);
    buf_done(&fixture.problems);
    return left;
}

static void run_chain(struct ts_call *call, void *data)
{
    enum { COUNT = 3 * DUE_RUNNING_MAX }; /* so that the scan, too, waits for a place */
    int until = *(int *)data;

    for (int i = 0; i < COUNT; i++) {
        int r = write_errand(call, ts_printf(call->arena, "c%03d", i), 0, ts_now_ms(call), 0);

        assert_true(r == 0 || r == TS_WRITE_CONFLICT);
    }
    wait_for(call, until);
}

static void wait_for_all(struct ts_call *call, void *data)
{
    wait_for(call, *(int *)data);
}

static void due__goes_on_after_a_crash_where_the_documents_stand(void **state)
{
    enum { ALL = 3 * DUE_RUNNING_MAX };
    struct crash_state *left;
    int some = ALL / 2, rest;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    seen.linger_ms = 20;
    open_on(NULL);
    fiber_test_run(&fixture.runtime, run_chain, &some);
    left = crash();
    rest = ALL + 1; /* what the crash took the acknowledgement of may be handled twice, nothing is left out */
    seen.linger_ms = 0;
    seen.trace[0] = '\0';
    open_on(left);
    rest = rest < seen.handled ? seen.handled : rest;
    fiber_test_run(&fixture.runtime, wait_for_all, &rest);
    assert_int_equal(host_stop(fixture.host, 5000), 0);
    fixture_close();
}

/* ---- stopping while something runs */

/* A root call of ours that waits as told. */
struct lingering {
    int (*wait)(struct ts_call *call);
    int result;
    bool ended;
};

static int wait_sleeping(struct ts_call *call)
{
    return ts_sleep(call, TS_HOUR_MS);
}

static int wait_for_nobody(struct ts_call *call)
{
    struct ts_waiters waiters = { 0 };

    return ts_wait(call, &waiters);
}

static int wait_shielded(struct ts_call *call)
{
    int r;

    ts_shield_begin(call);
    r = ts_sleep(call, TS_HOUR_MS);
    ts_shield_end(call);
    return r;
}

static int wait_again_and_again(struct ts_call *call)
{
    int r;

    while (!(r = ts_sleep(call, 1)))
        ;
    return r;
}

static int linger(struct ts_call *call, void *data)
{
    struct lingering *lingering = data;

    lingering->result = lingering->wait(call);
    return 0;
}

static void on_lingered(void *data, int result)
{
    ((struct lingering *)data)->ended = result == 0;
}

/* Stop with this in flight. Return: how long that took; on a busy machine, any time longer than it should. */
static int64_t stop_with(int (*wait)(struct ts_call *call), struct lingering *ret_lingering, int64_t wait_ms)
{
    int64_t start_ms;
    int r;

    memset(&seen, 0, sizeof(seen));
    assert_int_equal(fixture_open(), 0);
    *ret_lingering = (struct lingering){ .wait = wait };
    bus_spawn(fixture.runtime.bus, &(struct bus_task){ .operation = "linger",
                                                       .timeout_ms = TS_CALL_MS_MAX,
                                                       .run = linger,
                                                       .done = on_lingered,
                                                       .data = ret_lingering });
    start_ms = loop_now_ms(fixture.runtime.loop);
    do
        r = host_stop(fixture.host, wait_ms);
    while (r == TS_EDEADLINE); /* a machine that stalls lets nothing end in time */
    assert_int_equal(r, 0);
    assert_true(ret_lingering->ended);
    assert_null(fixture.runtime.bus);
    start_ms = loop_now_ms(fixture.runtime.loop) - start_ms;
    fixture_close();
    return start_ms;
}

static void host_stop__cancels_what_still_waits_and_ends_it(void **state)
{
    static int (*const waits[])(struct ts_call * call) = { wait_sleeping, wait_for_nobody, wait_again_and_again };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(waits); i++) {
        struct lingering lingering;

        assert_in_range(stop_with(waits[i], &lingering, 30), 30, TS_CALL_MS_MAX - 1);
        assert_int_equal(lingering.result, TS_ECANCELLED);
        assert_string_equal(seen.trace, "start1 start2 stop2 stop1 ");
    }
}

static void host_stop__leaves_a_shield_its_second(void **state)
{
    struct lingering lingering;

    (void)state;
    assert_in_range(stop_with(wait_shielded, &lingering, 10), 1000, TS_CALL_MS_MAX - 1);
    assert_int_equal(lingering.result, TS_ECANCELLED);
}

/* As a write that the disk does not end: no cancelling reaches it. */
static void wait_for_the_disk(void *data)
{
    struct fiber **ret_fiber = data;

    *ret_fiber = fiber_self();
    fiber_suspend();
}

static void host_stop__keeps_all_when_something_runs_on(void **state)
{
    struct fiber *fiber;

    (void)state;
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(fixture_open(), 0);
    fiber_spawn(fixture.runtime.loop, wait_for_the_disk, &fiber);
    assert_int_equal(host_stop(fixture.host, 10), TS_EDEADLINE);
    assert_non_null(fixture.runtime.bus);
    assert_string_equal(seen.trace, "start1 start2 ");
    fiber_wake(fiber);
    assert_int_equal(host_stop(fixture.host, 10), 0);
    assert_string_equal(seen.trace, "start1 start2 stop2 stop1 ");
    fixture_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host__starts_in_order_and_stops_in_reverse),
        cmocka_unit_test(host_start__failing_tells_why_and_stops_what_had_started),
        cmocka_unit_test(host_stop__cancels_what_still_waits_and_ends_it),
        cmocka_unit_test(host_stop__leaves_a_shield_its_second),
        host_unit_test(due__continues_what_was_due_at_start),
        host_unit_test(due__wakes_at_the_time_a_write_sets),
        host_unit_test(due__repeats_until_the_document_is_not_due),
        host_unit_test(due__goes_on_at_once_when_a_scan_met_it_during_its_handler),
        host_unit_test(due__tries_again_after_a_failure),
        host_unit_test(due__keeps_the_pauses_end_over_another_documents_scan),
        host_unit_test(due__forgets_the_failures_of_what_was_continued_elsewhere),
        host_unit_test(due__scans_again_after_the_store_failed_in_a_scan),
        cmocka_unit_test(due__goes_on_after_a_crash_where_the_documents_stand),
        host_unit_test(host_write_metrics__shows_lag_and_fibers),
        host_unit_test(due__runs_at_most_64_at_once),
        host_unit_test(host_clock_advance__runs_all_that_falls_due_and_what_follows),
        host_unit_test(host_clock_advance__does_not_wait_for_what_keeps_failing),
        cmocka_unit_test(host_stop__keeps_all_when_something_runs_on),
    };

    return cmocka_run_group_tests_name("host/host", tests, NULL, NULL);
}
