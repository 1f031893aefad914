/* Payments through the bus with the real orders module, beside inventory and catalogue that can be made to fail. */
#include <string.h>

#include "bus/bus.h"
#include "fakes.h"
#include "loop/runtime.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "support/harness.h"
#include "support/ledger.h"
#include "tessera/clock.h"

extern const struct ts_module orders_module;
extern const struct ts_module payments_module;

static const struct ts_module *const modules[] = { &fake_inventory, &fake_catalog, &orders_module, &payments_module,
                                                   NULL };

#define STATUS(name) PAYMENTS__PAYMENT__STATUS__##name
#define TOTAL (2 * FAKE_PRICE) /* of each order here: 23.80 */

static const Orders__Order *ordered(struct ts_call *call)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply;
    const char *key = call->idempotency_key;

    request.hold_token = fake_hold_new(call, 2, FAKE_PRICE)->token;
    request.email = "ada@example.org";
    call->idempotency_key = NULL;
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    call->idempotency_key = key;
    return reply->order;
}

static int pay(struct ts_call *call, const Orders__Order *order, const char *provider, const char *method,
               const Payments__PayOrderReply **reply)
{
    Payments__PayOrderRequest request = PAYMENTS__PAY_ORDER_REQUEST__INIT;

    request.order_id = order->id;
    request.secret = order->secret;
    request.provider = (char *)provider;
    request.method = (char *)method;
    return payments_pay_order(call, &request, reply);
}

static const Payments__PayOrderReply *paid(struct ts_call *call, const Orders__Order *order, const char *provider,
                                           const char *method)
{
    const Payments__PayOrderReply *reply;

    assert_int_equal(pay(call, order, provider, method, &reply), 0);
    return reply;
}

static const Payments__ConfirmPaymentReply *confirmed(struct ts_call *call, const char *id, const char *amount)
{
    Payments__ConfirmPaymentRequest request = PAYMENTS__CONFIRM_PAYMENT_REQUEST__INIT;
    const Payments__ConfirmPaymentReply *reply;

    request.payment_id = (char *)id;
    request.amount = (char *)amount;
    assert_int_equal(payments_confirm_payment(call, &request, &reply), 0);
    return reply;
}

static int refund(struct ts_call *call, const char *order_id, const char *amount, char **position_ids, size_t count,
                  const Payments__RefundOrderReply **reply)
{
    Payments__RefundOrderRequest request = PAYMENTS__REFUND_ORDER_REQUEST__INIT;

    request.order_id = (char *)order_id;
    request.amount = (char *)amount;
    request.position_ids = position_ids;
    request.n_position_ids = count;
    return payments_refund_order(call, &request, reply);
}

static const Payments__RefundOrderReply *refunded(struct ts_call *call, const char *order_id, const char *amount)
{
    const Payments__RefundOrderReply *reply;

    assert_int_equal(refund(call, order_id, amount, NULL, 0, &reply), 0);
    return reply;
}

static const Orders__Order *order_read(struct ts_call *call, const char *id)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;

    request.order_id = (char *)id;
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    return reply->order;
}

static const Payments__Payment *payment_read(struct ts_call *call, const char *id)
{
    Payments__IdsRequest request = PAYMENTS__IDS_REQUEST__INIT;
    const Payments__GetPaymentsReply *reply;
    const struct ts_principal *before = call->principal;

    harness_as(call, TS_PRINCIPAL_OWNER);
    request.ids = &(char *){ (char *)id };
    request.n_ids = 1;
    assert_int_equal(payments_get_payments(call, &request, &reply), 0);
    assert_int_equal(reply->n_payments, 1);
    call->principal = before;
    return reply->payments[0];
}

static Common__Grant buyer_of(const char *order_id)
{
    Common__Grant grant = COMMON__GRANT__INIT;

    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__BUYER;
    grant.subject = (char *)order_id;
    return grant;
}

static int64_t balance(struct ts_call *call, const char *order_id)
{
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    const Payments__GetBalancesReply *reply;
    Common__Grant grant = buyer_of(order_id);

    request.grant = &grant;
    request.order_ids = &(char *){ (char *)order_id };
    request.n_order_ids = 1;
    assert_int_equal(payments_get_balances(call, &request, &reply), 0);
    assert_int_equal(reply->n_balances, 1);
    return reply->balances[0]->balance->minor;
}

