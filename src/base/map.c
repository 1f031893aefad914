/*
 * Entries lie in one array in order of insertion; an open-addressed table of their places finds them. A removed entry
 * leaves a gap, and its slot goes on pointing at the gap, so that probing passes over it; both go at the next rebuild.
 */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "tessera/memory.h"

enum { ROOM_MIN = 8 };

/* SipHash (Aumasson, Bernstein 2012) with one round per word and three at the end. */
struct sip {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *sip)
{
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->b;
    sip->a += sip->d;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c = rotate(sip->c, 32);
}

static void sip_add(struct sip *sip, uint64_t word)
{
    sip->d ^= word;
    sip_round(sip);
    sip->a ^= word;
}

static const uint64_t *hash_key(void)
{
    static uint64_t key[2];
    static bool made;

    if (!made) {
        if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
            abort(); /* no randomness: nothing of ours can be safe */
        made = true;
    }
    return key;
}

uint64_t hash_bytes(const void *bytes, size_t size)
{
    const uint64_t *key = hash_key();
    struct sip sip = { key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                       key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573) };
    const char *at = bytes;
    uint64_t word;

    for (size_t left = size; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        sip_add(&sip, word);
    }
    word = 0;
    memcpy(&word, at, size % 8);
    sip_add(&sip, word | (uint64_t)size << 56);
    sip.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

/* What is looked for. For a string, `number` is its hash; for a number, `hash` is made of it. */
struct probe {
    const char *key;
    uint64_t number, hash;
};

static struct probe probe_string(const char *key)
{
    uint64_t hash = hash_bytes(key, strlen(key));

    return (struct probe){ key, hash, hash };
}

static struct probe probe_number(uint64_t number)
{
    return (struct probe){ NULL, number, hash_bytes(&number, sizeof(number)) };
}

void map_init(struct map *map)
{
    *map = (struct map){ 0 };
}

void map_done(struct map *map)
{
    ts_memory_free(map->entries);
    ts_memory_free(map->slots);
    map_init(map);
}

static bool entry_is(const struct map_entry *entry, const struct probe *probe)
{
    return entry->value && entry->number == probe->number && (!probe->key || strcmp(entry->key, probe->key) == 0);
}

/* The slot of the probe, or the free one where it belongs. */
static uint32_t *map_slot(const struct map *map, const struct probe *probe)
{
    size_t mask = map->room * 2 - 1, at = probe->hash & mask;

    while (map->slots[at] && !entry_is(&map->entries[map->slots[at] - 1], probe))
        at = (at + 1) & mask;
    return &map->slots[at];
}

static struct map_entry *map_entry(const struct map *map, struct probe probe)
{
    uint32_t place = map->room ? *map_slot(map, &probe) : 0;

    return place ? &map->entries[place - 1] : NULL;
}

static void map_append(struct map *map, const struct probe *probe, void *value)
{
    uint32_t *slot = map_slot(map, probe);

    assert(map->entries && map->end < map->room);

    map->entries[map->end++] = (struct map_entry){ probe->key, probe->number, value };
    *slot = (uint32_t)map->end;
}

/* Close the gaps, with room for at least as many again as live. */
static void map_rebuild(struct map *map)
{
    struct map old = *map;

    map->room = ROOM_MIN;
    while (map->room < old.count * 2)
        map->room *= 2;
    assert(map->room < UINT32_MAX / 2);
    map->entries = ts_memory_new(map->room, sizeof(*map->entries));
    map->slots = ts_memory_new(map->room * 2, sizeof(*map->slots));
    map->end = 0;
    for (size_t i = 0; i < old.end; i++) {
        const struct map_entry *entry = &old.entries[i];
        struct probe probe = { entry->key, entry->number, entry->number };

        if (!entry->value)
            continue;
        if (!entry->key)
            probe = probe_number(entry->number);
        map_append(map, &probe, entry->value);
    }
    ts_memory_free(old.entries);
    ts_memory_free(old.slots);
}

static void *map_put_probe(struct map *map, struct probe probe, void *value)
{
    struct map_entry *entry = map_entry(map, probe);
    void *before;

    assert(value);
    if (entry) {
        before = entry->value;
        entry->key = probe.key;
        entry->value = value;
        return before;
    }
    if (map->end == map->room)
        map_rebuild(map);
    map_append(map, &probe, value);
    map->count++;
    return NULL;
}

static void *map_take_probe(struct map *map, struct probe probe)
{
    struct map_entry *entry = map_entry(map, probe);
    void *value = entry ? entry->value : NULL;

    if (entry) {
        entry->value = NULL;
        map->count--;
    }
    return value;
}

void *map_find(const struct map *map, const char *key)
{
    struct map_entry *entry = map_entry(map, probe_string(key));

    return entry ? entry->value : NULL;
}

void *map_put(struct map *map, const char *key, void *value)
{
    return map_put_probe(map, probe_string(key), value);
}

void *map_take(struct map *map, const char *key)
{
    return map_take_probe(map, probe_string(key));
}

void *map_find_number(const struct map *map, uint64_t number)
{
    struct map_entry *entry = map_entry(map, probe_number(number));

    return entry ? entry->value : NULL;
}

void *map_put_number(struct map *map, uint64_t number, void *value)
{
    return map_put_probe(map, probe_number(number), value);
}

void *map_take_number(struct map *map, uint64_t number)
{
    return map_take_probe(map, probe_number(number));
}

struct map_entry *map_next(const struct map *map, size_t *at)
{
    while (*at < map->end) {
        struct map_entry *entry = &map->entries[(*at)++];

        if (entry->value)
            return entry;
    }
    return NULL;
}
