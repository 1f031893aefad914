/*
 * h2o keeps the socket for TLS and for closing, but a plain one is read and written by libuv directly: into one buffer
 * for all, for a read is handled before the next begins; and with writev at once, where h2o would allocate a request.
 * h2o's own buffer goes back when the connection is taken over.
 */
#include "gateway/tunnel.h"

#include <assert.h>
#include <h2o.h>
#include <h2o/http1.h>
#include <string.h>

#include "gateway/server.h"
#include "tessera/memory.h"

struct tunnel_flight {
    uv_write_t uv;
    struct tunnel *tunnel;
    struct buf bytes;
    bool seen; /* by tunnel_is_stuck() */
};

static void flight_free(struct tunnel_flight *flight)
{
    if (!flight)
        return;
    buf_done(&flight->bytes);
    ts_memory_free(flight);
}

static void flight_start(struct tunnel *tunnel);

/* The flight has landed, or failed. */
static void flight_end(struct tunnel *tunnel, bool ok)
{
    flight_free(tunnel->flight);
    tunnel->flight = NULL;
    if (!ok)
        tunnel_close(tunnel);
    if (tunnel->closing)
        return;
    if (tunnel->waiting.size)
        flight_start(tunnel);
    else
        tunnel->ops->drained(tunnel);
}

static void on_plain_written(uv_write_t *write, int status)
{
    struct tunnel_flight *flight = (struct tunnel_flight *)write;

    flight_end(flight->tunnel, status == 0);
}

static void on_tls_written(h2o_socket_t *socket, const char *error)
{
    flight_end(socket->data, error == NULL);
}

/* Hand all that waits to the loop. */
static void flight_start(struct tunnel *tunnel)
{
    struct tunnel_flight *flight = ts_memory_new(1, sizeof(*flight));

    assert(!tunnel->flight);
    flight->tunnel = tunnel;
    flight->bytes = tunnel->waiting;
    tunnel->flight = flight;
    buf_init(&tunnel->waiting, TUNNEL_PENDING_MAX);
    if (tunnel->socket->ssl) {
        h2o_iovec_t bytes = h2o_iovec_init(flight->bytes.data, flight->bytes.size);

        h2o_socket_write(tunnel->socket, &bytes, 1, on_tls_written);
    } else {
        uv_buf_t bytes = uv_buf_init(flight->bytes.data, (unsigned)flight->bytes.size);

        if (uv_write(&flight->uv, &tunnel->connection->uv.stream, &bytes, 1, on_plain_written) != 0)
            flight_end(tunnel, /* ok= */ false);
    }
}

/* What the kernel takes at once. */
static size_t write_now(struct tunnel *tunnel, const struct iovec *pieces, unsigned count)
{
    uv_buf_t bytes[TUNNEL_PIECES_MAX];
    int written;

    if (tunnel->socket->ssl || tunnel->flight)
        return 0;
    for (unsigned i = 0; i < count; i++)
        bytes[i] = uv_buf_init(pieces[i].iov_base, (unsigned)pieces[i].iov_len);
    written = uv_try_write(&tunnel->connection->uv.stream, bytes, count);
    return written > 0 ? (size_t)written : 0;
}

void tunnel_write(struct tunnel *tunnel, const struct iovec *pieces, unsigned count)
{
    size_t skip;

    assert(count <= TUNNEL_PIECES_MAX);
    if (tunnel->closing)
        return;
    skip = write_now(tunnel, pieces, count);
    for (unsigned i = 0; i < count; i++) {
        size_t cut = skip < pieces[i].iov_len ? skip : pieces[i].iov_len;

        buf_add(&tunnel->waiting, (const char *)pieces[i].iov_base + cut, pieces[i].iov_len - cut);
        skip -= cut;
    }
    if (tunnel->waiting.full)
        tunnel_close(tunnel); /* half a message must not go out */
    else if (tunnel->waiting.size && !tunnel->flight)
        flight_start(tunnel);
}

