/* Common indentation and blank first and last lines are taken off; line ends become \n. Two passes, linear. */
#include "graphql/language/block_string.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One line: its bytes without the end, and where the next one starts. */
struct line {
    size_t start, end, next;
};

static struct line line_at(const char *raw, size_t size, size_t start)
{
    size_t end = start;

    while (end < size && raw[end] != '\n' && raw[end] != '\r')
        end++;
    return (struct line){ start, end,
                          end + (end < size) + (end + 1 < size && raw[end] == '\r' && raw[end + 1] == '\n') };
}

static size_t line_indent(const char *raw, struct line line)
{
    size_t at = line.start;

    while (at < line.end && (raw[at] == ' ' || raw[at] == '\t'))
        at++;
    return at - line.start;
}

static bool line_blank(const char *raw, struct line line)
{
    return line_indent(raw, line) == line.end - line.start;
}

/* What all lines but the first have in common. */
static size_t common_indent(const char *raw, size_t size)
{
    size_t common = SIZE_MAX;

    for (struct line line = line_at(raw, size, 0); line.end < size;) {
        line = line_at(raw, size, line.next);
        if (!line_blank(raw, line) && line_indent(raw, line) < common)
            common = line_indent(raw, line);
    }
    return common == SIZE_MAX ? 0 : common;
}

const char *block_string_value(struct ts_arena *arena, const char *raw, size_t size)
{
    size_t indent = common_indent(raw, size), used = 0, last = 0;
    char *value = ts_alloc(arena, size + 1);
    bool started = false, first = true;

    for (size_t at = 0; first || at <= size;) {
        struct line line = line_at(raw, size, at);
        bool blank = line_blank(raw, line);
        size_t skip = first ? 0 : indent, length = line.end - line.start;

        if (started || !blank) {
            if (started)
                value[used++] = '\n';
            started = true;
            if (length > skip) {
                memcpy(value + used, raw + line.start + skip, length - skip);
                used += length - skip;
            }
            if (!blank)
                last = used;
        }
        first = false;
        if (line.end >= size)
            break;
        at = line.next;
    }
    value[last] = 0;
    return value;
}
