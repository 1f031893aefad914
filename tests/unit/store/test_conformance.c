/*
 * What tessera/store.h promises, on every backend: each test here runs unchanged over SQLite, over SQLite without
 * threads, over the store of tests and (called with `mongodb`) over a server that speaks MongoDB's protocol.
 */
#include <string.h>

#include "loop/fiber.h"
#include "store/backend.h"
#include "store_test.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

static Note__Note *note_of(const struct ts_doc *doc)
{
    return (Note__Note *)(uintptr_t)doc->body;
}

static struct ts_doc get(struct ts_call *call, const char *id)
{
    struct ts_doc doc = { 0 };

    assert_int_equal(ts_store_get(call, &notes, id, &doc), 0);
    return doc;
}

static void insert(struct ts_call *call, const char *id, Note__Note note)
{
    assert_int_equal(ts_store_insert(call, &notes, id, &note.base), 0);
}

static struct ts_page scan_page(struct ts_call *call, const struct ts_scan *scan)
{
    struct ts_page page = { 0 };

    assert_int_equal(ts_store_scan(call, scan, &page), 0);
    return page;
}

static const char *scan_ids_once(struct ts_call *call, struct ts_scan scan)
{
    const char *ids = "";
    struct ts_page page;

    if (!scan.limit)
        scan.limit = 2;
    do {
        page = scan_page(call, &scan);
        for (size_t i = 0; i < page.count; i++)
            ids = ts_printf(call->arena, "%s%s%s", ids, *ids ? " " : "", page.docs[i].id);
        assert_true(page.count || !page.more);
        scan.cursor = page.cursor;
    } while (page.more);
    return ids;
}

/* The ids that a scan meets, joined by blanks, page by page of `limit`: an exact one meets no others. */
static const char *scan_ids(struct ts_call *call, struct ts_scan scan)
{
    const char *ids = scan_ids_once(call, scan);

    scan.exact = true;
    assert_string_equal(scan_ids_once(call, scan), ids);
    return ids;
}

/* Reading what was written */

static void get__gives_the_newest_version_with_its_envelope(struct ts_call *call)
{
    Note__Note note = note_make("ann", 7);
    struct ts_doc doc;

    call->operation = "createNote";
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    note.number = 8;
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    doc = get(call, "a");
    assert_string_equal(doc.id, "a");
    assert_int_equal(doc.version, 2);
    assert_int_equal(note_of(&doc)->number, 8);
    assert_string_equal(doc.actor, "system");
    assert_string_equal(doc.operation, "createNote");
    assert_true(doc.written_at_ms > 1600000000000);
    assert_false(doc.erased);
}

static void get__of_an_absent_document_gives_version_0(struct ts_call *call)
{
    struct ts_doc doc = get(call, "absent");

    assert_int_equal(doc.version, 0);
    assert_null(doc.body);
    assert_int_equal(get(call, "not an id").version, 0);
    assert_int_equal(get(call, "").version, 0);
}

static void get__survives_reopening(struct ts_call *call)
{
    assert_int_equal(get(call, "kept").version, 2);
    assert_int_equal(note_of(&(struct ts_doc){ .body = get(call, "kept").body })->number, 2);
}

static void put_kept(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    insert(call, "kept", note);
    note.number = 2;
    assert_int_equal(ts_store_put(call, &notes, "kept", 1, &note.base), 0);
}

static void get_many__answers_in_the_order_of_the_ids(struct ts_call *call)
{
    const char *ids[] = { "n02", "nothing", NULL, "n00", "n02", "bad id" };
    struct ts_doc docs[6];

    notes_insert(call, "ann", 3);
    assert_int_equal(ts_store_get_many(call, &notes, ids, 6, docs), 0);
    assert_int_equal(note_of(&docs[0])->number, 2);
    assert_int_equal(docs[1].version, 0);
    assert_int_equal(docs[2].version, 0);
    assert_int_equal(note_of(&docs[3])->number, 0);
    assert_int_equal(note_of(&docs[4])->number, 2);
    assert_int_equal(docs[5].version, 0);
}

static void get_many__takes_up_to_its_limit(struct ts_call *call)
{
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, TS_GET_MAX + 1);
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, TS_GET_MAX + 1);

    notes_insert(call, "ann", 50);
    if (store_ops(call->runtime->store)->exact)
        store_cache_clear(call->runtime->store);
    for (size_t i = 0; i <= TS_GET_MAX; i++)
        ids[i] = ts_printf(call->arena, "n%02zu", i);
    assert_int_equal(ts_store_get_many(call, &notes, ids, TS_GET_MAX + 1, docs), TS_EINVALID);
    assert_int_equal(ts_store_get_many(call, &notes, ids, TS_GET_MAX, docs), 0);
    assert_int_equal(note_of(&docs[49])->number, 49);
    assert_int_equal(docs[50].version, 0);
    assert_int_equal(ts_store_get_many(call, &notes, ids, 0, docs), 0);
}

static void put__keeps_fields_that_this_program_does_not_know(struct ts_call *call)
{
    Note__NoteLater later = NOTE__NOTE_LATER__INIT;
    struct ts_doc doc;
    uint8_t packed[64];
    Note__Note *note;

    later.invented = (char *)(uintptr_t) "kept";
    note = note__note__unpack(ts_arena_allocator(call->arena), note__note_later__pack(&later, packed), packed);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note->base), 0);
    doc = get(call, "a");
    note_of(&doc)->owner = (char *)(uintptr_t) "bob";
    assert_int_equal(ts_store_put(call, &notes, "a", 1, doc.body), 0);
    doc = get(call, "a");
    note__note__pack(note_of(&doc), packed);
    later =
        *note__note_later__unpack(ts_arena_allocator(call->arena), note__note__get_packed_size(note_of(&doc)), packed);
    assert_string_equal(later.invented, "kept");
    assert_string_equal(later.owner, "bob");
}

/* Conflicts */

static void insert__conflicts_with_any_version(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    insert(call, "a", note);
    note.number = 2;
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(get(call, "a").version, 2);
}

