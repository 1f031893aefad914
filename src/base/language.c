/* The inside of tessera/language.h. A text is filled in one pass: what a value says is never a name. */
#include "tessera/language.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const tags[TS_LANGUAGES] = { "en", "de", "fr", "ja", "ar" };

enum { TAG_SIZE = 2 };

/* TS_LANGUAGES: none that we write. */
static enum ts_language find_language(const char *tag)
{
    enum ts_language language = TS_ENGLISH;

    if (!tag || strlen(tag) < TAG_SIZE || (tag[TAG_SIZE] && tag[TAG_SIZE] != '-'))
        return TS_LANGUAGES;
    while (language < TS_LANGUAGES && strncasecmp(tag, tags[language], TAG_SIZE) != 0)
        language++;
    return language;
}

bool ts_language_is_known(const char *tag)
{
    return find_language(tag) != TS_LANGUAGES;
}

enum ts_language ts_language_of(const char *tag)
{
    enum ts_language language = find_language(tag);

    return language == TS_LANGUAGES ? TS_ENGLISH : language;
}

const char *ts_language_tag(enum ts_language language)
{
    return tags[language];
}

const char *ts_language_html(enum ts_language language)
{
    static const char *const attributes[TS_LANGUAGES] = {
        "lang=\"en\"", "lang=\"de\"", "lang=\"fr\"", "lang=\"ja\"", "lang=\"ar\" dir=\"rtl\"",
    };

    return attributes[language];
}

const char *ts_language_path(struct ts_arena *arena, enum ts_language language, const char *path)
{
    return language == TS_ENGLISH ? path : ts_printf(arena, "%s/%s", tags[language], path);
}

/* The word whose `{name}` stands here, or NULL. */
static const struct ts_word *word_at(const char *at, const struct ts_word *words)
{
    const char *end = *at == '{' ? strchr(at, '}') : NULL;

    for (; end && words->name; words++) {
        size_t size = strlen(words->name);

        if (at + 1 + size == end && memcmp(at + 1, words->name, size) == 0)
            return words;
    }
    return NULL;
}

/* Write it to `to`, unless that is NULL. Return: its size. */
static size_t fill(char *to, const char *text, const struct ts_word *words)
{
    size_t size = 0;

    while (*text) {
        const struct ts_word *word = word_at(text, words);
        size_t piece = word ? strlen(word->value) : 1;

        if (to)
            memcpy(to + size, word ? word->value : text, piece);
        size += piece;
        text += word ? strlen(word->name) + strlen("{}") : 1;
    }
    return size;
}

const char *ts_words_fill(struct ts_arena *arena, const char *text, const struct ts_word *words)
{
    char *filled = ts_alloc(arena, fill(NULL, text, words) + 1);

    (void)fill(filled, text, words); /* measured above */
    return filled;
}
