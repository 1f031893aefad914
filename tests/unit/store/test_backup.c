/* Backup, verify, restore and the walk of an export; each refusal with its words. */
#include "store/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/fiber.h"
#include "store/move.h"
#include "store/part.h"
#include "store_test.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"

static struct fixture fixture;
static char backup_path[96];
static struct store_message message;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture, /* sqlite= */ true);
    snprintf(backup_path, sizeof(backup_path), "%s/backup.db", fixture.folder);
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

static void exec(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int64_t count(const char *path, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t number;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

/* Overwrite `size` bytes in the middle of the file. */
static void damage(const char *path)
{
    char noise[5000];
    struct stat stat;
    int fd = open(path, O_WRONLY);

    memset(noise, 0xa5, sizeof(noise));
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &stat), 0);
    assert_int_equal(pwrite(fd, noise, sizeof(noise), stat.st_size / 2), sizeof(noise));
    close(fd);
}

static void fill(struct ts_call *call)
{
    notes_insert(call, "ann", 60);
}

static bool written_on;

static void write_on(void *data)
{
    struct ts_call call = *(const struct ts_call *)data;

    for (unsigned i = 0; i < 200; i++) {
        Note__Note note = note_make("late", i);

        assert_int_equal(ts_store_insert(&call, &notes, ts_printf(call.arena, "late%03u", i), &note.base), 0);
    }
    written_on = true;
}

static void backup_beside_writes(struct ts_call *call)
{
    notes_insert(call, "ann", 60);
    written_on = false;
    fiber_spawn(call->runtime->loop, write_on, call);
    assert_int_equal(backup_store(call->runtime->store, backup_path, &message), 0);
    while (!written_on) /* a read may see the last write before its writer hears of it */
        fiber_yield();
}

static void backup_store__copies_a_store_that_is_written(void **state)
{
    int64_t late;

    (void)state;
    fixture_run(&fixture, backup_beside_writes);
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), 0);
    assert_int_equal(count(backup_path, "SELECT count(*) FROM notes WHERE id LIKE 'n%'"), 60);
    late = count(backup_path, "SELECT count(*) FROM notes WHERE id LIKE 'late%'");
    assert_int_equal(count(backup_path, "SELECT count(*) FROM notes__number"), 60 + late);
    assert_int_equal(count(backup_path, "SELECT value FROM tessera_meta"), 60 + late);
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM notes"), 260);
}

static void backup_store__refuses_to_replace_a_file(void **state)
{
    (void)state;
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), TS_EEXISTS);
    assert_non_null(strstr(message.text, "is there already"));
}

static void backup_store__tells_of_a_target_that_cannot_be(void **state)
{
    (void)state;
    assert_int_equal(backup_store(fixture.runtime.store, "/nowhere/at/all", &message), TS_EUNAVAILABLE);
    assert_non_null(strstr(message.text, "/nowhere/at/all"));
}

static void backup_store__needs_a_file(void **state)
{
    struct store *store = crash_store_open(fixture.loop, NULL, NULL);

    (void)state;
    assert_int_equal(backup_store(store, backup_path, &message), TS_EUNIMPLEMENTED);
    store_close(store);
}

static void backup_verify__tells_damage_from_foreign_and_newer(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), TS_EUNAVAILABLE);
    exec(backup_path, "CREATE TABLE other (a)");
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), TS_EPRECONDITION);
    assert_non_null(strstr(message.text, "another program"));
    assert_int_equal(unlink(backup_path), 0);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    exec(backup_path, "PRAGMA user_version = 2");
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), TS_EPRECONDITION);
    assert_non_null(strstr(message.text, "newer"));
    exec(backup_path, "PRAGMA user_version = 1");
    damage(backup_path);
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), TS_EDATALOSS);
    assert_non_null(strstr(message.text, "damaged"));
    assert_int_equal(truncate(backup_path, 0), 0);
    assert_int_equal(backup_verify(fixture.loop, backup_path, &message), TS_EPRECONDITION);
    assert_non_null(strstr(message.text, "empty"));
}

static void change(struct ts_call *call)
{
    Note__Note note = note_make("bob", 1000);

    assert_int_equal(ts_store_put(call, &notes, "n01", 1, &note.base), 0);
    assert_int_equal(ts_store_insert(call, &notes, "new", &note.base), 0);
}

