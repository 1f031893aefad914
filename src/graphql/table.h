/*
 * A table from names to pointers, for schemas and documents; it lives in an arena and only grows. The hash is seeded
 * with the table's own address, so that a client cannot choose names that collide.
 */
#ifndef GRAPHQL_TABLE_H
#define GRAPHQL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

struct table_entry {
    const char *name;
    void *value;
    struct table_entry *next; /* of its chain */
    uint32_t hash;
};

struct table {
    struct ts_arena *arena;
    struct table_entry **chains; /* a power of two of them; NULL while empty */
    size_t room, count;          /* of chains; of entries, at most as many */
    uint32_t seed;
};

void table_init(struct table *table, struct ts_arena *arena);

/* The value of `name`, or NULL. */
void *table_find(const struct table *table, const char *name);

/* Add; names are borrowed. Return: NULL, or the value that is there already (and stays). */
void *table_add(struct table *table, const char *name, void *value);

/* Add or replace. */
void table_set(struct table *table, const char *name, void *value);

#endif
