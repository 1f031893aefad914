/*
 * What a hold costs in process: bus, catalogue, places, and three durable rows in SQLite (claim, hold, its due time; a
 * fourth and fifth with an idempotency key), asked for by 64 fibers that each wait for the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "catalog/v1/catalog.rpc.h"
#include "host/host.h"
#include "inventory/v1/inventory.rpc.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "store/sqlite.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"

extern const struct ts_module catalog_module, inventory_module;
static const struct ts_module *const modules[] = { &catalog_module, &inventory_module, NULL };

enum { BUYERS = 64, HOLDS = 40000 };

struct bench {
    struct ts_runtime runtime;
    char event[TS_ID_SIZE], type[TS_ID_SIZE];
    bool with_keys;
    unsigned begun, refused, ended;
};

static const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "owner" },
                                 anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };

static struct ts_call call_new(struct bench *bench, struct ts_arena *arena, const struct ts_principal *principal)
{
    return (struct ts_call){ .arena = arena,
                             .principal = principal,
                             .operation = "bench",
                             .request_id = "bench",
                             .locale = "en",
                             .deadline_ms = INT64_MAX,
                             .runtime = &bench->runtime };
}

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/* ---- the shop: one type in one quota that never fills */

static void open_event(struct ts_call *call, struct bench *bench)
{
    Catalog__CreateOrganizerRequest organizer = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    Catalog__CreateEventRequest event = CATALOG__CREATE_EVENT_REQUEST__INIT;
    Catalog__PublishEventRequest publish = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *organizer_reply;
    const Catalog__CreateEventReply *event_reply;
    const Catalog__PublishEventReply *publish_reply;

    organizer.slug = (char *)"fest";
    organizer.name = (char *)"The Fest";
    organizer.currency = (char *)"EUR";
    organizer.time_zone = (char *)"Europe/Berlin";
    if (catalog_create_organizer(call, &organizer, &organizer_reply) || !organizer_reply->organizer)
        die("no organizer");
    event.organizer_id = organizer_reply->organizer->id;
    event.slug = (char *)"gala";
    event.title = (char *)"A Gala";
    event.has_starts_at = true;
    event.starts_at = ts_now_ms(call) + 30 * (int64_t)TS_DAY_MS;
    if (catalog_create_event(call, &event, &event_reply) || !event_reply->event)
        die("no event");
    publish.event_id = event_reply->event->id;
    if (catalog_publish_event(call, &publish, &publish_reply))
        die("not published");
    memcpy(bench->event, event_reply->event->id, TS_ID_SIZE);
}

static void open_type(struct ts_call *call, struct bench *bench)
{
    Inventory__CreateQuotaRequest quota = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    Catalog__CreateTicketTypeRequest type = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Inventory__CreateQuotaReply *quota_reply;
    const Catalog__CreateTicketTypeReply *type_reply;

    quota.event_id = bench->event;
    quota.name = (char *)"Field";
    quota.has_size = true;
    quota.size = TS_QUOTA_SIZE_MAX;
    if (inventory_create_quota(call, &quota, &quota_reply) || !quota_reply->quota)
        die("no quota");
    type.event_id = bench->event;
    type.name = (char *)"Seat";
    type.price = (char *)"10.00";
    type.quota_ids = &quota_reply->quota->id;
    type.n_quota_ids = 1;
    if (catalog_create_ticket_type(call, &type, &type_reply) || !type_reply->ticket_type)
        die("no ticket type");
    memcpy(bench->type, type_reply->ticket_type->id, TS_ID_SIZE);
}

static void open_shop(void *data)
{
    struct bench *bench = data;
    struct ts_arena arena;
    struct ts_call call = call_new(bench, &arena, &owner);

    arena_init(&arena);
    open_event(&call, bench);
    open_type(&call, bench);
    arena_done(&arena);
    bench->ended++;
}

/* ---- buyers */

static void hold_one(struct ts_call *call, struct bench *bench)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT, *lines[] = { &line };
    const Inventory__HoldTicketsReply *reply;

    line.ticket_type_id = bench->type;
    line.has_quantity = true;
    line.quantity = 1;
    request.event_id = bench->event;
    request.lines = lines;
    request.n_lines = 1;
    if (bench->with_keys)
        call->idempotency_key = ts_secret_new(call);
    if (inventory_hold_tickets(call, &request, &reply) || !reply->hold)
        bench->refused++;
}

static void buyer(void *data)
{
    struct bench *bench = data;
    struct ts_arena arena;
    struct ts_call call = call_new(bench, &arena, &anonymous);

    arena_init(&arena);
    while (bench->begun < HOLDS) {
        bench->begun++;
        hold_one(&call, bench);
        arena_reset(&arena);
    }
    arena_done(&arena);
    bench->ended++;
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(struct bench *bench, bool with_keys)
{
    double wall = seconds(CLOCK_MONOTONIC), loop = seconds(CLOCK_THREAD_CPUTIME_ID),
           all = seconds(CLOCK_PROCESS_CPUTIME_ID);

    bench->with_keys = with_keys;
    bench->begun = bench->refused = bench->ended = 0;
    for (unsigned i = 0; i < BUYERS; i++)
        fiber_spawn(bench->runtime.loop, buyer, bench);
    while (bench->ended < BUYERS)
        loop_run_once(bench->runtime.loop, /* wait= */ true);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    loop = seconds(CLOCK_THREAD_CPUTIME_ID) - loop;
    all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
    printf("hold %-12s %6.0f holds/s  %5.1f us CPU on the loop, %5.1f in all%s\n", with_keys ? "with keys" : "",
           HOLDS / wall, loop * 1e6 / HOLDS, all * 1e6 / HOLDS, bench->refused ? "  but some were refused" : "");
}

static void remove_all(const char *folder)
{
    static const char *const names[] = { "tessera.db", "tessera.db-wal", "tessera.db-shm", "lock" };
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

int main(void)
{
    char folder[] = "/tmp/tessera-bench-XXXXXX", path[100];
    struct bench bench = { 0 };
    struct store_message message;
    struct host *host;
    struct buf problems;

    if (!mkdtemp(folder))
        die("no folder");
    snprintf(path, sizeof(path), "%s/tessera.db", folder);
    buf_init(&problems, 10000);
    runtime_init(&bench.runtime, loop_new());
    bench.runtime.metrics = metrics_new();
    if (sqlite_store_open(bench.runtime.loop, path, &(struct sqlite_options){ 0 }, &bench.runtime.store, &message))
        die(message.text);
    if (host_start(&bench.runtime, &(struct host_config){ .modules = modules, .transport = &bus_local }, &host,
                   &problems))
        die("the modules did not start");
    fiber_spawn(bench.runtime.loop, open_shop, &bench);
    while (!bench.ended)
        loop_run_once(bench.runtime.loop, /* wait= */ true);
    run(&bench, false);
    run(&bench, true);
    host_stop(host, TS_SECOND_MS);
    store_close(bench.runtime.store);
    metrics_free(bench.runtime.metrics);
    loop_free(bench.runtime.loop);
    buf_done(&problems);
    remove_all(folder);
    return 0;
}
