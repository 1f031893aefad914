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
    view->outcome = view->confirm_key = view->provider_ref = view->provider_payment = NULL;
    view->n_event_ids = 0;
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
    view->request_key = view->input_hash = view->provider_ref = NULL;
    view->n_event_ids = 0;
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

/* Whose account: an order's, of which `orders` may tell what paid it. */
static struct account_of of_order(const char *order_id, const Orders__GetOrdersReply *orders)
{
    struct account_of of = { .order_id = order_id };

    for (size_t i = 0; orders && i < orders->n_orders; i++) {
        if (strcmp(orders->orders[i]->id, order_id) == 0)
            of.payment_id = orders->orders[i]->settling_payment_id;
    }
    return of;
}

/* The orders themselves say who may see them. */
static int read_orders(struct ts_call *call, const Payments__OrderIdsRequest *request,
                       const Orders__GetOrdersReply **ret_orders)
{
    Orders__IdsRequest ids = ORDERS__IDS_REQUEST__INIT;

    ids.n_ids = request->n_order_ids;
    ids.ids = request->order_ids;
    ids.grant = request->grant;
    return orders_get_orders(call, &ids, ret_orders);
}

/* Where others write the store, too, a list of payments may be late: orders tell. Else *ret_orders is NULL. */
static int read_shared_orders(struct ts_call *call, const Payments__OrderIdsRequest *request,
                              const Orders__GetOrdersReply **ret_orders)
{
    *ret_orders = NULL;
    return ts_store_is_shared(call) ? read_orders(call, request, ret_orders) : 0;
}

static void view_payments(struct ts_call *call, const struct account *account, const Common__Grant *grant,
                          Payments__OrderPayments *order)
{
    order->payments = TS_NEW_ARRAY(call->arena, Payments__Payment *, account->payment_count);
    for (size_t i = 0; i < account->payment_count; i++) {
        Payments__Payment *view = payments_view(call, account->payments[i], grant);

        if (view)
            order->payments[order->n_payments++] = view;
    }
}

int list_payments(struct ts_call *call, const Payments__OrderIdsRequest *request,
                  Payments__ListPaymentsReply *ret_reply)
{
    const Orders__GetOrdersReply *orders;
    int r = read_shared_orders(call, request, &orders);

    if (r)
        return r;
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Payments__OrderPayments *, request->n_order_ids);
    for (size_t i = 0; i < request->n_order_ids; i++) {
        Payments__OrderPayments *order = TS_NEW(call->arena, Payments__OrderPayments);
        struct account_of of = of_order(request->order_ids[i], orders);
        struct account account;

        r = store_list_payments(call, &of, &account);
        if (r)
            return r;
        payments__order_payments__init(order);
        order->order_id = request->order_ids[i];
        view_payments(call, &account, request->grant, order);
        ret_reply->orders[ret_reply->n_orders++] = order;
    }
    return 0;
}

static void view_refunds(struct ts_call *call, const struct account *account, const Common__Grant *grant,
                         Payments__OrderRefunds *order)
{
    order->refunds = TS_NEW_ARRAY(call->arena, Payments__Refund *, account->refund_count);
    for (size_t i = 0; i < account->refund_count; i++) {
        Payments__Refund *view = refunds_view(call, account->refunds[i], grant);

        if (view)
            order->refunds[order->n_refunds++] = view;
    }
}

int list_refunds(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__ListRefundsReply *ret_reply)
{
    const Orders__GetOrdersReply *orders;
    int r = read_shared_orders(call, request, &orders);

    if (r)
        return r;
    ret_reply->orders = TS_NEW_ARRAY(call->arena, Payments__OrderRefunds *, request->n_order_ids);
    for (size_t i = 0; i < request->n_order_ids; i++) {
        Payments__OrderRefunds *order = TS_NEW(call->arena, Payments__OrderRefunds);
        struct account_of of = of_order(request->order_ids[i], orders);
        struct account account;

        r = store_get_account(call, &of, &account);
        if (r)
            return r;
        payments__order_refunds__init(order);
        order->order_id = request->order_ids[i];
        view_refunds(call, &account, request->grant, order);
        ret_reply->orders[ret_reply->n_orders++] = order;
    }
    return 0;
}

int get_balances(struct ts_call *call, const Payments__OrderIdsRequest *request, Payments__GetBalancesReply *ret_reply)
{
    const Orders__GetOrdersReply *orders;
    int r;

    r = read_orders(call, request, &orders);
    if (r)
        return r;
    ret_reply->balances = TS_NEW_ARRAY(call->arena, Payments__OrderBalance *, orders->n_orders);
    for (size_t i = 0; i < orders->n_orders; i++) {
        const Orders__Order *order = orders->orders[i];
        Payments__OrderBalance *balance = TS_NEW(call->arena, Payments__OrderBalance);
        struct account_of of = of_order(order->id, orders);
        struct account account;

        r = store_get_account(call, &of, &account);
        if (r)
            return r;
        payments__order_balance__init(balance);
        balance->order_id = order->id;
        balance->balance = ts_money_new(call->arena,
                                        balance_of(order->total->minor, account.payments, account.payment_count,
                                                   account.refunds, account.refund_count),
                                        order->total->currency);
        ret_reply->balances[ret_reply->n_balances++] = balance;
    }
    return 0;
}
