/*
 * zlib at its fastest level. libh2o has a filter for this too, but it knows no weights in Accept-Encoding and gives up
 * the Content-Length. One deflate state is kept for answers that are compressed in one go (making one clears 256 KB);
 * long ones get a state of their own, so that others can be served between their pieces.
 */
#include "gateway/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gateway/media_type.h"

enum {
    LEVEL = 1, /* of nine: JSON shrinks to a fifth, level 6 saves a tenth more for twice the time */
    WINDOW_BITS_GZIP = 15 + 16,
    MEMORY_LEVEL = 8,
    PIECE_SIZE = 64 << 10, /* half a millisecond of work */
};

struct gzip {
    z_stream stream;
};

static void stream_open(z_stream *stream)
{
    *stream = (z_stream){ 0 };
    if (deflateInit2(stream, LEVEL, Z_DEFLATED, WINDOW_BITS_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        abort(); /* out of memory, as arenas do */
}

struct gzip *gzip_new(void)
{
    struct gzip *gzip = calloc(1, sizeof(*gzip));

    if (!gzip)
        abort(); /* as arenas do */
    stream_open(&gzip->stream);
    return gzip;
}

void gzip_free(struct gzip *gzip)
{
    if (!gzip)
        return;
    (void)deflateEnd(&gzip->stream); /* it may hold half an answer: none, after a reset */
    free(gzip);
}

/* All of `body` into `to`, which is shorter than it. Return: the size, or 0 when it did not fit. */
static size_t deflate_whole(z_stream *stream, const char *body, size_t size, char *to)
{
    stream->next_in = (Bytef *)body;
    stream->avail_in = (uInt)size;
    stream->next_out = (Bytef *)to;
    stream->avail_out = (uInt)size - 1;
    return deflate(stream, Z_FINISH) == Z_STREAM_END ? stream->total_out : 0;
}

/* The same, piece by piece. */
static size_t deflate_pieces(const char *body, size_t size, char *to, void (*yield)(void *data), void *data)
{
    z_stream stream;
    int r = Z_OK;

    stream_open(&stream);
    stream.next_out = (Bytef *)to;
    stream.avail_out = (uInt)size - 1;
    for (size_t at = 0; at < size && r == Z_OK; at += PIECE_SIZE) {
        bool is_last = size - at <= PIECE_SIZE;

        stream.next_in = (Bytef *)body + at;
        stream.avail_in = (uInt)(is_last ? size - at : PIECE_SIZE);
        r = deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
        if (!is_last && yield)
            yield(data);
    }
    (void)deflateEnd(&stream);
    return r == Z_STREAM_END ? stream.total_out : 0;
}

void gzip_reply(struct gzip *gzip, struct http_request *request, struct http_reply *reply, void (*yield)(void *data),
                void *data)
{
    size_t size = reply->body_size, packed;
    char *to;

    if (!gzip || size < GZIP_SIZE_MIN || !media_type_takes_gzip(request->accept_encoding))
        return;
    to = ts_alloc(&request->arena, size);
    if (size <= PIECE_SIZE) {
        (void)deflateReset(&gzip->stream); /* fails for a state that was never made */
        packed = deflate_whole(&gzip->stream, reply->body, size, to);
    } else {
        packed = deflate_pieces(reply->body, size, to, yield, data);
    }
    if (!packed)
        return;
    reply->body = to;
    reply->body_size = packed;
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "content-encoding", "gzip");
    if (!reply->cache_control) /* else it says so already */
        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "vary", "accept-encoding");
}
