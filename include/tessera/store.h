/*
 * Documents: protobuf messages with an id and a version, kept for ever as history. Every version is one insert under
 * (id, version); a duplicate is the conflict. No module deletes (what is kept for a time only says so, and the host
 * lets go of it), and there is no transaction over documents: one document is the unit of atomicity, and a crash may
 * keep any prefix or subset of a write of many (ARCHITECTURE.md, The store).
 */
#ifndef TESSERA_STORE_H
#define TESSERA_STORE_H

#include "tessera/call.h"

enum { TS_INDEX_FIELDS_MAX = 4, TS_INDEXES_MAX = 8 };

/*
 * A secondary index: up to four fields of the message, in order (int64/int32/uint32/bool/enum or string; at most one of
 * them repeated, then there is one entry per value). A document without one of the fields has no entry, so an index
 * over an optional field is sparse. The index named "due" over an int64 `due_ms` drives ts_due (module.h).
 */
struct ts_index {
    const char *name;
    const char *fields[TS_INDEX_FIELDS_MAX];
};

struct ts_collection {
    const char *name; /* plural, lower case: "holds"; unique in the program */
    const ProtobufCMessageDescriptor *message;
    struct ts_index indexes[TS_INDEXES_MAX]; /* ends at the first without a name */
    bool personal;                           /* holds personal data: may be erased */
    bool quiet;                              /* no part of the audit trail (claims, idempotency records) */
    bool shared;                             /* bodies read are given to all readers: they must not be changed */
    bool ranged;                             /* ids that start alike are read together: shards keep them so */
    int64_t keep_ms;                         /* 0: for ever; else it goes when untouched for so long: nobody needs it */
    const char *keep_term;                   /* of --retention, whose days count instead; NULL: none does */
    int64_t keep_min_ms;                     /* whatever that says: for so long it may be needed */
    bool abandoned; /* nobody writes there any more: erasures are not listed, those of before go with what goes */
};

struct ts_doc {
    const char *id;
    int64_t version;       /* 1 and up; 0: there is no such document */
    int64_t written_at_ms; /* domain time of this version */
    const char *actor;     /* principal id, and the edge's operation, that wrote it */
    const char *operation;
    bool erased;                  /* the body is blank: a person was erased */
    const ProtobufCMessage *body; /* NULL when there is none; in call->arena */
};

/* True where other processes may write this store too: what a module keeps in memory of it may be old. */
bool ts_store_is_shared(const struct ts_call *call);

/*
 * The newest version of one document. Sees every write that was answered before the call.
 * Return: 0 and *ret_doc (version 0 and body NULL when absent); a ts_error.
 */
int ts_store_get(struct ts_call *call, const struct ts_collection *collection, const char *id, struct ts_doc *ret_doc);

/*
 * The same, for who wants its body alone: NULL when it is absent or erased. *ret_version is what a put expects; NULL:
 * nobody wants it. Return: 0; a ts_error.
 */
int ts_store_get_body(struct ts_call *call, const struct ts_collection *collection, const char *id,
                      const ProtobufCMessage **ret_body, int64_t *ret_version);

/* The same for `count` ids (at most TS_GET_MAX), docs[i] for ids[i]; a NULL id gives an absent document. */
int ts_store_get_many(struct ts_call *call, const struct ts_collection *collection, const char *const *ids,
                      size_t count, struct ts_doc *ret_docs);

enum ts_write_result {
    TS_WRITE_OK = 0,
    TS_WRITE_CONFLICT = 1, /* (id, version + 1) is there already, written by somebody else */
    TS_WRITE_SKIPPED = 2,  /* ORDERED, after a conflict: not tried */
};

struct ts_write {
    const struct ts_collection *collection;
    const char *id;  /* at most TS_KEY_SIZE_MAX bytes of [!-~] */
    int64_t version; /* expected: 0 inserts, n puts n + 1 */
    const ProtobufCMessage *body;
    enum ts_write_result result; /* out */
};

enum ts_write_mode {
    TS_WRITE_ORDERED,     /* in order; stop at the first conflict, keep what went before */
    TS_WRITE_INDEPENDENT, /* each item has its own result */
};

/*
 * Write many documents and wait until they are durable. Bodies are borrowed until return. A write that was handed over
 * is always awaited, whatever the deadline.
 * Return: 0 and each item's result; TS_EUNKNOWN if the outcome cannot be told; TS_EEXHAUSTED if the queue is full and
 * nothing was done; another ts_error, nothing done.
 */