static void put__conflicts_unless_the_version_is_the_newest(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), TS_WRITE_CONFLICT);
    insert(call, "a", note);
    assert_int_equal(ts_store_put(call, &notes, "a", 2, &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(get(call, "a").version, 2);
}

static void three_writes(struct ts_call *call, struct ts_write writes[3])
{
    static Note__Note first, second, third;

    first = note_make("ann", 1);
    second = note_make("ann", 2);
    third = note_make("ann", 3);
    insert(call, "taken", note_make("bob", 0));
    writes[0] = (struct ts_write){ &notes, "x", 0, &first.base, TS_WRITE_SKIPPED };
    writes[1] = (struct ts_write){ &notes, "taken", 0, &second.base, TS_WRITE_OK };
    writes[2] = (struct ts_write){ &quiet_notes, "z", 0, &third.base, TS_WRITE_OK };
}

static void write__ordered_stops_at_the_first_conflict(struct ts_call *call)
{
    struct ts_write writes[3];
    struct ts_doc doc;

    three_writes(call, writes);
    assert_int_equal(ts_store_write(call, writes, 3, TS_WRITE_ORDERED), 0);
    assert_int_equal(writes[0].result, TS_WRITE_OK);
    assert_int_equal(writes[1].result, TS_WRITE_CONFLICT);
    assert_int_equal(writes[2].result, TS_WRITE_SKIPPED);
    assert_int_equal(get(call, "x").version, 1);
    assert_int_equal(ts_store_get(call, &quiet_notes, "z", &doc), 0);
    assert_int_equal(doc.version, 0);
}

static void write__independent_gives_each_its_result(struct ts_call *call)
{
    struct ts_write writes[3];
    struct ts_doc doc;

    three_writes(call, writes);
    assert_int_equal(ts_store_write(call, writes, 3, TS_WRITE_INDEPENDENT), 0);
    assert_int_equal(writes[0].result, TS_WRITE_OK);
    assert_int_equal(writes[1].result, TS_WRITE_CONFLICT);
    assert_int_equal(writes[2].result, TS_WRITE_OK);
    assert_int_equal(ts_store_get(call, &quiet_notes, "z", &doc), 0);
    assert_int_equal(doc.version, 1);
    assert_int_equal(note_of(&(struct ts_doc){ .body = get(call, "taken").body })->number, 0);
}

static void write__may_move_one_document_twice(struct ts_call *call)
{
    Note__Note first = note_make("ann", 1), second = note_make("ann", 2);
    struct ts_write writes[] = { { &notes, "a", 0, &first.base, 0 },
                                 { &notes, "a", 1, &second.base, 0 },
                                 { &notes, "a", 0, &second.base, 0 } };

    assert_int_equal(ts_store_write(call, writes, 3, TS_WRITE_INDEPENDENT), 0);
    assert_int_equal(writes[1].result, TS_WRITE_OK);
    assert_int_equal(writes[2].result, TS_WRITE_CONFLICT);
    assert_int_equal(get(call, "a").version, 2);
    assert_int_equal(ts_store_write(call, NULL, 0, TS_WRITE_ORDERED), 0);
}

static void on_done(struct store_request *request)
{
    request->ended = true;
    fiber_wake(request->fiber);
}

/* Hand one item straight to the backend, as a front would that tries again. */
static enum ts_write_result submit_item(struct ts_call *call, int64_t version, int64_t attempt)
{
    struct store *store = call->runtime->store;
    struct store_item item = { store_find(store, "notes"), "own", version, attempt, false,
                               (const uint8_t *)"",        0,     NULL,    0,       TS_WRITE_SKIPPED };
    struct store_request request = { .type = STORE_WRITE,
                                     .items = &item,
                                     .count = 1,
                                     .stamp = { 1, "", "", "" },
                                     .done = on_done,
                                     .fiber = fiber_self() };

    arena_init(&request.arena);
    if (!store_ops(store)->submit(store_backend(store), &request)) {
        while (!request.ended)
            fiber_suspend();
    }
    arena_done(&request.arena);
    assert_int_equal(request.result, 0);
    return item.result;
}

static void write__takes_its_own_attempt_for_success(struct ts_call *call)
{
    assert_int_equal(submit_item(call, 1, 111), TS_WRITE_OK);
    assert_int_equal(submit_item(call, 1, 111), TS_WRITE_OK);
    assert_int_equal(submit_item(call, 1, 112), TS_WRITE_CONFLICT);
    assert_int_equal(submit_item(call, 2, 113), TS_WRITE_OK);
    assert_int_equal(submit_item(call, 1, 111), TS_WRITE_OK);
    assert_int_equal(submit_item(call, 2, 111), TS_WRITE_CONFLICT);
    assert_int_equal(get(call, "own").version, 2);
}

/* Limits */

static int insert_id(struct ts_call *call, const char *id)
{
    Note__Note note = note_make("ann", 1);

    return ts_store_insert(call, &notes, id, &note.base);
}

static void write__refuses_what_is_no_id(struct ts_call *call)
{
    char id[TS_KEY_SIZE_MAX + 2];

    memset(id, 'x', sizeof(id));
    id[TS_KEY_SIZE_MAX + 1] = '\0';
    assert_int_equal(insert_id(call, id), TS_EINVALID);
    id[TS_KEY_SIZE_MAX] = '\0';
    assert_int_equal(insert_id(call, id), 0);
    assert_int_equal(get(call, id).version, 1);
    assert_int_equal(insert_id(call, NULL), TS_EINVALID);
    assert_int_equal(insert_id(call, ""), TS_EINVALID);
    assert_int_equal(insert_id(call, "a b"), TS_EINVALID);
    assert_int_equal(insert_id(call, "\xc3\xa4"), TS_EINVALID);
    assert_int_equal(insert_id(call, "\x7f"), TS_EINVALID);
    assert_int_equal(insert_id(call, "!~"), 0);
}

static void write__refuses_a_document_that_is_too_large(struct ts_call *call)
{
    Note__Note note = NOTE__NOTE__INIT;

    note.has_blob = true;
    note.blob.len = TS_DOCUMENT_SIZE_MAX - 4; /* with its tag and length */
    note.blob.data = ts_alloc(call->arena, TS_DOCUMENT_SIZE_MAX);
    assert_int_equal(note__note__get_packed_size(&note), TS_DOCUMENT_SIZE_MAX);
    assert_int_equal(ts_store_insert(call, &notes, "large", &note.base), 0);
    assert_int_equal(note_of(&(struct ts_doc){ .body = get(call, "large").body })->blob.len, TS_DOCUMENT_SIZE_MAX - 4);
    note.blob.len++;
    assert_int_equal(ts_store_insert(call, &notes, "larger", &note.base), TS_EINVALID);
    assert_int_equal(get(call, "larger").version, 0);
}

static void write__refuses_nonsense(struct ts_call *call)
{
    static const struct ts_collection unknown = { .name = "unknown", .message = &note__note__descriptor };
    Note__Note note = note_make("ann", 1);
    Note__NoteLater other = NOTE__NOTE_LATER__INIT;
    struct ts_write *many = TS_NEW_ARRAY(call->arena, struct ts_write, TS_WRITE_MAX + 1);
    struct ts_doc doc;

    assert_int_equal(ts_store_insert(call, &unknown, "a", &note.base), TS_EINVALID);
    assert_int_equal(ts_store_get(call, &unknown, "a", &doc), TS_EINVALID);
    assert_int_equal(ts_store_insert(call, &notes, "a", &other.base), TS_EINVALID);
    assert_int_equal(ts_store_insert(call, &notes, "a", NULL), TS_EINVALID);
    assert_int_equal(ts_store_put(call, &notes, "a", -1, &note.base), TS_EINVALID);
    assert_int_equal(ts_store_write(call, many, TS_WRITE_MAX + 1, TS_WRITE_ORDERED), TS_EINVALID);
}

static void write__of_its_largest_size_is_written(struct ts_call *call)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, TS_WRITE_MAX);
    Note__Note note = note_make("ann", 1);
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") } };
    int64_t count = 0;

    for (unsigned i = 0; i < TS_WRITE_MAX; i++)
        writes[i] = (struct ts_write){ &notes, ts_printf(call->arena, "w%u", i), 0, &note.base, TS_WRITE_SKIPPED };
    assert_int_equal(ts_store_write(call, writes, TS_WRITE_MAX, TS_WRITE_INDEPENDENT), 0);
    assert_int_equal(writes[TS_WRITE_MAX - 1].result, TS_WRITE_OK);
    assert_int_equal(ts_store_count(call, &scan, INT64_MAX, &count), 0);
    assert_int_equal(count, TS_WRITE_MAX);
}

