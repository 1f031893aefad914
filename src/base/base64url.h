/* base64url without padding (RFC 4648 §5). */
#ifndef BASE_BASE64URL_H
#define BASE_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

/* Into the arena, terminated. */
char *base64url_encode(struct ts_arena *arena, const void *bytes, size_t size);

/* Return: the bytes in the arena and *ret_size; NULL if the text is malformed or not the one canonical spelling. */
uint8_t *base64url_decode(struct ts_arena *arena, const char *text, size_t size, size_t *ret_size);

#endif
