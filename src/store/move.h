/*
 * Documents with their past, out of one store and into another: every version, with who wrote it and when, byte for
 * byte.
 */
#ifndef STORE_MOVE_H
#define STORE_MOVE_H

#include "store/backup.h"

/*
 * Every version of every document, each after the one before it. Blocks the loop: nobody else uses the store here.
 * Return: 0; a ts_error and *ret_message.
 */
int store_walk_versions(struct store *store, store_take *take, void *data, struct store_message *ret_message);

/* The list of what was erased of documents that are still there. On a server there is none. Return: likewise. */
int store_walk_parts(struct store *store, store_take_part *take, void *data, struct store_message *ret_message);

/*
 * Put a version that another store had; the one before it is there. Its collection's indexes follow.
 * Return: 0, also when it is there already; TS_WRITE_CONFLICT when something else is; a ts_error.
 */
int store_put_version(struct ts_call *call, const struct store_row *row);

/*
 * Put on the list what was erased in another store, so that a backup of before does not bring it back. The document
 * stays as it is: it came without, and what was written there since is somebody else's. Return: 0; a ts_error.
 */
int store_put_part(struct ts_call *call, const struct store_erased_part *erased);

#endif
