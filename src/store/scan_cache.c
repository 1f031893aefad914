/* A fixed table of chains and a list by use, as in cache.c; a page is one piece of memory with its key. */
#include "store/scan_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tessera/memory.h"

enum { BUCKETS = 4096 };

struct scan_cache {
    uint64_t seed;
    size_t size, size_max, count;
    uint64_t uses; /* times that something became the youngest */
    struct scan_page *oldest, *youngest;
    struct scan_page *buckets[BUCKETS];
};

struct scan_cache *scan_cache_new(size_t size_max, uint64_t seed)
{
    struct scan_cache *cache = ts_memory_new(1, sizeof(*cache));

    cache->size_max = size_max;
    cache->seed = seed;
    return cache;
}

void scan_page_unref(struct scan_page *page)
{
    if (--page->refs)
        return;
    for (size_t i = 0; i < page->page.count; i++)
        cached_let_go(page->held[i]);
    free(page);
}

static void unlink_use(struct scan_cache *cache, struct scan_page *page)
{
    *(page->older ? &page->older->younger : &cache->oldest) = page->younger;
    *(page->younger ? &page->younger->older : &cache->youngest) = page->older;
}

static void link_use(struct scan_cache *cache, struct scan_page *page)
{
    page->used = ++cache->uses;
    page->younger = NULL;
    page->older = cache->youngest;
    *(cache->youngest ? &cache->youngest->younger : &cache->oldest) = page;
    cache->youngest = page;
}

static struct scan_page **find(struct scan_cache *cache, const struct scan_key *key)
{
    struct scan_page **at = &cache->buckets[key->hash % BUCKETS];

    while (*at && !((*at)->key.hash == key->hash && (*at)->key.size == key->size &&
                    memcmp((*at)->key.bytes, key->bytes, key->size) == 0))
        at = &(*at)->chain;
    return at;
}

static void drop(struct scan_cache *cache, struct scan_page **at)
{
    struct scan_page *page = *at;

    assert(page);
    *at = page->chain;
    unlink_use(cache, page);
    cache->size -= page->size;
    cache->count--;
    scan_page_unref(page);
}

void scan_cache_free(struct scan_cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest)
        drop(cache, find(cache, &cache->oldest->key));
    ts_memory_free(cache);
}

/*
 * With its NUL, so that what follows cannot be taken for a part of it. Return: the place after; NULL, also for NULL,
 * and for no string: such a scan is refused, not kept.
 */
static char *put_string(char *at, const char *end, const char *string)
{
    size_t size = at && string ? strlen(string) + 1 : 0;

    return size && size <= (size_t)(end - at) ? mempcpy(at, string, size) : NULL;
}

static char *put_value(char *at, const char *end, const struct ts_value *value)
{
    if (!at || (size_t)(end - at) < 1 + sizeof(value->number))
        return NULL;
    *at++ = (char)value->type;
    if (value->type == TS_VALUE_STRING)
        return put_string(at, end, value->string);
    return value->type == TS_VALUE_INT ? mempcpy(at, &value->number, sizeof(value->number)) : at;
}

bool scan_key_make(const struct scan_cache *cache, const struct store_collection *collection,
                   const struct ts_scan *scan, struct scan_key *ret_key)
{
    const uint32_t head[] = { collection->number, scan->limit,
                              (uint32_t)!scan->index << 3 | (uint32_t)!scan->cursor << 2 |
                                  (uint32_t)scan->keys_only << 1 | (uint32_t)scan->descending };
    const char *end = ret_key->bytes + sizeof(ret_key->bytes);
    char *at = mempcpy(ret_key->bytes, head, sizeof(head));
    unsigned i = 0;

    if (scan->index)
        at = put_string(at, end, scan->index);
    do
        at = put_value(at, end, &scan->equal[i]);
    while (scan->equal[i].type != TS_VALUE_NONE && ++i < TS_INDEX_FIELDS_MAX);
    at = put_value(at, end, &scan->from);
    at = put_value(at, end, &scan->to);
    if (scan->cursor)
        at = put_string(at, end, scan->cursor);
    if (!at)
        return false;
    ret_key->size = (unsigned)(at - ret_key->bytes);
    ret_key->hash = hash_seeded(cache->seed, ret_key->bytes, ret_key->size);
    return true;
}

struct scan_page *scan_cache_find(struct scan_cache *cache, const struct scan_key *key, uint64_t changes)
{
    struct scan_page **at = find(cache, key), *page = *at;

    if (!page)
        return NULL;
    if (page->changes != changes) {
        drop(cache, at);
        return NULL;
    }
    if (cache->uses - page->used > cache->count / 4) { /* as in cache.c */
        unlink_use(cache, page);
        link_use(cache, page);
    }
    return page;
}

/* NULL when there is no memory for it. */
static struct scan_page *page_copy(const struct scan_key *key, const struct ts_page *page, struct cached *const *held)
{
    size_t docs = page->count * sizeof(page->docs[0]), list = page->count * sizeof(held[0]);
    size_t cursor = page->cursor ? strlen(page->cursor) + 1 : 0;
    struct scan_page *copy = calloc(1, sizeof(*copy) + docs + list + cursor);
    char *at = (char *)(copy + 1);

    if (!copy)
        return NULL;
    *copy = (struct scan_page){ .refs = 1, .page = *page, .key = *key };
    copy->size = sizeof(*copy) + docs + list + cursor;
    copy->page.docs = docs ? memcpy(at, page->docs, docs) : (void *)at;
    copy->held = (struct cached **)(at + docs);
    if (cursor)
        copy->page.cursor = memcpy(at + docs + list, page->cursor, cursor);
    for (size_t i = 0; i < page->count; i++) {
        copy->held[i] = cached_hold(held[i]);
        copy->size += held[i]->size;
    }
    return copy;
}

struct scan_page *scan_cache_put(struct scan_cache *cache, const struct scan_key *key, uint64_t changes,
                                 const struct ts_page *page, struct cached *const *held)
{
    struct scan_page **at = find(cache, key), *copy;

    if (*at)
        drop(cache, at);
    copy = page_copy(key, page, held);
    if (!copy)
        return NULL;
    copy->changes = changes;
    copy->chain = cache->buckets[key->hash % BUCKETS];
    cache->buckets[key->hash % BUCKETS] = copy;
    link_use(cache, copy);
    cache->size += copy->size;
    cache->count++;
    while (cache->size > cache->size_max && cache->oldest != copy)
        drop(cache, find(cache, &cache->oldest->key));
    return copy;
}