static void see_the_backup(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .equal = { TS_INT(1000) } };
    struct ts_doc doc;
    int64_t found = -1;

    assert_int_equal(ts_store_get(call, &notes, "n01", &doc), 0);
    assert_int_equal(doc.version, 1);
    assert_int_equal(ts_store_get(call, &notes, "new", &doc), 0);
    assert_int_equal(doc.version, 0);
    assert_int_equal(ts_store_count(call, &scan, 10, &found), 0);
    assert_int_equal(found, 0);
    change(call); /* it goes on from there */
}

static void backup_restore__brings_the_backup_back(void **state)
{
    char aside[160];

    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    fixture_run(&fixture, change);
    close_store();
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_int_equal(sscanf(message.text, "The store before is kept as %159[^;];", aside), 1);
    assert_int_equal(count(aside, "SELECT count(*) FROM notes"), 62);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_the_backup);
}

static void backup_restore__into_an_empty_folder(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    close_store();
    assert_int_equal(unlink(fixture.path), 0);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_the_backup);
}

static void backup_restore__refuses_while_a_process_owns_the_store(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), TS_EPRECONDITION);
    assert_non_null(strstr(message.text, "owns this data directory"));
}

static void backup_restore__refuses_a_bad_backup_and_changes_nothing(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    close_store();
    exec(backup_path, "PRAGMA user_version = 99");
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), TS_EPRECONDITION);
    exec(backup_path, "PRAGMA user_version = 1; PRAGMA application_id = 5");
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), TS_EPRECONDITION);
    exec(backup_path, "PRAGMA application_id = 0x54535241");
    damage(backup_path);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), TS_EDATALOSS);
    assert_non_null(strstr(message.text, backup_path)); /* its name, not that of a copy */
    assert_int_equal(backup_restore(fixture.loop, "/nowhere", fixture.path, &message), TS_EUNAVAILABLE);
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM notes"), 60);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

static void erase_two(struct ts_call *call)
{
    Note__Note note = note_make("new", 1);

    assert_int_equal(ts_store_insert(call, &notes, "fresh", &note.base), 0);
    assert_int_equal(ts_store_erase(call, &notes, "n02"), 0);
    assert_int_equal(ts_store_erase(call, &notes, "fresh"), 0);
}

static void see_erased(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .equal = { TS_INT(2) } };
    struct ts_page page;
    int64_t found = -1;

    assert_int_equal(ts_store_history(call, &notes, "n02", 0, 9, &page), 0);
    assert_int_equal(page.count, 2);
    assert_true(page.docs[0].erased && page.docs[1].erased);
    assert_int_equal(ts_store_count(call, &scan, 10, &found), 0);
    assert_int_equal(found, 0);
}

static void backup_restore__erases_again_who_was_erased_since(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    fixture_run(&fixture, erase_two);
    close_store();
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_non_null(strstr(message.text, "2 erasures"));
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM tessera_erasure"), 2);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_erased);
}

static void erase_abandoned(struct ts_call *call)
{
    assert_int_equal(ts_store_erase(call, &abandoned_notes, "n01"), 0);
}

static void insert_abandoned(struct ts_call *call)
{
    Note__Note note = note_make("ada", 1);

    assert_int_equal(ts_store_insert(call, &abandoned_notes, "n01", &note.base), 0);
}

static void see_abandoned(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &abandoned_notes, "n01", &doc), 0);
    assert_true(doc.body && !doc.erased);
}

/* It was moved elsewhere, where the backup does not have it. */
static void backup_restore__brings_back_what_an_abandoned_collection_had(void **state)
{
    (void)state;
    fixture_run(&fixture, insert_abandoned);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    fixture_run(&fixture, erase_abandoned);
    close_store();
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_abandoned);
}

static const struct ts_collection *const fleeting[] = { &fleeting_notes, &abandoned_notes };

static void erase_fleeting(struct ts_call *call)
{
    Note__Note note = note_make("ada", 1);

    for (size_t i = 0; i < TS_ARRAY_SIZE(fleeting); i++) {
        assert_int_equal(ts_store_insert(call, fleeting[i], "n01", &note.base), 0);
        assert_int_equal(ts_store_erase(call, fleeting[i], "n01"), 0);
    }
}

static void drop_fleeting(struct ts_call *call)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(fleeting); i++) {
        const char *cursor = "";
        size_t gone;

        assert_int_equal(store_drop_old(call, store_find(call->runtime->store, fleeting[i]->name),
                                        ts_now_ms(call) + 1000, 9, &cursor, &gone),
                         0);
        assert_int_equal(gone, 1);
    }
}

