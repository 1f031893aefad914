/* "Did you mean": the closest names by edit distance, at most five. */
#include <string.h>

#include "graphql/validation/validate.h"

enum { NAME_SIZE_MAX = 64, SUGGESTIONS_MAX = 5 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment); letters' case does not count. */
static unsigned edit_distance(const char *left, const char *right)
{
    size_t width = strlen(right);
    unsigned rows[3][NAME_SIZE_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (unsigned j = 0; j <= width; j++)
        last[j] = j;
    for (unsigned i = 1; left[i - 1]; i++) {
        unsigned *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            unsigned change = lower(left[i - 1]) != lower(right[j - 1]);

            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
            if (i > 1 && j > 1 && lower(left[i - 1]) == lower(right[j - 2]) &&
                lower(left[i - 2]) == lower(right[j - 1]) && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        before = last;
        last = row;
        row = spare;
    }
    return last[width];
}

struct suggestion {
    const char *name;
    unsigned distance;
};

/* Keep the best in order; names of equal distance by alphabet. */
static size_t suggestion_add(struct suggestion *best, size_t count, struct suggestion candidate)
{
    size_t at = count < SUGGESTIONS_MAX ? count : SUGGESTIONS_MAX;

    while (at && (best[at - 1].distance > candidate.distance ||
                  (best[at - 1].distance == candidate.distance && strcmp(best[at - 1].name, candidate.name) > 0))) {
        if (at < SUGGESTIONS_MAX)
            best[at] = best[at - 1];
        at--;
    }
    if (at < SUGGESTIONS_MAX)
        best[at] = candidate;
    return count < SUGGESTIONS_MAX ? count + 1 : count;
}

const char *validation_suggest(const struct validation *validation, const char *name, const char *const *names,
                               size_t count)
{
    struct suggestion best[SUGGESTIONS_MAX];
    size_t size = strlen(name), found = 0;
    const char *text = "";

    if (!validation->schema->suggestions || size > NAME_SIZE_MAX)
        return "";
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        struct suggestion candidate = { names[i], 0 };

        if (!length || length > NAME_SIZE_MAX)
            continue;
        candidate.distance = edit_distance(name, names[i]);
        if (candidate.distance <= size * 2 / 5 + 1)
            found = suggestion_add(best, found, candidate);
    }
    for (size_t i = 0; i < found; i++)
        text = ts_printf(validation->arena, "%s%s\"%s\"", text,
                         i == 0          ? ""
                         : i + 1 < found ? ", "
                         : found == 2    ? " or "
                                         : ", or ",
                         best[i].name);
    return found ? ts_printf(validation->arena, " Did you mean %s?", text) : "";
}
