/*
 * Lists of events. What a list leaves out is the past: of the events whose last date starts after a bound (a day ago,
 * unless the filter names one), sorted by their first date (shelf.h), those that match are counted and cut into a page.
 * So the order is stable, the count exact, and the work that of the events still to come.
 */
#include "api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules.h"
#include "shelf.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/text.h"

/* One request's question, and what it found. */
struct listing {
    const Catalog__EventFilter *filter; /* never NULL */
    const Common__Grant *grant;
    const char *organizer_id; /* NULL: of all */
    int64_t from_ms, to_ms;   /* of last and first date */
    bool is_usual;            /* from_ms is not the client's */
    struct shelf *shelf;
    struct card **cards; /* of the shelf, those that match */
    size_t count;
    size_t first; /* of the page */
};

/* ---- which */

static bool status_matches(struct ts_call *call, const struct listing *listing, const Catalog__Event *event)
{
    const Catalog__EventFilter *filter = listing->filter;

    if (!catalog_sees_event(call, listing->grant, event))
        return false;
    for (size_t i = 0; i < filter->n_status; i++) {
        if (filter->status[i] == event->status)
            return event->status != CATALOG__EVENT_STATUS__ARCHIVED || catalog_sees_all(call, listing->grant, event);
    }
    return filter->n_status == 0 && event->status != CATALOG__EVENT_STATUS__ARCHIVED;
}

static bool event_matches(struct ts_call *call, const struct listing *listing, const Catalog__Event *event)
{
    return event->last_starts_at_ms >= listing->from_ms && event->first_starts_at_ms < listing->to_ms &&
           status_matches(call, listing, event) && event_title_matches(event, listing->filter->query);
}

static int listing_gather(struct ts_call *call, struct listing *listing)
{
    struct shelf_question question = { listing->organizer_id, listing->from_ms, listing->is_usual };
    int r = shelf_read(call, &question, &listing->shelf);

    if (r)
        return r;
    listing->cards = TS_NEW_ARRAY(call->arena, struct card *, listing->shelf->count);
    for (size_t i = 0; i < listing->shelf->count; i++) {
        struct card *card = &listing->shelf->cards[i];

        if (event_matches(call, listing, card->event))
            listing->cards[listing->count++] = card;
        ts_yield(call);
    }
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
        ids[i] = listing->cards[i]->event->venue_id;
    r = noun_find_many(call, NOUN_VENUE, ids, listing->count, &venues);
    if (r)
        return r;
    for (size_t i = 0; i < listing->count; i++) {
        const Catalog__Venue *venue = (const Catalog__Venue *)venues[i];

        if (venue && venue->city && strcasecmp(venue->city, listing->filter->city) == 0)
            listing->cards[kept++] = listing->cards[i];
    }
    listing->count = kept;
    return 0;
}

/* ---- one page of them */

/* Return: 0 and the place as an event that has nothing else; TS_EINVALID with its words. */
static int cursor_parse(struct ts_call *call, const char *cursor, Catalog__Event *ret_place)
{
    char *place = ts_strdup(call->arena, cursor);
    size_t digits = strspn(place, "0123456789abcdef");

    catalog__event__init(ret_place);
    if (digits < TIME_DIGITS || !ts_id_is(place + TIME_DIGITS, "evt"))
        return ts_fail(call, TS_EINVALID, "`after` is no cursor of this list.");
    ret_place->id = ts_strdup(call->arena, place + TIME_DIGITS);
    place[TIME_DIGITS] = '\0';
    ret_place->first_starts_at_ms = (int64_t)strtoull(place, NULL, 16);
    return 0;
}

/* The page of `size` events from the first. */
static Catalog__EventConnection *listing_page(struct ts_call *call, const struct listing *listing, size_t size)
{
    Catalog__EventConnection *connection = TS_NEW(call->arena, Catalog__EventConnection);
    size_t count;

    catalog__event_connection__init(connection);
    connection->edges = TS_NEW_ARRAY(call->arena, Catalog__EventEdge *, size);
    for (size_t i = listing->first; i < listing->count && i < listing->first + size; i++)
        connection->edges[connection->n_edges++] = &listing->cards[i]->edge;
    count = connection->n_edges;
    connection->page_info = ts_page_info_new(call, listing->first > 0, listing->first + size < listing->count,
                                             count ? connection->edges[0]->cursor : NULL,
                                             count ? connection->edges[count - 1]->cursor : NULL);
    connection->has_total_count = true;
    connection->total_count = (int32_t)listing->count;
    return connection;
}

static int listing_run(struct ts_call *call, const Catalog__ListEventsRequest *request, struct listing *listing,
                       Catalog__EventConnection **ret_connection)
{
    Catalog__Event place;
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
    while (request->after && listing->first < listing->count &&
           shelf_order(listing->cards[listing->first]->event, &place) <= 0)
        listing->first++;
    *ret_connection = listing_page(call, listing, size);
    return 0;
}

/* ---- the rpc */

static Catalog__EventConnection *nothing(struct ts_call *call)
{
    struct listing none = { 0 };

    return listing_page(call, &none, 0);
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

    listing.is_usual = !filter->has_starts_after && !filter->has_starts_before;
    listing.from_ms = filter->has_starts_after ? filter->starts_after : ts_now_ms(call) - TS_DAY_MS;
    if (filter->has_starts_before) {
        listing.to_ms = filter->starts_before;
        listing.is_usual = !filter->has_starts_after && !filter->has_starts_before;
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

/* What joins below the root's events would ask for next. */
static int list_ahead(struct ts_call *call, const Catalog__ListEventsRequest *request, const struct listing *listing,
                      Catalog__ListEventsReply *ret_reply)
{
    struct card **cards = listing->cards + listing->first;
    size_t count = ret_reply->root->n_edges;
    int r = 0;

    if (request->venues_ahead)
        r = shelf_venues(call, listing->shelf, cards, count, &ret_reply->venues_ahead, &ret_reply->n_venues_ahead);
    if (r == 0 && request->next_dates_ahead)
        r = shelf_next_dates(call, listing->shelf, cards, count, &ret_reply->next_dates_ahead,
                             &ret_reply->n_next_dates_ahead);
    if (r == 0 && request->ticket_types_ahead)
        r = shelf_types(call, listing->shelf, cards, count, &ret_reply->ticket_types_ahead,
                        &ret_reply->n_ticket_types_ahead);
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
    ret_reply->grant = ts_grant_of_many(call);
    r = listing_run(call, request, &listing, &ret_reply->root);
    return r ? r : list_ahead(call, request, &listing, ret_reply);
}
