/*
 * What a request cost, shown to the owner who asks for it by the header `x-tessera-trace: 1`: how its plan came to be,
 * and level by level each call on the bus with the number of objects that it asked for and its time. So a page that is
 * slow, or a list that would make a call for each of its items, can be seen instead of guessed.
 */
#ifndef GATEWAY_TRACE_H
#define GATEWAY_TRACE_H

#include "gateway/http.h"
#include "gateway/session.h"
#include "graphql/graphql.h"

struct trace_call {
    struct gql_rpc *rpc;
    uint64_t start_ns, end_ns;
};

struct trace_level;

struct trace {
    struct ts_arena *arena;
    struct gql_trace plan;
    uint64_t started_ns;
    struct trace_level *levels, **levels_end;
};

/* NULL, unless the owner asks for one; it lives on the request's arena. */
struct trace *trace_new(struct http_request *request, const struct session *session);

/* These go out together. Return: as many pointers to trace_calls, with `rpc` set. */
void **trace_level(struct trace *trace, struct gql_rpc *const *rpcs, size_t count);

/* Add `extensions.trace` to a complete response. */
void trace_write(const struct trace *trace, struct buf *body);

#endif
