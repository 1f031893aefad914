/*
 * Dates: the occurrences of an event. An event says itself whether it has several; while it has one, that one is found
 * by its id and nothing is scanned.
 */
#include "api.h"

#include <assert.h>
#include <string.h>

#include "inventory/v1/inventory.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"

enum {
    SWEEPS = 2,      /* of a closing: the second finds what a slow call made while the first ran */
    NEXT_DATES = 16, /* dates read at once in search of one that is not cancelled */
};

#define CANCELLED CATALOG__EVENT_STATUS__CANCELLED

static void tell_date(struct ts_call *call, const Catalog__EventDate *date, int64_t version)
{
    catalog_tell(call, date->event_id, date->id, version);
}

/* A date as it is shown. */
static void date_show(const Catalog__Event *event, Catalog__EventDate *date)
{
    date->has_status = true;
    date->status = date_status(event, date);
}

/* ---- making */

/* Widen what the event says of its dates by a new one. Return: true if that changed the event. */
static bool event_widen(Catalog__Event *event, int64_t starts_at_ms)
{
    bool changed = !event->several_dates;

    event->has_several_dates = event->several_dates = true;
    if (starts_at_ms < event->first_starts_at_ms) {
        event->first_starts_at_ms = starts_at_ms;
        changed = true;
    }
    if (starts_at_ms > event->last_starts_at_ms) {
        event->last_starts_at_ms = starts_at_ms;
        changed = true;
    }
    return changed;
}

static void date_fill(const Catalog__CreateEventDateRequest *request, const Catalog__Event *event,
                      Catalog__EventDate *date)
{
    catalog__event_date__init(date);
    date->event_id = event->id;
    date->organizer_id = event->organizer_id;
    date->has_starts_at_ms = request->has_starts_at;
    date->starts_at_ms = request->starts_at;
    date->has_ends_at_ms = request->has_ends_at;
    date->ends_at_ms = request->ends_at;
    date->has_doors_at_ms = request->has_doors_at;
    date->doors_at_ms = request->doors_at;
}

static int date_refusals(struct ts_call *call, const Catalog__Event *event, const Catalog__EventDate *date,
                         bool allow_past, uint64_t *ret_refused)
{
    struct date_scan all = { .event_id = event->id, .from_ms = INT64_MIN, .to_ms = INT64_MAX };
    int64_t count = 1;
    int r = event->several_dates ? date_count(call, &all, TS_DATES_PER_EVENT_MAX, &count) : 0;

    if (r)
        return r;
    *ret_refused = date_check(date, allow_past ? INT64_MIN : ts_now_ms(call)) |
                   (event_is_open(event->status) ? 0 : REFUSAL(EVENT_CLOSED)) |
                   (count < TS_DATES_PER_EVENT_MAX ? 0 : REFUSAL(DATES_FULL));
    return 0;
}

static int date_answer(struct ts_call *call, const Catalog__Event *event, const char *id,
                       Catalog__CreateEventDateReply *ret_reply)
{
    Catalog__EventDate *date;
    int64_t version;
    int r = date_find(call, id, &date, &version);

    if (r)
        return r;
    if (!date)
        return TS_EINTERNAL; /* it was just written, or recorded after it was */
    date_show(event, date);
    tell_date(call, date, version);
    ret_reply->event_date = date;
    ret_reply->grant = catalog_grant(call, date->organizer_id, date->event_id);
    return 0;
}

/* The event first (too wide a span hides nothing), then the date. */
static int date_make(struct ts_call *call, const Catalog__CreateEventDateRequest *request,
                     Catalog__CreateEventDateReply *ret_reply)
{
    struct creation creation = { .operation = "createEventDate", .input = &request->base };
    Catalog__Event *event;
    Catalog__EventDate date;
    uint64_t refused;
    int64_t version;
    int r = catalog_event_for_staff(call, request->event_id, &event, &version);

    if (r)
        return r;
    r = creation_begin(call, &creation, "dat");
    if (r)
        return r;
    date_fill(request, event, &date);
    date.id = (char *)creation.id;
    r = creation.recorded ? 0 : date_refusals(call, event, &date, request->allow_past, &refused);
    if (r)
        return r;
    if (!creation.recorded && refused)
        return catalog_refuse(call, refused);
    if (event_widen(event, date.starts_at_ms))
        creation.parts[creation.part_count++] = (struct creation_part){ NOUN_EVENT, event->id, version, &event->base };
    creation.parts[creation.part_count++] = (struct creation_part){ NOUN_DATE, date.id, 0, &date.base };
    r = creation_write(call, &creation);
    return r ? r : date_answer(call, event, date.id, ret_reply);
}

