/*
 * What a crowd costs: so many people come to one waiting room, ask where they stand, and ask again after a restart.
 *
 *     bench_crowd [PEOPLE] [ASKS] [--check]
 *
 * In process, on SQLite: bus and module are what is measured, not HTTP. Counted are memory (of a process that has
 * started anew and read the room back), documents written while people ask, and how long the loop was held by the first
 * answer, for which the room is read or its line drawn. --check
 * fails when any is past its bound: 200 bytes for each, three documents a second (a step, and who went in),
 * 50 ms.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "catalog/v1/catalog.rpc.h"
#include "host/host.h"
#include "host/keys.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/log.h"
#include "waitroom/v1/waitroom.rpc.h"

extern const struct ts_module catalog_module, inventory_module, waitroom_module;
static const struct ts_module *const modules[] = { &catalog_module, &inventory_module, &waitroom_module, NULL };

enum { FIBERS = 512, TOKEN_SIZE = 80, SPARE_BYTES = 24 << 20 };
#ifdef __SANITIZE_ADDRESS__
enum { BYTES_MAX = 100000, HELD_MS_MAX = 500 }; /* whose own memory and time this is */
#else
enum { BYTES_MAX = 200, HELD_MS_MAX = 50 };
#endif

struct bench {
    struct ts_runtime runtime;
    struct host *host;
    char path[100], event[TS_ID_SIZE];
    int tokens; /* a file: a client's memory is not ours */
    unsigned people, asks, begun, failed, ended;
    int64_t starts_at_ms;
};

static const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "owner" },
                                 anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

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

/* ---- the instance */

static void start(struct bench *bench)
{
    struct store_message message;
    struct buf problems;

    buf_init(&problems, 10000);
    runtime_init(&bench->runtime, loop_new());
    bench->runtime.metrics = metrics_new();
    if (sqlite_store_open(bench->runtime.loop, bench->path, &(struct sqlite_options){ 0 }, &bench->runtime.store,
                          &message))
        die(message.text);
    store_measure(bench->runtime.store, bench->runtime.metrics);
    if (keys_open(&bench->runtime, NULL, &problems))
        die("no keys");
    if (host_start(&bench->runtime, &(struct host_config){ .modules = modules, .transport = &bus_local }, &bench->host,
                   &problems))
        die("the modules did not start");
    buf_done(&problems);
}

static void stop(struct bench *bench)
{
    host_stop(bench->host, TS_SECOND_MS);
    store_close(bench->runtime.store);
    keys_close(&bench->runtime);
    metrics_free(bench->runtime.metrics);
    loop_free(bench->runtime.loop);
}