static size_t refunds_of(struct ts_call *call, const char *order_id, const Payments__ListRefundsReply **reply)
{
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    Common__Grant grant = buyer_of(order_id);

    request.grant = &grant;
    request.order_ids = &(char *){ (char *)order_id };
    request.n_order_ids = 1;
    assert_int_equal(payments_list_refunds(call, &request, reply), 0);
    return (*reply)->orders[0]->n_refunds;
}

static void begin(struct ts_call *call)
{
    fake_reset(call, 40);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
}

/* ---- payOrder */

static void pay_order__sandbox_success_pays(struct ts_call *call)
{
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    assert_int_equal(balance(call, order->id), TOTAL);
    reply = paid(call, order, "sandbox", "success");
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->payment->status, STATUS(CONFIRMED));
    assert_int_equal(reply->payment->amount->minor, TOTAL);
    assert_string_equal(reply->order_id, order->id);
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__BUYER);
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
    assert_int_equal(balance(call, order->id), 0);
    harness_assert_refused(paid(call, order, "sandbox", "success"), ALREADY_PAID, "orderId");
    ledger_check(call);
}

static void pay_order__declined_and_pending_leave_it_pending(struct ts_call *call)
{
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    reply = paid(call, order, "sandbox", "decline");
    harness_assert_refused(reply, PAYMENT_DECLINED, "method");
    assert_int_equal(reply->payment->status, STATUS(FAILED));
    reply = paid(call, order, "sandbox", "pending");
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->payment->status, STATUS(PENDING));
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PENDING);
    assert_int_equal(paid(call, order, "sandbox", NULL)->payment->status, STATUS(CONFIRMED));
    ledger_check(call);
}

static void pay_order__the_sandbox_is_for_test_events(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    fake.test_mode = false;
    order = ordered(call);
    assert_int_not_equal(order->code[1], '0');
    harness_assert_refused(paid(call, order, "sandbox", NULL), INVALID_INPUT, "provider");
    call->runtime->sandbox = true;
    assert_int_equal(paid(call, order, "sandbox", NULL)->n_refusals, 0);
}

static void pay_order__refuses_what_it_cannot_take(struct ts_call *call)
{
    const Payments__PayOrderReply *reply;
    Orders__Order wrong;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    harness_assert_refused(paid(call, order, "gold", NULL), INVALID_INPUT, "provider");
    harness_assert_refused(paid(call, order, "sandbox", "gold"), INVALID_INPUT, "method");
    harness_assert_refused(paid(call, order, "manual", "gold"), INVALID_INPUT, "method");
    wrong = *order;
    wrong.secret = "wrong";
    reply = paid(call, &wrong, "sandbox", NULL);
    harness_assert_refused(reply, NOT_FOUND, "orderId");
    assert_null(reply->payment);
    wrong.secret = NULL;
    harness_assert_refused(paid(call, &wrong, "sandbox", NULL), NOT_FOUND, "orderId");
    fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    harness_assert_refused(paid(call, order, "sandbox", NULL), NOT_ON_SALE, "orderId");
    fake.date_status = CATALOG__EVENT_STATUS__PUBLISHED;
    harness_advance(call, 15 * TS_MINUTE_MS);
    harness_assert_refused(paid(call, order, "sandbox", NULL), HOLD_EXPIRED, "orderId");
}

static void pay_order__one_key_is_one_payment(struct ts_call *call)
{
    const Payments__PayOrderReply *first, *second;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    harness_key(call, "a-key-of-22-characters");
    first = paid(call, order, "sandbox", "success");
    second = paid(call, order, "sandbox", "success");
    assert_int_equal(second->n_refusals, 0);
    assert_string_equal(first->payment->id, second->payment->id);
    harness_assert_refused(paid(call, order, "sandbox", "late"), IDEMPOTENCY_KEY_REUSED, "idempotencyKey");
    harness_key(call, "short");
    harness_assert_refused(paid(call, order, "sandbox", "late"), INVALID_INPUT, "idempotencyKey");
}

