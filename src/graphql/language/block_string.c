/* Common indentation and blank first and last lines are taken off; line ends become \n. Two passes, linear. */
#include "graphql/language/block_string.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One line: its bytes without the end, the blanks it begins with, and where the next one starts. */
struct line {
    size_t start, end, next, indent;
};

static struct line line_at(const char *raw, size_t size, size_t start)
{
    size_t at = start, end;

    while (at < size && (raw[at] == ' ' || raw[at] == '\t'))
        at++;
    for (end = at; end < size && raw[end] != '\n' && raw[end] != '\r';)
        end++;
    return (struct line){ start, end, end + 1 + (end + 1 < size && raw[end] == '\r' && raw[end + 1] == '\n'),
                          at - start };
}

static bool is_blank(struct line line)
{
    return line.start + line.indent == line.end;
}

/* What is shown of a block: from the first line that is not blank to the end of the last, and what they all begin with.
 */
struct frame {
    size_t start, end, indent;
};

static struct frame frame_of(const char *raw, size_t size)
{
    struct frame frame = { size, 0, SIZE_MAX };

    for (size_t at = 0; at <= size;) {
        struct line line = line_at(raw, size, at);

        at = line.next;
        if (is_blank(line))
            continue;
        if (!frame.end)
            frame.start = line.start;
        frame.end = line.end;
        if (line.start && line.indent < frame.indent) /* the first line counts as not indented, whatever it is */
            frame.indent = line.indent;
    }
    return frame;
}

const char *block_string_value(struct ts_arena *arena, const char *raw, size_t size)
{
    struct frame frame = frame_of(raw, size);
    char *value = ts_alloc(arena, frame.end > frame.start ? frame.end - frame.start + 1 : 1);
    size_t used = 0;

    for (size_t at = frame.start; at < frame.end;) {
        struct line line = line_at(raw, frame.end, at);
        size_t length = line.end - line.start, skip = line.start ? frame.indent : 0;

        if (at != frame.start)
            value[used++] = '\n';
        if (length > skip) {
            memcpy(value + used, raw + line.start + skip, length - skip);
            used += length - skip;
        }
        at = line.next;
    }
    return value;
}