/* What a restore brings back is not kept anyway: its key may say of whom it was. */
static void drop_old__of_an_abandoned_collection_forgets_its_erasures(void **state)
{
    (void)state;
    fixture_run(&fixture, erase_fleeting);
    close_store();
    exec(fixture.path,
         "INSERT OR REPLACE INTO tessera_erasure VALUES ('abandoned_notes', 'n01', 1)"); /* of before it was */
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, drop_fleeting);
    close_store();
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM tessera_erasure WHERE collection = 'abandoned_notes'"),
                     0);
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM tessera_erasure WHERE collection = 'fleeting_notes'"),
                     1);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
}

static void erase_and_make_anew(struct ts_call *call)
{
    Note__Note note = note_make("new", 2);

    assert_int_equal(ts_store_erase(call, &notes, "n02"), 0);
    assert_int_equal(ts_store_put(call, &notes, "n02", 2, &note.base), 0);
}

static void erase_anew(struct ts_call *call)
{
    assert_int_equal(ts_store_erase(call, &notes, "n02"), 0);
}

static void see_erased_anew(struct ts_call *call)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &notes, "n02", &doc), 0);
    assert_true(doc.erased);
    assert_int_equal(doc.version, 4);
}

static void backup_restore__erases_again_what_was_made_anew_and_erased_since(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    fixture_run(&fixture, erase_and_make_anew);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    exec(backup_path, "UPDATE tessera_erasure SET erased_at_ms = 1000");
    fixture_run(&fixture, erase_anew);
    close_store();
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM tessera_erasure WHERE erased_at_ms > 1000"), 1);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_erased_anew);
}

/* What import --versions does with a document that was erased where it comes from. */
static void move_in_erased(struct ts_call *call)
{
    struct store_row row = {
        .collection = store_at(call->runtime->store, 0), .id = "n02", .erased = true, .body = (const uint8_t *)""
    };

    for (row.version = 1; row.version <= 2; row.version++) {
        row.stamp = (struct store_stamp){ row.version * 1000, "actor", "operation", "request" };
        assert_int_equal(store_put_version(call, &row), 0);
    }
}

static void backup_restore__erases_again_who_was_moved_in_erased(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    close_store();
    assert_int_equal(unlink(fixture.path), 0);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, move_in_erased);
    close_store();
    assert_int_equal(count(fixture.path, "SELECT erased_at_ms FROM tessera_erasure"), 2000);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_non_null(strstr(message.text, "1 erasures"));
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_erased);
}

static void erase_an_owner(struct ts_call *call)
{
    const char *part = "owner";

    assert_int_equal(ts_store_erase_parts(call, &notes, "n02", &part, 1), 0);
}

static void see_no_owner(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .equal = { TS_INT(2) } }, owners = scan;
    const Note__Note *note;
    struct ts_page page;
    int64_t found = -1;

    assert_int_equal(ts_store_history(call, &notes, "n02", 0, 9, &page), 0);
    assert_int_equal(page.count, 1);
    assert_false(page.docs[0].erased);
    note = (const Note__Note *)page.docs[0].body;
    assert_null(note->owner);
    assert_int_equal(note->number, 2);
    assert_int_equal(ts_store_count(call, &scan, 10, &found), 0);
    assert_int_equal(found, 1);
    owners = (struct ts_scan){ .collection = &notes, .index = "owner" };
    assert_int_equal(ts_store_count(call, &owners, 100, &found), 0);
    assert_int_equal(found, 59);
}

static void backup_restore__takes_parts_out_again(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    fixture_run(&fixture, erase_an_owner);
    close_store();
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_non_null(strstr(message.text, "1 erasures"));
    assert_int_equal(count(fixture.path, "SELECT count(*) FROM tessera_erasure_part"), 1);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_no_owner);
}

static int remember_part(void *data, const struct store_erased_part *erased)
{
    char *part = data;

    assert_string_equal(erased->collection->declared->name, "notes");
    assert_string_equal(erased->id, "n02");
    (void)snprintf(part, STORE_PART_TEXT_SIZE, "%s", erased->part);
    return 0;
}

static char moved_part[STORE_PART_TEXT_SIZE];

/* What import --versions does with a document that lost a part where it comes from, and got another there since. */
static void move_in_a_part(struct ts_call *call)
{
    struct store_erased_part erased = {
        .collection = store_at(call->runtime->store, 0), .id = "n02", .part = moved_part, .erased_at_ms = 3000
    };
    Note__Note note = note_make("later", 2);
    struct ts_page page;

    assert_int_equal(ts_store_insert(call, &notes, "n02", &note.base), 0);
    assert_int_equal(store_put_part(call, &erased), 0);
    assert_int_equal(store_put_part(call, &erased), 0);
    assert_int_equal(ts_store_history(call, &notes, "n02", 0, 9, &page), 0);
    assert_int_equal(page.count, 1);
    assert_string_equal(((const Note__Note *)page.docs[0].body)->owner, "later");
    erased.part = "nothing[";
    assert_int_equal(store_put_part(call, &erased), TS_EINVALID);
}