static void pay_order__is_finished_by_a_retry(struct ts_call *call)
{
    bool more = true;

    begin(call);
    harness_key(call, "a-key-of-22-characters");
    for (uint64_t nth = 1; more; nth++) {
        const Orders__Order *order = ordered(call);
        const Payments__PayOrderReply *reply;

        harness_store_fail(harness_of(call), nth);
        (void)pay(call, order, "sandbox", "success", &reply); /* it may fail: that is the point */
        more = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        reply = paid(call, order, "sandbox", "success");
        assert_int_equal(reply->payment->status, STATUS(CONFIRMED));
        assert_int_equal(balance(call, order->id), 0);
        assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
        fake.holds[fake.hold_count - 1].state = INVENTORY__HOLD_STATE__RELEASED; /* make room */
    }
    ledger_check(call);
}

static void pay_order__is_finished_without_a_retry(struct ts_call *call)
{
    bool more = true;

    begin(call);
    for (uint64_t nth = 1; more; nth++) {
        const Orders__Order *order = ordered(call);
        const Payments__PayOrderReply *reply;

        harness_store_fail(harness_of(call), nth);
        (void)pay(call, order, "sandbox", "success", &reply); /* as above */
        more = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        harness_advance(call, TS_MINUTE_MS);
        if (balance(call, order->id) == 0)
            assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
        fake.holds[fake.hold_count - 1].state = INVENTORY__HOLD_STATE__RELEASED;
    }
    ledger_check(call);
}

/* ---- late */

static void late__takes_a_new_place_while_there_is_one(struct ts_call *call)
{
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    reply = paid(call, order, "sandbox", "late");
    assert_int_equal(reply->payment->status, STATUS(PENDING));
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__EXPIRED);
    harness_advance(call, 2 * TS_SECOND_MS);
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
    assert_int_equal(balance(call, order->id), 0);
    ledger_check(call);
}

static void late__goes_back_when_there_is_none(struct ts_call *call)
{
    const Payments__ListRefundsReply *refunds;
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    reply = paid(call, order, "sandbox", "late");
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(fake_hold_new(call, 40, FAKE_PRICE));
    harness_advance(call, 2 * TS_SECOND_MS);
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__EXPIRED);
    assert_int_equal(payment_read(call, reply->payment->id)->status, STATUS(REFUNDED));
    assert_int_equal(refunds_of(call, order->id, &refunds), 1);
    assert_int_equal(refunds->orders[0]->refunds[0]->status, PAYMENTS__REFUND__STATUS__DONE);
    assert_string_equal(refunds->orders[0]->refunds[0]->source, "late");
    assert_int_equal(balance(call, order->id), TOTAL);
    ledger_check(call);
}

/* ---- manual */

static void manual__waits_a_week_for_staff(struct ts_call *call)
{
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    reply = paid(call, order, "manual", NULL);
    assert_int_equal(reply->payment->status, STATUS(PENDING));
    assert_int_equal(order_read(call, order->id)->expires_at_ms, HARNESS_NOW_MS + 7 * (int64_t)TS_DAY_MS);
    harness_advance(call, 6 * (int64_t)TS_DAY_MS);
    harness_as(call, TS_PRINCIPAL_OWNER);
    harness_assert_refused(confirmed(call, reply->payment->id, "23.79"), AMOUNT_MISMATCH, "amount");
    harness_assert_refused(confirmed(call, reply->payment->id, "23,80"), INVALID_INPUT, "amount");
    harness_assert_refused(confirmed(call, "pay_x", NULL), NOT_FOUND, "paymentId");
    harness_assert_refused(confirmed(call, ts_id_new_head(call, "pay"), NULL), NOT_FOUND, "paymentId");
    for (int i = 0; i < 2; i++)
        assert_int_equal(confirmed(call, reply->payment->id, "23.80")->payment->status, STATUS(CONFIRMED));
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
    assert_int_equal(balance(call, order->id), 0);
    ledger_check(call);
}

/* Asking for a transfer again and again would keep places for ever. */
static void manual__a_week_is_the_orders_however_often_it_is_asked_for(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    assert_int_equal(paid(call, order, "manual", NULL)->payment->status, STATUS(PENDING));
    harness_advance(call, 6 * (int64_t)TS_DAY_MS);
    assert_int_equal(paid(call, order, "manual", NULL)->payment->status, STATUS(PENDING));
    assert_int_equal(order_read(call, order->id)->expires_at_ms, HARNESS_NOW_MS + 7 * (int64_t)TS_DAY_MS);
    harness_advance(call, TS_DAY_MS);
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__EXPIRED);
}

