/*
 * What only the SQLite store has: its file and lock, indexes that come and go with the program, group commit, the
 * cache, and how it stops when the disk fails it. What must end the process runs in a child.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/fiber.h"
#include "loop/watch.h"
#include "store_test.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

static struct fixture fixture;
static struct store_message message;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture, /* sqlite= */ true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_done(&fixture);
    return 0;
}

static void close_store(void)
{
    store_close(fixture.runtime.store);
    fixture.runtime.store = NULL;
}

static void exec(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(fixture.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int count_rows(const char *sql)
{
    sqlite3_stmt *statement;
    sqlite3 *db;
    int count;

    assert_int_equal(sqlite3_open(fixture.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static char long_text[401];

/* All of a file, in memory of its own. */
static char *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    char *bytes;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *ret_size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*ret_size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *ret_size, file), *ret_size);
    fclose(file);
    return bytes;
}

/* The file */

static void expect_refused(int error, const char *words)
{
    struct store *store = NULL;

    assert_int_equal(sqlite_store_open(fixture.loop, fixture.path, NULL, &store, &message), error);
    assert_null(store);
    if (!strstr(message.text, words))
        fail_msg("\"%s\" does not say \"%s\"", message.text, words);
}

static void open__refuses_a_store_that_is_owned(void **state)
{
    char pid[16];

    (void)state;
    snprintf(pid, sizeof(pid), "(%d)", (int)getpid());
    expect_refused(TS_EPRECONDITION, "owns this data directory");
    assert_non_null(strstr(message.text, pid));
}

static void open__refuses_a_newer_file(void **state)
{
    (void)state;
    close_store();
    exec("PRAGMA user_version = 2");
    expect_refused(TS_EPRECONDITION, "newer Tessera: its format is 2, this program knows 1");
}

static void open__refuses_a_foreign_file(void **state)
{
    (void)state;
    close_store();
    assert_int_equal(unlink(fixture.path), 0);
    exec("CREATE TABLE other (a)");
    expect_refused(TS_EPRECONDITION, "another program");
}

static void open__refuses_a_damaged_file(void **state)
{
    FILE *file;

    (void)state;
    close_store();
    assert_int_equal(truncate(fixture.path, 2000), 0);
    expect_refused(TS_EDATALOSS, "damaged");
    file = fopen(fixture.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fprintf(file, "this is a letter\n") > 0);
    fclose(file);
    expect_refused(TS_EDATALOSS, "damaged or no store");
}

static void open__tells_of_a_folder_that_is_not_there(void **state)
{
    (void)state;
    close_store();
    (void)snprintf(fixture.path + strlen(fixture.path), sizeof(fixture.path) - strlen(fixture.path), "/nowhere/at.all");
    expect_refused(TS_EUNAVAILABLE, "nowhere/lock");
}

static void open__makes_files_that_only_the_owner_reads(void **state)
{
    struct stat stat_of;

    (void)state;
    assert_int_equal(stat(fixture.path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
}

/* Declarations */

static void add__refuses_what_makes_no_sense(void **state)
{
    static const struct ts_collection wrong[] = {
        { .name = "Upper", .message = &note__note__descriptor },
        { .name = "a__b", .message = &note__note__descriptor },
        { .name = "sqlite_x", .message = &note__note__descriptor },
        { .name = "tessera_x", .message = &note__note__descriptor },
        { .name = "notes", .message = &note__note__descriptor }, /* there already */
        { .name = "no_message" },
        { .name = "no_fields", .message = &note__note__descriptor, .indexes = { { "x", { NULL } } } },
        { .name = "no_field", .message = &note__note__descriptor, .indexes = { { "x", { "nothing" } } } },
        { .name = "bytes", .message = &note__note__descriptor, .indexes = { { "x", { "blob" } } } },
        { .name = "twice", .message = &note__note__descriptor, .indexes = { { "x", { "tags", "tags" } } } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct ts_collection *const list[] = { &wrong[i], NULL };

        assert_int_equal(store_add(fixture.runtime.store, list, &message), TS_EINVALID);
        assert_true(message.text[0]);
    }
}

static struct ts_collection changed; /* the notes of another version of the program */

static void reopen_with(struct ts_index index)
{
    const struct ts_collection *const list[] = { &changed, NULL };

    close_store();
    changed = (struct ts_collection){ .name = "notes", .message = &note__note__descriptor, .indexes = { index } };
    assert_int_equal(sqlite_store_open(fixture.loop, fixture.path, NULL, &fixture.runtime.store, &message), 0);
    assert_int_equal(store_add(fixture.runtime.store, list, &message), 0);
}

static void fill(struct ts_call *call)
{
    Note__Note note = note_make("zoe", 500);

    notes_insert(call, "ann", 10);
    assert_int_equal(ts_store_put(call, &notes, "n03", 1, &note.base), 0);
    assert_int_equal(ts_store_erase(call, &notes, "n04"), 0);
}

static int64_t count_index(struct ts_call *call, const char *index, struct ts_value value)
{
    struct ts_scan scan = { .collection = &changed, .index = index, .equal = { value } };
    int64_t count = -1;

    assert_int_equal(ts_store_count(call, &scan, 100, &count), 0);
    return count;
}

static void see_new_index(struct ts_call *call)
{
    assert_int_equal(count_index(call, "fresh", TS_STRING("ann")), 8);
    assert_int_equal(count_index(call, "fresh", TS_STRING("zoe")), 1);
}

static void see_changed_index(struct ts_call *call)
{
    Note__Note note = note_make("zoe", 9);

    assert_int_equal(count_index(call, "fresh", TS_INT(500)), 1);
    assert_int_equal(count_index(call, "fresh", TS_INT(3)), 0);
    assert_int_equal(ts_store_put(call, &changed, "n03", 2, &note.base), 0);
}

static void see_returned_index(struct ts_call *call)
{
    assert_int_equal(count_index(call, "number", TS_INT(500)), 0);
    assert_int_equal(count_index(call, "number", TS_INT(9)), 2);
}

static void add__builds_indexes_as_they_are_declared(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    reopen_with((struct ts_index){ "fresh", { "owner" } });
    fixture_run(&fixture, see_new_index);
    reopen_with((struct ts_index){ "fresh", { "number" } });
    fixture_run(&fixture, see_changed_index); /* meanwhile nobody keeps the index "number" */
    reopen_with((struct ts_index){ "number", { "number" } });
    fixture_run(&fixture, see_returned_index);
}

static void see_versions(struct ts_call *call)
{
    Note__Note note = note_make("zoe", 501);
    struct ts_doc doc;
    struct ts_page page;

    assert_int_equal(ts_store_history(call, &changed, "n03", 0, 10, &page), 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(((const Note__Note *)page.docs[0].body)->owner, "zoe");
    assert_string_equal(((const Note__Note *)page.docs[1].body)->owner, "ann");
    assert_int_equal(ts_store_put(call, &changed, "n03", 1, &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(ts_store_put(call, &changed, "n03", 2, &note.base), 0);
    assert_int_equal(ts_store_get(call, &changed, "n04", &doc), 0);
    assert_true(doc.erased);
}

static void add__takes_versions_that_stand_in_the_order_of_their_keys(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    close_store();
    exec("CREATE TABLE before (id TEXT NOT NULL, version INTEGER NOT NULL, sequence INTEGER NOT NULL, written_at_ms "
         "INTEGER NOT NULL, actor TEXT NOT NULL, operation TEXT NOT NULL, request_id TEXT NOT NULL, attempt INTEGER "
         "NOT NULL, erased INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (id, version)) WITHOUT ROWID;"
         "INSERT INTO before SELECT id, version, sequence, written_at_ms, actor, operation, request_id, attempt, "
         "erased, body FROM notes; DROP TABLE notes; ALTER TABLE before RENAME TO notes");
    for (int i = 0; i < 2; i++) {
        reopen_with((struct ts_index){ "number", { "number" } });
        assert_int_equal(count_rows("SELECT count(*) FROM pragma_table_list WHERE name = 'notes' AND NOT wr"), 1);
        assert_int_equal(count_rows("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%before'"), 0);
    }
    assert_int_equal(count_rows("SELECT count(*) FROM notes"), 12);
    fixture_run(&fixture, see_versions);
}

/* Group commit and limits */

static unsigned working, named;

static void write_one(void *data)
{
    struct ts_call call = *(const struct ts_call *)data;
    Note__Note note = note_make("ann", working);

    working++;
    assert_int_equal(ts_store_insert(&call, &notes, ts_printf(call.arena, "g%u", ++named), &note.base), 0);
    working--;
}

static void write_together(struct ts_call *call)
{
    struct store_stats before = store_stats(call->runtime->store), after;

    working = 0;
    for (int i = 0; i < 50; i++)
        fiber_spawn(call->runtime->loop, write_one, call);
    do
        fiber_yield();
    while (working);
    after = store_stats(call->runtime->store);
    assert_int_equal(after.documents - before.documents, 50);
    assert_int_equal(after.commits - before.commits, 1);
    assert_int_equal(after.batch_max, 50);
    assert_int_equal(after.queued, 0);
}

static void write__of_one_tick_is_one_commit(void **state)
{
    (void)state;
    fixture_run(&fixture, write_together);
}

/* Bytes in a pipe: each is a request that writes one document, and the loop takes one a tick. */
struct requests {
    struct loop_watch watch;
    int ends[2];
    struct ts_call *call;
    bool left_there;
};

static void on_request(struct loop_watch *watch, bool readable, bool writable)
{
    struct requests *requests = (struct requests *)watch;
    char byte;

    (void)writable;
    if (!readable || requests->left_there)
        return;
    assert_int_equal(read(requests->ends[0], &byte, 1), 1);
    fiber_spawn(requests->call->runtime->loop, write_one, requests->call);
}

static void requests_begin(struct requests *requests, struct ts_call *call)
{
    *requests = (struct requests){ .watch.run = on_request, .call = call };
    assert_int_equal(pipe(requests->ends), 0);
    loop_watch_start(call->runtime->loop, &requests->watch, requests->ends[0], /* readable= */ true,
                     /* writable= */ false);
    fiber_yield();
}

static void requests_end(struct requests *requests)
{
    loop_watch_stop(&requests->watch);
    close(requests->ends[0]);
    close(requests->ends[1]);
}

/* A machine that is busy with others may be late for one, not always. */
static void write_as_they_come(struct ts_call *call)
{
    enum { REQUESTS = 8, ROUNDS = 50 };
    unsigned together = 0;
    struct requests requests;

    requests_begin(&requests, call);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct store_stats before = store_stats(call->runtime->store);

        assert_int_equal(write(requests.ends[1], "12345678", REQUESTS), REQUESTS);
        while (store_stats(call->runtime->store).documents - before.documents < REQUESTS)
            fiber_yield();
        together += store_stats(call->runtime->store).commits - before.commits == 1;
    }
    requests_end(&requests);
    assert_true(together > ROUNDS / 5);
}

static void write__waits_for_what_came_in_already(void **state)
{
    (void)state;
    fixture_run(&fixture, write_as_they_come);
}

static void write_beside_endless_input(struct ts_call *call)
{
    struct requests requests;

    requests_begin(&requests, call);
    requests.left_there = true;
    assert_int_equal(write(requests.ends[1], "x", 1), 1);
    write_one(call);
    assert_true(loop_has_input(call->runtime->loop));
    requests_end(&requests);
}

static void write__does_not_wait_for_long(void **state)
{
    (void)state;
    fixture_run(&fixture, write_beside_endless_input);
}

static void write_much(void *data)
{
    struct ts_call call = *(const struct ts_call *)data;
    struct ts_write *writes = TS_NEW_ARRAY(call.arena, struct ts_write, TS_WRITE_MAX);
    Note__Note note = note_make("ann", 1);
    int r;

    for (unsigned i = 0; i < TS_WRITE_MAX; i++)
        writes[i] = (struct ts_write){ &quiet_notes, "same", 0, &note.base, TS_WRITE_OK };
    r = ts_store_write(&call, writes, TS_WRITE_MAX, TS_WRITE_ORDERED);
    assert_true(r == 0 || r == TS_EEXHAUSTED);
    working += r == TS_EEXHAUSTED;
}

static void overfill(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    working = 0;
    for (int i = 0; i < TS_STORE_QUEUE_MAX / TS_WRITE_MAX + 1; i++)
        fiber_spawn(call->runtime->loop, write_much, call);
    while (store_stats(call->runtime->store).queued || !working)
        fiber_yield();
    assert_int_equal(working, 1);
    assert_int_equal(ts_store_insert(call, &notes, "after", &note.base), 0);
}

static void write__refuses_past_its_queue(void **state)
{
    (void)state;
    fixture_run(&fixture, overfill);
}

/* Damage inside, and the log */

static void insert_ten(struct ts_call *call)
{
    notes_insert(call, "ann", 10);
}

static void meet_damage(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .limit = 10 };
    struct ts_page page;
    struct ts_doc doc = { .version = 77 };

    assert_int_equal(ts_store_get(call, &notes, "n05", &doc), TS_EDATALOSS);
    assert_int_equal(doc.version, 77);
    assert_int_equal(ts_store_scan(call, &scan, &page), TS_EDATALOSS);
    assert_int_equal(ts_store_get(call, &notes, "n06", &doc), 0);
    assert_int_equal(doc.version, 1);
}

static void get__of_a_damaged_document_says_so(void **state)
{
    (void)state;
    fixture_run(&fixture, insert_ten);
    close_store();
    exec("UPDATE notes SET body = x'ffffffff' WHERE id = 'n05'");
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, meet_damage);
}

static void see_ten(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &notes, "n09", &doc), 0);
    assert_int_equal(doc.version, 1);
}

static void write_and_rest(struct ts_call *call)
{
    notes_insert(call, "ann", 10);
    assert_int_equal(ts_sleep(call, 600), 0);
}

/* As if its log were lost. */
static void open_file_alone(void)
{
    char command[256];

    snprintf(command, sizeof(command), "cp %s %s/copy.db", fixture.path, fixture.folder);
    assert_int_equal(system(command), 0);
    close_store();
    snprintf(fixture.path, sizeof(fixture.path), "%s/copy.db", fixture.folder);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

/* The file alone, without its log, has all of it; the log keeps its size. */
static void writer__moves_the_log_into_the_file_when_idle(void **state)
{
    char log[128];
    struct stat stat_of;

    (void)state;
    fixture_run(&fixture, write_and_rest);
    snprintf(log, sizeof(log), "%s-wal", fixture.path);
    assert_int_equal(stat(log, &stat_of), 0);
    assert_true(stat_of.st_size > 0);
    open_file_alone();
    fixture_run(&fixture, see_ten);
}

enum { PERSONS = 1500, PERSON_STEP = 7 /* every seventh is erased */, BATCH = 100 };

/* Somebody whom nothing else in the file is called like; of a length that makes pages split anywhere. */
static char *person_name(struct ts_call *call, unsigned number)
{
    return ts_printf(call->arena, "person-%05u-%.*s-%05u-nosrep", number, (int)(number * 37 % 400), long_text, number);
}

static void put_persons(struct ts_call *call, unsigned from, int64_t version)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, BATCH);
    Note__Note *bodies = TS_NEW_ARRAY(call->arena, Note__Note, BATCH);

    for (unsigned i = 0; i < BATCH; i++) {
        bodies[i] = note_make("some", (int64_t)(from + i));
        bodies[i].text = person_name(call, from + i);
        writes[i] = (struct ts_write){ .collection = &notes,
                                       .id = ts_printf(call->arena, "p%05u", (from + i) * 7919 % PERSONS),
                                       .version = version,
                                       .body = &bodies[i].base };
    }
    assert_int_equal(ts_store_write(call, writes, BATCH, TS_WRITE_INDEPENDENT), 0);
}

/* So many syncs from now the disk fails once; 0: it does not. */
static atomic_int sync_failing;

/* The writer is who syncs a log first. The mover's syncs of the log last until a commit came in; of the file they may
 * fail. */
static struct {
    atomic_bool watched, failing;
    atomic_int writer, of_writer, movers_of_log, movers_of_file;
} syncs;

static void wait_for_a_commit(void)
{
    int before = atomic_load(&syncs.of_writer);

    for (int i = 0; i < 2000 && atomic_load(&syncs.of_writer) == before; i++)
        usleep(1000);
}

/* Return: true when it is to fail. */
static bool watch_sync(int fd)
{
    char link[64], path[256];
    ssize_t size;
    int nobody = 0;
    bool of_log, of_file;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    size = readlink(link, path, sizeof(path));
    of_log = size > 4 && memcmp(path + size - 4, "-wal", 4) == 0;
    of_file = size > 3 && memcmp(path + size - 3, ".db", 3) == 0;
    if (of_log)
        atomic_compare_exchange_strong(&syncs.writer, &nobody, gettid());
    if (atomic_load(&syncs.writer) == gettid()) {
        atomic_fetch_add(&syncs.of_writer, of_log);
        return false;
    }
    atomic_fetch_add(&syncs.movers_of_log, of_log);
    atomic_fetch_add(&syncs.movers_of_file, of_file);
    if (of_log)
        wait_for_a_commit();
    return of_file && atomic_load(&syncs.failing);
}

/* SQLite's, too. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    if ((atomic_load(&sync_failing) && atomic_fetch_sub(&sync_failing, 1) == 1) ||
        (atomic_load(&syncs.watched) && watch_sync(fd))) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

enum { LOG_MUCH = 8 << 20, LOG_MAX = 64 << 20, LOG_HEADER = 32 };

static int64_t log_read(char ret_header[LOG_HEADER])
{
    char path[128];
    struct stat stat_of;
    FILE *file;

    snprintf(path, sizeof(path), "%s-wal", fixture.path);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(ret_header, 1, LOG_HEADER, file), LOG_HEADER);
    assert_int_equal(fstat(fileno(file), &stat_of), 0);
    fclose(file);
    return stat_of.st_size;
}

/* One batch after the other until much is in the log, and then until it begins anew. */
static void fill_log(struct ts_call *call)
{
    char much[LOG_HEADER], header[LOG_HEADER];
    int64_t size;
    unsigned batches = 0;

    do {
        put_persons(call, batches * BATCH % PERSONS, batches / (PERSONS / BATCH));
        size = log_read(header);
        if (size <= LOG_MUCH)
            memcpy(much, header, sizeof(much));
        else
            assert_int_equal(ts_sleep(call, 20), 0); /* shorter than what the writer takes for a pause */
        batches++;
    } while (memcmp(header, much, sizeof(header)) == 0 && size < LOG_MAX);
    assert_in_range(size, LOG_MUCH, LOG_MAX - 1);
}

/* Commits go on while most of the log is moved, so it begins anew long before they would have to wait for it. */
static void mover__moves_the_log_beside_the_commits(void **state)
{
    (void)state;
    atomic_store(&syncs.watched, true);
    fixture_run(&fixture, fill_log);
    atomic_store(&syncs.watched, false);
    close_store();
    assert_in_range(syncs.movers_of_log, 1, 100);
    assert_in_range(syncs.movers_of_file, syncs.movers_of_log, 100); /* or the writer would have to, and commits wait */
    assert_int_equal(count_rows("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

static void erase_some(struct ts_call *call)
{
    for (unsigned i = 0; i < PERSONS; i += PERSON_STEP) {
        const char *part = "text", *id = ts_printf(call->arena, "p%05u", i * 7919 % PERSONS);

        assert_int_equal(i % 2 ? ts_store_erase(call, &notes, id) : ts_store_erase_parts(call, &notes, id, &part, 1),
                         0);
    }
}

static void live_and_erase(struct ts_call *call)
{
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (int64_t version = 0; version < 3; version++) {
        for (unsigned from = 0; from < PERSONS; from += BATCH)
            put_persons(call, from, version);
    }
    erase_some(call);
    assert_int_equal(ts_sleep(call, 1500), 0); /* the writer is idle, and sees to its log */
    for (unsigned from = 0; from < PERSONS; from += BATCH)
        put_persons(call, from, 3); /* of the others: whose pages are written once more */
}

/* How many of those who were erased can be found in a file; *ret_others: of all others. */
static unsigned count_found(const char *suffix, unsigned *ret_others)
{
    unsigned found = 0;
    char path[160];
    size_t size;
    char *bytes;

    snprintf(path, sizeof(path), "%s%s", fixture.path, suffix);
    bytes = read_file(path, &size);
    *ret_others = 0;
    for (unsigned i = 0; i < PERSONS; i++) {
        char begin[32], end[32];
        bool there;

        snprintf(begin, sizeof(begin), "person-%05u-", i);
        snprintf(end, sizeof(end), "-%05u-nosrep", i);
        there = memmem(bytes, size, begin, strlen(begin)) || memmem(bytes, size, end, strlen(end));
        found += there && i % PERSON_STEP == 0;
        *ret_others += there && i % PERSON_STEP != 0;
    }
    free(bytes);
    return found;
}

static void erase__leaves_nothing_in_file_and_log(void **state)
{
    unsigned others;

    (void)state;
    fixture_run(&fixture, live_and_erase);
    assert_int_equal(count_found("-wal", &others), 0);
    assert_int_equal(count_found("", &others), 0);
    assert_int_equal(others, PERSONS - (PERSONS + PERSON_STEP - 1) / PERSON_STEP);
    close_store();
    assert_int_equal(count_found("", &others), 0);
}

/* Of version 0 everybody is somebody; after it only those are who are to be erased. */
static void put_owners(struct ts_call *call, unsigned from, int64_t version)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, BATCH);
    Note__Note *bodies = TS_NEW_ARRAY(call->arena, Note__Note, BATCH);
    size_t count = 0;

    for (unsigned i = from; i < from + BATCH; i++) {
        const char *name = ts_printf(call->arena, "person-%05u-of-the-house-of-%05u-nosrep", i, i);

        if (version && i % PERSON_STEP == 0)
            continue; /* stays who he is */
        bodies[count] = note_make(version ? "nobody" : name, 1);
        writes[count] = (struct ts_write){ .collection = &notes,
                                           .id = ts_printf(call->arena, "p%05u", i * 7919 % PERSONS),
                                           .version = version,
                                           .body = &bodies[count].base };
        count++;
    }
    assert_int_equal(ts_store_write(call, writes, count, TS_WRITE_INDEPENDENT), 0);
}

/* Those who are erased are moved between pages of an index before, for it has less and less in it. */
static void thin_out_and_erase(struct ts_call *call)
{
    for (unsigned from = 0; from < PERSONS; from += BATCH)
        put_owners(call, from, 0);
    assert_int_equal(ts_sleep(call, 600), 0); /* the writer is idle: it is in the file */
    for (unsigned from = 0; from < PERSONS; from += BATCH)
        put_owners(call, from, 1);
    for (unsigned i = 0; i < PERSONS; i += PERSON_STEP)
        assert_int_equal(ts_store_erase(call, &notes, ts_printf(call->arena, "p%05u", i * 7919 % PERSONS)), 0);
    assert_int_equal(ts_sleep(call, 1500), 0);
}

static void erase__leaves_nothing_in_pages_that_were_free_before(void **state)
{
    unsigned others;

    (void)state;
    fixture_run(&fixture, thin_out_and_erase);
    assert_int_equal(count_found("", &others), 0);
    assert_int_equal(count_found("-wal", &others), 0);
}

/* There is a write every few milliseconds. */
static void erase_and_go_on(struct ts_call *call)
{
    memset(long_text, 'x', sizeof(long_text) - 1);
    put_persons(call, 0, 0);
    for (unsigned i = 0; i < BATCH; i += PERSON_STEP)
        assert_int_equal(ts_store_erase(call, &notes, ts_printf(call->arena, "p%05u", i * 7919 % PERSONS)), 0);
    for (unsigned i = 0; i < 300; i++) {
        Note__Note note = note_make("busy", i);

        assert_int_equal(ts_store_put(call, &notes, "busy", i, &note.base), 0);
        assert_int_equal(ts_sleep(call, 10), 0);
    }
}

static void erase__leaves_nothing_in_the_log_while_writes_go_on(void **state)
{
    unsigned others;

    (void)state;
    fixture_run(&fixture, erase_and_go_on);
    assert_int_equal(count_found("-wal", &others), 0);
    assert_int_equal(count_found("", &others), 0);
    assert_int_equal(others, BATCH - (BATCH + PERSON_STEP - 1) / PERSON_STEP);
}

/* SQLite's heap, which may have nothing left. */
static sqlite3_mem_methods heap;
static atomic_bool heap_is_empty;
static atomic_uint heap_refused;

static bool heap_refuses(void)
{
    heap_refused += heap_is_empty;
    return heap_is_empty;
}

static void *heap_take(int size)
{
    return heap_refuses() ? NULL : heap.xMalloc(size);
}

static void *heap_take_more(void *memory, int size)
{
    return heap_refuses() ? NULL : heap.xRealloc(memory, size);
}

/* Before SQLite's first use. */
static void heap_wrap(void)
{
    sqlite3_mem_methods wrapped;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &heap) != SQLITE_OK)
        abort();
    wrapped = heap;
    wrapped.xMalloc = heap_take;
    wrapped.xRealloc = heap_take_more;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &wrapped) != SQLITE_OK)
        abort();
}

