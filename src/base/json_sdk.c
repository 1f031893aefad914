/* What modules see of JSON: json.h's tree, by questions that take NULL for what is not there. */
#include "tessera/json.h"

#include <string.h>

#include "base/json.h"

const struct json *ts_json_parse(struct ts_arena *arena, const char *bytes, size_t size)
{
    struct json_error error;
    struct json *json = NULL;

    return json_parse(arena, bytes, size, &json, &error) == 0 ? json : NULL;
}

const struct json *ts_json_member(const struct json *object, const char *name)
{
    return json_find(object, name);
}

const struct json *ts_json_first(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? array->first : NULL;
}

const struct json *ts_json_next(const struct json *value)
{
    return value ? value->next : NULL;
}

const char *ts_json_string(const struct json *value)
{
    return value && value->type == JSON_STRING ? value->text : NULL;
}

bool ts_json_integer(const struct json *value, int64_t *ret_number)
{
    if (!value || value->type != JSON_NUMBER || !value->is_integer)
        return false;
    *ret_number = value->integer;
    return true;
}

bool ts_json_is_true(const struct json *value)
{
    return value && value->type == JSON_TRUE;
}

bool ts_json_is_object(const struct json *value)
{
    return value && value->type == JSON_OBJECT;
}

const char *ts_json_quote(struct ts_arena *arena, const char *text)
{
    size_t size = strlen(text);
    struct buf buf;
    const char *quoted;

    buf_init(&buf, 6 * size + 2); /* each byte as an escape */
    json_write_string(&buf, text, size);
    quoted = ts_strndup(arena, buf.data ? buf.data : "", buf.size);
    buf_done(&buf);
    return quoted;
}
