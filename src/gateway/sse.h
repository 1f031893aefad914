/*
 * GraphQL over SSE, in its mode of distinct connections: each operation is a request, and its answer a stream of events
 * `next` and at last `complete`. Who asks for text/event-stream gets it, for queries and mutations as well.
 */
#ifndef GATEWAY_SSE_H
#define GATEWAY_SSE_H

#include "gateway/gateway.h"

struct sse_config {
    struct gateway *gateway;
    int64_t beat_ms;      /* between comments in a quiet stream: proxies end what says nothing for a minute or less */
    unsigned streams_max; /* at once: each is one of the requests that a server may have */
};

struct sse_server;

struct sse_server *sse_server_new(const struct sse_config *config);
void sse_server_free(struct sse_server *server); /* its streams are gone; NULL is fine */

/*
 * Begin a subscription, on the request's fiber. Return: as subscribe(); GQL_EXECUTED, then the request is answered with
 * the stream; GQL_REFUSED, and it may be answered: there are too many streams. Else request->out has what subscribe()
 * says.
 */
enum gql_outcome sse_subscribe(struct sse_server *server, struct http_request *request, const struct session *session,
                               const struct gql_request *operation);

/* The answer in request->out as a whole stream: one `next` and `complete`. */
void sse_wrap(struct http_request *request);

#endif
