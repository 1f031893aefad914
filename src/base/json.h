/*
 * JSON in: a tree in an arena. JSON out: escaped strings into a buf. Parsing is iterative, at most JSON_DEPTH_MAX deep,
 * and refuses what RFC 8259 does not allow, duplicate names, lone surrogates, invalid UTF-8 and U+0000 (protobuf
 * strings cannot hold it). jansson, which serves import and export, allocates per value and recurses 2,048 deep: not on
 * a request's path.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/arena.h"

enum { JSON_DEPTH_MAX = 64 };

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    bool is_integer;  /* number without fraction or exponent that fits int64 */
    const char *name; /* of an object's member, else NULL */
    const char *text; /* string's value or number's spelling, NUL-terminated */
    size_t size;      /* of text; or count of children */
    int64_t integer;
    double number;
    struct json *first; /* children of arrays and objects, in order */
    struct json *next;  /* next sibling */
};

struct json_error {
    size_t offset;
    const char *message; /* static */
};

/*
 * Parse `size` bytes; they are borrowed, the tree is in the arena.
 * Return: 0 and *ret_json; TS_EINVALID and *ret_error.
 */
int json_parse(struct ts_arena *arena, const char *bytes, size_t size, struct json **ret_json,
               struct json_error *ret_error);

/* What is done every few hundred values of a long text: a fiber lets others run. */
struct json_pause {
    void (*run)(void *data); /* NULL: nothing */
    void *data;
};

/* As json_parse(); the bytes must stay while others run. */
int json_parse_pausing(struct ts_arena *arena, const char *bytes, size_t size, struct json_pause pause,
                       struct json **ret_json, struct json_error *ret_error);

/* The member called `name`, or NULL; object may be NULL or no object. Linear: for
 * small, known shapes. */
struct json *json_find(const struct json *object, const char *name);

/* Append the tree, on one line and without blanks; numbers as they were spelt. */
void json_write(struct buf *buf, const struct json *json);

/* Append "text" with quotes and escapes; `size` bytes of valid UTF-8. */
void json_write_string(struct buf *buf, const char *text, size_t size);

/*
 * The same at `to`, which has room for size + 2 bytes, for strings without anything to escape, as most are.
 * Return: the end of what was written; NULL when there is something (what is at `to` then is no string).
 */
char *json_put_plain(char *to, const char *text, size_t size);

/*
 * The same for a string whose end is not known, as fast as can be where it lies as arenas and caches lay them out, and
 * may give up where it does not. `end` is that of the room at `to`.
 * Return: the end of what was written; NULL when the string needs an escape, more room, or another way.
 */
char *json_put_text(char *to, const char *end, const char *text);

#endif
