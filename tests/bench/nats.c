/*
 * Calls over NATS to a module in another process, beside a bare echo through the same server: how many a second with 64
 * side by side, and how long one alone takes. They take turns; what counts is the ratio of a turn.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "echo.h"
#include "loop/loop.h"
#include "nats_bare.h"
#include "support/nats.h"
#include "tessera/limits.h"

enum {
    SIDE_BY_SIDE = 64,
    CALLS_MANY = 40000,
    CALLS_ALONE = 2000,
    ROUNDS = 7,
    CALLS_PER_ARENA = 16, /* a request makes some calls, then its arena is reset */
};

/* A process of ours on the bus. */
struct side {
    struct ts_runtime runtime;
    struct loop *loop;
    struct bus *bus;
    int count, asked, answered, running;
    uint64_t *took_ns;
};

static void join(struct side *side, const struct bus_net *net, bool serves)
{
    struct buf problems;

    *side = (struct side){ .loop = loop_new() };
    runtime_init(&side->runtime, side->loop);
    buf_init(&problems, 10000);
    side->bus = bus_new(&side->runtime, &bus_local);
    if (serves)
        (void)bus_add(side->bus, &module, &problems); /* one rpc has no row here, and is not called */
    else
        (void)bus_add_away(side->bus, &module, &problems); /* as above */
    bus_join(side->bus, net);
    buf_done(&problems);
    while (bus_problem(side->bus))
        loop_run_once(side->loop, /* wait= */ true);
}

/* A process that ends with this one. */
static pid_t begin(void (*serve)(const struct bus_net *net), const struct bus_net *net)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(net);
        _exit(0);
    }
    return pid;
}

static void serve_bare(const struct bus_net *net)
{
    nats_bare_serve(net->url);
}

static void serve_ours(const struct bus_net *net)
{
    struct side side;

    join(&side, net, /* serves= */ true);
    for (;;)
        loop_run_once(side.loop, /* wait= */ true);
}

static int run_asker(struct ts_call *call, void *data)
{
    struct side *side = data;
    struct ts_call asking = *call;
    struct ts_arena arena;
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;
    const Probe__EchoReply *reply;

    arena_init(&arena);
    asking.arena = &arena;
    request.text = (char *)"evt_01h2xcf8gvfbxv13mpq433asby";
    request.has_number = true;
    while (side->asked < side->count) {
        uint64_t start_ns = loop_hrtime_ns();

        request.number = side->asked++;
        if (probe_echo(&asking, &request, &reply) == 0 && reply->number == request.number)
            side->took_ns[side->answered++] = loop_hrtime_ns() - start_ns;
        if (request.number % CALLS_PER_ARENA == 0)
            arena_reset(&arena);
    }
    side->running--;
    arena_done(&arena);
    return 0;
}

static void ask(struct side *side, int count, int side_by_side, uint64_t *took_ns)
{
    loop_run_once(side->loop, /* wait= */ false); /* its clock stood while the others took their turn */
    side->asked = side->answered = 0;
    side->count = count;
    side->took_ns = took_ns;
    for (side->running = 0; side->running < side_by_side; side->running++)
        bus_spawn(side->bus, &(struct bus_task){
                                 .operation = "bench", .timeout_ms = TS_CALL_MS_MAX, .run = run_asker, .data = side });
    while (side->running)
        loop_run_once(side->loop, /* wait= */ true);
}

/* Until the other process serves. */
static void wait_for_server(struct side *side)
{
    uint64_t took_ns;

    while (!side->answered)
        ask(side, 1, 1, &took_ns);
}