/* Scans */

static void scan__walks_an_index_in_its_order(struct ts_call *call)
{
    insert(call, "c", note_make("ann", -5));
    insert(call, "a", note_make("ann", 300));
    insert(call, "b", note_make("ann", 2));
    insert(call, "d", note_make("bob", 1));
    insert(call, "e", note_make("an", 9));
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner" }), "e c b a d");
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner", .descending = true }),
                        "d a b c e");
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "number" }), "c d b e a");
    assert_string_equal(
        scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") } }),
        "c b a");
}

static void scan__breaks_ties_by_id(struct ts_call *call)
{
    insert(call, "b", note_make("ann", 1));
    insert(call, "a", note_make("ann", 1));
    insert(call, "c", note_make("ann", 1));
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "number", .limit = 1 }),
                        "a b c");
    assert_string_equal(
        scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "number", .limit = 1, .descending = true }),
        "c b a");
}

static void scan__takes_from_inclusive_and_to_exclusive(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") } };

    notes_insert(call, "ann", 6);
    insert(call, "other", note_make("anna", 3));
    scan.from = TS_INT(2);
    assert_string_equal(scan_ids(call, scan), "n02 n03 n04 n05");
    scan.to = TS_INT(4);
    assert_string_equal(scan_ids(call, scan), "n02 n03");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "n03 n02");
    scan.from.type = TS_VALUE_NONE;
    assert_string_equal(scan_ids(call, scan), "n03 n02 n01 n00");
    scan.from = TS_INT(4);
    assert_string_equal(scan_ids(call, scan), "");
    scan.from = TS_INT(5);
    assert_string_equal(scan_ids(call, scan), "");
}

static void scan__bounds_extreme_integers(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number" };

    insert(call, "min", note_make("x", INT64_MIN));
    insert(call, "max", note_make("x", INT64_MAX));
    insert(call, "zero", note_make("x", 0));
    insert(call, "minus", note_make("x", -1));
    assert_string_equal(scan_ids(call, scan), "min minus zero max");
    scan.equal[0] = TS_INT(INT64_MAX);
    assert_string_equal(scan_ids(call, scan), "max");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "max");
    scan = (struct ts_scan){ .collection = &notes, .index = "number", .from = TS_INT(0) };
    assert_string_equal(scan_ids(call, scan), "zero max");
}

static void scan__by_id_walks_newest_versions(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes };
    Note__Note note = note_make("ann", 9);

    notes_insert(call, "ann", 5);
    assert_int_equal(ts_store_put(call, &notes, "n02", 1, &note.base), 0);
    assert_int_equal(ts_store_put(call, &notes, "n02", 2, &note.base), 0);
    assert_string_equal(scan_ids(call, scan), "n00 n01 n02 n03 n04");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "n04 n03 n02 n01 n00");
    scan.from = TS_STRING("n01");
    scan.to = TS_STRING("n03");
    assert_string_equal(scan_ids(call, scan), "n02 n01");
    scan.descending = false;
    assert_string_equal(scan_ids(call, scan), "n01 n02");
    scan.limit = 5;
    assert_int_equal(scan_page(call, &scan).docs[1].version, 3);
}

static void scan__tells_whether_more_follows(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .limit = 3 };
    struct ts_page page;

    assert_int_equal(scan_page(call, &scan).count, 0);
    assert_null(scan_page(call, &scan).cursor);
    notes_insert(call, "ann", 3);
    page = scan_page(call, &scan);
    assert_int_equal(page.count, 3);
    assert_false(page.more);
    scan.limit = 2;
    page = scan_page(call, &scan);
    assert_int_equal(page.count, 2);
    assert_true(page.more);
    scan.index = NULL;
    assert_true(scan_page(call, &scan).more);
    scan.limit = 3;
    assert_false(scan_page(call, &scan).more);
}

static void scan__keys_only_gives_ids_without_bodies(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .limit = 3, .keys_only = true };
    struct ts_page page;

    notes_insert(call, "ann", 3);
    page = scan_page(call, &scan);
    assert_string_equal(page.docs[2].id, "n02");
    assert_int_equal(page.docs[2].version, 1);
    assert_null(page.docs[2].body);
    scan.index = NULL;
    assert_null(scan_page(call, &scan).docs[0].body);
    assert_string_equal(scan_ids(call, scan), "n00 n01 n02");
}

