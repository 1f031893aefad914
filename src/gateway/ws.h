/*
 * GraphQL over WebSocket, by the protocol graphql-transport-ws: a client opens a socket at /graphql, says
 * connection_init, and starts any number of operations, each with an id of its own; queries and mutations as well as
 * subscriptions.
 */
#ifndef GATEWAY_WS_H
#define GATEWAY_WS_H

#include "gateway/gateway.h"

enum {
    WS_OPERATIONS_MAX = 64, /* of one socket at once: a page has a dozen */
    WS_RUNNING_MAX = 1024,  /* executions at once, of all sockets: a quarter of what HTTP may have */
    WS_ID_SIZE_MAX = 128,   /* of an operation's id: clients take a UUID or a counter */
    WS_FRAMES_MAX = 1000,   /* in WS_FRAMES_WINDOW_MS: a page that opens is a few dozen */
    WS_FRAMES_WINDOW_MS = 10000,
    WS_OUT_SIZE_MAX = 1 << 20, /* answers that a client has not read, when one more comes */
    WS_BUSY_SIZE = 16 << 10,   /* past it subscriptions wait, and keep their newest response only */
    WS_CLOSE_MS = 2000,        /* for the other side to answer our close frame */
};

struct ws_config {
    struct gateway *gateway;
    struct loop *loop;
    int64_t init_ms; /* until connection_init */
    int64_t ping_ms; /* between pings: two without a sign of life end a socket */
};

struct ws_server;

struct ws_server *ws_server_new(const struct ws_config *config);
void ws_server_free(struct ws_server *server); /* its sockets are gone; NULL is fine */

/* Answer a request that asks for a WebSocket, on its fiber: the handshake, or an error. */
void ws_serve(struct ws_server *server, struct http_request *request, const struct session *session);

#endif
