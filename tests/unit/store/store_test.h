/*
 * What the store's tests share: a collection of notes with an index of each kind, a folder of their own, and a runtime
 * over any backend. Conformance tests are written once and run on all.
 */
#ifndef UNIT_STORE_TEST_H
#define UNIT_STORE_TEST_H

#include "note.pb-c.h"
#include "store/crash.h"
#include "store/mongo.h"
#include "store/sqlite.h"
#include "support/fiber_test.h"
#include "support/mongo.h"
#include "tessera/store.h"

extern const struct ts_collection notes;           /* indexes owner, due, tags, kinds, number; personal */
extern const struct ts_collection quiet_notes;     /* no index; quiet */
extern const struct ts_collection shared_notes;    /* by number; shared */
extern const struct ts_collection fleeting_notes;  /* by number; personal, with keep_ms */
extern const struct ts_collection abandoned_notes; /* like those, and abandoned */
extern const struct ts_collection *const note_collections[];

struct fixture {
    struct loop *loop;
    struct ts_runtime runtime;
    char folder[64];
    char path[96];
    bool sqlite;
    bool on_loop;             /* SQLite without threads, when reopened */
    char uri[MONGO_URI_SIZE]; /* of a server that speaks MongoDB's protocol; empty: it is none */
};

/* A fresh store on a fresh loop. */
void fixture_init(struct fixture *fixture, bool sqlite);
void fixture_done(struct fixture *fixture);
/* Close the store and open what it left. */
void fixture_reopen(struct fixture *fixture);
/* Open the fixture's file as it lies there. Return: sqlite_store_open()'s result. */
int fixture_open_sqlite(struct fixture *fixture, struct store_message *ret_message);
/* Open the fixture's database. Return: mongo_store_open()'s result. */
int fixture_open_mongo(struct fixture *fixture, struct store_message *ret_message);
/* Run `body` on a fiber with a call of the fixture's runtime. */
void fixture_run(struct fixture *fixture, fiber_test_plain *body);

/* For cmocka's tables: each test on a store of its own, which is the_fixture's meanwhile. */
extern struct fixture the_fixture;
int on_sqlite_begin(void **state);
int on_loop_begin(void **state); /* SQLite without threads */
int on_crash_begin(void **state);
int on_mongo_begin(void **state); /* the program is to have asked for mongo_server_found() */
int on_fixture_end(void **state);
void on_fixture_run(void **state); /* *state: a fiber_test_plain ** */

/* A note with the usual fields set. */
Note__Note note_make(const char *owner, int64_t number);
/* Insert notes "n00"… of owner `owner` with numbers 0 to count - 1. */
void notes_insert(struct ts_call *call, const char *owner, unsigned count);

#endif
