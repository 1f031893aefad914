/* The error list and its JSON. One table joins the bus' statuses with the codes that clients see. */
#include "graphql/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "graphql/graphql.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

enum { TEXT_SHOWN_MAX = 100 };

static const struct {
    int error;
    const char *code;
} codes[] = {
    { TS_EDENIED, "FORBIDDEN" },           { TS_EUNAUTHENTICATED, "UNAUTHENTICATED" },
    { TS_EEXHAUSTED, "RATE_LIMITED" },     { TS_EUNAVAILABLE, "UNAVAILABLE" },
    { TS_EDEADLINE, "DEADLINE_EXCEEDED" }, { TS_EUNKNOWN, "OUTCOME_UNKNOWN" },
    { TS_ECANCELLED, "UNAVAILABLE" },      { TS_EINVALID, ERROR_INPUT },
    { TS_ENOTFOUND, "NOT_FOUND" },
};

const char *error_code(int error)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(codes); i++) {
        if (codes[i].error == error)
            return codes[i].code;
    }
    return ERROR_INTERNAL;
}

void error_list_init(struct error_list *list, struct ts_arena *arena, unsigned count_max)
{
    *list = (struct error_list){ .arena = arena, .count_max = count_max };
}

static struct error_item *error_append(struct error_list *list, const char *code, const char *message)
{
    struct error_item *item = TS_NEW(list->arena, struct error_item);

    item->message = message;
    item->code = code;
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->count++;
    return item;
}

struct error_item *error_vadd(struct error_list *list, const char *code, const char *format, va_list args)
{
    if (list->full)
        return TS_NEW(list->arena, struct error_item);
    if (list->count == list->count_max) {
        list->full = true;
        return error_append(list, ERROR_ERRORS, "Too many errors, the rest is not shown.");
    }
    return error_append(list, code, ts_vprintf(list->arena, format, args));
}

struct error_item *error_add(struct error_list *list, const char *code, const char *format, ...)
{
    struct error_item *item;
    va_list args;

    va_start(args, format);
    item = error_vadd(list, code, format, args);
    va_end(args);
    return item;
}

void error_locate(struct error_item *item, uint32_t offset)
{
    if (item->offset_count < ERROR_LOCATION_COUNT)
        item->offsets[item->offset_count++] = offset;
}

const char *text_cut(struct ts_arena *arena, const char *text, size_t size, size_t size_max)
{
    if (size <= size_max)
        return ts_strndup(arena, text, size);
    for (size = size_max; size && (text[size] & 0xC0) == 0x80; size--)
        ;
    return ts_printf(arena, "%.*s...", (int)size, text);
}

const char *text_shown(struct ts_arena *arena, const char *text)
{
    size_t size = strnlen(text, TEXT_SHOWN_MAX + 1);

    return size <= TEXT_SHOWN_MAX ? text : text_cut(arena, text, size, TEXT_SHOWN_MAX);
}

/* Move *at on to `offset`; columns count units of UTF-16, and \r\n is one line end. */
static void position_advance(const char *text, size_t size, size_t *at, size_t offset, unsigned *line, unsigned *column)
{
    size_t end = offset < size ? offset : size;

    for (; *at < end; (*at)++) {
        unsigned char byte = (unsigned char)text[*at];

        if (byte == '\n' || (byte == '\r' && !(*at + 1 < size && text[*at + 1] == '\n'))) {
            (*line)++;
            *column = 1;
        } else if (byte != '\r' && (byte & 0xC0) != 0x80) {
            *column += byte >= 0xF0 ? 2 : 1; /* as editors and other engines count: in UTF-16 */
        }
    }
}

void error_position(const char *text, size_t size, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    unsigned line = 1, column = 1;
    size_t at = 0;

    position_advance(text, size, &at, offset, &line, &column);
    *ret_line = line;
    *ret_column = column;
}

/* A place in the text with its line and column, found for all places in one pass: errors are many, texts long. */
struct position {
    uint32_t offset;
    unsigned line, column;
};

struct positions {
    struct position *items;
    size_t count;
};

static int position_compare(const void *left, const void *right)
{
    const struct position *a = left, *b = right;

    return (a->offset > b->offset) - (a->offset < b->offset);
}

static void positions_find(struct positions *positions, const char *text, size_t size)
{
    unsigned line = 1, column = 1;
    size_t at = 0;

    qsort(positions->items, positions->count, sizeof(*positions->items), position_compare);
    for (size_t i = 0; i < positions->count; i++) {
        struct position *position = &positions->items[i];

        position_advance(text, size, &at, position->offset, &line, &column);
        position->line = line;
        position->column = column;
    }
}

static struct positions positions_of(const struct error_list *list, const char *text, size_t size)
{
    struct positions positions = { .count = 0 };

    positions.items = TS_NEW_ARRAY(list->arena, struct position, (size_t)(list->count + 1) * ERROR_LOCATION_COUNT);
    for (const struct error_item *item = list->first; item; item = item->next) {
        for (unsigned i = 0; i < item->offset_count; i++)
            positions.items[positions.count++].offset = item->offsets[i];
    }
    positions_find(&positions, text, size);
    return positions;
}

static void write_locations(const struct error_item *item, const struct positions *positions, struct buf *body)
{
    buf_add_literal(body, ",\"locations\":[");
    for (unsigned i = 0; i < item->offset_count; i++) {
        const struct position key = { .offset = item->offsets[i] };
        const struct position *position =
            bsearch(&key, positions->items, positions->count, sizeof(key), position_compare);

        assert(position);
        buf_printf(body, "%s{\"line\":%u,\"column\":%u}", i ? "," : "", position->line, position->column);
    }
    buf_add_char(body, ']');
}

static void write_item(const struct error_item *item, const struct positions *positions, struct buf *body)
{
    buf_add_literal(body, "{\"message\":");
    json_write_string(body, item->message, strlen(item->message));
    if (item->offset_count)
        write_locations(item, positions, body);
    if (item->path) {
        buf_add_literal(body, ",\"path\":");
        buf_add_string(body, item->path);
    }
    buf_add_literal(body, ",\"extensions\":{\"code\":");
    json_write_string(body, item->code, strlen(item->code));
    if (item->request_id) {
        buf_add_literal(body, ",\"requestId\":");
        json_write_string(body, item->request_id, strlen(item->request_id));
    }
    if (item->retry_after_s) {
        buf_add_literal(body, ",\"retryAfter\":");
        buf_add_int(body, item->retry_after_s);
    }
    buf_add_literal(body, "}}");
}

void error_list_write(const struct error_list *list, const char *text, size_t size, struct buf *ret_body)
{
    const struct positions positions = positions_of(list, text, size);

    buf_add_literal(ret_body, "\"errors\":[");
    for (const struct error_item *item = list->first; item; item = item->next) {
        if (item != list->first)
            buf_add_char(ret_body, ',');
        write_item(item, &positions, ret_body);
    }
    buf_add_char(ret_body, ']');
}

void gql_error_body(struct buf *ret_body, const char *code, const char *message)
{
    const struct error_item item = { .message = message, .code = code };

    buf_add_literal(ret_body, "{\"errors\":[");
    write_item(&item, NULL, ret_body);
    buf_add_literal(ret_body, "]}");
}
