/* Payments and refunds in the store: see store.h. Both are listed by their order's id, which grows with time. */
#include "store.h"

#include <assert.h>

#include "tessera/bus.h"
#include "tessera/id.h"
#include "tessera/limits.h"

const struct ts_collection payments_collection = {
    .name = "payments",
    .message = &payments__payment__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "order", { "order_id", "created_at_ms" } } },
    .shared = true,
};

const struct ts_collection refunds_collection = {
    .name = "refunds",
    .message = &payments__refund__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "order", { "order_id", "created_at_ms" } } },
    .shared = true,
};

static int get_docs(struct ts_call *call, const struct ts_collection *collection, const char *const *ids, size_t count,
                    struct ts_doc **ret_docs)
{
    *ret_docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    if (count == 0)
        return 0;
    return count > TS_GET_MAX ? TS_EINVALID : ts_store_get_many(call, collection, ids, count, *ret_docs);
}

int store_get_payments(struct ts_call *call, const char *const *ids, size_t count, struct payment *ret_payments)
{
    struct ts_doc *docs;
    int r;

    r = get_docs(call, &payments_collection, ids, count, &docs);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        ret_payments[i] = (struct payment){ (const Payments__Payment *)docs[i].body, docs[i].version };
    return 0;
}

int store_get_payment(struct ts_call *call, const char *id, struct payment *ret_payment)
{
    return store_get_payments(call, &id, 1, ret_payment);
}

int store_get_refunds(struct ts_call *call, const char *const *ids, size_t count, struct refund *ret_refunds)
{
    struct ts_doc *docs;
    int r;

    r = get_docs(call, &refunds_collection, ids, count, &docs);
    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        ret_refunds[i] = (struct refund){ (const Payments__Refund *)docs[i].body, docs[i].version };
    return 0;
}

int store_get_refund(struct ts_call *call, const char *id, struct refund *ret_refund)
{
    return store_get_refunds(call, &id, 1, ret_refund);
}

/* The bodies of all that `scan` meets. */
static int scan_all(struct ts_call *call, struct ts_scan *scan, ProtobufCMessage ***ret_bodies, size_t *ret_count)
{
    struct ts_page page = { .more = true };
    ProtobufCMessage **bodies = NULL;
    size_t count = 0;

    scan->limit = TS_SCAN_MAX;
    while (page.more) {
        ProtobufCMessage **longer;
        int r;

        scan->cursor = page.cursor;
        r = ts_store_scan(call, scan, &page);
        if (r)
            return r;
        longer = TS_NEW_ARRAY(call->arena, ProtobufCMessage *, count + page.count);
        for (size_t i = 0; i < count; i++)
            longer[i] = bodies[i];
        bodies = longer;
        for (size_t i = 0; i < page.count; i++)
            bodies[count++] = (ProtobufCMessage *)page.docs[i].body;
    }
    *ret_bodies = bodies;
    *ret_count = count;
    return 0;
}

static int list_by_order(struct ts_call *call, const struct ts_collection *collection, const char *order_id,
                         ProtobufCMessage ***ret_bodies, size_t *ret_count)
{
    struct ts_scan scan = { .collection = collection, .index = "order", .equal = { TS_STRING(order_id) } };

    return scan_all(call, &scan, ret_bodies, ret_count);
}

int store_list_payments(struct ts_call *call, const char *order_id, Payments__Payment ***ret_payments,
                        size_t *ret_count)
{
    return list_by_order(call, &payments_collection, order_id, (ProtobufCMessage ***)ret_payments, ret_count);
}

int store_list_refunds(struct ts_call *call, const char *order_id, Payments__Refund ***ret_refunds, size_t *ret_count)
{
    return list_by_order(call, &refunds_collection, order_id, (ProtobufCMessage ***)ret_refunds, ret_count);
}

int store_get_account(struct ts_call *call, const char *order_id, struct account *ret_account)
{
    int r;

    r = store_list_payments(call, order_id, &ret_account->payments, &ret_account->payment_count);
    return r ? r : store_list_refunds(call, order_id, &ret_account->refunds, &ret_account->refund_count);
}

int store_list_numbered(struct ts_call *call, const char *payment_id, Payments__Refund ***ret_refunds,
                        size_t *ret_count)
{
    const char *first = ts_id_member(call, payment_id, "rfd", 1);
    struct ts_scan scan = { .collection = &refunds_collection };

    scan.from = TS_STRING(first);
    scan.to = TS_STRING(ts_printf(call->arena, "%.*s~", TS_ID_LENGTH - 2, first)); /* past all numbers */
    return scan_all(call, &scan, (ProtobufCMessage ***)ret_refunds, ret_count);
}

/* After a write: whoever watches the order is told when it was done. Return: `result`. */
static int told(struct ts_call *call, char *order_id, int result)
{
    Payments__MoneyMoved event = PAYMENTS__MONEY_MOVED__INIT;

    event.order_id = order_id;
    if (result == 0)
        ts_publish(call, &event.base);
    return result;
}

int store_insert_payment(struct ts_call *call, const struct ts_write *record, const Payments__Payment *payment)
{
    struct ts_write writes[2];
    size_t count = 0;
    int r;

    if (record)
        writes[count++] = *record;
    writes[count++] =
        (struct ts_write){ .collection = &payments_collection, .id = payment->id, .body = &payment->base };
    r = ts_store_write(call, writes, count, TS_WRITE_ORDERED);
    if (r)
        return r;
    if (writes[0].result != TS_WRITE_OK || writes[count - 1].result != TS_WRITE_OK)
        return TS_WRITE_CONFLICT;
    return told(call, payment->order_id, 0);
}

int store_insert_refund(struct ts_call *call, const Payments__Refund *refund)
{
    return told(call, refund->order_id, ts_store_insert(call, &refunds_collection, refund->id, &refund->base));
}

int store_put_payment(struct ts_call *call, const struct payment *from, const Payments__Payment *next)
{
    assert(from->version > 0);
    return told(call, next->order_id, ts_store_put(call, &payments_collection, next->id, from->version, &next->base));
}

int store_put_refund(struct ts_call *call, const struct refund *from, const Payments__Refund *next)
{
    assert(from->version > 0);
    return told(call, next->order_id, ts_store_put(call, &refunds_collection, next->id, from->version, &next->base));
}