static void manual__too_late_waits_to_be_sent_back_by_hand(struct ts_call *call)
{
    const Payments__ListRefundsReply *refunds;
    const Payments__PayOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    reply = paid(call, order, "manual", NULL);
    harness_advance(call, 7 * (int64_t)TS_DAY_MS);
    assert_non_null(fake_hold_new(call, 40, FAKE_PRICE));
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(confirmed(call, reply->payment->id, NULL)->payment->status, STATUS(CONFIRMED));
    assert_int_equal(refunds_of(call, order->id, &refunds), 1);
    assert_int_equal(refunds->orders[0]->refunds[0]->status, PAYMENTS__REFUND__STATUS__CREATED);
    assert_int_equal(balance(call, order->id), TOTAL);
    ledger_check(call);
    assert_int_equal(refunded(call, order->id, NULL)->refund->status, PAYMENTS__REFUND__STATUS__DONE);
    assert_int_equal(refunds_of(call, order->id, &refunds), 1);
    assert_int_equal(payment_read(call, reply->payment->id)->status, STATUS(REFUNDED));
    ledger_check(call);
}

static void confirm_payment__is_for_staff(struct ts_call *call)
{
    Payments__ConfirmPaymentRequest request = PAYMENTS__CONFIRM_PAYMENT_REQUEST__INIT;
    const Payments__ConfirmPaymentReply *reply;
    const Payments__PayOrderReply *declined;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    declined = paid(call, order, "sandbox", "decline");
    request.payment_id = paid(call, order, "manual", NULL)->payment->id;
    assert_int_equal(payments_confirm_payment(call, &request, &reply), TS_EUNAUTHENTICATED);
    harness_as(call, TS_PRINCIPAL_OWNER);
    harness_assert_refused(confirmed(call, declined->payment->id, NULL), CONFLICT, "paymentId");
}

struct teller {
    const char *payment_id, *order_id;
    unsigned later;
    int result;
};

static int run_teller(struct ts_call *call, void *item)
{
    Payments__ConfirmPaymentRequest request = PAYMENTS__CONFIRM_PAYMENT_REQUEST__INIT;
    const Payments__ConfirmPaymentReply *reply;
    struct teller *teller = item;

    for (unsigned i = 0; i < teller->later; i++)
        (void)order_read(call, teller->order_id); /* it takes its time, no more */
    request.payment_id = (char *)teller->payment_id;
    teller->result = payments_confirm_payment(call, &request, &reply);
    if (teller->result == 0)
        assert_int_equal(reply->payment->status, STATUS(CONFIRMED));
    return 0;
}

/* The week is over, a place is left, and two of the staff see the transfer at once. */
static void confirm_payment__late_and_side_by_side_pays_once(struct ts_call *call)
{
    for (unsigned later = 0; later < 16; later++) {
        struct teller tellers[2] = { 0 };
        void *items[] = { &tellers[0], &tellers[1] };
        const Payments__ListRefundsReply *refunds;
        const Orders__Order *order;

        fake_reset(call, 2);
        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        order = ordered(call);
        tellers[0].payment_id = tellers[1].payment_id = paid(call, order, "manual", NULL)->payment->id;
        tellers[0].order_id = tellers[1].order_id = order->id;
        tellers[1].later = later;
        harness_advance(call, 7 * (int64_t)TS_DAY_MS);
        harness_as(call, TS_PRINCIPAL_OWNER);
        assert_int_equal(ts_all(call, run_teller, items, 2), 0);
        assert_int_equal(tellers[0].result, 0);
        assert_int_equal(tellers[1].result, 0);
        assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
        assert_int_equal(refunds_of(call, order->id, &refunds), 0);
    }
    ledger_check(call);
}

/* ---- refundOrder */

/* Who watches one order, and how often it was told. */
struct watcher {
    struct bus_watcher watcher; /* first */
    const char *order_id;
    unsigned told;
};

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    struct watcher *self = (struct watcher *)watcher;

    if (event->descriptor == &payments__money_moved__descriptor &&
        strcmp(((const Payments__MoneyMoved *)event)->order_id, self->order_id) == 0)
        self->told++;
}

