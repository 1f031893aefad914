/* What fits a scalar or an enum. Messages say what was expected and show what was found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graphql/execution/inspect.h"
#include "graphql/execution/values.h"
#include "graphql/language/printer.h"
#include "tessera/clock.h"
#include "tessera/money.h"

enum { ZONE_SIZE_MAX = 64, URL_SIZE_MAX = 2048, DECIMAL_SIZE_MAX = 40 };

static const char *shown(struct ts_arena *arena, const struct node *value, const struct json *json)
{
    return json ? json_inspect(arena, json) : value_text(arena, value);
}

/* JSON knows one kind of number, so 1.0 is an integer there; in a document it is a float. */
static bool is_whole(const struct node *value, const struct json *json)
{
    if (value->kind != NODE_FLOAT)
        return value->kind == NODE_INT;
    return json && isfinite(json->number) && json->number == trunc(json->number);
}

static const char *int_problem(struct ts_arena *arena, const struct node *value, const struct json *json)
{
    double number;

    if (!is_whole(value, json))
        return ts_printf(arena, "Int cannot represent non-integer value: %s", shown(arena, value, json));
    number = strtod(value->text, NULL);
    if (number < -2147483648.0 || number > 2147483647.0)
        return ts_printf(arena, "Int cannot represent non 32-bit signed integer value: %s", shown(arena, value, json));
    return NULL;
}

static const char *float_problem(struct ts_arena *arena, const struct node *value, const struct json *json)
{
    if ((value->kind == NODE_INT || value->kind == NODE_FLOAT) && isfinite(strtod(value->text, NULL)))
        return NULL;
    return ts_printf(arena, "Float cannot represent non numeric value: %s", shown(arena, value, json));
}

static bool decimal_fits(const char *text)
{
    size_t whole = 0, places = 0;

    text += *text == '-';
    while (text[whole] >= '0' && text[whole] <= '9')
        whole++;
    if (!whole || whole > DECIMAL_SIZE_MAX)
        return false;
    if (!text[whole])
        return true;
    text += whole + 1;
    if (text[-1] != '.')
        return false;
    while (text[places] >= '0' && text[places] <= '9')
        places++;
    return places && places <= DECIMAL_SIZE_MAX && !text[places];
}

/* Absolute, http or https, with a host, and nothing that must be escaped. */
static bool url_fits(const char *text)
{
    size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    size_t size = strnlen(text, URL_SIZE_MAX + 1);

    if (!scheme || size > URL_SIZE_MAX || strchr("/?#:@", text[scheme]))
        return false;
    for (size_t i = scheme; i < size; i++) {
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"<>\\^`{|}", text[i]))
            return false;
    }
    return true;
}

/* A name of the system's time zone database. No dots, so it cannot leave the folder. */
static bool zone_fits(const char *text)
{
    char path[sizeof("/usr/share/zoneinfo/") + ZONE_SIZE_MAX] = "/usr/share/zoneinfo/";
    size_t size = strnlen(text, ZONE_SIZE_MAX + 1);

    if (strcmp(text, "UTC") == 0)
        return true;
    if (!size || size > ZONE_SIZE_MAX || !(text[0] >= 'A' && text[0] <= 'Z'))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", text[i]))
            return false;
    }
    memcpy(path + sizeof("/usr/share/zoneinfo/") - 1, text, size + 1);
    return strchr(text, '/') && text[size - 1] != '/' && access(path, R_OK) == 0;
}

static const char *text_problem(struct ts_arena *arena, const struct type *type, const struct node *value,
                                const struct json *json)
{
    const char *what = NULL;
    int64_t time_ms;

    switch (type->scalar) {
    case SCALAR_DATE_TIME:
        what = ts_time_parse(value->text, &time_ms) ? "an RFC 3339 date and time such as 2026-12-31T19:30:00Z" : NULL;
        break;
    case SCALAR_DECIMAL:
        what = decimal_fits(value->text) ? NULL : "a decimal such as \"12.50\"";
        break;
    case SCALAR_CURRENCY_CODE:
        what = ts_currency_exponent(value->text) >= 0 ? NULL : "an ISO 4217 currency code such as \"EUR\"";
        break;
    case SCALAR_TIME_ZONE:
        what = zone_fits(value->text) ? NULL : "an IANA time zone such as \"Europe/Berlin\"";
        break;
    case SCALAR_URL:
        what = url_fits(value->text) ? NULL : "an absolute http or https URL";
        break;
    default:
        break;
    }
    return what ? ts_printf(arena, "%s must be %s, found: %s", type->name, what, shown(arena, value, json)) : NULL;
}

static const char *scalar_problem(struct ts_arena *arena, const struct type *type, const struct node *value,
                                  const struct json *json)
{
    switch (type->scalar) {
    case SCALAR_CUSTOM:
        return NULL;
    case SCALAR_INT:
        return int_problem(arena, value, json);
    case SCALAR_FLOAT:
        return float_problem(arena, value, json);
    case SCALAR_BOOLEAN:
        if (value->kind == NODE_BOOLEAN)
            return NULL;
        return ts_printf(arena, "Boolean cannot represent a non boolean value: %s", shown(arena, value, json));
    case SCALAR_ID:
        if (value->kind == NODE_STRING || is_whole(value, json))
            return NULL;
        return ts_printf(arena, "ID cannot represent %s: %s", json ? "value" : "a non-string and non-integer value",
                         shown(arena, value, json));
    default:
        if (value->kind != NODE_STRING)
            return ts_printf(arena, "%s cannot represent a non string value: %s", type->name,
                             shown(arena, value, json));
        return text_problem(arena, type, value, json);
    }
}

static const char *enum_problem(struct ts_arena *arena, const struct type *type, const struct node *value,
                                const struct json *json)
{
    const char *name = json && value->kind == NODE_STRING ? value->text : value->kind == NODE_ENUM ? value->name : NULL;

    if (!name)
        return ts_printf(arena, "Enum \"%s\" cannot represent non-%s value: %s.", type->name, json ? "string" : "enum",
                         shown(arena, value, json));
    if (!type_value(type, name))
        return ts_printf(arena, "Value \"%s\" does not exist in \"%s\" enum.", text_shown(arena, name), type->name);
    return NULL;
}

const char *leaf_problem(struct ts_arena *arena, const struct type *type, const struct node *value,
                         const struct json *json)
{
    if (type->kind == TYPE_ENUM)
        return enum_problem(arena, type, value, json);
    return scalar_problem(arena, type, value, json);
}
