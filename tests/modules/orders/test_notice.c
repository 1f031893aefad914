/* Who has tickets for what was cancelled hears of it, once; with every module real, and a mail server that counts. */
#include <stdio.h>
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "host/modules.h"
#include "loop/outbound.h"
#include "loop/runtime.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "support/shop.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/mail.h"
#include "tessera/sign.h"
#include "tessera/store.h"

extern const struct ts_module orders_module;

enum { MAILS_MAX = 256, STEP_ORDERS = TS_PAGE_SIZE_MAX };

/* ---- the mail server: what it was given of cancellations */

static struct {
    struct outbound outbound;
    unsigned count;
    struct {
        char to[64], subject[64], text[512], link[160];
    } mails[MAILS_MAX];
} server;

static int server_mail(struct outbound *outbound, struct ts_call *call, const struct ts_mail *mail, const char *id,
                       const char **ret_problem)
{
    size_t at = 0;

    (void)outbound, (void)call, (void)id, (void)ret_problem;
    if (strncmp(mail->subject, "Cancelled: ", 11) != 0)
        return 0;
    assert_true(server.count < MAILS_MAX);
    (void)snprintf(server.mails[server.count].to, sizeof(server.mails[0].to), "%s", mail->to);
    (void)snprintf(server.mails[server.count].subject, sizeof(server.mails[0].subject), "%s", mail->subject);
    (void)snprintf(server.mails[server.count].link, sizeof(server.mails[0].link), "%s", mail->link);
    for (const char *const *paragraph = mail->paragraphs; *paragraph; paragraph++)
        at += (size_t)snprintf(server.mails[server.count].text + at, sizeof(server.mails[0].text) - at, "%s\n",
                               *paragraph);
    server.count++;
    return 0;
}

static struct shop open_shop(struct ts_call *call, int size)
{
    memset(&server, 0, sizeof(server));
    server.outbound.mail = server_mail;
    server.outbound.shop_url = "https://shop.example";
    call->runtime->outbound = &server.outbound;
    return shop_open(call, size);
}

/* ---- what staff do */

