/*
 * Plans by the text of their document: least recently used first out, bounded in bytes. Once it is full, a text is kept
 * when it comes a second time: texts that come but once cannot drive out those that clients send all day, and use
 * memory that is still warm.
 */
#ifndef GRAPHQL_EXECUTION_PLAN_CACHE_H
#define GRAPHQL_EXECUTION_PLAN_CACHE_H

#include "base/arena.h"
#include "graphql/execution/plan.h"

enum {
    CACHE_BYTES_MAX = 8 << 20, /* of all of them, part of what an idle server holds: 512 of a usual size */
    CACHE_BUCKETS = 1024,
};

/* One parsed and validated document with the plans of its operations. */
struct cached {
    struct cached *bucket_next;
    struct cached *newer, *older;
    struct ts_arena arena;
    struct document document;
    struct plan *plans;
    uint64_t hash;
    size_t bytes;  /* what the cache counts for it; 0: it is not in the cache */
    unsigned refs; /* executions using it, and one of the cache */
};

struct plan_cache {
    struct cached *buckets[CACHE_BUCKETS];
    struct cached *newest, *oldest;
    uint64_t seen[CACHE_BUCKETS]; /* hashes of texts that came once while it was full; the last one of each bucket */
    size_t bytes;
    unsigned long hits, misses;
};

struct plan_cache *plan_cache_new(void);
void plan_cache_free(struct plan_cache *cache);

/* The document with this text, referenced for the caller; or NULL. */
struct cached *plan_cache_find(struct plan_cache *cache, const char *text, size_t size, uint64_t *ret_hash);

/* A document of its own arena, holding a copy of the text, not in the cache yet; the caller's reference. */
struct cached *cached_new(const char *text, size_t size, uint64_t hash);
void cached_unref(struct cached *cached);

/* Keep it, when it is not too large by itself nor the first of its kind while others are kept, and let go of what
   exceeds the bounds. */
void plan_cache_add(struct plan_cache *cache, struct cached *cached);

/* A plan was added to the document: count it. */
void plan_cache_grown(struct plan_cache *cache, struct cached *cached);

/* Let go of a document that cannot be planned, lest each try adds to its memory. */
void plan_cache_forget(struct plan_cache *cache, struct cached *cached);

#endif
