/*
 * Keys whose order under memcmp is the order of the values they spell. An integer is eight bytes, most significant
 * first, its sign flipped; a string is its bytes and one NUL, which no protobuf-c string holds. Each value says where
 * it ends, so values one after another compare like tuples and a tuple's first values are a prefix of its key.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/limits.h"
#include "tessera/store.h"

enum { KEY_SIZE_MAX = TS_INDEX_FIELDS_MAX * TS_INDEX_VALUE_SIZE_MAX };

struct key {
    size_t size;
    uint8_t bytes[KEY_SIZE_MAX];
};

void key_add_int(struct key *key, int64_t number);
/* A string longer than TS_INDEX_VALUE_SIZE_MAX with its end is cut there. */
void key_add_string(struct key *key, const char *string);
/* The integer that the first eight bytes spell. */
int64_t key_int(const uint8_t *bytes);

/* Order of two keys, as memcmp: a prefix comes first. */
int key_compare(const uint8_t *left, size_t left_size, const uint8_t *right, size_t right_size);

/* True for 1 to TS_KEY_SIZE_MAX bytes of [!-~]. */
bool key_id_valid(const char *id);

#endif
