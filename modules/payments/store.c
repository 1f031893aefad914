/* Payments and refunds in the store: see store.h. Payments are listed by their order's id, which grows with time. */
#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "tessera/bus.h"
#include "tessera/id.h"
#include "tessera/limits.h"

enum { REFUNDS_AHEAD = 4 }; /* of a payment, asked for at once; most have none */

const struct ts_collection payments_collection = {
    .name = "payments",
    .message = &payments__payment__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "order", { "order_id", "created_at_ms" } } },
    .shared = true,
};

const struct ts_collection refunds_collection = {
    .name = "refunds",
    .message = &payments__refund__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .shared = true,
};

const struct ts_collection parked_events_collection = {
    .name = "parked_events",
    .message = &payments__parked_event__descriptor,
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

static int list_by_order(struct ts_call *call, const struct account_of *of, struct account *account)
{
    struct ts_scan scan = { .collection = &payments_collection,
                            .index = "order",
                            .equal = { TS_STRING(of->order_id) },
                            .exact = of->exact,
                            .limit = TS_SCAN_MAX };
    struct ts_page page = { .more = true };

    while (page.more) {
        Payments__Payment **longer;
        int r;

        scan.cursor = page.cursor;
        r = ts_store_scan(call, &scan, &page);
        if (r)
            return r;
        longer = TS_NEW_ARRAY(call->arena, Payments__Payment *, account->payment_count + page.count + 1);
        for (size_t i = 0; i < account->payment_count; i++)
            longer[i] = account->payments[i];
        account->payments = longer;
        for (size_t i = 0; i < page.count; i++)
            account->payments[account->payment_count++] = (Payments__Payment *)page.docs[i].body;
    }
    return 0;
}

/* The payment that paid the order, which a list need not know of yet: there is room for one more. */
static int add_paying(struct ts_call *call, const char *id, struct account *account)
{
    struct payment payment = { 0 };
    int r;

    for (size_t i = 0; i < account->payment_count; i++) {
        if (strcmp(account->payments[i]->id, id) == 0)
            return 0;
    }
    r = store_get_payment(call, id, &payment);
    if (r == 0 && payment.body)
        account->payments[account->payment_count++] = (Payments__Payment *)payment.body;
    return r;
}

int store_list_payments(struct ts_call *call, const struct account_of *of, struct account *ret_account)
{
    int r;

    *ret_account = (struct account){ 0 };
    r = list_by_order(call, of, ret_account);
    return r == 0 && of->payment_id ? add_paying(call, of->payment_id, ret_account) : r;
}

int store_list_numbered(struct ts_call *call, const char *payment_id, Payments__Refund ***ret_refunds,
                        size_t *ret_count)
{
    Payments__Refund **refunds = NULL;
    size_t count = 0, ahead = REFUNDS_AHEAD;

    while (count < TS_ID_MEMBERS_MAX) {
        size_t asked = count + ahead <= TS_ID_MEMBERS_MAX ? ahead : TS_ID_MEMBERS_MAX - count;
        const char **ids = TS_NEW_ARRAY(call->arena, const char *, asked);
        Payments__Refund **longer = TS_NEW_ARRAY(call->arena, Payments__Refund *, count + asked);
        struct ts_doc *docs;
        int r;

        for (size_t i = 0; i < asked; i++)
            ids[i] = ts_id_member(call, payment_id, "rfd", (unsigned)(count + i) + 1);
        r = get_docs(call, &refunds_collection, ids, asked, &docs);
        if (r)
            return r;
        for (size_t i = 0; i < count; i++)
            longer[i] = refunds[i];
        refunds = longer;
        for (size_t i = 0; i < asked && docs[i].body; i++)
            refunds[count++] = (Payments__Refund *)docs[i].body;
        if (count == 0 || !docs[asked - 1].body)
            break;
        ahead = ahead < TS_GET_MAX / 2 ? 2 * ahead : ahead;
    }
    *ret_refunds = refunds;
    *ret_count = count;
    return 0;
}

static int compare_refunds(const void *left, const void *right)
{
    const Payments__Refund *one = *(Payments__Refund *const *)left, *other = *(Payments__Refund *const *)right;
    int order = (one->created_at_ms > other->created_at_ms) - (one->created_at_ms < other->created_at_ms);

    return order ? order : strcmp(one->id, other->id);
}

/* What went back is known by its payments: only of money that came can any go. */
static int list_refunds(struct ts_call *call, struct account *account)
{
    for (size_t i = 0; i < account->payment_count; i++) {
        Payments__Refund **numbered, **longer;
        size_t count;
        int r;

        if (!payment_is_received(account->payments[i]))
            continue;
        r = store_list_numbered(call, account->payments[i]->id, &numbered, &count);
        if (r)
            return r;
        longer = TS_NEW_ARRAY(call->arena, Payments__Refund *, account->refund_count + count);
        for (size_t k = 0; k < account->refund_count; k++)
            longer[k] = account->refunds[k];
        for (size_t k = 0; k < count; k++)
            longer[account->refund_count++] = numbered[k];
        account->refunds = longer;
    }
    if (account->refund_count)
        qsort(account->refunds, account->refund_count, sizeof(*account->refunds), compare_refunds);
    return 0;
}

int store_get_account(struct ts_call *call, const struct account_of *of, struct account *ret_account)
{
    int r = store_list_payments(call, of, ret_account);

    return r ? r : list_refunds(call, ret_account);
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

int store_park_event(struct ts_call *call, const Payments__ParkedEvent *event)
{
    return ts_store_insert(call, &parked_events_collection, event->id, &event->base);
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
