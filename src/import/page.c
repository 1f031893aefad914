/*
 * From bytes to events. Three passes over the document: find the event nodes wherever they are (lists, @graph, what a
 * page is about, what a place or organization lists); find out which of them are parts of others; make events, where
 * nodes of one name at one place are dates of one event.
 */
#include "import/page.h"

#include <stdio.h>
#include <string.h>

#include "import/event.h"
#include "import/html.h"
#include "import/ld.h"
#include "import/repair.h"

enum {
    PATH_SIZE_MAX = 120,   /* of the way to an event; past it a reader is lost anyway */
    SERIES_DEPTH_MAX = 8,  /* a festival of stages of days of … */
    REASON_TEXT_SIZE = 60, /* of what a reason quotes */
};

void import_problems_init(struct import_problems *problems)
{
    *problems = (struct import_problems){ .end = &problems->first };
}

void import_problem_add(struct ts_arena *arena, struct import_problems *problems, const char *path, const char *format,
                        ...)
{
    struct import_problem *problem = TS_NEW(arena, struct import_problem);
    va_list args;

    va_start(args, format);
    problem->path = path;
    problem->reason = ts_vprintf(arena, format, args);
    va_end(args);
    *problems->end = problem;
    problems->end = &problem->next;
    problems->count++;
}

/* ---- the first pass: event nodes */

/* The way from the document's top to a value; made into a path only when an event stands there. */
struct trail {
    const struct trail *up;
    const char *key; /* NULL: index */
    size_t index;
};

/* An event node found. */
struct found {
    struct ld value;
    struct ld place, organizer; /* of who lists it */
    json_t *series;             /* the event it is a part of; NULL: it stands alone */
    struct found *next;
};

/* Parts of one event. */
struct group {
    struct event_draft draft;
    size_t part_count;
};

struct page_reader {
    struct graph graph;
    struct ts_arena *arena;
    struct import_page *page;
    const char *prefix; /* of paths: "script[0]", or "" */
    struct found *first, **end;
    struct map found;  /* json_t -> struct found */
    struct map series; /* json_t -> json_t: a part's series */
    struct map groups; /* key -> struct group */
    struct import_event **events_end;
};

static const char *trail_path(struct page_reader *reader, const struct trail *trail)
{
    const char *before;

    if (!trail)
        return reader->prefix;
    before = trail_path(reader, trail->up);
    if (strlen(before) > PATH_SIZE_MAX)
        return before;
    if (!trail->key)
        return ts_printf(reader->arena, "%s[%zu]", before, trail->index);
    return ts_printf(reader->arena, "%s%s%.64s", before, *before ? "." : "", trail->key);
}

/* Who lists what is below: the nearest place and organization. */
struct lister {
    struct ld place, organizer;
};

static void found_add(struct page_reader *reader, json_t *json, const struct trail *trail, const struct lister *lister)
{
    struct found *found;

    if (reader->page->found_count >= PAGE_EVENTS_MAX || map_find_number(&reader->found, (uintptr_t)json))
        return;
    found = TS_NEW(reader->arena, struct found);
    found->value = (struct ld){ json, trail_path(reader, trail) };
    found->place = lister->place;
    found->organizer = lister->organizer;
    *reader->end = found;
    reader->end = &found->next;
    (void)map_put_number(&reader->found, (uintptr_t)json, found);
    reader->page->found_count++;
}

static bool is_place(struct ld value)
{
    static const char *const types[] = { "Place",         "MusicVenue",
                                         "EventVenue",    "PerformingArtsTheater",
                                         "Museum",        "StadiumOrArena",
                                         "LocalBusiness", "MovieTheater",
                                         "NightClub",     NULL };

    for (size_t i = 0; types[i]; i++)
        if (ld_is(value, types[i]))
            return true;
    return false;
}

static bool is_organization(struct ld value)
{
    static const char *const types[] = { "Organization", "PerformingGroup", "MusicGroup", "TheaterGroup", "NGO", NULL };

    for (size_t i = 0; types[i]; i++)
        if (ld_is(value, types[i]))
            return true;
    return false;
}

