/* base/json.c: a text that is read can be written again from its tree, and the tree of that is the same. */
#include "fuzz.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/utf8.h"

static void write_value(struct buf *buf, const struct json *value)
{
    static const char *const words[] = { "null", "false", "true" };

    if (value->name) {
        json_write_string(buf, value->name, strlen(value->name));
        buf_add_char(buf, ':');
    }
    switch (value->type) {
    case JSON_ARRAY:
    case JSON_OBJECT:
        buf_add_char(buf, value->type == JSON_ARRAY ? '[' : '{');
        for (const struct json *child = value->first; child; child = child->next) {
            write_value(buf, child);
            if (child->next)
                buf_add_char(buf, ',');
        }
        buf_add_char(buf, value->type == JSON_ARRAY ? ']' : '}');
        return;
    case JSON_STRING:
        json_write_string(buf, value->text, value->size);
        return;
    case JSON_NUMBER:
        buf_add(buf, value->text, value->size);
        return;
    default:
        buf_add(buf, words[value->type], strlen(words[value->type]));
        return;
    }
}

static void check_same(const struct json *left, const struct json *right)
{
    CLAIM(left->type == right->type && left->size == right->size && left->is_integer == right->is_integer);
    CLAIM(!left->name == !right->name && (!left->name || strcmp(left->name, right->name) == 0));
    CLAIM(left->integer == right->integer && memcmp(&left->number, &right->number, sizeof(left->number)) == 0);
    if (left->text) {
        CLAIM(strlen(left->text) == left->size && utf8_is_text(left->text, left->size));
        CLAIM(memcmp(left->text, right->text, left->size) == 0);
        return;
    }
    left = left->first;
    right = right->first;
    for (; left && right; left = left->next, right = right->next)
        check_same(left, right);
    CLAIM(!left && !right);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_arena arena;
    struct json *value, *again;
    struct json_error error;
    struct buf buf;

    arena_init(&arena);
    buf_init(&buf, 1 << 20);
    if (json_parse(&arena, (const char *)data, size, &value, &error) == 0) {
        write_value(&buf, value);
        CLAIM(json_parse(&arena, buf.data, buf.size, &again, &error) == 0);
        check_same(value, again);
    } else {
        CLAIM(error.message && error.offset <= size);
    }
    buf_done(&buf);
    arena_done(&arena);
    return 0;
}
