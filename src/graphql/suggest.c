/*
 * Edit distance by bits (Hyyrö 2003): a column of the table of distances is two bits for each letter of the wrong name,
 * whether the cell is one more or one less than the one above it, so a letter of the other name costs a few operations
 * for 64 of its own. Letters' case counts as one edit, however many letters differ by it.
 */
#include "graphql/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum {
    NAME_SIZE_MAX = 256, /* nobody mistypes a longer one */
    WORD_BITS = 64,
    WORDS_MAX = NAME_SIZE_MAX / WORD_BITS,
    LETTER_COUNT = 256,
};

/* The wrong name: where each letter stands in it, a bit for each place. */
struct pattern {
    const char *name;
    size_t size, words;
    uint64_t *places; /* by letter, `words` each */
};

/* A column: which cells are one more than the one above, which one less, and which are equal to the one left of that.
 */
struct column {
    uint64_t more[WORDS_MAX], less[WORDS_MAX], equal[WORDS_MAX];
};

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void pattern_init(struct pattern *pattern, struct ts_arena *arena, const char *name, size_t size)
{
    *pattern = (struct pattern){ .name = name, .size = size, .words = (size + WORD_BITS - 1) / WORD_BITS };
    pattern->places = TS_NEW_ARRAY(arena, uint64_t, LETTER_COUNT * pattern->words);
    for (size_t i = 0; i < size; i++)
        pattern->places[lower(name[i]) * pattern->words + i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
}

/* To the left by one, from word to word. */
static uint64_t shift(uint64_t word, uint64_t *carry)
{
    uint64_t shifted = word << 1 | *carry;

    *carry = word >> (WORD_BITS - 1);
    return shifted;
}

/*
 * The column of the next letter, which stands at `here` in the pattern, the letter before at `last`. Return: how the
 * cell of the pattern's last letter changes, 1, 0 or -1.
 */
static int column_next(const struct pattern *pattern, struct column *column, const uint64_t *here, const uint64_t *last)
{
    uint64_t carry = 0, swapped = 0, over = 1, under = 0, end = UINT64_C(1) << (pattern->size - 1) % WORD_BITS;
    int change = 0;

    for (size_t i = 0; i < pattern->words; i++) {
        uint64_t swap = shift(~column->equal[i] & here[i], &swapped) & last[i];
        uint64_t match = here[i] & column->more[i], sum, equal, more, less;
        bool overflows = __builtin_add_overflow(match, column->more[i], &sum);

        overflows |= __builtin_add_overflow(sum, carry, &sum);
        carry = overflows;
        equal = (sum ^ column->more[i]) | here[i] | column->less[i] | swap;
        more = column->less[i] | ~(equal | column->more[i]);
        less = equal & column->more[i];
        if (i + 1 == pattern->words)
            change = (more & end) ? 1 : (less & end) ? -1 : 0;
        more = shift(more, &over);
        less = shift(less, &under);
        column->more[i] = less | ~(equal | more);
        column->less[i] = more & equal;
        column->equal[i] = equal;
    }
    return change;
}

/* Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
static unsigned edit_distance(const struct pattern *pattern, const char *text)
{
    static const uint64_t nowhere[WORDS_MAX];
    const uint64_t *last = nowhere;
    struct column column = { .less = { 0 } };
    int distance = (int)pattern->size;

    if (strcmp(pattern->name, text) == 0)
        return 0;
    if (strcasecmp(pattern->name, text) == 0)
        return 1;
    if (!pattern->size)
        return (unsigned)strlen(text);
    memset(column.more, 0xff, sizeof(column.more));
    for (; *text; text++) {
        const uint64_t *here = &pattern->places[lower(*text) * pattern->words];

        distance += column_next(pattern, &column, here, last);
        last = here;
    }
    return (unsigned)distance;
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
    size_t size = strnlen(name, NAME_SIZE_MAX + 1), found = 0, threshold = size * 2 / 5 + 1;
    struct pattern pattern;

    if (size > NAME_SIZE_MAX || *work >= SUGGEST_WORK_MAX)
        return "";
    pattern_init(&pattern, arena, name, size);
    *work += LETTER_COUNT;
    for (size_t i = 0; i < count && *work < SUGGEST_WORK_MAX; i++) {
        size_t other = strnlen(names[i], NAME_SIZE_MAX + 1);
        struct suggestion candidate = { names[i], 0 };

        *work += 1;
        if (!other || other > NAME_SIZE_MAX || (size > other ? size - other : other - size) > threshold)
            continue;
        *work += other * pattern.words;
        candidate.distance = edit_distance(&pattern, names[i]);
        if (candidate.distance <= threshold)
            found = suggestion_add(best, found, candidate);
    }
    for (size_t i = 0; i < found; i++)
        close[i] = best[i].name;
    return suggest_these(arena, what, close, found);
}
