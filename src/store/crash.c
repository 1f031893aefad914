/*
 * A request takes effect when its turn comes, document by document, and is answered later. A crash before its turn
 * loses it; one between two documents leaves what was there; one between effect and answer leaves all of it, and the
 * caller never hears: the three things a disk can do to a write that was not acknowledged.
 */
#include "store/crash.h"

#include <assert.h>

#include "store/memory.h"
#include "tessera/memory.h"

struct crash {
    struct loop *loop;
    struct crash_options options;
    struct memory *memory;
    unsigned number;                              /* among the memory's twins */
    struct store_request *pending, **pending_end; /* not begun */
    struct loop_job turn;
    uint64_t request_count;
    enum { FAIL_UNDONE, FAIL_UNKNOWN, FAIL_UNKNOWN_DONE } failing; /* how request fail_nth does */
    unsigned travelling;                                           /* requests and strays */
    bool shares_memory;
    struct store_stats stats;
    bool crashed;
};

/* An answer on its way. */
struct answer {
    struct loop_timer timer;
    struct loop_job job;
    struct crash *crash;
    struct store_request *request;
};

/* A request on its way. */
struct travel {
    struct loop_timer timer;
    struct crash *crash;
    struct store_request *request;
};

/* A write that nobody waits for any more, with copies of all that it needs. */
struct stray {
    struct loop_timer timer;
    struct crash *crash;
    struct ts_arena *arena;
    struct store_request request;
};

static uint64_t draw(struct crash *crash, uint64_t below)
{
    return below && crash->options.random ? crash->options.random(crash->options.data) % below : 0;
}

/* As whom it reads. */
static struct memory_twin reader(const struct crash *crash, const struct store_request *request)
{
    bool lags = crash->options.scan_lag_ms_max && !request->exact;

    return (struct memory_twin){ crash->number, lags ? loop_now_ms(crash->loop) : INT64_MAX, /* lag_ms= */ 0 };
}

/* What ends as UNKNOWN gets its head by nobody's hand but a sweep's: its own writer's scans miss it, too. */
static void write_item(struct crash *crash, struct store_request *request, struct store_item *item)
{
    int64_t lag_ms = (int64_t)draw(crash, (uint64_t)crash->options.scan_lag_ms_max + 1);
    struct memory_twin writer = { request->result == TS_EUNKNOWN ? 0 : crash->number, loop_now_ms(crash->loop),
                                  lag_ms };

    memory_write(crash->memory, &writer, &request->stamp, item);
}

static bool strikes(struct crash *crash)
{
    return crash->options.crash_per_million && draw(crash, 1000000) < crash->options.crash_per_million;
}

static void strike(struct crash *crash)
{
    if (crash->crashed)
        return;
    crash->crashed = true;
    if (crash->options.on_crash)
        crash->options.on_crash(crash->options.data);
}

static void end(struct answer *answer)
{
    struct store_request *request = answer->request;

    if (strikes(answer->crash))
        strike(answer->crash);
    if (answer->crash->crashed)
        request->result = TS_ECRASHED;
    ts_memory_free(answer);
    request->done(request);
}

static void on_answer_timer(struct loop_timer *timer)
{
    end((struct answer *)((char *)timer - offsetof(struct answer, timer)));
}

static void on_answer_job(struct loop_job *job)
{
    end((struct answer *)((char *)job - offsetof(struct answer, job)));
}

static void send_answer(struct crash *crash, struct store_request *request)
{
    struct answer *answer = ts_memory_new(1, sizeof(*answer));
    int64_t delay_ms = (int64_t)draw(crash, (uint64_t)crash->options.delay_ms_max + 1);

    answer->crash = crash;
    answer->request = request;
    answer->timer.run = on_answer_timer;
    answer->job.run = on_answer_job;
    if (delay_ms && !crash->crashed)
        loop_timer_start(crash->loop, &answer->timer, delay_ms);
    else
        loop_defer(crash->loop, &answer->job);
}

/* In order, up to where it crashes; in a crash, of an INDEPENDENT write also any of what would have followed. */
static void write_items(struct crash *crash, struct store_request *request)
{
    bool stopped = false;

    for (size_t i = 0; i < request->count; i++) {
        struct store_item *item = &request->items[i];

        if (strikes(crash))
            strike(crash);
        if (crash->crashed && (request->mode == TS_WRITE_ORDERED || draw(crash, 2)))
            continue;
        if (stopped) {
            item->result = TS_WRITE_SKIPPED;
            continue;
        }
        write_item(crash, request, item);
        stopped = request->mode == TS_WRITE_ORDERED && item->result == TS_WRITE_CONFLICT;
    }
}

