/*
 * A hash table of chains and a list by use. The hash is seeded, since idempotency keys are ids that a client chose: it
 * must not be able to send all of them into one chain.
 */
#include "store/cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/message.h"
#include "tessera/memory.h"

struct cache {
    struct cached **buckets;
    size_t bucket_count; /* a power of two */
    size_t size, size_max, count;
    uint64_t seed;
    uint64_t uses; /* times that something became the youngest */
    struct cached *oldest, *youngest;
};

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

/* What is looked for: one document of one collection. */
struct name {
    const struct store_collection *collection;
    const char *id;
    size_t size;
    uint64_t hash;
};

static struct name name_of(const struct cache *cache, const struct store_collection *collection, const char *id)
{
    size_t size = strlen(id);

    return (struct name){ collection, id, size, hash_seeded(cache->seed + collection->number, id, size) };
}

static struct name name_of_cached(const struct cached *cached)
{
    return (struct name){ cached->row.collection, cached->row.id, cached->id_size, cached->hash };
}

static bool is_named(const struct cached *cached, const struct name *name)
{
    return cached->hash == name->hash && cached->row.collection == name->collection && cached->id_size == name->size &&
           memcmp(cached->row.id, name->id, name->size) == 0;
}

static struct cached **find(const struct cache *cache, const struct name *name)
{
    struct cached **at = &cache->buckets[name->hash & (cache->bucket_count - 1)];

    while (*at && !is_named(*at, name))
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
    struct name oldest = name_of_cached(cache->oldest);

    drop(cache, find(cache, &oldest));
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
    struct name name = name_of(cache, collection, id);
    struct cached *cached = *find(cache, &name);

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

static uint64_t print_of(const ProtobufCMessage *body)
{
    size_t size = protobuf_c_message_get_packed_size(body);
    uint8_t *bytes = ts_memory_new(1, size + 1);
    uint64_t print;

    protobuf_c_message_pack(body, bytes);
    print = hash_seeded(0, bytes, size);
    ts_memory_free(bytes);
    return print;
}

/*
 * A copy of `message` is the body from now on. `packed_size`: from which a guess is made at how large it is.
 * Return: what it takes; 0 when there is no memory for it.
 */
static size_t take_body(struct cached *cached, const ProtobufCMessage *message, size_t packed_size)
{
    size_t size = packed_size * 3 + 64, needed = 0; /* stored documents are twice and a half as large in memory */
    void *memory = malloc(size);

    if (memory)
        needed = message_copy(message, memory, size);
    if (needed > size) {
        free(memory);
        size = needed;
        memory = malloc(size);
        if (memory)
            (void)message_copy(message, memory, size);
    }
    if (!memory)
        return 0;
    cached->body = memory;
    if (CACHED_CHECKED)
        cached->print = print_of(cached->body);
    return size;
}

/* The row without a body. NULL when there is no memory for it. */
static struct cached *copy_row(const struct store_row *row, size_t body_size)
{
    size_t id = strlen(row->id) + 1, actor = strlen(row->stamp.actor) + 1, operation = strlen(row->stamp.operation) + 1;
    size_t size = sizeof(struct cached) + id + actor + operation + body_size;
    struct cached *cached = malloc(size); /* calloc() would pass by the thread's own free pieces */
    char *at;

    if (!cached)
        return NULL;
    *cached = (struct cached){ .size = size, .refs = 1, .row = *row };
    at = cached->bytes;
    cached->row.id = keep(&at, row->id, id);
    cached->row.stamp.actor = keep(&at, row->stamp.actor, actor);
    cached->row.stamp.operation = keep(&at, row->stamp.operation, operation);
    cached->row.stamp.request_id = "";
    cached->row.body = keep(&at, row->body, body_size);
    cached->row.body_size = body_size;
    cached->row.value = NULL;
    return cached;
}

/* NULL when there is no memory for it. */
static struct cached *cached_new(const struct store_row *row, const ProtobufCMessage *message)
{
    struct cached *cached = copy_row(row, message ? 0 : row->body_size);
    size_t size = cached && message ? take_body(cached, message, row->body_size) : 0;

    if (!cached || !message)
        return cached;
    cached->size += size;
    if (size)
        return cached;
    free(cached);
    return NULL;
}

struct cached *cache_put(struct cache *cache, const struct store_row *row, const ProtobufCMessage *message,
                         bool only_held)
{
    struct name name = name_of(cache, row->collection, row->id);
    struct cached **at = find(cache, &name), *cached;

    if (*at ? (*at)->row.version >= row->version : only_held)
        return *at;
    if (*at)
        drop(cache, at);
    if (row->body_size > cache->size_max / 8)
        return NULL; /* one document must not empty the cache */
    cached = cached_new(row, message);
    if (!cached)
        return NULL; /* not known is never wrong */
    cached->hash = name.hash;
    cached->id_size = name.size;
    if (cache->count >= cache->bucket_count)
        grow(cache);
    cached->chain = cache->buckets[name.hash & (cache->bucket_count - 1)];
    cache->buckets[name.hash & (cache->bucket_count - 1)] = cached;
    link_use(cache, cached);
    cache->size += cached->size;
    cache->count++;
    shrink(cache);
    return cached;
}

void cache_drop(struct cache *cache, const struct store_collection *collection, const char *id)
{
    struct name name = name_of(cache, collection, id);
    struct cached **at = find(cache, &name);

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

void cached_check(const struct cached *cached)
{
    assert(print_of(cached->body) == cached->print); /* somebody changed what all share */
}

const ProtobufCMessage *cached_decode(struct cache *cache, struct cached *cached)
{
    struct name name = name_of_cached(cached);
    const struct store_row *row = &cached->row;
    const ProtobufCMessage *message;
    struct ts_arena scratch;
    size_t size;

    arena_init(&scratch);
    message = protobuf_c_message_unpack(row->collection->declared->message, ts_arena_allocator(&scratch),
                                        row->body_size, row->body);
    size = message ? take_body(cached, message, row->body_size) : 0;
    arena_done(&scratch);
    if (size && *find(cache, &name) == cached) {
        cached->size += size;
        cache->size += size;
        shrink(cache);
    }
    return cached->body;
}