static void scan__leaves_out_documents_without_the_field(struct ts_call *call)
{
    Note__Note with = note_make("ann", 1), without = NOTE__NOTE__INIT;
    struct ts_scan due = { .collection = &notes, .index = "due" };

    with.has_due_ms = true;
    with.due_ms = 77;
    insert(call, "with", with);
    insert(call, "without", without);
    assert_string_equal(scan_ids(call, due), "with");
    with.has_due_ms = false;
    assert_int_equal(ts_store_put(call, &notes, "with", 1, &with.base), 0);
    assert_string_equal(scan_ids(call, due), "");
    with.has_due_ms = true;
    assert_int_equal(ts_store_put(call, &notes, "with", 2, &with.base), 0);
    assert_string_equal(scan_ids(call, due), "with");
}

static void scan__meets_a_document_once_per_repeated_value(struct ts_call *call)
{
    char *tags[] = { (char *)(uintptr_t) "rock", (char *)(uintptr_t) "jazz", (char *)(uintptr_t) "rock" };
    Note__Note note = note_make("ann", 1);
    struct ts_scan scan = { .collection = &notes, .index = "tags", .equal = { TS_STRING("ann") } };

    note.n_tags = 3;
    note.tags = tags;
    insert(call, "a", note);
    note.n_tags = 1;
    insert(call, "b", note);
    assert_string_equal(scan_ids(call, scan), "a a b");
    scan.equal[1] = TS_STRING("rock");
    assert_string_equal(scan_ids(call, scan), "a b");
    note.tags = tags + 1;
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    assert_string_equal(scan_ids(call, scan), "b");
    scan.equal[1] = TS_STRING("jazz");
    assert_string_equal(scan_ids(call, scan), "a");
}

static void scan__orders_each_kind_of_field(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "kinds" };

    for (int i = 0; i < 4; i++) {
        Note__Note note = NOTE__NOTE__INIT;

        note.has_open = note.has_small = note.has_positive = note.has_colour = true;
        note.open = i == 3;
        note.small = i == 2 ? -1 : 1;
        note.positive = i == 1 ? UINT32_MAX : 5;
        note.colour = NOTE__COLOUR__BLUE;
        insert(call, ts_printf(call->arena, "k%d", i), note);
    }
    assert_string_equal(scan_ids(call, scan), "k2 k0 k1 k3");
    scan.equal[0] = TS_INT(0);
    scan.equal[1] = TS_INT(1);
    scan.equal[2] = TS_INT(UINT32_MAX);
    scan.equal[3] = TS_INT(NOTE__COLOUR__BLUE);
    assert_string_equal(scan_ids(call, scan), "k1");
}

static void scan__cuts_long_strings(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "text", .limit = 1 };
    char *text = ts_alloc(call->arena, 2001);
    Note__Note note = NOTE__NOTE__INIT;

    memset(text, 'x', 2000);
    note.text = text;
    insert(call, "a", note);
    insert(call, "b", note);
    text[1000] = '\0';
    insert(call, "c", note);
    scan.equal[0] = TS_STRING(text);
    assert_string_equal(scan_ids(call, scan), "a b c");
}

/* Four documents that move between four numbers, or to none. */
struct moving {
    const struct ts_collection *collection;
    int64_t versions[4];
    int64_t numbers[4]; /* -1: none */
};

static void expect_where_they_are(struct ts_call *call, const struct moving *moving)
{
    struct ts_scan scan = { .collection = moving->collection, .index = "number" };

    for (int64_t number = 0; number < 4; number++) {
        const char *ids = "";

        for (unsigned i = 0; i < 4; i++) {
            if (moving->numbers[i] == number)
                ids = ts_printf(call->arena, "%s%sm%u", ids, *ids ? " " : "", i);
        }
        scan.equal[0] = TS_INT(number);
        assert_string_equal(scan_ids(call, scan), ids);
    }
}

/* A put that knows the version before from the cache leaves the index as one that has to look for it. */
static void scan__follows_puts_whatever_the_cache_knows(struct ts_call *call)
{
    struct moving movings[] = { { &notes, { 0 }, { -1, -1, -1, -1 } }, { &shared_notes, { 0 }, { -1, -1, -1, -1 } } };
    uint32_t dice = 1;

    for (unsigned step = 0; step < 240; step++) {
        struct moving *moving = &movings[step % 2];
        unsigned which = (dice = dice * 1103515245 + 12345) >> 16 & 3;
        int64_t number = (int64_t)((dice = dice * 1103515245 + 12345) >> 16) % 5 - 1;
        const char *id = ts_printf(call->arena, "m%u", which);
        Note__Note note = NOTE__NOTE__INIT;

        note.has_number = number >= 0;
        note.number = number;
        if (step % 3 == 0)
            store_cache_clear(call->runtime->store);
        assert_int_equal(ts_store_put(call, moving->collection, id, moving->versions[which] + 1, &note.base),
                         TS_WRITE_CONFLICT);
        assert_int_equal(ts_store_put(call, moving->collection, id, moving->versions[which], &note.base), 0);
        moving->versions[which]++;
        moving->numbers[which] = number;
        expect_where_they_are(call, moving);
    }
}

static void scan__refuses_what_makes_no_sense(struct ts_call *call)
{
    const struct ts_scan wrong[] = {
        { .collection = &notes, .index = "owner", .limit = 0 },
        { .collection = &notes, .index = "owner", .limit = TS_SCAN_MAX + 1 },
        { .collection = &notes, .index = "nothing", .limit = 1 },
        { .collection = &notes, .index = "owner", .equal = { TS_INT(1) }, .limit = 1 },
        { .collection = &notes, .index = "number", .equal = { TS_STRING("1") }, .limit = 1 },
        { .collection = &notes, .index = "number", .equal = { TS_INT(1), TS_INT(1) }, .limit = 1 },
        { .collection = &notes, .index = "number", .equal = { TS_INT(1) }, .from = TS_INT(1), .limit = 1 },
        { .collection = &notes, .index = "number", .to = TS_STRING("1"), .limit = 1 },
        { .collection = &notes, .index = "owner", .from = TS_STRING(NULL), .limit = 1 },
        { .collection = &shared_notes, .index = "number", .equal = { TS_STRING(NULL) }, .limit = 1 },
        { .collection = &notes, .from = TS_INT(1), .limit = 1 },
        { .collection = &notes, .equal = { TS_STRING("a") }, .limit = 1 },
    };
    struct ts_page page;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(ts_store_scan(call, &wrong[i], &page), TS_EINVALID);
}