/* Only what lists events tells them its place: a WebSite's publisher is nobody's organizer. */
static void walk(struct page_reader *reader, json_t *json, const struct trail *trail, const struct lister *lister)
{
    struct ld value = { .json = json };
    struct lister inner = *lister;
    struct trail step = { .up = trail };
    const char *key;
    json_t *below;

    if (json_is_array(json)) {
        json_array_foreach(json, step.index, below) walk(reader, below, &step, lister);
        return;
    }
    if (!json_is_object(json))
        return;
    if (ld_is_event(value) && json_object_size(json) > 2) { /* @type and @id alone only point at one */
        found_add(reader, json, trail, lister);
        return;
    }
    if (is_place(value))
        inner.place = (struct ld){ json, "" };
    else if (is_organization(value))
        inner.organizer = (struct ld){ json, "" };
    if (inner.place.json == json || inner.organizer.json == json) {
        const char *path = trail_path(reader, trail);

        inner.place.path = inner.place.json == json ? path : inner.place.path;
        inner.organizer.path = inner.organizer.json == json ? path : inner.organizer.path;
    }
    json_object_foreach(json, key, below)
    {
        step.key = key;
        walk(reader, below, &step, &inner);
    }
}

/* ---- the second pass: parts of series */

static struct ld parts_of(struct page_reader *reader, struct ld series)
{
    struct ld parts = ld_get(&reader->graph, series, "subEvent");

    return parts.json ? parts : ld_get(&reader->graph, series, "subEvents");
}

/* True if `series` is `part` or, some steps up, a part of it: joining them would make a circle. */
static bool series_is_below(struct page_reader *reader, json_t *series, const json_t *part)
{
    for (unsigned depth = 0; series && depth <= SERIES_DEPTH_MAX; depth++) {
        if (series == part)
            return true;
        series = map_find_number(&reader->series, (uintptr_t)series);
    }
    return series != NULL;
}

static void series_join(struct page_reader *reader, struct ld series, unsigned depth)
{
    struct ld parts = parts_of(reader, series);

    for (size_t i = 0; i < ld_count(parts); i++) {
        struct ld part = ld_at(&reader->graph, parts, i);

        if (!json_is_object(part.json) || map_find_number(&reader->series, (uintptr_t)part.json) ||
            series_is_below(reader, series.json, part.json))
            continue;
        if (++reader->page->found_count > PAGE_EVENTS_MAX)
            return;
        (void)map_put_number(&reader->series, (uintptr_t)part.json, series.json);
        if (depth < SERIES_DEPTH_MAX)
            series_join(reader, part, depth + 1);
    }
}

/* A part may name its series instead; then the series gets to know of it. */
static void series_join_up(struct page_reader *reader, struct found *found)
{
    struct ld series = ld_at(&reader->graph, ld_get(&reader->graph, found->value, "superEvent"), 0);
    json_t *parts;

    if (!series.json || !map_find_number(&reader->found, (uintptr_t)series.json) ||
        map_find_number(&reader->series, (uintptr_t)found->value.json) ||
        series_is_below(reader, series.json, found->value.json))
        return;
    parts = parts_of(reader, series).json;
    if (!json_is_array(parts)) {
        json_t *list = json_array();

        if (parts)
            json_array_append(list, parts);
        json_object_set_new(series.json, "subEvent", list);
        parts = list;
    }
    json_array_append(parts, found->value.json);
    (void)map_put_number(&reader->series, (uintptr_t)found->value.json, series.json);
}

/* ---- the third pass: events */

/* The group of `key`, made when it is new. */
static struct group *group_get(struct page_reader *reader, const char *key)
{
    struct group *group = map_find(&reader->groups, key);

    if (group)
        return group;
    group = TS_NEW(reader->arena, struct group);
    group->draft.event = TS_NEW(reader->arena, struct import_event);
    group->draft.end = &group->draft.event->dates;
    (void)map_put(&reader->groups, key, group);
    *reader->events_end = group->draft.event;
    reader->events_end = &group->draft.event->next;
    reader->page->event_count++;
    return group;
}

/*
 * What names an event of a series. A part that stands alone has its own id; dates go by their series, whose id stays
 * when the first of them has passed; `whole` when the series is nothing but this event.
 */
static const char *group_source(struct page_reader *reader, const struct node *node, size_t part_count, bool whole)
{
    const char *own = node_source(&reader->graph, node);
    const char *series = node->outer ? node_source(&reader->graph, node->outer) : NULL;
    const char *name = node_name(&reader->graph, node);

    if (series && whole)
        return series;
    if (own && (part_count == 1 || !series))
        return own;
    if (series)
        return ts_printf(reader->arena, "%s#%s", series, name ? name : "");
    return ts_printf(reader->arena, "name:%s", name ? name : "");
}

static const char *part_key(struct page_reader *reader, const struct node *node, const char *scope)
{
    const char *name = node_name(&reader->graph, node);

    return ts_printf(reader->arena, "%s\n%s\n%s", scope, name ? name : "", node_place_name(&reader->graph, node));
}

