/*
 * One call, from its caller's fiber into its handler: find the route, admit it, bound it, hand it over, word its
 * outcome. What a handler refuses is data and succeeds; what fails is logged once, where it began. Each hop is a span.
 */
#include <assert.h>
#include <string.h>

#include "bus/inside.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"
#include "tessera/limits.h"

int ts_fail(struct ts_call *call, int error, const char *format, ...)
{
    va_list args;

    assert(error < 0);
    va_start(args, format);
    call->failure = ts_vprintf(call->arena, format, args);
    va_end(args);
    call->failed_with = error;
    call->failure_logged = false;
    return error;
}

const char *ts_call_failure(const struct ts_call *call)
{
    return call->failure ? call->failure : ts_error_name(call->failed_with);
}

const char *ts_setting(const struct ts_call *call, enum ts_setting setting)
{
    return call->runtime->settings[setting];
}

bool ts_sandbox(const struct ts_call *call)
{
    return call->runtime->sandbox;
}

const char *ts_origin(const struct ts_call *call)
{
    return call->runtime->origin;
}

/* Failures that somebody must look into; the others are a caller's business. */
static enum ts_log_level failure_level(int error)
{
    switch (error) {
    case TS_EINTERNAL:
    case TS_EDATALOSS:
    case TS_EUNIMPLEMENTED:
        return TS_LOG_ERROR;
    case TS_EUNKNOWN:
    case TS_EDEADLINE:
    case TS_EEXHAUSTED:
    case TS_EABORTED:
    case TS_EUNAVAILABLE:
        return TS_LOG_WARN;
    default:
        return TS_LOG_DEBUG;
    }
}

/* Hand the callee's failure to the caller, its words with it, and log it if no hop below has. */
static int call_failed(struct ts_call *call, struct ts_call *callee, const char *name, int error)
{
    const char *words = callee->failed_with == error ? callee->failure : NULL;

    if (!(callee->failed_with == error && callee->failure_logged) && error != TS_ECRASHED)
        ts_log(callee, failure_level(error), "call-failed", "%s: %s%s%s", name, ts_error_name(error), words ? ": " : "",
               words ? words : "");
    call->failure = words;
    call->failed_with = error;
    call->failure_logged = true;
    call->retry_after_s = words ? callee->retry_after_s : 0;
    return error;
}

static const char *wait_words(int error)
{
    switch (error) {
    case TS_EDEADLINE:
        return "The time for this request is over.";
    case TS_EEXHAUSTED:
        return "This server is short of memory; try again.";
    default:
        return "This server is about to end.";
    }
}

/* May it begin at all? The words are the caller's then. */
static int call_admit(struct ts_call *call, const struct bus_route *route)
{
    int r;

    r = runtime_wait_check(call);
    if (r)
        return ts_fail(call, r, "%s", wait_words(r));
    if (call->depth >= TS_CALL_DEPTH_MAX)
        return ts_fail(call, TS_EINTERNAL, "Calls are nested too deeply.");
    if (call->depth == 0 && route->module->in_flight >= BUS_IN_FLIGHT_MAX)
        return ts_fail(call, TS_EEXHAUSTED, "Too many requests are being served; try again.");
    return 0;
}

static struct ts_call call_child(const struct ts_call *call, const struct bus_route *route)
{
    struct ts_call callee = *call;
    int64_t own_ms = loop_now_ms(call->runtime->loop) + route->deadline_ms;

    callee.module = route->module->module;
    callee.state = route->module->state;
    callee.depth++;
    trace_step(call->runtime, &callee.trace);
    callee.shielded = 0;
    callee.failure = NULL;
    callee.failed_with = 0;
    callee.failure_logged = false;
    callee.retry_after_s = 0;
    callee.refusals = NULL;
    if (own_ms < callee.deadline_ms)
        callee.deadline_ms = own_ms;
    return callee;
}

/* Each hop is counted and timed; it has a line of its own when it was slow or is being watched. */
static void call_measure(const struct bus_route *route, const struct ts_call *callee, uint64_t start_ns, int result)
{
    uint64_t duration_ns = loop_hrtime_ns() - start_ns;
    bool told = callee->trace.sampled || duration_ns > BUS_SLOW_MS * UINT64_C(1000000);
    struct log *log = callee->runtime->log;

    if (route->calls) {
        ts_metric_add(route->calls, 1);
        ts_metric_add(route->failures, result != 0);
        metric_observe_ns(route->seconds, duration_ns);
    }
    if (!log_begin(log, told ? TS_LOG_INFO : TS_LOG_DEBUG, "bus-call", route->name))
        return;
    log_call(log, callee);
    log_string(log, "event.outcome", result ? "failure" : "success");
    log_int(log, "event.duration", (int64_t)duration_ns);
    log_end(log);
}

