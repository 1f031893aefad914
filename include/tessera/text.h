/*
 * What people type: names, slugs, zones. Every module checks its input with the same few words, so that a name that
 * one accepts is not refused by the next. Strings are valid UTF-8 when they arrive (the edge checks).
 */
#ifndef TESSERA_TEXT_H
#define TESSERA_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "tessera/arena.h"

/* A copy of `text` without blanks and control characters at both ends; NULL for NULL. */
char *ts_text_trim(struct ts_arena *arena, const char *text);

/*
 * True if `text` is one line of at most `size_max` bytes that shows something: not NULL, not only blanks, and without
 * control characters (C0, DEL, C1) or line separators (U+2028, U+2029).
 */
bool ts_text_is_line(const char *text, size_t size_max);

/* True if `text` has at most `size_max` bytes and no control characters but line ends and tabs. May be empty. */
bool ts_text_is_prose(const char *text, size_t size_max);

/* True for [a-z0-9]([a-z0-9-]*[a-z0-9])? of at most TS_SLUG_SIZE_MAX bytes; `text` may be NULL. */
bool ts_text_is_slug(const char *text);

/* True for an http or https URL with a host, of at most `size_max` visible ASCII bytes; `text` may be NULL. */
bool ts_text_is_url(const char *text, size_t size_max);

/* The text as a part of a query or a form: all but letters, digits and -._~ as %XX. In the arena. */
const char *ts_url_escape(struct ts_arena *arena, const char *text);

/* A copy in the arena with A-Z as a-z; all else stays. What addresses are compared by. */
char *ts_text_lower(struct ts_arena *arena, const char *text);

/* True if the text could be an address: one @, sane parts, a dot in the domain, at most TS_EMAIL_SIZE_MAX bytes; `text`
 * may be NULL. */
bool ts_text_is_email(const char *text);

/* True for a name of the IANA time zone database ("Europe/Berlin"; links too); `text` may be NULL. */
bool ts_text_is_time_zone(const char *text);

#endif
