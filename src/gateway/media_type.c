/*
 * Accept by RFC 9110, section 12.5.1: the most specific range that names one of our types gives its weight, the greater
 * weight wins. Of equal weights the newer type wins where the client names it; a client that says nothing, or takes
 * anything, gets application/json, which every client reads. Events are for who wants them more than both.
 */
#include "gateway/media_type.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t trimmed(const char **text, size_t size)
{
    while (size && (**text == ' ' || **text == '\t')) {
        (*text)++;
        size--;
    }
    while (size && ((*text)[size - 1] == ' ' || (*text)[size - 1] == '\t'))
        size--;
    return size;
}

static bool is_word(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

/* "0.125" in thousandths; a weight that is malformed counts as 1, as if it were not there. */
static int parse_weight(const char *text, size_t size)
{
    int weight = 0, scale = 100;

    if (size == 0 || size > 5 || (text[0] != '0' && text[0] != '1') || (size > 1 && text[1] != '.'))
        return 1000;
    for (size_t i = 2; i < size; i++, scale /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return 1000;
        weight += (text[i] - '0') * scale;
    }
    return text[0] == '1' ? 1000 : weight;
}

/* The weight that the parameters from `at` to `end` give, in thousandths. */
static int weight_of(const char *at, const char *end)
{
    while (at < end) {
        const char *next = memchr(at, ';', (size_t)(end - at));
        const char *parameter = at;
        size_t size = (size_t)((next ? next : end) - at);

        size = trimmed(&parameter, size);
        if (size > 2 && strncasecmp(parameter, "q=", 2) == 0)
            return parse_weight(parameter + 2, size - 2);
        at = next ? next + 1 : end;
    }
    return 1000;
}

/* How precisely a client named one of our types, and how much it wants it. */
struct wish {
    int precision; /* 0: not at all; 1: any type; 2: application of any kind; 3: by its name */
    int weight;
};

static void wish_add(struct wish *wish, int precision, int weight)
{
    if (precision < wish->precision || (precision == wish->precision && weight <= wish->weight))
        return;
    *wish = (struct wish){ precision, weight };
}

/* One media range of an Accept header. */
struct range {
    const char *text;
    size_t size;
    int weight; /* in thousandths */
};

/* The range at *accept, which moves behind it. False at the end. */
static bool range_next(const char **accept, struct range *ret_range)
{
    const char *at = *accept;
    size_t size = strcspn(at, ","), name_size = strcspn(at, ",;");

    if (!*at)
        return false;
    ret_range->text = at;
    ret_range->size = trimmed(&ret_range->text, name_size);
    ret_range->weight = name_size < size ? weight_of(at + name_size + 1, at + size) : 1000;
    *accept = at + size + (at[size] == ',');
    return true;
}

static bool range_is(const struct range *range, const char *type)
{
    return is_word(range->text, range->size, type);
}

static void wish_range(struct wish *json, struct wish *graphql, const struct range *range)
{
    int precision = range_is(range, "*/*") ? 1 : range_is(range, "application/*") ? 2 : 0;

    if (precision > 0 || range_is(range, "application/json"))
        wish_add(json, precision > 0 ? precision : 3, range->weight);
    if (precision > 0 || range_is(range, "application/graphql-response+json"))
        wish_add(graphql, precision > 0 ? precision : 3, range->weight);
}

enum media_type media_type_negotiate(const char *accept)
{
    struct wish json = { 0 }, graphql = { 0 }, events = { 0 };
    struct range range;

    if (!accept || !*accept)
        return MEDIA_TYPE_JSON;
    while (range_next(&accept, &range)) {
        wish_range(&json, &graphql, &range);
        if (range_is(&range, "text/event-stream"))
            wish_add(&events, 3, range.weight);
    }
    if (events.weight > json.weight && events.weight > graphql.weight)
        return MEDIA_TYPE_EVENTS;
    if (graphql.weight > json.weight || (graphql.weight == json.weight && graphql.weight > 0 && graphql.precision == 3))
        return MEDIA_TYPE_GRAPHQL;
    return json.weight > 0 ? MEDIA_TYPE_JSON : MEDIA_TYPE_NONE;
}

bool media_type_is_page(const char *accept)
{
    bool is_page = false;
    struct range range;

    while (accept && range_next(&accept, &range)) {
        if (range_is(&range, "application/json") || range_is(&range, "application/graphql-response+json"))
            return false;
        if (range_is(&range, "text/html"))
            is_page = range.weight > 0;
    }
    return is_page;
}

bool media_type_takes_gzip(const char *accept_encoding)
{
    struct wish gzip = { 0 };
    struct range range;

    while (accept_encoding && range_next(&accept_encoding, &range)) {
        if (range_is(&range, "gzip") || range_is(&range, "x-gzip"))
            wish_add(&gzip, 3, range.weight);
        else if (range_is(&range, "*"))
            wish_add(&gzip, 1, range.weight);
    }
    return gzip.weight > 0;
}

/* That type, in UTF-8 if it says anything about that. */
static bool is_type(const char *content_type, const char *wanted)
{
    const char *type = content_type ? content_type : "";
    size_t size = strcspn(type, ";");
    const char *parameter = type[size] ? type + size + 1 : "";

    size = trimmed(&type, size); /* by itself: as an argument it might move `type` after that was passed */
    if (!is_word(type, size, wanted))
        return false;
    size = trimmed(&parameter, strlen(parameter));
    return size == 0 || is_word(parameter, size, "charset=utf-8") || is_word(parameter, size, "charset=\"utf-8\"");
}

bool media_type_is_json(const char *content_type)
{
    return is_type(content_type, "application/json");
}

bool media_type_is_form(const char *content_type)
{
    return is_type(content_type, "application/x-www-form-urlencoded");
}
