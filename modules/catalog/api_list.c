/*
 * Lists of events. What a list leaves out is the past: of the events whose last date starts after a bound (a day ago,
 * unless the filter names one) those that match are gathered light, sorted by their first date, counted and cut into a
 * page. So the order is stable, the count exact, and the work that of the events still to come.
 */
#include "api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/text.h"

/* One request's question, and what it found. */
struct listing {
    const Catalog__EventFilter *filter; /* never NULL */
    const Common__Grant *grant;
    const char *organizer_id;      /* NULL: of all */
    int64_t from_ms, to_ms;        /* of last and first date */
    const Catalog__Event **events; /* all readers' */
    size_t count, capacity;
};

/* ---- which */

static bool status_matches(struct ts_call *call, const struct listing *listing, const Catalog__Event *event)
{
    const Catalog__EventFilter *filter = listing->filter;

    if (!catalog_sees_event(call, listing->grant, event))
        return false;
    for (size_t i = 0; i < filter->n_status; i++) {
        if (filter->status[i] == event->status)
            return event->status != CATALOG__EVENT_STATUS__ARCHIVED ||
                   catalog_sees_all(call, listing->grant, event->organizer_id);
    }
    return filter->n_status == 0 && event->status != CATALOG__EVENT_STATUS__ARCHIVED;
}

static bool event_matches(struct ts_call *call, const struct listing *listing, const Catalog__Event *event)
{
    return event->first_starts_at_ms < listing->to_ms && status_matches(call, listing, event) &&
           title_matches(event->title, listing->filter->query);
}

static void listing_add(struct ts_call *call, struct listing *listing, const Catalog__Event *event)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? 2 * listing->capacity : 64;
        const Catalog__Event **events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, capacity);

        if (listing->count)
            memcpy(events, listing->events, listing->count * sizeof(*events));
        listing->events = events;
        listing->capacity = capacity;
    }
    listing->events[listing->count++] = event;
}

static int listing_gather(struct ts_call *call, struct listing *listing)
{
    struct event_scan scan = { .organizer_id = listing->organizer_id, .from_ms = listing->from_ms };
    struct event_page page;

    do {
        int r = event_scan(call, &scan, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            if (event_matches(call, listing, page.events[i]))
                listing_add(call, listing, page.events[i]);
            ts_yield(call);
        }
        scan.cursor = page.cursor;
    } while (page.cursor);
    return 0;
}

/* Keep those whose venue is in the filter's city. */
static int listing_keep_city(struct ts_call *call, struct listing *listing)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, listing->count);
    const ProtobufCMessage **venues;
    size_t kept = 0;
    int r;

    if (!listing->filter->city)
        return 0;
    for (size_t i = 0; i < listing->count; i++)
        ids[i] = listing->events[i]->venue_id;
    r = noun_find_many(call, NOUN_VENUE, ids, listing->count, &venues);
    if (r)
        return r;
    for (size_t i = 0; i < listing->count; i++) {
        const Catalog__Venue *venue = (const Catalog__Venue *)venues[i];

        if (venue && venue->city && strcasecmp(venue->city, listing->filter->city) == 0)
            listing->events[kept++] = listing->events[i];
    }
    listing->count = kept;
    return 0;
}

static int by_first_date(const Catalog__Event *left, const Catalog__Event *right)
{
    if (left->first_starts_at_ms != right->first_starts_at_ms)
        return left->first_starts_at_ms < right->first_starts_at_ms ? -1 : 1;
    return strcmp(left->id, right->id);
}

/* Two neighbouring runs of `from`, [at, middle) and [middle, end), into one of `to`. */
static void merge(const Catalog__Event **from, const Catalog__Event **to, size_t at, size_t middle, size_t end)
{
    size_t left = at, right = middle;

    while (at < end) {
        bool take_left = left < middle && (right == end || by_first_date(from[left], from[right]) <= 0);

        to[at++] = take_left ? from[left++] : from[right++];
    }
}

