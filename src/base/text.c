/*
 * Checks of what people type. They look at bytes: UTF-8 was checked at the edge, so a control character of the C1
 * range is the two bytes C2 80..9F and the line separators are E2 80 A8 and A9.
 */
#include "tessera/text.h"

#include <string.h>

#include "tessera/limits.h"

/* Bytes of the control character at `at`; 0 when there is none. */
static size_t control_size(const unsigned char *at)
{
    if (*at != 0 && (*at < 0x20 || *at == 0x7f))
        return 1;
    if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
        return 2;
    if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9))
        return 3;
    return 0;
}

/* Bytes of the blank at `at` (space, no-break space, ideographic space); 0 when there is none. */
static size_t blank_size(const unsigned char *at)
{
    if (*at == ' ')
        return 1;
    if (at[0] == 0xc2 && at[1] == 0xa0)
        return 2;
    if (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80)
        return 3;
    return 0;
}

static size_t edge_size(const unsigned char *at)
{
    size_t blank = blank_size(at);

    return blank ? blank : control_size(at);
}

char *ts_text_trim(struct ts_arena *arena, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *first = NULL, *end = NULL;

    if (!text)
        return NULL;
    while (*at) {
        size_t size = edge_size(at);

        if (size == 0) {
            first = first ? first : at;
            size = 1;
            end = at + 1;
        }
        at += size;
    }
    return first ? ts_strndup(arena, (const char *)first, (size_t)(end - first)) : ts_strdup(arena, "");
}

bool ts_text_is_line(const char *text, size_t size_max)
{
    bool shows = false;

    if (!text || strlen(text) > size_max)
        return false;
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t blank = blank_size(at);

        if (control_size(at))
            return false;
        shows = shows || blank == 0;
        at += blank ? blank : 1;
    }
    return shows;
}

bool ts_text_is_prose(const char *text, size_t size_max)
{
    if (!text || strlen(text) > size_max)
        return false;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (control_size(at) && *at != '\n' && *at != '\r' && *at != '\t' && *at != 0xe2)
            return false;
    }
    return true;
}

static bool slug_inner(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool ts_text_is_slug(const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size == 0 || size > TS_SLUG_SIZE_MAX || !slug_inner(text[0]) || !slug_inner(text[size - 1]))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!slug_inner(text[i]) && text[i] != '-')
            return false;
    }
    return true;
}

const char *ts_url_escape(struct ts_arena *arena, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *escaped = ts_alloc(arena, 3 * strlen(text) + 1), *at = escaped;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
            strchr("-._~", byte)) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = hex[byte >> 4];
            *at++ = hex[byte & 15];
        }
    }
    return escaped;
}

bool ts_text_is_url(const char *text, size_t size_max)
{
    const char *host;

    if (!text || strlen(text) > size_max)
        return false;
    if (strncmp(text, "https://", 8) == 0)
        host = text + 8;
    else if (strncmp(text, "http://", 7) == 0)
        host = text + 7;
    else
        return false;
    for (const char *at = host; *at; at++) {
        if (*at <= ' ' || *at > '~' || *at == '"' || *at == '<' || *at == '>' || *at == '\\')
            return false;
    }
    return *host && !strchr("/?#@:", *host);
}

/* Letters, digits and what RFC 5322 calls atext, and anything beyond ASCII (RFC 6531); dots only between. */
static bool local_part_is_valid(const char *text, size_t size)
{
    if (size == 0 || size > 64 || text[0] == '.' || text[size - 1] == '.')
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte <= ' ' || byte == 0x7f || strchr("\"(),:;<>@[\\]", byte))
            return false;
        if (byte == '.' && text[i + 1] == '.')
            return false;
    }
    return true;
}

static bool domain_byte_is_valid(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte >= 0x80;
}

static bool domain_is_valid(const char *text)
{
    size_t label = 0;
    bool dotted = false;

    for (size_t i = 0;; i++) {
        if (text[i] == '.' || text[i] == '\0') {
            if (label == 0 || label > 63 || text[i - 1] == '-')
                return false;
            if (text[i] == '\0')
                return dotted;
            dotted = true;
            label = 0;
        } else if (!domain_byte_is_valid((unsigned char)text[i]) || (label == 0 && text[i] == '-')) {
            return false;
        } else {
            label++;
        }
    }
}

/* Without blanks and controls, those beyond ASCII too. */
static bool is_solid(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (edge_size(at))
            return false;
    return true;
}

char *ts_text_lower(struct ts_arena *arena, const char *text)
{
    char *lower = ts_strdup(arena, text);

    for (char *at = lower; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return lower;
}

bool ts_text_is_email(const char *text)
{
    const char *at = text ? strrchr(text, '@') : NULL;

    return at && strlen(text) <= TS_EMAIL_SIZE_MAX && is_solid(text) &&
           local_part_is_valid(text, (size_t)(at - text)) && domain_is_valid(at + 1);
}
