/*
 * base/json.c beside jansson: what one reads the other reads, to the same tree. They differ in three points:
 * ours is JSON_DEPTH_MAX deep, theirs 2,048; theirs refuses a number beyond int64 or double, ours keeps its spelling;
 * theirs loses a NUL byte behind a number, ours refuses it wherever it stands.
 */
#include "fuzz.h"

#include "base/arena.h"
#include "base/json.h"
#include "json_twin.h"

static void check_same(const struct json *left, const struct json *right)
{
    CLAIM(left->type == right->type && left->is_integer == right->is_integer);
    CLAIM(!left->name == !right->name && (!left->name || strcmp(left->name, right->name) == 0));
    CLAIM(left->type == JSON_NUMBER || left->size == right->size);
    CLAIM(left->integer == right->integer && left->number == right->number);
    if (left->type == JSON_STRING)
        CLAIM(memcmp(left->text, right->text, left->size) == 0);
    left = left->first;
    right = right->first;
    for (; left && right; left = left->next, right = right->next)
        check_same(left, right);
    CLAIM(!left && !right);
}

static bool too_deep(const struct json_error *error)
{
    return strcmp(error->message, "nested too deeply") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *ours, *theirs;
    struct json_error error;
    struct ts_arena arena;
    bool overflow = false;
    char *text = twin_read((const char *)data, size, &overflow);

    arena_init(&arena);
    if (json_parse(&arena, (const char *)data, size, &ours, &error) != 0) {
        CLAIM(!text || too_deep(&error) || memchr(data, 0, size));
    } else {
        CLAIM(text || overflow);
        if (text) {
            CLAIM(json_parse(&arena, text, strlen(text), &theirs, &error) == 0);
            check_same(ours, theirs);
        }
    }
    arena_done(&arena);
    free(text);
    return 0;
}