/* Cursors */

static void cursor__of_a_document_is_where_it_stands(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") }, .limit = 9 };
    struct ts_page page;

    notes_insert(call, "ann", 5);
    page = scan_page(call, &scan);
    assert_string_equal(ts_store_cursor(call, &scan, &page.docs[4]), page.cursor);
    scan.cursor = ts_store_cursor(call, &scan, &page.docs[1]);
    assert_int_equal(strspn(scan.cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     strlen(scan.cursor));
    assert_string_equal(scan_ids(call, scan), "n02 n03 n04");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "n00");
    scan = (struct ts_scan){ .collection = &notes, .limit = 9 };
    scan.cursor = ts_store_cursor(call, &scan, &page.docs[1]);
    assert_string_equal(scan_ids(call, scan), "n02 n03 n04");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "n00");
}

static void cursor__never_widens_the_range(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .limit = 9 };
    struct ts_page page;

    notes_insert(call, "ann", 5);
    page = scan_page(call, &scan);
    scan.from = TS_INT(3);
    scan.cursor = ts_store_cursor(call, &(struct ts_scan){ .collection = &notes, .index = "number" }, &page.docs[0]);
    assert_string_equal(scan_ids(call, scan), "n03 n04");
    scan.from.type = TS_VALUE_NONE;
    scan.to = TS_INT(2);
    scan.cursor = page.cursor;
    assert_string_equal(scan_ids(call, scan), "");
    scan.descending = true;
    assert_string_equal(scan_ids(call, scan), "n01 n00");
}

static void cursor__of_another_scan_is_refused(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") }, .limit = 1 };
    struct ts_page page;
    const char *cursor, *broken[] = { "", "A", "????", "AAAAAAAAAAAAAAAA", "n01" };

    notes_insert(call, "ann", 2);
    cursor = scan_page(call, &scan).cursor;
    scan.cursor = cursor;
    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    scan.equal[0] = TS_STRING("bob");
    assert_int_equal(ts_store_scan(call, &scan, &page), TS_EINVALID);
    scan = (struct ts_scan){ .collection = &notes, .index = "number", .limit = 1, .cursor = cursor };
    assert_int_equal(ts_store_scan(call, &scan, &page), TS_EINVALID);
    scan = (struct ts_scan){ .collection = &notes, .limit = 1, .cursor = cursor };
    assert_int_equal(ts_store_scan(call, &scan, &page), TS_EINVALID);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        scan = (struct ts_scan){ .collection = &notes, .index = "owner", .limit = 1, .cursor = broken[i] };
        assert_int_equal(ts_store_scan(call, &scan, &page), TS_EINVALID);
    }
}

static void cursor__stays_right_when_its_document_is_gone(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .limit = 2 };
    Note__Note note = note_make("ann", 100);

    notes_insert(call, "ann", 5);
    scan.cursor = scan_page(call, &scan).cursor;
    assert_int_equal(ts_store_put(call, &notes, "n01", 1, &note.base), 0);
    assert_string_equal(scan_ids(call, scan), "n02 n03 n04 n01");
}

static void count__counts_to_its_maximum(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .index = "owner", .equal = { TS_STRING("ann") } };
    int64_t count = -1;

    assert_int_equal(ts_store_count(call, &scan, 10, &count), 0);
    assert_int_equal(count, 0);
    notes_insert(call, "ann", 7);
    insert(call, "other", note_make("bob", 1));
    assert_int_equal(ts_store_count(call, &scan, 100, &count), 0);
    assert_int_equal(count, 7);
    assert_int_equal(ts_store_count(call, &scan, 3, &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(ts_store_count(call, &scan, 0, &count), 0);
    assert_int_equal(count, 0);
    scan = (struct ts_scan){ .collection = &notes, .from = TS_STRING("n03") };
    assert_int_equal(ts_store_count(call, &scan, 100, &count), 0);
    assert_int_equal(count, 5);
    assert_int_equal(ts_store_count(call, &scan, 2, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(ts_store_count(call, &scan, -1, &count), TS_EINVALID);
}

/* History and erasure */

static void history__gives_versions_newest_first(struct ts_call *call)
{
    Note__Note note = note_make("ann", 0);
    struct ts_page page;

    for (int64_t i = 0; i < 5; i++) {
        note.number = i;
        call->operation = ts_printf(call->arena, "step%d", (int)i);
        assert_int_equal(ts_store_put(call, &notes, "a", i, &note.base), 0);
    }
    insert(call, "b", note);
    assert_int_equal(ts_store_history(call, &notes, "a", 0, 2, &page), 0);
    assert_int_equal(page.count, 2);
    assert_true(page.more);
    assert_int_equal(page.docs[0].version, 5);
    assert_string_equal(page.docs[1].operation, "step3");
    assert_int_equal(ts_store_history(call, &notes, "a", 4, 9, &page), 0);
    assert_int_equal(page.count, 3);
    assert_false(page.more);
    assert_int_equal(note_of(&page.docs[2])->number, 0);
    assert_int_equal(ts_store_history(call, &notes, "nothing", 0, 9, &page), 0);
    assert_int_equal(page.count, 0);
    assert_int_equal(ts_store_history(call, &notes, "a", 0, 0, &page), TS_EINVALID);
    assert_int_equal(ts_store_history(call, &notes, "a", -1, 1, &page), TS_EINVALID);
    assert_int_equal(ts_store_history(call, &notes, "no id", 0, 1, &page), TS_EINVALID);
}

static void erase__blanks_every_version(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_page page;
    struct ts_doc doc;

    insert(call, "a", note);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    doc = get(call, "a");
    assert_int_equal(doc.version, 3);
    assert_true(doc.erased);
    assert_non_null(doc.body);
    assert_null(note_of(&doc)->owner);
    assert_int_equal(ts_store_history(call, &notes, "a", 0, 9, &page), 0);
    assert_int_equal(page.count, 3);
    for (size_t i = 0; i < page.count; i++) {
        assert_true(page.docs[i].erased);
        assert_null(note_of(&page.docs[i])->owner);
        assert_string_equal(page.docs[i].operation, "test");
    }
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner" }), "");
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes }), "");
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .descending = true }), "");
}

