/*
 * Check-in lists and what staff read at the door. Everything here is staff's, except a ticket's own scans, which its
 * holder may see. (api_scan.c has the scan itself.)
 */
#include "api.h"

#include <assert.h>
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

/* ---- lists */

/* Return: 0 when all types and the date belong to the event; TS_REFUSED. */
static int sale_check(struct ts_call *call, const Door__CreateCheckInListRequest *request,
                      const Catalog__GetSaleReply *sale)
{
    if (request->date_id && sale->n_dates == 0)
        ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "dateId", "The event has no such date.");
    for (size_t i = 0; i < request->n_ticket_type_ids; i++) {
        size_t found = 0;

        while (found < sale->n_ticket_types && strcmp(sale->ticket_types[found]->id, request->ticket_type_ids[i]) != 0)
            found++;
        if (found == sale->n_ticket_types)
            ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, ts_printf(call->arena, "ticketTypeIds.%zu", i),
                      "The event has no such ticket type.");
    }
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

enum { LIST_RIGHTS = TS_RIGHT_EVENTS | TS_RIGHT_ORDERS | TS_RIGHT_DOOR }; /* any of them shows lists and scans */

/* Return: 0 and the event with what the request names of it, staff's right checked; TS_REFUSED; a ts_error. */
static int read_sale(struct ts_call *call, const Door__CreateCheckInListRequest *request,
                     const Catalog__GetSaleReply **ret_sale)
{
    Catalog__GetSaleRequest sale = CATALOG__GET_SALE_REQUEST__INIT;
    int r;

    if (call->principal->kind == TS_PRINCIPAL_ANONYMOUS)
        return TS_EUNAUTHENTICATED;
    sale.event_id = request->event_id;
    sale.date_ids = (char **)&request->date_id;
    sale.n_date_ids = request->date_id ? 1 : 0;
    sale.ticket_type_ids = request->ticket_type_ids;
    sale.n_ticket_type_ids = request->n_ticket_type_ids;
    r = catalog_get_sale_as_system(call, &sale, ret_sale);
    if (r)
        return r;
    if (!(*ret_sale)->event || !ts_may(call, TS_RIGHT_EVENTS, (*ret_sale)->event->organizer_id, (*ret_sale)->event->id))
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "eventId", "There is no such event.");
    return sale_check(call, request, *ret_sale);
}

static int request_check(struct ts_call *call, const Door__CreateCheckInListRequest *request)
{
    if (!ts_text_is_line(request->name, TS_NAME_SIZE_MAX))
        ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "name", "A name is 1 to %d bytes of plain text.",
                  TS_NAME_SIZE_MAX);
    if (!list_times_are_legal(request))
        ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "closesAt", "A list closes after it opens.");
    if (request->n_ticket_type_ids > TS_TYPES_PER_EVENT_MAX)
        ts_refuse(call, COMMON__ERROR_CODE__OVER_LIMIT, "ticketTypeIds", "A list names at most %d ticket types.",
                  TS_TYPES_PER_EVENT_MAX);
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

static Door__CheckInList *list_new(struct ts_call *call, const Door__CreateCheckInListRequest *request,
                                   const char *organizer_id)
{
    Door__CheckInList *list = TS_NEW(call->arena, Door__CheckInList);

    door__check_in_list__init(list);
    list->event_id = request->event_id;
    list->date_id = request->date_id;
    list->organizer_id = (char *)organizer_id;
    list->name = request->name;
    list->n_ticket_type_ids = request->n_ticket_type_ids;
    list->ticket_type_ids = request->ticket_type_ids;
    list->has_opens_at_ms = request->has_opens_at;
    list->opens_at_ms = request->opens_at;
    list->has_closes_at_ms = request->has_closes_at;
    list->closes_at_ms = request->closes_at;
    list->has_allow_reentry = true;
    list->allow_reentry = request->allow_reentry;
    list->has_created_at_ms = true;
    list->created_at_ms = ts_now_ms(call);
    return list;
}

/*
 * Write the list under the id that its idempotency key names.
 * Return: 0 and the list as it is; TS_REFUSED; TS_WRITE_CONFLICT: look again; a ts_error.
 */
