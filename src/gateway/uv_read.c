/*
 * libh2o stops reading while a request is answered and starts again afterwards; libuv 1.44 makes two system calls of
 * each start, the first of them in vain (it adds to epoll what epoll still has). Almost always nothing arrives in
 * between. So the two functions that libh2o calls for it are ours: a stop is noted, and becomes one when data do arrive
 * before the start. It is the only place where we stand in for a library's function; without it all works as well.
 */
#include <dlfcn.h>

#include "gateway/server.h"

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

/* h2o's socket is the stream's data, and the connection the socket's; NULL for streams of others. */
static struct connection *connection_of_stream(const uv_stream_t *stream)
{
    const h2o_socket_t *socket = stream->data;

    return socket ? socket->on_close.data : NULL;
}

void connection_own_reads(struct connection *connection, h2o_socket_t *socket)
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
