/* UTF-8 as protobuf strings may hold it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True if the bytes are valid UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) without U+0000. */
bool utf8_is_text(const char *bytes, size_t size);

/* Spell a code point that is valid as UTF-8. Return: its number of bytes, 1 to 4. */
unsigned utf8_encode(unsigned point, char ret_bytes[4]);

#endif
