/*
 * Three functions of libuv that libh2o calls for a connection are ours; here and in loop.c (epoll_wait) we stand in for
 * a library's, and without it all works as well.
 *
 * Reads: libh2o stops them while a request is answered and starts them again afterwards; libuv 1.44 makes two system
 * calls of each start, the first of them in vain (it adds to epoll what epoll still has). Almost always nothing arrives
 * in between. So a stop is noted, and becomes one when data do arrive before the start.
 *
 * Writes: after each libuv asks epoll anew, although most are taken by the kernel at once and nothing is waited for. So
 * they are tried first, and their callback runs at the end of the tick; what is not taken goes libuv's way.
 */
#include <dlfcn.h>
#include <string.h>

#include "gateway/server.h"

enum { PIECES_MAX = 32 }; /* of a write that is tried */

#define SEEN_BY_H2O __attribute__((visibility("default")))

/* What libuv itself does; looked up when first asked. */
static int libuv_read_start(uv_stream_t *stream, uv_alloc_cb on_alloc, uv_read_cb on_read)
{
    static int (*start)(uv_stream_t *, uv_alloc_cb, uv_read_cb);

    if (!start)
        start = (int (*)(uv_stream_t *, uv_alloc_cb, uv_read_cb))dlsym(RTLD_NEXT, "uv_read_start");
    return start(stream, on_alloc, on_read);
}

static int libuv_read_stop(uv_stream_t *stream)
{
    static int (*stop)(uv_stream_t *);

    if (!stop)
        stop = (int (*)(uv_stream_t *))dlsym(RTLD_NEXT, "uv_read_stop");
    return stop(stream);
}

static int libuv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t bufs[], unsigned count,
                       uv_write_cb written)
{
    static int (*start)(uv_write_t *, uv_stream_t *, const uv_buf_t[], unsigned, uv_write_cb);

    if (!start)
        start =
            (int (*)(uv_write_t *, uv_stream_t *, const uv_buf_t[], unsigned, uv_write_cb))dlsym(RTLD_NEXT, "uv_write");
    return start(write, stream, bufs, count, written);
}

/* h2o's socket is the stream's data, and the connection the socket's; NULL for streams of others, which keep no data.
 */
static struct connection *connection_of_stream(const uv_stream_t *stream)
{
    const h2o_socket_t *socket = stream->data;

    return socket ? socket->on_close.data : NULL;
}

void connection_own_stream(struct connection *connection, h2o_socket_t *socket)
{
    socket->on_close.data = connection; /* h2o keeps it for us and calls no callback that we do not set */
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    struct connection *connection = connection_of_stream((uv_stream_t *)handle);

    if (connection->read.stopped)
        *ret_buf = uv_buf_init(NULL, 0); /* then libuv reads nothing and tells on_read() */
    else
        connection->read.on_alloc(handle, size, ret_buf);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct connection *connection = connection_of_stream(stream);

    if (size < 0)
        connection->read.armed = false; /* at an end or error libuv stops by itself, and here we do */
    if (connection->read.stopped)
        (void)libuv_read_stop(stream); /* never fails */
    else
        connection->read.on_read(stream, size, buf);
}

SEEN_BY_H2O int uv_read_start(uv_stream_t *stream, uv_alloc_cb h2o_on_alloc, uv_read_cb h2o_on_read)
{
    struct connection *connection = connection_of_stream(stream);
    int r = 0;

    if (!connection)
        return libuv_read_start(stream, h2o_on_alloc, h2o_on_read);
    connection->read.on_alloc = h2o_on_alloc;
    connection->read.on_read = h2o_on_read;
    connection->read.stopped = false;
    if (!connection->read.armed)
        r = libuv_read_start(stream, on_alloc, on_read);
    connection->read.armed = r == 0;
    return r;
}

SEEN_BY_H2O int uv_read_stop(uv_stream_t *stream)
{
    struct connection *connection = connection_of_stream(stream);

    if (!connection || !connection->read.armed)
        return libuv_read_stop(stream);
    connection->read.stopped = true;
    return 0;
}

/* All callbacks of what was written; they may write again. */
void connections_written(struct http *http)
{
    while (http->written) {
        struct connection *connection = http->written;
        uv_write_t *write = connection->write.request;

        http->written = connection->write.next;
        if (!http->written)
            http->written_end = &http->written;
        connection->write.request = NULL;
        connection->write.written(write, 0);
    }
}

static void note_written(struct connection *connection, uv_write_t *write, uv_write_cb written)
{
    struct http *http = connection->http;

    connection->write.request = write;
    connection->write.written = written;
    connection->write.next = NULL;
    *http->written_end = connection;
    http->written_end = &connection->write.next;
    loop_defer(http->config.loop, &http->written_job);
}

/* What follows the first `size` bytes. Return: the number of pieces, none when that was all. */
static unsigned rest_of(const uv_buf_t bufs[], unsigned count, size_t size, uv_buf_t ret_rest[PIECES_MAX])
{
    unsigned first = 0;

    while (first < count && size >= bufs[first].len)
        size -= bufs[first++].len;
    memcpy(ret_rest, bufs + first, (count - first) * sizeof(*bufs));
    if (first < count) {
        ret_rest[0].base += size;
        ret_rest[0].len -= size;
    }
    return count - first;
}

SEEN_BY_H2O int uv_write(uv_write_t *write, uv_stream_t *stream, const uv_buf_t bufs[], unsigned count,
                         uv_write_cb h2o_written)
{
    struct connection *connection = connection_of_stream(stream);
    uv_buf_t rest[PIECES_MAX];
    unsigned left;
    int taken;

    if (!connection || connection->write.request || count > PIECES_MAX)
        return libuv_write(write, stream, bufs, count, h2o_written);
    taken = uv_try_write(stream, bufs, count);
    left = rest_of(bufs, count, taken > 0 ? (size_t)taken : 0, rest);
    if (left)
        return libuv_write(write, stream, rest, left, h2o_written); /* errors too: it tells them by the callback */
    write->handle = stream;
    note_written(connection, write, h2o_written);
    return 0;
}