static void stray_end(struct stray *stray)
{
    stray->crash->travelling--;
    ts_arena_free(stray->arena);
}

static void on_stray_arrived(struct loop_timer *timer)
{
    struct stray *stray = (struct stray *)((char *)timer - offsetof(struct stray, timer));
    struct crash *crash = stray->crash;

    for (size_t i = 0; i < stray->request.count; i++) {
        struct store_item *item = &stray->request.items[i];

        write_item(crash, &stray->request, item);
        if (stray->request.mode == TS_WRITE_ORDERED && item->result == TS_WRITE_CONFLICT)
            break;
    }
    stray_end(stray);
}

static void copy_item(struct ts_arena *arena, const struct store_item *from, struct store_item *to)
{
    struct store_entry *entries = TS_NEW_ARRAY(arena, struct store_entry, from->entry_count);

    *to = *from;
    to->id = ts_strdup(arena, from->id);
    to->body = ts_memdup(arena, from->body, from->body_size);
    for (size_t i = 0; i < from->entry_count; i++) {
        entries[i] = from->entries[i];
        entries[i].value = ts_memdup(arena, from->entries[i].value, from->entries[i].value_size);
    }
    to->entries = entries;
}

/* What was handed over is done later, whoever waits for it. */
static void send_stray(struct crash *crash, const struct store_request *request)
{
    struct ts_arena *arena = ts_arena_new();
    struct stray *stray = TS_NEW(arena, struct stray);

    *stray = (struct stray){ .timer.run = on_stray_arrived, .crash = crash, .arena = arena, .request = *request };
    stray->request.stamp.actor = ts_strdup(arena, request->stamp.actor);
    stray->request.stamp.operation = ts_strdup(arena, request->stamp.operation);
    stray->request.stamp.request_id = ts_strdup(arena, request->stamp.request_id);
    stray->request.items = TS_NEW_ARRAY(arena, struct store_item, request->count);
    for (size_t i = 0; i < request->count; i++)
        copy_item(arena, &request->items[i], &stray->request.items[i]);
    crash->travelling++;
    loop_timer_start(crash->loop, &stray->timer, (int64_t)draw(crash, CRASH_STRAY_MS_MAX));
}

/* The connection is lost with the write on it: done, not done, or done later. Return: whether that is so. */
static bool lose(struct crash *crash, struct store_request *request)
{
    uint64_t fate;

    if (request->type != STORE_WRITE || !crash->options.unknown_per_million ||
        draw(crash, 1000000) >= crash->options.unknown_per_million)
        return false;
    request->result = TS_EUNKNOWN;
    fate = draw(crash, 3);
    if (fate == 0)
        write_items(crash, request);
    if (fate == 1)
        send_stray(crash, request);
    return true;
}

static void perform(struct crash *crash, struct store_request *request)
{
    bool writes = request->type == STORE_WRITE || request->type == STORE_ERASE || request->type == STORE_DROP;
    bool fails = ++crash->request_count == crash->options.fail_nth;
    struct memory_twin twin = reader(crash, request);

    if (lose(crash, request))
        return;
    if (fails && !(writes && crash->failing == FAIL_UNKNOWN_DONE)) {
        request->result = writes && crash->failing == FAIL_UNKNOWN ? TS_EUNKNOWN : TS_EUNAVAILABLE;
        return;
    }
    request->result = fails ? TS_EUNKNOWN : 0;
    if (request->type == STORE_WRITE)
        write_items(crash, request);
    else if (request->type == STORE_ERASE && request->items[0].part_count)
        memory_erase_parts(crash->memory, &twin, &request->stamp, &request->items[0]);
    else if (request->type == STORE_ERASE)
        memory_erase(crash->memory, &twin, &request->stamp, &request->items[0]);
    else if (request->type == STORE_DROP)
        memory_drop(crash->memory, request);
    else
        memory_read(crash->memory, &twin, request);
    if (writes) {
        crash->stats.commits++;
        crash->stats.documents += request->count;
    }
}

static void on_turn(struct loop_job *job)
{
    struct crash *crash = (struct crash *)((char *)job - offsetof(struct crash, turn));
    struct store_request *request = crash->pending, *next;

    crash->pending = NULL;
    crash->pending_end = &crash->pending;
    for (; request; request = next) {
        next = request->next;
        if (!crash->crashed)
            perform(crash, request);
        send_answer(crash, request);
    }
}

