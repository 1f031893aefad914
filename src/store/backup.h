/*
 * Copies of the embedded store: taken beside a running server, checked, and put back. And the walk over all documents
 * that an export makes. What blocks runs on a worker thread while the calling fiber waits; called from no fiber, as the
 * command line does, it runs where it is called.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

/*
 * Copy the store to a new file `target`: one state, whole or not at all, checked before it gets its name. Writes go on
 * meanwhile. Return: 0; TS_EEXISTS: target is there; TS_EUNIMPLEMENTED: the store is no file; a ts_error. Then
 * *ret_message has the words.
 */
int backup_store(struct store *store, const char *target, struct store_message *ret_message);

/* The same of a store's file, in use or not. */
int backup_file(struct loop *loop, const char *source, const char *target, struct store_message *ret_message);

/*
 * Is this file a whole store of a format that we know?
 * Return: 0; TS_EPRECONDITION: foreign, newer or empty; TS_EDATALOSS: damaged; TS_EUNAVAILABLE: cannot be opened.
 */
int backup_verify(struct loop *loop, const char *path, struct store_message *ret_message);

/*
 * Make the backup the store at `path`. The store that was there is kept beside it; who was erased in it is erased in
 * the restored one too. Return: 0, *ret_message tells what was done; TS_EPRECONDITION: a process owns the data
 * directory, or the backup is foreign or newer; TS_EDATALOSS: the backup is damaged; a ts_error. On failure nothing has
 * changed.
 */
int backup_restore(struct loop *loop, const char *backup, const char *path, struct store_message *ret_message);

/* One version; it is gone after the call. Return: 0; a ts_error, which ends the walk. */
typedef int store_take(void *data, const struct store_row *row);

/*
 * Walk over all collections' documents in the order they were written, as of now: with `history` every version, else
 * the newest of each. Return: 0; a ts_error and its words, unless `take` has put its own there.
 */
int store_export_all(struct store *store, bool history, store_take *take, void *data,
                     struct store_message *ret_message);

/* What was erased of a document that is still there; `part` in numbers, see part.h. Gone after the call, too. */
struct store_erased_part {
    const struct store_collection *collection;
    const char *id, *part;
    int64_t erased_at_ms;
};
typedef int store_take_part(void *data, const struct store_erased_part *erased);

/* Walk over the list of them. Return: as store_export_all(). */
int store_export_parts(struct store *store, store_take_part *take, void *data, struct store_message *ret_message);

#endif