static void erase__is_idempotent(struct ts_call *call)
{
    insert(call, "a", note_make("ann", 1));
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    assert_int_equal(get(call, "a").version, 2);
    assert_int_equal(ts_store_erase(call, &notes, "absent"), 0);
    assert_int_equal(get(call, "absent").version, 0);
    assert_int_equal(ts_store_erase(call, &quiet_notes, "a"), TS_EINVALID);
    assert_int_equal(ts_store_erase(call, &notes, ""), TS_EINVALID);
}

static void put__onto_an_erased_document_is_found_again(struct ts_call *call)
{
    Note__Note note = note_make("bob", 1);

    insert(call, "a", note_make("ann", 1));
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(ts_store_put(call, &notes, "a", 2, &note.base), 0);
    assert_false(get(call, "a").erased);
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner" }), "a");
}

static void insert_fleeting(struct ts_call *call, const char *id, int64_t number)
{
    Note__Note note = note_make("ann", number);

    assert_int_equal(ts_store_insert(call, &fleeting_notes, id, &note.base), 0);
}

/* All that is older than `before_ms`, looked for in pages of `limit`. Return: how many went. */
static size_t drop_old(struct ts_call *call, int64_t before_ms, unsigned limit)
{
    const struct store_collection *collection = store_find(call->runtime->store, fleeting_notes.name);
    const char *cursor = "";
    size_t total = 0, count = 0;

    for (unsigned pages = 0; cursor; pages++) {
        assert_int_equal(store_drop_old(call, collection, before_ms, limit, &cursor, &count), 0);
        assert_true(count <= limit);
        total += count;
        assert_true(pages < 20);
    }
    return total;
}

static void assert_gone(struct ts_call *call, const char *id)
{
    struct ts_page page;
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &fleeting_notes, id, &doc), 0);
    assert_int_equal(doc.version, 0);
    assert_int_equal(ts_store_history(call, &fleeting_notes, id, 0, 9, &page), 0);
    assert_int_equal(page.count, 0);
}

static void drop_old__lets_go_of_what_nobody_touched(struct ts_call *call)
{
    struct ts_scan by_number = { .collection = &fleeting_notes, .index = "number" }, by_id = by_number;
    Note__Note again = note_make("bob", 9);
    struct ts_page page;
    int64_t now_ms;

    insert_fleeting(call, "a", 1);
    assert_int_equal(ts_store_put(call, &fleeting_notes, "a", 1, &again.base), 0);
    insert_fleeting(call, "b", 2);
    insert_fleeting(call, "c", 3);
    assert_int_equal(ts_store_erase(call, &fleeting_notes, "c"), 0);
    insert_fleeting(call, "d", 4);
    runtime_clock_advance(call->runtime, 5000);
    now_ms = runtime_now_ms(call->runtime);
    assert_int_equal(ts_store_put(call, &fleeting_notes, "b", 1, &again.base), 0);
    insert_fleeting(call, "e", 5);
    assert_int_equal(drop_old(call, now_ms - 60000, 2), 0); /* nothing is so old */
    assert_int_equal(drop_old(call, now_ms, 2), 3);
    assert_int_equal(drop_old(call, now_ms, 2), 0);
    assert_gone(call, "a");
    assert_gone(call, "c");
    assert_gone(call, "d");
    assert_int_equal(ts_store_history(call, &fleeting_notes, "b", 0, 9, &page), 0);
    assert_int_equal(page.count, 2);
    by_id.index = NULL;
    assert_string_equal(scan_ids(call, by_id), "b e");
    assert_string_equal(scan_ids(call, by_number), "e b");
    insert_fleeting(call, "a", 7); /* it is a new one */
    assert_string_equal(scan_ids(call, by_number), "e a b");
}

static void drop_old__is_for_what_says_how_long_it_is_kept(struct ts_call *call)
{
    const char *cursor = "";
    size_t count;

    insert(call, "a", note_make("ann", 1));
    assert_int_equal(store_drop_old(call, store_find(call->runtime->store, notes.name), INT64_MAX, 9, &cursor, &count),
                     TS_EINVALID);
    assert_int_equal(get(call, "a").version, 1);
}

/* ann, who has two tags and two people. */
static Note__Note *note_of_ann(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    Note__Note *copy = ts_memdup(call->arena, &note, sizeof(note));

    copy->n_tags = copy->n_people = 2;
    copy->tags = TS_NEW_ARRAY(call->arena, char *, 2);
    copy->people = TS_NEW_ARRAY(call->arena, Note__Person *, 2);
    for (size_t i = 0; i < 2; i++) {
        copy->tags[i] = (char *)(i ? "red" : "blue");
        copy->people[i] = TS_NEW(call->arena, Note__Person);
        note__person__init(copy->people[i]);
        copy->people[i]->name = (char *)(i ? "cy" : "bo");
        copy->people[i]->has_age = true;
        copy->people[i]->age = 40 + (int64_t)i;
    }
    return copy;
}

static void erase_parts(struct ts_call *call, const char *part)
{
    assert_int_equal(ts_store_erase_parts(call, &notes, "a", &part, 1), 0);
}

static void erase_parts__takes_a_field_out_of_every_version(struct ts_call *call)
{
    Note__Note *note = note_of_ann(call);
    struct ts_page page;

    insert(call, "a", *note);
    note->number = 2;
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note->base), 0);
    erase_parts(call, "owner");
    assert_int_equal(ts_store_history(call, &notes, "a", 0, 9, &page), 0);
    assert_int_equal(page.count, 3);
    for (size_t i = 0; i < page.count; i++) {
        assert_false(page.docs[i].erased);
        assert_null(note_of(&page.docs[i])->owner);
        assert_int_equal(note_of(&page.docs[i])->number, i == 2 ? 1 : 2);
        assert_string_equal(note_of(&page.docs[i])->people[1]->name, "cy");
    }
    assert_int_equal(get(call, "a").version, 3);
    assert_string_equal(scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "owner" }), "");
    assert_string_equal(
        scan_ids(call, (struct ts_scan){ .collection = &notes, .index = "number", .equal = { TS_INT(2) } }), "a");
}