static void cancel_event(struct ts_call *call, const char *event_id)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;

    request.event_id = (char *)event_id;
    request.has_status = true;
    request.status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(catalog_update_event(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

static void cancel_date(struct ts_call *call, const char *date_id)
{
    Catalog__CancelEventDateRequest request = CATALOG__CANCEL_EVENT_DATE_REQUEST__INIT;
    const Catalog__CancelEventDateReply *reply;

    request.date_id = (char *)date_id;
    assert_int_equal(catalog_cancel_event_date(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

static const char *add_date(struct ts_call *call, const char *event_id)
{
    Catalog__CreateEventDateRequest request = CATALOG__CREATE_EVENT_DATE_REQUEST__INIT;
    const Catalog__CreateEventDateReply *reply;

    request.event_id = (char *)event_id;
    request.has_starts_at = true;
    request.starts_at = ts_now_ms(call) + 3 * TS_DAY_MS;
    assert_int_equal(catalog_create_event_date(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->event_date->id;
}

static void cancel_order(struct ts_call *call, const Orders__Order *order)
{
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    request.order_id = order->id;
    assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

static void refund(struct ts_call *call, const Orders__Order *order, char *amount)
{
    Payments__RefundOrderRequest request = PAYMENTS__REFUND_ORDER_REQUEST__INIT;
    const Payments__RefundOrderReply *reply;

    request.order_id = order->id;
    request.amount = amount;
    harness_key(call, ts_printf(call->arena, "refund-of-%s", order->id));
    assert_int_equal(payments_refund_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    harness_key(call, NULL);
}

static void erase(struct ts_call *call, const Orders__Order *order)
{
    Orders__EraseFromOrderRequest request = ORDERS__ERASE_FROM_ORDER_REQUEST__INIT;
    const Orders__EraseFromOrderReply *reply;

    request.order_id = order->id;
    request.email_hash = (char *)ts_email_hash(call, "ada@example.org");
    assert_int_equal(orders_erase_from_order_as_system(call, &request, &reply), 0);
    assert_false(reply->has_over_at_ms);
}

/* Past a closing, until all that follows from it is done. */
static void pass(struct ts_call *call)
{
    harness_advance(call, TS_CALL_MS_MAX);
    harness_advance(call, TS_MINUTE_MS);
}

static bool was_told(const Orders__Order *order)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server.count; i++)
        count += strstr(server.mails[i].text, order->code) != NULL;
    assert_true(count <= 1);
    return count;
}

/* ---- tests */

static void cancelled_event__is_told_once_for_each_order(struct ts_call *call)
{
    struct shop shop = open_shop(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 2);

    cancel_event(call, shop.event_id);
    harness_advance(call, TS_CALL_MS_MAX - TS_SECOND_MS);
    assert_int_equal(server.count, 0); /* it is being closed: somebody may be buying yet */
    pass(call);
    assert_int_equal(server.count, 1);
    assert_string_equal(server.mails[0].to, "ada@example.org");
    assert_string_equal(server.mails[0].subject, "Cancelled: Opening night");
    assert_string_equal(server.mails[0].text,
                        ts_printf(call->arena,
                                  "Opening night is cancelled: Tue 2 June 2026, 14:00 (Europe/Berlin).\n"
                                  "Tickets for it in your order %s: 2.\n",
                                  order->code));
    assert_string_equal(server.mails[0].link,
                        ts_printf(call->arena, "https://shop.example/order/%s/%s", order->code, order->secret));
    harness_advance(call, TS_DAY_MS);
    assert_int_equal(server.count, 1);
}

static void cancelled_event__is_told_only_to_who_has_tickets(struct ts_call *call)
{
    struct shop shop = open_shop(call, 10), other;
    const Orders__Order *paid = shop_sell(call, &shop, 1), *pending = shop_order(call, &shop, 1);
    const Orders__Order *cancelled = shop_sell(call, &shop, 1), *refunded = shop_sell(call, &shop, 1);
    const Orders__Order *in_part = shop_sell(call, &shop, 1), *erased = shop_sell(call, &shop, 1), *elsewhere;

    other = shop_open_event(call, shop.organizer_id, "second", 10);
    elsewhere = shop_sell(call, &other, 1);
    cancel_order(call, cancelled);
    refund(call, refunded, "10.00");
    refund(call, in_part, "2.00");
    cancel_event(call, shop.event_id);
    erase(call, erased);
    pass(call);
    assert_true(was_told(paid));
    assert_true(was_told(in_part));
    assert_false(was_told(pending));
    assert_false(was_told(cancelled));
    assert_false(was_told(refunded));
    assert_false(was_told(erased));
    assert_false(was_told(elsewhere));
    assert_int_equal(server.count, 2);
}

static void cancelled_date__is_told_to_who_has_tickets_for_it(struct ts_call *call)
{
    struct shop shop = open_shop(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1);
    const char *second = add_date(call, shop.event_id), *third = add_date(call, shop.event_id);

    cancel_date(call, second);
    pass(call);
    assert_int_equal(server.count, 0);
    cancel_date(call, shop.date_id);
    pass(call);
    assert_true(was_told(order));
    cancel_date(call, third);
    cancel_event(call, shop.event_id);
    pass(call);
    assert_int_equal(server.count, 1); /* he knows */
}

/* Go through all orders again, as one does who comes after a crash between what a step wrote and that it is done. */
static void begin_again(struct ts_call *call, const char *event_id)
{
    const struct ts_collection *notices = NULL;
    Orders__Notice notice;
    struct ts_doc doc;

    for (const struct ts_collection *const *at = orders_module.collections; *at; at++) {
        if (strcmp((*at)->name, "orders_notices") == 0)
            notices = *at;
    }
    assert_non_null(notices);
    assert_int_equal(ts_store_get(call, notices, event_id, &doc), 0);
    assert_non_null(doc.body);
    notice = *(const Orders__Notice *)doc.body;
    assert_false(notice.has_due_ms);
    notice.has_due_ms = true;
    notice.due_ms = ts_now_ms(call);
    notice.cursor = NULL;
    assert_int_equal(ts_store_put(call, notices, event_id, doc.version, &notice.base), 0);
}

static void cancelled_event__of_many_orders_is_told_in_steps(struct ts_call *call)
{
    Orders__TellCancelledRequest request = ORDERS__TELL_CANCELLED_REQUEST__INIT;
    struct shop shop = open_shop(call, STEP_ORDERS + 5);
    const Orders__TellCancelledReply *reply;
    const Orders__Order *first = NULL, *last = NULL;

    for (unsigned i = 0; i < STEP_ORDERS + 5; i++) {
        last = shop_sell(call, &shop, 1);
        first = first ? first : last;
    }
    cancel_event(call, shop.event_id);
    pass(call);
    assert_int_equal(server.count, STEP_ORDERS + 5);
    assert_true(was_told(first));
    assert_true(was_told(last));
    request.event_id = shop.event_id;
    assert_int_equal(orders_tell_cancelled_as_system(call, &request, &reply), 0);
    begin_again(call, shop.event_id);
    pass(call);
    assert_int_equal(server.count, STEP_ORDERS + 5);
}

static void tell_cancelled__wants_an_event(struct ts_call *call)
{
    Orders__TellCancelledRequest request = ORDERS__TELL_CANCELLED_REQUEST__INIT;
    const Orders__TellCancelledReply *reply;

    assert_int_equal(orders_tell_cancelled_as_system(call, &request, &reply), TS_EINVALID);
    request.event_id = (char *)ts_id_new(call, "org");
    assert_int_equal(orders_tell_cancelled_as_system(call, &request, &reply), TS_EINVALID);
    request.event_id = (char *)ts_id_new(call, "evt");
    request.date_id = request.event_id;
    assert_int_equal(orders_tell_cancelled_as_system(call, &request, &reply), TS_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(cancelled_event__is_told_once_for_each_order, ts_modules),
        harness_unit_test(cancelled_event__is_told_only_to_who_has_tickets, ts_modules),
        harness_unit_test(cancelled_date__is_told_to_who_has_tickets_for_it, ts_modules),
        harness_unit_test(cancelled_event__of_many_orders_is_told_in_steps, ts_modules),
        harness_unit_test(tell_cancelled__wants_an_event, ts_modules),
    };

    return cmocka_run_group_tests_name("orders/notice", tests, NULL, NULL);
}
