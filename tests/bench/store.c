/*
 * The store's speed as ratios inside one run: documents a second that are durable, at several batch sizes, beside a
 * bare SQLite loop that inserts the same rows (version, index entry, sequence) in transactions of the same size; and
 * the time of a get, hot (from the cache) and cold (from the file). Documents are 300 bytes with one ordered index.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "loop/fiber.h"
#include "note.pb-c.h"
#include "store/sqlite.h"
#include "tessera/cleanup.h"

enum { GETS = 200000, COLD_DOCUMENTS = 20000, FIBERS = 64 };

static const struct ts_collection bench_notes = {
    .name = "bench",
    .message = &note__note__descriptor,
    .indexes = { { "due", { "due_ms" } } },
};
static const struct ts_collection *const collections[] = { &bench_notes, NULL };

static const unsigned batches[] = { 1, 16, 128, 1024 };

struct bench {
    struct ts_runtime runtime;
    struct ts_arena arena;
    struct ts_call call;
    unsigned next_id;
    unsigned working, left;
    double rates[TS_ARRAY_SIZE(batches)], bare[TS_ARRAY_SIZE(batches)], fibers, hot_ns, cold_ns;
    bool ended;
};

static unsigned document_count(unsigned batch)
{
    return batch == 1 ? 2000 : batch == 16 ? 16000 : 64 << 10;
}

static double rate(unsigned count, uint64_t start_ns)
{
    return count * 1e9 / (double)(loop_hrtime_ns() - start_ns);
}

static const char *id_text(unsigned number, char *text)
{
    snprintf(text, 31, "bch_0000000000000000%010u", number);
    return text;
}

static void fill(Note__Note *note, unsigned number)
{
    static char text[260];

    memset(text, 'x', sizeof(text) - 1);
    note__note__init(note);
    note->text = text;
    note->owner = text + 230;
    note->has_due_ms = true;
    note->due_ms = 1700000000000 + number;
}

static void check(int r)
{
    if (r) {
        fprintf(stderr, "the store answered %d\n", r);
        abort();
    }
}

static void write_batch(struct bench *bench, struct ts_call *call, unsigned batch)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, batch);

    for (unsigned i = 0; i < batch; i++) {
        Note__Note *note = TS_NEW(call->arena, Note__Note);
        char text[40];

        fill(note, bench->next_id);
        writes[i] = (struct ts_write){ &bench_notes, ts_strdup(call->arena, id_text(bench->next_id++, text)), 0,
                                       &note->base, TS_WRITE_SKIPPED };
    }
    check(ts_store_write(call, writes, batch, TS_WRITE_INDEPENDENT));
    arena_reset(call->arena);
}

static void bench_write(struct bench *bench)
{
    for (unsigned i = 0; i < TS_ARRAY_SIZE(batches); i++) {
        unsigned count = document_count(batches[i]);
        uint64_t start_ns = loop_hrtime_ns();

        for (unsigned written = 0; written < count; written += batches[i])
            write_batch(bench, &bench->call, batches[i]);
        bench->rates[i] = rate(count, start_ns);
    }
}

static void write_singly(void *data)
{
    struct bench *bench = data;
    struct ts_call call = bench->call;
    struct ts_arena arena;

    arena_init(&arena);
    call.arena = &arena;
    while (bench->left) {
        bench->left--;
        write_batch(bench, &call, 1);
    }
    arena_done(&arena);
    bench->working--;
}

/* Single documents from many fibers: group commit makes the batches. */
static void bench_fibers(struct bench *bench)
{
    uint64_t start_ns = loop_hrtime_ns();

    bench->working = FIBERS;
    bench->left = 64 << 10;
    for (unsigned i = 0; i < FIBERS; i++)
        fiber_spawn(bench->runtime.loop, write_singly, bench);
    while (bench->working)
        fiber_yield();
    bench->fibers = rate(64 << 10, start_ns);
}

static void bench_get(struct bench *bench)
{
    struct ts_doc doc;
    uint64_t start_ns;
    char text[40];

    store_cache_clear(bench->runtime.store);
    start_ns = loop_hrtime_ns();
    for (unsigned i = 0; i < COLD_DOCUMENTS; i++) {
        check(ts_store_get(&bench->call, &bench_notes, id_text(i * 7919 % bench->next_id, text), &doc));
        arena_reset(&bench->arena);
    }
    bench->cold_ns = (double)(loop_hrtime_ns() - start_ns) / COLD_DOCUMENTS;
    start_ns = loop_hrtime_ns();
    for (unsigned i = 0; i < GETS; i++) {
        check(ts_store_get(&bench->call, &bench_notes, text, &doc));
        arena_reset(&bench->arena);
    }
    bench->hot_ns = (double)(loop_hrtime_ns() - start_ns) / GETS;
}

static void run(void *data)
{
    struct bench *bench = data;

    bench_write(bench);
    bench_fibers(bench);
    bench_get(bench);
    bench->ended = true;
}

