/* Open addressing with linear probing; 32 bits of each hash are kept, so a mismatch rarely compares strings. */
#include "graphql/table.h"

#include <string.h>

enum { ROOM_MIN = 8 };

void table_init(struct table *table, struct ts_arena *arena)
{
    *table = (struct table){ .arena = arena, .seed = (uint32_t)((uintptr_t)table >> 4) * 2654435761u };
}

/* Eight bytes a step (folded multiplication, as in wyhash). */
static uint32_t table_hash(const struct table *table, const char *name)
{
    size_t size = strlen(name);
    uint64_t hash = table->seed ^ UINT64_C(0x9e3779b97f4a7c15) * (size + 1), word;

    for (; size >= sizeof(word); name += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, name, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, name, size);
    hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(hash ^ hash >> 32);
}

/* The slot of `name`, or the free one where it belongs. */
static struct table_slot *table_slot(const struct table *table, const char *name, uint32_t hash)
{
    size_t at = hash & (table->room - 1);

    while (table->slots[at].name) {
        if (table->slots[at].hash == hash && strcmp(table->slots[at].name, name) == 0)
            break;
        at = (at + 1) & (table->room - 1);
    }
    return &table->slots[at];
}

static void table_grow(struct table *table)
{
    struct table old = *table;

    table->room = !old.room ? ROOM_MIN : old.room == ROOM_MIN ? old.room * 4 : old.room * 2; /* a page has 20 keys */
    table->slots = TS_NEW_ARRAY(table->arena, struct table_slot, table->room);
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].name)
            *table_slot(table, old.slots[i].name, old.slots[i].hash) = old.slots[i];
    }
}

void *table_find(const struct table *table, const char *name)
{
    return table->count ? table_slot(table, name, table_hash(table, name))->value : NULL;
}

void *table_add(struct table *table, const char *name, void *value)
{
    uint32_t hash = table_hash(table, name);
    struct table_slot *slot;

    if ((table->count + 1) * 4 > table->room * 3)
        table_grow(table);
    slot = table_slot(table, name, hash);
    if (slot->name)
        return slot->value;
    *slot = (struct table_slot){ name, value, hash };
    table->count++;
    return NULL;
}

void table_set(struct table *table, const char *name, void *value)
{
    if (table_add(table, name, value))
        table_slot(table, name, table_hash(table, name))->value = value;
}
