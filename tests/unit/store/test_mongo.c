/*
 * The MongoDB backend beyond what all backends promise (test_conformance.c): who is let in, what people see, what heads
 * that are late or wrong may do (nothing), rows that their writer did not finish, and eight processes at one document.
 */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store_test.h"
#include "tessera/clock.h"

enum {
    RIVALS = 8,
    ROUNDS = 40,  /* versions of the one document that they fight for */
    PLACES = 60,  /* which each of them wants all */
    SWEPT_S = 30, /* for a row that nobody finished to be found, on a busy machine */
    MANY = 250,   /* rows in one write */
};

static mongoc_client_t *client;
static char database[64];

/* Look at the fixture's database as a person would. */
static mongoc_collection_t *look(const char *collection)
{
    mongoc_uri_t *uri = mongoc_uri_new(the_fixture.uri);

    (void)snprintf(database, sizeof(database), "%s", mongoc_uri_get_database(uri));
    if (!client)
        client = mongoc_client_new_from_uri(uri);
    mongoc_uri_destroy(uri);
    return mongoc_client_get_collection(client, database, collection);
}

static int end_look(void **state)
{
    if (client)
        mongoc_client_destroy(client);
    client = NULL;
    return on_fixture_end(state);
}

/* One document as text; NULL: there is none. */
static char *text_of(const char *collection, const char *id)
{
    mongoc_collection_t *from = look(collection);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, NULL, NULL);
    const bson_t *document;
    char *text = mongoc_cursor_next(cursor, &document) ? bson_as_relaxed_extended_json(document, NULL) : NULL;

    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    mongoc_collection_destroy(from);
    return text;
}

static void change(const char *collection, const char *id, const bson_t *how)
{
    mongoc_collection_t *in = look(collection);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));
    bson_error_t error;

    if (how)
        assert_true(mongoc_collection_update_one(in, filter, how, NULL, NULL, &error));
    else
        assert_true(mongoc_collection_delete_one(in, filter, NULL, NULL, &error));
    bson_destroy(filter);
    mongoc_collection_destroy(in);
}

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("there is no %s in %s", part, text ? text : "nothing");
}

/* Who is let in */

static int open_uri(const char *uri, const struct mongo_options *options, struct store_message *ret_message)
{
    struct store *store = NULL;
    struct loop *loop = loop_new();
    int r = mongo_store_open(loop, uri, options, &store, ret_message);

    store_close(store);
    loop_free(loop);
    return r;
}

static void open__refuses_a_wrong_password(void **state)
{
    struct mongo_server *server = mongo_server_shared();
    struct store_message message = { "" };
    char uri[MONGO_URI_SIZE];

    (void)state;
    (void)snprintf(uri, sizeof(uri),
                   "mongodb://tessera:mackerel@127.0.0.1:%d/x?authSource=tessera&tls=true&tlsCAFile=%s/cert.pem",
                   server->port, server->folder);
    assert_int_equal(open_uri(uri, NULL, &message), TS_EUNAVAILABLE);
    has(message.text, "the store cannot be read");
    assert_null(strstr(message.text, "mackerel"));
}

static void open__refuses_a_certificate_of_nobody(void **state)
{
    struct store_message message = { "" };
    char uri[MONGO_URI_SIZE];

    (void)state;
    (void)snprintf(
        uri, sizeof(uri),
        "mongodb://tessera:swordfish@127.0.0.1:%d/x?authSource=tessera&tls=true&serverSelectionTimeoutMS=500",
        mongo_server_shared()->port);
    assert_int_equal(open_uri(uri, NULL, &message), TS_EUNAVAILABLE);
    has(message.text, "the store cannot be reached");
}

