/* The pure part of typed ids: 128 bits as 26 characters of Crockford base32 in lower case. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

enum { BASE32_LENGTH = 26 }; /* of 128 bits; the first character carries only three */

/* Spell 16 bytes as 26 characters and a NUL. */
void base32_encode(const uint8_t bytes[16], char ret_text[BASE32_LENGTH + 1]);

#endif
