/*
 * The steps of a payment and of a refund, walked by the handler that began them, by a retry, or by the due engine.
 * Nothing here is lost by a crash: what comes next is read from the document, and each step finds what it did before.
 */
#include <string.h>

#include "payments.h"
#include "stripe.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/log.h"
#include "tessera/reply.h"

static const char source_late[] = "late"; /* of a refund that nobody asked for */

int payments_read_order(struct ts_call *call, const char *order_id, const char *secret, const Orders__Order **ret_order)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;
    int r;

    request.order_id = (char *)order_id;
    request.secret = (char *)secret;
    r = orders_read_order(call, &request, &reply);
    if (r)
        return r;
    if (!reply->order)
        return TS_ENOTFOUND;
    *ret_order = reply->order;
    return 0;
}

Payments__Payment *payments_edit(struct ts_call *call, const struct payment *payment)
{
    Payments__Payment *next = ts_memdup(call->arena, payment->body, sizeof(*payment->body));

    next->has_due_ms = false;
    next->due_ms = 0;
    return next;
}

Payments__Refund *refunds_edit(struct ts_call *call, const struct refund *refund)
{
    Payments__Refund *next = ts_memdup(call->arena, refund->body, sizeof(*refund->body));

    next->has_due_ms = false;
    next->due_ms = 0;
    return next;
}

/* Names and labels are few, so the metrics are too. */
void payments_measure(struct ts_call *call, const Payments__Payment *payment)
{
    static const char *const words[] = { "created", "pending", "confirmed", "failed", "cancelled", "refunded" };
    const char *labels =
        ts_printf(call->arena, "provider=\"%s\",outcome=\"%s\"", payment->provider, words[payment->status]);

    ts_metric_add(
        ts_metric_new(call, TS_METRIC_COUNTER, "tessera_payments_total", labels, "Payments that reached a status."), 1);
    if (payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED)
        return;
    labels = ts_printf(call->arena, "currency=\"%s\"", payment->amount->currency);
    ts_metric_add(ts_metric_new(call, TS_METRIC_COUNTER, "tessera_revenue_minor_total", labels,
                                "Money received, in the currency's smallest unit."),
                  payment->amount->minor);
}

int payments_put(struct ts_call *call, struct payment *payment, Payments__Payment *next)
{
    bool changed =
        next->status != payment->body->status && payment->body->status != PAYMENTS__PAYMENT__STATUS__REFUNDED;
    int r;

    payment_set_entries(call->arena, next, (int)payment->body->status);
    r = store_put_payment(call, payment, next);
    if (r)
        return r;
    if (changed)
        payments_measure(call, next);
    *payment = (struct payment){ next, payment->version + 1 };
    return 0;
}

int refunds_put(struct ts_call *call, struct refund *refund, Payments__Refund *next)
{
    int r;

    refund_set_entries(call->arena, next, (int)refund->body->status);
    r = store_put_refund(call, refund, next);
    if (r == 0)
        *refund = (struct refund){ next, refund->version + 1 };
    return r;
}

/* ---- asking the provider */

static int put_status(struct ts_call *call, struct payment *payment, Payments__Payment__Status status)
{
    Payments__Payment *next = payments_edit(call, payment);

    next->status = status;
    return payments_put(call, payment, next);
}

int payments_let_wait(struct ts_call *call, const Payments__Payment *payment, int64_t for_ms,
                      const Orders__Order **ret_order)
{
    Orders__ExtendOrderRequest request = ORDERS__EXTEND_ORDER_REQUEST__INIT;
    const Orders__ExtendOrderReply *reply;
    const Orders__Order *order;
    int r;

    r = payments_read_order(call, payment->order_id, /* secret= */ NULL, &order);
    if (r)
        return r;
    request.order_id = payment->order_id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = order->created_at_ms + for_ms;
    r = orders_extend_order_as_system(call, &request, &reply);
    if (r)
        return r;
    *ret_order = reply->order && reply->order->status == ORDERS__ORDER_STATUS__PENDING ? reply->order : NULL;
    return 0;
}

