/* application/x-www-form-urlencoded, strictly: what is malformed is refused, not repaired. */
#include "gateway/query_string.h"

#include <string.h>

#include "base/utf8.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Decode `size` bytes. Return: the text, or NULL. */
static const char *decode(struct ts_arena *arena, const char *text, size_t size)
{
    char *decoded = ts_alloc(arena, size + 1), *to = decoded;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;

            if (low < 0)
                return NULL;
            *to++ = (char)(high << 4 | low);
            i += 2;
        } else {
            *to++ = (char)(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return utf8_is_text(decoded, (size_t)(to - decoded)) ? decoded : NULL; /* refuses U+0000 too */
}

static const char **slot_of(struct query_string *query, const char *name, size_t size)
{
    const struct {
        const char *name;
        const char **slot;
    } slots[] = {
        { "query", &query->query },
        { "variables", &query->variables },
        { "operationName", &query->operation_name },
        { "extensions", &query->extensions },
        { "documentId", &query->document_id },
    };

    for (size_t i = 0; i < TS_ARRAY_SIZE(slots); i++)
        if (strlen(slots[i].name) == size && memcmp(slots[i].name, name, size) == 0)
            return slots[i].slot;
    return NULL;
}

int query_string_next(struct ts_arena *arena, const char **text, const char **ret_name, const char **ret_value)
{
    const char *at = *text + strspn(*text, "&");
    size_t size = strcspn(at, "&"), name_size = strcspn(at, "=&");
    size_t value_at = name_size < size ? name_size + 1 : size;

    if (size == 0)
        return 0;
    *ret_name = decode(arena, at, name_size);
    *ret_value = decode(arena, at + value_at, size - value_at);
    *text = at + size;
    return *ret_name && *ret_value ? 1 : TS_EINVALID;
}

int query_string_parse(struct ts_arena *arena, const char *text, struct query_string *ret_query)
{
    struct query_string query = { 0 };

    while (text && *text) {
        size_t size = strcspn(text, "&"), name_size = strcspn(text, "=&");
        const char **slot = slot_of(&query, text, name_size);

        if (slot && *slot)
            return TS_EINVALID;
        if (slot) {
            size_t value_at = name_size < size ? name_size + 1 : size;

            *slot = decode(arena, text + value_at, size - value_at);
            if (!*slot)
                return TS_EINVALID;
        }
        text += size + (text[size] == '&');
    }
    *ret_query = query;
    return 0;
}
