/*
 * What the front asks of a backend, and in which words. A module's documents reach a backend encoded: bytes, index
 * entries whose order is memcmp's, and one envelope. A backend knows no message type, but for index_extract() on bytes
 * that it stored itself.
 *
 * A request is always ended, by the backend, exactly once and on the loop's thread: what a request points to lives on
 * its caller's fiber, which waits for that end whatever its deadline.
 *
 * `open` of ARCHITECTURE.md, The store has no place here: SQLite moves index rows in the transaction of their document.
 * A backend that keeps heads ends a write when its history row is durable and finishes the rest behind the request's
 * back.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "base/arena.h"
#include "loop/loop.h"
#include "store/part.h"
#include "tessera/limits.h"
#include "tessera/store.h"

struct fiber;
struct metrics;
struct store;
struct store_stats;

/* A declared collection, checked and numbered: collections of one store are 0, 1, 2… in order of store_add(). */
struct store_collection {
    const struct ts_collection *declared;
    unsigned number;
    unsigned index_count;
    int due_index;                                                               /* the index named "due", or -1 */
    const ProtobufCFieldDescriptor *fields[TS_INDEXES_MAX][TS_INDEX_FIELDS_MAX]; /* each list ends at the first NULL */
};

/* Where a document stands in an index: its encoded values (key.h). */
struct store_entry {
    unsigned index;
    const uint8_t *value;
    size_t value_size;
};

/* Who wrote a version, when, and for which request. */
struct store_stamp {
    int64_t written_at_ms;
    const char *actor;
    const char *operation;
    const char *request_id;
};

/* A version to be written. */
struct store_item {
    const struct store_collection *collection;
    const char *id;
    int64_t version; /* of the row to be; the newest must be the one before */
    int64_t attempt; /* the writer's own mark: a row that bears it is no conflict */
    bool erased;
    const uint8_t *body;
    size_t body_size;
    const struct store_entry *entries; /* by (index, value), each once */
    size_t entry_count;
    bool follows; /* the version before was the newest: it is there, with the entries in `prior` */
    const struct store_entry *prior;
    size_t prior_count;
    const struct store_part *parts; /* STORE_ERASE: of every version, only these */
    size_t part_count;
    bool listed_only;            /* the parts were erased before, elsewhere: only the list is to know */
    enum ts_write_result result; /* out */
};

/* A version that was read. Everything it points to is in the request's arena. */
struct store_row {
    const struct store_collection *collection;
    const char *id;
    int64_t version; /* 0: there is none */
    int64_t sequence;
    struct store_stamp stamp;
    bool erased;
    const uint8_t *body; /* NULL when only keys were asked for */
    size_t body_size;
    const uint8_t *value; /* of the index that was scanned */
    size_t value_size;
};

/* A place in an index, between entries: compared by value, then id. */
struct store_place {
    const uint8_t *value;
    size_t value_size;
    const char *id;
};

/*
 * What a scan walks: over an index all entries strictly between lower and upper; by id (index -1) all ids from
 * lower.id, inclusive, to upper.id, exclusive. A cursor is folded in already.
 */
struct store_range {
    int index;
    struct store_place lower, upper;
    bool descending;
};

enum store_request_type {
    STORE_WRITE,   /* items */
    STORE_ERASE,   /* items[0]: collection, id, attempt, parts (none: all); out: version (0: there was none) */
    STORE_GET,     /* ids: rows[i] answers ids[i] */
    STORE_SCAN,    /* range, limit, keys_only, exact: rows, more */
    STORE_COUNT,   /* range, count_max: number */
    STORE_HISTORY, /* ids[0], before, limit: rows, more */
    STORE_DROP,    /* before (a time), limit, range.lower.id: see store_drop_old(); rows (ids), more, range.lower.id */
};

struct store_request {
    enum store_request_type type;
    const struct store_collection *collection; /* of a read */
    struct ts_arena arena;                     /* of the answer */
    struct store_stamp stamp;
    struct store_item *items;
    size_t count; /* of items or ids */
    enum ts_write_mode mode;
    const char *const *ids;
    struct store_range range;
    unsigned limit;
    bool keys_only;
    bool exact;
    int64_t before;
    int64_t count_max;
    int64_t deadline_ms; /* on loop_now_ms(): until when a backend that asks elsewhere tries; 0: its own patience */

    struct store_row *rows;
    size_t row_count;
    bool more;
    int64_t number;
    int result; /* 0 or a ts_error */

    void (*done)(struct store_request *request);
    struct fiber *fiber;
    bool ended;
    struct store_request *next;
    struct loop_job job;
};

struct store_ops {
    const char *name;
    /* Make room for a collection, and its indexes right. Return: 0; a ts_error. */
    int (*add)(void *backend, const struct store_collection *collection);
    /*
     * Do what the request asks. Return: true if it has ended already (then done is not called); false: done will be
     * called from the loop.
     */
    bool (*submit)(void *backend, struct store_request *request);
    /* Add what the backend counts to *stats. May be NULL. */
    void (*stats)(void *backend, struct store_stats *stats);
    /* Make the backend's own metrics and count into them. May be NULL. */
    void (*measure)(void *backend, struct metrics *metrics);
    /* Look now and then for what other processes left unfinished, or not. May be NULL. */
    void (*sweep)(void *backend, bool sweep);
    void (*close)(void *backend);
    bool exact; /* the front's cache may answer: nobody else writes this store */
};

/* One row of rows[], zeroed, growing the list by one; the list moves. */
struct store_row *store_request_row(struct store_request *request);

#endif
