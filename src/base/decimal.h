/* Digits, written forward where they belong: what answers are full of, without libc's formats. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdint.h>
#include <string.h>

enum { DECIMAL_DIGITS_MAX = 20 }; /* of 64 bits */

/* 0 to 99, as two digits. */
static inline char *decimal_put_two(char *at, uint32_t number)
{
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
        "44454647484950515253545556575859606162636465666768697071727374757677787980818283848586"
        "87888990919293949596979899";

    memcpy(at, &pairs[number * (size_t)2], 2);
    return at + 2;
}

/* The last `count` digits of a number, zeros in front. Return: the place after them. */
static inline char *decimal_put_padded(char *at, uint32_t number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + count;
}

/* All digits of a number and no more, before `end`, two by two. Return: the place of the first. */
static inline char *decimal_put_before(char *end, uint64_t number)
{
    for (; number >= 100; number /= 100)
        (void)decimal_put_two(end -= 2, (uint32_t)(number % 100));
    if (number >= 10)
        (void)decimal_put_two(end -= 2, (uint32_t)number);
    else
        *--end = (char)('0' + number);
    return end;
}

/* The same, forward. Return: the place after them. */
static inline char *decimal_put(char *at, uint64_t number)
{
    char digits[DECIMAL_DIGITS_MAX], *end = digits + sizeof(digits), *first;

    if (number < 100) { /* most are */
        *at = (char)('0' + number);
        return number < 10 ? at + 1 : decimal_put_two(at, (uint32_t)number);
    }
    first = decimal_put_before(end, number);
    memcpy(at, first, (size_t)(end - first));
    return at + (end - first);
}

#endif