/* A transfer takes days, and the order waits for it; one that no longer can takes no payment. */
static int ask_manual(struct ts_call *call, struct payment *payment)
{
    const Orders__Order *order;
    int r = payments_let_wait(call, payment->body, PAYMENTS_MANUAL_MS, &order);

    if (r)
        return r;
    return put_status(call, payment, order ? PAYMENTS__PAYMENT__STATUS__PENDING : PAYMENTS__PAYMENT__STATUS__CANCELLED);
}

static int64_t late_at(const Orders__Order *order, int64_t now_ms)
{
    return (order->status == ORDERS__ORDER_STATUS__PENDING ? order->expires_at_ms : now_ms) + PAYMENTS_LATE_MS;
}

static int ask_late(struct ts_call *call, struct payment *payment)
{
    Payments__Payment *next = payments_edit(call, payment);
    const Orders__Order *order;
    int r;

    r = payments_read_order(call, payment->body->order_id, /* secret= */ NULL, &order);
    if (r)
        return r;
    next->status = PAYMENTS__PAYMENT__STATUS__PENDING;
    next->has_due_ms = true;
    next->due_ms = late_at(order, ts_now_ms(call));
    return payments_put(call, payment, next);
}

static int ask(struct ts_call *call, struct payment *payment)
{
    enum pay_way way;

    if (pay_way_read(payment->body->provider, payment->body->method, &way))
        return TS_EDATALOSS; /* it was checked before it was written */
    switch (way) {
    case PAY_SUCCESS: /* written by a version that asked here, too */
        return payments_confirm(call, payment, /* confirm_key= */ NULL);
    case PAY_DECLINE:
        return put_status(call, payment, PAYMENTS__PAYMENT__STATUS__FAILED);
    case PAY_PENDING:
        return put_status(call, payment, PAYMENTS__PAYMENT__STATUS__PENDING);
    case PAY_LATE:
        return ask_late(call, payment);
    case PAY_STRIPE:
        return checkout_open(call, payment);
    default:
        return ask_manual(call, payment);
    }
}

/* ---- money that came */

int payments_confirm(struct ts_call *call, struct payment *payment, const char *confirm_key)
{
    Payments__Payment *next = payments_edit(call, payment);

    next->status = PAYMENTS__PAYMENT__STATUS__CONFIRMED;
    if (next->received) { /* staff take what came: no more and no less is booked */
        next->amount = next->received;
        next->received = NULL;
    }
    next->confirm_key = (char *)confirm_key;
    next->has_due_ms = true;
    next->due_ms = ts_now_ms(call) + PAYMENTS_STEP_MS;
    return payments_put(call, payment, next);
}

/* Its order has time left after all (it was extended): then it is not late yet. */
static int confirm_late(struct ts_call *call, struct payment *payment)
{
    Payments__Payment *next;
    const Orders__Order *order;
    int64_t now_ms = ts_now_ms(call);
    int r;

    if (payment->body->due_ms > now_ms)
        return 0;
    if (payments_is_by_stripe(payment->body))
        return checkout_look(call, payment);
    r = payments_read_order(call, payment->body->order_id, /* secret= */ NULL, &order);
    if (r)
        return r;
    if (order->status != ORDERS__ORDER_STATUS__PENDING || order->expires_at_ms + PAYMENTS_LATE_MS <= now_ms)
        return payments_confirm(call, payment, /* confirm_key= */ NULL);
    next = payments_edit(call, payment);
    next->has_due_ms = true;
    next->due_ms = late_at(order, now_ms);
    return payments_put(call, payment, next);
}

/* The one by which all of a payment goes back that came too late; NULL: there is none. */
static const Payments__Refund *late_refund(Payments__Refund *const *refunds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(refunds[i]->source, source_late) == 0)
            return refunds[i];
    }
    return NULL;
}

/*
 * No place is to be had: what came goes back, once. What staff must send by hand stays CREATED until they did.
 * Return: 0 and the refund's id; a ts_error.
 */
