/* A promoter's evening and a buyer's walk, for the tests of whoever comes after them. */
#include "support/shop.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "inventory/v1/inventory.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "payments/v1/payments.rpc.h"
#include "tessera/clock.h"

static char *add_type(struct ts_call *call, const char *event_id)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply;

    request.event_id = (char *)event_id;
    request.name = (char *)"Standing";
    request.price = (char *)"10.00";
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->ticket_type->id;
}

static char *add_quota(struct ts_call *call, const char *event_id, char *type_id, int size)
{
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply;

    request.event_id = (char *)event_id;
    request.name = (char *)"Floor";
    request.has_size = true;
    request.size = size;
    request.ticket_type_ids = &type_id;
    request.n_ticket_type_ids = 1;
    assert_int_equal(inventory_create_quota(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->quota->id;
}

static void publish(struct ts_call *call, const char *event_id)
{
    Catalog__PublishEventRequest request = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__PublishEventReply *reply;

    request.event_id = (char *)event_id;
    assert_int_equal(catalog_publish_event(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

struct shop shop_open_event(struct ts_call *call, const char *organizer_id, const char *slug, int size)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    struct shop shop = { .organizer_id = (char *)organizer_id };
    const Catalog__CreateEventReply *reply;

    request.organizer_id = (char *)organizer_id;
    request.slug = (char *)slug;
    request.title = (char *)"Opening night";
    request.has_starts_at = request.has_test_mode = request.test_mode = true;
    request.starts_at = ts_now_ms(call) + TS_DAY_MS;
    assert_int_equal(catalog_create_event(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    shop.event_id = reply->event->id;
    shop.date_id = reply->date_id;
    shop.type_id = add_type(call, shop.event_id);
    shop.quota_id = add_quota(call, shop.event_id, shop.type_id, size);
    publish(call, shop.event_id);
    return shop;
}

struct shop shop_open(struct ts_call *call, int size)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;

    request.slug = (char *)"fabrik";
    request.name = (char *)"Die Fabrik";
    request.currency = (char *)"EUR";
    request.time_zone = (char *)"Europe/Berlin";
    assert_int_equal(catalog_create_organizer(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return shop_open_event(call, reply->organizer->id, "opening", size);
}

char *shop_hold(struct ts_call *call, const struct shop *shop, int quantity)
{
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT, *lines[] = { &line };
    const Inventory__HoldTicketsReply *reply;

    line.ticket_type_id = shop->type_id;
    line.has_quantity = true;
    line.quantity = quantity;
    request.event_id = shop->event_id;
    request.lines = lines;
    request.n_lines = 1;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(inventory_hold_tickets(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(reply->n_refusals, 0);
    return reply->hold->token;
}

const Orders__Order *shop_order(struct ts_call *call, const struct shop *shop, int quantity)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply;

    request.hold_token = shop_hold(call, shop, quantity);
    request.email = (char *)"ada@example.org";
    request.name = (char *)"Ada";
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(reply->n_refusals, 0);
    return reply->order;
}

void shop_pay(struct ts_call *call, const Orders__Order *order)
{
    Payments__PayOrderRequest request = PAYMENTS__PAY_ORDER_REQUEST__INIT;
    const Payments__PayOrderReply *reply;

    request.order_id = order->id;
    request.secret = order->secret;
    request.provider = (char *)"sandbox";
    request.method = (char *)"success";
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(payments_pay_order(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(reply->n_refusals, 0);
}

const Orders__Order *shop_sell(struct ts_call *call, const struct shop *shop, int quantity)
{
    const Orders__Order *order = shop_order(call, shop, quantity);

    shop_pay(call, order);
    order = shop_read(call, order);
    assert_int_equal(order->status, ORDERS__ORDER_STATUS__PAID);
    return order;
}

const Orders__Order *shop_read(struct ts_call *call, const Orders__Order *order)
{
    Orders__GetOrderRequest request = ORDERS__GET_ORDER_REQUEST__INIT;
    const Orders__GetOrderReply *reply;

    request.code = order->code;
    request.secret = order->secret;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(orders_get_order(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_non_null(reply->order);
    return reply->order;
}
