/*
 * One pass over the page: comments and the text of scripts and styles are jumped over, so a script that another one's
 * text mentions is not taken for one. Tags are read as browsers do: letters in both cases, attributes in any order and
 * quoting.
 */
#include "import/html.h"

#include <string.h>
#include <strings.h>

#include "tessera/cleanup.h"

struct cursor {
    const char *at, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool starts(const struct cursor *cursor, const char *word)
{
    size_t size = strlen(word);

    return (size_t)(cursor->end - cursor->at) >= size && strncasecmp(cursor->at, word, size) == 0;
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && is_blank(*cursor->at))
        cursor->at++;
}

bool html_is(const char *bytes, size_t size)
{
    struct cursor cursor = { bytes, bytes + size };

    if (starts(&cursor, "\xef\xbb\xbf"))
        cursor.at += 3;
    skip_blanks(&cursor);
    return cursor.at < cursor.end && *cursor.at == '<';
}

/* Move to the next place where `word` stands; to the end when it does not. */
static void seek(struct cursor *cursor, const char *word)
{
    while (cursor->at < cursor->end && !starts(cursor, word)) {
        const char *next = memchr(cursor->at + 1, word[0], (size_t)(cursor->end - cursor->at - 1));

        cursor->at = next ? next : cursor->end;
    }
}

/* One attribute: its name, and its value (empty when it has none). */
struct attribute {
    const char *name, *value;
    size_t name_size, value_size;
};

static void read_value(struct cursor *cursor, struct attribute *attribute)
{
    char quote;

    cursor->at++; /* = */
    skip_blanks(cursor);
    if (cursor->at == cursor->end)
        return;
    quote = (char)(*cursor->at == '"' || *cursor->at == '\'' ? *cursor->at++ : '\0');
    attribute->value = cursor->at;
    while (cursor->at < cursor->end && (quote ? *cursor->at != quote : !is_blank(*cursor->at) && *cursor->at != '>'))
        cursor->at++;
    attribute->value_size = (size_t)(cursor->at - attribute->value);
    if (quote && cursor->at < cursor->end)
        cursor->at++;
}

/* Return: false at the end of the tag, which is then passed. */
static bool read_attribute(struct cursor *cursor, struct attribute *ret_attribute)
{
    struct attribute attribute = { .value = "" };

    while (cursor->at < cursor->end && (is_blank(*cursor->at) || *cursor->at == '/'))
        cursor->at++;
    if (cursor->at == cursor->end || *cursor->at == '>') {
        cursor->at += cursor->at < cursor->end;
        return false;
    }
    attribute.name = cursor->at++;
    while (cursor->at < cursor->end && !is_blank(*cursor->at) && !strchr("=>/", *cursor->at))
        cursor->at++;
    attribute.name_size = (size_t)(cursor->at - attribute.name);
    skip_blanks(cursor);
    if (cursor->at < cursor->end && *cursor->at == '=')
        read_value(cursor, &attribute);
    *ret_attribute = attribute;
    return true;
}

/* The media type, with or without parameters; some generators write its plus as an entity. */
static bool type_is_json_ld(const char *type, size_t size)
{
    static const char *const spellings[] = { "application/ld+json", "application/ld&#43;json",
                                             "application/ld&#x2b;json", "application/ld&plus;json" };
    struct cursor cursor = { type, type + size };

    skip_blanks(&cursor);
    for (size_t i = 0; i < TS_ARRAY_SIZE(spellings); i++) {
        struct cursor rest = { cursor.at + strlen(spellings[i]), cursor.end };

        if (starts(&cursor, spellings[i]) && (rest.at == rest.end || is_blank(*rest.at) || *rest.at == ';'))
            return true;
    }
    return false;
}

/* Cut what hides the text, outermost first, until nothing changes. */
static void unwrap(struct cursor *text)
{
    static const char *const openings[] = { "<!--",         "//<!--",        "<![CDATA[",      "//<![CDATA[",
                                            "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */" };
    static const char *const closings[] = { "/*]]>*/", "/* ]]> */", "//]]>", "// ]]>", "]]>",
                                            "//-->",   "// -->",    "-->",   ";" };
    const char *before;

    do {
        before = text->at;
        skip_blanks(text);
        for (size_t i = 0; i < TS_ARRAY_SIZE(openings); i++)
            text->at += starts(text, openings[i]) ? strlen(openings[i]) : 0;
    } while (text->at != before);
    do {
        before = text->end;
        while (text->end > text->at && is_blank(text->end[-1]))
            text->end--;
        for (size_t i = 0; i < TS_ARRAY_SIZE(closings); i++) {
            size_t size = strlen(closings[i]);

            if ((size_t)(text->end - text->at) >= size && memcmp(text->end - size, closings[i], size) == 0)
                text->end -= size;
        }
    } while (text->end != before);
}

/* A <script …> begins here: pass it, and note it when it is one of ours. Return: the end of the list. */
static struct html_script **read_script(struct ts_arena *arena, struct cursor *cursor, struct html_script **end)
{
    struct attribute attribute;
    struct cursor text;
    bool wanted = false;

    cursor->at += strlen("<script");
    while (read_attribute(cursor, &attribute)) {
        if (attribute.name_size == 4 && strncasecmp(attribute.name, "type", 4) == 0)
            wanted = type_is_json_ld(attribute.value, attribute.value_size);
    }
    text.at = cursor->at;
    seek(cursor, "</script");
    text.end = cursor->at;
    if (!wanted)
        return end;
    unwrap(&text);
    *end = TS_NEW(arena, struct html_script);
    (*end)->bytes = text.at;
    (*end)->size = (size_t)(text.end - text.at);
    return &(*end)->next;
}

static bool tag_is(const struct cursor *cursor, const char *tag)
{
    const char *after = cursor->at + strlen(tag);

    return starts(cursor, tag) && (after == cursor->end || is_blank(*after) || *after == '>' || *after == '/');
}

struct html_script *html_scripts(struct ts_arena *arena, const char *bytes, size_t size)
{
    struct cursor cursor = { bytes, bytes + size };
    struct html_script *first = NULL, **end = &first;

    for (seek(&cursor, "<"); cursor.at < cursor.end; seek(&cursor, "<")) {
        if (starts(&cursor, "<!--"))
            seek(&cursor, "-->");
        else if (tag_is(&cursor, "<script"))
            end = read_script(arena, &cursor, end);
        else if (tag_is(&cursor, "<style"))
            seek(&cursor, "</style");
        else
            cursor.at++;
    }
    return first;
}
