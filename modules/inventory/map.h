/*
 * Who has which place, in memory: a hint that spares the store, exact while one process owns it (ARCHITECTURE.md,
 * Places). A map holds the places of one quota; the holders, shared by all maps, are the holds that still may end
 * (OPEN, KEPT, or on their way to the store). A sold or blocked place needs no holder, so a million sold places cost 9
 * MB and an untouched quota costs nothing: places live in chunks that are made when first taken.
 */
#ifndef INVENTORY_MAP_H
#define INVENTORY_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "tessera/id.h"

enum {
    HOLDER_NONE = 0, /* the place is free */
    HOLDER_SOLD = 1,
    HOLDER_BLOCKED = 2,
    HOLDER_POOLED = 3, /* an organizer's, not sold from there */
    HOLDER_FIRST = 4,  /* and up: a holder */
    MAP_CHUNK_PLACES = 1024,
    CLAIM_N_MAX = 9999999, /* seven digits of a claim's key; a place that has come so far is nobody's for ever */
};

/* No time: the holder is not to be asked. */
#define HOLDER_NEVER INT64_MAX

struct holder {
    char id[TS_ID_SIZE]; /* of the hold */
    uint32_t use_count;  /* places that name it, and one for who made it */
    uint32_t next_free;
    int64_t lapse_ms; /* from then on who wants the place may ask the store and end the hold */
    bool taking;      /* its claims are being written here: nobody else sets its places */
};

struct holders {
    struct holder *items;
    uint32_t count, room;
    uint32_t first_free; /* 0: none */
};

void holders_done(struct holders *holders);

/* A new holder without places, in use until holders_release(). Return: its number. */
uint32_t holders_add(struct holders *holders, const char *hold_id, int64_t lapse_ms);
struct holder *holders_get(struct holders *holders, uint32_t number);

/* One use less; with the last one it is forgotten. */
void holders_release(struct holders *holders, uint32_t number);

struct place {
    uint32_t n;      /* the newest claim that is known; 0: none */
    uint32_t holder; /* a HOLDER_ constant or number */
};

struct map_chunk;

struct map {
    int32_t place_count; /* N */
    int32_t held_count, sold_count, blocked_count, pooled_count;
    int32_t next;     /* where the search for a free place goes on */
    int64_t lapse_ms; /* no holder here lapses before */
    struct map_chunk **chunks;
    uint32_t chunk_count;
};

void map_init(struct map *map);
void map_done(struct map *map);

/* Raise N; it never falls. */
void map_grow(struct map *map, int32_t place_count);

static inline int32_t map_free_count(const struct map *map)
{
    return map->place_count - map->held_count - map->sold_count - map->blocked_count - map->pooled_count;
}

/* The place as it is; the zero place when nobody ever had it. */
struct place map_get(const struct map *map, int32_t number);

/* Give the place to a holder (or HOLDER_NONE...); the counts of map and holders follow, an unused holder is dropped. */
void map_set(struct map *map, struct holders *holders, int32_t number, uint32_t holder);
void map_set_claim(struct map *map, int32_t number, uint32_t n);

/* A free place, the next in turn; there must be one. */
int32_t map_find_free(struct map *map);

/* The highest free place before `end` (at most N), -1 when there is none. */
int32_t map_find_last_free(const struct map *map, int32_t end);

/* A place below `now_ms` whose holder has lapsed, or -1 (and map->lapse_ms is up to date). */
int32_t map_find_lapsed(struct map *map, struct holders *holders, int64_t now_ms);

/* The holder's time has changed, or a holder got its first place here. */
void map_note_lapse(struct map *map, int64_t lapse_ms);

#endif
