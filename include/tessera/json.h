/*
 * JSON from another server: a tree in an arena, at most 64 deep; what RFC 8259 does not allow is refused, and so are
 * duplicate names and U+0000. For small documents: a member is looked for from the first on. (Requests of our own need
 * none of it: they arrive as messages.)
 */
#ifndef TESSERA_JSON_H
#define TESSERA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "tessera/arena.h"

struct json; /* one value */

/* The value that `size` bytes spell, which are borrowed; NULL when they spell none. */
const struct json *ts_json_parse(struct ts_arena *arena, const char *bytes, size_t size);

/* The member called `name`; NULL when there is none, or `object` is NULL or no object. */
const struct json *ts_json_member(const struct json *object, const char *name);

/* An array's first value, and the next of the same array; NULL: no more, or no array. */
const struct json *ts_json_first(const struct json *array);
const struct json *ts_json_next(const struct json *value);

/* A string's text; NULL for NULL and all other values. */
const char *ts_json_string(const struct json *value);

/* A number without fraction or exponent. Return: false, and nothing is set, for NULL and all other values. */
bool ts_json_integer(const struct json *value, int64_t *ret_number);

/* Whether it is `true`; false for NULL and all other values. */
bool ts_json_is_true(const struct json *value);

/* The members' names are a question of their own: is it an object at all? */
bool ts_json_is_object(const struct json *value);

/* "text" with quotes and escapes, for JSON of ours; valid UTF-8. In the arena. */
const char *ts_json_quote(struct ts_arena *arena, const char *text);

/*
 * A message as JSON for people to read: fields by their proto's names, enums by theirs; a time in milliseconds
 * ("created_at_ms") is RFC 3339 under the name without its unit. In the arena;
 * NULL when it would have over 16 MiB.
 */
char *ts_json_message(struct ts_arena *arena, const ProtobufCMessage *message);

#endif
