/*
 * From a message to its index entries, by its descriptor alone. Pure: the writer's thread calls it too, to learn which
 * entries an older version had.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "store/backend.h"

/*
 * Number and check a declaration: names, fields that exist and have an indexable type, at most one repeated.
 * Return: 0; TS_EINVALID and *ret_wrong, a name to tell of.
 */
int index_check(const struct ts_collection *declared, struct store_collection *ret_collection, const char **ret_wrong);

/* The entries of `message`, by (index, value), each once, in the arena. Return: their number. */
size_t index_extract(const struct store_collection *collection, const ProtobufCMessage *message, struct ts_arena *arena,
                     struct store_entry **ret_entries);

/* The same of an encoded message. Return: 0; TS_EDATALOSS if the bytes are no such message. */
int index_extract_bytes(const struct store_collection *collection, const uint8_t *body, size_t body_size,
                        struct ts_arena *arena, struct store_entry **ret_entries, size_t *ret_count);

/* The number of the index called `name`, or -1. */
int index_find(const struct store_collection *collection, const char *name);

/* Number of fields of an index, and one of them. */
unsigned index_field_count(const struct store_collection *collection, int index);
const ProtobufCFieldDescriptor *index_field(const struct store_collection *collection, int index, unsigned field);

int entry_compare(const struct store_entry *left, const struct store_entry *right);

#endif
