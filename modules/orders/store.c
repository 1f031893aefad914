/*
 * Orders in the store: see store.h. The key of a code's claim starts with the code, so that one short scan over keys
 * finds it whoever the organizer is, and no index has to hold a random value.
 */
#include "store.h"

#include <assert.h>

#include "tessera/cleanup.h"
#include "tessera/idem.h"
#include "tessera/limits.h"

const struct ts_collection orders_collection = {
    .name = "orders",
    .message = &orders__order__descriptor,
    .indexes = {
        { "due", { "due_ms" } },
        { "event", { "event_id", "created_at_ms" } },
        { "event_status", { "event_id", "status", "created_at_ms" } },
        { "buyer", { "buyer_email_hash", "created_at_ms" } },
        { "person", { "email_hashes", "created_at_ms" } },
    },
    .personal = true,
    .shared = true,
};

const struct ts_collection order_codes_collection = {
    .name = "order_codes",
    .message = &orders__order_code__descriptor,
    .quiet = true,
};

static void order_read(const struct ts_doc *doc, struct order *ret_order)
{
    ret_order->body = doc->version > 0 ? (const Orders__Order *)doc->body : NULL;
    ret_order->version = doc->version;
}

int store_get_order(struct ts_call *call, const char *id, struct order *ret_order)
{
    return store_get_orders(call, &id, 1, ret_order);
}

int store_get_orders(struct ts_call *call, const char *const *ids, size_t count, struct order *ret_orders)
{
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    int r;

    if (count == 0)
        return 0;
    if (count > TS_GET_MAX)
        return TS_EINVALID;
    r = ts_store_get_many(call, &orders_collection, ids, count, docs);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        order_read(&docs[i], &ret_orders[i]);
    return 0;
}

static const char *code_key(struct ts_call *call, const char *code, const char *organizer_id)
{
    return ts_printf(call->arena, "%s/%s", code, organizer_id);
}

int store_insert_order(struct ts_call *call, const Orders__Order *order, const struct order_creation *creation)
{
    Orders__OrderCode code = ORDERS__ORDER_CODE__INIT;
    struct ts_write writes[3], *order_code = writes;
    int r;

    assert(order->id && order->code && order->organizer_id);
    if (creation && ts_idem_write(call, creation->scope, creation->input, order->id, writes))
        order_code++;
    code.order_id = order->id;
    order_code[0] = (struct ts_write){ .collection = &order_codes_collection,
                                       .id = code_key(call, order->code, order->organizer_id),
                                       .body = &code.base };
    order_code[1] = (struct ts_write){ .collection = &orders_collection, .id = order->id, .body = &order->base };
    r = ts_store_write(call, writes, (size_t)(order_code - writes) + 2, TS_WRITE_ORDERED);
    if (r)
        return r;
    if (order_code > writes && writes[0].result == TS_WRITE_CONFLICT)
        return ORDER_KEY_TAKEN;
    if (order_code[0].result == TS_WRITE_CONFLICT)
        return ORDER_CODE_TAKEN;
    return order_code[1].result == TS_WRITE_CONFLICT ? ORDER_EXISTS : 0;
}

Orders__Order *store_edit_order(struct ts_call *call, const struct order *order)
{
    Orders__Order *next = ts_memdup(call->arena, order->body, sizeof(*order->body));

    next->n_entries = 0;
    next->entries = NULL;
    return next;
}

int store_put_order(struct ts_call *call, const struct order *from, const Orders__Order *next)
{
    assert(from->version > 0);
    return ts_store_put(call, &orders_collection, next->id, from->version, &next->base);
}

int store_find_code(struct ts_call *call, const char *code, bool exact, const char ***ret_ids, size_t *ret_count)
{
    struct ts_scan scan = { .collection = &order_codes_collection, .limit = TS_SCAN_MAX, .exact = exact };
    struct ts_page page;
    const char **ids;
    int r;

    scan.from = TS_STRING(ts_printf(call->arena, "%s/", code));
    scan.to = TS_STRING(ts_printf(call->arena, "%s0", code)); /* '0' follows '/' */
    r = ts_store_scan(call, &scan, &page);
    if (r)
        return r;
    ids = TS_NEW_ARRAY(call->arena, const char *, page.count);
    for (size_t i = 0; i < page.count; i++)
        ids[i] = ((const Orders__OrderCode *)page.docs[i].body)->order_id;
    *ret_ids = ids;
    *ret_count = page.count;
    return 0;
}

struct ts_scan store_buyer_scan(const char *email_hash)
{
    return (struct ts_scan){
        .collection = &orders_collection, .index = "buyer", .equal = { TS_STRING(email_hash) }, .descending = true
    };
}

struct ts_scan store_event_scan(const char *event_id, const Orders__OrderStatus *status)
{
    struct ts_scan scan = {
        .collection = &orders_collection,
        .index = status ? "event_status" : "event",
        .equal = { TS_STRING(event_id) },
        .descending = true,
        .limit = TS_SCAN_MAX,
    };

    if (status)
        scan.equal[1] = TS_INT(*status);
    return scan;
}

int store_list_person(struct ts_call *call, const Orders__ListPersonOrdersRequest *request, bool attended,
                      const char *cursor, struct ts_page *ret_page)
{
    struct ts_scan scan = store_buyer_scan(request->email_hash);

    if (attended)
        scan.index = "person";
    scan.cursor = cursor;
    scan.limit = TS_PAGE_SIZE_MAX;
    scan.exact = true; /* who is to be forgotten leaves nothing */

    if (request->has_from_ms)
        scan.from = TS_INT(request->from_ms);
    if (request->has_until_ms)
        scan.to = TS_INT(request->until_ms);
    return ts_store_scan(call, &scan, ret_page);
}

int store_list_versions(struct ts_call *call, const char *id, int64_t before, struct ts_page *ret_page)
{
    return ts_store_history(call, &orders_collection, id, before, TS_PAGE_SIZE_MAX, ret_page);
}

int store_erase_parts(struct ts_call *call, const char *id, const char *const *parts, size_t count)
{
    return count ? ts_store_erase_parts(call, &orders_collection, id, parts, count) : 0;
}
