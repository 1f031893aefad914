/*
 * Pages of scans over shared collections, as the store answered them: hot lists need neither a reader thread nor
 * decoding. Exact, like the cache of documents: a page is good for as long as no write to its collection was answered
 * since its scan began, which the front tells by a count of changes.
 */
#ifndef STORE_SCAN_CACHE_H
#define STORE_SCAN_CACHE_H

#include "store/backend.h"
#include "store/cache.h"

enum { SCAN_KEY_SIZE_MAX = 256 };

struct scan_cache;

/* All that tells one scan from another, as bytes. */
struct scan_key {
    uint64_t hash;
    unsigned size;
    char bytes[SCAN_KEY_SIZE_MAX];
};

struct scan_page {
    struct scan_page *chain;           /* of one bucket */
    struct scan_page *older, *younger; /* by use */
    uint64_t used;                     /* when it last became the youngest */
    unsigned refs;
    uint64_t changes; /* of its collection when the scan began */
    size_t size;      /* in bytes, with the documents that it holds */
    struct ts_page page;
    struct cached **held; /* what the page's documents live in */
    struct scan_key key;
};

struct scan_cache *scan_cache_new(size_t size_max, uint64_t seed);
void scan_cache_free(struct scan_cache *cache);

/* Return: false for a scan whose key is too long to be kept. */
bool scan_key_make(const struct scan_cache *cache, const struct store_collection *collection,
                   const struct ts_scan *scan, struct scan_key *ret_key);

/* The page of this scan, if nothing changed since; valid until the next put. */
struct scan_page *scan_cache_find(struct scan_cache *cache, const struct scan_key *key, uint64_t changes);

/* Keep a page; its documents are those of `held`, which stay referred to. Return: it; NULL without memory. */
struct scan_page *scan_cache_put(struct scan_cache *cache, const struct scan_key *key, uint64_t changes,
                                 const struct ts_page *page, struct cached *const *held);

void scan_page_unref(struct scan_page *page);

#endif
