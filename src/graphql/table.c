/* Open addressing with linear probing; 32 bits of each hash are kept, so a mismatch rarely compares strings. */
#include "graphql/table.h"

#include <string.h>

#include "base/hash.h"

enum { ROOM_MIN = 8 };

void table_init(struct table *table, struct ts_arena *arena)
{
    *table = (struct table){ .arena = arena, .seed = (uint32_t)((uintptr_t)table >> 4) * 2654435761u };
}

static uint32_t table_hash(const struct table *table, const char *name)
{
    return (uint32_t)hash_seeded(table->seed, name, strlen(name));
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