static void part_add(struct page_reader *reader, struct group *group, const struct node *node)
{
    if (group->part_count++ == 0)
        event_fill(&reader->graph, node, group->draft.event);
    event_add_dates(&reader->graph, node, &group->draft);
}

/* True if `part` was joined to this series and not to another. */
static bool is_part(struct page_reader *reader, json_t *part, const json_t *series)
{
    return part && map_find_number(&reader->series, (uintptr_t)part) == series;
}

/* True if parts were joined to it; a circle's last is named as having parts, but has none. */
static bool has_parts(struct page_reader *reader, struct ld series)
{
    struct ld parts = parts_of(reader, series);

    for (size_t i = 0; i < ld_count(parts); i++)
        if (is_part(reader, ld_at(&reader->graph, parts, i).json, series.json))
            return true;
    return false;
}

static void series_read(struct page_reader *reader, const struct node *series, unsigned depth);

/* Call `each` for the parts that are dates. A part that is a series itself is read at once, in the pass that has no
 * `data`. */
static void parts_each(struct page_reader *reader, const struct node *series, unsigned depth,
                       void (*each)(struct page_reader *reader, const struct node *part, void *data), void *data)
{
    struct ld parts = parts_of(reader, series->value);

    for (size_t i = 0; i < ld_count(parts); i++) {
        struct ld value = ld_at(&reader->graph, parts, i);
        struct node part = { .value = value, .outer = series };

        if (!is_part(reader, value.json, series->value.json))
            continue;
        if (!has_parts(reader, value) || depth >= SERIES_DEPTH_MAX)
            each(reader, &part, data);
        else if (!data)
            series_read(reader, &part, depth + 1);
    }
}

/* How many parts share each key, so that a group's source can be chosen when its first part comes. */
struct counts {
    struct map by_key; /* key -> count, as a pointer */
};

static void part_count(struct page_reader *reader, const struct node *part, void *data)
{
    struct counts *counts = data;
    const char *key = part_key(reader, part, "");
    uintptr_t count = (uintptr_t)map_find(&counts->by_key, key);

    (void)map_put(&counts->by_key, key, (void *)(count + 1)); /* the key lives in the arena */
}

static void part_read(struct page_reader *reader, const struct node *part, void *data)
{
    (void)data;
    part_add(reader, group_get(reader, part_key(reader, part, part->outer->value.path)), part);
}

/* Name the event of a part, when all parts are known. */
static void series_name(struct page_reader *reader, const struct node *part, void *data)
{
    struct counts *counts = data;
    struct group *group = group_get(reader, part_key(reader, part, part->outer->value.path));

    if (!group->draft.event->source_id)
        group->draft.event->source_id = group_source(reader, part, group->part_count, counts->by_key.count == 1);
}

/* True if the parts sell tickets of their own, so that the series' are for the whole (a festival pass). */
static void part_sells(struct page_reader *reader, const struct node *part, void *data)
{
    bool *all = data;

    *all = *all && ld_get(&reader->graph, part->value, "offers").json;
}

static void alone_read(struct page_reader *reader, const struct node *node)
{
    const char *source = node_source(&reader->graph, node);
    struct group *group = group_get(reader, part_key(reader, node, source ? source : ""));

    part_add(reader, group, node);
    if (!group->draft.event->source_id)
        group->draft.event->source_id = group_source(reader, node, 1, false);
}

static void series_read(struct page_reader *reader, const struct node *series, unsigned depth)
{
    struct counts counts;
    bool parts_sell = true;

    map_init(&counts.by_key);
    parts_each(reader, series, depth, part_count, &counts);
    parts_each(reader, series, depth, part_read, NULL);
    parts_each(reader, series, depth, series_name, &counts);
    parts_each(reader, series, depth, part_sells, &parts_sell);
    if (parts_sell && ld_get(&reader->graph, series->value, "offers").json &&
        ld_get(&reader->graph, series->value, "startDate").json && counts.by_key.count > 1)
        alone_read(reader, series);
    map_done(&counts.by_key);
}

static void found_read(struct page_reader *reader, const struct found *found)
{
    struct node node = { .value = found->value, .place = found->place, .organizer = found->organizer };

    if (has_parts(reader, found->value))
        series_read(reader, &node, 0);
    else
        alone_read(reader, &node);
}

/* ---- a document */

