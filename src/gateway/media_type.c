/*
 * Quality values are read only for "not at all" (q=0): between our two types the newer one wins whenever a client
 * takes it, for both have the same body.
 */
#include "gateway/media_type.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t trimmed(const char **text, size_t size)
{
    while (size && (**text == ' ' || **text == '\t')) {
        (*text)++;
        size--;
    }
    while (size && ((*text)[size - 1] == ' ' || (*text)[size - 1] == '\t'))
        size--;
    return size;
}

static bool is_word(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

/* Whether the parameters from `at` to `end` contain q=0. */
static bool is_excluded(const char *at, const char *end)
{
    while (at < end) {
        const char *next = memchr(at, ';', (size_t)(end - at));
        size_t size = (size_t)((next ? next : end) - at);
        const char *parameter = at;

        size = trimmed(&parameter, size);
        if (size > 2 && strncasecmp(parameter, "q=", 2) == 0 && strspn(parameter + 2, "0.") == size - 2)
            return true;
        at = next ? next + 1 : end;
    }
    return false;
}

static enum media_type range_type(const char *range, size_t size)
{
    if (is_word(range, size, "application/graphql-response+json") || is_word(range, size, "*/*") ||
        is_word(range, size, "application/*"))
        return MEDIA_TYPE_GRAPHQL;
    return is_word(range, size, "application/json") ? MEDIA_TYPE_JSON : MEDIA_TYPE_NONE;
}

enum media_type media_type_negotiate(const char *accept)
{
    enum media_type best = MEDIA_TYPE_NONE;

    if (!accept || !*accept)
        return MEDIA_TYPE_GRAPHQL;
    while (*accept) {
        size_t size = strcspn(accept, ",");
        const char *semicolon = memchr(accept, ';', size), *range = accept;
        size_t range_size = trimmed(&range, semicolon ? (size_t)(semicolon - accept) : size);
        enum media_type type = range_type(range, range_size);

        if (type > best && !(semicolon && is_excluded(semicolon + 1, accept + size)))
            best = type;
        accept += size + (accept[size] == ',');
    }
    return best;
}

bool media_type_is_json(const char *content_type)
{
    const char *type = content_type ? content_type : "";
    size_t size = strcspn(type, ";");
    const char *parameter = type[size] ? type + size + 1 : "";

    size = trimmed(&type, size); /* by itself: as an argument it might move `type` after that was passed */
    if (!is_word(type, size, "application/json"))
        return false;
    size = trimmed(&parameter, strlen(parameter));
    return size == 0 || is_word(parameter, size, "charset=utf-8") || is_word(parameter, size, "charset=\"utf-8\"");
}