static void erase_parts__leaves_an_elements_neighbours(struct ts_call *call)
{
    static const char *const parts[] = { "people[1].name", "tags[0]" };
    struct ts_page page;
    struct ts_doc doc;

    insert(call, "a", *note_of_ann(call));
    assert_int_equal(ts_store_erase_parts(call, &notes, "a", parts, 2), 0);
    doc = get(call, "a");
    assert_int_equal(doc.version, 2);
    assert_string_equal(note_of(&doc)->owner, "ann");
    assert_int_equal(note_of(&doc)->n_people, 2);
    assert_string_equal(note_of(&doc)->people[0]->name, "bo");
    assert_null(note_of(&doc)->people[1]->name);
    assert_int_equal(note_of(&doc)->people[1]->age, 41);
    assert_int_equal(note_of(&doc)->n_tags, 2);
    assert_string_equal(note_of(&doc)->tags[0], "");
    assert_string_equal(note_of(&doc)->tags[1], "red");
    assert_int_equal(ts_store_history(call, &notes, "a", 0, 9, &page), 0);
    assert_int_equal(page.count, 2);
    assert_null(note_of(&page.docs[1])->people[1]->name);
}

static void erase_parts__is_idempotent_and_knows_its_message(struct ts_call *call)
{
    static const char *const wrong[] = { "nobody",      "owner[0]", "people[0]", "people[0].nobody",
                                         "people.name", "tags[x]",  "tags[-1]",  "" };
    const char *part = "owner";

    insert(call, "a", *note_of_ann(call));
    erase_parts(call, "owner");
    erase_parts(call, "owner");
    erase_parts(call, "people[7].name");
    assert_int_equal(get(call, "a").version, 2);
    for (size_t i = 0; i < TS_ARRAY_SIZE(wrong); i++)
        assert_int_equal(ts_store_erase_parts(call, &notes, "a", &wrong[i], 1), TS_EINVALID);
    assert_int_equal(ts_store_erase_parts(call, &notes, "absent", &part, 1), 0);
    assert_int_equal(get(call, "absent").version, 0);
    assert_int_equal(ts_store_erase_parts(call, &quiet_notes, "a", &part, 1), TS_EINVALID);
    assert_int_equal(ts_store_erase(call, &notes, "a"), 0);
    erase_parts(call, "number");
    assert_int_equal(get(call, "a").version, 3);
}

static void erase_parts__meets_a_put_from_before_with_a_conflict(struct ts_call *call)
{
    Note__Note *note = note_of_ann(call);

    insert(call, "a", *note);
    erase_parts(call, "owner");
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note->base), TS_WRITE_CONFLICT);
    note->owner = NULL;
    assert_int_equal(ts_store_put(call, &notes, "a", 2, &note->base), 0);
}

/* Deadlines, crashes, due times */

static void waits__refuse_to_begin_past_the_deadline(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .limit = 1 };
    Note__Note note = note_make("ann", 1);
    struct ts_page page;
    struct ts_doc doc;

    call->deadline_ms = loop_now_ms(call->runtime->loop) - 1;
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_EDEADLINE);
    assert_int_equal(ts_store_get(call, &notes, "a", &doc), TS_EDEADLINE);
    assert_int_equal(ts_store_scan(call, &scan, &page), TS_EDEADLINE);
    assert_int_equal(ts_store_erase(call, &notes, "a"), TS_EDEADLINE);
    call->deadline_ms = loop_now_ms(call->runtime->loop) + 60000;
    assert_int_equal(get(call, "a").version, 0);
}

static void waits__of_a_crashed_instance_say_so(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc;

    call->runtime->crashed = true;
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_ECRASHED);
    assert_int_equal(ts_store_get(call, &notes, "a", &doc), TS_ECRASHED);
    call->runtime->crashed = false;
    assert_int_equal(get(call, "a").version, 0);
}

static struct {
    unsigned count;
    int64_t due_ms;
    const struct ts_collection *collection;
} told;

static void on_due(struct ts_runtime *runtime, const struct ts_collection *collection, int64_t due_ms)
{
    (void)runtime;
    told.count++;
    told.due_ms = due_ms;
    told.collection = collection;
}

static void write__tells_due_times_of_what_was_written(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);

    told.count = 0;
    call->runtime->on_due = on_due;
    insert(call, "without", note);
    assert_int_equal(told.count, 0);
    note.has_due_ms = true;
    note.due_ms = 12345;
    insert(call, "a", note);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.due_ms, 12345);
    assert_ptr_equal(told.collection, &notes);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_WRITE_CONFLICT);
    assert_int_equal(told.count, 1);
}

static void reopening__keeps_everything(void **state)
{
    (void)state;
    fixture_run(&the_fixture, put_kept);
    fixture_reopen(&the_fixture);
    fixture_run(&the_fixture, get__survives_reopening);
}

/* Shared collections */

static void shared_put(struct ts_call *call, const char *id, int64_t version, int32_t number)
{
    Note__Note note = NOTE__NOTE__INIT;

    note.has_number = true;
    note.number = number;
    assert_int_equal(ts_store_put(call, &shared_notes, id, version, &note.base), 0);
}

/* Each place asks twice: the second time it is the kept page that answers. */
static void shared_expect(struct ts_call *call, const char *ids)
{
    struct ts_scan all = { .collection = &shared_notes, .index = "number", .limit = 2 };

    assert_string_equal(scan_ids(call, all), ids);
    assert_string_equal(scan_ids(call, all), ids);
}

static void shared__scans_see_each_answered_write(struct ts_call *call)
{
    struct ts_scan one = { .collection = &shared_notes, .index = "number", .from = TS_INT(7), .limit = 9 };
    Note__Note other = NOTE__NOTE__INIT;

    shared_expect(call, "");
    shared_put(call, "a", 0, 3);
    shared_expect(call, "a");
    shared_put(call, "b", 0, 1);
    shared_put(call, "c", 0, 2);
    shared_expect(call, "b c a");
    shared_put(call, "b", 1, 9);
    shared_expect(call, "c a b");
    assert_string_equal(scan_ids(call, one), "b");
    assert_int_equal(ts_store_insert(call, &notes, "a", &other.base), 0); /* another collection: nothing changes */
    shared_expect(call, "c a b");
    one.descending = true;
    one.from = TS_INT(2);
    assert_string_equal(scan_ids(call, one), "b a c");
    store_cache_clear(call->runtime->store);
    shared_expect(call, "c a b");
}

