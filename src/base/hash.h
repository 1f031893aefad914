/*
 * A fast hash for tables whose keys a client may choose: seeded, and sixteen bytes a step by folded multiplications (as
 * in wyhash). Who cannot see the seed or the order of a table cannot make keys collide. It says nothing outside one
 * process and one table; hash_bytes() of map.h is for what is kept longer.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_mix(uint64_t left, uint64_t right)
{
    __extension__ unsigned __int128 product = (unsigned __int128)left * right;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* At most sixteen bytes as two words; short ones overlap themselves. */
static inline uint64_t hash_last(uint64_t hash, const char *at, size_t size)
{
    uint64_t first = 0, last = 0;

    if (size >= sizeof(first)) {
        first = hash_word(at);
        last = hash_word(at + size - sizeof(last));
    } else if (size >= sizeof(uint32_t)) {
        memcpy(&first, at, sizeof(uint32_t));
        memcpy(&last, at + size - sizeof(uint32_t), sizeof(uint32_t));
    } else if (size > 0) {
        first = (uint64_t)(uint8_t)at[0] << 16 | (uint64_t)(uint8_t)at[size / 2] << 8 | (uint8_t)at[size - 1];
    }
    return hash_mix(first ^ hash, last ^ UINT64_C(0xe7037ed1a0b428db));
}

static inline uint64_t hash_seeded(uint64_t seed, const void *bytes, size_t size)
{
    uint64_t hash = seed ^ (size + 1) * UINT64_C(0x9e3779b97f4a7c15);
    const char *at = bytes;

    for (; size > 2 * sizeof(uint64_t); at += 2 * sizeof(uint64_t), size -= 2 * sizeof(uint64_t))
        hash = hash_mix(hash_word(at) ^ hash, hash_word(at + sizeof(uint64_t)) ^ UINT64_C(0xa0761d6478bd642f));
    return hash_last(hash, at, size);
}

#endif
