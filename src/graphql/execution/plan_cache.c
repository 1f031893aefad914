/*
 * A hash table of chains beside a list by use. Executions hold references, so that a document may leave the cache while
 * a fiber that uses it waits.
 */
#include "graphql/execution/plan_cache.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

struct plan_cache *plan_cache_new(void)
{
    return ts_memory_new(1, sizeof(struct plan_cache));
}

static void list_remove(struct plan_cache *cache, struct cached *cached)
{
    *(cached->newer ? &cached->newer->older : &cache->newest) = cached->older;
    *(cached->older ? &cached->older->newer : &cache->oldest) = cached->newer;
}

static void list_add(struct plan_cache *cache, struct cached *cached)
{
    cached->newer = NULL;
    cached->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = cached;
    cache->newest = cached;
}

struct cached *plan_cache_find(struct plan_cache *cache, const char *text, size_t size, uint64_t *ret_hash)
{
    uint64_t hash = hash_seeded((uint64_t)(uintptr_t)cache, text, size);
    struct cached *cached = cache->buckets[hash % CACHE_BUCKETS];

    *ret_hash = hash;
    while (cached &&
           !(cached->hash == hash && cached->document.size == size && memcmp(cached->document.text, text, size) == 0))
        cached = cached->bucket_next;
    if (!cached) {
        cache->misses++;
        return NULL;
    }
    cache->hits++;
    if (cached != cache->newest) {
        list_remove(cache, cached);
        list_add(cache, cached);
    }
    cached->refs++;
    return cached;
}

struct cached *cached_new(const char *text, size_t size, uint64_t hash)
{
    struct cached *cached = ts_memory_new(1, sizeof(*cached));

    arena_init(&cached->arena);
    cached->document.text = ts_strndup(&cached->arena, text, size);
    cached->document.size = size;
    cached->hash = hash;
    cached->refs = 1;
    return cached;
}

void cached_unref(struct cached *cached)
{
    if (!cached || --cached->refs)
        return;
    arena_done(&cached->arena);
    ts_memory_free(cached);
}

static void plan_cache_remove(struct plan_cache *cache, struct cached *cached)
{
    struct cached **at = &cache->buckets[cached->hash % CACHE_BUCKETS];

    while (*at != cached)
        at = &(*at)->bucket_next;
    *at = cached->bucket_next;
    list_remove(cache, cached);
    cache->bytes -= cached->bytes;
    cached->bytes = 0;
    cached_unref(cached);
}

/* An arena has at least its first block. */
static size_t bytes_of(const struct cached *cached)
{
    return cached->arena.used > ARENA_BLOCK_SIZE ? cached->arena.used : ARENA_BLOCK_SIZE;
}

static void plan_cache_count(struct plan_cache *cache, struct cached *cached)
{
    size_t bytes = bytes_of(cached);

    cache->bytes += bytes - cached->bytes;
    cached->bytes = bytes;
    while (cache->bytes > CACHE_BYTES_MAX)
        plan_cache_remove(cache, cache->oldest);
}

/* The reserve is lent: what lives in it is used for this request alone. */
static bool is_in_reserve(const struct cached *cached)
{
    return reserve_has(cached) || cached->arena.is_short;
}

/* Whether there is room, or its text has come before: noted for the next time. */
static bool is_wanted(struct plan_cache *cache, const struct cached *cached)
{
    uint64_t *seen = &cache->seen[cached->hash % CACHE_BUCKETS];

    if (cache->bytes + bytes_of(cached) <= CACHE_BYTES_MAX)
        return true;
    if (*seen == cached->hash)
        return true;
    *seen = cached->hash;
    return false;
}

void plan_cache_add(struct plan_cache *cache, struct cached *cached)
{
    if (cached->arena.used > CACHE_BYTES_MAX / 4 || is_in_reserve(cached) || !is_wanted(cache, cached))
        return;
    cached->bucket_next = cache->buckets[cached->hash % CACHE_BUCKETS];
    cache->buckets[cached->hash % CACHE_BUCKETS] = cached;
    list_add(cache, cached);
    cached->refs++;
    plan_cache_count(cache, cached);
}

void plan_cache_grown(struct plan_cache *cache, struct cached *cached)
{
    if (cached->bytes && is_in_reserve(cached))
        plan_cache_remove(cache, cached);
    else if (cached->bytes)
        plan_cache_count(cache, cached);
}

void plan_cache_forget(struct plan_cache *cache, struct cached *cached)
{
    if (cached->bytes)
        plan_cache_remove(cache, cached);
}

void plan_cache_free(struct plan_cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        plan_cache_remove(cache, cache->oldest); /* NOLINT(clang-analyzer-unix.Malloc): it left the list */
    ts_memory_free(cache);
}