static void open__refuses_what_it_cannot_use(void **state)
{
    struct store_message message = { "" };

    (void)state;
    assert_int_equal(open_uri("mongodb://", NULL, &message), TS_EINVALID);
    assert_int_equal(open_uri("mongo:secret", NULL, &message), TS_EINVALID);
    assert_null(strstr(message.text, "secret"));
    assert_int_equal(open_uri("mongodb://u:secret@db.example.org/x", NULL, &message), TS_EINVALID);
    has(message.text, "in the clear to another machine");
    assert_int_equal(open_uri("mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=300", NULL, &message), TS_EUNAVAILABLE);
}

static void open__refuses_a_server_that_asks_nobody(void **state)
{
    struct mongo_options anybody = { .unauthenticated = true };
    struct store_message message = { "" };
    char uri[MONGO_URI_SIZE];
    struct mongo_server open;

    (void)state;
    mongo_server_init(&open);
    open.lets_anybody_in = true;
    mongo_server_start(&open);
    (void)snprintf(uri, sizeof(uri), "mongodb://127.0.0.1:%d/x?tls=true&tlsCAFile=%s/cert.pem", open.port, open.folder);
    assert_int_equal(open_uri(uri, NULL, &message), TS_EPRECONDITION);
    has(message.text, "lets anybody in");
    assert_int_equal(open_uri(uri, &anybody, &message), 0);
    mongo_server_done(&open);
}

static void open__refuses_a_newer_format(struct ts_call *call)
{
    bson_t *newer = BCON_NEW("$set", "{", "value", BCON_INT64(2), "}");
    struct store_message message = { "" };

    (void)call;
    change("tessera_meta", "format", newer);
    bson_destroy(newer);
    assert_int_equal(open_uri(the_fixture.uri, NULL, &message), TS_EPRECONDITION);
    has(message.text, "newer Tessera");
}

/* What people see */

/* A scan is answered when all heads have followed. */
static void await_heads(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .limit = 1 };
    struct ts_page page;

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
}

static void head__is_for_people(struct ts_call *call)
{
    char *tags[] = { (char *)(uintptr_t) "rock", (char *)(uintptr_t) "jazz" }, *text;
    Note__Note note = note_make("ann", 7);

    note.has_due_ms = true;
    note.due_ms = INT64_C(1780315200000);
    note.has_colour = true;
    note.colour = NOTE__COLOUR__BLUE;
    note.tags = tags;
    note.n_tags = 2;
    call->operation = "createNote";
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    await_heads(call);
    text = text_of("notes", "a");
    has(text, "\"owner\" : \"ann\"");
    has(text, "\"number\" : 7");
    has(text, "\"due_ms\" : { \"$date\" : \"2026-06-01T12:00:00Z\" }");
    has(text, "\"colour\" : \"BLUE\"");
    has(text, "\"tags\" : [ \"rock\", \"jazz\" ]");
    has(text, "\"_version\" : 1");
    has(text, "\"_operation\" : \"createNote\"");
    bson_free(text);
}

static void head__of_an_erased_document_has_nothing_personal(struct ts_call *call)
{
    Note__Note note = note_make("ann-of-green-gables", 7);
    char *text;

    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    await_heads(call);
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    text = text_of("notes", "a"); /* at once: the answer said so */
    has(text, "\"_erased\" : true");
    assert_null(strstr(text, "gables"));
    bson_free(text);
    text = text_of("notes.history", "a@1");
    has(text, "\"erased\" : true");
    has(text, "\"base64\" : \"\"");
    bson_free(text);
}

static void head__takes_text_that_is_none(struct ts_call *call)
{
    Note__Note note = note_make("\xff\xfe", 7);
    char *text;

    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    await_heads(call);
    text = text_of("notes", "a");
    has(text, "\"owner\" : { \"$binary\"");
    bson_free(text);
}

/* Heads decide nothing */

