/*
 * A small map from strings to pointers: open addressing, grows by doubling, nothing is removed one by one. Keys are
 * borrowed from the values, which outlive it. Nobody iterates over it, so its order never shows.
 */
#ifndef INVENTORY_TABLE_H
#define INVENTORY_TABLE_H

#include <stddef.h>

struct table {
    struct table_item {
        const char *key;
        void *value;
    } * items;
    size_t room, count; /* room is a power of two, or 0 */
};

void table_done(struct table *table);

/* The value under `key`, or NULL. */
void *table_find(const struct table *table, const char *key);

/* Add a value under a key that is not there yet. */
void table_add(struct table *table, const char *key, void *value);

#endif
