/*
 * Log lines: one JSON object each in the Elastic Common Schema, or readable text when a person watches. They go to one
 * file descriptor, each in one piece, and never hold secrets or personal data.
 */
#ifndef TELEMETRY_LOG_H
#define TELEMETRY_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "loop/loop.h"
#include "tessera/log.h"

struct ts_runtime;

struct log {
    int fd;
    bool text; /* for people, instead of JSON */
    enum ts_log_level level;
    struct ts_runtime *runtime; /* whose clock stamps the lines */
    char time[25];              /* of the last line, */
    int64_t time_ms;            /* which was then */
    struct buf line;
    struct buf pending; /* whole lines that leave at the end of the tick */
    struct loop_job flush;
    bool open;     /* a line is begun */
    bool urgent;   /* it does not wait for others */
    uint64_t lost; /* writes that nobody took */
};

/* Lines below `level` are dropped. `fd` is borrowed; text is chosen when it is a terminal. */
void log_init(struct log *log, struct ts_runtime *runtime, int fd, enum ts_log_level level);
void log_done(struct log *log);

/* "debug", "info", "warn", "error". Return: false if it is none. */
bool log_level_parse(const char *word, enum ts_log_level *ret_level);

/*
 * Begin a line, add fields, end it: log_begin() returns false when the level is off, then nothing else is called.
 * Names are literals, ECS fields ("http.response.status_code"); a NULL value adds nothing.
 */
bool log_begin(struct log *log, enum ts_log_level level, const char *action, const char *message);
#define log_string(log, name, value) log_add_string((log), LOG_KEY(name), (value))
/* A value in which nothing needs an escape: a constant or digits of ours. */
#define log_word(log, name, value, size) log_add_word((log), LOG_KEY(name), (value), (size))
#define log_int(log, name, value) log_add_int((log), LOG_KEY(name), (value))
void log_end(struct log *log);

/* A name as it stands in a line, and the length of it all. */
#define LOG_KEY(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1
void log_add_key_text(struct log *log, const char *key, size_t key_size);

/* In the header, so that a name is copied as the constant that it is: each request has a dozen. */
static inline void log_add_key(struct log *log, const char *key, size_t key_size)
{
    if (log->text)
        log_add_key_text(log, key, key_size);
    else
        buf_add(&log->line, key, key_size);
}

static inline void log_add_string(struct log *log, const char *key, size_t key_size, const char *value)
{
    if (!value)
        return;
    log_add_key(log, key, key_size);
    json_write_string(&log->line, value, strlen(value));
}

static inline void log_add_word(struct log *log, const char *key, size_t key_size, const char *value, size_t size)
{
    log_add_key(log, key, key_size);
    buf_add_char(&log->line, '"');
    buf_add(&log->line, value, size);
    buf_add_char(&log->line, '"');
}

static inline void log_add_int(struct log *log, const char *key, size_t key_size, int64_t value)
{
    log_add_key(log, key, key_size);
    buf_add_int(&log->line, value);
}

/* The fields that every line of a call has: trace, request, operation, module. */
void log_call(struct log *log, const struct ts_call *call);

/* A whole line without a call. */
void log_say(struct log *log, enum ts_log_level level, const char *action, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