static void get__goes_past_a_head_that_is_late(struct ts_call *call)
{
    bson_t *late = BCON_NEW("$set", "{", "_version", BCON_INT64(1), "}");
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc;

    for (int64_t version = 0; version < 3; version++)
        assert_int_equal(ts_store_put(call, &notes, "a", version, &note.base), 0);
    await_heads(call);
    change("notes", "a", late);
    bson_destroy(late);
    assert_int_equal(ts_store_get(call, &notes, "a", &doc), 0);
    assert_int_equal(doc.version, 3);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), TS_WRITE_CONFLICT);
    change("notes", "a", NULL);
    assert_int_equal(ts_store_get(call, &notes, "a", &doc), 0);
    assert_int_equal(doc.version, 3);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_WRITE_CONFLICT);
}

/* The ids that a scan meets, page by page. */
static const char *met(struct ts_call *call, struct ts_scan scan)
{
    const char *ids = "";
    struct ts_page page;

    do {
        assert_int_equal(ts_store_scan(call, &scan, &page), 0);
        for (size_t i = 0; i < page.count; i++)
            ids = ts_printf(call->arena, "%s%s%s", ids, *ids ? " " : "", page.docs[i].id);
        scan.cursor = page.cursor;
    } while (page.more);
    return ids;
}

static void scan__drops_what_its_head_says_wrongly(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .equal = { TS_INT(1) }, .limit = 5 };
    Note__Note note = note_make("ann", 1);
    struct ts_page page;
    bson_t *late;

    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    assert_int_equal(ts_store_insert(call, &notes, "b", &note.base), 0);
    note.number = 2;
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    await_heads(call);
    late = BCON_NEW("$set", "{", "_version", BCON_INT64(1), "_index.number", "8000000000000001", "}");
    change("notes", "a", late);
    bson_destroy(late);
    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.docs[0].id, "b");
}

/* Whoever let go of it stopped in between: its newest version is gone, the one before and the head are not. */
static void drop_old__goes_on_where_another_stopped(struct ts_call *call)
{
    const struct store_collection *collection = store_find(call->runtime->store, fleeting_notes.name);
    struct ts_scan scan = { .collection = &fleeting_notes, .limit = 9 };
    Note__Note note = note_make("ann", 1);
    const char *cursor = "";
    struct ts_page page;
    struct ts_doc doc;
    size_t count = 0;

    assert_int_equal(ts_store_insert(call, &fleeting_notes, "a", &note.base), 0);
    assert_int_equal(ts_store_put(call, &fleeting_notes, "a", 1, &note.base), 0);
    assert_int_equal(ts_store_insert(call, &fleeting_notes, "b", &note.base), 0);
    await_heads(call);
    change("fleeting_notes.history", "a@2", NULL);
    assert_int_equal(ts_store_get(call, &fleeting_notes, "a", &doc), 0);
    assert_int_equal(doc.version, 0);
    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.docs[0].id, "b");
    assert_int_equal(store_drop_old(call, collection, ts_now_ms(call) + 1000, 9, &cursor, &count), 0);
    assert_int_equal(count, 2);
    assert_null(text_of("fleeting_notes", "a"));
    assert_null(text_of("fleeting_notes.history", "a@1"));
    assert_null(text_of("fleeting_notes.history", "b@1"));
}

/* A row whose writer has not come to its head. */
static void insert_row(const char *key, int64_t number, int64_t open_ms)
{
    mongoc_collection_t *rows = look("notes.history");
    uint8_t body[64];
    Note__Note note = note_make("ann", number);
    size_t size = note__note__pack(&note, body);
    bson_t *row = BCON_NEW("_id", BCON_UTF8(key), "at", BCON_DATE_TIME(1), "actor", "x", "operation", "y", "request",
                           "z", "attempt", BCON_INT64(5), "open", BCON_DATE_TIME(open_ms), "body",
                           BCON_BIN(BSON_SUBTYPE_BINARY, body, (uint32_t)size));
    bson_error_t error;

    assert_true(mongoc_collection_insert_one(rows, row, NULL, NULL, &error));
    bson_destroy(row);
    mongoc_collection_destroy(rows);
}

