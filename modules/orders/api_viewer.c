/*
 * An account's orders: those bought with its address, which somebody has proved to be his before there was an account,
 * since whoever had it before gave it up. Identity says which address that is, so that nobody is believed about it.
 */
#include <string.h>

#include "identity/v1/identity.rpc.h"
#include "orders.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/sign.h"

/* Whose orders are listed. */
struct buyer {
    const char *hash; /* what stands for his address; NULL: the owner, who has none */
    int64_t from_ms;  /* of before they are somebody else's */
};

/* Return: 0 and who asks; a ts_error. */
static int viewer_find(struct ts_call *call, struct buyer *ret_buyer)
{
    Identity__GetViewerRequest request = IDENTITY__GET_VIEWER_REQUEST__INIT;
    const Identity__GetViewerReply *reply;
    int r;

    request.has_say_after = request.say_after = true;
    r = identity_get_viewer(call, &request, &reply);
    if (r)
        return r;
    if (!reply->viewer) /* a key or a device buys nothing */
        return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? TS_EUNAUTHENTICATED : TS_EDENIED;
    ret_buyer->hash = reply->viewer->email ? ts_email_hash(call, reply->viewer->email) : NULL;
    ret_buyer->from_ms = reply->viewer->email_after_ms;
    return 0;
}

/* The buyer's grant of all orders of a page. */
static Common__Grant *grant_of(struct ts_call *call, const struct ts_page *page)
{
    const char *ids = "";

    for (size_t i = 0; i < page->count; i++)
        ids = ts_printf(call->arena, "%s%s%s", ids, *ids ? " " : "", page->docs[i].id);
    return ts_grant_new(call, COMMON__GRANT__KIND__BUYER, ids);
}

/* Those of the page that are his: an index only finds candidates. */
static void edges_fill(struct ts_call *call, const struct ts_scan *scan, const struct ts_page *page, const char *hash,
                       Orders__ListViewerOrdersReply *reply)
{
    Orders__OrderConnection *connection = reply->orders;

    connection->edges = TS_NEW_ARRAY(call->arena, Orders__OrderEdge *, page->count);
    for (size_t i = 0; i < page->count; i++) {
        const Orders__Order *order = (const Orders__Order *)page->docs[i].body;
        Orders__OrderEdge *edge;

        if (!order || !order->buyer_email_hash || strcmp(order->buyer_email_hash, hash) != 0)
            continue;
        edge = TS_NEW(call->arena, Orders__OrderEdge);
        orders__order_edge__init(edge);
        edge->cursor = (char *)ts_store_cursor(call, scan, &page->docs[i]);
        edge->node = orders_view(call, order, reply->grant);
        connection->edges[connection->n_edges++] = edge;
    }
}

/* Return: 0; a ts_error. */
static int connection_fill(struct ts_call *call, const struct buyer *buyer, unsigned first, const char *after,
                           Orders__ListViewerOrdersReply *reply)
{
    struct ts_scan scan = store_buyer_scan(buyer->hash);
    Orders__OrderConnection *connection = reply->orders;
    struct ts_page page;
    int64_t total;
    size_t count;
    int r;

    scan.from = TS_INT(buyer->from_ms);
    scan.limit = first;
    scan.cursor = after;
    r = ts_store_scan(call, &scan, &page);
    if (r)
        return r == TS_EINVALID ? ts_fail(call, r, "`after` is not a cursor of this list.") : r;
    r = ts_store_count(call, &scan, INT32_MAX, &total);
    if (r)
        return r;
    reply->grant = grant_of(call, &page);
    edges_fill(call, &scan, &page, buyer->hash, reply);
    count = connection->n_edges;
    connection->page_info =
        ts_page_info_new(call, after != NULL, page.more, count ? connection->edges[0]->cursor : NULL,
                         count ? connection->edges[count - 1]->cursor : NULL);
    connection->total_count = (int32_t)total;
    return 0;
}

int list_viewer_orders(struct ts_call *call, const Orders__ListViewerOrdersRequest *request,
                       Orders__ListViewerOrdersReply *ret_reply)
{
    int32_t first = request->has_first ? request->first : TS_PAGE_SIZE_DEFAULT;
    struct buyer buyer = { NULL, 0 };
    int r;

    if (first < 1 || first > TS_PAGE_SIZE_MAX)
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    r = viewer_find(call, &buyer);
    if (r)
        return r;
    ret_reply->orders = TS_NEW(call->arena, Orders__OrderConnection);
    orders__order_connection__init(ret_reply->orders);
    ret_reply->orders->has_total_count = true;
    ret_reply->orders->page_info = ts_page_info_new(call, false, false, NULL, NULL);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__BUYER, "");
    return buyer.hash ? connection_fill(call, &buyer, (unsigned)first, request->after, ret_reply) : 0;
}