/* Run `body` on so many fibers until each has ended. */
static void run(struct bench *bench, void (*body)(void *data), unsigned fibers)
{
    bench->ended = bench->begun = 0;
    for (unsigned i = 0; i < fibers; i++)
        fiber_spawn(bench->runtime.loop, body, bench);
    while (bench->ended < fibers)
        loop_run_once(bench->runtime.loop, /* wait= */ true);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Resident bytes of this process. */
static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size, pages;

    if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
        die("no /proc/self/statm");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Documents that the store was handed so far. */
static int64_t written(struct bench *bench)
{
    return metric_value(metrics_get(bench->runtime.metrics, TS_METRIC_COUNTER, "tessera_store_documents_total",
                                    /* labels= */ NULL, "Documents written."));
}

/* ---- the room */

static void open_room(void *data)
{
    struct bench *bench = data;
    struct ts_arena arena;
    struct ts_call call = call_new(bench, &arena, &owner);
    Catalog__CreateOrganizerRequest organizer = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    Catalog__CreateEventRequest event = CATALOG__CREATE_EVENT_REQUEST__INIT;
    Catalog__PublishEventRequest publish = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    Waitroom__SetRoomRequest room = WAITROOM__SET_ROOM_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *organizer_reply;
    const Catalog__CreateEventReply *event_reply;
    const Catalog__PublishEventReply *publish_reply;
    const Waitroom__SetRoomReply *room_reply;

    arena_init(&arena);
    organizer.slug = (char *)"fest";
    organizer.name = (char *)"The Fest";
    organizer.currency = (char *)"EUR";
    organizer.time_zone = (char *)"Europe/Berlin";
    if (catalog_create_organizer(&call, &organizer, &organizer_reply) || !organizer_reply->organizer)
        die("no organizer");
    event.organizer_id = organizer_reply->organizer->id;
    event.slug = (char *)"gala";
    event.title = (char *)"A Gala";
    event.has_starts_at = true;
    event.starts_at = ts_now_ms(&call) + 30 * (int64_t)TS_DAY_MS;
    if (catalog_create_event(&call, &event, &event_reply) || !event_reply->event)
        die("no event");
    memcpy(bench->event, event_reply->event->id, TS_ID_SIZE);
    publish.event_id = bench->event;
    room.event_id = bench->event;
    room.has_enabled = room.enabled = room.has_starts_at = room.has_pre_queue_from = true;
    room.pre_queue_from = ts_now_ms(&call);
    room.starts_at = bench->starts_at_ms = ts_now_ms(&call) + TS_HOUR_MS;
    if (catalog_publish_event(&call, &publish, &publish_reply) || waitroom_set_room(&call, &room, &room_reply) ||
        !room_reply->waiting_room)
        die("no room");
    arena_done(&arena);
    bench->ended++;
}

static void come_one(struct ts_call *call, struct bench *bench, unsigned number)
{
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;
    const Waitroom__JoinRoomReply *reply;
    char token[TOKEN_SIZE] = "";

    request.event_id = bench->event;
    if (waitroom_join_room(call, &request, &reply) || !reply->place) {
        bench->failed++;
        return;
    }
    (void)snprintf(token, sizeof(token), "%s", reply->place->token);
    if (pwrite(bench->tokens, token, sizeof(token), (off_t)number * TOKEN_SIZE) != TOKEN_SIZE)
        die("no room for tokens");
}

static void come(void *data)
{
    struct bench *bench = data;
    struct ts_arena arena;
    struct ts_call call = call_new(bench, &arena, &anonymous);

    arena_init(&arena);
    while (bench->begun < bench->people) {
        come_one(&call, bench, bench->begun++);
        arena_reset(&arena);
    }
    arena_done(&arena);
    bench->ended++;
}

static void ask_one(struct ts_call *call, struct bench *bench, unsigned number)
{
    Waitroom__GetPlaceRequest request = WAITROOM__GET_PLACE_REQUEST__INIT;
    const Waitroom__GetPlaceReply *reply;
    char token[TOKEN_SIZE];

    if (pread(bench->tokens, token, sizeof(token), (off_t)number * TOKEN_SIZE) != TOKEN_SIZE)
        die("no token");
    request.token = token;
    if (waitroom_get_place(call, &request, &reply) || !reply->place)
        bench->failed++;
}

/* Everybody in turn, however many ask at once: 7919 is prime, and no crowd here is a multiple of it. */
static void ask(void *data)
{
    struct bench *bench = data;
    struct ts_arena arena;
    struct ts_call call = call_new(bench, &arena, &anonymous);

    arena_init(&arena);
    while (bench->begun < bench->asks) {
        ask_one(&call, bench, (unsigned)(bench->begun++ * UINT64_C(7919) % bench->people));
        arena_reset(&arena);
        ts_yield(&call);
    }
    arena_done(&arena);
    bench->ended++;
}

/* ---- what is told */

/* The first answer, which waits for what is to be read and drawn; then as many as can be had. */
static void measure_asks(struct bench *bench, const char *when, bool *ok)
{
    double first_s, took_s = seconds(), held_ms;
    unsigned asks = bench->asks;
    int64_t documents;

    (void)loop_lag_ns(bench->runtime.loop); /* what was before is not ours */
    bench->asks = 1;
    run(bench, ask, 1);
    first_s = seconds() - took_s;
    held_ms = (double)loop_lag_ns(bench->runtime.loop) / 1e6;
    bench->asks = asks;
    documents = written(bench);
    took_s = seconds();
    run(bench, ask, FIBERS);
    took_s = seconds() - took_s;
    documents = written(bench) - documents;
    printf("%-14s first answer after %.2f s, the loop held %.1f ms at most; then %.0f asks a second, "
           "%lld documents written in %.1f s\n",
           when, first_s, held_ms, asks / took_s, (long long)documents, took_s);
    *ok = *ok && held_ms <= HELD_MS_MAX && (double)documents <= 3 * (took_s + 2) && bench->failed == 0;
}

/* So long before the start. */
static void to_start(struct bench *bench, int64_t before_ms)
{
    int64_t left_ms = bench->starts_at_ms - before_ms - runtime_now_ms(&bench->runtime);

    if (left_ms > 0)
        runtime_clock_advance(&bench->runtime, left_ms);
}

/* From the first to the start of the sale; in a process of its own, whose memory is gone after. */
static bool come_and_start(struct bench *bench)
{
    double began;
    bool ok = true;

    start(bench);
    run(bench, open_room, 1);
    began = seconds();
    run(bench, come, FIBERS);
    if (written(bench) < bench->people)
        die("the store is not measured");
    printf("%u people came, %.0f a second, %u failed\n", bench->people, bench->people / (seconds() - began),
           bench->failed);
    to_start(bench, TS_MINUTE_MS);
    measure_asks(bench, "before", &ok);
    to_start(bench, 0);
    measure_asks(bench, "at the start", &ok);
    stop(bench);
    return ok;
}

/* What a process that knows nothing reads back. */
static bool come_again(struct bench *bench)
{
    long before, after;
    bool ok = true;

    start(bench);
    runtime_clock_advance(&bench->runtime, TS_HOUR_MS);
    before = resident();
    measure_asks(bench, "after restart", &ok);
    after = resident();
    printf("resident: %.1f MB, of which %.1f MB for %u people: %.0f bytes each\n", (double)after / 1e6,
           (double)(after - before) / 1e6, bench->people, (double)(after - before) / bench->people);
    stop(bench);
    return ok && after - before <= (long)bench->people * BYTES_MAX + SPARE_BYTES;
}

/* The event's id goes to the parent by the file of tokens, behind the last of them. */
static bool measure(struct bench *bench)
{
    off_t end = (off_t)bench->people * TOKEN_SIZE;
    int status = 1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        bool ok = come_and_start(bench);

        fflush(stdout);
        _exit(ok && pwrite(bench->tokens, bench->event, TS_ID_SIZE, end) == TS_ID_SIZE ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || pread(bench->tokens, bench->event, TS_ID_SIZE, end) < 0)
        die("no second process");
    return come_again(bench) && status == 0;
}

static void remove_all(const char *folder)
{
    static const char *const names[] = { "tessera.db", "tessera.db-wal", "tessera.db-shm", "lock", "tokens" };
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/tessera-bench-XXXXXX", path[100];
    struct bench bench = { .people = 100000, .asks = 200000 };
    bool check = argc > 1 && strcmp(argv[argc - 1], "--check") == 0, ok;

    argc -= check;
    if (argc > 1)
        bench.people = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        bench.asks = (unsigned)strtoul(argv[2], NULL, 10);
    if (bench.people == 0 || bench.asks == 0 || !mkdtemp(folder))
        die("usage: bench_crowd [PEOPLE] [ASKS] [--check]");
    snprintf(bench.path, sizeof(bench.path), "%s/tessera.db", folder);
    snprintf(path, sizeof(path), "%s/tokens", folder);
    bench.tokens = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (bench.tokens < 0)
        die("no file for tokens");
    ok = measure(&bench);
    close(bench.tokens);
    remove_all(folder);
    return check && !ok ? 1 : 0;
}