static void backup_restore__takes_parts_out_that_were_erased_before_a_move(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    fixture_run(&fixture, erase_an_owner);
    assert_int_equal(store_walk_parts(fixture.runtime.store, remember_part, moved_part, &message), 0);
    close_store();
    assert_int_equal(unlink(fixture.path), 0);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, move_in_a_part);
    close_store();
    assert_int_equal(count(fixture.path, "SELECT erased_at_ms FROM tessera_erasure_part"), 3000);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_no_owner);
}

static void backup_restore__replaces_a_damaged_store(void **state)
{
    (void)state;
    fixture_run(&fixture, fill);
    assert_int_equal(backup_store(fixture.runtime.store, backup_path, &message), 0);
    close_store();
    assert_int_equal(truncate(fixture.path, 3000), 0);
    assert_int_equal(backup_restore(fixture.loop, backup_path, fixture.path, &message), 0);
    assert_non_null(strstr(message.text, "must be erased again"));
    assert_int_equal(fixture_open_sqlite(&fixture, &message), 0);
    fixture_run(&fixture, see_the_backup);
}

struct walk {
    struct ts_arena *arena;
    int64_t sequence; /* of the last row */
    unsigned met, wanted;
};

static int meet(void *data, const struct store_row *row)
{
    struct walk *walk = data;

    assert_true(row->sequence > walk->sequence);
    walk->sequence = row->sequence;
    assert_non_null(note__note__unpack(ts_arena_allocator(walk->arena), row->body_size, row->body));
    return ++walk->met == walk->wanted ? TS_EUNAVAILABLE : 0;
}

/* Walk it all. Return: the versions met. */
static unsigned walk(struct ts_call *call, bool history)
{
    struct walk walk = { .arena = call->arena };

    assert_int_equal(store_export_all(call->runtime->store, history, meet, &walk, &message), 0);
    return walk.met;
}

static void walk_both(struct ts_call *call)
{
    Note__Note note = note_make("quiet", 1);
    struct walk some = { .arena = call->arena, .wanted = 150 };

    notes_insert(call, "ann", 250); /* more than are read at once */
    assert_int_equal(ts_store_insert(call, &quiet_notes, "n01", &note.base), 0);
    change(call);
    assert_int_equal(walk(call, /* history= */ true), 253);
    assert_int_equal(walk(call, /* history= */ false), 252);
    message.text[0] = '\0';
    assert_int_equal(store_export_all(call->runtime->store, true, meet, &some, &message), TS_EUNAVAILABLE);
    assert_int_equal(some.met, some.wanted); /* who takes may end it */
    assert_non_null(strstr(message.text, "could not be read whole"));
}

static void store_export__walks_in_the_order_of_writing(void **state)
{
    (void)state;
    fixture_run(&fixture, walk_both);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(backup_store__copies_a_store_that_is_written),
        WITH_STORE(backup_store__refuses_to_replace_a_file),
        WITH_STORE(backup_store__tells_of_a_target_that_cannot_be),
        WITH_STORE(backup_store__needs_a_file),
        WITH_STORE(backup_verify__tells_damage_from_foreign_and_newer),
        WITH_STORE(backup_restore__brings_the_backup_back),
        WITH_STORE(backup_restore__into_an_empty_folder),
        WITH_STORE(backup_restore__refuses_while_a_process_owns_the_store),
        WITH_STORE(backup_restore__refuses_a_bad_backup_and_changes_nothing),
        WITH_STORE(backup_restore__erases_again_who_was_erased_since),
        WITH_STORE(backup_restore__brings_back_what_an_abandoned_collection_had),
        WITH_STORE(drop_old__of_an_abandoned_collection_forgets_its_erasures),
        WITH_STORE(backup_restore__erases_again_what_was_made_anew_and_erased_since),
        WITH_STORE(backup_restore__erases_again_who_was_moved_in_erased),
        WITH_STORE(backup_restore__takes_parts_out_again),
        WITH_STORE(backup_restore__takes_parts_out_that_were_erased_before_a_move),
        WITH_STORE(backup_restore__replaces_a_damaged_store),
        WITH_STORE(store_export__walks_in_the_order_of_writing),
    };

    return cmocka_run_group_tests_name("store/backup", tests, NULL, NULL);
}
