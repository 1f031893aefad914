/*
 * The newest versions, encoded or decoded, of what was lately read or written: bounded in bytes, the longest unused
 * goes first.
 * The front puts in every version it was answered, so on a store that nobody else writes the cache is exact.
 */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "store/backend.h"

struct cache;

/*
 * A version that is held. Whoever keeps a pointer past its next wait holds a reference: an entry that was overtaken or
 * pushed out lives until the last one is gone.
 */
struct cached {
    struct cached *chain;           /* of one bucket */
    struct cached *older, *younger; /* by use */
    uint64_t hash;
    uint64_t used; /* when it last became the youngest */
    size_t size;   /* of all of it */
    size_t id_size;
    unsigned refs;
    ProtobufCMessage *body; /* decoded, once somebody asked for it; shared, so never to be changed */
    bool is_apart;          /* the body has memory of its own */
    uint64_t print;         /* of `body`, where builds check that nobody did */
    struct store_row row;   /* its body is empty when it was made of a message */
    char bytes[];           /* what row points to, and the message */
};

struct cache *cache_new(size_t size_max, uint64_t seed);
void cache_free(struct cache *cache);

/* The newest version of a document, or NULL; valid until the next put. */
struct cached *cache_find(struct cache *cache, const struct store_collection *collection, const char *id);

/*
 * Keep a copy of a row that was read, unless as young a version is held; its body is decoded when somebody asks.
 * Return: the newest version held, valid until the next put; NULL when none is.
 */
struct cached *cache_put(struct cache *cache, const struct store_row *row);

/*
 * A copy of what is about to be written, with its message for a body where there is one. Return: one reference; NULL
 * when it is too large or there is no memory for it: what is kept of the document is to be forgotten then.
 */
struct cached *cached_copy(const struct cache *cache, const struct store_row *row, const ProtobufCMessage *message);

/* Keep it now, unless as young a version is held; the reference goes with it. */
void cache_take(struct cache *cache, struct cached *cached);

/* Forget one document. */
void cache_drop(struct cache *cache, const struct store_collection *collection, const char *id);

static inline struct cached *cached_hold(struct cached *cached)
{
    cached->refs++;
    return cached;
}
void cached_let_go(struct cached *cached); /* NULL is fine */

#if defined(__SANITIZE_ADDRESS__)
enum { CACHED_CHECKED = 1 };
#else
enum { CACHED_CHECKED = 0 };
#endif

/* For cached_body(): the first time; and, in builds that check it, whether the message is as it was then. */
const ProtobufCMessage *cached_decode(struct cache *cache, struct cached *cached);
void cached_check(const struct cached *cached);

/* Its message, which lives as long as the entry; NULL when the bytes are none, or there is no memory. Hold a reference.
 */
static inline const ProtobufCMessage *cached_body(struct cache *cache, struct cached *cached)
{
    if (!cached->body)
        return cached_decode(cache, cached);
    if (CACHED_CHECKED)
        cached_check(cached);
    return cached->body;
}

#endif