static int list_write(struct ts_call *call, const Door__CreateCheckInListRequest *request, Door__CheckInList *list,
                      const Door__CheckInList **ret_list)
{
    const char *id = ts_id_new(call, "lst");
    struct ts_write writes[2];
    size_t count = 0;
    int outcome, r;

    outcome = ts_idem_find(call, "createCheckInList", &request->base, &id);
    if (outcome < 0)
        return outcome;
    if (outcome == TS_IDEM_REUSED || outcome == TS_IDEM_SHORT)
        return ts_idem_refuse(call, outcome);
    if (outcome == TS_IDEM_FOUND) {
        r = list_get(call, id, ret_list);
        if (r || *ret_list)
            return r;
    } else {
        count += ts_idem_write(call, "createCheckInList", &request->base, id, &writes[count]);
    }
    list->id = (char *)id;
    writes[count++] = (struct ts_write){ &check_in_lists, id, 0, &list->base, 0 };
    r = ts_store_write(call, writes, count, TS_WRITE_ORDERED);
    if (r == 0 && writes[count - 1].result != TS_WRITE_OK)
        return TS_WRITE_CONFLICT;
    if (r == 0)
        *ret_list = list;
    return r;
}

int create_check_in_list(struct ts_call *call, const Door__CreateCheckInListRequest *request,
                         Door__CreateCheckInListReply *ret_reply)
{
    const Catalog__GetSaleReply *sale;
    const Door__CheckInList *list = NULL;
    int r = read_sale(call, request, &sale);

    if (r)
        return r;
    r = request_check(call, request);
    if (r)
        return r;
    r = list_write(call, request, list_new(call, request, sale->event->organizer_id), &list);
    if (r == TS_WRITE_CONFLICT) /* the same key, side by side: the other one's list is ours */
        r = list_write(call, request, list_new(call, request, sale->event->organizer_id), &list);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    assert(list);
    ret_reply->check_in_list = (Door__CheckInList *)list;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, list->organizer_id);
    return 0;
}

int get_check_in_list(struct ts_call *call, const Door__GetCheckInListRequest *request,
                      Door__GetCheckInListReply *ret_reply)
{
    const Door__CheckInList *list = NULL;
    int r = ts_id_is(request->id, "lst") ? list_get(call, request->id, &list) : 0;

    if (r || !list || !ts_may(call, LIST_RIGHTS, list->organizer_id, list->event_id))
        return r;
    ret_reply->check_in_list = (Door__CheckInList *)list;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, list->organizer_id);
    return 0;
}

int get_check_in_lists(struct ts_call *call, const Door__IdsRequest *request, Door__GetCheckInListsReply *ret_reply)
{
    ret_reply->check_in_lists = TS_NEW_ARRAY(call->arena, Door__CheckInList *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        const Door__CheckInList *list = NULL;
        int r = ts_id_is(request->ids[i], "lst") ? list_get(call, request->ids[i], &list) : 0;

        if (r)
            return r;
        if (!list || !ts_sees(call, request->grant, LIST_RIGHTS, list->organizer_id, list->event_id))
            continue;
        ((Door__CheckInList *)list)->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, list->organizer_id);
        ret_reply->check_in_lists[ret_reply->n_check_in_lists++] = (Door__CheckInList *)list;
    }
    return 0;
}

int list_event_lists(struct ts_call *call, const Door__EventIdsRequest *request, Door__ListEventListsReply *ret_reply)
{
    ret_reply->events = TS_NEW_ARRAY(call->arena, Door__EventLists *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        Door__EventLists *event = TS_NEW(call->arena, Door__EventLists);
        struct ts_page page;
        int r = lists_of_event(call, request->event_ids[i], &page);

        if (r)
            return r;
        door__event_lists__init(event);
        event->event_id = request->event_ids[i];
        event->check_in_lists = TS_NEW_ARRAY(call->arena, Door__CheckInList *, page.count);
        for (size_t k = 0; k < page.count; k++) {
            Door__CheckInList *list = (Door__CheckInList *)page.docs[k].body;

            if (ts_sees(call, request->grant, LIST_RIGHTS, list->organizer_id, list->event_id))
                event->check_in_lists[event->n_check_in_lists++] = list;
        }
        ret_reply->events[ret_reply->n_events++] = event;
    }
    return 0;
}

