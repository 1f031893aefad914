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

enum { MESSAGE_ALIGN = 16 }; /* as message_copy() wants it */

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
    struct ts_arena scratch;
    const uint8_t *bytes;
    uint64_t print;
    size_t size;

    arena_init(&scratch);
    bytes = ts_message_pack(&scratch, body, &size);
    print = hash_seeded(0, bytes, size);
    arena_done(&scratch);
    return print;
}

/* Stored documents are twice and a half as large in memory. */
static size_t guess_size(const struct store_row *row)
{
    return row->body_size * 3 + 64;
}

/*
 * Memory of `before` bytes and a copy of `message`, for which `guess` bytes may be enough. Return: NULL when there is
 * no memory; *ret_room is what the copy has.
 */
static void *copy_behind(size_t before, const ProtobufCMessage *message, size_t guess, size_t *ret_room)
{
    char *memory = malloc(before + guess); /* calloc() would pass by the thread's own free pieces */
    size_t needed = memory ? message_copy(message, memory + before, guess) : 0;

    *ret_room = guess;
    if (needed <= guess)
        return memory;
    free(memory);
    return copy_behind(before, message, needed, ret_room);
}

static void set_body(struct cached *cached, ProtobufCMessage *body)
{
    cached->body = body;
    if (CACHED_CHECKED)
        cached->print = print_of(body);
}

/* What stands before a copy's body: itself and the row's texts, aligned. */
static size_t head_size(const struct store_row *row)
{
    size_t size = sizeof(struct cached) + strlen(row->id) + strlen(row->stamp.actor) + strlen(row->stamp.operation) + 3;

    return (size + MESSAGE_ALIGN - 1) & ~(size_t)(MESSAGE_ALIGN - 1);
}

/* All but its body, of `size` bytes in all. */
static void set_head(struct cached *cached, const struct store_row *row, size_t size)
{
    char *at = cached->bytes;

    *cached = (struct cached){ .size = size, .id_size = strlen(row->id), .refs = 1, .row = *row };
    cached->row.id = keep(&at, row->id, cached->id_size + 1);
    cached->row.stamp.actor = keep(&at, row->stamp.actor, strlen(row->stamp.actor) + 1);
    cached->row.stamp.operation = keep(&at, row->stamp.operation, strlen(row->stamp.operation) + 1);
    cached->row.stamp.request_id = "";
    cached->row.body = NULL;
    cached->row.body_size = 0;
    cached->row.value = NULL;
}

static struct cached *copy_bytes(const struct store_row *row)
{
    size_t head = head_size(row);
    struct cached *cached = malloc(head + row->body_size);
    char *at = (char *)cached + head;

    if (!cached)
        return NULL;
    set_head(cached, row, head + row->body_size);
    cached->row.body = keep(&at, row->body, row->body_size);
    cached->row.body_size = row->body_size;
    return cached;
}

static struct cached *copy_decoded(const struct store_row *row, const ProtobufCMessage *message)
{
    size_t head = head_size(row), room;
    struct cached *cached = copy_behind(head, message, guess_size(row), &room);

    if (!cached)
        return NULL;
    set_head(cached, row, head + room);
    set_body(cached, (ProtobufCMessage *)((char *)cached + head));
    return cached;
}

struct cached *cached_copy(const struct cache *cache, const struct store_row *row, const ProtobufCMessage *message)
{
    if (row->body_size > cache->size_max / 8)
        return NULL; /* one document must not empty the cache */
    return message ? copy_decoded(row, message) : copy_bytes(row);
}

/* Keep it where `at` says that it is looked for; what was kept there goes. */
static struct cached *keep_at(struct cache *cache, struct cached **at, const struct name *name, struct cached *cached)
{
    if (*at)
        drop(cache, at);
    if (!cached)
        return NULL; /* not known is never wrong */
    cached->hash = name->hash;
    if (cache->count >= cache->bucket_count)
        grow(cache);
    cached->chain = cache->buckets[name->hash & (cache->bucket_count - 1)];
    cache->buckets[name->hash & (cache->bucket_count - 1)] = cached;
    link_use(cache, cached);
    cache->size += cached->size;
    cache->count++;
    shrink(cache);
    return cached;
}

struct cached *cache_put(struct cache *cache, const struct store_row *row)
{
    struct name name = name_of(cache, row->collection, row->id);
    struct cached **at = find(cache, &name);

    if (*at && (*at)->row.version >= row->version)
        return *at;
    return keep_at(cache, at, &name, cached_copy(cache, row, /* message= */ NULL));
}

void cache_take(struct cache *cache, struct cached *cached)
{
    struct name name = name_of(cache, cached->row.collection, cached->row.id);
    struct cached **at = find(cache, &name);

    if (*at && (*at)->row.version >= cached->row.version)
        cached_let_go(cached);
    else
        (void)keep_at(cache, at, &name, cached);
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
    if (!cached || --cached->refs)
        return;
    if (cached->is_apart)
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
    size_t size = 0;
    void *body;

    arena_init(&scratch);
    message = protobuf_c_message_unpack(row->collection->declared->message, ts_arena_allocator(&scratch),
                                        row->body_size, row->body);
    body = message ? copy_behind(0, message, guess_size(row), &size) : NULL;
    arena_done(&scratch);
    if (!body)
        return NULL;
    set_body(cached, body);
    cached->is_apart = true;
    if (*find(cache, &name) == cached) {
        cached->size += size;
        cache->size += size;
        shrink(cache);
    }
    return cached->body;
}