/* "b", "d" and "f" have heads; "a" and "c" are new, "d" has moved to the end, "f" to the front: by another process. */
static void scan__exactly_meets_what_has_no_head_yet(struct ts_call *call)
{
    const int64_t now_ms = (int64_t)time(NULL) * 1000;
    struct ts_scan scan = { .collection = &notes, .index = "number", .limit = 2, .exact = true };
    Note__Note note = note_make("ann", 20);

    assert_int_equal(ts_store_insert(call, &notes, "b", &note.base), 0);
    note.number = 40;
    assert_int_equal(ts_store_insert(call, &notes, "d", &note.base), 0);
    note.number = 60;
    assert_int_equal(ts_store_insert(call, &notes, "f", &note.base), 0);
    await_heads(call);
    insert_row("a@1", 10, now_ms);
    insert_row("c@1", 30, now_ms);
    insert_row("d@2", 90, now_ms);
    insert_row("f@2", 5, now_ms);
    assert_string_equal(met(call, scan), "f a b c d");
    scan.descending = true;
    assert_string_equal(met(call, scan), "d c b a f");
    scan.exact = false;
    assert_string_equal(met(call, scan), "b");
    scan = (struct ts_scan){ .collection = &notes, .from = TS_STRING("b"), .to = TS_STRING("d"), .limit = 2 };
    assert_string_equal(met(call, scan), "b");
    scan.exact = true;
    assert_string_equal(met(call, scan), "b c");
}

/* One whose writer died. */
static void open__rows_are_finished_by_anybody(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .limit = 5 };
    struct ts_page page = { 0 };
    char *text;

    insert_row("orphan@1", 9, 1000);
    for (int i = 0; i < SWEPT_S * 10 && page.count == 0; i++) {
        ts_sleep(call, 100);
        call->deadline_ms = loop_now_ms(call->runtime->loop) + 60000;
        assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    }
    assert_int_equal(page.count, 1);
    assert_string_equal(page.docs[0].id, "orphan");
    for (int i = 0; i < SWEPT_S * 10; i++) {
        text = text_of("notes.history", "orphan@1");
        if (!strstr(text, "open"))
            break;
        bson_free(text);
        ts_sleep(call, 100);
    }
    assert_null(strstr(text, "open"));
    bson_free(text);
}

/* How many rows have their mark still; -1: nobody answers. */
static int64_t open_rows(void)
{
    mongoc_collection_t *rows = look("notes.history");
    bson_t *marked = BCON_NEW("open", "{", "$exists", BCON_BOOL(true), "}");
    bson_error_t error;
    int64_t count = mongoc_collection_count_documents(rows, marked, NULL, NULL, NULL, &error);

    bson_destroy(marked);
    mongoc_collection_destroy(rows);
    return count;
}

/* FerretDB stands still for ever after one update command of a hundred statements. */
static void open__marks_of_many_rows_are_taken(struct ts_call *call)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, MANY);
    Note__Note note = note_make("ann", 1);
    int64_t left = MANY;

    for (unsigned version = 0; version < 2; version++) { /* of the first, heads are inserted; then they are updated */
        for (unsigned i = 0; i < MANY; i++)
            writes[i] =
                (struct ts_write){ &notes, ts_printf(call->arena, "m%u", i), version, &note.base, TS_WRITE_SKIPPED };
        assert_int_equal(ts_store_write(call, writes, MANY, TS_WRITE_INDEPENDENT), 0);
        assert_int_equal(writes[MANY - 1].result, TS_WRITE_OK);
    }
    await_heads(call);
    for (int i = 0; i < SWEPT_S * 10 && left; i++) {
        left = open_rows();
        assert_true(left >= 0);
        ts_sleep(call, 100);
    }
    assert_int_equal(left, 0);
}

/* Indexes */

