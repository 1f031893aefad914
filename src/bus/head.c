/* See head.h. */
#include "bus/head.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "bus/right.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/trace.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

enum field { ID, SIZE, TRACEPARENT, DEPTH, TIMEOUT_MS, PRINCIPAL, SESSION, RIGHTS, TEXTS, FIELDS = TEXTS + 5 };

enum { ID_SIZE_MAX = sizeof("id=.") - 1 + 2 * (size_t)DECIMAL_DIGITS_MAX };

#define NAMED(text) text "=", sizeof(text) /* with the sign, without a NUL */

/* In the order in which they are written. After TEXTS: texts of a call that travel as they are, when there are any. */
static const struct {
    const char *name;
    size_t name_size;
    size_t offset;
} fields[FIELDS] = {
    [ID] = { NAMED("id"), 0 },     /* the request's, which its answer has, too */
    [SIZE] = { NAMED("size"), 0 }, /* of the message */
    [TRACEPARENT] = { NAMED("traceparent"), 0 },
    [DEPTH] = { NAMED("depth"), 0 },
    [TIMEOUT_MS] = { NAMED("timeout-ms"), 0 },
    [PRINCIPAL] = { NAMED("principal"), 0 }, /* "<kind>/<id>" */
    [SESSION] = { NAMED("session"), 0 },     /* of a user */
    [RIGHTS] = { NAMED("rights"), 0 },       /* of a user who has any */
    [TEXTS] = { NAMED("operation"), offsetof(struct ts_call, operation) },
    { NAMED("request-id"), offsetof(struct ts_call, request_id) },
    { NAMED("idempotency-key"), offsetof(struct ts_call, idempotency_key) },
    { NAMED("locale"), offsetof(struct ts_call, locale) },
    { NAMED("address"), offsetof(struct ts_call, address) },
};

static const char *const kinds[] = {
    [TS_PRINCIPAL_ANONYMOUS] = "anonymous",
    [TS_PRINCIPAL_OWNER] = "owner",
    [TS_PRINCIPAL_SYSTEM] = "system",
    [TS_PRINCIPAL_USER] = "user",
};

/* ---- percent-encoding */

static bool is_plain(char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '%';
}

static char *encode(char *to, const char *text)
{
    for (const char *at = text; *at; at++) {
        if (is_plain(*at)) {
            *to++ = *at;
            continue;
        }
        *to++ = '%';
        *to++ = "0123456789ABCDEF"[(unsigned char)*at >> 4];
        *to++ = "0123456789ABCDEF"[(unsigned char)*at & 15];
    }
    return to;
}

