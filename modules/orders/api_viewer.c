/*
 * An account's orders: those bought with an address while it stood for that account. Which addresses those are and from
 * when until when, identity says, so that nobody is believed about it. Each is a scan of its own; their orders are
 * merged by time, and of one moment by id. So a cursor is time and id of an order: a place in each of the scans.
 */
#include <stdlib.h>
#include <string.h>

#include "identity/v1/identity.rpc.h"
#include "orders.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/sign.h"

/* Between two orders: behind this one. */
struct place {
    int64_t at_ms;
    const char *id; /* NULL: before the first */
};

/* What was bought with one address. */
struct shelf {
    const char *hash;
    struct ts_scan scan;
    struct ts_page page; /* behind the place */
    size_t taken;
};

struct shelves {
    struct shelf *items; /* none: the owner, and an organizer's accounts, who have no address */
    size_t count;
};

/* ---- whose */

static void shelf_init(struct ts_call *call, const Identity__PersonAddress *address, struct shelf *shelf)
{
    shelf->hash = ts_email_hash(call, address->email);
    shelf->scan = store_buyer_scan(shelf->hash);
    if (address->has_after_ms)
        shelf->scan.from = TS_INT(address->after_ms);
    if (address->has_until_ms)
        shelf->scan.to = TS_INT(address->until_ms);
}

/* Return: 0 and those of who asks; a ts_error. */
static int shelves_find(struct ts_call *call, struct shelves *ret_shelves)
{
    Identity__GetViewerRequest request = IDENTITY__GET_VIEWER_REQUEST__INIT;
    const Identity__GetViewerReply *reply;
    int r;

    request.has_say_addresses = request.say_addresses = true;
    r = identity_get_viewer(call, &request, &reply);
    if (r)
        return r;
    if (!reply->viewer) /* a key or a device buys nothing */
        return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? TS_EUNAUTHENTICATED : TS_EDENIED;
    ret_shelves->count = reply->viewer->n_addresses;
    ret_shelves->items = TS_NEW_ARRAY(call->arena, struct shelf, ret_shelves->count);
    for (size_t i = 0; i < ret_shelves->count; i++)
        shelf_init(call, reply->viewer->addresses[i], &ret_shelves->items[i]);
    return 0;
}

/* ---- from where */

static char *cursor_make(struct ts_call *call, int64_t at_ms, const char *id)
{
    const char *text = ts_printf(call->arena, "%lld.%s", (long long)at_ms, id);

    return ts_base64url_encode(call, text, strlen(text));
}

/* What we did not make ourselves is none. */
static bool cursor_read(struct ts_call *call, const char *cursor, struct place *ret_place)
{
    size_t size = 0;
    const uint8_t *bytes = ts_base64url_decode(call, cursor, &size);
    const char *text = bytes ? ts_strndup(call->arena, (const char *)bytes, size) : "";
    char *end;

    ret_place->at_ms = strtoll(text, &end, 10);
    ret_place->id = *end == '.' ? end + 1 : "";
    return ts_id_is(ret_place->id, "ord") && strcmp(cursor_make(call, ret_place->at_ms, ret_place->id), cursor) == 0;
}

/* Go to the place. False: nothing of it comes behind that. */
static bool shelf_seek(struct ts_call *call, struct shelf *shelf, const struct place *place)
{
    struct ts_scan *scan = &shelf->scan;
    Orders__Order order = ORDERS__ORDER__INIT;
    struct ts_doc doc = { .id = place->id, .body = &order.base };

    if (!place->id || (scan->to.type == TS_VALUE_INT && place->at_ms >= scan->to.number))
        return true;
    if (scan->from.type == TS_VALUE_INT && place->at_ms < scan->from.number)
        return false;
    order.buyer_email_hash = (char *)shelf->hash;
    order.has_created_at_ms = true;
    order.created_at_ms = place->at_ms;
    scan->cursor = ts_store_cursor(call, scan, &doc);
    return true;
}

/* ---- which */

static int shelf_read(struct ts_call *call, struct shelf *shelf, const struct place *place, unsigned first,
                      int64_t *total)
{
    int64_t count = 0;
    int r;

    shelf->scan.limit = first;
    r = shelf_seek(call, shelf, place) ? ts_store_scan(call, &shelf->scan, &shelf->page) : 0;
    r = r ? r : ts_store_count(call, &shelf->scan, INT32_MAX, &count);
    *total += count;
    return r;
}

static int64_t time_of(const struct ts_doc *doc)
{
    return doc->body ? ((const Orders__Order *)doc->body)->created_at_ms : INT64_MAX;
}