static void write_and_rest_without_memory(struct ts_call *call)
{
    notes_insert(call, "ann", 10);
    heap_is_empty = true;
    assert_int_equal(ts_sleep(call, 600), 0);
    heap_is_empty = false;
    assert_true(heap_refused > 0);
}

static void write_more_and_rest(struct ts_call *call)
{
    Note__Note note = note_make("bob", 1);

    assert_int_equal(ts_store_insert(call, &notes, "more", &note.base), 0);
    assert_int_equal(ts_sleep(call, 600), 0);
}

/* What was written is safe in the log, and found there; it is moved when there is memory again. */
static void writer__without_memory_moves_the_log_later(void **state)
{
    (void)state;
    fixture_run(&fixture, write_and_rest_without_memory);
    fixture_run(&fixture, see_ten);
    fixture_run(&fixture, write_more_and_rest);
    open_file_alone();
    fixture_run(&fixture, see_ten);
}

/* The cache */

static void use_cache(struct ts_call *call)
{
    struct store *store = call->runtime->store;
    struct store_stats before;
    struct ts_doc doc;

    notes_insert(call, "ann", 5);
    before = store_stats(store);
    assert_int_equal(ts_store_get(call, &notes, "n03", &doc), 0);
    assert_int_equal(store_stats(store).cache_hits - before.cache_hits, 1);
    store_cache_clear(store);
    assert_int_equal(ts_store_get(call, &notes, "n03", &doc), 0);
    assert_int_equal(store_stats(store).cache_misses - before.cache_misses, 1);
    assert_int_equal(((const Note__Note *)(const void *)doc.body)->number, 3);
    assert_int_equal(ts_store_get(call, &notes, "n03", &doc), 0);
    assert_int_equal(store_stats(store).cache_hits - before.cache_hits, 2);
}