static void refund_order__all_that_is_left_and_no_more(struct ts_call *call)
{
    const Payments__RefundOrderReply *reply;
    const Orders__Order *order;
    const char *payment_id;

    begin(call);
    order = ordered(call);
    assert_int_equal(refund(call, order->id, NULL, NULL, 0, &reply), TS_EUNAUTHENTICATED);
    payment_id = paid(call, order, "sandbox", NULL)->payment->id;
    harness_as(call, TS_PRINCIPAL_OWNER);
    harness_assert_refused(refunded(call, order->id, "23.81"), NOT_REFUNDABLE, "amount");
    harness_assert_refused(refunded(call, order->id, "0"), INVALID_INPUT, "amount");
    harness_assert_refused(refunded(call, order->id, "-1.00"), INVALID_INPUT, "amount");
    assert_int_equal(refunded(call, order->id, "3.80")->refund->amount->minor, 380);
    assert_int_equal(payment_read(call, payment_id)->status, STATUS(CONFIRMED));
    assert_int_equal(refunded(call, order->id, NULL)->refund->amount->minor, TOTAL - 380);
    assert_int_equal(payment_read(call, payment_id)->status, STATUS(REFUNDED));
    assert_int_equal(order_read(call, order->id)->status, ORDERS__ORDER_STATUS__PAID);
    assert_int_equal(balance(call, order->id), TOTAL);
    harness_assert_refused(refunded(call, order->id, NULL), NOT_REFUNDABLE, "orderId");
    harness_assert_refused(refunded(call, order->id, "0.01"), NOT_REFUNDABLE, "amount");
    harness_assert_refused(refunded(call, "ord_x", NULL), NOT_FOUND, "orderId");
    harness_assert_refused(refunded(call, ts_id_new_head(call, "ord"), NULL), NOT_FOUND, "orderId");
    ledger_check(call);
}

static void refund_order__tells_who_watches_the_order(struct ts_call *call)
{
    struct watcher watcher = { .watcher.heard = on_heard };
    const Orders__Order *order;
    unsigned told;

    begin(call);
    order = ordered(call);
    watcher.order_id = order->id;
    bus_watch(call->runtime->bus, &watcher.watcher);
    (void)paid(call, order, "sandbox", NULL);
    assert_true(watcher.told >= 2); /* begun, confirmed */
    harness_as(call, TS_PRINCIPAL_OWNER);
    told = watcher.told;
    harness_assert_refused(refunded(call, order->id, "23.81"), NOT_REFUNDABLE, "amount");
    assert_int_equal(watcher.told, told);
    (void)refunded(call, order->id, "3.80");
    assert_true(watcher.told > told);
    bus_unwatch(&watcher.watcher);
    told = watcher.told;
    (void)refunded(call, order->id, "1.00");
    assert_int_equal(watcher.told, told);
}

