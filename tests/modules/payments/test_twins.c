/*
 * Two processes with all modules on one store, whose scans do not find for a long time what the other wrote: what one
 * was answered holds for the other, too.
 */
#include <string.h>

#include "../inventory/rig.h"
#include "host/modules.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "tessera/limits.h"

enum { LAG_MS = 10 * TS_DAY_MS };

/* Of two places at 10.00. */
static const Orders__Order *ordered(struct ts_call *call)
{
    struct shop shop = shop_open(call);
    struct id hall = shop_quota(call, &shop, 10), seat = shop_type(call, &shop, "10.00", &hall, 1);
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply;

    request.hold_token = buy(call, &shop, &seat, 2)->hold->token;
    request.email = "ada@example.org";
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->order;
}

static void pay(struct ts_call *call, const Orders__Order *order)
{
    Payments__PayOrderRequest request = PAYMENTS__PAY_ORDER_REQUEST__INIT;
    const Payments__PayOrderReply *reply;

    request.order_id = order->id;
    request.secret = order->secret;
    request.provider = "sandbox";
    request.method = "success";
    assert_int_equal(payments_pay_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->payment->status, PAYMENTS__PAYMENT__STATUS__CONFIRMED);
}

static const Payments__Refund *refund(struct ts_call *call, const char *order_id, const char *amount)
{
    Payments__RefundOrderRequest request = PAYMENTS__REFUND_ORDER_REQUEST__INIT;
    const Payments__RefundOrderReply *reply;

    request.order_id = (char *)order_id;
    request.amount = (char *)amount;
    assert_int_equal(payments_refund_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->refund;
}

static const Orders__Order *sold(struct ts_call *call)
{
    const Orders__Order *order = ordered(call);

    pay(call, order);
    return order;
}

static void refund_all(struct ts_call *call, struct ts_call *other)
{
    const Orders__Order *order = sold(call);

    assert_int_equal(refund(other, order->id, NULL)->amount->minor, 2000);
}

static void refund__finds_the_money_that_another_process_took(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, refund_all);
}

/* The numbers of refunds under a payment go on, and what is left is known. */
static void refund_in_turns(struct ts_call *call, struct ts_call *other)
{
    const Orders__Order *order = sold(call);

    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(refund(i % 2 ? call : other, order->id, "1.00")->amount->minor, 100);
    assert_int_equal(refund(other, order->id, NULL)->amount->minor, 1400);
}

static void refund__knows_what_went_back_by_another_process(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, refund_in_turns);
}

static void refund_again(struct ts_call *call, struct ts_call *other)
{
    const Orders__Order *order = sold(call);
    const char *id;

    call->idempotency_key = other->idempotency_key = KEY;
    id = refund(call, order->id, "1.00")->id;
    assert_string_equal(refund(other, order->id, "1.00")->id, id);
}

static void refund__by_one_key_is_one_refund(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, refund_again);
}

static void look(struct ts_call *call, struct ts_call *other)
{
    const Orders__Order *order = sold(call);
    Payments__OrderIdsRequest request = PAYMENTS__ORDER_IDS_REQUEST__INIT;
    const Payments__ListPaymentsReply *payments;
    const Payments__ListRefundsReply *refunds;
    const Payments__GetBalancesReply *balances;

    (void)refund(call, order->id, "1.00");
    request.order_ids = (char **)&order->id;
    request.n_order_ids = 1;
    assert_int_equal(payments_list_payments(other, &request, &payments), 0);
    assert_int_equal(payments->orders[0]->n_payments, 1);
    assert_int_equal(payments_list_refunds(other, &request, &refunds), 0);
    assert_int_equal(refunds->orders[0]->n_refunds, 1);
    assert_int_equal(payments_get_balances(other, &request, &balances), 0);
    assert_int_equal(balances->balances[0]->balance->minor, 100);
}

static void account__of_a_paid_order_is_seen_by_another_process(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, look);
}

static void ask_by_code(struct ts_call *call, struct ts_call *other)
{
    const Orders__Order *order = sold(call);
    Orders__GetOrderRequest request = ORDERS__GET_ORDER_REQUEST__INIT;
    const Orders__GetOrderReply *reply;

    request.code = order->code;
    request.secret = order->secret;
    assert_int_equal(orders_get_order(other, &request, &reply), 0);
    assert_non_null(reply->order);
    assert_string_equal(reply->order->id, order->id);
    request.secret = "another";
    assert_int_equal(orders_get_order(other, &request, &reply), 0);
    assert_null(reply->order);
}

static void order__is_found_by_its_code_by_another_process(void **state)
{
    (void)state;
    rig_run_pair(ts_modules, LAG_MS, ask_by_code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refund__finds_the_money_that_another_process_took),
        cmocka_unit_test(refund__knows_what_went_back_by_another_process),
        cmocka_unit_test(refund__by_one_key_is_one_refund),
        cmocka_unit_test(account__of_a_paid_order_is_seen_by_another_process),
        cmocka_unit_test(order__is_found_by_its_code_by_another_process),
    };

    return cmocka_run_group_tests_name("modules/payments/twins", tests, NULL, NULL);
}