static void get__is_answered_by_the_cache(void **state)
{
    (void)state;
    fixture_run(&fixture, use_cache);
}

/* What nobody reads again is no reason to let others go; once it was read it is. */
static void write_quietly(struct ts_call *call)
{
    struct store *store = call->runtime->store;
    Note__Note note = note_make("quiet", 1);
    struct store_stats before;
    struct ts_doc doc;

    assert_int_equal(ts_store_insert(call, &quiet_notes, "q", &note.base), 0);
    before = store_stats(store);
    assert_int_equal(ts_store_get(call, &quiet_notes, "q", &doc), 0);
    assert_int_equal(store_stats(store).cache_misses - before.cache_misses, 1);
    note = note_make("quiet", 2);
    assert_int_equal(ts_store_put(call, &quiet_notes, "q", 1, &note.base), 0);
    assert_int_equal(ts_store_get(call, &quiet_notes, "q", &doc), 0);
    assert_int_equal(store_stats(store).cache_hits - before.cache_hits, 1);
    assert_int_equal(((const Note__Note *)(const void *)doc.body)->number, 2);
}

static void write__keeps_of_quiet_ones_what_was_read(void **state)
{
    (void)state;
    fixture_run(&fixture, write_quietly);
}

static int64_t kept_version(struct ts_call *call, const struct ts_collection *collection, const char *id)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, collection, id, &doc), 0);
    return doc.version;
}