int create_event_date(struct ts_call *call, const Catalog__CreateEventDateRequest *request,
                      Catalog__CreateEventDateReply *ret_reply)
{
    int r = CREATION_RACED;

    for (unsigned tries = 0; r == CREATION_RACED && tries < TRIES_MAX; tries++)
        r = date_make(call, request, ret_reply);
    return r == CREATION_RACED ? TS_EABORTED : r;
}

/* ---- the next one */

/* The first date of the scan that is not cancelled. Return: 0 and *ret_date (NULL: none); a ts_error. */
static int date_scan_first(struct ts_call *call, struct date_scan scan, Catalog__EventDate **ret_date)
{
    const int64_t from_ms = scan.from_ms, to_ms = scan.to_ms;
    struct date_page page;

    scan.limit = NEXT_DATES;
    scan.from_ms = scan_from_ms(from_ms);
    scan.to_ms = scan_to_ms(to_ms);
    do {
        int r = date_scan(call, &scan, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            const Catalog__EventDate *date = page.dates[i];

            if (date->status != CANCELLED && date->starts_at_ms >= from_ms && date->starts_at_ms < to_ms) {
                *ret_date = page.dates[i];
                return 0;
            }
        }
        scan.cursor = page.count ? page.cursors[page.count - 1] : NULL;
        ts_yield(call);
    } while (page.more);
    *ret_date = NULL;
    return 0;
}

/* Of a series: the next that is not cancelled, else the last such, else the last of all. */
static int date_next_of_series(struct ts_call *call, const char *event_id, int64_t now_ms,
                               Catalog__EventDate **ret_date)
{
    struct date_scan ahead = { .event_id = event_id, .from_ms = now_ms, .to_ms = INT64_MAX };
    struct date_scan back = { .event_id = event_id, .from_ms = INT64_MIN, .to_ms = now_ms, .descending = true };
    struct date_scan any = {
        .event_id = event_id, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .descending = true, .limit = 1
    };
    struct date_page page;
    int r = date_scan_first(call, ahead, ret_date);

    if (r || *ret_date)
        return r;
    r = date_scan_first(call, back, ret_date);
    if (r || *ret_date)
        return r;
    r = date_scan(call, &any, &page);
    if (r == 0 && page.count)
        *ret_date = page.dates[0];
    return r;
}

static Catalog__NextDate *next_date(struct ts_call *call, const Catalog__Event *event, const Catalog__EventDate *date)
{
    Catalog__NextDate *next = TS_NEW(call->arena, Catalog__NextDate);

    catalog__next_date__init(next);
    next->event_id = event->id;
    next->date_id = date->id;
    next->has_starts_at_ms = date->has_starts_at_ms;
    next->starts_at_ms = date->starts_at_ms;
    next->has_ends_at_ms = date->has_ends_at_ms;
    next->ends_at_ms = date->ends_at_ms;
    next->has_doors_at_ms = date->has_doors_at_ms;
    next->doors_at_ms = date->doors_at_ms;
    return next;
}

/* The only dates of events that have one, in one read; the others stay NULL. */
static int only_dates(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                      const ProtobufCMessage ***ret_dates)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = events[i]->several_dates ? NULL : (char *)ts_id_sibling(call, events[i]->id, "dat");
    return noun_find_many(call, NOUN_DATE, ids, count, ret_dates);
}

int catalog_next_dates(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                       Catalog__NextDate ***ret_dates, size_t *ret_count)
{
    Catalog__NextDate **next = TS_NEW_ARRAY(call->arena, Catalog__NextDate *, count);
    int64_t now_ms = ts_now_ms(call);
    const ProtobufCMessage **dates;
    size_t found = 0;
    int r = only_dates(call, events, count, &dates);

    for (size_t i = 0; r == 0 && i < count; i++) {
        Catalog__EventDate *date = (Catalog__EventDate *)dates[i];

        if (!date)
            r = date_next_of_series(call, events[i]->id, now_ms, &date);
        if (r == 0 && date)
            next[found++] = next_date(call, events[i], date);
        ts_yield(call);
    }
    *ret_dates = next;
    *ret_count = found;
    return r;
}

