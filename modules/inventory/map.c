/* Places in chunks of 1,024: eight bytes each for claim and holder, and one bit for "not free"; see map.h. */
#include "map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tessera/memory.h"

enum { WORD_BITS = 64, CHUNK_WORDS = MAP_CHUNK_PLACES / WORD_BITS };

struct map_chunk {
    uint64_t taken[CHUNK_WORDS];
    struct place places[MAP_CHUNK_PLACES];
};

void holders_done(struct holders *holders)
{
    ts_memory_free(holders->items);
    *holders = (struct holders){ 0 };
}

uint32_t holders_add(struct holders *holders, const char *hold_id, int64_t lapse_ms)
{
    uint32_t number = holders->first_free;
    struct holder *holder;

    if (!number) {
        if (holders->count == holders->room) {
            holders->room = holders->room ? holders->room * 2 : 64;
            holders->items = ts_memory_resize(holders->items, holders->room * sizeof(*holders->items));
        }
        number = HOLDER_FIRST + holders->count++;
    } else {
        holders->first_free = holders_get(holders, number)->next_free;
    }
    holder = holders_get(holders, number);
    *holder = (struct holder){ .use_count = 1, .lapse_ms = lapse_ms };
    assert(strlen(hold_id) == TS_ID_LENGTH);
    memcpy(holder->id, hold_id, TS_ID_SIZE);
    return number;
}

struct holder *holders_get(struct holders *holders, uint32_t number)
{
    assert(number >= HOLDER_FIRST && number - HOLDER_FIRST < holders->count);
    return &holders->items[number - HOLDER_FIRST];
}

void holders_release(struct holders *holders, uint32_t number)
{
    struct holder *holder = holders_get(holders, number);

    assert(holder->use_count > 0);
    if (--holder->use_count)
        return;
    holder->id[0] = '\0';
    holder->next_free = holders->first_free;
    holders->first_free = number;
}

void map_init(struct map *map)
{
    *map = (struct map){ .lapse_ms = HOLDER_NEVER };
}

void map_done(struct map *map)
{
    for (uint32_t i = 0; i < map->chunk_count; i++)
        ts_memory_free(map->chunks[i]);
    ts_memory_free(map->chunks);
    map_init(map);
}

void map_grow(struct map *map, int32_t place_count)
{
    uint32_t chunk_count = ((uint32_t)place_count + MAP_CHUNK_PLACES - 1) / MAP_CHUNK_PLACES;

    assert(place_count >= map->place_count);
    if (chunk_count > map->chunk_count) {
        map->chunks = ts_memory_resize(map->chunks, chunk_count * sizeof(*map->chunks));
        memset(map->chunks + map->chunk_count, 0, (chunk_count - map->chunk_count) * sizeof(*map->chunks));
        map->chunk_count = chunk_count;
    }
    map->place_count = place_count;
}

static struct map_chunk *chunk_of(const struct map *map, int32_t number)
{
    assert(number >= 0 && number < map->place_count);
    return map->chunks[number / MAP_CHUNK_PLACES];
}

static struct place *place_of(struct map *map, int32_t number)
{
    struct map_chunk **chunk = &map->chunks[number / MAP_CHUNK_PLACES];

    assert(number >= 0 && number < map->place_count);
    if (!*chunk)
        *chunk = ts_memory_new(1, sizeof(**chunk));
    return &(*chunk)->places[number % MAP_CHUNK_PLACES];
}

struct place map_get(const struct map *map, int32_t number)
{
    const struct map_chunk *chunk = chunk_of(map, number);

    return chunk ? chunk->places[number % MAP_CHUNK_PLACES] : (struct place){ 0 };
}

static void count(struct map *map, uint32_t holder, int32_t by)
{
    if (holder == HOLDER_SOLD)
        map->sold_count += by;
    else if (holder == HOLDER_BLOCKED)
        map->blocked_count += by;
    else if (holder == HOLDER_POOLED)
        map->pooled_count += by;
    else if (holder != HOLDER_NONE)
        map->held_count += by;
}

void map_set(struct map *map, struct holders *holders, int32_t number, uint32_t holder)
{
    struct place *place = place_of(map, number);
    uint64_t *word = &chunk_of(map, number)->taken[number % MAP_CHUNK_PLACES / WORD_BITS];
    uint64_t bit = UINT64_C(1) << (number % WORD_BITS);
    uint32_t before = place->holder;

    if (holder == HOLDER_NONE && place->n >= CLAIM_N_MAX)
        holder = HOLDER_SOLD;
    count(map, holder, 1);
    count(map, before, -1);
    place->holder = holder;
    *word = holder == HOLDER_NONE ? *word & ~bit : *word | bit;
    if (holder >= HOLDER_FIRST) {
        holders_get(holders, holder)->use_count++;
        map_note_lapse(map, holders_get(holders, holder)->lapse_ms);
    }
    if (before >= HOLDER_FIRST)
        holders_release(holders, before);
}

void map_set_claim(struct map *map, int32_t number, uint32_t n)
{
    place_of(map, number)->n = n;
}

/* The bits of 64 places from `number` (a multiple of 64) that are free. */
static uint64_t free_bits(const struct map *map, int32_t number)
{
    const struct map_chunk *chunk = chunk_of(map, number);
    uint64_t taken = chunk ? chunk->taken[number % MAP_CHUNK_PLACES / WORD_BITS] : 0;
    int32_t left = map->place_count - number;

    return left >= WORD_BITS ? ~taken : ~taken & ((UINT64_C(1) << left) - 1);
}

int32_t map_find_free(struct map *map)
{
    int32_t start = map->next < map->place_count ? map->next : 0;
    int32_t word = start / WORD_BITS * WORD_BITS;
    uint64_t bits = free_bits(map, word) & (~UINT64_C(0) << (start % WORD_BITS));

    assert(map_free_count(map) > 0);
    while (!bits) {
        word += WORD_BITS;
        if (word >= map->place_count)
            word = 0;
        bits = free_bits(map, word);
    }
    map->next = word + __builtin_ctzll(bits) + 1;
    return map->next - 1;
}

int32_t map_find_last_free(const struct map *map, int32_t end)
{
    assert(end <= map->place_count);
    if (end <= 0)
        return -1;
    for (int32_t word = (end - 1) / WORD_BITS * WORD_BITS; word >= 0; word -= WORD_BITS) {
        uint64_t bits = free_bits(map, word);

        if (end - word < WORD_BITS)
            bits &= (UINT64_C(1) << (end - word)) - 1;
        if (bits)
            return word + WORD_BITS - 1 - __builtin_clzll(bits);
    }
    return -1;
}

int32_t map_find_lapsed(struct map *map, struct holders *holders, int64_t now_ms)
{
    int64_t lapse_ms = HOLDER_NEVER;

    if (now_ms < map->lapse_ms)
        return -1;
    for (int32_t i = 0; i < map->place_count; i++) {
        uint32_t holder = map_get(map, i).holder;

        if (holder < HOLDER_FIRST)
            continue;
        if (holders_get(holders, holder)->lapse_ms <= now_ms)
            return i;
        if (holders_get(holders, holder)->lapse_ms < lapse_ms)
            lapse_ms = holders_get(holders, holder)->lapse_ms;
    }
    map->lapse_ms = lapse_ms;
    return -1;
}

void map_note_lapse(struct map *map, int64_t lapse_ms)
{
    if (lapse_ms < map->lapse_ms)
        map->lapse_ms = lapse_ms;
}