/* Scans come in the order of last dates, which is ours already where events have one; else by merging in the arena. */
static void listing_sort(struct ts_call *call, struct listing *listing)
{
    const Catalog__Event **from = listing->events, **to;
    size_t count = listing->count, sorted = 1;

    while (sorted < count && by_first_date(from[sorted - 1], from[sorted]) <= 0)
        sorted++;
    if (sorted >= count)
        return;
    to = TS_NEW_ARRAY(call->arena, const Catalog__Event *, count);
    for (size_t run = 1; run < count; run *= 2) {
        const Catalog__Event **swap = from;

        for (size_t at = 0; at < count; at += 2 * run)
            merge(from, to, at, at + run < count ? at + run : count, at + 2 * run < count ? at + 2 * run : count);
        from = to;
        to = swap;
        ts_yield(call);
    }
    listing->events = from;
}

/* ---- one page of them */

enum { PLACE_DIGITS = 16 };

/* A cursor is the place in the order, first date in hex and id, so that it survives its event's disappearance. */
static char *cursor_of(struct ts_call *call, const Catalog__Event *event)
{
    size_t size = strlen(event->id);
    char *cursor = ts_alloc(call->arena, PLACE_DIGITS + size + 1);

    for (int i = 0; i < PLACE_DIGITS; i++)
        cursor[i] = "0123456789abcdef"[(uint64_t)event->first_starts_at_ms >> (60 - 4 * i) & 15];
    memcpy(cursor + PLACE_DIGITS, event->id, size);
    return cursor;
}

/* Return: 0 and the place as an event that has nothing else; TS_EINVALID with its words. */
static int cursor_parse(struct ts_call *call, const char *cursor, Catalog__Event *ret_place)
{
    char *place = ts_strdup(call->arena, cursor);
    size_t digits = strspn(place, "0123456789abcdef");

    catalog__event__init(ret_place);
    if (digits < PLACE_DIGITS || !ts_id_is(place + PLACE_DIGITS, "evt"))
        return ts_fail(call, TS_EINVALID, "`after` is no cursor of this list.");
    ret_place->id = ts_strdup(call->arena, place + PLACE_DIGITS);
    place[PLACE_DIGITS] = '\0';
    ret_place->first_starts_at_ms = (int64_t)strtoull(place, NULL, 16);
    return 0;
}

/* The page of `size` events from the `first`-th. */
static Catalog__EventConnection *listing_page(struct ts_call *call, const struct listing *listing, size_t first,
                                              size_t size)
{
    Catalog__EventConnection *connection = TS_NEW(call->arena, Catalog__EventConnection);
    size_t count;

    catalog__event_connection__init(connection);
    connection->edges = TS_NEW_ARRAY(call->arena, Catalog__EventEdge *, size);
    for (size_t i = first; i < listing->count && i < first + size; i++) {
        Catalog__EventEdge *edge = TS_NEW(call->arena, Catalog__EventEdge);

        catalog__event_edge__init(edge);
        edge->cursor = cursor_of(call, listing->events[i]);
        edge->node = (Catalog__Event *)listing->events[i];
        connection->edges[connection->n_edges++] = edge;
    }
    count = connection->n_edges;
    connection->page_info =
        ts_page_info_new(call, first > 0, first + size < listing->count, count ? connection->edges[0]->cursor : NULL,
                         count ? connection->edges[count - 1]->cursor : NULL);
    connection->has_total_count = true;
    connection->total_count = (int32_t)listing->count;
    return connection;
}

static int listing_run(struct ts_call *call, const Catalog__ListEventsRequest *request, struct listing *listing,
                       Catalog__EventConnection **ret_connection)
{
    Catalog__Event place;
    size_t first = 0;
    unsigned size;
    int r = catalog_page_size(call, request->has_first, request->first, &size);

    if (r == 0 && request->after)
        r = cursor_parse(call, request->after, &place);
    if (r == 0)
        r = listing_gather(call, listing);
    if (r == 0)
        r = listing_keep_city(call, listing);
    if (r)
        return r;
    listing_sort(call, listing);
    while (request->after && first < listing->count && by_first_date(listing->events[first], &place) <= 0)
        first++;
    *ret_connection = listing_page(call, listing, first, size);
    return 0;
}

/* ---- the rpc */