/* The names of a collection's indexes, each with the field that it begins with: "name field;". */
static void list_indexes(const char *collection, struct buf *text)
{
    mongoc_collection_t *of = look(collection);
    mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(of, NULL);
    const bson_t *index;
    bson_iter_t name, key, field;

    while (mongoc_cursor_next(cursor, &index)) {
        assert_true(bson_iter_init_find(&name, index, "name") && bson_iter_init_find(&key, index, "key"));
        assert_true(bson_iter_recurse(&key, &field) && bson_iter_next(&field));
        buf_printf(text, "%s %s;", bson_iter_utf8(&name, NULL), bson_iter_key(&field));
    }
    buf_add_char(text, '\0');
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(of);
}

static void start__makes_the_indexes_that_queries_want(struct ts_call *call)
{
    struct buf heads, rows;
    char expected[96];

    (void)call;
    buf_init(&heads, 1 << 16);
    buf_init(&rows, 1 << 16);
    list_indexes("notes", &heads);
    for (unsigned i = 0; notes.indexes[i].name; i++) {
        (void)snprintf(expected, sizeof(expected), "%s _index.%s;", notes.indexes[i].name, notes.indexes[i].name);
        has(heads.data, expected);
    }
    list_indexes("notes.history", &rows);
    has(rows.data, "open open;");
    buf_done(&rows);
    buf_done(&heads);
}

/* Shards */

static void shards__are_named_and_those_by_another_key_too(struct ts_call *call)
{
    mongoc_collection_t *sharded;
    struct buf commands, wrong;
    char name[96], expected[160];
    bson_error_t error;
    bson_t *entry;

    mongoc_collection_destroy(look("notes"));
    sharded = mongoc_client_get_collection(client, "config", "collections");
    (void)snprintf(name, sizeof(name), "%s.notes.history", database);
    entry = BCON_NEW("_id", BCON_UTF8(name), "key", "{", "attempt", BCON_INT32(1), "}");
    assert_true(mongoc_collection_insert_one(sharded, entry, NULL, NULL, &error));
    bson_destroy(entry);
    mongoc_collection_destroy(sharded);
    buf_init(&commands, 1 << 16);
    buf_init(&wrong, 1 << 16);
    assert_int_equal(mongo_store_shards(call->runtime->store, &commands, &wrong), 0);
    buf_add_char(&commands, '\0');
    buf_add_char(&wrong, '\0');
    (void)snprintf(expected, sizeof(expected), "sh.shardCollection(\"%s.notes\", { _id: \"hashed\" })\n", database);
    has(commands.data, expected);
    (void)snprintf(expected, sizeof(expected), "%s\n", name);
    assert_string_equal(wrong.data, expected);
    buf_done(&wrong);
    buf_done(&commands);
}

/* Eight processes */

/* What one of them does: put the one document again and again, then claim all places. Tells what it won, a line each.
 */
static void compete(struct ts_call *call)
{
    const char *me = getenv("RIVAL");
    struct ts_write writes[PLACES];
    Note__Note note = note_make(me, 0);
    struct ts_doc doc = { 0 };

    call->deadline_ms = loop_now_ms(call->runtime->loop) + 120000;
    while (doc.version < ROUNDS) {
        assert_int_equal(ts_store_get(call, &notes, "one", &doc), 0);
        note.number = doc.version + 1;
        if (doc.version < ROUNDS && ts_store_put(call, &notes, "one", doc.version, &note.base) == 0)
            printf("version %lld\n", (long long)doc.version + 1);
    }
    for (int i = 0; i < PLACES; i++)
        writes[i] = (struct ts_write){ &notes, ts_printf(call->arena, "quota/%d@1", i), 0, &note.base, 0 };
    assert_int_equal(ts_store_write(call, writes, PLACES, TS_WRITE_INDEPENDENT), 0);
    for (int i = 0; i < PLACES; i++)
        if (writes[i].result == TS_WRITE_OK)
            printf("place %d\n", i);
}

