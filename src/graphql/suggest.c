/*
 * Edit distance with a threshold: names that cannot be close enough are left as soon as that is clear. Letters' case
 * counts as one edit, however many letters differ by it.
 */
#include "graphql/suggest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE_MAX = 64 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool same(char left, char right)
{
    return lower(left) == lower(right);
}

/* One row of the table of distances: `left[i - 1]` against all of `right`. Return: its least cell. */
static unsigned fill_row(const char *left, size_t i, const char *right, unsigned *const rows[3])
{
    const unsigned *up = rows[(i - 1) % 3], *up_twice = rows[(i + 1) % 3];
    unsigned *row = rows[i % 3], smallest = (unsigned)i;

    row[0] = (unsigned)i;
    for (size_t j = 1; right[j - 1]; j++) {
        row[j] = least(up[j] + 1, row[j - 1] + 1, up[j - 1] + !same(left[i - 1], right[j - 1]));
        if (i > 1 && j > 1 && same(left[i - 1], right[j - 2]) && same(left[i - 2], right[j - 1]) &&
            up_twice[j - 2] + 1 < row[j])
            row[j] = up_twice[j - 2] + 1;
        if (row[j] < smallest)
            smallest = row[j];
    }
    return smallest;
}

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment); threshold + 1 stands for more. */
static unsigned edit_distance(const char *left, const char *right, unsigned threshold, size_t *work)
{
    size_t height = strlen(left), width = strlen(right);
    unsigned cells[3][NAME_SIZE_MAX + 1], *const rows[3] = { cells[0], cells[1], cells[2] };

    if (strcmp(left, right) == 0)
        return 0;
    if (strcasecmp(left, right) == 0)
        return 1;
    *work += 1;
    if ((height > width ? height - width : width - height) > threshold)
        return threshold + 1;
    for (unsigned j = 0; j <= width; j++)
        cells[0][j] = j;
    for (size_t i = 1; i <= height; i++) {
        *work += width;
        if (fill_row(left, i, right, rows) > threshold)
            return threshold + 1;
    }
    return cells[height % 3][width];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number at *at, which moves behind it. */
static unsigned long read_number(const char **at)
{
    unsigned long number = 0;

    do
        number = number * 10 + (unsigned long)(*(*at)++ - '0');
    while (is_digit(**at) && number > 0);
    return number;
}

int suggest_compare(const char *left, const char *right)
{
    while (*left && *right) {
        if (is_digit(*left) && is_digit(*right)) {
            unsigned long a = read_number(&left), b = read_number(&right);

            if (a != b)
                return a < b ? -1 : 1;
            continue;
        }
        if (*left != *right)
            return *left < *right ? -1 : 1;
        left++;
        right++;
    }
    return (*left != 0) - (*right != 0);
}

struct suggestion {
    const char *name;
    unsigned distance;
};

static bool is_better(const struct suggestion *a, const struct suggestion *b)
{
    return a->distance != b->distance ? a->distance < b->distance : suggest_compare(a->name, b->name) < 0;
}

/* Keep the best in order. */
static size_t suggestion_add(struct suggestion *best, size_t count, struct suggestion candidate)
{
    size_t at = count;

    while (at && is_better(&candidate, &best[at - 1])) {
        if (at < SUGGESTIONS_MAX)
            best[at] = best[at - 1];
        at--;
    }
    if (at < SUGGESTIONS_MAX)
        best[at] = candidate;
    return count < SUGGESTIONS_MAX ? count + 1 : count;
}

const char *suggest_these(struct ts_arena *arena, const char *what, const char *const *names, size_t count)
{
    const char *text = "";

    if (count > SUGGESTIONS_MAX)
        count = SUGGESTIONS_MAX;
    for (size_t i = 0; i < count; i++)
        text = ts_printf(arena, "%s%s\"%s\"", text,
                         i == 0          ? ""
                         : i + 1 < count ? ", "
                         : count == 2    ? " or "
                                         : ", or ",
                         names[i]);
    return count ? ts_printf(arena, " Did you mean %s%s?", what, text) : "";
}

const char *suggest_names(struct ts_arena *arena, const char *what, const char *name, const char *const *names,
                          size_t count, size_t *work)
{
    struct suggestion best[SUGGESTIONS_MAX];
    const char *close[SUGGESTIONS_MAX];
    size_t size = strnlen(name, NAME_SIZE_MAX + 1), found = 0;
    unsigned threshold = (unsigned)(size * 2 / 5 + 1);

    if (size > NAME_SIZE_MAX)
        return "";
    for (size_t i = 0; i < count && *work < SUGGEST_WORK_MAX; i++) {
        struct suggestion candidate = { names[i], 0 };

        if (!names[i][0] || strnlen(names[i], NAME_SIZE_MAX + 1) > NAME_SIZE_MAX)
            continue;
        candidate.distance = edit_distance(name, names[i], threshold, work);
        if (candidate.distance <= threshold)
            found = suggestion_add(best, found, candidate);
    }
    for (size_t i = 0; i < found; i++)
        close[i] = best[i].name;
    return suggest_these(arena, what, close, found);
}