struct writing {
    struct ts_call *call;
    const char *id;
    bool ended;
};

static void put_next(void *data)
{
    struct writing *writing = data;
    struct ts_call call = *writing->call;
    Note__Note note = note_make("quiet", 2);

    assert_int_equal(ts_store_put(&call, &quiet_notes, writing->id, 1, &note.base), 0);
    writing->ended = true;
}

/* The version before is read, and so kept, while the next one is on its way to the disk. */
static void read_while_written(struct ts_call *call)
{
    for (unsigned round = 0; round < 20; round++) {
        struct writing writing = { call, ts_printf(call->arena, "q%u", round), false };
        Note__Note note = note_make("quiet", 1);

        assert_int_equal(ts_store_insert(call, &quiet_notes, writing.id, &note.base), 0);
        fiber_spawn(call->runtime->loop, put_next, &writing);
        while (!writing.ended) {
            fiber_yield();
            (void)kept_version(call, &quiet_notes, writing.id);
        }
        assert_int_equal(kept_version(call, &quiet_notes, writing.id), 2);
    }
}

static void write__overtakes_what_is_read_meanwhile(void **state)
{
    (void)state;
    fixture_run(&fixture, read_while_written);
}

/* What is too large to be kept takes the place of what was. */
static void write_small_and_large(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    assert_int_equal(ts_store_insert(call, &shared_notes, "grows", &note.base), 0);
    assert_int_equal(kept_version(call, &shared_notes, "grows"), 1);
    note.has_blob = true;
    note.blob.len = TS_DOCUMENT_SIZE_MAX * 3 / 4;
    note.blob.data = ts_alloc(call->arena, note.blob.len);
    assert_int_equal(ts_store_put(call, &shared_notes, "grows", 1, &note.base), 0);
    assert_int_equal(kept_version(call, &shared_notes, "grows"), 2);
}

