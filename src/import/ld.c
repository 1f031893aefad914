/* Reading JSON-LD values; see ld.h. Paths are made only for what is looked at, so a large page stays cheap. */
#include "import/ld.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tessera/cleanup.h"
#include "tessera/limits.h"
#include "tessera/text.h"

enum { TEXT_SIZE_MAX = TS_TEXT_SIZE_MAX + 16 };

void graph_init(struct graph *graph, struct ts_arena *arena)
{
    graph->arena = arena;
    graph->part_count = 0;
    map_init(&graph->ids);
}

void graph_done(struct graph *graph)
{
    map_done(&graph->ids);
}

static json_t *member(json_t *json, const char *name, const char *alias)
{
    json_t *found = json_object_get(json, name);

    return found ? found : json_object_get(json, alias);
}

const char *ld_id(struct ld object)
{
    const char *id = json_string_value(member(object.json, "@id", "id"));

    return id && *id ? id : NULL;
}

static void graph_note(struct graph *graph, json_t *object)
{
    const char *id = ld_id((struct ld){ .json = object });
    json_t *known = id ? map_find(&graph->ids, id) : NULL;

    if (id && (!known || json_object_size(known) < json_object_size(object)))
        (void)map_put(&graph->ids, id, object);
}

void graph_index(struct graph *graph, json_t *json)
{
    const char *key;
    json_t *inner;
    size_t i;

    if (json_is_array(json)) {
        json_array_foreach(json, i, inner) graph_index(graph, inner);
        return;
    }
    if (!json_is_object(json))
        return;
    graph_note(graph, json);
    json_object_foreach(json, key, inner) graph_index(graph, inner);
}

/* What a value refers to: an object that is little more than an @id, or a text that is one. Else itself. */
static json_t *resolve(const struct graph *graph, json_t *json)
{
    json_t *found = NULL;

    if (json_is_string(json))
        found = map_find(&graph->ids, json_string_value(json));
    else if (json_is_object(json) && ld_id((struct ld){ .json = json }))
        found = map_find(&graph->ids, ld_id((struct ld){ .json = json }));
    return found ? found : json;
}

static bool json_is_empty(const json_t *json)
{
    return !json || json_is_null(json) || (json_is_string(json) && json_string_length(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0);
}

static json_t *find_member(json_t *object, const char *name)
{
    static const char *const prefixes[] = { "", "schema:", "https://schema.org/", "http://schema.org/" };
    char spelling[80];
    json_t *found = NULL;

    for (size_t i = 0; i < TS_ARRAY_SIZE(prefixes) && json_is_empty(found); i++) {
        size_t prefix_size = strlen(prefixes[i]), name_size = strlen(name);

        if (prefix_size + name_size >= sizeof(spelling))
            return NULL;
        memcpy(spelling, prefixes[i], prefix_size);
        memcpy(spelling + prefix_size, name, name_size + 1);
        found = json_object_get(object, spelling);
    }
    return json_is_empty(found) ? NULL : found;
}

struct ld ld_get(const struct graph *graph, struct ld object, const char *name)
{
    json_t *found = find_member(object.json, name);
    struct ld value = { 0 };

    value.path = ts_printf(graph->arena, "%s%s%s", object.path, *object.path ? "." : "", name);
    if (found)
        value.json = json_is_object(found) ? resolve(graph, found) : found;
    return value;
}

size_t ld_count(struct ld value)
{
    return json_is_array(value.json) ? json_array_size(value.json) : value.json != NULL;
}

struct ld ld_at(const struct graph *graph, struct ld value, size_t index)
{
    struct ld item = value;

    if (json_is_array(value.json)) {
        item.json = json_array_get(value.json, index);
        item.path = ts_printf(graph->arena, "%s[%zu]", value.path, index);
    }
    item.json = json_is_empty(item.json) ? NULL : resolve(graph, item.json);
    return item;
}

static const char *number_text(const struct graph *graph, const json_t *json)
{
    double number = json_number_value(json);

    if (json_is_integer(json))
        return ts_printf(graph->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    if (fabs(number) >= 1e15)
        return ts_printf(graph->arena, "%.0f", number);
    return ts_printf(graph->arena, "%.15g", number);
}

const char *ld_text(const struct graph *graph, struct ld value)
{
    json_t *json = value.json;
    const char *text;

    while (json_is_array(json))
        json = json_array_get(json, 0);
    if (json_is_object(json))
        json = json_object_get(json, "@value");
    if (json_is_number(json))
        return number_text(graph, json);
    if (json_string_length(json) > TEXT_SIZE_MAX) /* too long for anything, and looked at again and again */
        text = ts_strndup(graph->arena, json_string_value(json), TEXT_SIZE_MAX);
    else
        text = json_string_value(json);
    text = ts_text_trim(graph->arena, text);
    return text && *text ? text : NULL;
}

/* Bytes of the blank or control character at `at`; 0 when it is a letter. */
static size_t space_size(const unsigned char *at)
{
    if (*at <= ' ' || *at == 0x7f)
        return 1;
    if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0xa0)
        return 2;
    return at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9) ? 3 : 0;
}

const char *ld_line(const struct graph *graph, struct ld value)
{
    const char *text = ld_text(graph, value);
    char *line, *to;

    if (!text)
        return NULL;
    line = to = ts_strdup(graph->arena, text);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t size = space_size(at);

        if (size == 0)
            *to++ = (char)*at++;
        else if (to > line && to[-1] != ' ')
            *to++ = ' ';
        at += size;
    }
    while (to > line && to[-1] == ' ')
        to--;
    *to = '\0';
    return *line ? line : NULL;
}

bool ld_number(const struct graph *graph, struct ld value, double *ret_number)
{
    const char *text = ld_text(graph, value);
    char *end;
    double number;

    if (!text || !(isdigit((unsigned char)*text) || *text == '-' || *text == '.'))
        return false;
    number = strtod(text, &end);
    if (end == text || *end || !isfinite(number))
        return false;
    *ret_number = number;
    return true;
}

const char *schema_word(const char *text)
{
    for (const char *at = text; *at; at++) {
        if ((*at == '/' || *at == '#' || *at == ':') && at[1])
            text = at + 1;
    }
    return text;
}

static json_t *types_of(struct ld object)
{
    return json_is_object(object.json) ? member(object.json, "@type", "type") : NULL;
}

static bool type_matches(const json_t *type, const char *name)
{
    const char *text = json_string_value(type);

    return text && strcasecmp(schema_word(text), name) == 0;
}

bool ld_is(struct ld object, const char *type)
{
    json_t *types = types_of(object), *one;
    size_t i;

    if (!json_is_array(types))
        return type_matches(types, type);
    json_array_foreach(types, i, one) if (type_matches(one, type)) return true;
    return false;
}

bool ld_is_event(struct ld object)
{
    static const char *const types[] = {
        "Event",          "BusinessEvent",       "ChildrensEvent",
        "ComedyEvent",    "ConferenceEvent",     "CourseInstance",
        "DanceEvent",     "DeliveryEvent",       "EducationEvent",
        "EventSeries",    "ExhibitionEvent",     "Festival",
        "FoodEvent",      "Hackathon",           "LiteraryEvent",
        "MusicEvent",     "PerformingArtsEvent", "PublicationEvent",
        "BroadcastEvent", "OnDemandEvent",       "SaleEvent",
        "ScreeningEvent", "SocialEvent",         "SportsEvent",
        "TheaterEvent",   "VisualArtsEvent",
    };

    for (size_t i = 0; types_of(object) && i < TS_ARRAY_SIZE(types); i++)
        if (ld_is(object, types[i]))
            return true;
    return false;
}
