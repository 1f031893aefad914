/*
 * What one call over the bus costs in process, its context, metrics and reply included: the bound is a microsecond for
 * local. Over NATS: nats.c.
 */
#include <stdio.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "echo.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "telemetry/metrics.h"

enum {
    CALLS = 1000000,
    CALLS_PER_ARENA = 16, /* a request makes some calls, then its arena is reset */
};

struct bench {
    struct ts_runtime runtime;
    struct loop *loop;
    uint64_t sum;
    int calls;
};

static void run_calls(struct bench *bench)
{
    static const struct ts_principal system = { TS_PRINCIPAL_SYSTEM, "system" };
    struct ts_arena arena;
    struct ts_call call = { .arena = &arena,
                            .principal = &system,
                            .operation = "bench",
                            .request_id = "bench",
                            .locale = "en",
                            .deadline_ms = INT64_MAX,
                            .runtime = &bench->runtime };
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    arena_init(&arena);
    request.text = (char *)"evt_01h2xcf8gvfbxv13mpq433asby";
    request.has_number = true;
    for (int i = 0; i < bench->calls; i++) {
        request.number = i;
        if (probe_echo(&call, &request, &reply) == 0)
            bench->sum += (uint64_t)reply->number;
        if (i % CALLS_PER_ARENA == 0)
            arena_reset(&arena);
    }
    arena_done(&arena);
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
    struct bench bench = { .loop = loop_new(), .calls = CALLS };
    struct buf problems;
    struct bus *bus;

    runtime_init(&bench.runtime, bench.loop);
    bench.runtime.metrics = metrics_new();
    buf_init(&problems, 10000);
    bus = bus_new(&bench.runtime, transport);
    (void)bus_add(bus, &module, &problems); /* one rpc has no row here, and is not called */
    printf("bus %-5s ", transport->name);
    fiber_spawn(bench.loop, run, &bench);
    if (bench.sum != (uint64_t)CALLS * (CALLS - 1) / 2)
        printf("  but the replies were wrong\n");
    bus_free(bus);
    metrics_free(bench.runtime.metrics);
    buf_done(&problems);
    loop_free(bench.loop);
}

int main(void)
{
    bench_transport(&bus_local);
    bench_transport(&bus_wire);
    return 0;
}
