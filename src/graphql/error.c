/* The error list and its JSON. One table joins the bus' statuses with the codes that clients see. */
#include "graphql/error.h"

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

void error_list_init(struct error_list *list, struct ts_arena *arena)
{
    *list = (struct error_list){ .arena = arena };
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
    if (list->count == ERROR_COUNT_MAX) {
        list->full = true;
        return error_append(list, code, "Too many errors, the rest is not shown.");
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

const char *text_shown(struct ts_arena *arena, const char *text)
{
    size_t size = strnlen(text, TEXT_SHOWN_MAX + 1);

    if (size <= TEXT_SHOWN_MAX)
        return text;
    for (size = TEXT_SHOWN_MAX; (text[size] & 0xC0) == 0x80; size--)
        ;
    return ts_printf(arena, "%.*s...", (int)size, text);
}

void error_position(const char *text, size_t size, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    unsigned line = 1, column = 1;

    for (size_t i = 0; i < offset && i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == '\n' || (byte == '\r' && !(i + 1 < size && text[i + 1] == '\n'))) {
            line++;
            column = 1;
        } else if (byte != '\r' && (byte & 0xC0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

static void write_locations(const struct error_item *item, const char *text, size_t size, struct buf *body)
{
    buf_add_literal(body, ",\"locations\":[");
    for (unsigned i = 0; i < item->offset_count; i++) {
        unsigned line, column;

        error_position(text, size, item->offsets[i], &line, &column);
        buf_printf(body, "%s{\"line\":%u,\"column\":%u}", i ? "," : "", line, column);
    }
    buf_add_char(body, ']');
}

static void write_item(const struct error_item *item, const char *text, size_t size, struct buf *body)
{
    buf_add_literal(body, "{\"message\":");
    json_write_string(body, item->message, strlen(item->message));
    if (item->offset_count)
        write_locations(item, text, size, body);
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
    buf_add_literal(body, "}}");
}

void error_list_write(const struct error_list *list, const char *text, size_t size, struct buf *ret_body)
{
    buf_add_literal(ret_body, "\"errors\":[");
    for (const struct error_item *item = list->first; item; item = item->next) {
        if (item != list->first)
            buf_add_char(ret_body, ',');
        write_item(item, text, size, ret_body);
    }
    buf_add_char(ret_body, ']');
}

void gql_error_body(struct buf *ret_body, const char *code, const char *message)
{
    const struct error_item item = { .message = message, .code = code };

    buf_add_literal(ret_body, "{\"errors\":[");
    write_item(&item, "", 0, ret_body);
    buf_add_literal(ret_body, "]}");
}
