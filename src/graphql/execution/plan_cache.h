/* Plans by the text of their document: least recently used first out, bounded in count and bytes. */
#ifndef GRAPHQL_EXECUTION_PLAN_CACHE_H
#define GRAPHQL_EXECUTION_PLAN_CACHE_H

#include "base/arena.h"
#include "graphql/execution/plan.h"

enum {
    CACHE_COUNT_MAX = 1024,    /* documents: our clients have some hundred */
    CACHE_BYTES_MAX = 8 << 20, /* memory of all of them: part of what an idle server holds */
    CACHE_BUCKETS = 2048,
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
    size_t count, bytes;
    unsigned long hits, misses;
};

struct plan_cache *plan_cache_new(void);
void plan_cache_free(struct plan_cache *cache);

/* The document with this text, referenced for the caller; or NULL. */
struct cached *plan_cache_find(struct plan_cache *cache, const char *text, size_t size, uint64_t *ret_hash);

/* A document of its own arena, holding a copy of the text, not in the cache yet; the caller's reference. */
struct cached *cached_new(const char *text, size_t size, uint64_t hash);
void cached_unref(struct cached *cached);

/* Keep it (when it is not too large by itself) and let go of what exceeds the bounds. */
void plan_cache_add(struct plan_cache *cache, struct cached *cached);

/* A plan was added to the document: count it. */
void plan_cache_grown(struct plan_cache *cache, struct cached *cached);

/* Let go of a document that cannot be planned, lest each try adds to its memory. */
void plan_cache_forget(struct plan_cache *cache, struct cached *cached);

#endif