int call_by(struct ts_call *call, const struct bus_route *route, const struct bus_transport *transport,
            const ProtobufCMessage *request, const ProtobufCMessage **ret_reply)
{
    bool at_edge = call->depth == 0, takes_turn = at_edge && transport != &bus_nats; /* there, where it is served */
    uint64_t start_ns = loop_hrtime_ns();
    struct ts_call callee;
    struct turn turn;
    int r;

    call->failure = NULL;
    call->failed_with = 0;
    r = call_admit(call, route);
    if (r)
        return call_failed(call, call, route->name, r);
    route->module->in_flight += at_edge;
    r = takes_turn ? turn_begin(call, &turn) : 0;
    callee = call_child(call, route);
    if (r == 0)
        r = transport->call(route, &callee, request, ret_reply);
    if (takes_turn)
        turn_end(&turn);
    route->module->in_flight -= at_edge;
    call_measure(route, &callee, start_ns, r);
    return r ? call_failed(call, &callee, route->name, r) : 0;
}

int ts_call(struct ts_call *call, const ProtobufCServiceDescriptor *service, unsigned method_index,
            const ProtobufCMessage *request, const ProtobufCMessage **ret_reply)
{
    struct bus *bus = call->runtime->bus;
    const struct bus_route *route = bus_route_find(bus, service, method_index);

    if (!route)
        return call_failed(call, call, service->name, ts_fail(call, TS_EUNAVAILABLE, "Nobody serves this here."));
    return call_by(call, route, route->module->is_away ? &bus_nats : bus->transport, request, ret_reply);
}

int ts_call_as_system(struct ts_call *call, const ProtobufCServiceDescriptor *service, unsigned method_index,
                      const ProtobufCMessage *request, const ProtobufCMessage **ret_reply)
{
    struct ts_call system = *call;
    int r;

    system.principal = &bus_system;
    r = ts_call(&system, service, method_index, request, ret_reply);
    call->failure = system.failure;
    call->failed_with = system.failed_with;
    call->failure_logged = system.failure_logged;
    call->retry_after_s = system.retry_after_s;
    return r;
}

int bus_serve(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
              ProtobufCMessage *reply)
{
    int r = route->service->dispatch(route->service->rows, route->method_index, callee, request, reply);

    if (r < 0)
        return r;
    if (r > 0 && r != TS_REFUSED)
        return ts_fail(callee, TS_EINTERNAL, "The handler returned %d.", r);
    if (r == TS_REFUSED && !ts_refusal_count(callee))
        return ts_fail(callee, TS_EINTERNAL, "The handler refused without a reason.");
    return refusals_attach(callee, reply);
}

/*
 * Children of ts_all() take the next item each until none is left; the caller's own fiber is one of them. The others
 * begin when it first waits: where nothing does, items run one after the other without a switch.
 */
struct all {
    struct ts_call *call;
    ts_all_run *run;
    void **items;
    size_t count, next;
    size_t running;
    struct fiber *caller;
    struct fiber_hook outer; /* of a ts_all() that this one runs in */
    size_t failed_at;        /* the first item, by order, that did not return 0 */
    int result;
};

static void all_take(struct all *all)
{
    while (all->next < all->count) {
        size_t at = all->next++;
        struct ts_call child = *all->call;
        int r = all->run(&child, all->items[at]);

        if (r && at < all->failed_at) {
            all->failed_at = at;
            all->result = r;
            all->call->failure = child.failure;
            all->call->failed_with = child.failed_with;
            all->call->failure_logged = child.failure_logged;
            all->call->retry_after_s = child.retry_after_s;
        }
    }
}

static void all_main(void *data)
{
    struct all *all = data;

    all_take(all);
    if (--all->running == 0)
        fiber_wake(all->caller);
}

static void all_help(void *data)
{
    struct all *all = data;
    struct fiber_hook outer = all->outer;

    all->outer = (struct fiber_hook){ NULL, NULL };
    for (size_t i = all->next; i < all->count && all->running + 1 < TS_FANOUT_MAX; i++) {
        if (!fiber_try(all->call->runtime->loop, all_main, all))
            break; /* too few, and each takes more */
        all->running++;
    }
    if (outer.run)
        outer.run(outer.data);
}

int ts_all(struct ts_call *call, ts_all_run *run, void **items, size_t count)
{
    struct all all = {
        .call = call, .run = run, .items = items, .count = count, .caller = fiber_self(), .failed_at = SIZE_MAX
    };

    refusals_share(call);
    all.outer = fiber_on_wait((struct fiber_hook){ all_help, &all });
    all_take(&all);
    (void)fiber_on_wait(all.outer);
    while (all.running)
        fiber_suspend();
    return all.result;
}
