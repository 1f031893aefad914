/*
 * A single call runs on the request's own fiber; several go side by side, one of them there too by ts_all()'s own
 * doing. Each gets a copy of the root call that differs in what is audited: its operation and idempotency key.
 */
#include "gateway/resolve.h"

#include "loop/loop.h"
#include "loop/runtime.h"
#include "tessera/bus.h"
#include "tessera/clock.h"

static int call_one(struct ts_call *call, void *item)
{
    struct gql_rpc *rpc = item;

    call->operation = rpc->operation;
    call->idempotency_key = rpc->idempotency_key;
    rpc->error = ts_call(call, rpc->service, rpc->method_index, rpc->request, &rpc->reply);
    if (rpc->error)
        rpc->failure = ts_strdup(call->arena, ts_call_failure(call));
    return 0; /* each failure is one field's, not the others' */
}

static int call_traced(struct ts_call *call, void *item)
{
    struct trace_call *traced = item;

    traced->start_ns = loop_hrtime_ns();
    (void)call_one(call, traced->rpc); /* as above */
    traced->end_ns = loop_hrtime_ns();
    return 0;
}

static void call_all(struct gql_env *env, struct gql_rpc *const *rpcs, size_t count)
{
    struct resolve *resolve = (struct resolve *)env;

    if (resolve->trace && count)
        (void)ts_all(&resolve->call, call_traced, trace_level(resolve->trace, rpcs, count), count); /* the same */
    else if (count == 1)
        (void)call_one(&resolve->call, rpcs[0]); /* its outcome stands in the rpc */
    else if (count > 1)
        (void)ts_all(&resolve->call, call_one, (void **)rpcs, count); /* the same */
}

static void yield(struct gql_env *env)
{
    ts_yield(&((struct resolve *)env)->call);
}

void resolve_init(struct resolve *resolve, struct ts_runtime *runtime, struct ts_arena *arena,
                  const struct session *session, int64_t deadline_ms)
{
    *resolve = (struct resolve){
        .env = {
            .arena = arena,
            .principal = session->principal->kind == TS_PRINCIPAL_ANONYMOUS ? GQL_ANYONE : GQL_SIGNED_IN,
            .call_all = call_all,
            .yield = yield,
            .request_id = session->request_id,
        },
        .call = {
            .arena = arena,
            .principal = session->principal,
            .operation = "http",
            .request_id = session->request_id,
            .locale = session->locale,
            .address = session->address,
            .trace = session->trace,
            .deadline_ms = deadline_ms,
            .runtime = runtime,
        },
    };
}
