/* One pass with two states: within a string and outside. */
#include "import/repair.h"

#include <stdbool.h>
#include <string.h>

/* True if only blanks stand between `at` and a closing bracket. */
static bool closes(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at < end && (*at == '}' || *at == ']');
}

struct repaired repair(struct ts_arena *arena, const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size;
    struct repaired text = { .bytes = ts_alloc(arena, size + 1) };
    bool within = false;

    if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (; at < end; at++) {
        if (*at == '"') {
            within = !within;
        } else if (within && *at == '\\' && at + 1 < end && (unsigned char)at[1] >= ' ') {
            text.bytes[text.size++] = *at++;
        } else if (within && (unsigned char)*at < ' ' && *at != '\0') {
            text.bytes[text.size++] = ' ';
            continue;
        } else if (!within && *at == ',' && closes(at + 1, end)) {
            continue;
        }
        text.bytes[text.size++] = *at;
    }
    return text;
}
