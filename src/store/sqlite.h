/* The embedded store: one SQLite file, owned by one process. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "store/store.h"

struct sqlite_options {
    bool on_loop;            /* no threads: everything runs on the loop, in an order that is the same each time */
    unsigned page_count_max; /* a full disk for tests: the file may not grow past it; 0: no bound */
};

/*
 * Open or create the store at `path`. Takes the lock of its folder (a file `lock` beside it) until store_close().
 * Return: 0 and *ret_store; TS_EPRECONDITION: another process owns it, or the file is foreign or newer; TS_EDATALOSS:
 * it is damaged; TS_EUNAVAILABLE: it cannot be opened. Then *ret_message has the words.
 */
int sqlite_store_open(struct loop *loop, const char *path, const struct sqlite_options *options,
                      struct store **ret_store, struct store_message *ret_message);

/* The file a store lives in; NULL if it is not SQLite's. */
const char *sqlite_store_path(const struct store *store);

#endif
