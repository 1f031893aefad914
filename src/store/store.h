/*
 * The store of one instance: open one by its backend (sqlite.h, crash.h), put it into ts_runtime, add the collections
 * of each module, and the ts_store_* functions of tessera/store.h work for calls of that runtime.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "loop/runtime.h"
#include "store/backend.h"

/* Why a store could not be opened, backed up or restored: one sentence for people. */
struct store_message {
    char text[512];
};

/* What happened since the start; for metrics. */
struct store_stats {
    uint64_t commits, documents, conflicts;
    uint64_t commit_ns, batch_max; /* over all commits; the largest batch, in documents */
    uint64_t cache_hits, cache_misses;
    uint64_t scans;
    size_t queued; /* documents handed over and not yet answered */
};

/* A front over a backend, which it owns from now on. */
struct store *store_new(struct loop *loop, const struct store_ops *ops, void *backend);

/*
 * Declare the collections of one module (NULL-terminated). Indexes that are new or were changed are built here.
 * Return: 0; TS_EINVALID for a declaration that makes no sense; a ts_error. Then *ret_message has the words.
 */
int store_add(struct store *store, const struct ts_collection *const *collections, struct store_message *ret_message);

/* Let go of everything; no request may be on its way. NULL is fine. */
void store_close(struct store *store);

/* Snapshot of the counters. */
struct store_stats store_stats(const struct store *store);

/* Why the store cannot take writes just now, as /readyz says it (static); NULL: nothing is known against it. */
const char *store_problem(const struct store *store);

/*
 * Whether to look now and then for what other processes left unfinished; at first it does. A backend of one process has
 * nothing to look for.
 */
void store_sweep(struct store *store, bool sweep);

/*
 * Let go of documents of a collection that has keep_ms: of those behind the id *cursor ("": all) some, at most `limit`
 * looked at, go with all their versions if the newest was written before `before_ms`. Nobody may be about to write
 * them. A backup of before brings them back, until the next time.
 * Return: 0, *ret_count that went, and *cursor in call->arena, NULL when no more are behind it; a ts_error.
 */
int store_drop_old(struct ts_call *call, const struct store_collection *collection, int64_t before_ms, unsigned limit,
                   const char **cursor, size_t *ret_count);

/* Count into these metrics as well, from now on: tessera_store_*. */
void store_measure(struct store *store, struct metrics *metrics);

/* The declared collection called `name`, or NULL; and the n-th, NULL after the last. */
const struct store_collection *store_find(const struct store *store, const char *name);
const struct store_collection *store_at(const struct store *store, unsigned number);

/* What lies under the front, for backup.c and tests. */
void *store_backend(const struct store *store);
const struct store_ops *store_ops(const struct store *store);
struct loop *store_loop(const struct store *store);

/* Drop all that the cache holds: benches measure the way past it. */
void store_cache_clear(struct store *store);

/* Write the message. Return: error. */
int store_fail(struct store_message *message, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
