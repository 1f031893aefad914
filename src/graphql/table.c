/*
 * Chains of entries, for a name is as far as its own chain is long, whatever stands in the others: of n names in at
 * least n chains, one with k of them has a chance of n/k! at most (15 of 16,384: one to eighty millions). Probing would
 * join neighbours to clusters of hundreds. 32 bits of each hash are kept, so a mismatch rarely compares strings.
 */
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

static struct table_entry **table_chain(const struct table *table, uint32_t hash)
{
    return &table->chains[hash & (table->room - 1)];
}

/* The entry of `name`, or NULL. */
static struct table_entry *table_entry(const struct table *table, const char *name, uint32_t hash)
{
    struct table_entry *entry = table->count ? *table_chain(table, hash) : NULL;

    while (entry && (entry->hash != hash || strcmp(entry->name, name) != 0))
        entry = entry->next;
    return entry;
}

static void table_chain_add(struct table *table, struct table_entry *entry)
{
    struct table_entry **chain = table_chain(table, entry->hash);

    entry->next = *chain;
    *chain = entry;
}

static void table_grow(struct table *table)
{
    struct table old = *table;

    table->room = !old.room ? ROOM_MIN : old.room == ROOM_MIN ? old.room * 4 : old.room * 2; /* a page has 20 keys */
    table->chains = TS_NEW_ARRAY(table->arena, struct table_entry *, table->room);
    for (size_t i = 0; i < old.room; i++) {
        for (struct table_entry *entry = old.chains[i], *next; entry; entry = next) {
            next = entry->next;
            table_chain_add(table, entry);
        }
    }
}

void *table_find(const struct table *table, const char *name)
{
    const struct table_entry *entry = table->count ? table_entry(table, name, table_hash(table, name)) : NULL;

    return entry ? entry->value : NULL;
}

static void table_append(struct table *table, const char *name, void *value, uint32_t hash)
{
    struct table_entry entry = { .name = name, .value = value, .hash = hash };

    if (table->count == table->room)
        table_grow(table);
    table_chain_add(table, ts_memdup(table->arena, &entry, sizeof(entry)));
    table->count++;
}

/* What is there already stays. Return: that entry, or NULL when `name` was added. */
static struct table_entry *table_add_entry(struct table *table, const char *name, void *value)
{
    uint32_t hash = table_hash(table, name);
    struct table_entry *entry = table_entry(table, name, hash);

    if (!entry)
        table_append(table, name, value, hash);
    return entry;
}

void *table_add(struct table *table, const char *name, void *value)
{
    const struct table_entry *entry = table_add_entry(table, name, value);

    return entry ? entry->value : NULL;
}

void table_set(struct table *table, const char *name, void *value)
{
    struct table_entry *entry = table_add_entry(table, name, value);

    if (entry)
        entry->value = value;
}
