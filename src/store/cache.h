/*
 * The newest versions, encoded, of what was lately read or written: bounded in bytes, the longest unused goes first.
 * The front puts in every version it was answered, so on a store that nobody else writes the cache is exact.
 */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "store/backend.h"

struct cache;

struct cached {
    struct cached *chain;           /* of one bucket */
    struct cached *older, *younger; /* by use */
    uint64_t hash;
    size_t size; /* of all of it */
    struct store_row row;
    char bytes[]; /* what row points to */
};

struct cache *cache_new(size_t size_max, uint64_t seed);
void cache_free(struct cache *cache);

/* The newest version of a document, or NULL; valid until the next put. */
const struct store_row *cache_find(struct cache *cache, const struct store_collection *collection, const char *id);

/* Keep a copy, unless a younger version is held. `only_held`: only if some version is held already. */
void cache_put(struct cache *cache, const struct store_row *row, bool only_held);

/* Forget one document. */
void cache_drop(struct cache *cache, const struct store_collection *collection, const char *id);

#endif
