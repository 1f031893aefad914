/*
 * GraphQL over SSE, in its mode of distinct connections: each operation is a request, and its answer a stream of events
 * `next` and at last `complete`. Who asks for text/event-stream gets it, for queries and mutations as well.
 */
#ifndef GATEWAY_SSE_H
#define GATEWAY_SSE_H

#include "gateway/gateway.h"

enum {
    SSE_BEAT_MS = 15000,    /* between comments in a quiet stream: proxies end what says nothing for a minute or less */
    SSE_STREAMS_MAX = 2048, /* at once: half of the requests that a server may have, for each stream is one */
};

/*
 * Begin a subscription, on the request's fiber. Return: as subscribe(); GQL_EXECUTED, then the request is answered with
 * the stream; else request->out has what subscribe() says, and it is not.
 */
enum gql_outcome sse_subscribe(struct gateway *gateway, struct http_request *request, const struct session *session,
                               const struct gql_request *operation);

/* The answer in request->out as a whole stream: one `next` and `complete`. */
void sse_wrap(struct http_request *request);

#endif
