/*
 * Reading orders: by code and secret, by id for whoever has a grant, in lists for staff, whole for other modules. What
 * is shown is a shallow copy without what only the machine needs.
 */
#include <ctype.h>
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

enum { ORDER_RIGHTS = TS_RIGHT_ORDERS | TS_RIGHT_SELL | TS_RIGHT_MONEY }; /* any of them shows orders */

/* The grant that holds for this order: the parent's when it covers it; without a parent, staff's own; or NULL. */
static const Common__Grant *order_grant(struct ts_call *call, const Orders__Order *order, const Common__Grant *parent)
{
    if (parent && parent->kind == COMMON__GRANT__KIND__BUYER)
        return ts_is_buyer_of(parent, order->id) ? parent : NULL;
    return ts_sees(call, parent, ORDER_RIGHTS, order->organizer_id, order->event_id)
               ? ts_grant_new(call, COMMON__GRANT__KIND__STAFF, order->organizer_id)
               : NULL;
}

static Orders__OrderPosition *position_view(struct ts_call *call, const Orders__OrderPosition *position,
                                            const char *order_id)
{
    Orders__OrderPosition *view = ts_memdup(call->arena, position, sizeof(*position));

    view->ticket_secret = NULL;
    view->order_id = (char *)order_id;
    return view;
}

Orders__Order *orders_view(struct ts_call *call, const Orders__Order *order, const Common__Grant *grant)
{
    const Common__Grant *own = order_grant(call, order, grant);
    Orders__Order *view;

    if (!own)
        return NULL;
    view = ts_memdup(call->arena, order, sizeof(*order));
    if (own->kind != COMMON__GRANT__KIND__BUYER)
        view->secret = NULL;
    view->grant = (Common__Grant *)own;
    view->has_expires_at_ms = order->status == ORDERS__ORDER_STATUS__PENDING;
    view->has_complimentary = true;
    view->has_due_ms = view->has_hold_to_free = false;
    view->next_hold_id = view->input_hash = view->place_key = view->buyer_email_hash = NULL;
    view->n_refused_payment_ids = view->n_email_hashes = 0;
    view->n_entries = 0;
    view->entries = NULL;
    view->positions = TS_NEW_ARRAY(call->arena, Orders__OrderPosition *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++)
        view->positions[i] = position_view(call, order->positions[i], order->id);
    return view;
}

/* ---- order(code, secret) */

/* The code as it is stored: a buyer may type it in small letters and with blanks. NULL if it cannot be one. */
static const char *code_read(struct ts_call *call, const char *typed)
{
    char *code = ts_strdup(call->arena, typed);
    size_t size = 0;

    for (const char *byte = code; byte && *byte; byte++) {
        if (*byte == ' ')
            continue;
        if (!isalnum((unsigned char)*byte))
            return NULL;
        code[size++] = (char)toupper((unsigned char)*byte);
    }
    if (size < ORDER_CODE_SIZE || size > ORDER_CODE_SIZE_MAX)
        return NULL;
    code[size] = '\0';
    return code;
}

/* Return: 0 and *ret_order (NULL: there is none, or it has another secret); a ts_error. */
static int find_by_code(struct ts_call *call, const char *code, const char *secret, bool exact,
                        const Orders__Order **ret_order)
{
    const char **ids = NULL;
    struct order *orders;
    size_t count = 0;
    int r;

    *ret_order = NULL;
    r = store_find_code(call, code, exact, &ids, &count);
    if (r)
        return r;
    orders = TS_NEW_ARRAY(call->arena, struct order, count);
    r = store_get_orders(call, ids, count, orders);
    for (size_t i = 0; r == 0 && i < count; i++) {
        const Orders__Order *order = orders[i].body;

        /* A claim whose order took another code in the end names an order that does not have this one. */
        if (order && strcmp(order->code, code) == 0 && ts_secret_equal(order->secret, secret))
            *ret_order = order;
    }
    return r;
}

