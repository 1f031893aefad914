/*
 * A JSON value and where it stands, read with JSON-LD's ways of saying the same thing: lists of one, {"@value": …},
 * prefixed names, references by @id. Made for the few hundred words of events that pages really use.
 */
#ifndef IMPORT_LD_H
#define IMPORT_LD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "tessera/arena.h"

/* One document: its arena and the objects that others refer to. */
struct graph {
    struct ts_arena *arena;
    struct map ids;    /* "@id" -> json_t, the fullest object of that id */
    size_t part_count; /* dates and offers read so far, against PAGE_PARTS_MAX */
};

struct ld {
    json_t *json; /* NULL: not there */
    const char *path;
};

void graph_init(struct graph *graph, struct ts_arena *arena);
void graph_done(struct graph *graph);

/* Note every object below `json` that has an @id. */
void graph_index(struct graph *graph, json_t *json);

/* The member `name` under any of its spellings, references resolved; absent when null or empty. */
struct ld ld_get(const struct graph *graph, struct ld object, const char *name);

/* How many values this is: 0 when absent, a list's length, else 1; and each of them. */
size_t ld_count(struct ld value);
struct ld ld_at(const struct graph *graph, struct ld value, size_t index);

/* The first text (a number is one too), without blanks around it; NULL when there is none. */
const char *ld_text(const struct graph *graph, struct ld value);

/* The same on one line: blanks and control characters between words become one blank. */
const char *ld_line(const struct graph *graph, struct ld value);

/* A number, also when it is written as text. Return: false when it is none. */
bool ld_number(const struct graph *graph, struct ld value, double *ret_number);

/* @id or id. NULL when it has none. */
const char *ld_id(struct ld object);

/* True if one of the value's types is `type`, whatever its prefix and case. */
bool ld_is(struct ld object, const char *type);

/* True if one of the value's types is schema.org's Event or one of its subtypes. */
bool ld_is_event(struct ld object);

/* The last part of "https://schema.org/SoldOut", "schema:SoldOut", "SoldOut". Return: within `text`. */
const char *schema_word(const char *text);

#endif
