#include "support/fiber_test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

struct fiber_test {
    struct ts_call *call;
    void (*body)(struct ts_call *call, void *data);
    void *data;
    bool ended, late;
    struct loop_timer alarm;
};

/* The first failure seen on a fiber since the last run began. */
static struct {
    const char *file;
    int line;
} failure;

/* What cmocka calls for each failed assertion; this definition comes before the library's. */
__attribute__((visibility("default"))) void _fail(const char *const file, const int line)
{
    void (*real_fail)(const char *, int);

    if (fiber_self()) {
        if (!failure.file) {
            failure.file = file;
            failure.line = line;
        }
        for (;;)
            fiber_suspend();
    }
    *(void **)&real_fail = dlsym(RTLD_NEXT, "_fail");
    real_fail(file, line);
    abort(); /* it does not return */
}

static void fiber_test_main(void *data)
{
    struct fiber_test *test = data;

    test->body(test->call, test->data);
    test->ended = true;
}

static void on_alarm(struct loop_timer *timer)
{
    ((struct fiber_test *)((char *)timer - offsetof(struct fiber_test, alarm)))->late = true;
}

void fiber_test_run(struct ts_runtime *runtime, void (*body)(struct ts_call *call, void *data), void *data)
{
    static const struct ts_principal system = { TS_PRINCIPAL_SYSTEM, "system" };
    struct ts_arena arena;
    struct ts_call call = {
        .arena = &arena,
        .principal = &system,
        .operation = "test",
        .request_id = "test",
        .locale = "en",
        .trace = { "0123456789abcdef0123456789abcdef", "0123456789abcdef", false },
        .deadline_ms = loop_now_ms(runtime->loop) + FIBER_TEST_MS_MAX,
        .runtime = runtime,
    };
    struct fiber_test test = { .call = &call, .body = body, .data = data, .alarm.run = on_alarm };

    arena_init(&arena);
    failure.file = NULL;
    loop_timer_start(runtime->loop, &test.alarm, FIBER_TEST_MS_MAX);
    fiber_spawn(runtime->loop, fiber_test_main, &test);
    while (!test.ended && !failure.file && !test.late)
        loop_run_once(runtime->loop, /* wait= */ true);
    loop_timer_stop(runtime->loop, &test.alarm);
    if (failure.file)
        _fail(failure.file, failure.line);
    if (test.late)
        fail_msg("the body waited over %d ms", FIBER_TEST_MS_MAX);
    arena_done(&arena);
}

void fiber_test_run_alone(void (*body)(struct ts_call *call, void *data), void *data)
{
    struct ts_runtime runtime;
    struct loop *loop = loop_new();

    runtime_init(&runtime, loop);
    fiber_test_run(&runtime, body, data);
    loop_free(loop);
}

void fiber_test_body(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    (*body)(call);
}

void fiber_test_entry(void **state)
{
    fiber_test_run_alone(fiber_test_body, *state);
}