/* Past a limit nothing of the page is taken: what is missing could be the end of any event. */
static void page_check(struct page_reader *reader)
{
    struct import_page *page = reader->page;

    if (reader->graph.part_count >= PAGE_PARTS_MAX)
        import_problem_add(reader->arena, &page->problems, reader->prefix, "has %d dates and offers or more",
                           PAGE_PARTS_MAX);
    else if (page->found_count >= PAGE_EVENTS_MAX)
        import_problem_add(reader->arena, &page->problems, reader->prefix, "has %d events or more", PAGE_EVENTS_MAX);
    else
        return;
    page->events = NULL;
    page->event_count = 0;
}

static void document_read(struct page_reader *reader, json_t *document)
{
    const struct lister nobody = { .place.path = "", .organizer.path = "" };
    struct import_event **first = reader->events_end;

    graph_index(&reader->graph, document);
    walk(reader, document, NULL, &nobody);
    for (struct found *found = reader->first; found; found = found->next)
        series_join(reader, found->value, 0);
    for (struct found *found = reader->first; found; found = found->next)
        series_join_up(reader, found);
    for (struct found *found = reader->first; found; found = found->next)
        if (!map_find_number(&reader->series, (uintptr_t)found->value.json))
            found_read(reader, found);
    for (struct import_event *event = *first; event; event = event->next)
        event_finish(&reader->graph, event);
    page_check(reader);
}

/* Parse and read one JSON text. Return: false, with a problem, when it is none. */
static bool text_read(struct ts_arena *arena, struct import_page *page, struct import_event **events_end,
                      const char *prefix, const char *bytes, size_t size)
{
    struct page_reader reader = { .arena = arena, .page = page, .prefix = prefix, .events_end = events_end };
    struct repaired text = repair(arena, bytes, size);
    json_error_t error;
    json_t *document = json_loadb(text.bytes, text.size, JSON_DECODE_ANY, &error);

    if (!document) {
        import_problem_add(arena, &page->problems, prefix, "line %d: %.*s", error.line, REASON_TEXT_SIZE, error.text);
        return false;
    }
    while (*reader.events_end)
        reader.events_end = &(*reader.events_end)->next;
    reader.end = &reader.first;
    graph_init(&reader.graph, arena);
    map_init(&reader.found);
    map_init(&reader.series);
    map_init(&reader.groups);
    document_read(&reader, document);
    map_done(&reader.groups);
    map_done(&reader.series);
    map_done(&reader.found);
    graph_done(&reader.graph);
    json_decref(document);
    return true;
}

/* Events of different names with one id (often the page's own URL) each get a name behind it. */
static void sources_separate(struct ts_arena *arena, struct import_page *page)
{
    struct map counts;

    map_init(&counts);
    for (struct import_event *event = page->events; event; event = event->next) {
        uintptr_t count = (uintptr_t)map_find(&counts, event->source_id);

        (void)map_put(&counts, event->source_id, (void *)(count + 1));
    }
    for (struct import_event *event = page->events; event; event = event->next)
        if ((uintptr_t)map_find(&counts, event->source_id) > 1)
            event->source_id = ts_printf(arena, "%s#%s@%s", event->source_id, event->title ? event->title : "",
                                         event->venue.name ? event->venue.name : "");
    map_done(&counts);
}

static void html_read(struct ts_arena *arena, struct import_page *page, const char *bytes, size_t size)
{
    size_t index = 0;

    for (const struct html_script *script = html_scripts(arena, bytes, size); script; script = script->next, index++)
        (void)text_read(arena, page, &page->events, ts_printf(arena, "script[%zu]", index), script->bytes,
                        script->size); /* its problem is noted; others may be fine */
    if (index == 0)
        import_problem_add(arena, &page->problems, "", "has no script of type application/ld+json");
}

int page_read(struct ts_arena *arena, const char *bytes, size_t size, struct import_page *ret_page)
{
    *ret_page = (struct import_page){ 0 };
    import_problems_init(&ret_page->problems);
    if (size > PAGE_SIZE_MAX) {
        import_problem_add(arena, &ret_page->problems, "", "has more than %d bytes", PAGE_SIZE_MAX);
        return PAGE_UNUSABLE;
    }
    if (html_is(bytes, size))
        html_read(arena, ret_page, bytes, size);
    else
        (void)text_read(arena, ret_page, &ret_page->events, "", bytes, size); /* noted */
    if (ret_page->problems.count == 0 && ret_page->event_count == 0)
        import_problem_add(arena, &ret_page->problems, "", "has no Event");
    sources_separate(arena, ret_page);
    return ret_page->event_count ? 0 : PAGE_UNUSABLE;
}