static void write__overtakes_what_is_smaller(void **state)
{
    (void)state;
    fixture_run(&fixture, write_small_and_large);
}

static int64_t version_of(struct ts_call *call, const char *id)
{
    struct ts_doc doc;

    store_cache_clear(call->runtime->store);
    assert_int_equal(ts_store_get(call, &notes, id, &doc), 0);
    return doc.version;
}

static void insert_behind(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    assert_int_equal(version_of(call, "m"), 0);
    assert_int_equal(ts_store_insert(call, &notes, "m", &note.base), 0);
    assert_int_equal(version_of(call, "m"), 1);
    assert_int_equal(version_of(call, "n"), 0);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    assert_int_equal(version_of(call, "a"), 1);
    assert_int_equal(ts_store_put(call, &notes, "m", 1, &note.base), 0);
    assert_int_equal(version_of(call, "m"), 2);
    assert_int_equal(ts_store_insert(call, &notes, "mm", &note.base), 0);
    assert_int_equal(version_of(call, "mm"), 1);
}

static void see_behind(struct ts_call *call)
{
    const char *ids[] = { "n", "mm" };
    struct ts_doc docs[2];

    assert_int_equal(version_of(call, "mm"), 1);
    assert_int_equal(version_of(call, "m"), 2);
    assert_int_equal(ts_store_get_many(call, &notes, ids, 2, docs), 0);
    assert_int_equal(docs[0].version, 0);
    assert_int_equal(docs[1].version, 1);
}

