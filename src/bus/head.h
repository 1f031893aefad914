/*
 * What travels beside a message: one line before it, "<name>=<value> …\n". Values are percent-encoded where they are
 * more than visible ASCII, so nothing that a client chose (a key, a language) can end the line or begin another value.
 */
#ifndef BUS_HEAD_H
#define BUS_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/call.h"

/* Something that came, taken apart where it lies. */
struct head_parts {
    const char *line; /* not ended by a NUL */
    size_t line_size;
    const uint8_t *message;
    size_t message_size;
};

/* Something to be sent, in an arena: the line, then `size` bytes of room for the message. */
struct head_room {
    char *bytes;
    uint8_t *message;
    size_t size; /* of both */
};

enum { HEAD_ID_SIZE_MAX = 20 };

/*
 * The context in which `callee` is to be served, as request `id` (visible ASCII, at most HEAD_ID_SIZE_MAX of it); its
 * deadline travels as what is left of it, for clocks differ.
 */
struct head_room head_write(const struct ts_call *callee, const char *id, size_t size);
/* Which process an event comes from: it has told it at home. */
struct head_room head_write_from(struct ts_arena *arena, const char *id, size_t size);

/* How a request ended; the words of a failure are the answer's message. */
struct head_status {
    int error;              /* 0: it did not fail */
    unsigned retry_after_s; /* 0: nobody knows */
};

/* An answer to `request`, by its id. */
struct head_room head_write_status(struct ts_arena *arena, const struct head_parts *request,
                                   const struct head_status *status, size_t size);

/* Return: false when it has no line, so no Tessera wrote it. */
bool head_split(const char *bytes, size_t size, struct head_parts *ret_parts);

/*
 * Make `call` that of whoever asked: principal, depth, deadline, trace and the rest, in its arena.
 * Return: 0; TS_EINVALID for a line that no Tessera wrote.
 */
int head_read(struct ts_call *call, const struct head_parts *parts);
/* An error that does not exist is TS_EINTERNAL. */
struct head_status head_read_status(const struct head_parts *parts);
/* Is it the answer to the request of this id? */
bool head_is_answer(const struct head_parts *parts, const char *id);
bool head_is_from(const struct head_parts *parts, const char *id);

#endif
