/* Passwords that everybody knows, in lower case and sorted by their bytes: made of breached.txt by breached.py. */
#ifndef IDENTITY_BREACHED_H
#define IDENTITY_BREACHED_H

#include <stddef.h>

extern const char *const breached[];
extern const size_t breached_count;

#endif
