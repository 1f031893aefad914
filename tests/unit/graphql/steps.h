/*
 * What the engine's work takes, without a clock and the same on each run. Steps: the basic blocks of what was compiled
 * with -fsanitize-coverage=trace-pc, and one for each 16 bytes that it asks the C library to allocate, copy, compare or
 * measure. Stack: how deep those blocks were on it.
 */
#ifndef TESTS_GRAPHQL_STEPS_H
#define TESTS_GRAPHQL_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* From here on. */
void steps_begin(void);

uint64_t steps_taken(void);

/* Bytes below who called steps_begin(). */
size_t steps_stack(void);

#endif