static int refund_late(struct ts_call *call, const Payments__Payment *payment, const char **ret_id)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++) {
        Payments__Refund **refunds, *refund;
        const Payments__Refund *before;
        size_t count;
        int64_t left;

        r = store_list_numbered(call, payment->id, &refunds, &count);
        if (r)
            return r;
        before = late_refund(refunds, count);
        if (before) {
            *ret_id = before->id;
            return 0;
        }
        left = payment_left(payment, refunds, count);
        if (left <= 0) /* staff was faster */
            return 0;
        refund = refunds_new(call, payment, left, source_late);
        refund->has_due_ms = strcmp(payment->provider, "manual") != 0;
        r = refunds_insert(call, refund, count);
        *ret_id = refund->id;
    }
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

static const char *outcome_word(Orders__SettleOrderReply__Outcome outcome)
{
    switch (outcome) {
    case ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED:
        return "settled";
    case ORDERS__SETTLE_ORDER_REPLY__OUTCOME__ALREADY_PAID:
        return "already_paid";
    default:
        return "unfulfillable";
    }
}

/* Money that the order has no use for. What came by hand twice is staff's to send: they know whose it is. */
static bool goes_back(const Payments__Payment *payment, Orders__SettleOrderReply__Outcome outcome)
{
    return outcome == ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE ||
           (outcome == ORDERS__SETTLE_ORDER_REPLY__OUTCOME__ALREADY_PAID && payments_is_by_stripe(payment));
}

static int settle(struct ts_call *call, struct payment *payment)
{
    Orders__SettleOrderRequest request = ORDERS__SETTLE_ORDER_REQUEST__INIT;
    const Orders__SettleOrderReply *reply;
    Payments__Payment *next;
    struct refund refund;
    const char *refund_id = NULL;
    int r;

    request.order_id = payment->body->order_id;
    request.payment_id = payment->body->id;
    r = orders_settle_order_as_system(call, &request, &reply);
    if (r == 0 && goes_back(payment->body, reply->outcome))
        r = refund_late(call, payment->body, &refund_id);
    if (r)
        return r;
    next = payments_edit(call, payment);
    next->has_settled = next->settled = true;
    next->outcome = (char *)outcome_word(reply->outcome);
    r = payments_put(call, payment, next);
    if (r == 0 && refund_id)
        r = refunds_advance(call, refund_id, &refund);
    return r;
}

/* ---- walking */

static int step_run(struct ts_call *call, struct payment *payment, enum payment_step step)
{
    switch (step) {
    case PAYMENT_ASK:
        return ask(call, payment);
    case PAYMENT_CONFIRM:
        return confirm_late(call, payment);
    default:
        return settle(call, payment);
    }
}

int payments_advance(struct ts_call *call, const char *id, struct payment *ret_payment)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; i < PAYMENTS_TRIES; i++) {
        enum payment_step step;
        int64_t version;

        if (i == 0 || r == TS_WRITE_CONFLICT)
            r = store_get_payment(call, id, ret_payment);
        if (r)
            return r;
        if (!ret_payment->body)
            return TS_ENOTFOUND;
        step = payment_step_next(ret_payment->body);
        if (step == PAYMENT_REST)
            return 0;
        version = ret_payment->version;
        r = step_run(call, ret_payment, step);
        if (r < 0 || (r == 0 && ret_payment->version == version)) /* failed; or its time has not come */
            return r;
    }
    return TS_EABORTED;
}

int payments_continue(struct ts_call *call, const char *id)
{
    struct payment payment;

    return payments_advance(call, id, &payment);
}

/* ---- refunds */

Payments__Refund *refunds_new(struct ts_call *call, const Payments__Payment *payment, int64_t minor, const char *source)
{
    Payments__Refund *refund = TS_NEW(call->arena, Payments__Refund);

    payments__refund__init(refund);
    refund->order_id = payment->order_id;
    refund->payment_id = payment->id;
    refund->organizer_id = payment->organizer_id;
    refund->event_id = payment->event_id;
    refund->has_status = true;
    refund->status = PAYMENTS__REFUND__STATUS__CREATED;
    refund->amount = ts_money_new(call->arena, minor, payment->amount->currency);
    refund->has_created_at_ms = true;
    refund->created_at_ms = ts_now_ms(call);
    refund->source = (char *)source;
    refund->has_due_ms = true;
    refund->due_ms = refund->created_at_ms + PAYMENTS_STEP_MS;
    return refund;
}

