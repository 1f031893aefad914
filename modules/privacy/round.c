/*
 * The round: once a day names go from orders, by each organizer's terms. What was done of it is noted by event, so a
 * round that was stopped passes quickly over that.
 */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"

static int64_t days_ago(struct ts_call *call, int days)
{
    return ts_now_ms(call) - days * (int64_t)TS_DAY_MS;
}

/* Take the names out of an event's orders, unless that was done since it has these dates. */
static int sweep_event(struct ts_call *call, const Catalog__Event *event)
{
    Orders__EraseEventNamesRequest request = ORDERS__ERASE_EVENT_NAMES_REQUEST__INIT;
    Privacy__Swept swept = PRIVACY__SWEPT__INIT;
    const Orders__EraseEventNamesReply *reply;
    const Privacy__Swept *before = NULL;
    int64_t version = 0;
    int r = store_get_swept(call, event->id, &before, &version);

    if (r || (before && before->last_starts_at_ms >= event->last_starts_at_ms))
        return r;
    request.event_id = event->id;
    do {
        r = orders_erase_event_names_as_system(call, &request, &reply);
        request.after = r ? NULL : reply->cursor;
    } while (request.after);
    if (r)
        return r;
    swept.event_id = event->id;
    swept.has_last_starts_at_ms = true;
    swept.last_starts_at_ms = event->last_starts_at_ms;
    r = store_put_swept(call, &swept, version);
    return r == STORE_CONFLICT ? 0 : r;
}

static int sweep_page(struct ts_call *call, const Catalog__EventConnection *page, int days)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < page->n_edges; i++) {
        const Catalog__Event *event = page->edges[i]->node;

        if (event->has_last_starts_at_ms && names_are_old(event->last_starts_at_ms, days, ts_now_ms(call)))
            r = sweep_event(call, event);
        ts_yield(call);
    }
    return r;
}

/* All events of an organizer that had a date so long ago. */
static int sweep_organizer(struct ts_call *call, char *organizer_id)
{
    Catalog__EventStatus every[] = { CATALOG__EVENT_STATUS__DRAFT, CATALOG__EVENT_STATUS__PUBLISHED,
                                     CATALOG__EVENT_STATUS__POSTPONED, CATALOG__EVENT_STATUS__CANCELLED,
                                     CATALOG__EVENT_STATUS__ARCHIVED };
    Catalog__EventFilter filter = CATALOG__EVENT_FILTER__INIT;
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__ListEventsReply *reply;
    bool own, more = true;
    int days, r = retention_days(call, organizer_id, &days, &own);

    filter.status = every;
    filter.n_status = sizeof(every) / sizeof(every[0]);
    filter.has_starts_before = true;
    filter.starts_before = days_ago(call, days);
    request.filter = &filter;
    request.organizer_ids = &organizer_id;
    request.n_organizer_ids = 1;
    request.has_first = true;
    request.first = TS_PAGE_SIZE_MAX;
    request.grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, organizer_id);
    while (r == 0 && more) {
        r = catalog_list_events_as_system(call, &request, &reply);
        if (r || !reply->n_connections)
            return r;
        r = sweep_page(call, reply->connections[0], days);
        request.after = reply->connections[0]->page_info->end_cursor;
        more = reply->connections[0]->page_info->has_next_page && request.after;
    }
    return r;
}

static int sweep(struct ts_call *call)
{
    Catalog__ListOrganizersRequest request = CATALOG__LIST_ORGANIZERS_REQUEST__INIT;
    const Catalog__ListOrganizersReply *organizers;
    int r = catalog_list_organizers_as_system(call, &request, &organizers);

    for (size_t i = 0; r == 0 && i < organizers->n_ids; i++)
        r = sweep_organizer(call, organizers->ids[i]);
    return r;
}

static int put_due(struct ts_call *call, int64_t due_ms, int64_t version)
{
    Privacy__Round round = PRIVACY__ROUND__INIT;
    int r;

    round.has_due_ms = true;
    round.due_ms = due_ms;
    r = store_put_round(call, &round, version);
    return r == STORE_CONFLICT ? 0 : r; /* another process puts the same */
}

int round_continue(struct ts_call *call, const char *id)
{
    const Privacy__Round *round = NULL;
    int64_t version = 0;
    int r = store_get_round(call, &round, &version);

    (void)id; /* there is one */
    if (r || !round || round->due_ms > ts_now_ms(call))
        return r;
    r = sweep(call);
    return r ? r : put_due(call, ts_now_ms(call) + TS_DAY_MS, version);
}

int round_hurry(struct ts_call *call)
{
    const Privacy__Round *round = NULL;
    int64_t version = 0;
    int r = store_get_round(call, &round, &version);

    return r ? r : put_due(call, ts_now_ms(call), version);
}
