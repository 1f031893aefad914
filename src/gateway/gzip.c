/*
 * zlib at its fastest level: 18 µs for a page of 9.5 kB, which becomes 2.3; level 6 takes 32 for 2.0, and keeping a
 * deflate state from answer to answer saves nothing. libh2o has a filter for this too, but it knows no weights in
 * Accept-Encoding and gives up the Content-Length.
 */
#include "gateway/gzip.h"

#include <zlib.h>

#include "gateway/media_type.h"

enum {
    LEVEL = 1,
    WINDOW_BITS_GZIP = 15 + 16,
    MEMORY_LEVEL = 8,
    PIECE_SIZE = 64 << 10, /* an eighth of a millisecond */
};

/* All of `body` into `to`, which has one byte less. Return: the size; 0: as it was is better. */
static size_t compress_body(const char *body, size_t size, char *to, void (*yield)(void *data), void *data)
{
    z_stream stream = { .next_out = (Bytef *)to, .avail_out = (uInt)size - 1 };
    int r = Z_OK;

    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0; /* no memory: then it goes as it is */
    for (size_t at = 0; at < size && r == Z_OK; at += PIECE_SIZE) {
        bool is_last = size - at <= PIECE_SIZE;

        stream.next_in = (Bytef *)body + at;
        stream.avail_in = (uInt)(is_last ? size - at : PIECE_SIZE);
        r = deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
        if (!is_last && yield)
            yield(data);
    }
    (void)deflateEnd(&stream); /* complains of what did not fit, which we know */
    return r == Z_STREAM_END ? stream.total_out : 0;
}

void gzip_reply(struct http_request *request, struct http_reply *reply, void (*yield)(void *data), void *data)
{
    size_t packed;
    char *to;

    if (reply->body_size < GZIP_SIZE_MIN || !media_type_takes_gzip(request->accept_encoding) || request->arena.is_short)
        return;
    to = ts_alloc(&request->arena, reply->body_size);
    packed = compress_body(reply->body, reply->body_size, to, yield, data);
    if (!packed)
        return;
    reply->body = to;
    reply->body_size = packed;
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "content-encoding", "gzip");
    if (!reply->cache_control) /* else it says so already */
        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "vary", "accept-encoding");
}
