/*
 * Lines are built in one buffer that is kept; what does not fit in it is cut, never sent in two writes. The lines of
 * requests leave together at the end of their tick, for a write each would cost more than the line; any other leaves at
 * once and takes along what waits, so that the order stays.
 */
#include "telemetry/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/json.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "tessera/clock.h"
#include "tessera/module.h"

enum { LINE_SIZE_MAX = 16 << 10, MESSAGE_SIZE_MAX = 2000, PENDING_SIZE = 32 << 10 };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

/* What stands between a line's time and its message. */
#define LEVEL_FIELD(name)                                                                                              \
    {                                                                                                                  \
        "\",\"log.level\":\"" name "\",\"message\":", sizeof("\",\"log.level\":\"" name "\",\"message\":") - 1         \
    }
static const struct {
    const char *text;
    size_t size;
} level_fields[] = { LEVEL_FIELD("debug"), LEVEL_FIELD("info"), LEVEL_FIELD("warn"), LEVEL_FIELD("error") };

static void log_flush(struct log *log)
{
    if (log->pending.size && write(log->fd, log->pending.data, log->pending.size) < 0)
        log->lost++; /* nowhere to say it */
    buf_clear(&log->pending);
}

static void on_flush(struct loop_job *job)
{
    log_flush((struct log *)((char *)job - offsetof(struct log, flush)));
}

void log_init(struct log *log, struct ts_runtime *runtime, int fd, enum ts_log_level level)
{
    *log = (struct log){ .fd = fd, .text = isatty(fd), .level = level, .runtime = runtime };
    buf_init(&log->line, LINE_SIZE_MAX);
    buf_init(&log->pending, PENDING_SIZE + LINE_SIZE_MAX);
    log->flush.run = on_flush;
}

void log_done(struct log *log)
{
    log_flush(log);
    buf_done(&log->line);
    buf_done(&log->pending);
}

bool log_level_parse(const char *word, enum ts_log_level *ret_level)
{
    for (unsigned level = TS_LOG_DEBUG; level <= TS_LOG_ERROR; level++) {
        if (strcmp(word, level_names[level]) == 0) {
            *ret_level = (enum ts_log_level)level;
            return true;
        }
    }
    return false;
}

static void log_begin_text(struct log *log, const char *time, const char *level, const char *message)
{
    buf_printf(&log->line, "%.8s %-5s ", time + 11, level);
    for (const char *at = message; *at; at++) /* control characters would let a value draw on the terminal */
        buf_add_char(&log->line, (char)((unsigned char)*at < 0x20 || *at == 0x7f ? ' ' : *at));
}

/* Now, as text. Most lines are of the second of the one before. */
static const char *log_time(struct log *log)
{
    int64_t now_ms = log->runtime->wall_ms(log->runtime);

    if (now_ms / TS_SECOND_MS == log->time_ms / TS_SECOND_MS && now_ms >= 0 && log->time[0])
        (void)decimal_put_padded(log->time + sizeof("2026-11-23T20:48:00.") - 1, (uint32_t)(now_ms % TS_SECOND_MS), 3);
    else
        (void)ts_time_format(now_ms, log->time);
    log->time_ms = now_ms;
    return log->time;
}

bool log_begin(struct log *log, enum ts_log_level level, const char *action, const char *message)
{
    if (!log || level < log->level)
        return false;
    assert(!log->open);
    log->open = true;
    log->urgent = log->text || level >= TS_LOG_WARN || !log->runtime->loop;
    buf_clear(&log->line);
    if (log->text) {
        log_begin_text(log, log_time(log), level_names[level], message);
        return true;
    }
    buf_add_literal(&log->line, "{\"@timestamp\":\"");
    buf_add(&log->line, log_time(log), sizeof(log->time) - 1);
    buf_add(&log->line, level_fields[level].text, level_fields[level].size);
    json_write_string(&log->line, message, strnlen(message, MESSAGE_SIZE_MAX));
    buf_add_literal(&log->line,
                    ",\"ecs.version\":\"9.4.0\",\"service.name\":\"tessera\",\"service.version\":\"" TESSERA_VERSION
                    "\"");
    log_string(log, "event.action", action);
    return true;
}

void log_add_key_text(struct log *log, const char *key, size_t key_size)
{
    buf_add_char(&log->line, ' ');
    buf_add(&log->line, key + 2, key_size - 4); /* without comma, quotes and colon */
    buf_add_char(&log->line, '=');
}

void log_end(struct log *log)
{
    assert(log->open);
    log->open = false;
    if (log->line.full) /* cut: close it so that it stays one line of JSON */
        buf_cut(&log->line, 0), log->line.full = false,
                                buf_add_literal(&log->line, "{\"message\":\"a line was too long\"");
    if (!log->text)
        buf_add_char(&log->line, '}');
    buf_add_char(&log->line, '\n');
    buf_add(&log->pending, log->line.data, log->line.size);
    if (log->urgent || log->pending.size >= PENDING_SIZE)
        log_flush(log);
    else
        loop_defer(log->runtime->loop, &log->flush);
}

void log_call(struct log *log, const struct ts_call *call)
{
    if (!log->text) {
        log_string(log, "trace.id", call->trace.trace_id[0] ? call->trace.trace_id : NULL);
        log_string(log, "span.id", call->trace.span_id[0] ? call->trace.span_id : NULL);
        log_string(log, "parent.id", call->trace.parent_id[0] ? call->trace.parent_id : NULL);
    }
    log_string(log, "http.request.id", call->request_id);
    log_string(log, "tessera.operation", call->operation);
    log_string(log, "tessera.module", call->module ? call->module->name : NULL);
}

void log_say(struct log *log, enum ts_log_level level, const char *action, const char *format, ...)
{
    char message[MESSAGE_SIZE_MAX];
    va_list args;

    if (!log || level < log->level)
        return;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut there */
    va_end(args);
    if (!log_begin(log, level, action, message))
        return;
    log->urgent = true;
    log_end(log);
}

void ts_log(struct ts_call *call, enum ts_log_level level, const char *action, const char *format, ...)
{
    struct log *log = call->runtime->log;
    char message[MESSAGE_SIZE_MAX];
    va_list args;

    if (!log || level < log->level)
        return;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut there */
    va_end(args);
    if (!log_begin(log, level, action, message))
        return;
    log->urgent = true;
    log_call(log, call);
    log_end(log);
}
