/*
 * Connections: accepted, counted, capped, ended. h2o owns the socket and closes it; we own the libuv handle, so that
 * our close callback is the one place where a connection ceases to exist and every counter goes down.
 */
#include <arpa/inet.h>
#include <string.h>

#include "gateway/server.h"
#include "tessera/memory.h"

enum { ADDRESS_SIZE = 8 }; /* an IPv4 address, or the /64 that one IPv6 customer has */

struct address {
    struct address *next;
    uint8_t bytes[ADDRESS_SIZE];
    unsigned count, bucket;
};

static unsigned bucket_of(const uint8_t bytes[ADDRESS_SIZE])
{
    uint32_t hash = 2166136261u;

    for (int i = 0; i < ADDRESS_SIZE; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash % ADDRESS_BUCKETS;
}

static struct address *address_ref(struct http *http, const uint8_t bytes[ADDRESS_SIZE])
{
    unsigned bucket = bucket_of(bytes);
    struct address *address = http->addresses[bucket];

    while (address && memcmp(address->bytes, bytes, ADDRESS_SIZE) != 0)
        address = address->next;
    if (!address) {
        address = ts_memory_new(1, sizeof(*address));
        memcpy(address->bytes, bytes, ADDRESS_SIZE);
        address->bucket = bucket;
        address->next = http->addresses[bucket];
        http->addresses[bucket] = address;
    }
    address->count++;
    return address;
}

static void address_unref(struct http *http, struct address *address)
{
    struct address **at;

    if (!address || --address->count > 0)
        return;
    for (at = &http->addresses[address->bucket]; *at != address; at = &(*at)->next)
        ;
    *at = address->next;
    ts_memory_free(address);
}

/* Note who is at the other end. A unix socket's peer has no address and no limit of its own. */
static void connection_name(struct connection *connection)
{
    struct sockaddr_storage name;
    uint8_t bytes[ADDRESS_SIZE] = { 0 };
    int size = sizeof(name);

    strcpy(connection->peer, "local");
    if (connection->uv.handle.type != UV_TCP ||
        uv_tcp_getpeername(&connection->uv.tcp, (struct sockaddr *)&name, &size) != 0)
        return;
    if (name.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&name;

        memcpy(bytes, &v4->sin_addr, 4);
        inet_ntop(AF_INET, &v4->sin_addr, connection->peer, sizeof(connection->peer));
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&name;

        memcpy(bytes, &v6->sin6_addr, ADDRESS_SIZE);
        inet_ntop(AF_INET6, &v6->sin6_addr, connection->peer, sizeof(connection->peer));
    }
    connection->address = address_ref(connection->http, bytes);
}

static void connection_link(struct connection *connection)
{
    struct http *http = connection->http;

    connection->next = http->connections;
    if (http->connections)
        http->connections->previous = connection;
    http->connections = connection;
    http->stats.connections++;
    http->stats.connections_total++;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = (struct connection *)handle;
    struct http *http = connection->http;

    if (connection->tunnel)
        tunnel_closed(connection->tunnel);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        http->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    http->stats.connections--;
    address_unref(http, connection->address);
    ts_memory_free(connection);
}

static bool over_limits(const struct connection *connection)
{
    const struct http *http = connection->http;
    unsigned per_address = http->config.connections_per_address_max;

    if (http->stats.connections > http->config.connections_max)
        return true;
    return per_address && connection->address && connection->address->count > per_address;
}

void connection_accept(struct listener *listener)
{
    struct http *http = listener->http;
    struct connection *connection = ts_memory_new(1, sizeof(*connection));
    h2o_socket_t *socket;

    connection->http = http;
    connection->active_ms = loop_now_ms(http->config.loop);
    if (listener->is_pipe)
        uv_pipe_init(listener->uv.handle.loop, &connection->uv.pipe, 0);
    else
        uv_tcp_init(listener->uv.handle.loop, &connection->uv.tcp);
    connection_link(connection);
    if (uv_accept(&listener->uv.stream, &connection->uv.stream) != 0) {
        uv_close(&connection->uv.handle, on_closed);
        return;
    }
    connection_name(connection);
    if (http->stopping || over_limits(connection)) {
        http->stats.connections_refused++;
        uv_close(&connection->uv.handle, on_closed);
        return;
    }
    if (!listener->is_pipe)
        uv_tcp_nodelay(&connection->uv.tcp, 1);
    socket = h2o_uv_socket_create(&connection->uv.stream, on_closed);
    connection_own_reads(connection, socket);
    sweeper_start(http);
    h2o_accept(&http->accept, socket);
}

struct connection *connection_of(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

/* h2o then reads an end of file, or its write fails, and closes the socket in its own time. */
void connection_kill(struct connection *connection)
{
    uv_os_fd_t fd;

    if (connection->killed)
        return;
    connection->killed = true;
    connection->http->stats.connections_killed++;
    if (uv_fileno(&connection->uv.handle, &fd) == 0)
        shutdown(fd, SHUT_RDWR);
}
