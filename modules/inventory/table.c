/* Strings to pointers, by linear probing; see table.h. */
#include "table.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tessera/memory.h"

enum { TABLE_ROOM_MIN = 64 };

void table_done(struct table *table)
{
    ts_memory_free(table->items);
    *table = (struct table){ 0 };
}

static uint64_t mix(uint64_t sum)
{
    sum *= UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ (sum >> 32);
}

/* Eight bytes at a time: an id has thirty, and they are looked up for each hold. */
static uint64_t hash(const char *key)
{
    size_t size = strlen(key);
    uint64_t sum = size, block;

    for (; size >= sizeof(block); key += sizeof(block), size -= sizeof(block)) {
        memcpy(&block, key, sizeof(block));
        sum = mix(sum ^ block);
    }
    block = 0;
    memcpy(&block, key, size);
    return mix(sum ^ block);
}

static struct table_item *find_item(const struct table *table, const char *key)
{
    size_t i = hash(key) & (table->room - 1);

    while (table->items[i].key && strcmp(table->items[i].key, key) != 0)
        i = (i + 1) & (table->room - 1);
    return &table->items[i];
}

void *table_find(const struct table *table, const char *key)
{
    return table->room ? find_item(table, key)->value : NULL;
}

static void grow(struct table *table)
{
    struct table old = *table;

    table->room = old.room ? old.room * 2 : TABLE_ROOM_MIN;
    table->items = ts_memory_new(table->room, sizeof(*table->items));
    for (size_t i = 0; i < old.room; i++) {
        if (old.items[i].key)
            *find_item(table, old.items[i].key) = old.items[i];
    }
    ts_memory_free(old.items);
}

void table_add(struct table *table, const char *key, void *value)
{
    struct table_item *item;

    if (table->count * 2 >= table->room)
        grow(table);
    item = find_item(table, key);
    assert(!item->key);
    *item = (struct table_item){ key, value };
    table->count++;
}
