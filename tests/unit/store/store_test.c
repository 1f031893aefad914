#include "store_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct ts_collection notes = {
    .name = "notes",
    .message = &note__note__descriptor,
    .indexes = { { "owner", { "owner", "number" } },
                 { "due", { "due_ms" } },
                 { "tags", { "owner", "tags" } },
                 { "kinds", { "open", "small", "positive", "colour" } },
                 { "number", { "number" } },
                 { "text", { "text" } } },
    .personal = true,
};

const struct ts_collection quiet_notes = {
    .name = "quiet_notes",
    .message = &note__note__descriptor,
    .quiet = true,
};

const struct ts_collection shared_notes = {
    .name = "shared_notes",
    .message = &note__note__descriptor,
    .indexes = { { "number", { "number" } } },
    .shared = true,
};

const struct ts_collection fleeting_notes = {
    .name = "fleeting_notes",
    .message = &note__note__descriptor,
    .indexes = { { "number", { "number" } } },
    .personal = true,
    .keep_ms = 1000,
};

const struct ts_collection abandoned_notes = {
    .name = "abandoned_notes",
    .message = &note__note__descriptor,
    .personal = true,
    .keep_ms = 1000,
    .abandoned = true,
};

const struct ts_collection *const note_collections[] = { &notes,          &quiet_notes,     &shared_notes,
                                                         &fleeting_notes, &abandoned_notes, NULL };

static void add_collections(struct fixture *fixture)
{
    struct store_message message;

    assert_int_equal(store_add(fixture->runtime.store, note_collections, &message), 0);
}

int fixture_open_sqlite(struct fixture *fixture, struct store_message *ret_message)
{
    struct sqlite_options options = { .on_loop = fixture->on_loop };
    int r = sqlite_store_open(fixture->loop, fixture->path, &options, &fixture->runtime.store, ret_message);

    if (!r)
        add_collections(fixture);
    return r;
}

int fixture_open_mongo(struct fixture *fixture, struct store_message *ret_message)
{
    int r = mongo_store_open(fixture->loop, fixture->uri, /* options= */ NULL, &fixture->runtime.store, ret_message);

    if (!r)
        add_collections(fixture);
    return r;
}

void fixture_init(struct fixture *fixture, bool sqlite)
{
    struct store_message message;

    *fixture = (struct fixture){ .loop = loop_new(), .sqlite = sqlite };
    runtime_init(&fixture->runtime, fixture->loop);
    strcpy(fixture->folder, "/tmp/tessera-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/tessera.db", fixture->folder);
    if (sqlite) {
        assert_int_equal(fixture_open_sqlite(fixture, &message), 0);
        return;
    }
    fixture->runtime.store = crash_store_open(fixture->loop, NULL, NULL);
    add_collections(fixture);
}

void fixture_reopen(struct fixture *fixture)
{
    struct store_message message;

    if (*fixture->uri) {
        store_close(fixture->runtime.store);
        assert_int_equal(fixture_open_mongo(fixture, &message), 0);
        return;
    }
    if (fixture->sqlite) {
        store_close(fixture->runtime.store);
        assert_int_equal(fixture_open_sqlite(fixture, &message), 0);
        return;
    }
    fixture->runtime.store = crash_store_open(fixture->loop, NULL, crash_store_take(fixture->runtime.store));
    add_collections(fixture);
}

void fixture_done(struct fixture *fixture)
{
    char command[128];

    store_close(fixture->runtime.store);
    loop_free(fixture->loop);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
}

void fixture_run(struct fixture *fixture, fiber_test_plain *body)
{
    fiber_test_run(&fixture->runtime, fiber_test_body, &body);
}

Note__Note note_make(const char *owner, int64_t number)
{
    Note__Note note = NOTE__NOTE__INIT;

    note.owner = (char *)(uintptr_t)owner;
    note.has_number = true;
    note.number = number;
    return note;
}

void notes_insert(struct ts_call *call, const char *owner, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        Note__Note note = note_make(owner, i);

        assert_int_equal(ts_store_insert(call, &notes, ts_printf(call->arena, "n%02u", i), &note.base), 0);
    }
}

struct fixture the_fixture;

int on_sqlite_begin(void **state)
{
    (void)state;
    fixture_init(&the_fixture, /* sqlite= */ true);
    return 0;
}

int on_loop_begin(void **state)
{
    (void)state;
    fixture_init(&the_fixture, /* sqlite= */ true);
    the_fixture.on_loop = true;
    fixture_reopen(&the_fixture);
    return 0;
}

int on_crash_begin(void **state)
{
    (void)state;
    fixture_init(&the_fixture, /* sqlite= */ false);
    return 0;
}

int on_mongo_begin(void **state)
{
    struct store_message message = { "" };

    on_crash_begin(state);
    store_close(the_fixture.runtime.store);
    mongo_server_fresh(mongo_server_shared(), the_fixture.uri);
    if (fixture_open_mongo(&the_fixture, &message))
        fail_msg("%s", message.text);
    return 0;
}

int on_fixture_end(void **state)
{
    (void)state;
    fixture_done(&the_fixture);
    return 0;
}

void on_fixture_run(void **state)
{
    fixture_run(&the_fixture, *(fiber_test_plain **)*state);
}
