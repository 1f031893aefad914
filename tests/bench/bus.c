/*
 * What one call over the bus costs, its context, metrics and reply included: in process, where the bound is a
 * microsecond for local; and over NATS, out and back in, one after the other and many side by side.
 */
#include <stdio.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "probe/v1/probe.rpc.h"
#include "support/nats.h"
#include "telemetry/metrics.h"

enum {
    CALLS = 1000000,
    CALLS_PER_ARENA = 16, /* a request makes some calls, then its arena is reset */
    NATS_CALLS = 20000,
    SIDE_BY_SIDE = 64,
};

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
    struct loop *loop;
    uint64_t sum;
    int calls, running;
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

static void run_one_of_many(void *data)
{
    struct bench *bench = data;

    bench->running++;
    run_calls(bench);
    bench->running--;
}

static double nats_seconds(struct bench *bench, int calls, int side_by_side)
{
    uint64_t start_ns = loop_hrtime_ns();

    bench->calls = calls / side_by_side;
    for (int i = 0; i < side_by_side; i++)
        fiber_spawn(bench->loop, run_one_of_many, bench);
    while (bench->running)
        loop_run_once(bench->loop, /* wait= */ true);
    return (double)(loop_hrtime_ns() - start_ns) / 1e9;
}

static void bench_nats(void)
{
    struct bench bench = { .loop = loop_new() };
    struct nats_server server;
    struct buf problems;
    struct bus *bus;

    nats_server_init(&server);
    nats_server_start(&server);
    runtime_init(&bench.runtime, bench.loop);
    buf_init(&problems, 10000);
    bus = bus_new(&bench.runtime, &bus_nats);
    (void)bus_add(bus, &module, &problems); /* as above */
    bus_join(bus, &server.net);
    while (bus_problem(bus))
        loop_run_once(bench.loop, /* wait= */ true);
    printf("bus nats  %.0f us per call alone, ", nats_seconds(&bench, NATS_CALLS / 10, 1) * 1e7 / NATS_CALLS);
    printf("%.0f calls a second, %d side by side\n", NATS_CALLS / nats_seconds(&bench, NATS_CALLS, SIDE_BY_SIDE),
           SIDE_BY_SIDE);
    bus_free(bus);
    buf_done(&problems);
    loop_free(bench.loop);
    nats_server_kill(&server);
}

int main(void)
{
    bench_transport(&bus_local);
    bench_transport(&bus_wire);
    if (nats_server_found())
        bench_nats();
    return 0;
}