int ts_store_write(struct ts_call *call, struct ts_write *writes, size_t count, enum ts_write_mode mode);

/* Insert one document. Return: 0; TS_WRITE_CONFLICT if it is there; a ts_error as of ts_store_write(). */
int ts_store_insert(struct ts_call *call, const struct ts_collection *collection, const char *id,
                    const ProtobufCMessage *body);

/* Put the version after `version`. Return: 0; TS_WRITE_CONFLICT if that one is there; a ts_error. */
int ts_store_put(struct ts_call *call, const struct ts_collection *collection, const char *id, int64_t version,
                 const ProtobufCMessage *body);

struct ts_value {
    enum { TS_VALUE_NONE, TS_VALUE_INT, TS_VALUE_STRING } type;
    int64_t number;
    const char *string;
};
#define TS_INT(n) ((struct ts_value){ TS_VALUE_INT, (n), NULL })
#define TS_STRING(s) ((struct ts_value){ TS_VALUE_STRING, 0, (s) })

/*
 * A scan walks the newest versions in the order of an index (values, then id) or of the ids. `equal` fixes the index's
 * first fields; from (inclusive) and to (exclusive) bound the next one; NONE leaves an end open. Without an index, from
 * and to are strings over the id. An erased document is not met. On a shared store it may miss for a moment what
 * another process wrote: a document that is new, or new at its place. What is decided by something not being there, and
 * would stay wrong, asks for an exact one, which costs a look at all writes of the collection that are not finished.
 */
struct ts_scan {
    const struct ts_collection *collection;
    const char *index;                          /* NULL: by id */
    struct ts_value equal[TS_INDEX_FIELDS_MAX]; /* ends at the first NONE */
    struct ts_value from, to;
    bool descending;
    const char *cursor; /* start after this place: ret_page->cursor of the page before,
                           or ts_store_cursor() of a document; NULL: from the start */
    unsigned limit;     /* 1 to TS_SCAN_MAX */
    bool keys_only;     /* bodies are not read: doc.id (and version) only */
    bool exact;         /* like a get, it sees every write that was answered before the call */
};

struct ts_page {
    const struct ts_doc *docs; /* in call->arena, or shared by all readers */
    size_t count;
    const char *cursor; /* of the last document; NULL when there is none */
    bool more;          /* at least one document follows */
};

/* One page. Return: 0 and *ret_page; TS_EINVALID for a cursor that is not of this scan; a ts_error. */
int ts_store_scan(struct ts_call *call, const struct ts_scan *scan, struct ts_page *ret_page);

/* The cursor at which `doc` stands in `scan`: opaque, URL-safe, in call->arena. */
const char *ts_store_cursor(struct ts_call *call, const struct ts_scan *scan, const struct ts_doc *doc);

/* How many index entries `scan` (its cursor and limit aside) meets, counted to at most `max`. */
int ts_store_count(struct ts_call *call, const struct ts_scan *scan, int64_t max, int64_t *ret_count);

/*
 * All versions of one document, newest first, from version `before` (exclusive; 0: from the newest).
 * Return: 0 and *ret_page; a ts_error.
 */
int ts_store_history(struct ts_call *call, const struct ts_collection *collection, const char *id, int64_t before,
                     unsigned limit, struct ts_page *ret_page);

/*
 * The program's n-th collection that is not quiet, of whichever module; NULL past the last. For the audit trail, which
 * reads what all modules wrote; nobody writes another module's collection.
 */
const struct ts_collection *ts_store_collection(const struct ts_call *call, unsigned number);

/*
 * Blank all bodies of a personal document, after putting one ERASED version; keys, versions and times stay.
 * Return: 0 (also when already erased or absent); a ts_error.
 */
int ts_store_erase(struct ts_call *call, const struct ts_collection *collection, const char *id);

/*
 * Take parts out of all versions of a personal document, after putting one version without them if the newest has any;
 * the rest stays, in history too. A part is a field ("email"), a field of an element of a list ("positions[2].name"),
 * or an element of a list of strings ("emails[2]"), which becomes empty.
 * Return: 0 (also when there is nothing of them); TS_EINVALID for what the message has not; a ts_error.
 */
int ts_store_erase_parts(struct ts_call *call, const struct ts_collection *collection, const char *id,
                         const char *const *parts, size_t count);

#endif
