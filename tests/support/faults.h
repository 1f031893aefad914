/*
 * A heap that has nothing left, for the program's own allocations: link with the dependency `faults`, which wraps
 * malloc(), calloc(), realloc() and mmap() of all that is linked statically (libraries keep theirs).
 */
#ifndef SUPPORT_FAULTS_H
#define SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* From the n-th on (1: the next), `count` allocations of this thread fail. */
void faults_begin(uint64_t nth, uint64_t count);

/* Return: how many did. */
uint64_t faults_end(void);

/* Return: how many allocations were asked for between the two, whether they failed or not. */
uint64_t faults_asked(void);

#endif