static int compare(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

static double median_us(const uint64_t *took_ns, size_t count)
{
    double *values = calloc(count, sizeof(*values)), result;

    for (size_t i = 0; i < count; i++)
        values[i] = (double)took_ns[i] / 1e3;
    result = median(values, count);
    free(values);
    return result;
}

struct turn {
    double per_s, cpu_us, server_us, alone_us;
};

/* That a process has used; all its threads. */
static double cpu_s(pid_t pid)
{
    struct timespec used = { 0 };
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static struct turn turn_of(struct nats_bare *bare, struct side *side, pid_t server, pid_t nats)
{
    uint64_t *took_ns = calloc(CALLS_MANY, sizeof(*took_ns)), start_ns = loop_hrtime_ns();
    double used_s = cpu_s(server) + cpu_s(getpid()), nats_used_s = cpu_s(nats);
    struct turn turn;

    if (bare)
        nats_bare_ask(bare, CALLS_MANY, SIDE_BY_SIDE, took_ns);
    else
        ask(side, CALLS_MANY, SIDE_BY_SIDE, took_ns);
    if (side && side->answered != CALLS_MANY)
        printf("VOID: %d of %d were answered\n", side->answered, CALLS_MANY);
    turn.cpu_us = (cpu_s(server) + cpu_s(getpid()) - used_s) * 1e6 / CALLS_MANY;
    turn.server_us = (cpu_s(nats) - nats_used_s) * 1e6 / CALLS_MANY;
    turn.per_s = CALLS_MANY / ((double)(loop_hrtime_ns() - start_ns) / 1e9);
    if (bare)
        nats_bare_ask(bare, CALLS_ALONE, 1, took_ns);
    else
        ask(side, CALLS_ALONE, 1, took_ns);
    if (side && side->answered != CALLS_ALONE)
        printf("VOID: %d of %d were answered\n", side->answered, CALLS_ALONE);
    turn.alone_us = median_us(took_ns, CALLS_ALONE);
    free(took_ns);
    return turn;
}

static void compare_them(const struct nats_server *nats, pid_t bare_server, pid_t server)
{
    double cpus[ROUNDS], bare_cpus[ROUNDS], cpu_ratios[ROUNDS], server_us[ROUNDS], bare_server_us[ROUNDS];
    double rates[ROUNDS], bare_rates[ROUNDS], rate_ratios[ROUNDS], alone[ROUNDS], bare_alone[ROUNDS],
        alone_ratios[ROUNDS];
    struct nats_bare *bare = nats_bare_new(nats->url);
    struct side side;

    join(&side, &nats->net, /* serves= */ false);
    wait_for_server(&side);
    for (int i = 0; i < ROUNDS; i++) {
        struct turn bares = turn_of(bare, NULL, bare_server, nats->pid), ours = turn_of(NULL, &side, server, nats->pid);

        bare_rates[i] = bares.per_s;
        rates[i] = ours.per_s;
        rate_ratios[i] = ours.per_s / bares.per_s;
        bare_cpus[i] = bares.cpu_us;
        cpus[i] = ours.cpu_us;
        cpu_ratios[i] = ours.cpu_us / bares.cpu_us;
        bare_server_us[i] = bares.server_us;
        server_us[i] = ours.server_us;
        bare_alone[i] = bares.alone_us;
        alone[i] = ours.alone_us;
        alone_ratios[i] = ours.alone_us / bares.alone_us;
    }
    printf("%.0f calls/s with %d side by side, a bare echo %.0f: %.2f times (must 0.80)\n", median(rates, ROUNDS),
           SIDE_BY_SIDE, median(bare_rates, ROUNDS), median(rate_ratios, ROUNDS));
    printf("%.1f us CPU each in both processes, a bare echo %.1f: %.2f times\n", median(cpus, ROUNDS),
           median(bare_cpus, ROUNDS), median(cpu_ratios, ROUNDS));
    printf("%.1f us CPU each in the NATS server, a bare echo %.1f\n", median(server_us, ROUNDS),
           median(bare_server_us, ROUNDS));
    printf("%.0f us alone (p50), a bare echo %.0f: %.2f times (must 1.30)\n", median(alone, ROUNDS),
           median(bare_alone, ROUNDS), median(alone_ratios, ROUNDS));
}

int main(void)
{
    struct nats_server server;
    pid_t bare, ours;

    if (!nats_server_found())
        return 77;
    nats_server_init(&server);
    nats_server_start(&server);
    bare = begin(serve_bare, &server.net);
    ours = begin(serve_ours, &server.net);
    compare_them(&server, bare, ours);
    kill(bare, SIGKILL);
    kill(ours, SIGKILL);
    nats_server_kill(&server);
    return 0;
}