int get_next_dates(struct ts_call *call, const Catalog__EventIdsRequest *request, Catalog__GetNextDatesReply *ret_reply)
{
    const Catalog__Event **events;
    size_t count;
    int r = catalog_seen_events(call, request, &events, &count);

    return r ? r : catalog_next_dates(call, events, count, &ret_reply->dates, &ret_reply->n_dates);
}

/* ---- cancelling */

/* Narrow the event's span to its dates that are not cancelled; of none, it stays. */
static int event_narrow(struct ts_call *call, const char *event_id)
{
    struct date_scan first = { .event_id = event_id, .from_ms = INT64_MIN, .to_ms = INT64_MAX };
    struct date_scan last = first;
    Catalog__EventDate *first_date, *last_date;
    Catalog__Event *event;
    int64_t version;
    int r = event_find(call, event_id, &event, &version);

    last.descending = true;
    if (r || !event || !event->several_dates)
        return r;
    r = date_scan_first(call, first, &first_date);
    if (r == 0)
        r = date_scan_first(call, last, &last_date);
    if (r || !first_date || !last_date ||
        (event->first_starts_at_ms == first_date->starts_at_ms && event->last_starts_at_ms == last_date->starts_at_ms))
        return r;
    event->first_starts_at_ms = first_date->starts_at_ms;
    event->last_starts_at_ms = last_date->starts_at_ms;
    return event_put(call, event, version);
}

static void date_cancel(struct ts_call *call, Catalog__EventDate *date)
{
    date->has_status = date->has_due_ms = date->has_sweeps = true;
    date->status = CANCELLED;
    date->sweeps = 0;
    date->due_ms = ts_now_ms(call) + TS_CALL_MS_MAX;
}

/* A date for its event's staff. Return: 0; TS_REFUSED (noted); a ts_error. */
static int date_for_staff(struct ts_call *call, const char *date_id, Catalog__EventDate **ret_date,
                          Catalog__Event **ret_event, int64_t *ret_version)
{
    Catalog__EventDate *date;
    Catalog__Event *event = NULL;
    int r = date_find(call, date_id, &date, ret_version);

    if (r == 0 && date)
        r = event_find(call, date->event_id, &event, NULL);
    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_EVENTS, event ? event->organizer_id : "", event ? event->id : NULL);
    if (r)
        return r;
    if (!event)
        return catalog_refuse(call, REFUSAL(DATE_UNKNOWN));
    *ret_date = date;
    *ret_event = event;
    return 0;
}

static int date_cancel_once(struct ts_call *call, const Catalog__CancelEventDateRequest *request,
                            Catalog__CancelEventDateReply *ret_reply)
{
    Catalog__EventDate *date = NULL;
    Catalog__Event *event = NULL;
    int64_t version;
    int r = date_for_staff(call, request->date_id, &date, &event, &version);

    if (r)
        return r;
    assert(date && event);
    if (date->status != CANCELLED) {
        date_cancel(call, date);
        r = date_put(call, date, version);
        if (r)
            return r;
        tell_date(call, date, version + 1);
        r = event_narrow(call, event->id);
        if (r < 0)
            return r; /* a conflict is no matter: date_on_due() narrows again */
    }
    date_show(event, date);
    ret_reply->event_date = date;
    ret_reply->grant = catalog_grant(call, event->organizer_id, event->id);
    return 0;
}

int cancel_event_date(struct ts_call *call, const Catalog__CancelEventDateRequest *request,
                      Catalog__CancelEventDateReply *ret_reply)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned tries = 0; r == TS_WRITE_CONFLICT && tries < TRIES_MAX; tries++)
        r = date_cancel_once(call, request, ret_reply);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