int get_order(struct ts_call *call, const Orders__GetOrderRequest *request, Orders__GetOrderReply *ret_reply)
{
    const char *code = code_read(call, request->code);
    const Orders__Order *order;
    int r;

    if (!code || !request->secret)
        return 0;
    r = find_by_code(call, code, request->secret, /* exact= */ false, &order);
    if (r == 0 && !order && ts_store_is_shared(call)) /* another process may just have placed it */
        r = find_by_code(call, code, request->secret, /* exact= */ true, &order);
    if (r || !order)
        return r;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, order->id);
    ret_reply->order = orders_view(call, order, ret_reply->grant);
    return 0;
}

/* ---- by ids */

int get_orders(struct ts_call *call, const Orders__IdsRequest *request, Orders__GetOrdersReply *ret_reply)
{
    struct order *orders = TS_NEW_ARRAY(call->arena, struct order, request->n_ids);
    int r;

    r = store_get_orders(call, (const char *const *)request->ids, request->n_ids, orders);
    if (r)
        return r;
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Orders__Order *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Orders__Order *view = orders[i].body ? orders_view(call, orders[i].body, request->grant) : NULL;

        if (view)
            ret_reply->orders[ret_reply->n_orders++] = view;
    }
    return 0;
}

static Orders__OrderPosition *position_find(const Orders__Order *order, const char *id)
{
    for (size_t i = 0; i < order->n_positions; i++) {
        if (strcmp(order->positions[i]->id, id) == 0)
            return order->positions[i];
    }
    return NULL;
}

int get_positions(struct ts_call *call, const Orders__IdsRequest *request, Orders__GetPositionsReply *ret_reply)
{
    const char **order_ids = TS_NEW_ARRAY(call->arena, const char *, request->n_ids);
    struct order *orders = TS_NEW_ARRAY(call->arena, struct order, request->n_ids);
    int r;

    for (size_t i = 0; i < request->n_ids; i++)
        order_ids[i] = ts_id_is(request->ids[i], "pos") ? ts_id_head(call, request->ids[i], "ord") : NULL;
    r = store_get_orders(call, order_ids, request->n_ids, orders);
    if (r)
        return r;
    ret_reply->positions = TS_NEW_ARRAY(call->arena, Orders__OrderPosition *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Orders__Order *view = orders[i].body ? orders_view(call, orders[i].body, request->grant) : NULL;
        Orders__OrderPosition *position = view ? position_find(view, request->ids[i]) : NULL;

        if (!position)
            continue;
        position->grant = view->grant;
        ret_reply->positions[ret_reply->n_positions++] = position;
    }
    return 0;
}

/* ---- Event.orders */

static bool text_has(const char *text, const char *part)
{
    return text && strcasestr(text, part);
}

static bool order_matches(const Orders__Order *order, const char *query)
{
    return !query || text_has(order->code, query) || text_has(order->email, query) || text_has(order->name, query);
}

/* One connection being filled; `cursor` of the last edge is that of the page. */
struct listing {
    struct ts_scan scan;
    const char *query;
    const char *organizer_id;
    unsigned first;
    Orders__OrderConnection *connection;
    bool more;
    int32_t found; /* matches met on the walk */
};

static void listing_add(struct ts_call *call, struct listing *listing, const struct ts_doc *doc)
{
    Orders__OrderConnection *connection = listing->connection;
    Orders__OrderEdge *edge;

    if (connection->n_edges == listing->first) {
        listing->more = true;
        return;
    }
    edge = TS_NEW(call->arena, Orders__OrderEdge);
    orders__order_edge__init(edge);
    edge->cursor = (char *)ts_store_cursor(call, &listing->scan, doc);
    edge->node = orders_view(call, (const Orders__Order *)doc->body,
                             ts_grant_new(call, COMMON__GRANT__KIND__STAFF, listing->organizer_id));
    if (edge->node)
        connection->edges[connection->n_edges++] = edge;
}