int refunds_insert(struct ts_call *call, Payments__Refund *refund, size_t number)
{
    if (number >= PAYMENTS_REFUNDS_MAX)
        return TS_EEXHAUSTED;
    refund->id = (char *)ts_id_member(call, refund->payment_id, "rfd", (unsigned)number + 1);
    refund_set_entries(call->arena, refund, /* from= */ -1);
    return store_insert_refund(call, refund);
}

static Payments__Payment__Status refunded_or_not(const Payments__Payment *payment, Payments__Refund *const *refunds,
                                                 size_t count)
{
    if (!payment_is_received(payment))
        return payment->status;
    return payment_is_refunded(payment, refunds, count) ? PAYMENTS__PAYMENT__STATUS__REFUNDED
                                                        : PAYMENTS__PAYMENT__STATUS__CONFIRMED;
}

/*
 * Mark the payment REFUNDED when its DONE refunds reach its amount, or no longer when one of them failed. One that was
 * sent back has its order's word, though a crash may have come before that was noted.
 */
static int payment_close(struct ts_call *call, const char *payment_id)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < PAYMENTS_TRIES; i++) {
        Payments__Refund **refunds;
        Payments__Payment *next;
        struct payment payment;
        size_t count;

        r = store_get_payment(call, payment_id, &payment);
        if (r == 0)
            r = store_list_numbered(call, payment_id, &refunds, &count);
        if (r)
            return r;
        if (!payment.body)
            return TS_EDATALOSS;
        next = payments_edit(call, &payment);
        next->status = refunded_or_not(payment.body, refunds, count);
        if (next->status == payment.body->status)
            return 0;
        if (!next->settled && late_refund(refunds, count)) {
            next->has_settled = next->settled = true;
            next->outcome = (char *)outcome_word(ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
        }
        r = payments_put(call, &payment, next);
    }
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* CREATED is sent, which the sandbox and a recorded manual refund are at once; on its way it is looked for. */
static int refund_send(struct ts_call *call, struct refund *refund)
{
    Payments__Refund *next = refunds_edit(call, refund);
    struct payment payment;
    int r = store_get_payment(call, refund->body->payment_id, &payment);

    if (r)
        return r;
    if (!payment.body)
        return TS_EDATALOSS;
    if (payments_is_by_stripe(payment.body))
        return checkout_refund(call, payment.body, refund);
    next->status = PAYMENTS__REFUND__STATUS__DONE;
    next->has_due_ms = true;
    next->due_ms = ts_now_ms(call) + PAYMENTS_STEP_MS;
    return refunds_put(call, refund, next);
}

/* One step of a refund with a due time: it goes, or its payment is told what became of it, and it is at rest. */
static int refund_step(struct ts_call *call, struct refund *refund)
{
    int r;

    if (refund->body->status == PAYMENTS__REFUND__STATUS__CREATED ||
        refund->body->status == PAYMENTS__REFUND__STATUS__IN_TRANSIT)
        return refund_send(call, refund);
    r = payment_close(call, refund->body->payment_id);
    return r ? r : refunds_put(call, refund, refunds_edit(call, refund));
}

static bool is_on_its_way(struct ts_call *call, const Payments__Refund *refund)
{
    return refund->status == PAYMENTS__REFUND__STATUS__IN_TRANSIT && refund->due_ms > ts_now_ms(call);
}

int refunds_advance(struct ts_call *call, const char *id, struct refund *ret_refund)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; i < PAYMENTS_TRIES; i++) {
        if (r == TS_WRITE_CONFLICT)
            r = store_get_refund(call, id, ret_refund);
        if (r)
            return r;
        if (!ret_refund->body)
            return TS_ENOTFOUND;
        if (!ret_refund->body->has_due_ms || is_on_its_way(call, ret_refund->body))
            return 0;
        r = refund_step(call, ret_refund);
        if (r < 0)
            return r;
    }
    return TS_EABORTED;
}

int refunds_continue(struct ts_call *call, const char *id)
{
    struct refund refund;

    return refunds_advance(call, id, &refund);
}