/* Return: 0 and the two counts of a list; a ts_error. */
static int list_count(struct ts_call *call, const Door__CheckInList *list, Door__ListCounts *counts)
{
    Orders__CountPositionsRequest request = ORDERS__COUNT_POSITIONS_REQUEST__INIT;
    const Orders__CountPositionsReply *reply;
    int64_t inside;
    int r;

    request.event_id = list->event_id;
    request.date_id = list->date_id;
    request.n_ticket_type_ids = list->n_ticket_type_ids;
    request.ticket_type_ids = list->ticket_type_ids;
    r = orders_count_positions_as_system(call, &request, &reply);
    if (r)
        return r;
    r = list_count_inside(call, list->id, &inside);
    if (r)
        return r;
    counts->has_expected = counts->has_inside = true;
    counts->expected = (int32_t)reply->count;
    counts->inside = (int32_t)inside;
    return 0;
}

int get_list_counts(struct ts_call *call, const Door__IdsRequest *request, Door__GetListCountsReply *ret_reply)
{
    ret_reply->counts = TS_NEW_ARRAY(call->arena, Door__ListCounts *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Door__ListCounts *counts = TS_NEW(call->arena, Door__ListCounts);
        const Door__CheckInList *list = NULL;
        int r = ts_id_is(request->ids[i], "lst") ? list_get(call, request->ids[i], &list) : 0;

        if (r)
            return r;
        if (!list || !ts_sees(call, request->grant, LIST_RIGHTS, list->organizer_id, list->event_id))
            continue;
        door__list_counts__init(counts);
        counts->list_id = request->ids[i];
        r = list_count(call, list, counts);
        if (r)
            return r;
        ret_reply->counts[ret_reply->n_counts++] = counts;
    }
    return 0;
}

/* ---- guests */

enum { GUEST_RIGHTS = TS_RIGHT_ORDERS | TS_RIGHT_DOOR }; /* either of them shows names */

/* One page of a list's guests. Return: 0; a ts_error. */
static int guests_fill(struct ts_call *call, const Door__ListGuestsRequest *request, const Door__CheckInList *list,
                       int32_t first, Door__GuestConnection *connection)
{
    Orders__FindGuestsRequest find = ORDERS__FIND_GUESTS_REQUEST__INIT;
    const Orders__FindGuestsReply *found;
    int r;

    find.event_id = list->event_id;
    find.date_id = list->date_id;
    find.n_ticket_type_ids = list->n_ticket_type_ids;
    find.ticket_type_ids = list->ticket_type_ids;
    find.query = request->query;
    find.has_first = true;
    find.first = first;
    find.after = request->after;
    r = orders_find_guests_as_system(call, &find, &found);
    if (r)
        return r;
    connection->nodes = TS_NEW_ARRAY(call->arena, Door__Guest *, found->n_guests);
    for (; connection->n_nodes < found->n_guests; connection->n_nodes++) {
        const Orders__Guest *from = found->guests[connection->n_nodes];
        Door__Guest *guest = TS_NEW(call->arena, Door__Guest);

        door__guest__init(guest);
        guest->order_code = from->order_code;
        guest->name = from->name;
        guest->ticket_id = (char *)ts_id_sibling(call, from->position_id, "tic");
        connection->nodes[connection->n_nodes] = guest;
    }
    connection->page_info = ts_page_info_new(call, request->after != NULL, found->more, NULL, found->cursor);
    return 0;
}

int list_guests(struct ts_call *call, const Door__ListGuestsRequest *request, Door__ListGuestsReply *ret_reply)
{
    int32_t first = request->has_first ? request->first : TS_PAGE_SIZE_DEFAULT;

    if (first < 1 || first > TS_PAGE_SIZE_MAX)
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Door__GuestConnection *, request->n_list_ids);
    for (size_t i = 0; i < request->n_list_ids; i++) {
        Door__GuestConnection *connection = TS_NEW(call->arena, Door__GuestConnection);
        const Door__CheckInList *list = NULL;
        int r = list_get(call, request->list_ids[i], &list);

        if (r)
            return r;
        if (!list || !ts_sees(call, request->grant, GUEST_RIGHTS, list->organizer_id, list->event_id))
            continue;
        door__guest_connection__init(connection);
        connection->list_id = request->list_ids[i];
        r = guests_fill(call, request, list, first, connection);
        if (r)
            return r;
        ret_reply->connections[ret_reply->n_connections++] = connection;
    }
    return 0;
}

/* ---- scans, to read */

