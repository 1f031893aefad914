/*
 * kill -9 against the real SQLite store: a child writes on several fibers and tells each acknowledged version over a
 * pipe; the parent kills it at a random moment, and the file must then hold whatever was acknowledged. The parent reads
 * it with SQLite alone. KILL_CYCLES=n runs a longer campaign.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/fiber.h"
#include "store_test.h"

enum { CYCLES = 30, WRITERS = 16, KILL_AFTER_MS_MAX = 60 };

/* What the child says; small enough that a pipe never tears it. */
struct ack {
    char id[24];
    int64_t version, number;
};

/* The child */

static unsigned cycle;

static void acknowledge(const char *id, int64_t version, int64_t number)
{
    struct ack ack = { .version = version, .number = number };

    snprintf(ack.id, sizeof(ack.id), "%s", id);
    if (write(STDOUT_FILENO, &ack, sizeof(ack)) != sizeof(ack))
        abort();
}

static void write_for_ever(void *data)
{
    static unsigned writers;
    struct ts_call call = *(const struct ts_call *)data;
    unsigned writer = ++writers;

    for (int64_t number = 0;; number++) {
        Note__Note note = note_make("ann", number);
        char id[24];

        snprintf(id, sizeof(id), "c%u-w%u-%u", cycle, writer, (unsigned)(number / 4));
        if (ts_store_put(&call, &notes, id, number % 4, &note.base))
            abort();
        acknowledge(id, number % 4 + 1, number);
        if (number % 4 == 3)
            arena_reset(call.arena);
    }
}

static void child_body(struct ts_call *call, void *data)
{
    (void)data;
    for (unsigned i = 0; i < WRITERS; i++) {
        struct ts_call *own = TS_NEW(call->arena, struct ts_call);

        *own = *call;
        own->arena = calloc(1, sizeof(*own->arena));
        arena_init(own->arena);
        fiber_spawn(call->runtime->loop, write_for_ever, own);
    }
    for (;;)
        fiber_suspend();
}

static int child(const char *path)
{
    struct fixture fixture = { .loop = loop_new(), .sqlite = true };
    struct store_message message;

    runtime_init(&fixture.runtime, fixture.loop);
    snprintf(fixture.path, sizeof(fixture.path), "%s", path);
    if (fixture_open_sqlite(&fixture, &message))
        abort();
    fiber_test_run(&fixture.runtime, child_body, NULL);
    return 1;
}

/* The parent */

static struct ack *acks;
static size_t ack_count, ack_room;

static bool read_ack(int fd)
{
    if (ack_count == ack_room) {
        ack_room = ack_room ? ack_room * 2 : 1024;
        acks = realloc(acks, ack_room * sizeof(*acks));
        assert_non_null(acks);
    }
    if (read(fd, &acks[ack_count], sizeof(*acks)) != sizeof(*acks))
        return false;
    ack_count++;
    return true;
}

static pid_t start_child(const char *path, int *ret_fd)
{
    char number[16];
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    snprintf(number, sizeof(number), "%u", cycle);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execl("/proc/self/exe", "test_kill", path, number, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *ret_fd = ends[0];
    return pid;
}

/* Read acks for a random while after the first, kill, read what it had still said. */
static void run_and_kill(const char *path)
{
    int fd = -1, status, left_ms = rand() % KILL_AFTER_MS_MAX;
    pid_t pid = start_child(path, &fd);
    uint64_t end_ns;

    assert_true(read_ack(fd));
    end_ns = loop_hrtime_ns() + (uint64_t)left_ms * 1000000;
    while (loop_hrtime_ns() < end_ns) {
        struct pollfd one = { fd, POLLIN, 0 };

        if (poll(&one, 1, 1) > 0)
            assert_true(read_ack(fd));
    }
    kill(pid, SIGKILL);
    while (read_ack(fd))
        ;
    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void expect_int(sqlite3 *db, const char *sql, int64_t expected)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(statement, 0), expected);
    sqlite3_finalize(statement);
}

static void check_acks(sqlite3 *db, size_t first)
{
    sqlite3_stmt *statement;

    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT body FROM notes WHERE id = ?1 AND version = ?2", -1, &statement, NULL),
        SQLITE_OK);
    for (size_t i = first; i < ack_count; i++) {
        Note__Note *note;

        sqlite3_bind_text(statement, 1, acks[i].id, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, acks[i].version);
        if (sqlite3_step(statement) != SQLITE_ROW)
            fail_msg("%s@%d was acknowledged and is lost", acks[i].id, (int)acks[i].version);
        note = note__note__unpack(NULL, (size_t)sqlite3_column_bytes(statement, 0), sqlite3_column_blob(statement, 0));
        assert_non_null(note);
        assert_int_equal(note->number, acks[i].number);
        note__note__free_unpacked(note, NULL);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
}

/* The file is sound; each document's newest version, and no other, stands in the index. */
static void check_file(const char *path, size_t first_ack)
{
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA quick_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    check_acks(db, first_ack);
    expect_int(db, "SELECT (SELECT count(DISTINCT id) FROM notes) - (SELECT count(*) FROM notes__number)", 0);
    expect_int(db,
               "SELECT count(*) FROM notes WHERE version > 1 AND NOT EXISTS "
               "(SELECT 1 FROM notes AS n WHERE n.id = notes.id AND n.version = notes.version - 1)",
               0);
    expect_int(db, "SELECT (SELECT count(*) FROM notes) - (SELECT value FROM tessera_meta)", 0);
    sqlite3_close(db);
}

static void sqlite_store__keeps_what_it_acknowledged(void **state)
{
    const char *wanted = getenv("KILL_CYCLES");
    unsigned cycles = wanted ? (unsigned)strtoul(wanted, NULL, 10) : CYCLES;
    char folder[] = "/tmp/tessera-kill-XXXXXX", path[64], command[64];

    (void)state;
    srand((unsigned)getpid());
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/tessera.db", folder);
    for (cycle = 0; cycle < cycles; cycle++) {
        size_t first = ack_count;

        run_and_kill(path);
        check_file(path, first);
    }
    check_file(path, 0);
    print_message("%u kills, %zu acknowledged versions, none lost\n", cycles, ack_count);
    free(acks);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sqlite_store__keeps_what_it_acknowledged),
    };

    if (argc == 3) {
        cycle = (unsigned)strtoul(argv[2], NULL, 10);
        return child(argv[1]);
    }
    return cmocka_run_group_tests_name("store/kill", tests, NULL, NULL);
}