/* Walk from `cursor`; with a query, on until the end, to count. */
static int listing_walk(struct ts_call *call, struct listing *listing, const char *cursor)
{
    struct ts_page page = { .cursor = cursor, .more = true };
    unsigned seen = 0;
    int r;

    while (page.more && seen < ORDERS_SEARCH_MAX && (listing->query || !listing->more)) {
        listing->scan.cursor = page.cursor;
        listing->scan.limit = listing->query ? TS_SCAN_MAX : listing->first + 1;
        r = ts_store_scan(call, &listing->scan, &page);
        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            ts_yield(call);
            if (!order_matches((const Orders__Order *)page.docs[i].body, listing->query))
                continue;
            listing->found++;
            listing_add(call, listing, &page.docs[i]);
        }
        seen += (unsigned)page.count;
    }
    return 0;
}

static int listing_count(struct ts_call *call, struct listing *listing, const char *after)
{
    Orders__OrderConnection nothing = ORDERS__ORDER_CONNECTION__INIT;
    struct listing whole = *listing;
    int64_t count = 0;
    int r = 0;

    if (!listing->query) {
        r = ts_store_count(call, &listing->scan, INT32_MAX, &count);
        listing->connection->total_count = (int32_t)count;
        return r;
    }
    if (after) { /* a search counts from the start, whatever page is shown */
        whole.found = 0;
        whole.first = 0;
        whole.connection = &nothing;
        r = listing_walk(call, &whole, /* cursor= */ NULL);
    }
    listing->connection->total_count = whole.found;
    return r;
}

static void listing_end(struct ts_call *call, struct listing *listing, const char *after)
{
    Orders__OrderConnection *connection = listing->connection;
    size_t count = connection->n_edges;

    connection->page_info =
        ts_page_info_new(call, after != NULL, listing->more, count ? connection->edges[0]->cursor : NULL,
                         count ? connection->edges[count - 1]->cursor : NULL);
    connection->has_total_count = true;
}

/* One event whose orders are asked for. */
struct owned_event {
    char *id;
    const char *organizer_id; /* "": there is none */
};

/*
 * Whose events they are: the grant says it, but for a list over many organizers.
 * Return: 0; a ts_error.
 */
static int find_owners(struct ts_call *call, const Orders__ListOrdersRequest *request, struct owned_event *events)
{
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetEventsReply *reply;
    int r;

    for (size_t i = 0; i < request->n_event_ids; i++)
        events[i] = (struct owned_event){ request->event_ids[i], request->grant->subject };
    if (!ts_is_of_many(request->grant))
        return 0;
    ids.ids = request->event_ids;
    ids.n_ids = request->n_event_ids;
    r = catalog_get_events_as_system(call, &ids, &reply);
    for (size_t i = 0; r == 0 && i < reply->n_events; i++)
        for (size_t k = 0; k < request->n_event_ids; k++)
            if (strcmp(events[k].id, reply->events[i]->id) == 0)
                events[k].organizer_id = reply->events[i]->organizer_id;
    return r;
}

static int list_event(struct ts_call *call, const Orders__ListOrdersRequest *request, const struct owned_event *event,
                      Orders__OrderConnection *connection)
{
    struct listing listing = {
        .scan = store_event_scan(event->id, request->has_status ? &request->status : NULL),
        .query = ts_text_trim(call->arena, request->query),
        .organizer_id = event->organizer_id,
        .first = request->has_first ? (unsigned)request->first : TS_PAGE_SIZE_DEFAULT,
        .connection = connection,
    };
    int r;

    if (listing.query && !*listing.query)
        listing.query = NULL;
    connection->event_id = event->id;
    connection->edges = TS_NEW_ARRAY(call->arena, Orders__OrderEdge *, listing.first);
    r = listing_walk(call, &listing, request->after);
    if (r == 0)
        r = listing_count(call, &listing, request->after);
    if (r == 0)
        listing_end(call, &listing, request->after);
    return r;
}

