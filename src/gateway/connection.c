/*
 * Connections: accepted, counted, capped, ended. h2o owns the socket and closes it; we own the libuv handle, so that
 * our close callback is the one place where a connection ceases to exist and every counter goes down.
 */
#include <string.h>

#include "gateway/proxies.h"
#include "gateway/server.h"
#include "tessera/memory.h"

/* IPv4: the address; IPv6: the /64 that one customer has. */
enum { VISITOR_V6_SIZE = 8 };

struct visitor {
    struct visitor *next;
    struct address address;
    unsigned count, bucket;
};

static unsigned bucket_of(const struct address *address)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof(address->bytes); i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    return hash % VISITOR_BUCKETS;
}

static struct visitor *visitor_ref(struct http *http, struct address address)
{
    struct visitor *visitor;
    unsigned bucket;

    if (!address_is_v4(&address))
        memset(address.bytes + VISITOR_V6_SIZE, 0, sizeof(address.bytes) - VISITOR_V6_SIZE);
    bucket = bucket_of(&address);
    visitor = http->visitors[bucket];
    while (visitor && memcmp(&visitor->address, &address, sizeof(address)) != 0)
        visitor = visitor->next;
    if (!visitor) {
        visitor = ts_memory_new(1, sizeof(*visitor));
        visitor->address = address;
        visitor->bucket = bucket;
        visitor->next = http->visitors[bucket];
        http->visitors[bucket] = visitor;
    }
    visitor->count++;
    return visitor;
}

static void visitor_unref(struct http *http, struct visitor *visitor)
{
    struct visitor **at;

    if (!visitor || --visitor->count > 0)
        return;
    for (at = &http->visitors[visitor->bucket]; *at != visitor; at = &(*at)->next)
        ;
    *at = visitor->next;
    ts_memory_free(visitor);
}

/*
 * Note who is at the other end. A unix socket's peer has no address and no limit of its own; a proxy of ours has none
 * either, for all of its clients are behind one.
 */
static void connection_name(struct connection *connection)
{
    const struct proxies *proxies = connection->http->config.proxies;
    struct sockaddr_storage name;
    char *text = connection->peer_text;
    int size = sizeof(name);

    if (connection->uv.handle.type != UV_TCP ||
        uv_tcp_getpeername(&connection->uv.tcp, (struct sockaddr *)&name, &size) != 0 ||
        uv_ip_name((struct sockaddr *)&name, text, ADDRESS_TEXT_SIZE) != 0 ||
        !address_parse(text, strlen(text), &connection->peer)) {
        memcpy(text, "local", sizeof("local"));
        return;
    }
    address_write(&connection->peer, text);
    connection->has_peer = true;
    connection->is_proxy = proxies && proxies_have(proxies, &connection->peer);
    if (!connection->is_proxy)
        connection->visitor = visitor_ref(connection->http, connection->peer);
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

    connections_written(http); /* before its end, as libuv does it */
    if (connection->tunnel)
        tunnel_closed(connection->tunnel);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        http->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    http->stats.connections--;
    visitor_unref(http, connection->visitor);
    ts_memory_free(connection);
}

static bool over_limits(const struct connection *connection)
{
    const struct http *http = connection->http;
    unsigned per_address = http->config.connections_per_address_max;

    if (http->stats.connections > http->config.connections_max)
        return true;
    return per_address && connection->visitor && connection->visitor->count > per_address;
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
    connection_own_stream(connection, socket);
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