static int digit(char byte)
{
    const char *digits = "0123456789ABCDEF", *at = byte ? strchr(digits, byte) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Where it stands: it does not grow. Return: false when it is none of encode()'s. */
static bool decode(char *text)
{
    char *to = strchrnul(text, '%');

    for (const char *at = to; *at; at++) {
        int high, low;

        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        high = digit(at[1]);
        low = high < 0 ? -1 : digit(at[2]); /* at[1] may be the end */
        if (low < 0)
            return false;
        *to++ = (char)(high << 4 | low);
        at += 2;
    }
    *to = '\0';
    return true;
}

/* ---- a call */

static const char *text_of(const struct ts_call *call, size_t field)
{
    return *(const char *const *)((const char *)call + fields[field].offset);
}

static char *put_name(char *to, size_t field)
{
    if (field != ID)
        *to++ = ' ';
    return mempcpy(to, fields[field].name, fields[field].name_size);
}

/* Room for all of it, should each byte be encoded. */
static size_t line_size_max(const struct ts_call *callee, const char *rights)
{
    enum { NAMES_AND_NUMBERS = 350 }; /* the trace and the id are such */
    const struct ts_principal *principal = callee->principal;
    size_t size = NAMES_AND_NUMBERS + 3 * strlen(principal->id);

    size += principal->session_id ? 3 * strlen(principal->session_id) : 0;
    size += rights ? 3 * strlen(rights) : 0;
    for (size_t i = TEXTS; i < FIELDS; i++)
        size += text_of(callee, i) ? 3 * strlen(text_of(callee, i)) : 0;
    return size;
}

/* The message follows the line. */
static struct head_room room_after(char *bytes, char *end, size_t size)
{
    *end++ = '\n';
    return (struct head_room){ bytes, (uint8_t *)end, (size_t)(end - bytes) + size };
}

static char *put_id(char *to, struct head_id id)
{
    to = decimal_put(put_name(to, ID), id.message);
    *to++ = '.';
    return decimal_put(to, id.n);
}

struct head_room head_write(const struct ts_call *callee, struct head_id id, size_t size)
{
    int64_t left_ms = callee->deadline_ms - loop_now_ms(callee->runtime->loop);
    const struct ts_principal *principal = callee->principal;
    const char *rights = principal->membership_count ? rights_write(callee->arena, principal) : NULL;
    char *line = ts_alloc(callee->arena, line_size_max(callee, rights) + size), *to = line;
    char trace[TRACEPARENT_SIZE];

    to = decimal_put(put_name(put_id(to, id), SIZE), size);
    to = stpcpy(put_name(to, TRACEPARENT), traceparent_write(&callee->trace, trace));
    to = decimal_put(put_name(to, DEPTH), callee->depth - 1); /* the caller's: there it is called again */
    to = decimal_put(put_name(to, TIMEOUT_MS), left_ms > 0 ? (uint64_t)left_ms : 0);
    to = stpcpy(stpcpy(put_name(to, PRINCIPAL), kinds[principal->kind]), "/");
    to = encode(to, principal->id);
    if (principal->session_id)
        to = encode(put_name(to, SESSION), principal->session_id);
    if (rights)
        to = encode(put_name(to, RIGHTS), rights);
    for (size_t i = TEXTS; i < FIELDS; i++)
        if (text_of(callee, i))
            to = encode(put_name(to, i), text_of(callee, i));
    return room_after(line, to, size);
}

/* A decimal number where `*at` is, which goes behind it. Return: false when there is none. */
static bool take_number(const char **at, const char *end, uint64_t *ret_number)
{
    const char *digit = *at;
    uint64_t number = 0;

    for (; digit < end && *digit >= '0' && *digit <= '9' && digit - *at < DECIMAL_DIGITS_MAX - 1; digit++)
        number = number * 10 + (unsigned)(*digit - '0');
    if (digit == *at)
        return false;
    *at = digit;
    *ret_number = number;
    return true;
}

/* The word `name` where `*at` is, which goes behind it. */
static bool take_name(const char **at, const char *end, const char *name, size_t size)
{
    if ((size_t)(end - *at) < size || memcmp(*at, name, size) != 0)
        return false;
    *at += size;
    return true;
}

static bool take_id(const char **at, const char *end, struct head_id *ret_id)
{
    uint64_t n;

    if (!take_name(at, end, "id=", 3) || !take_number(at, end, &ret_id->message) || !take_name(at, end, ".", 1) ||
        !take_number(at, end, &n) || n > UINT_MAX)
        return false;
    ret_id->n = (unsigned)n;
    return true;
}

/* The first word, if it is an id as ours are. Return: its size; 0: it is none. */
static size_t id_size(const struct head_parts *parts)
{
    const char *space = memchr(parts->line, ' ', parts->line_size);
    size_t size = space ? (size_t)(space - parts->line) : parts->line_size;

    return size >= 3 && size <= ID_SIZE_MAX && memcmp(parts->line, "id=", 3) == 0 ? size : 0;
}

/* Without a size it is all that there is: so a person can write one. Return: false for more than that. */
static bool read_prefix(struct head_parts *parts)
{
    const char *at = parts->line, *end = at + parts->line_size;
    uint64_t size;

    parts->id_size = parts->prefix_size = id_size(parts);
    at += parts->id_size;
    if (!parts->id_size || !take_name(&at, end, " size=", 6) || !take_number(&at, end, &size))
        return true;
    parts->prefix_size = (size_t)(at - parts->line);
    if (size > parts->message_size)
        return false;
    parts->message_size = size;
    return true;
}

bool head_split(const char *bytes, size_t size, struct head_parts *ret_parts)
{
    const char *end = size ? memchr(bytes, '\n', size) : NULL;
    struct head_parts parts;

    if (!end)
        return false;
    parts = (struct head_parts){
        .line = bytes,
        .line_size = (size_t)(end - bytes),
        .message = (const uint8_t *)end + 1,
        .message_size = size - (size_t)(end - bytes) - 1,
    };
    if (!read_prefix(&parts))
        return false;
    *ret_parts = parts;
    return true;
}

bool head_read_id(const struct head_parts *parts, struct head_id *ret_id)
{
    const char *at = parts->line;

    return parts->line && take_id(&at, at + parts->line_size, ret_id);
}

/* Return: false when it is no number from 0 to `max`. */
static bool read_number(const char *text, long max, long *ret_number)
{
    char *end = NULL;

    if (!text || *text < '0' || *text > '9')
        return false;
    *ret_number = strtol(text, &end, 10);
    return !*end && *ret_number <= max;
}

/* What is named as `word` begins, looked for first where it stands when all are written; FIELDS: by a newer program. */
static size_t find_field(const char *word, size_t first)
{
    for (size_t i = 0; i < FIELDS; i++) {
        size_t field = (first + i) % FIELDS;

        if (strncmp(word, fields[field].name, fields[field].name_size) == 0)
            return field;
    }
    return FIELDS;
}

/* Take the line apart, decoded; absent values are NULL. Return: false for one that no Tessera wrote. */
static bool read_line(struct ts_arena *arena, const struct head_parts *parts, char *ret_values[FIELDS])
{
    char *line = ts_strndup(arena, parts->line, parts->line_size), *end = line + parts->line_size, *space;
    bool encoded = strchr(line, '%'); /* hardly ever */
    size_t expected = 0;

    if (strlen(line) != parts->line_size)
        return false;
    for (char *word = line; word <= end; word = space + 1) {
        size_t field = find_field(word, expected);

        space = strchrnul(word, ' ');
        *space = '\0';
        if (field == FIELDS && !strchr(word, '='))
            return false;
        if (field == FIELDS)
            continue;
        ret_values[field] = word + fields[field].name_size;
        if (encoded && !decode(ret_values[field]))
            return false;
        expected = field + 1;
    }
    return true;
}

/* Only a user has a session, and always does; only he has rights to be told. */
static bool read_user(struct ts_arena *arena, struct ts_principal *principal, const char *rights)
{
    bool is_user = principal->kind == TS_PRINCIPAL_USER;

    if (is_user != (principal->session_id != NULL))
        return false;
    return !rights || (is_user && rights_read(arena, rights, principal));
}

static bool read_principal(struct ts_call *call, char *const values[FIELDS])
{
    const char *text = values[PRINCIPAL];
    struct ts_principal *principal = TS_NEW(call->arena, struct ts_principal);
    const char *slash = text ? strchr(text, '/') : NULL;

    for (size_t i = 0; i < TS_ARRAY_SIZE(kinds) && slash; i++) {
        if (strlen(kinds[i]) != (size_t)(slash - text) || strncmp(kinds[i], text, (size_t)(slash - text)) != 0)
            continue;
        principal->kind = (enum ts_principal_kind)i;
        principal->id = slash + 1;
        principal->session_id = values[SESSION];
        call->principal = principal;
        return read_user(call->arena, principal, values[RIGHTS]);
    }
    return false;
}

static bool read_trace(struct ts_call *call, const char *text)
{
    if (!traceparent_read(text, &call->trace))
        return false;
    memcpy(call->trace.span_id, call->trace.parent_id, sizeof(call->trace.span_id)); /* the next hop's parent */
    return true;
}

int head_read(struct ts_call *call, const struct head_parts *parts)
{
    char *values[FIELDS] = { NULL };
    long left_ms, depth;

    if (!read_line(call->arena, parts, values) || !read_trace(call, values[TRACEPARENT]) ||
        !read_principal(call, values) || !read_number(values[TIMEOUT_MS], TS_CALL_MS_MAX + 1, &left_ms) ||
        !read_number(values[DEPTH], TS_CALL_DEPTH_MAX, &depth))
        return TS_EINVALID;
    call->deadline_ms = loop_now_ms(call->runtime->loop) + left_ms;
    call->depth = (unsigned)depth;
    for (size_t i = TEXTS; i < FIELDS; i++)
        if (values[i])
            *(const char **)((char *)call + fields[i].offset) = values[i];
    return 0;
}

/* ---- a reply, an event */

#define STATUS " status="
#define RETRY_AFTER_S " retry-after-s="
#define FROM "from="

enum { STATUS_SIZE_MAX = ID_SIZE_MAX + sizeof(" size=" STATUS RETRY_AFTER_S) + 3 * (size_t)DECIMAL_DIGITS_MAX };

struct head_room head_write_status(struct ts_arena *arena, const struct head_parts *request,
                                   const struct head_status *status, size_t size)
{
    char *line = ts_alloc(arena, STATUS_SIZE_MAX + size), *to = line;

    if (request->id_size)
        to = mempcpy(to, request->line, request->id_size);
    if (request->prefix_size > request->id_size) /* whoever says a size can read one */
        to = decimal_put(put_name(to, SIZE), size);
    if (status->error)
        to = decimal_put(stpcpy(to, STATUS), (unsigned)-status->error);
    if (status->error && status->retry_after_s)
        to = decimal_put(stpcpy(to, RETRY_AFTER_S), status->retry_after_s);
    return room_after(line, to, size);
}

struct head_status head_read_status(const struct head_parts *parts)
{
    size_t known = parts->prefix_size;
    char line[STATUS_SIZE_MAX];
    unsigned error = 0, retry_after_s = 0;

    if (parts->line_size == known)
        return (struct head_status){ 0 };
    (void)snprintf(line, sizeof(line), "%.*s", (int)(parts->line_size - known), parts->line + known);
    if (sscanf(line, STATUS "%9u" RETRY_AFTER_S "%9u", &error, &retry_after_s) < 1 || error == 0 ||
        error > -TS_EUNAUTHENTICATED)
        return (struct head_status){ .error = TS_EINTERNAL };
    return (struct head_status){ -(int)error, retry_after_s };
}

struct head_room head_write_from(struct ts_arena *arena, const char *id, size_t size)
{
    char *line = ts_alloc(arena, sizeof(FROM) + strlen(id) + size);

    return room_after(line, stpcpy(stpcpy(line, FROM), id), size);
}

bool head_is_from(const struct head_parts *parts, const char *id)
{
    size_t size = strlen(id);

    return parts->line_size == sizeof(FROM) - 1 + size && memcmp(parts->line, FROM, sizeof(FROM) - 1) == 0 &&
           memcmp(parts->line + sizeof(FROM) - 1, id, size) == 0;
}