/* After a crash, a write that was on its way may still arrive. */
static void on_arrived(struct loop_timer *timer)
{
    struct travel *travel = (struct travel *)((char *)timer - offsetof(struct travel, timer));
    struct crash *crash = travel->crash;
    struct store_request *request = travel->request;

    crash->travelling--;
    ts_memory_free(travel);
    if (!crash->crashed)
        perform(crash, request);
    else if (request->type == STORE_WRITE && draw(crash, 2))
        send_stray(crash, request);
    send_answer(crash, request);
}

static void send_request(struct crash *crash, struct store_request *request)
{
    struct travel *travel = ts_memory_new(1, sizeof(*travel));

    *travel = (struct travel){ .timer.run = on_arrived, .crash = crash, .request = request };
    crash->travelling++;
    loop_timer_start(crash->loop, &travel->timer, (int64_t)draw(crash, (uint64_t)crash->options.travel_ms_max + 1));
}

static bool crash_submit(void *backend, struct store_request *request)
{
    struct crash *crash = backend;

    if (crash->crashed) {
        request->result = TS_ECRASHED;
        return true;
    }
    if (crash->options.travel_ms_max) {
        send_request(crash, request);
        return false;
    }
    request->next = NULL;
    *crash->pending_end = request;
    crash->pending_end = &request->next;
    loop_defer(crash->loop, &crash->turn);
    return false;
}

static int crash_add(void *backend, const struct store_collection *collection)
{
    return memory_add(((struct crash *)backend)->memory, collection);
}

static void add_stats(void *backend, struct store_stats *stats)
{
    const struct crash *crash = backend;

    stats->commits += crash->stats.commits;
    stats->documents += crash->stats.documents;
}

static void crash_close(void *backend)
{
    struct crash *crash = backend;

    assert(!crash->pending && !crash->travelling);
    if (!crash->shares_memory)
        memory_free(crash->memory);
    ts_memory_free(crash);
}

static const struct store_ops crash_ops = {
    .name = "crash",
    .add = crash_add,
    .submit = crash_submit,
    .stats = add_stats,
    .close = crash_close,
    .exact = false, /* each read goes through its faults */
};

static const struct store_ops exact_ops = {
    .name = "crash",
    .add = crash_add,
    .submit = crash_submit,
    .stats = add_stats,
    .close = crash_close,
    .exact = true,
};

static bool is_crash(const struct store *store)
{
    return store_ops(store) == &crash_ops || store_ops(store) == &exact_ops;
}

struct store *crash_store_open(struct loop *loop, const struct crash_options *options, struct crash_state *before)
{
    struct crash *crash = ts_memory_new(1, sizeof(*crash));

    crash->loop = loop;
    if (options)
        crash->options = *options;
    crash->memory = before ? (struct memory *)before : memory_new();
    crash->number = memory_twin_number(crash->memory);
    crash->pending_end = &crash->pending;
    crash->turn.run = on_turn;
    return store_new(loop, crash->options.exact ? &exact_ops : &crash_ops, crash);
}

struct store *crash_store_twin(struct store *other, const struct crash_options *options)
{
    struct crash *crash = store_backend(other);
    struct store *twin;

    assert(is_crash(other));
    twin = crash_store_open(crash->loop, options, (struct crash_state *)crash->memory);
    ((struct crash *)store_backend(twin))->shares_memory = true;
    return twin;
}

void crash_store_weather(struct store *store, const struct crash_options *options)
{
    assert(is_crash(store));
    ((struct crash *)store_backend(store))->options = *options;
}

void crash_store_crash(struct store *store)
{
    assert(is_crash(store));
    strike(store_backend(store));
}

void crash_store_fail(struct store *store, uint64_t nth)
{
    struct crash *crash = store_backend(store);

    assert(is_crash(store));
    crash->options.fail_nth = nth ? crash->request_count + nth : 0;
    crash->failing = FAIL_UNDONE;
}

void crash_store_fail_unknown(struct store *store, uint64_t nth, bool done)
{
    struct crash *crash = store_backend(store);

    crash_store_fail(store, nth);
    crash->failing = done ? FAIL_UNKNOWN_DONE : FAIL_UNKNOWN;
}

bool crash_store_failed(const struct store *store)
{
    const struct crash *crash = store_backend(store);

    return crash->options.fail_nth && crash->request_count >= crash->options.fail_nth;
}

struct crash_state *crash_store_take(struct store *store)
{
    struct crash *crash = store_backend(store);
    struct memory *memory = crash->memory;

    assert(is_crash(store));
    crash->memory = NULL;
    store_close(store);
    return (struct crash_state *)memory;
}

void crash_state_free(struct crash_state *state)
{
    memory_free((struct memory *)state);
}
