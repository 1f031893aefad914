/* Slugs out of names. */
#ifndef IMPORT_SLUG_H
#define IMPORT_SLUG_H

#include "tessera/arena.h"

/*
 * "Café Übersee & Söhne" is "cafe-uebersee-soehne": letters of Latin scripts without their marks, runs of all else as
 * one '-', at most `size_max` bytes. Return: the slug; "" when the name has no Latin letter and no digit.
 */
const char *slug_of(struct ts_arena *arena, const char *name, size_t size_max);

/* The same for a URL's host ("https://www.bluenote.jp/x" is "bluenote-jp"); "" when it has none. */
const char *slug_of_host(struct ts_arena *arena, const char *url, size_t size_max);

/* A slug for what has no other: `prefix` and eight digits of a hash of `text`, always the same. */
const char *slug_of_hash(struct ts_arena *arena, const char *prefix, const char *text);

#endif