static int rival_run(const char *uri)
{
    struct store_message message = { "" };

    the_fixture = (struct fixture){ .loop = loop_new() };
    runtime_init(&the_fixture.runtime, the_fixture.loop);
    (void)snprintf(the_fixture.uri, sizeof(the_fixture.uri), "%s", uri);
    if (fixture_open_mongo(&the_fixture, &message))
        return 1;
    fixture_run(&the_fixture, compete);
    store_close(the_fixture.runtime.store);
    loop_free(the_fixture.loop);
    return 0;
}

static FILE *rival_start(int number)
{
    char command[MONGO_URI_SIZE + 64];

    (void)snprintf(command, sizeof(command), "RIVAL=rival%d exec /proc/%d/exe compete '%s'", number, (int)getpid(),
                   the_fixture.uri);
    return popen(command, "r"); /* NOLINT(cert-env33-c): ourselves */
}

static void count_won(FILE *rival, const char *me, char (*versions)[16], unsigned *places)
{
    char line[64];
    int number;

    while (fgets(line, sizeof(line), rival)) {
        if (sscanf(line, "version %d", &number) == 1) {
            assert_string_equal(versions[number - 1], "");
            (void)snprintf(versions[number - 1], sizeof(versions[0]), "%s", me);
        } else if (sscanf(line, "place %d", &number) == 1) {
            places[number]++;
        }
    }
    assert_int_equal(pclose(rival), 0);
}

static void rivals__win_each_version_and_each_place_once(struct ts_call *call)
{
    char versions[ROUNDS][16] = { "" }, me[16];
    unsigned places[PLACES] = { 0 };
    FILE *rivals[RIVALS];
    struct ts_page page;

    for (int i = 0; i < RIVALS; i++)
        rivals[i] = rival_start(i);
    for (int i = 0; i < RIVALS; i++) {
        (void)snprintf(me, sizeof(me), "rival%d", i);
        count_won(rivals[i], me, versions, places);
    }
    call->deadline_ms = loop_now_ms(call->runtime->loop) + 60000;
    assert_int_equal(ts_store_history(call, &notes, "one", 0, ROUNDS + 1, &page), 0);
    assert_int_equal(page.count, ROUNDS);
    for (int i = 0; i < ROUNDS; i++)
        assert_string_equal(((const Note__Note *)page.docs[ROUNDS - 1 - i].body)->owner, versions[i]);
    for (int i = 0; i < PLACES; i++)
        assert_int_equal(places[i], 1);
}

#define ON_MONGO(claim)                                                                                                \
    {                                                                                                                  \
#claim, on_fixture_run, on_mongo_begin, end_look, &(fiber_test_plain *)                                        \
        {                                                                                                              \
            claim                                                                                                      \
        }                                                                                                              \
    }

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open__refuses_a_wrong_password),
        cmocka_unit_test(open__refuses_a_certificate_of_nobody),
        cmocka_unit_test(open__refuses_what_it_cannot_use),
        cmocka_unit_test(open__refuses_a_server_that_asks_nobody),
        ON_MONGO(open__refuses_a_newer_format),
        ON_MONGO(head__is_for_people),
        ON_MONGO(head__of_an_erased_document_has_nothing_personal),
        ON_MONGO(head__takes_text_that_is_none),
        ON_MONGO(get__goes_past_a_head_that_is_late),
        ON_MONGO(scan__drops_what_its_head_says_wrongly),
        ON_MONGO(drop_old__goes_on_where_another_stopped),
        ON_MONGO(scan__exactly_meets_what_has_no_head_yet),
        ON_MONGO(open__rows_are_finished_by_anybody),
        ON_MONGO(open__marks_of_many_rows_are_taken),
        ON_MONGO(start__makes_the_indexes_that_queries_want),
        ON_MONGO(shards__are_named_and_those_by_another_key_too),
        ON_MONGO(rivals__win_each_version_and_each_place_once),
    };

    if (argc == 3 && !strcmp(argv[1], "compete"))
        return rival_run(argv[2]);
    mongo_server_shared();
    return cmocka_run_group_tests_name("store/mongo", tests, NULL, NULL);
}
