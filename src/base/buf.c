/* Growing bytes with a ceiling: doubling realloc, never past size_max. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/memory.h"

enum { ROOM_MIN = 256 };

void buf_init(struct buf *buf, size_t size_max)
{
    *buf = (struct buf){ .size_max = size_max };
}

void buf_done(struct buf *buf)
{
    ts_memory_free(buf->data);
    *buf = (struct buf){ .size_max = buf->size_max };
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
    buf->full = buf->is_short = false;
}

void buf_cut(struct buf *buf, size_t size)
{
    if (size < buf->size)
        buf->size = size;
}

/* Return: false when there is no memory at all. */
static bool buf_grow(struct buf *buf, size_t needed)
{
    size_t room = buf->room ? buf->room : ROOM_MIN;
    char *data;

    while (room < needed)
        room *= 2;
    if (room > buf->size_max)
        room = buf->size_max;
    data = memory_try_resize(buf->data, room);
    if (!data)
        return false;
    buf->data = data;
    buf->room = room;
    return true;
}

char *buf_reserve(struct buf *buf, size_t size)
{
    if (size > buf->size_max || buf->size > buf->size_max - size) {
        buf->full = true;
        return NULL;
    }
    if (buf->room - buf->size < size && !buf_grow(buf, buf->size + size)) {
        buf->full = buf->is_short = true;
        return NULL;
    }
    return buf->data + buf->size;
}

void buf_add_grown(struct buf *buf, const void *bytes, size_t size)
{
    char *at = size ? buf_reserve(buf, size) : NULL;

    if (!at)
        return;
    memcpy(at, bytes, size);
    buf->size += size;
}

void buf_add_int(struct buf *buf, int64_t number)
{
    char digits[1 + DECIMAL_DIGITS_MAX], *end = digits + sizeof(digits);
    char *at = decimal_put_before(end, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);

    if (number < 0)
        *--at = '-';
    buf_add(buf, at, (size_t)(end - at));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    char *at;
    int size;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size <= 0)
        return;
    at = buf_reserve(buf, (size_t)size + 1);
    if (!at)
        return;
    va_start(args, format);
    (void)vsnprintf(at, (size_t)size + 1, format, args); /* measured above */
    va_end(args);
    buf->size += (size_t)size;
}