int list_orders(struct ts_call *call, const Orders__ListOrdersRequest *request, Orders__ListOrdersReply *ret_reply)
{
    struct owned_event *events = TS_NEW_ARRAY(call->arena, struct owned_event, request->n_event_ids);
    int r;

    if (request->has_first && (request->first < 0 || request->first > TS_PAGE_SIZE_MAX))
        return ts_fail(call, TS_EINVALID, "`first` must be between 0 and %d.", TS_PAGE_SIZE_MAX);
    if (!request->grant || request->grant->kind != COMMON__GRANT__KIND__STAFF || !request->grant->subject)
        return 0;
    r = find_owners(call, request, events);
    if (r)
        return r;
    ret_reply->connections = TS_NEW_ARRAY(call->arena, Orders__OrderConnection *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        Orders__OrderConnection *connection = TS_NEW(call->arena, Orders__OrderConnection);

        if (!ts_may(call, ORDER_RIGHTS, events[i].organizer_id, events[i].id)) {
            if (ts_is_of_many(request->grant))
                continue;
            return TS_EDENIED;
        }
        orders__order_connection__init(connection);
        r = list_event(call, request, &events[i], connection);
        if (r)
            return r;
        ret_reply->connections[ret_reply->n_connections++] = connection;
    }
    return 0;
}

/* ---- for other modules */

int read_order(struct ts_call *call, const Orders__ReadOrderRequest *request, Orders__ReadOrderReply *ret_reply)
{
    const char *id = request->order_id;
    struct order order;
    int r;

    if (!id && ts_id_is(request->position_id, "pos"))
        id = ts_id_head(call, request->position_id, "ord");
    if (!ts_id_is(id, "ord"))
        return 0;
    r = store_get_order(call, id, &order);
    if (r || !order.body)
        return r;
    if (request->secret && !ts_secret_equal(order.body->secret, request->secret))
        return 0;
    if (request->position_id && !position_find(order.body, request->position_id))
        return 0;
    ret_reply->order = (Orders__Order *)order.body;
    return 0;
}

/* Show all PAID orders of the event to its counts. Changes meanwhile are shown as they happen, in any order. */
static int count_event(struct ts_call *call, const char *event_id)
{
    const Orders__OrderStatus paid = ORDERS__ORDER_STATUS__PAID;
    struct orders_state *state = call->state;
    struct ts_scan scan = store_event_scan(event_id, &paid);
    struct ts_page page = { .more = true };
    int r;

    scan.exact = true; /* a change that was heard before is not shown again */
    counts_open(state->counts, event_id);
    while (page.more) {
        scan.cursor = page.cursor;
        r = ts_store_scan(call, &scan, &page);
        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            if (!counts_show(state->counts, (const Orders__Order *)page.docs[i].body, page.docs[i].version))
                return TS_EABORTED; /* many events are asked for at once and pushed this one out */
        }
        ts_yield(call);
    }
    counts_seal(state->counts, event_id);
    return counts_are_sealed(state->counts, event_id) ? 0 : TS_EABORTED;
}

int count_positions(struct ts_call *call, const Orders__CountPositionsRequest *request,
                    Orders__CountPositionsReply *ret_reply)
{
    struct orders_state *state = call->state;
    int64_t count = 0;
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return TS_EINVALID;
    if (!counts_are_sealed(state->counts, request->event_id)) {
        r = count_event(call, request->event_id);
        if (r)
            return r;
    }
    if (request->n_ticket_type_ids == 0)
        count = counts_get(state->counts, request->event_id, request->date_id, /* ticket_type_id= */ NULL);
    for (size_t i = 0; i < request->n_ticket_type_ids; i++)
        count += counts_get(state->counts, request->event_id, request->date_id, request->ticket_type_ids[i]);
    ret_reply->has_count = true;
    ret_reply->count = count;
    return 0;
}
