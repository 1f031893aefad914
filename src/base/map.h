/*
 * Hash maps that iterate in the order of insertion, so that a run can be repeated (ARCHITECTURE.md). Keys are strings,
 * which are borrowed and must live as long as their entry, or 64-bit numbers; one map uses one kind. The hash is keyed
 * at random per process: who chooses keys cannot choose collisions.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
    const char *key; /* of a string map */
    uint64_t number; /* of a number map; a string map's hash */
    void *value;     /* NULL: removed */
};

struct map {
    struct map_entry *entries; /* in order of insertion, with gaps */
    uint32_t *slots;           /* 1-based places in entries; 0: free */
    size_t count;              /* entries that live */
    size_t end, room;          /* entries used and allocated; there are twice as many slots as room */
};

void map_init(struct map *map);
void map_done(struct map *map);

/* Values are never NULL. put: the value that stood there before, or NULL. take: remove it; the value, or NULL. */
void *map_find(const struct map *map, const char *key);
void *map_put(struct map *map, const char *key, void *value);
void *map_take(struct map *map, const char *key);

void *map_find_number(const struct map *map, uint64_t number);
void *map_put_number(struct map *map, uint64_t number, void *value);
void *map_take_number(struct map *map, uint64_t number);

/*
 * The next entry at or after place *at, which moves on; NULL at the end. Begin with *at = 0. The map may lose entries
 * meanwhile, but must not gain any.
 */
struct map_entry *map_next(const struct map *map, size_t *at);

/* SipHash-1-3 of the bytes, keyed per process: for tables of one's own. */
uint64_t hash_bytes(const void *bytes, size_t size);

#endif
