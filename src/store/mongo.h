/*
 * The store for many processes: any server that speaks MongoDB's protocol, through libmongoc on threads of its own.
 * What is kept where, and why it is exact, stands in mongo.c.
 */
#ifndef STORE_MONGO_H
#define STORE_MONGO_H

#include "store/move.h"

struct buf;

/* As store_walk_versions(); TS_EUNIMPLEMENTED: it is no such store. */
int mongo_store_walk(struct store *store, store_take *take, void *data);

struct mongo_options {
    bool unauthenticated; /* a server that lets anybody in is fine */
    bool plaintext;       /* another machine may be reached without TLS */
};

/*
 * Connect to the server of a mongodb:// or mongodb+srv:// URI, whose path names the database ("tessera" when it has
 * none). Blocks while it looks for the server. Write concern, read concern and retries are the store's own, whatever
 * the URI says.
 * Return: 0 and *ret_store; TS_EINVALID: no such URI, or it would send a password in the clear; TS_EPRECONDITION: the
 * server asks nobody who he is, or the database is of a newer Tessera; TS_EUNAVAILABLE: it cannot be reached, or does
 * not let us in. Then *ret_message has the words, in which no password stands.
 */
int mongo_store_open(struct loop *loop, const char *uri, const struct mongo_options *options, struct store **ret_store,
                     struct store_message *ret_message);

/* Is this the URI of such a server? */
bool mongo_uri_is_one(const char *uri);

/*
 * How the store's collections are to be sharded: commands for mongosh, one a line, into `text`. Those that are sharded
 * by another key, under which ids would not be unique, are named in *ret_wrong, one a line. Blocks. Return: 0;
 * TS_EDENIED: a cluster that does not let us read its keys; TS_EUNIMPLEMENTED: a store of another kind.
 */
int mongo_store_shards(struct store *store, struct buf *text, struct buf *ret_wrong);

/* Do the collections have validators? Some servers know none, and take whatever anybody writes. */
bool mongo_store_knows_schemas(struct store *store);

#endif
