/*
 * The public face: which path answers what. Everything under it is a rule (GraphQL, module paths) or a health check;
 * there are no hand-written endpoints of modules here.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/cors.h"
#include "gateway/http.h"
#include "gateway/meter.h"
#include "gateway/session.h"

struct gql_schema;
struct operations;
struct graphiql;
struct hub;
struct pages;
struct sse_server;
struct ts_runtime;
struct ws_server;

struct gateway {
    struct ts_runtime *runtime;
    struct gql_schema *schema;
    struct credentials credentials;
    struct graphiql *graphiql;            /* NULL: there is none */
    bool ready;                           /* /readyz: all modules have started, and no stop was asked for */
    const char *(*not_ready)(void *data); /* a part that is away, by name; NULL: all are well. May be NULL. */
    void *not_ready_data;
    struct meter *meter; /* NULL: not measured */
    bool gzip;           /* compress long answers for who takes it */
    struct cors cors;
    struct operations *operations; /* NULL: no document has an id */
    struct pages *pages;           /* the shop's; NULL: there are none */
    struct hub *hub;               /* live subscriptions */
    struct ws_server *sockets;     /* NULL: no WebSockets */
    struct sse_server *streams;    /* of events; NULL: subscriptions are refused over HTTP */
};

/* http_config.serve of the public listener; `data` is the gateway. */
void gateway_serve(struct http_request *request, void *data);
/* http_config.on_done: the access log's line and the duration's histogram. */
void gateway_log(struct http_request *request, void *data);

/* /livez and /readyz, on any listener. Return: true if the path was one of them and is answered. */
bool gateway_health(struct gateway *gateway, struct http_request *request);

/* An error in the public form, from a handler. */
void gateway_error(struct http_request *request, int status, const char *code, const char *message);

/* /graphql as the owner, whoever asks: for the control socket, which only the owner can open. */
void gateway_serve_owner(struct gateway *gateway, struct http_request *request);

/* /graphql */
void graphql_serve(struct gateway *gateway, struct http_request *request, const struct session *session);

#endif
