/* Order-preserving keys; see key.h for the form. */
#include "store/key.h"

#include <assert.h>
#include <string.h>

void key_add_int(struct key *key, int64_t number)
{
    uint64_t bits = (uint64_t)number ^ (UINT64_C(1) << 63);

    assert(key->size + sizeof(bits) <= sizeof(key->bytes));
    bits = __builtin_bswap64(bits);
    memcpy(key->bytes + key->size, &bits, sizeof(bits));
    key->size += sizeof(bits);
}

void key_add_string(struct key *key, const char *string)
{
    size_t size = strnlen(string, TS_INDEX_VALUE_SIZE_MAX - 1);

    assert(key->size + size + 1 <= sizeof(key->bytes));
    memcpy(key->bytes + key->size, string, size);
    key->bytes[key->size + size] = 0;
    key->size += size + 1;
}

int64_t key_int(const uint8_t *bytes)
{
    uint64_t bits;

    memcpy(&bits, bytes, sizeof(bits));
    return (int64_t)(__builtin_bswap64(bits) ^ (UINT64_C(1) << 63));
}

int key_compare(const uint8_t *left, size_t left_size, const uint8_t *right, size_t right_size)
{
    size_t size = left_size < right_size ? left_size : right_size;
    int order = size ? memcmp(left, right, size) : 0;

    if (order)
        return order;
    return (left_size > right_size) - (left_size < right_size);
}

bool key_id_valid(const char *id)
{
    size_t size = 0;

    if (!id)
        return false;
    for (; id[size]; size++) {
        if (size == TS_KEY_SIZE_MAX || id[size] < '!' || id[size] > '~')
            return false;
    }
    return size > 0;
}