/* The bare loop */

static void exec(sqlite3 *db, const char *sql)
{
    char *error = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, error);
        abort();
    }
}

static void bare_insert(sqlite3_stmt *row, sqlite3_stmt *entry, unsigned number)
{
    uint64_t due = __builtin_bswap64((1700000000000 + number) ^ UINT64_C(1) << 63);
    uint8_t body[400];
    Note__Note note;
    char id[40];

    fill(&note, number);
    sqlite3_bind_text(row, 1, id_text(number, id), -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 2, (int)number);
    sqlite3_bind_blob(row, 3, body, (int)note__note__pack(&note, body), SQLITE_STATIC);
    sqlite3_bind_blob(entry, 1, &due, sizeof(due), SQLITE_STATIC);
    sqlite3_bind_text(entry, 2, id, -1, SQLITE_STATIC);
    if (sqlite3_step(row) != SQLITE_DONE || sqlite3_step(entry) != SQLITE_DONE)
        abort();
    sqlite3_reset(row);
    sqlite3_reset(entry);
}

static void bench_bare(struct bench *bench, const char *path)
{
    sqlite3_stmt *row, *entry;
    unsigned number = 0;
    sqlite3 *db;

    if (sqlite3_open(path, &db) != SQLITE_OK)
        abort();
    exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
             "PRAGMA cache_size = -6000;"
             "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID; INSERT INTO meta VALUES('s', 0);"
             "CREATE TABLE bench (id TEXT, version INTEGER, sequence INTEGER, written_at_ms INTEGER, actor TEXT,"
             " operation TEXT, request_id TEXT, attempt INTEGER, erased INTEGER, body BLOB,"
             " PRIMARY KEY (id, version)) WITHOUT ROWID;"
             "CREATE TABLE due (value BLOB, id TEXT, PRIMARY KEY (value, id)) WITHOUT ROWID");
    sqlite3_prepare_v2(db,
                       "INSERT INTO bench VALUES (?1, 1, ?2, 1700000000000, 'system', 'bench', 'bench', "
                       "1234567890123456789, 0, ?3)",
                       -1, &row, NULL);
    sqlite3_prepare_v2(db, "INSERT INTO due VALUES (?1, ?2)", -1, &entry, NULL);
    for (unsigned i = 0; i < TS_ARRAY_SIZE(batches); i++) {
        unsigned count = document_count(batches[i]);
        uint64_t start_ns = loop_hrtime_ns();

        for (unsigned written = 0; written < count; written += batches[i]) {
            exec(db, "BEGIN IMMEDIATE");
            for (unsigned j = 0; j < batches[i]; j++)
                bare_insert(row, entry, number++);
            exec(db, "UPDATE meta SET value = value + 1; COMMIT");
        }
        bench->bare[i] = rate(count, start_ns);
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    sqlite3_finalize(row);
    sqlite3_finalize(entry);
    sqlite3_close(db);
}

static void print(const struct bench *bench)
{
    for (unsigned i = 0; i < TS_ARRAY_SIZE(batches); i++)
        printf("store write, batch %-5u %9.0f documents/s  bare SQLite %9.0f  ratio %.2f\n", batches[i],
               bench->rates[i], bench->bare[i], bench->rates[i] / bench->bare[i]);
    printf("store write, %u fibers   %9.0f documents/s\n", FIBERS, bench->fibers);
    printf("store get   hot %.0f ns, cold %.0f ns (both with unpacking)\n", bench->hot_ns, bench->cold_ns);
}

int main(void)
{
    static const struct ts_principal system_principal = { TS_PRINCIPAL_SYSTEM, "system" };
    static struct bench bench;
    struct store_message message;
    char folder[] = "./tessera-bench-XXXXXX", path[64], command[64];

    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof(path), "%s/bare.db", folder);
    bench_bare(&bench, path);
    snprintf(path, sizeof(path), "%s/tessera.db", folder);
    runtime_init(&bench.runtime, loop_new());
    arena_init(&bench.arena);
    bench.call = (struct ts_call){ .arena = &bench.arena,
                                   .principal = &system_principal,
                                   .operation = "bench",
                                   .request_id = "bench",
                                   .deadline_ms = INT64_MAX,
                                   .runtime = &bench.runtime };
    if (sqlite_store_open(bench.runtime.loop, path, NULL, &bench.runtime.store, &message) ||
        store_add(bench.runtime.store, collections, &message)) {
        fprintf(stderr, "%s\n", message.text);
        return 1;
    }
    fiber_spawn(bench.runtime.loop, run, &bench);
    while (!bench.ended)
        loop_run_once(bench.runtime.loop, /* wait= */ true);
    print(&bench);
    store_close(bench.runtime.store);
    arena_done(&bench.arena);
    loop_free(bench.runtime.loop);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}