static void get__finds_the_last_id_and_nothing_behind_it(void **state)
{
    (void)state;
    fixture_run(&fixture, insert_behind);
    fixture_reopen(&fixture);
    fixture_run(&fixture, see_behind);
}

/* With its table gone, an answer is what was known without it. */
static void see_without_table(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(version_of(call, "n"), 0);
    assert_int_equal(ts_store_get(call, &notes, "b", &doc), TS_EUNAVAILABLE);
}

static void get__behind_the_last_id_looks_nowhere(void **state)
{
    (void)state;
    fixture_run(&fixture, insert_behind);
    exec("ALTER TABLE notes RENAME TO lost");
    fixture_run(&fixture, see_without_table);
}

static void measure_some(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc;

    notes_insert(call, "ann", 3);
    assert_int_equal(ts_store_insert(call, &notes, "n00", &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(ts_store_get(call, &notes, "n00", &doc), 0);
    assert_int_equal(ts_store_get(call, &notes, "n77", &doc), 0);
}

static void write_one_and_rest(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    assert_int_equal(ts_store_insert(call, &notes, "early", &note.base), 0);
    assert_int_equal(ts_sleep(call, 600), 0);
}

static void measure__counts_what_happens(void **state)
{
    struct metrics *metrics = metrics_new();
    struct buf text;

    (void)state;
    fixture_run(&fixture, write_one_and_rest); /* what it moved into the file is told with the next commit */
    store_measure(fixture.runtime.store, metrics);
    fixture_run(&fixture, measure_some);
    buf_init(&text, 1 << 20);
    metrics_write(metrics, &text);
    buf_add_char(&text, '\0');
    assert_non_null(strstr(text.data, "tessera_store_documents_total 4\n"));
    assert_non_null(strstr(text.data, "tessera_store_conflicts_total 1\n"));
    assert_non_null(strstr(text.data, "tessera_store_commit_seconds_count 4\n"));
    assert_non_null(strstr(text.data, "tessera_store_checkpoint_seconds_count 1\n"));
    assert_non_null(strstr(text.data, "tessera_store_cache_total{result=\"hit\"} 1\n"));
    assert_non_null(strstr(text.data, "tessera_store_cache_total{result=\"miss\"} 1\n"));
    assert_non_null(strstr(text.data, "tessera_store_queued_documents 0\n"));
    buf_done(&text);
    close_store(); /* before the metrics that it counts into */
    metrics_free(metrics);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

/* A disk that fails */

/* Run body in a child; it must be ended by abort(), and its last words must hold `words`. */
static void expect_abort(void (*body)(const char *path), const char *words)
{
    char text[2000] = "";
    ssize_t size = 0, got;
    int ends[2], status;
    pid_t pid;

    close_store();
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct rlimit none = { 0, 0 };

        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        body(fixture.path);
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + size, sizeof(text) - 1 - (size_t)size)) > 0)
        size += got;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    if (!strstr(text, words))
        fail_msg("\"%s\" does not say \"%s\"", text, words);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

static void write_until_it_fails(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc;
    char text[4000];
    int r = 0;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    note.text = text;
    for (unsigned i = 0; !r; i++)
        r = ts_store_insert(call, &notes, ts_printf(call->arena, "f%u", i), &note.base);
    /* Reads go on and writes are refused until the process stops. */
    if (r != TS_EUNAVAILABLE || ts_store_get(call, &notes, "f0", &doc) || doc.version != 1)
        _exit(1);
    if (ts_store_insert(call, &notes, "later", &note.base) != TS_EUNAVAILABLE)
        _exit(2);
    for (;;)
        fiber_yield();
}

static void fill_disk(const char *path)
{
    struct fixture own = { .loop = loop_new() };
    struct sqlite_options options = { .page_count_max = 60 };

    runtime_init(&own.runtime, own.loop);
    if (sqlite_store_open(own.loop, path, &options, &own.runtime.store, &message) ||
        store_add(own.runtime.store, note_collections, &message))
        _exit(3);
    fixture_run(&own, write_until_it_fails);
}

static void see_f0(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &notes, "f0", &doc), 0);
    assert_int_equal(doc.version, 1);
}

