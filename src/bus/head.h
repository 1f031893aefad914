/*
 * What travels beside a message: one line before it, "<name>=<value> …\n". Several may follow each other in one message
 * of NATS', for each says its size. Values are percent-encoded where they are
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
    size_t id_size, prefix_size; /* of the line: its id; its id and the size that it says */
    const uint8_t *message;
    size_t message_size;
};

/* Something to be sent, in an arena: the line, then `size` bytes of room for the message. */
struct head_room {
    char *bytes;
    uint8_t *message;
    size_t size; /* of both */
};

/* Which request: the n-th of those that were sent in one message. In the line it is "<message>.<n>". */
struct head_id {
    uint64_t message;
    unsigned n;
};

/* The context in which `callee` is to be served; its deadline travels as what is left of it, for clocks differ. */
struct head_room head_write(const struct ts_call *callee, struct head_id id, size_t size);
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

/*
 * The first of what came in one message; the next begins where it ends. Return: false when it has no line, or not the
 * size that it says, so no Tessera wrote it.
 */
bool head_split(const char *bytes, size_t size, struct head_parts *ret_parts);

/*
 * Make `call` that of whoever asked: principal, depth, deadline, trace and the rest, in its arena.
 * Return: 0; TS_EINVALID for a line that no Tessera wrote.
 */
int head_read(struct ts_call *call, const struct head_parts *parts);
/* An error that does not exist is TS_EINTERNAL. */
struct head_status head_read_status(const struct head_parts *parts);
/* Which request it answers. Return: false when it does not say. */
bool head_read_id(const struct head_parts *parts, struct head_id *ret_id);
bool head_is_from(const struct head_parts *parts, const char *id);

#endif