size_t tunnel_pending(const struct tunnel *tunnel)
{
    return tunnel->waiting.size + (tunnel->flight ? tunnel->flight->bytes.size : 0);
}

bool tunnel_is_stuck(struct tunnel *tunnel)
{
    bool seen = tunnel->flight && tunnel->flight->seen;

    if (tunnel->flight)
        tunnel->flight->seen = true;
    return seen;
}

void tunnel_close(struct tunnel *tunnel)
{
    if (tunnel->closing)
        return;
    tunnel->closing = true;
    if (tunnel->socket && !tunnel->receiving)
        h2o_socket_close(tunnel->socket);
}

/* The bytes may be in h2o's buffer, which must outlast their reader. */
static void receive(struct tunnel *tunnel, const void *bytes, size_t size)
{
    if (tunnel->closing)
        return;
    tunnel->receiving = true;
    tunnel->ops->received(tunnel, bytes, size);
    tunnel->receiving = false;
    if (tunnel->closing)
        h2o_socket_close(tunnel->socket);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret_buffer)
{
    struct http *http = ((struct connection *)handle)->http;

    (void)size;
    if (!http->tunnel_buffer)
        http->tunnel_buffer = ts_memory_new(1, TUNNEL_READ_SIZE);
    *ret_buffer = uv_buf_init(http->tunnel_buffer, TUNNEL_READ_SIZE);
}

static void on_plain_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct tunnel *tunnel = ((struct connection *)stream)->tunnel;

    if (size < 0)
        tunnel_close(tunnel);
    else if (size > 0)
        receive(tunnel, buffer->base, (size_t)size);
}

static void on_tls_read(h2o_socket_t *socket, const char *error)
{
    struct tunnel *tunnel = socket->data;

    if (error) {
        tunnel_close(tunnel);
        return;
    }
    if (socket->input->size)
        receive(tunnel, socket->input->bytes, socket->input->size);
    if (!tunnel->closing)
        h2o_buffer_consume(&socket->input, socket->input->size);
}

void tunnel_closed(struct tunnel *tunnel)
{
    flight_free(tunnel->flight); /* of TLS: h2o does not tell of a write that a close cut off */
    tunnel->flight = NULL;
    buf_done(&tunnel->waiting);
    tunnel->ops->closed(tunnel);
}

/* Whatever came right behind the request is the tunnel's already. */
static void take_early_bytes(struct tunnel *tunnel, size_t request_size)
{
    h2o_buffer_t **input = &tunnel->socket->input;

    h2o_buffer_consume(input, request_size);
    if ((*input)->size)
        receive(tunnel, (*input)->bytes, (*input)->size);
    if (tunnel->closing)
        return;
    h2o_buffer_dispose(input);
    h2o_buffer_init(input, &h2o_socket_buffer_prototype);
}

static void on_upgraded(void *data, h2o_socket_t *socket, size_t request_size)
{
    struct tunnel *tunnel = data;

    if (!socket) {
        tunnel_closed(tunnel);
        return;
    }
    tunnel->socket = socket;
    tunnel->connection = socket->on_close.data;
    tunnel->connection->tunnel = tunnel;
    buf_init(&tunnel->waiting, TUNNEL_PENDING_MAX);
    socket->data = tunnel;
    h2o_socket_read_stop(socket);
    tunnel->ops->opened(tunnel);
    if (!tunnel->closing)
        take_early_bytes(tunnel, request_size);
    if (!tunnel->closing && tunnel->connection->http->stopping)
        tunnel->ops->stop(tunnel);
    if (tunnel->closing)
        return;
    if (socket->ssl)
        h2o_socket_read_start(socket, on_tls_read);
    else if (uv_read_start(&tunnel->connection->uv.stream, on_alloc, on_plain_read) != 0)
        tunnel_close(tunnel);
}

void tunnel_begin(struct tunnel *tunnel, h2o_req_t *req)
{
    h2o_http1_upgrade(req, NULL, 0, on_upgraded, tunnel);
}