int date_on_due(struct ts_call *call, const char *id)
{
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *swept;
    Catalog__EventDate *date;
    int64_t version;
    int r = date_find(call, id, &date, &version);

    if (r || !date || !date->has_due_ms)
        return r;
    r = event_narrow(call, date->event_id);
    if (r)
        return r < 0 ? r : TS_EABORTED;
    request.event_id = date->event_id;
    request.date_id = date->id;
    r = inventory_sweep_date_as_system(call, &request, &swept);
    if (r)
        return r;
    date->sweeps++;
    date->has_due_ms = date->sweeps < SWEEPS;
    date->due_ms = ts_now_ms(call);
    r = date->has_due_ms ? 0 : catalog_tell_buyers(call, date->event_id, date->id);
    if (r)
        return r;
    r = date_put(call, date, version);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* ---- reading */

int get_event_dates(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetEventDatesReply *ret_reply)
{
    const ProtobufCMessage **dates, **events;
    char **event_ids = TS_NEW_ARRAY(call->arena, char *, request->n_ids);
    int r = noun_find_many(call, NOUN_DATE, request->ids, request->n_ids, &dates);

    if (r)
        return r;
    for (size_t i = 0; i < request->n_ids; i++)
        event_ids[i] = dates[i] ? ((Catalog__EventDate *)dates[i])->event_id : NULL;
    r = noun_find_many(call, NOUN_EVENT, event_ids, request->n_ids, &events);
    if (r)
        return r;
    ret_reply->dates = TS_NEW_ARRAY(call->arena, Catalog__EventDate *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Catalog__EventDate *date = (Catalog__EventDate *)dates[i];
        const Catalog__Event *event = (const Catalog__Event *)events[i];

        if (!date || !event || !catalog_sees_event(call, request->grant, event))
            continue; /* a date whose event was never made is no date */
        date = noun_copy(call, &date->base);
        date_show(event, date);
        date->grant = request->grant ? NULL : catalog_grant(call, event->organizer_id, event->id);
        ret_reply->dates[ret_reply->n_dates++] = date;
    }
    return 0;
}

/* One event's connection. */
static int date_connection(struct ts_call *call, const struct date_scan *scan, const Catalog__Event *event,
                           Catalog__EventDateConnection **ret_connection)
{
    Catalog__EventDateConnection *connection = TS_NEW(call->arena, Catalog__EventDateConnection);
    struct date_page page;
    int64_t count;
    int r = date_scan(call, scan, &page);

    if (r == 0)
        r = date_count(call, scan, TS_DATES_PER_EVENT_MAX, &count);
    if (r == TS_EINVALID)
        return ts_fail(call, r, "`after` is no cursor of this list.");
    if (r)
        return r;
    catalog__event_date_connection__init(connection);
    connection->event_id = event->id;
    connection->edges = TS_NEW_ARRAY(call->arena, Catalog__EventDateEdge *, page.count);
    for (size_t i = 0; i < page.count; i++) {
        Catalog__EventDateEdge *edge = TS_NEW(call->arena, Catalog__EventDateEdge);

        catalog__event_date_edge__init(edge);
        date_show(event, page.dates[i]);
        edge->cursor = (char *)page.cursors[i];
        edge->node = page.dates[i];
        connection->edges[connection->n_edges++] = edge;
    }
    connection->page_info = ts_page_info_new(call, scan->cursor != NULL, page.more, page.count ? page.cursors[0] : NULL,
                                             page.count ? page.cursors[page.count - 1] : NULL);
    connection->has_total_count = true;
    connection->total_count = (int32_t)count;
    *ret_connection = connection;
    return 0;
}

int list_event_dates(struct ts_call *call, const Catalog__ListEventDatesRequest *request,
                     Catalog__ListEventDatesReply *ret_reply)
{
    struct date_scan scan = { .from_ms = request->has_starts_after ? request->starts_after : INT64_MIN,
                              .to_ms = INT64_MAX,
                              .cursor = request->after };
    const ProtobufCMessage **events;
    int r = catalog_page_size(call, request->has_first, request->first, &scan.limit);

    if (r == 0)
        r = noun_find_many(call, NOUN_EVENT, request->event_ids, request->n_event_ids, &events);
    if (r)
        return r;
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Catalog__EventDateConnection *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        const Catalog__Event *event = (const Catalog__Event *)events[i];

        if (!event || !catalog_sees_event(call, request->grant, event))
            continue;
        scan.event_id = event->id;
        r = date_connection(call, &scan, event, &ret_reply->connections[ret_reply->n_connections]);
        if (r)
            return r;
        ret_reply->n_connections++;
        ts_yield(call);
    }
    return 0;
}