static bool is_newer(const struct ts_doc *left, const struct ts_doc *right)
{
    int64_t left_ms = time_of(left), right_ms = time_of(right);

    return left_ms != right_ms ? left_ms > right_ms : strcmp(left->id, right->id) > 0;
}

/* The shelf whose next order is the newest; NULL: there is none, or one of them is to be read on before it is known. */
static struct shelf *shelves_next(struct shelves *shelves)
{
    struct shelf *newest = NULL;

    for (size_t i = 0; i < shelves->count; i++) {
        struct shelf *shelf = &shelves->items[i];

        if (shelf->taken == shelf->page.count && shelf->page.more)
            return NULL;
        if (shelf->taken < shelf->page.count &&
            (!newest || is_newer(&shelf->page.docs[shelf->taken], &newest->page.docs[newest->taken])))
            newest = shelf;
    }
    return newest;
}

/* The next of his: an index only finds candidates. NULL: there is none. */
static const Orders__Order *order_next(struct shelves *shelves)
{
    struct shelf *shelf;

    while ((shelf = shelves_next(shelves))) {
        const Orders__Order *order = (const Orders__Order *)shelf->page.docs[shelf->taken++].body;

        if (order && order->buyer_email_hash && strcmp(order->buyer_email_hash, shelf->hash) == 0)
            return order;
    }
    return NULL;
}

static bool shelves_have_more(const struct shelves *shelves)
{
    for (size_t i = 0; i < shelves->count; i++) {
        if (shelves->items[i].page.more || shelves->items[i].taken < shelves->items[i].page.count)
            return true;
    }
    return false;
}

/* ---- answering */

static void edges_fill(struct ts_call *call, const Orders__Order *const *orders, size_t count,
                       Orders__ListViewerOrdersReply *reply)
{
    const char *ids = "";

    for (size_t i = 0; i < count; i++)
        ids = ts_printf(call->arena, "%s%s%s", ids, *ids ? " " : "", orders[i]->id);
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, ids);
    reply->orders->edges = TS_NEW_ARRAY(call->arena, Orders__OrderEdge *, count);
    for (size_t i = 0; i < count; i++) {
        Orders__OrderEdge *edge = TS_NEW(call->arena, Orders__OrderEdge);

        orders__order_edge__init(edge);
        edge->cursor = cursor_make(call, orders[i]->created_at_ms, orders[i]->id);
        edge->node = orders_view(call, orders[i], reply->grant);
        reply->orders->edges[reply->orders->n_edges++] = edge;
    }
}

static void connection_fill(struct ts_call *call, struct shelves *shelves, unsigned first, bool has_previous,
                            Orders__ListViewerOrdersReply *reply)
{
    const Orders__Order **orders = TS_NEW_ARRAY(call->arena, const Orders__Order *, first);
    Orders__OrderConnection *connection = reply->orders;
    size_t count = 0;

    while (count < first && (orders[count] = order_next(shelves)))
        count++;
    edges_fill(call, orders, count, reply);
    connection->page_info =
        ts_page_info_new(call, has_previous, shelves_have_more(shelves), count ? connection->edges[0]->cursor : NULL,
                         count ? connection->edges[count - 1]->cursor : NULL);
}

int list_viewer_orders(struct ts_call *call, const Orders__ListViewerOrdersRequest *request,
                       Orders__ListViewerOrdersReply *ret_reply)
{
    int32_t first = request->has_first ? request->first : TS_PAGE_SIZE_DEFAULT;
    struct shelves shelves = { NULL, 0 };
    struct place place = { 0, NULL };
    int64_t total = 0;
    int r;

    if (first < 1 || first > TS_PAGE_SIZE_MAX)
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    if (request->after && !cursor_read(call, request->after, &place))
        return ts_fail(call, TS_EINVALID, "`after` is not a cursor of this list.");
    r = shelves_find(call, &shelves);
    for (size_t i = 0; i < shelves.count && r == 0; i++)
        r = shelf_read(call, &shelves.items[i], &place, (unsigned)first, &total);
    if (r)
        return r;
    ret_reply->orders = TS_NEW(call->arena, Orders__OrderConnection);
    orders__order_connection__init(ret_reply->orders);
    ret_reply->orders->has_total_count = true;
    ret_reply->orders->total_count = (int32_t)(total > INT32_MAX ? INT32_MAX : total);
    connection_fill(call, &shelves, (unsigned)first, request->after != NULL, ret_reply);
    return 0;
}
