/* See head.h. */
#include "bus/head.h"

#include <stdlib.h>
#include <string.h>

#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/trace.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

#define TRACEPARENT "traceparent"
#define PRINCIPAL "tessera-principal" /* "<kind> <id>" */
#define TIMEOUT_MS "tessera-timeout-ms"
#define DEPTH "tessera-depth"
#define STATUS "tessera-status"
#define FROM "tessera-from"

static const char *const kinds[] = {
    [TS_PRINCIPAL_ANONYMOUS] = "anonymous",
    [TS_PRINCIPAL_OWNER] = "owner",
    [TS_PRINCIPAL_SYSTEM] = "system",
};

/* The texts of a call that travel as they are. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    { "tessera-operation", offsetof(struct ts_call, operation) },
    { "tessera-request-id", offsetof(struct ts_call, request_id) },
    { "tessera-idempotency-key", offsetof(struct ts_call, idempotency_key) },
    { "tessera-locale", offsetof(struct ts_call, locale) },
    { "tessera-address", offsetof(struct ts_call, address) },
};

/* ---- percent-encoding */

static bool is_plain(char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '%';
}

static const char *encode(struct ts_arena *arena, const char *text)
{
    size_t plain = 0;
    char *encoded, *to;

    while (is_plain(text[plain]))
        plain++;
    if (!text[plain] && plain)
        return text;
    encoded = to = ts_alloc(arena, 3 * strlen(text) + 2);
    for (const char *at = text; *at; at++) {
        if (is_plain(*at)) {
            *to++ = *at;
            continue;
        }
        *to++ = '%';
        *to++ = "0123456789ABCDEF"[(unsigned char)*at >> 4];
        *to++ = "0123456789ABCDEF"[(unsigned char)*at & 15];
    }
    if (to == encoded)
        *to = '%'; /* alone it is the empty text, for which there is no header */
    return encoded;
}

static int digit(char byte)
{
    const char *digits = "0123456789ABCDEF", *at = byte ? strchr(digits, byte) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Return: NULL when it is none of encode()'s. */
static char *decode(struct ts_arena *arena, const char *encoded)
{
    char *text = ts_alloc(arena, strlen(encoded) + 1), *to = text;

    if (strcmp(encoded, "%") == 0)
        return text;
    for (const char *at = encoded; *at; at++) {
        if (*at != '%') {
            *to++ = *at;
            continue;
        }
        if (digit(at[1]) < 0 || digit(at[2]) < 0)
            return NULL;
        *to++ = (char)(digit(at[1]) << 4 | digit(at[2]));
        at += 2;
    }
    return text;
}

/* ---- a call */

natsStatus head_write(const struct ts_call *callee, natsMsg *message)
{
    char buffer[TRACEPARENT_SIZE];
    int64_t left_ms = callee->deadline_ms - loop_now_ms(callee->runtime->loop);
    natsStatus s = natsMsgHeader_Set(message, TRACEPARENT, traceparent_write(&callee->trace, buffer));

    s = s ? s
          : natsMsgHeader_Set(message, PRINCIPAL,
                              ts_printf(callee->arena, "%s %s", kinds[callee->principal->kind],
                                        encode(callee->arena, callee->principal->id)));
    (void)snprintf(buffer, sizeof(buffer), "%lld", (long long)left_ms);
    s = s ? s : natsMsgHeader_Set(message, TIMEOUT_MS, buffer);
    (void)snprintf(buffer, sizeof(buffer), "%u", callee->depth - 1); /* the caller's: there it is called again */
    s = s ? s : natsMsgHeader_Set(message, DEPTH, buffer);
    for (size_t i = 0; i < TS_ARRAY_SIZE(texts) && !s; i++) {
        const char *text = *(const char *const *)((const char *)callee + texts[i].offset);

        if (text)
            s = natsMsgHeader_Set(message, texts[i].name, encode(callee->arena, text));
    }
    return s;
}

static const char *header(natsMsg *message, const char *name)
{
    const char *value = NULL;

    return natsMsgHeader_Get(message, name, &value) == NATS_OK ? value : NULL;
}

/* Return: false when there is no number from 0 to `max`. */
static bool read_number(natsMsg *message, const char *name, long max, long *ret_number)
{
    const char *text = header(message, name);
    char *end = NULL;

    if (!text || *text < '0' || *text > '9')
        return false;
    *ret_number = strtol(text, &end, 10);
    return !*end && *ret_number <= max;
}

static bool read_principal(struct ts_call *call, natsMsg *message)
{
    const char *text = header(message, PRINCIPAL);
    struct ts_principal *principal = TS_NEW(call->arena, struct ts_principal);
    size_t size = text ? strcspn(text, " ") : 0;

    for (size_t i = 0; i < TS_ARRAY_SIZE(kinds) && text && text[size]; i++) {
        if (strlen(kinds[i]) != size || memcmp(kinds[i], text, size) != 0)
            continue;
        principal->kind = (enum ts_principal_kind)i;
        principal->id = decode(call->arena, text + size + 1);
        call->principal = principal;
        return principal->id;
    }
    return false;
}

static bool read_trace(struct ts_call *call, natsMsg *message)
{
    if (!traceparent_read(header(message, TRACEPARENT), &call->trace))
        return false;
    memcpy(call->trace.span_id, call->trace.parent_id, sizeof(call->trace.span_id)); /* the next hop's parent */
    return true;
}

int head_read(struct ts_call *call, natsMsg *message)
{
    long left_ms, depth;

    if (!read_trace(call, message) || !read_principal(call, message) ||
        !read_number(message, TIMEOUT_MS, TS_CALL_MS_MAX + 1, &left_ms) ||
        !read_number(message, DEPTH, TS_CALL_DEPTH_MAX, &depth))
        return TS_EINVALID;
    call->deadline_ms = loop_now_ms(call->runtime->loop) + left_ms;
    call->depth = (unsigned)depth;
    for (size_t i = 0; i < TS_ARRAY_SIZE(texts); i++) {
        const char *text = header(message, texts[i].name);
        const char **field = (const char **)((char *)call + texts[i].offset);

        if (!text)
            continue;
        *field = decode(call->arena, text);
        if (!*field)
            return TS_EINVALID;
    }
    return 0;
}

/* ---- a reply, an event */

natsStatus head_write_status(natsMsg *message, int error)
{
    char buffer[16];

    (void)snprintf(buffer, sizeof(buffer), "%d", -error);
    return error ? natsMsgHeader_Set(message, STATUS, buffer) : NATS_OK;
}

int head_read_status(natsMsg *message)
{
    long status;

    if (!header(message, STATUS))
        return 0;
    return read_number(message, STATUS, -TS_EUNAUTHENTICATED, &status) && status ? -(int)status : TS_EINTERNAL;
}

natsStatus head_write_from(natsMsg *message, const char *id)
{
    return natsMsgHeader_Set(message, FROM, id);
}

bool head_is_from(natsMsg *message, const char *id)
{
    const char *from = header(message, FROM);

    return from && strcmp(from, id) == 0;
}
