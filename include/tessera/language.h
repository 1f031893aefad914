/*
 * The languages in which we write to people: those of the shop's pages (clients/web/src/language/languages.ts). What is
 * said stands in a table of each, in texts whose `{name}` is filled in, so that every language has its own order.
 */
#ifndef TESSERA_LANGUAGE_H
#define TESSERA_LANGUAGE_H

#include <stdbool.h>

#include "tessera/arena.h"

enum ts_language { TS_ENGLISH, TS_GERMAN, TS_FRENCH, TS_JAPANESE, TS_ARABIC, TS_LANGUAGES };

/* Do we write the language of this tag of BCP 47 ("de", "de-AT")? `tag` may be NULL. */
bool ts_language_is_known(const char *tag);

/* The language of a tag, whatever its region; English for what we do not write, and for NULL. */
enum ts_language ts_language_of(const char *tag);

/* Its tag, which is also what comes first in the paths of its pages. */
const char *ts_language_tag(enum ts_language language);

/* What an element of HTML in that language has: `lang="ar" dir="rtl"`. */
const char *ts_language_html(enum ts_language language);

/*
 * A path of the shop's in that language: English pages have the plain paths, those of others their tag in front
 * ("de/order/…"). Return: in the arena, or `path` itself.
 */
const char *ts_language_path(struct ts_arena *arena, enum ts_language language, const char *path);

/* What stands for `{name}`; its value may be NULL for a text without the name. */
struct ts_word {
    const char *name, *value;
};

/* `text` with its names filled in; `words` ends with one that has no name. Return: in the arena. */
const char *ts_words_fill(struct ts_arena *arena, const char *text, const struct ts_word *words);

#endif
