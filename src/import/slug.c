/* Latin letters are spelled by a table over U+00C0 to U+017F; other scripts have no one spelling and are left out. */
#include "import/slug.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tessera/cleanup.h"

enum { FIRST_LETTER = 0xc0, LAST_LETTER = 0x17f };

/* U+00C0 to U+017F in order. */
// clang-format off
static const char *const spellings[] = {
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "ss",
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "oe", "", "o", "u", "u", "u", "ue", "y", "th", "y",
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",
    "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",
    "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l",
    "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",
};
// clang-format on
_Static_assert(TS_ARRAY_SIZE(spellings) == LAST_LETTER - FIRST_LETTER + 1, "one spelling a letter");

/* The spelling of the letter at *at, which moves on; "" for what is none. */
static const char *spell(const unsigned char **at, char buffer[2])
{
    unsigned code = **at;

    *at += 1;
    buffer[0] = isalnum((int)code) && code < 0x80 ? (char)tolower((int)code) : '\0';
    buffer[1] = '\0';
    if ((code & 0xe0) != 0xc0 || (**at & 0xc0) != 0x80)
        return buffer;
    code = (code & 0x1f) << 6 | (**at & 0x3f);
    *at += 1;
    return code >= FIRST_LETTER && code <= LAST_LETTER ? spellings[code - FIRST_LETTER] : "";
}

static bool is_mark(const unsigned char *at)
{
    return *at == '\'' || (at[0] == 0xe2 && at[1] == 0x80 && at[2] == 0x99); /* within a word: O'Neill */
}

const char *slug_of(struct ts_arena *arena, const char *name, size_t size_max)
{
    char *slug = ts_alloc(arena, size_max + 4), buffer[2];
    bool gap = false;
    size_t size = 0;

    for (const unsigned char *at = (const unsigned char *)name; *at && size < size_max;) {
        const char *letters;

        if (is_mark(at)) {
            at += *at == '\'' ? 1 : 3;
            continue;
        }
        letters = spell(&at, buffer);
        if (!*letters) {
            gap = size > 0;
            continue;
        }
        if (size + gap + strlen(letters) > size_max)
            break;
        if (gap)
            slug[size++] = '-';
        memcpy(slug + size, letters, strlen(letters));
        size += strlen(letters);
        gap = false;
    }
    slug[size] = '\0';
    return slug;
}

const char *slug_of_host(struct ts_arena *arena, const char *url, size_t size_max)
{
    const char *host = url ? strstr(url, "://") : NULL;

    if (!host)
        return "";
    host += strncmp(host, "://www.", 7) == 0 ? 7 : 3;
    return slug_of(arena, ts_strndup(arena, host, strcspn(host, "/?#:")), size_max);
}

const char *slug_of_hash(struct ts_arena *arena, const char *prefix, const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        hash = (hash ^ *at) * 16777619u;
    return ts_printf(arena, "%s-%08x", prefix, hash);
}
