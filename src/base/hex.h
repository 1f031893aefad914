/* Bytes as lower-case hex digits, eight at a time: what ids of traces and requests are. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdint.h>
#include <string.h>

/* Sixteen digits at `to`, not terminated. */
static inline void hex_put_8(char *to, const uint8_t bytes[8])
{
    typedef uint8_t block __attribute__((vector_size(16)));
    uint64_t words[2] = { 0 };
    block both, digits;

    memcpy(words, bytes, 8);
    memcpy(&both, words, sizeof(both));
    digits = __builtin_shufflevector(both >> 4, both & 15, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    digits += (block)((digits > 9) & ('a' - '0' - 10)) + '0';
    memcpy(to, &digits, sizeof(digits));
}

/* Two digits for each of `size` bytes at `to`, not terminated. */
static inline void hex_put(char *to, const uint8_t *bytes, size_t size)
{
    for (; size >= 8; to += 16, bytes += 8, size -= 8)
        hex_put_8(to, bytes);
    for (size_t i = 0; i < size; i++) {
        to[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        to[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
}

/* The sixteen digits of a number, the highest first. */
static inline void hex_put_number(char *to, uint64_t number)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    hex_put_8(to, bytes);
}

#endif
