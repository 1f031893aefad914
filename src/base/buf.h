/*
 * A growing run of bytes, born with its maximum. Past the maximum nothing more is added and `full` stays set: writers
 * write on without checks, and whoever sends the result looks at `full` once. Without memory it is the same.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* not terminated; NULL while empty */
    size_t size, room, size_max;
    bool full;
    bool is_short; /* it is full for want of memory, not of size_max */
};

void buf_init(struct buf *buf, size_t size_max);
void buf_done(struct buf *buf);
/* Empty it, keep the memory. */
void buf_clear(struct buf *buf);
/* Cut back to `size` bytes (at most the present size); does not unset `full`. */
void buf_cut(struct buf *buf, size_t size);

/* Room for `size` more bytes at buf->data + buf->size, or NULL (and `full`); add what was used with buf_grown(). */
char *buf_reserve(struct buf *buf, size_t size);
static inline void buf_grown(struct buf *buf, size_t size)
{
    buf->size += size;
}

void buf_add_grown(struct buf *buf, const void *bytes, size_t size); /* where there is no room yet */

/* In the header: answers are written by these, a few bytes at a time. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t size)
{
    if (size == 0 || buf->room - buf->size < size) {
        buf_add_grown(buf, bytes, size);
        return;
    }
    memcpy(buf->data + buf->size, bytes, size);
    buf->size += size;
}

static inline void buf_add_char(struct buf *buf, char byte)
{
    if (buf->room == buf->size) {
        buf_add_grown(buf, &byte, 1);
        return;
    }
    buf->data[buf->size++] = byte;
}

static inline void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

void buf_add_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define buf_add_literal(buf, literal) buf_add((buf), "" literal, sizeof(literal) - 1)

#endif