static void write__on_a_full_disk_fails_and_then_stops_the_process(void **state)
{
    (void)state;
    expect_abort(fill_disk, "the disk is full");
    fixture_run(&fixture, see_f0);
}

/* A file that may not grow gives EFBIG: to SQLite an I/O error. */
static void fail_disk(const char *path)
{
    struct rlimit small = { 512 << 10, 512 << 10 };
    struct fixture own = { .loop = loop_new() };

    signal(SIGXFSZ, SIG_IGN);
    runtime_init(&own.runtime, own.loop);
    if (sqlite_store_open(own.loop, path, NULL, &own.runtime.store, &message) ||
        store_add(own.runtime.store, note_collections, &message))
        _exit(3);
    setrlimit(RLIMIT_FSIZE, &small);
    fixture_run(&own, write_until_it_fails);
}

static void write__that_meets_an_io_error_stops_the_process(void **state)
{
    (void)state;
    expect_abort(fail_disk, "write failed: disk I/O error");
    fixture_run(&fixture, see_f0);
}

static int failing_sync;

static void erase_and_rest(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    const char *id = ts_printf(call->arena, "gone%d", failing_sync);

    if (ts_store_insert(call, &notes, id, &note.base) || ts_store_erase(call, &notes, id))
        _exit(2);
    atomic_store(&sync_failing, failing_sync);
    (void)ts_sleep(call, 3000);
}