static Catalog__EventConnection *nothing(struct ts_call *call)
{
    struct listing none = { 0 };

    return listing_page(call, &none, 0, 0);
}

/*
 * The bounds of time and organizer that the request sets.
 * Return: 0 and *ret_organizer_id (NULL: none asked for, "": one that is not); a ts_error.
 */
static int listing_init(struct ts_call *call, const Catalog__ListEventsRequest *request,
                        const Catalog__EventFilter *filter, struct listing *ret_listing)
{
    struct listing listing = { .filter = filter, .grant = request->grant, .to_ms = INT64_MAX };
    int r = 0;

    listing.from_ms = filter->has_starts_after ? filter->starts_after : ts_now_ms(call) - TS_DAY_MS;
    if (filter->has_starts_before) {
        listing.to_ms = filter->starts_before;
        listing.from_ms = filter->has_starts_after ? filter->starts_after : 0;
    }
    if (filter->organizer && ts_text_is_slug(filter->organizer))
        r = name_find(call, name_of(call, NULL, filter->organizer), &listing.organizer_id);
    if (filter->organizer && !listing.organizer_id)
        listing.organizer_id = "";
    *ret_listing = listing;
    return r;
}

/* Organizer.events: a connection for each organizer, within the filter's own. */
static int list_of_organizers(struct ts_call *call, const Catalog__ListEventsRequest *request,
                              const struct listing *listing, Catalog__ListEventsReply *ret_reply)
{
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Catalog__EventConnection *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        struct listing own = *listing;
        Catalog__EventConnection *connection = nothing(call);
        int r = 0;

        own.organizer_id = request->organizer_ids[i];
        if (!listing->organizer_id || strcmp(listing->organizer_id, own.organizer_id) == 0)
            r = listing_run(call, request, &own, &connection);
        if (r)
            return r;
        connection->organizer_id = request->organizer_ids[i];
        ret_reply->connections[ret_reply->n_connections++] = connection;
        ts_yield(call);
    }
    return 0;
}

static int venues_of(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                     Catalog__Venue ***ret_venues, size_t *ret_count)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, count);
    const ProtobufCMessage **bodies;
    size_t found = 0;
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = events[i]->venue_id;
    r = noun_find_many(call, NOUN_VENUE, ids, count, &bodies);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (bodies[i])
            bodies[found++] = bodies[i];
    }
    *ret_venues = (Catalog__Venue **)bodies; /* all readers', as in other replies */
    *ret_count = found;
    return 0;
}

/* What joins below the root's events would ask for next. */
static int list_ahead(struct ts_call *call, const Catalog__ListEventsRequest *request,
                      Catalog__ListEventsReply *ret_reply)
{
    size_t count = ret_reply->root->n_edges;
    const Catalog__Event **events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, count);
    int r = 0;

    for (size_t i = 0; i < count; i++)
        events[i] = ret_reply->root->edges[i]->node;
    if (request->venues_ahead)
        r = venues_of(call, events, count, &ret_reply->venues_ahead, &ret_reply->n_venues_ahead);
    if (r == 0 && request->next_dates_ahead)
        r = catalog_next_dates(call, events, count, &ret_reply->next_dates_ahead, &ret_reply->n_next_dates_ahead);
    if (r == 0 && request->ticket_types_ahead)
        r = catalog_ticket_types(call, events, count, &ret_reply->ticket_types_ahead, &ret_reply->n_ticket_types_ahead);
    ret_reply->has_ahead = ret_reply->ahead = r == 0;
    return r;
}

int list_events(struct ts_call *call, const Catalog__ListEventsRequest *request, Catalog__ListEventsReply *ret_reply)
{
    Catalog__EventFilter everything = CATALOG__EVENT_FILTER__INIT;
    struct listing listing;
    int r = listing_init(call, request, request->filter ? request->filter : &everything, &listing);

    if (r)
        return r;
    if (request->n_organizer_ids)
        return list_of_organizers(call, request, &listing, ret_reply);
    ret_reply->grant = catalog_grant(call, "");
    r = listing_run(call, request, &listing, &ret_reply->root);
    return r ? r : list_ahead(call, request, ret_reply);
}
