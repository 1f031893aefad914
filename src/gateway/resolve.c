/*
 * A single call runs on the request's own fiber; several go side by side, one of them there too by ts_all()'s own
 * doing. Each gets a copy of the root call that differs in what is audited: its operation and idempotency key.
 */
#include "gateway/resolve.h"

#include <string.h>

#include "bus/rate.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/security.h"

static int call_one(struct ts_call *call, void *item)
{
    struct gql_rpc *rpc = item;

    call->operation = rpc->operation;
    call->idempotency_key = rpc->idempotency_key;
    rpc->error = ts_call(call, rpc->service, rpc->method_index, rpc->request, &rpc->reply);
    rpc->retry_after_s = call->retry_after_s;
    if (rpc->error)
        rpc->failure = ts_strdup(call->arena, ts_call_failure(call));
    if (rpc->error == TS_EDENIED)
        ts_security(call, TS_SECURITY_ACCESS_DENIED, /* subject= */ NULL);
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

int resolve_charge(struct resolve *resolve, const char *operation, bool is_mutation)
{
    int r = rate_charge(&resolve->call, operation, is_mutation);

    resolve->charged = true;
    if (r && resolve->call.retry_after_s > resolve->retry_after_s)
        resolve->retry_after_s = resolve->call.retry_after_s;
    return r;
}

/*
 * Each root field counts, whatever it is called; joins do with theirs. A request of none but joins (node) counts once,
 * and a subscription when it begins, not each time that it is executed.
 */
static bool is_charged(const struct resolve *resolve, const struct gql_rpc *rpc)
{
    const char *type = resolve->env.operation_type;

    return (rpc->keys == 0 || !resolve->charged) && !(type && strcmp(type, "subscription") == 0);
}

/* Those that may be asked now, into `allowed`; to the others it is said why not. Return: their number. */
static size_t charge(struct resolve *resolve, struct gql_rpc *const *rpcs, size_t count, struct gql_rpc **allowed)
{
    const char *type = resolve->env.operation_type;
    bool is_mutation = type && strcmp(type, "mutation") == 0;
    size_t allowed_count = 0;

    for (size_t i = 0; i < count; i++) {
        struct gql_rpc *rpc = rpcs[i];

        if (is_charged(resolve, rpc))
            rpc->error = resolve_charge(resolve, rpc->operation, is_mutation);
        if (!rpc->error) {
            allowed[allowed_count++] = rpc;
            continue;
        }
        rpc->failure = ts_call_failure(&resolve->call);
        rpc->retry_after_s = resolve->call.retry_after_s;
    }
    return allowed_count;
}

static void call_all(struct gql_env *env, struct gql_rpc *const *wanted, size_t wanted_count)
{
    struct resolve *resolve = (struct resolve *)env;
    struct gql_rpc **rpcs = TS_NEW_ARRAY(resolve->call.arena, struct gql_rpc *, wanted_count);
    size_t count = charge(resolve, wanted, wanted_count, rpcs);

    if (resolve->trace && count)
        (void)ts_all(&resolve->call, call_traced, trace_level(resolve->trace, rpcs, count), count); /* the same */
    else if (count == 1)
        (void)call_one(&resolve->call, rpcs[0]); /* its outcome stands in the rpc */
    else if (count > 1)
        (void)ts_all(&resolve->call, call_one, (void **)rpcs, count); /* the same */
    for (size_t i = 0; i < count; i++)
        if (rpcs[i]->retry_after_s > resolve->retry_after_s)
            resolve->retry_after_s = rpcs[i]->retry_after_s;
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