static void fail_sync(const char *path)
{
    struct fixture own = { .loop = loop_new() };

    runtime_init(&own.runtime, own.loop);
    if (sqlite_store_open(own.loop, path, NULL, &own.runtime.store, &message) ||
        store_add(own.runtime.store, note_collections, &message))
        _exit(3);
    fixture_run(&own, erase_and_rest);
}

/* The log's own, the file's; of the log that begins anew its header, its first pages, and what is zeroed. */
static void each_sync_that_fails_stops_the_process(void **state)
{
    (void)state;
    for (failing_sync = 1; failing_sync <= 5; failing_sync++)
        expect_abort(fail_sync, "stopping");
}

static void fail_movers_sync(const char *path)
{
    struct fixture own = { .loop = loop_new() };

    runtime_init(&own.runtime, own.loop);
    if (sqlite_store_open(own.loop, path, NULL, &own.runtime.store, &message) ||
        store_add(own.runtime.store, note_collections, &message))
        _exit(3);
    atomic_store(&syncs.writer, 0);
    atomic_store(&syncs.watched, true);
    atomic_store(&syncs.failing, true);
    fixture_run(&own, fill_log);
}

static void mover__that_cannot_sync_the_file_stops_the_process(void **state)
{
    (void)state;
    expect_abort(fail_movers_sync, "syncing the file failed");
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(open__refuses_a_store_that_is_owned),
        WITH_STORE(open__refuses_a_newer_file),
        WITH_STORE(open__refuses_a_foreign_file),
        WITH_STORE(open__refuses_a_damaged_file),
        WITH_STORE(open__tells_of_a_folder_that_is_not_there),
        WITH_STORE(open__makes_files_that_only_the_owner_reads),
        WITH_STORE(add__refuses_what_makes_no_sense),
        WITH_STORE(add__builds_indexes_as_they_are_declared),
        WITH_STORE(add__takes_versions_that_stand_in_the_order_of_their_keys),
        WITH_STORE(write__of_one_tick_is_one_commit),
        WITH_STORE(write__waits_for_what_came_in_already),
        WITH_STORE(write__does_not_wait_for_long),
        WITH_STORE(write__refuses_past_its_queue),
        WITH_STORE(get__of_a_damaged_document_says_so),
        WITH_STORE(writer__moves_the_log_into_the_file_when_idle),
        WITH_STORE(mover__moves_the_log_beside_the_commits),
        WITH_STORE(each_sync_that_fails_stops_the_process),
        WITH_STORE(mover__that_cannot_sync_the_file_stops_the_process),
        WITH_STORE(writer__without_memory_moves_the_log_later),
        WITH_STORE(erase__leaves_nothing_in_file_and_log),
        WITH_STORE(erase__leaves_nothing_in_pages_that_were_free_before),
        WITH_STORE(erase__leaves_nothing_in_the_log_while_writes_go_on),
        WITH_STORE(get__is_answered_by_the_cache),
        WITH_STORE(write__keeps_of_quiet_ones_what_was_read),
        WITH_STORE(write__overtakes_what_is_read_meanwhile),
        WITH_STORE(write__overtakes_what_is_smaller),
        WITH_STORE(get__finds_the_last_id_and_nothing_behind_it),
        WITH_STORE(get__behind_the_last_id_looks_nowhere),
        WITH_STORE(measure__counts_what_happens),
        WITH_STORE(write__on_a_full_disk_fails_and_then_stops_the_process),
        WITH_STORE(write__that_meets_an_io_error_stops_the_process),
    };

    heap_wrap();
    return cmocka_run_group_tests_name("store/sqlite", tests, NULL, NULL);
}
