/*
 * A hash table of chains and a list by use. The hash is seeded, since idempotency keys are ids that a client chose: it
 * must not be able to send all of them into one chain.
 */
#include "store/cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/memory.h"

struct cache {
    struct cached **buckets;
    size_t bucket_count; /* a power of two */
    size_t size, size_max, count;
    uint64_t seed;
    uint64_t uses; /* times that something became the youngest */
    struct cached *oldest, *youngest;
};

#if defined(__SANITIZE_ADDRESS__)
enum { PRINTS_CHECKED = 1 };
#else
enum { PRINTS_CHECKED = 0 };
#endif

struct cache *cache_new(size_t size_max, uint64_t seed)
{
    struct cache *cache = ts_memory_new(1, sizeof(*cache));

    cache->bucket_count = 1024;
    cache->buckets = ts_memory_new(cache->bucket_count, sizeof(*cache->buckets));
    cache->size_max = size_max;
    cache->seed = seed;
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    while (cache->oldest) {
        struct cached *cached = cache->oldest;

        cache->oldest = cached->younger;
        cached_let_go(cached);
    }
    ts_memory_free(cache->buckets);
    ts_memory_free(cache);
}

static uint64_t hash_of(const struct cache *cache, unsigned collection, const char *id, size_t size)
{
    uint64_t hash = cache->seed ^ (collection + 1) * UINT64_C(0x9e3779b97f4a7c15), word = 0;

    for (; size >= 8; id += 8, size -= 8) {
        memcpy(&word, id, 8);
        hash = mix(hash ^ word, cache->seed | 1);
    }
    word = size;
    memcpy(&word, id, size);
    return mix(hash ^ word ^ (uint64_t)size << 56, UINT64_C(0xa0761d6478bd642f));
}

static struct cached **find(const struct cache *cache, uint64_t hash, unsigned collection, const char *id)
{
    struct cached **at = &cache->buckets[hash & (cache->bucket_count - 1)];

    while (*at &&
           ((*at)->hash != hash || (*at)->row.collection->number != collection || strcmp((*at)->row.id, id) != 0))
        at = &(*at)->chain;
    return at;
}

static void unlink_use(struct cache *cache, struct cached *cached)
{
    if (cached->older)
        cached->older->younger = cached->younger;
    else
        cache->oldest = cached->younger;
    if (cached->younger)
        cached->younger->older = cached->older;
    else
        cache->youngest = cached->older;
}

static void link_use(struct cache *cache, struct cached *cached)
{
    cached->used = ++cache->uses;
    cached->younger = NULL;
    cached->older = cache->youngest;
    if (cache->youngest)
        cache->youngest->younger = cached;
    else
        cache->oldest = cached;
    cache->youngest = cached;
}

static void drop(struct cache *cache, struct cached **at)
{
    struct cached *cached = *at;

    *at = cached->chain;
    unlink_use(cache, cached);
    cache->size -= cached->size;
    cache->count--;
    cached_let_go(cached);
}

static void drop_oldest(struct cache *cache)
{
    struct cached *oldest = cache->oldest;

    drop(cache, find(cache, oldest->hash, oldest->row.collection->number, oldest->row.id));
}

/* The youngest stays: whoever put it has it in hand. */
static void shrink(struct cache *cache)
{
    while (cache->size > cache->size_max && cache->oldest != cache->youngest)
        drop_oldest(cache);
}

static void grow(struct cache *cache)
{
    size_t count = cache->bucket_count * 4;
    struct cached **buckets = calloc(count, sizeof(*buckets));

    if (!buckets)
        return; /* longer chains are slower, that is all */
    for (struct cached *cached = cache->oldest; cached; cached = cached->younger) {
        struct cached **bucket = &buckets[cached->hash & (count - 1)];

        cached->chain = *bucket;
        *bucket = cached;
    }
    ts_memory_free(cache->buckets);
    cache->buckets = buckets;
    cache->bucket_count = count;
}

struct cached *cache_find(struct cache *cache, const struct store_collection *collection, const char *id)
{
    uint64_t hash = hash_of(cache, collection->number, id, strlen(id));
    struct cached *cached = *find(cache, hash, collection->number, id);

    if (!cached)
        return NULL;
    if (cache->uses - cached->used > cache->count / 4) { /* else it is young still: moving it costs four cache lines */
        unlink_use(cache, cached);
        link_use(cache, cached);
    }
    return cached;
}

static const void *keep(char **at, const void *bytes, size_t size)
{
    char *copy = *at;

    if (size)
        memcpy(copy, bytes, size);
    *at += size;
    return copy;
}

