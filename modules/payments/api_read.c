/* Joins: payments, refunds and balances, for whoever may see their order; without the machinery. */
#include <string.h>

#include "payments.h"
#include "tessera/reply.h"
#include "tessera/right.h"

/* The grant that holds here: the parent's when it covers it; without a parent, staff's own; or NULL. */
static const Common__Grant *own_grant(struct ts_call *call, const char *order_id, const char *organizer_id,
                                      const char *event_id, const Common__Grant *parent)
{
    if (parent && parent->kind == COMMON__GRANT__KIND__BUYER)
        return ts_is_buyer_of(parent, order_id) ? parent : NULL;
    return ts_sees(call, parent, TS_RIGHT_ORDERS | TS_RIGHT_MONEY, organizer_id, event_id)
               ? ts_grant_new(call, COMMON__GRANT__KIND__STAFF, organizer_id)
               : NULL;
}

Payments__Payment *payments_view(struct ts_call *call, const Payments__Payment *payment, const Common__Grant *grant)
{
    const Common__Grant *own = own_grant(call, payment->order_id, payment->organizer_id, payment->event_id, grant);
    Payments__Payment *view;

    if (!own)
        return NULL;
    view = ts_memdup(call->arena, payment, sizeof(*payment));
    view->grant = (Common__Grant *)own;
    view->has_due_ms = view->has_settled = false;
    view->outcome = view->confirm_key = NULL;
    view->n_entries = 0;
    view->entries = NULL;
    if (own->kind != COMMON__GRANT__KIND__BUYER)
        view->client_secret = NULL;
    return view;
}

Payments__Refund *refunds_view(struct ts_call *call, const Payments__Refund *refund, const Common__Grant *grant)
{
    const Common__Grant *own = own_grant(call, refund->order_id, refund->organizer_id, refund->event_id, grant);
    Payments__Refund *view;

    if (!own)
        return NULL;
    view = ts_memdup(call->arena, refund, sizeof(*refund));
    view->grant = (Common__Grant *)own;
    view->has_due_ms = view->has_request_minor = false;
    view->request_key = view->input_hash = NULL;
    view->n_entries = 0;
    view->entries = NULL;
    return view;
}

int get_payments(struct ts_call *call, const Payments__IdsRequest *request, Payments__GetPaymentsReply *ret_reply)
{
    struct payment *payments = TS_NEW_ARRAY(call->arena, struct payment, request->n_ids);
    int r;

    r = store_get_payments(call, (const char *const *)request->ids, request->n_ids, payments);
    if (r)
        return r;
    ret_reply->payments = TS_NEW_ARRAY(call->arena, Payments__Payment *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Payments__Payment *view = payments[i].body ? payments_view(call, payments[i].body, request->grant) : NULL;

        if (view)
            ret_reply->payments[ret_reply->n_payments++] = view;
    }
    return 0;
}

int get_refunds(struct ts_call *call, const Payments__IdsRequest *request, Payments__GetRefundsReply *ret_reply)
{
    struct refund *refunds = TS_NEW_ARRAY(call->arena, struct refund, request->n_ids);
    int r;

    r = store_get_refunds(call, (const char *const *)request->ids, request->n_ids, refunds);
    if (r)
        return r;
    ret_reply->refunds = TS_NEW_ARRAY(call->arena, Payments__Refund *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Payments__Refund *view = refunds[i].body ? refunds_view(call, refunds[i].body, request->grant) : NULL;

        if (view)
            ret_reply->refunds[ret_reply->n_refunds++] = view;
    }
    return 0;
}

static int list_order_payments(struct ts_call *call, const char *order_id, const Common__Grant *grant,
                               Payments__OrderPayments *order)
{
    Payments__Payment **payments;
    size_t count;
    int r;

    r = store_list_payments(call, order_id, &payments, &count);
    if (r)
        return r;
    order->order_id = (char *)order_id;
    order->payments = TS_NEW_ARRAY(call->arena, Payments__Payment *, count);
    for (size_t i = 0; i < count; i++) {
        Payments__Payment *view = payments_view(call, payments[i], grant);

        if (view)
            order->payments[order->n_payments++] = view;
    }
    return 0;
}

int list_payments(struct ts_call *call, const Payments__OrderIdsRequest *request,
                  Payments__ListPaymentsReply *ret_reply)
{
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Payments__OrderPayments *, request->n_order_ids);
    for (size_t i = 0; i < request->n_order_ids; i++) {
        Payments__OrderPayments *order = TS_NEW(call->arena, Payments__OrderPayments);
        int r;

        payments__order_payments__init(order);
        r = list_order_payments(call, request->order_ids[i], request->grant, order);
        if (r)
            return r;
        ret_reply->orders[ret_reply->n_orders++] = order;
    }
    return 0;
}

static int list_order_refunds(struct ts_call *call, const char *order_id, const Common__Grant *grant,
                              Payments__OrderRefunds *order)
{
    Payments__Refund **refunds;
    size_t count;
    int r;

    r = store_list_refunds(call, order_id, &refunds, &count);
    if (r)
        return r;
    order->order_id = (char *)order_id;
    order->refunds = TS_NEW_ARRAY(call->arena, Payments__Refund *, count);
    for (size_t i = 0; i < count; i++) {
        Payments__Refund *view = refunds_view(call, refunds[i], grant);

        if (view)
            order->refunds[order->n_refunds++] = view;
    }
    return 0;
}

int list_refunds(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__ListRefundsReply *ret_reply)
{
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Payments__OrderRefunds *, request->n_order_ids);
    for (size_t i = 0; i < request->n_order_ids; i++) {
        Payments__OrderRefunds *order = TS_NEW(call->arena, Payments__OrderRefunds);
        int r;

        payments__order_refunds__init(order);
        r = list_order_refunds(call, request->order_ids[i], request->grant, order);
        if (r)
            return r;
        ret_reply->orders[ret_reply->n_orders++] = order;
    }
    return 0;
}

static int order_balance(struct ts_call *call, const Orders__Order *order, Payments__OrderBalance *balance)
{
    struct account account;
    int64_t minor;
    int r;

    r = store_get_account(call, order->id, &account);
    if (r)
        return r;
    minor =
        balance_of(order->total->minor, account.payments, account.payment_count, account.refunds, account.refund_count);
    balance->order_id = order->id;
    balance->balance = ts_money_new(call->arena, minor, order->total->currency);
    return 0;
}

/* The orders themselves say who may see them. */
int get_balances(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__GetBalancesReply *ret_reply)
{
    Orders__IdsRequest ids = ORDERS__IDS_REQUEST__INIT;
    const Orders__GetOrdersReply *reply;
    int r;

    ids.n_ids = request->n_order_ids;
    ids.ids = request->order_ids;
    ids.grant = request->grant;
    r = orders_get_orders(call, &ids, &reply);
    if (r)
        return r;
    ret_reply->balances = TS_NEW_ARRAY(call->arena, Payments__OrderBalance *, reply->n_orders);
    for (size_t i = 0; i < reply->n_orders; i++) {
        Payments__OrderBalance *balance = TS_NEW(call->arena, Payments__OrderBalance);

        payments__order_balance__init(balance);
        r = order_balance(call, reply->orders[i], balance);
        if (r)
            return r;
        ret_reply->balances[ret_reply->n_balances++] = balance;
    }
    return 0;
}