int get_check_ins(struct ts_call *call, const Door__IdsRequest *request, Door__GetCheckInsReply *ret_reply)
{
    ret_reply->check_ins = TS_NEW_ARRAY(call->arena, Door__CheckIn *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        const Door__CheckIn *scan = NULL;
        int r = ts_id_is(request->ids[i], "chk") ? check_in_get(call, request->ids[i], &scan) : 0;

        if (r)
            return r;
        if (!scan || !ts_sees(call, request->grant, LIST_RIGHTS, scan->organizer_id, scan->event_id))
            continue;
        ((Door__CheckIn *)scan)->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, scan->organizer_id);
        ret_reply->check_ins[ret_reply->n_check_ins++] = (Door__CheckIn *)scan;
    }
    return 0;
}

/* One page of a list's scans. Return: 0; a ts_error. */
static int connection_fill(struct ts_call *call, struct ts_scan *scan, Door__CheckInConnection *connection)
{
    struct ts_page page;
    int64_t total;
    int r = ts_store_scan(call, scan, &page);

    if (r)
        return r == TS_EINVALID ? ts_fail(call, r, "`after` is not a cursor of this list.") : r;
    r = ts_store_count(call, scan, INT32_MAX, &total);
    if (r)
        return r;
    connection->edges = TS_NEW_ARRAY(call->arena, Door__CheckInEdge *, page.count);
    for (size_t i = 0; i < page.count; i++) {
        Door__CheckInEdge *edge = TS_NEW(call->arena, Door__CheckInEdge);

        door__check_in_edge__init(edge);
        edge->cursor = (char *)ts_store_cursor(call, scan, &page.docs[i]);
        edge->node = (Door__CheckIn *)page.docs[i].body;
        connection->edges[connection->n_edges++] = edge;
    }
    connection->page_info =
        ts_page_info_new(call, scan->cursor != NULL, page.more, page.count ? connection->edges[0]->cursor : NULL,
                         page.count ? connection->edges[page.count - 1]->cursor : NULL);
    connection->has_total_count = true;
    connection->total_count = (int32_t)total;
    return 0;
}

int list_check_ins(struct ts_call *call, const Door__ListCheckInsRequest *request, Door__ListCheckInsReply *ret_reply)
{
    int32_t first = request->has_first ? request->first : TS_PAGE_SIZE_DEFAULT;

    if (first < 1 || first > TS_PAGE_SIZE_MAX)
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Door__CheckInConnection *, request->n_list_ids);
    for (size_t i = 0; i < request->n_list_ids; i++) {
        Door__CheckInConnection *connection = TS_NEW(call->arena, Door__CheckInConnection);
        struct ts_scan scan = list_scans(request->list_ids[i]);
        const Door__CheckInList *list = NULL;
        int r = list_get(call, request->list_ids[i], &list);

        if (r)
            return r;
        if (!list || !ts_sees(call, request->grant, LIST_RIGHTS, list->organizer_id, list->event_id))
            continue;
        door__check_in_connection__init(connection);
        connection->list_id = request->list_ids[i];
        scan.limit = (unsigned)first;
        scan.cursor = request->after;
        r = connection_fill(call, &scan, connection);
        if (r)
            return r;
        ret_reply->connections[ret_reply->n_connections++] = connection;
    }
    return 0;
}

int list_ticket_check_ins(struct ts_call *call, const Door__TicketIdsRequest *request,
                          Door__ListTicketCheckInsReply *ret_reply)
{
    ret_reply->tickets = TS_NEW_ARRAY(call->arena, Door__TicketCheckIns *, request->n_ticket_ids);
    for (size_t i = 0; i < request->n_ticket_ids; i++) {
        Door__TicketCheckIns *ticket = TS_NEW(call->arena, Door__TicketCheckIns);
        struct ts_scan scan = ticket_scans(request->ticket_ids[i]);
        struct ts_page page;
        int r = ts_store_scan(call, &scan, &page);

        if (r)
            return r;
        door__ticket_check_ins__init(ticket);
        ticket->ticket_id = request->ticket_ids[i];
        ticket->check_ins = TS_NEW_ARRAY(call->arena, Door__CheckIn *, page.count);
        for (size_t k = 0; k < page.count; k++)
            ticket->check_ins[ticket->n_check_ins++] = (Door__CheckIn *)page.docs[k].body;
        ret_reply->tickets[ret_reply->n_tickets++] = ticket;
    }
    return 0;
}