static void shared__readers_get_one_message_that_outlives_its_version(struct ts_call *call)
{
    struct ts_arena *arena = call->arena, *own = ts_arena_new();
    struct ts_doc first, second, third;

    shared_put(call, "a", 0, 1);
    call->arena = own;
    assert_int_equal(ts_store_get(call, &shared_notes, "a", &first), 0);
    call->arena = arena;
    assert_int_equal(ts_store_get(call, &shared_notes, "a", &second), 0);
    assert_true(first.body == second.body || !store_ops(call->runtime->store)->exact);
    shared_put(call, "a", 1, 2);
    assert_int_equal(ts_store_get(call, &shared_notes, "a", &third), 0);
    assert_int_equal(note_of(&third)->number, 2);
    assert_int_equal(third.version, 2);
    ts_arena_free(own);
    assert_int_equal(note_of(&second)->number, 1); /* ours still, though the cache and the other reader let it go */
}

static void shared__pages_outlive_the_cache(struct ts_call *call)
{
    struct ts_scan all = { .collection = &shared_notes, .index = "number", .limit = 5 };
    struct ts_page page;

    shared_put(call, "a", 0, 1);
    (void)scan_page(call, &all);
    page = scan_page(call, &all);
    store_cache_clear(call->runtime->store);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.docs[0].id, "a");
    assert_int_equal(note_of(&page.docs[0])->number, 1);
    assert_string_equal(page.cursor, scan_page(call, &all).cursor);
}

#define EACH_CLAIM(X)                                                                                                  \
    X(get__gives_the_newest_version_with_its_envelope)                                                                 \
    X(get__of_an_absent_document_gives_version_0)                                                                      \
    X(get_many__answers_in_the_order_of_the_ids)                                                                       \
    X(get_many__takes_up_to_its_limit)                                                                                 \
    X(put__keeps_fields_that_this_program_does_not_know)                                                               \
    X(insert__conflicts_with_any_version)                                                                              \
    X(put__conflicts_unless_the_version_is_the_newest)                                                                 \
    X(write__ordered_stops_at_the_first_conflict)                                                                      \
    X(write__independent_gives_each_its_result)                                                                        \
    X(write__may_move_one_document_twice)                                                                              \
    X(write__takes_its_own_attempt_for_success)                                                                        \
    X(write__refuses_what_is_no_id)                                                                                    \
    X(write__refuses_a_document_that_is_too_large)                                                                     \
    X(write__refuses_nonsense)                                                                                         \
    X(write__of_its_largest_size_is_written)                                                                           \
    X(scan__walks_an_index_in_its_order)                                                                               \
    X(scan__breaks_ties_by_id)                                                                                         \
    X(scan__takes_from_inclusive_and_to_exclusive)                                                                     \
    X(scan__bounds_extreme_integers)                                                                                   \
    X(scan__by_id_walks_newest_versions)                                                                               \
    X(scan__tells_whether_more_follows)                                                                                \
    X(scan__keys_only_gives_ids_without_bodies)                                                                        \
    X(scan__leaves_out_documents_without_the_field)                                                                    \
    X(scan__meets_a_document_once_per_repeated_value)                                                                  \
    X(scan__orders_each_kind_of_field)                                                                                 \
    X(scan__cuts_long_strings)                                                                                         \
    X(scan__follows_puts_whatever_the_cache_knows)                                                                     \
    X(scan__refuses_what_makes_no_sense)                                                                               \
    X(cursor__of_a_document_is_where_it_stands)                                                                        \
    X(cursor__never_widens_the_range)                                                                                  \
    X(cursor__of_another_scan_is_refused)                                                                              \
    X(cursor__stays_right_when_its_document_is_gone)                                                                   \
    X(count__counts_to_its_maximum)                                                                                    \
    X(history__gives_versions_newest_first)                                                                            \
    X(erase__blanks_every_version)                                                                                     \
    X(erase__is_idempotent)                                                                                            \
    X(put__onto_an_erased_document_is_found_again)                                                                     \
    X(erase_parts__takes_a_field_out_of_every_version)                                                                 \
    X(erase_parts__leaves_an_elements_neighbours)                                                                      \
    X(erase_parts__is_idempotent_and_knows_its_message)                                                                \
    X(drop_old__lets_go_of_what_nobody_touched)                                                                        \
    X(drop_old__is_for_what_says_how_long_it_is_kept)                                                                  \
    X(erase_parts__meets_a_put_from_before_with_a_conflict)                                                            \
    X(waits__refuse_to_begin_past_the_deadline)                                                                        \
    X(waits__of_a_crashed_instance_say_so)                                                                             \
    X(write__tells_due_times_of_what_was_written)                                                                      \
    X(shared__scans_see_each_answered_write)                                                                           \
    X(shared__readers_get_one_message_that_outlives_its_version)                                                       \
    X(shared__pages_outlive_the_cache)

#define ON_SQLITE(claim)                                                                                               \
    { "sqlite: " #claim, on_fixture_run, on_sqlite_begin, on_fixture_end, &(fiber_test_plain *){ claim } },
#define ON_LOOP(claim)                                                                                                 \
    { "sqlite without threads: " #claim, on_fixture_run, on_loop_begin, on_fixture_end,                                \
      &(fiber_test_plain *){ claim } },
#define ON_CRASH(claim)                                                                                                \
    { "crash: " #claim, on_fixture_run, on_crash_begin, on_fixture_end, &(fiber_test_plain *){ claim } },
#define ON_MONGO(claim)                                                                                                \
    { "mongodb: " #claim, on_fixture_run, on_mongo_begin, on_fixture_end, &(fiber_test_plain *){ claim } },

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        // clang-format off
        EACH_CLAIM(ON_SQLITE)
        EACH_CLAIM(ON_LOOP)
        EACH_CLAIM(ON_CRASH)
        // clang-format on
        { "sqlite: reopening__keeps_everything", reopening__keeps_everything, on_sqlite_begin, on_fixture_end, NULL },
        { "crash: reopening__keeps_everything", reopening__keeps_everything, on_crash_begin, on_fixture_end, NULL },
    };
    const struct CMUnitTest on_mongo[] = {
        // clang-format off
        EACH_CLAIM(ON_MONGO)
        // clang-format on
        { "mongodb: reopening__keeps_everything", reopening__keeps_everything, on_mongo_begin, on_fixture_end, NULL },
    };

    if (argc == 2 && !strcmp(argv[1], "mongodb"))
        return cmocka_run_group_tests_name("store/conformance on MongoDB", on_mongo, NULL, NULL);
    return cmocka_run_group_tests_name("store/conformance", tests, NULL, NULL);
}
