/* Log lines as a collector reads them. */
#include "telemetry/log.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "loop/fiber.h"
#include "support/fiber_test.h"
#include "tessera/cleanup.h"
#include "tessera/module.h"

static int pipe_fds[2];
static struct log log_under_test;

static const int64_t start_ms = INT64_C(1795466880000);
static int64_t wall_ms;

static int64_t fixed_wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return wall_ms;
}

static const char *read_line(void)
{
    static char line[32 << 10];
    ssize_t size = read(pipe_fds[0], line, sizeof(line) - 1);

    assert_true(size > 0);
    line[size] = 0;
    return line;
}

static void begin(struct ts_call *call)
{
    assert_int_equal(pipe(pipe_fds), 0);
    wall_ms = start_ms;
    call->runtime->wall_ms = fixed_wall_ms;
    log_init(&log_under_test, call->runtime, pipe_fds[1], TS_LOG_INFO);
    call->runtime->log = &log_under_test;
}

static void end(void)
{
    log_done(&log_under_test);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

static void ts_log__writes_one_line_of_ecs(struct ts_call *call)
{
    static const struct ts_module module = { .name = "door" };

    begin(call);
    call->module = &module;
    ts_log(call, TS_LOG_WARN, "list-full", "say \"%s\"\n", "hi");
    assert_string_equal(
        read_line(),
        "{\"@timestamp\":\"2026-11-23T20:48:00.000Z\",\"log.level\":\"warn\",\"message\":\"say \\\"hi\\\"\\n\","
        "\"ecs.version\":\"9.4.0\",\"service.name\":\"tessera\",\"service.version\":\"" TESSERA_VERSION
        "\",\"event.action\":\"list-full\",\"trace.id\":\"0123456789abcdef0123456789abcdef\",\"span.id\":"
        "\"0123456789abcdef\",\"http.request.id\":\"test\",\"tessera.operation\":\"test\","
        "\"tessera.module\":\"door\"}\n");
    end();
}

static void ts_log__drops_what_is_below_the_level(struct ts_call *call)
{
    begin(call);
    ts_log(call, TS_LOG_DEBUG, "quiet", "no");
    log_say(&log_under_test, TS_LOG_DEBUG, "quiet", "no");
    log_say(&log_under_test, TS_LOG_INFO, "loud", "yes %d", 1);
    assert_non_null(strstr(read_line(), "\"message\":\"yes 1\""));
    call->runtime->log = NULL;
    ts_log(call, TS_LOG_ERROR, "nowhere", "no");
    end();
}

static void log_string__that_is_too_long_leaves_a_line_of_json(struct ts_call *call)
{
    static char huge[40000];
    struct json_error error;
    struct json *json;
    const char *line;

    begin(call);
    memset(huge, 'x', sizeof(huge) - 1);
    assert_true(log_begin(&log_under_test, TS_LOG_WARN, "big", "m"));
    log_string(&log_under_test, "a", huge);
    log_int(&log_under_test, "b", 1);
    log_end(&log_under_test);
    line = read_line();
    assert_int_equal(json_parse(call->arena, line, strlen(line), &json, &error), 0);
    assert_string_equal(json_find(json, "message")->text, "a line was too long");
    end();
}

static void log_text__is_readable_and_without_control_characters(struct ts_call *call)
{
    begin(call);
    log_under_test.text = true;
    assert_true(log_begin(&log_under_test, TS_LOG_INFO, "request", "GET \033[31m/"));
    log_int(&log_under_test, "http.response.status_code", 200);
    log_string(&log_under_test, "x", NULL);
    log_end(&log_under_test);
    assert_string_equal(read_line(), "20:48:00 info  GET  [31m/ http.response.status_code=200\n");
    end();
}

static void log_level_parse__knows_four_words(void **state)
{
    enum ts_log_level level;

    (void)state;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, TS_LOG_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, TS_LOG_ERROR);
    assert_false(log_level_parse("loud", &level));
}

static void log_begin__tells_the_time_of_each_line(struct ts_call *call)
{
    static const struct {
        int64_t after_ms;
        const char *time;
    } lines[] = {
        { 0, "2026-11-23T20:48:00.000Z" },        { 7, "2026-11-23T20:48:00.007Z" },
        { 999, "2026-11-23T20:48:00.999Z" },      { 1000, "2026-11-23T20:48:01.000Z" },
        { 500, "2026-11-23T20:48:00.500Z" },      { -1, "2026-11-23T20:47:59.999Z" },
        { 86400123, "2026-11-24T20:48:00.123Z" },
    };

    begin(call);
    for (size_t i = 0; i < TS_ARRAY_SIZE(lines); i++) {
        wall_ms = start_ms + lines[i].after_ms;
        log_say(&log_under_test, TS_LOG_WARN, "tick", "now");
        assert_non_null(strstr(read_line(), lines[i].time));
    }
    end();
}

static void log_end__keeps_requests_for_the_end_of_the_tick(struct ts_call *call)
{
    const char *line;

    begin(call);
    assert_true(log_begin(&log_under_test, TS_LOG_INFO, "request", "one"));
    log_end(&log_under_test);
    assert_true(log_begin(&log_under_test, TS_LOG_INFO, "request", "two"));
    log_end(&log_under_test);
    log_say(&log_under_test, TS_LOG_WARN, "warning", "three");
    line = read_line();
    assert_non_null(strstr(line, "\"one\""));
    assert_true(strstr(line, "\"one\"") < strstr(line, "\"two\""));
    assert_true(strstr(line, "\"two\"") < strstr(line, "\"three\""));
    assert_true(log_begin(&log_under_test, TS_LOG_INFO, "request", "four"));
    log_end(&log_under_test);
    fiber_yield();
    fiber_yield();
    assert_non_null(strstr(read_line(), "\"four\""));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fiber_unit_test(log_begin__tells_the_time_of_each_line),
        fiber_unit_test(log_end__keeps_requests_for_the_end_of_the_tick),
        fiber_unit_test(ts_log__writes_one_line_of_ecs),
        fiber_unit_test(ts_log__drops_what_is_below_the_level),
        fiber_unit_test(log_string__that_is_too_long_leaves_a_line_of_json),
        fiber_unit_test(log_text__is_readable_and_without_control_characters),
        cmocka_unit_test(log_level_parse__knows_four_words),
    };

    return cmocka_run_group_tests_name("telemetry/log", tests, NULL, NULL);
}
