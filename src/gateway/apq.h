/* Automatic persisted queries: texts by their SHA-256, the least recently used go first, bounded in bytes. */
#ifndef GATEWAY_APQ_H
#define GATEWAY_APQ_H

#include <stddef.h>

struct apq;

struct apq *apq_new(size_t bytes_max);
void apq_free(struct apq *apq);

/* The text with this digest (64 hex digits), until the next apq_add(); or NULL. */
const char *apq_find(struct apq *apq, const char *digest, size_t *ret_size);
/* Keep a copy; what is larger than a quarter of the whole is not kept. */
void apq_add(struct apq *apq, const char *digest, const char *text, size_t size);

#endif
