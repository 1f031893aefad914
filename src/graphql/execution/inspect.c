/*
 * Two levels are shown and ten items of a list; the whole is cut as literals are (printer.c). Values are as large as a
 * client likes and are shown again with each error in them, so nothing is looked at behind what is shown.
 */
#include "graphql/execution/inspect.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graphql/error.h"

enum {
    DEPTH_MAX = 2,
    ITEMS_MAX = 10,
    SHOWN_SIZE_MAX = 1000,
    TEXT_SIZE_MAX = 8 * SHOWN_SIZE_MAX, /* before it is cut: a byte takes six when it is escaped */
    DIGITS_MAX = 17,
};

/*
 * The shortest decimal digits that read back as `number` (positive), with the place of the point before them. What has
 * DBL_DIG digits or fewer is found with zeros behind it, but for the smallest numbers, which have fewer to begin with.
 */
static size_t shortest_digits(double number, char digits[DIGITS_MAX + 1], int *ret_point)
{
    char text[32];
    size_t count = 0;

    for (int precision = number < DBL_MIN ? 0 : DBL_DIG - 1; precision < DIGITS_MAX; precision++) {
        (void)snprintf(text, sizeof(text), "%.*e", precision, number); /* always fits */
        if (strtod(text, NULL) == number)
            break;
    }
    for (const char *at = text; *at != 'e'; at++) {
        if (*at != '.')
            digits[count++] = *at;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = 0;
    *ret_point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    return count;
}

static const char *zeros(struct ts_arena *arena, int count)
{
    char *text = ts_alloc(arena, (size_t)count + 1);

    memset(text, '0', (size_t)count);
    text[count] = 0;
    return text;
}

const char *number_text(struct ts_arena *arena, double number)
{
    const char *sign = number < 0 ? "-" : "";
    char digits[DIGITS_MAX + 1];
    int count, point;

    if (number == 0)
        return "0";
    if (!isfinite(number))
        return ts_printf(arena, "%sInfinity", sign);
    count = (int)shortest_digits(fabs(number), digits, &point);
    if (count <= point && point <= 21)
        return ts_printf(arena, "%s%s%s", sign, digits, zeros(arena, point - count));
    if (0 < point && point <= 21)
        return ts_printf(arena, "%s%.*s.%s", sign, point, digits, digits + point);
    if (-6 < point && point <= 0)
        return ts_printf(arena, "%s0.%s%s", sign, zeros(arena, -point), digits);
    return ts_printf(arena, "%s%c%s%se%+d", sign, digits[0], count > 1 ? "." : "", digits + 1, point - 1);
}

/* The rest would be cut away. */
static bool is_enough(const struct buf *text)
{
    return text->size > SHOWN_SIZE_MAX;
}

static size_t shown_size(size_t size)
{
    return size < SHOWN_SIZE_MAX ? size : SHOWN_SIZE_MAX;
}

static void inspect(struct ts_arena *arena, const struct json *json, unsigned depth, struct buf *text);

static void inspect_items(struct ts_arena *arena, const struct json *array, unsigned depth, struct buf *text)
{
    const struct json *item = array->first;

    buf_add_char(text, '[');
    for (unsigned shown = 0; item && shown < ITEMS_MAX && !is_enough(text); item = item->next, shown++) {
        buf_add_string(text, shown ? ", " : "");
        inspect(arena, item, depth + 1, text);
    }
    if (array->size == ITEMS_MAX + 1)
        buf_add_literal(text, ", ... 1 more item");
    else if (array->size > ITEMS_MAX)
        buf_printf(text, ", ... %zu more items", array->size - ITEMS_MAX);
    buf_add_char(text, ']');
}

static void inspect_members(struct ts_arena *arena, const struct json *object, unsigned depth, struct buf *text)
{
    buf_add_literal(text, "{ ");
    for (const struct json *member = object->first; member && !is_enough(text); member = member->next) {
        buf_add_string(text, member == object->first ? "" : ", ");
        buf_add(text, member->name, strnlen(member->name, SHOWN_SIZE_MAX));
        buf_add_literal(text, ": ");
        inspect(arena, member, depth + 1, text);
    }
    buf_add_literal(text, " }");
}

static void inspect(struct ts_arena *arena, const struct json *json, unsigned depth, struct buf *text)
{
    static const char *const words[] = { [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true" };
    bool is_array = json->type == JSON_ARRAY;

    switch (json->type) {
    case JSON_NUMBER:
        buf_add_string(text, number_text(arena, json->number));
        break;
    case JSON_STRING:
        json_write_string(text, json->text, shown_size(json->size));
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        if (!json->first)
            buf_add_string(text, is_array ? "[]" : "{}");
        else if (depth > DEPTH_MAX - 1)
            buf_add_string(text, is_array ? "[Array]" : "[Object]");
        else if (is_array)
            inspect_items(arena, json, depth, text);
        else
            inspect_members(arena, json, depth, text);
        break;
    default:
        buf_add_string(text, words[json->type]);
        break;
    }
}

const char *json_inspect(struct ts_arena *arena, const struct json *json)
{
    struct buf text;
    const char *copy;

    buf_init(&text, TEXT_SIZE_MAX);
    inspect(arena, json, 0, &text);
    copy = text_cut(arena, text.size ? text.data : "", text.size, SHOWN_SIZE_MAX);
    buf_done(&text);
    return copy;
}
