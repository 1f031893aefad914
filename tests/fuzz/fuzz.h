/*
 * What the targets share: libFuzzer's entry point and a claim that stays in every build. The bytes handed in have exact
 * bounds (libFuzzer's copy, or replay.c's), so a sanitizer sees each read past them.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever came in. */
#define CLAIM(claim)                                                                                                   \
    do {                                                                                                               \
        if (!(claim)) {                                                                                                \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);                           \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The bytes as a C string of exact bounds, for the caller to free. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    CLAIM(text);
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    return text;
}

/* The next `size` bytes as a number, or what is left of them: moves the head on. */
static inline uint64_t fuzz_number(const uint8_t **data, size_t *left, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size && *left; i++, (*left)--)
        number = number << 8 | *(*data)++;
    return number;
}

#endif