/* NULL when there is no memory for it. */
static struct cached *copy_row(const struct store_row *row)
{
    size_t id = strlen(row->id) + 1, actor = strlen(row->stamp.actor) + 1, operation = strlen(row->stamp.operation) + 1;
    size_t size = sizeof(struct cached) + id + actor + operation + row->body_size;
    struct cached *cached = calloc(1, size);
    char *at;

    if (!cached)
        return NULL;
    at = cached->bytes;
    cached->size = size;
    cached->refs = 1;
    cached->row = *row;
    cached->row.id = keep(&at, row->id, id);
    cached->row.stamp.actor = keep(&at, row->stamp.actor, actor);
    cached->row.stamp.operation = keep(&at, row->stamp.operation, operation);
    cached->row.stamp.request_id = "";
    cached->row.body = keep(&at, row->body, row->body_size);
    cached->row.value = NULL;
    return cached;
}

struct cached *cache_put(struct cache *cache, const struct store_row *row, bool only_held)
{
    uint64_t hash = hash_of(cache, row->collection->number, row->id, strlen(row->id));
    struct cached **at = find(cache, hash, row->collection->number, row->id), *cached;

    if (*at ? (*at)->row.version >= row->version : only_held)
        return *at;
    if (*at)
        drop(cache, at);
    if (row->body_size > cache->size_max / 8)
        return NULL; /* one document must not empty the cache */
    cached = copy_row(row);
    if (!cached)
        return NULL; /* not known is never wrong */
    cached->hash = hash;
    if (cache->count >= cache->bucket_count)
        grow(cache);
    cached->chain = cache->buckets[hash & (cache->bucket_count - 1)];
    cache->buckets[hash & (cache->bucket_count - 1)] = cached;
    link_use(cache, cached);
    cache->size += cached->size;
    cache->count++;
    shrink(cache);
    return cached;
}

void cache_drop(struct cache *cache, const struct store_collection *collection, const char *id)
{
    struct cached **at = find(cache, hash_of(cache, collection->number, id, strlen(id)), collection->number, id);

    if (*at)
        drop(cache, at);
}

void cached_let_go(struct cached *cached)
{
    if (--cached->refs)
        return;
    free(cached->body);
    free(cached);
}

/* Memory for one message: counted first, then handed out of one piece. */
struct room {
    char *at;
    size_t used;
};

static void *room_take(void *data, size_t size)
{
    struct room *room = data;
    char *piece = room->at + room->used;

    room->used += (size + 15) & ~(size_t)15;
    return piece;
}

static void room_keep(void *data, void *piece)
{
    (void)data;
    (void)piece;
}

/* NULL for bytes that are no such message, and when there is no memory for it. */
static ProtobufCMessage *decode(const struct store_row *row, size_t *ret_size)
{
    const ProtobufCMessageDescriptor *descriptor = row->collection->declared->message;
    struct room room = { NULL, 0 };
    ProtobufCAllocator allocator = { room_take, room_keep, &room };
    struct ts_arena scratch;
    const ProtobufCMessage *measured;

    arena_init(&scratch);
    measured = protobuf_c_message_unpack(descriptor, ts_arena_allocator(&scratch), row->body_size, row->body);
    *ret_size = scratch.used;
    arena_done(&scratch);
    if (!measured)
        return NULL;
    room.at = calloc(1, *ret_size);
    if (!room.at)
        return NULL;
    return protobuf_c_message_unpack(descriptor, &allocator, row->body_size, row->body);
}

static uint64_t print_of(const ProtobufCMessage *body)
{
    size_t size = protobuf_c_message_get_packed_size(body);
    uint8_t *bytes = ts_memory_new(1, size + 1);
    uint64_t print = size;

    protobuf_c_message_pack(body, bytes);
    for (size_t i = 0; i < size; i++)
        print = mix(print ^ bytes[i], UINT64_C(0xa0761d6478bd642f));
    ts_memory_free(bytes);
    return print;
}

const ProtobufCMessage *cached_body(struct cache *cache, struct cached *cached)
{
    size_t size;

    if (cached->body) {
        assert(!PRINTS_CHECKED || print_of(cached->body) == cached->print); /* somebody changed what all share */
        return cached->body;
    }
    cached->body = decode(&cached->row, &size);
    if (!cached->body)
        return NULL;
    if (PRINTS_CHECKED)
        cached->print = print_of(cached->body);
    if (*find(cache, cached->hash, cached->row.collection->number, cached->row.id) == cached) {
        cached->size += size;
        cache->size += size;
        shrink(cache);
    }
    return cached->body;
}
