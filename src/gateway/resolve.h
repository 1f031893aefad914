/* Where GraphQL meets the bus: the engine's wish for answers becomes calls with this request's caller and deadline. */
#ifndef GATEWAY_RESOLVE_H
#define GATEWAY_RESOLVE_H

#include "gateway/http.h"
#include "gateway/session.h"
#include "gateway/trace.h"
#include "graphql/graphql.h"
#include "tessera/call.h"

struct resolve {
    struct gql_env env; /* first: the engine hands it back */
    struct ts_call call;
    struct trace *trace;    /* NULL: nobody wants to know */
    bool charged;           /* something of it was counted (rate.h) */
    unsigned retry_after_s; /* out: something was refused until then; 0: nothing, or nobody knows */
};

/* Make the environment of one execution; everything is borrowed until it ends. deadline_ms is on the loop's clock. */
void resolve_init(struct resolve *resolve, struct ts_runtime *runtime, struct ts_arena *arena,
                  const struct session *session, int64_t deadline_ms);

/* Count one operation that is no root field's. Return: 0; TS_EEXHAUSTED with words in its call. */
int resolve_charge(struct resolve *resolve, const char *operation, bool is_mutation);

#endif