static void refund_order__by_positions_once_each(struct ts_call *call)
{
    const Payments__RefundOrderReply *reply;
    const Orders__Order *order;
    char *ids[2];

    begin(call);
    order = ordered(call);
    (void)paid(call, order, "sandbox", NULL); /* checked elsewhere */
    harness_as(call, TS_PRINCIPAL_OWNER);
    ids[0] = order->positions[1]->id;
    ids[1] = order->positions[1]->id;
    assert_int_equal(refund(call, order->id, NULL, ids, 2, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "positionIds.1");
    assert_int_equal(refund(call, order->id, "1.00", ids, 1, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "amount");
    assert_int_equal(refund(call, order->id, NULL, ids, 1, &reply), 0);
    assert_int_equal(reply->refund->amount->minor, FAKE_PRICE);
    assert_int_equal(refund(call, order->id, NULL, ids, 1, &reply), 0);
    harness_assert_refused(reply, NOT_REFUNDABLE, "positionIds.0");
    ids[0] = "pos_x";
    assert_int_equal(refund(call, order->id, NULL, ids, 1, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "positionIds.0");
}

static void refund_order__splits_over_payments(struct ts_call *call)
{
    const Payments__ListRefundsReply *refunds;
    const Payments__PayOrderReply *waiting;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    waiting = paid(call, order, "sandbox", "pending");
    (void)paid(call, order, "sandbox", "success"); /* checked elsewhere */
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(confirmed(call, waiting->payment->id, NULL)->payment->status, STATUS(CONFIRMED));
    assert_int_equal(balance(call, order->id), -TOTAL); /* overpaid */
    harness_key(call, "staff");
    assert_int_equal(refunded(call, order->id, "30.00")->refund->amount->minor, TOTAL);
    assert_int_equal(refunded(call, order->id, "30.00")->refund->amount->minor, TOTAL);
    assert_int_equal(refunds_of(call, order->id, &refunds), 2);
    assert_int_equal(refunds->orders[0]->refunds[1]->amount->minor, 3000 - TOTAL);
    harness_assert_refused(refunded(call, order->id, "1.00"), IDEMPOTENCY_KEY_REUSED, "idempotencyKey");
    assert_int_equal(balance(call, order->id), 3000 - TOTAL);
    ledger_check(call);
}

/* A refundOrder that comes some reads after another. */
struct desk {
    const char *order_id, *amount, *key;
    char *position_id;
    unsigned later;
    bool refused;
};

static int run_desk(struct ts_call *call, void *item)
{
    const Payments__RefundOrderReply *reply;
    struct desk *desk = item;
    int r;

    for (unsigned i = 0; i < desk->later; i++)
        (void)order_read(call, desk->order_id); /* it takes its time, no more */
    harness_key(call, desk->key);
    r = refund(call, desk->order_id, desk->amount, &desk->position_id, desk->position_id ? 1 : 0, &reply);
    if (r == 0)
        desk->refused = reply->n_refusals > 0;
    return r;
}

/* Both at once, the second `later`. Return: what went back in all. */
static int64_t refunded_by_two(struct ts_call *call, const struct desk *wish, unsigned later, unsigned *ret_refused)
{
    struct desk desks[2] = { *wish, *wish };
    void *items[] = { &desks[0], &desks[1] };
    const Payments__ListRefundsReply *refunds;
    int64_t minor = 0;

    desks[1].later = later;
    assert_int_equal(ts_all(call, run_desk, items, 2), 0);
    (void)refunds_of(call, wish->order_id, &refunds); /* counted by their money */
    for (size_t i = 0; i < refunds->orders[0]->n_refunds; i++)
        minor += refunds->orders[0]->refunds[i]->amount->minor;
    *ret_refused = desks[0].refused + desks[1].refused;
    return minor;
}

static void refund_order__side_by_side_is_one_refund(struct ts_call *call)
{
    for (unsigned later = 0; later < 24; later++) {
        struct desk by_key = { .amount = "5.00", .key = "staff" }, by_position = { 0 };
        const Orders__Order *order;
        unsigned refused;

        begin(call);
        order = ordered(call);
        (void)paid(call, order, "sandbox", NULL); /* checked elsewhere */
        harness_as(call, TS_PRINCIPAL_OWNER);
        by_key.order_id = by_position.order_id = order->id;
        assert_int_equal(refunded_by_two(call, &by_key, later, &refused), 500);
        assert_int_equal(refused, 0);
        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        order = ordered(call);
        (void)paid(call, order, "sandbox", NULL);
        harness_as(call, TS_PRINCIPAL_OWNER);
        by_position.order_id = order->id;
        by_position.position_id = order->positions[0]->id;
        assert_int_equal(refunded_by_two(call, &by_position, later, &refused), FAKE_PRICE);
        assert_int_equal(refused, 1);
    }
    ledger_check(call);
}

static void refund_order__is_finished_by_a_retry(struct ts_call *call)
{
    bool more = true;

    begin(call);
    for (uint64_t nth = 1; more; nth++) {
        const Payments__ListRefundsReply *refunds;
        const Payments__RefundOrderReply *reply;
        const Orders__Order *order;

        harness_as(call, TS_PRINCIPAL_ANONYMOUS);
        harness_key(call, NULL);
        order = ordered(call);
        (void)paid(call, order, "sandbox", NULL); /* checked elsewhere */
        harness_as(call, TS_PRINCIPAL_OWNER);
        harness_key(call, "staff");
        harness_store_fail(harness_of(call), nth);
        (void)refund(call, order->id, "5.00", NULL, 0, &reply); /* it may fail: that is the point */
        more = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(refunded(call, order->id, "5.00")->refund->amount->minor, 500);
        assert_int_equal(refunds_of(call, order->id, &refunds), 1);
        fake.holds[fake.hold_count - 1].state = INVENTORY__HOLD_STATE__RELEASED;
    }
    ledger_check(call);
}

/* ---- joins */

static void joins__answer_what_the_grant_covers(struct ts_call *call)
{
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    Payments__IdsRequest ids = PAYMENTS__IDS_REQUEST__INIT;
    const Payments__ListPaymentsReply *payments;
    const Payments__GetPaymentsReply *got;
    const Payments__GetBalancesReply *balances;
    const Payments__GetRefundsReply *refunds;
    const Orders__Order *order;
    Common__Grant grant;

    begin(call);
    order = ordered(call);
    ids.ids = &(char *){ paid(call, order, "sandbox", NULL)->payment->id };
    ids.n_ids = 1;
    request.order_ids = &(char *){ order->id };
    request.n_order_ids = 1;
    request.grant = ids.grant = &grant;
    grant = buyer_of(order->id);
    assert_int_equal(payments_list_payments(call, &request, &payments), 0);
    assert_int_equal(payments->orders[0]->n_payments, 1);
    assert_null(payments->orders[0]->payments[0]->outcome);
    grant = buyer_of("ord_other");
    assert_int_equal(payments_list_payments(call, &request, &payments), 0);
    assert_int_equal(payments->orders[0]->n_payments, 0);
    assert_int_equal(payments_get_balances(call, &request, &balances), 0);
    assert_int_equal(balances->n_balances, 0);
    assert_int_equal(payments_get_payments(call, &ids, &got), 0);
    assert_int_equal(got->n_payments, 0);
    ids.grant = NULL;
    assert_int_equal(payments_get_payments(call, &ids, &got), 0);
    assert_int_equal(got->n_payments, 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(payments_get_payments(call, &ids, &got), 0);
    assert_int_equal(got->payments[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    ids.ids = &(char *){ refunded(call, order->id, NULL)->refund->id };
    assert_int_equal(payments_get_refunds(call, &ids, &refunds), 0);
    assert_int_equal(refunds->refunds[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    assert_null(refunds->refunds[0]->request_key);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(payments_get_refunds(call, &ids, &refunds), 0);
    assert_int_equal(refunds->n_refunds, 0);
}

/* Its hold is sold, and the order has not heard: without it the order would become PAID at its end, by no payment. */
static void refund_order__lets_the_order_hear_of_the_money_first(struct ts_call *call)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;
    const Payments__PayOrderReply *pay_reply;
    const Orders__Order *order;

    begin(call);
    order = ordered(call);
    fake.fail_nth = fake.calls + 3; /* is it open, still open, sell */
    assert_int_equal(pay(call, order, "sandbox", "success", &pay_reply), TS_EUNAVAILABLE);
    assert_int_equal(fake_hold_find(order->hold_id)->state, INVENTORY__HOLD_STATE__SOLD);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(refunded(call, order->id, NULL)->n_refusals, 0);
    request.order_id = order->id;
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    assert_int_equal(reply->order->status, ORDERS__ORDER_STATUS__PAID);
    assert_non_null(reply->order->settling_payment_id);
    ledger_check(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(pay_order__sandbox_success_pays, modules),
        harness_unit_test(pay_order__declined_and_pending_leave_it_pending, modules),
        harness_unit_test(pay_order__the_sandbox_is_for_test_events, modules),
        harness_unit_test(pay_order__refuses_what_it_cannot_take, modules),
        harness_unit_test(pay_order__one_key_is_one_payment, modules),
        harness_unit_test(pay_order__is_finished_by_a_retry, modules),
        harness_unit_test(pay_order__is_finished_without_a_retry, modules),
        harness_unit_test(late__takes_a_new_place_while_there_is_one, modules),
        harness_unit_test(late__goes_back_when_there_is_none, modules),
        harness_unit_test(manual__waits_a_week_for_staff, modules),
        harness_unit_test(manual__a_week_is_the_orders_however_often_it_is_asked_for, modules),
        harness_unit_test(manual__too_late_waits_to_be_sent_back_by_hand, modules),
        harness_unit_test(confirm_payment__is_for_staff, modules),
        harness_unit_test(confirm_payment__late_and_side_by_side_pays_once, modules),
        harness_unit_test(refund_order__all_that_is_left_and_no_more, modules),
        harness_unit_test(refund_order__tells_who_watches_the_order, modules),
        harness_unit_test(refund_order__by_positions_once_each, modules),
        harness_unit_test(refund_order__splits_over_payments, modules),
        harness_unit_test(refund_order__side_by_side_is_one_refund, modules),
        harness_unit_test(refund_order__is_finished_by_a_retry, modules),
        harness_unit_test(refund_order__lets_the_order_hear_of_the_money_first, modules),
        harness_unit_test(joins__answer_what_the_grant_covers, modules),
    };

    return cmocka_run_group_tests_name("modules/payments/api", tests, NULL, NULL);
}
