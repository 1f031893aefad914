/*
 * What one call over the bus costs in process, its context, metrics and reply included: the bound is a microsecond for
 * local.
 */
#include <stdio.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "probe/v1/probe.rpc.h"
#include "telemetry/metrics.h"

enum { CALLS = 1000000, CALLS_PER_ARENA = 16 }; /* a request makes some calls, then its arena is reset */

static int echo(struct ts_call *call, const Probe__EchoRequest *request, Probe__EchoReply *ret_reply)
{
    (void)call;
    ret_reply->text = request->text;
    ret_reply->has_number = true;
    ret_reply->number = request->number;
    return 0;
}

static const struct probe_service rows = { { echo, 1000 }, { echo, 1000 }, { echo, 1000 }, { echo, 1000 }, { 0 } };
static const struct ts_service services[] = {
    { &probe__probe__descriptor, probe_dispatch, probe_deadline, &rows },
    { NULL },
};
static const struct ts_module module = { .name = "probe", .services = services };

struct bench {
    struct ts_runtime runtime;
    struct ts_arena arena;
    struct loop *loop;
    uint64_t sum;
};

static void run_calls(struct bench *bench)
{
    static const struct ts_principal system = { TS_PRINCIPAL_SYSTEM, "system" };
    struct ts_call call = { .arena = &bench->arena,
                            .principal = &system,
                            .operation = "bench",
                            .request_id = "bench",
                            .locale = "en",
                            .deadline_ms = INT64_MAX,
                            .runtime = &bench->runtime };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    request.text = (char *)"evt_01h2xcf8gvfbxv13mpq433asby";
    request.has_number = true;
    for (int i = 0; i < CALLS; i++) {
        request.number = i;
        if (probe_echo(&call, &request, &reply) == 0)
            bench->sum += (uint64_t)reply->number;
        if (i % CALLS_PER_ARENA == 0)
            arena_reset(&bench->arena);
    }
}

static void run(void *data)
{
    struct bench *bench = data;
    uint64_t start_ns = loop_hrtime_ns();

    run_calls(bench);
    printf("%.0f ns per call\n", (double)(loop_hrtime_ns() - start_ns) / CALLS);
}

static void bench_transport(const struct bus_transport *transport)
{
    struct bench bench = { .loop = loop_new() };
    struct buf problems;
    struct bus *bus;

    runtime_init(&bench.runtime, bench.loop);
    bench.runtime.metrics = metrics_new();
    arena_init(&bench.arena);
    buf_init(&problems, 10000);
    bus = bus_new(&bench.runtime, transport);
    (void)bus_add(bus, &module, &problems); /* one rpc has no row here, and is not called */
    printf("bus %-5s ", transport->name);
    fiber_spawn(bench.loop, run, &bench);
    if (bench.sum != (uint64_t)CALLS * (CALLS - 1) / 2)
        printf("  but the replies were wrong\n");
    bus_free(bus);
    metrics_free(bench.runtime.metrics);
    arena_done(&bench.arena);
    buf_done(&problems);
    loop_free(bench.loop);
}

int main(void)
{
    bench_transport(&bus_local);
    bench_transport(&bus_wire);
    return 0;
}
