/* What buyers, a customer and the door's screen see without asking again: the three subscriptions over all modules. */
#include <stdio.h>
#include <string.h>

#include "bus/bus.h"
#include "catalog/v1/catalog.rpc.h"
#include "door/v1/door.rpc.h"
#include "gateway/hub.h"
#include "payments/v1/payments.rpc.h"
#include "support/client.h"
#include "support/shop.h"
#include "tessera/clock.h"

#include "host/modules.h"

enum { TEXT_SIZE = 2000, SOON_MS = 100 };

static struct client *client;
static struct gateway gateway;

/* A screen, and what it shows. */
struct screen {
    struct subscriber subscriber; /* first */
    char text[TEXT_SIZE];
    unsigned count;
    int ended; /* -1: not yet */
};

static bool on_next(struct subscriber *subscriber, struct payload *payload)
{
    struct screen *screen = (struct screen *)subscriber;

    screen->count++;
    (void)snprintf(screen->text, sizeof(screen->text), "%s", payload->text);
    return true;
}

static void on_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *last)
{
    struct screen *screen = (struct screen *)subscriber;

    screen->ended = (int)why;
    if (last)
        (void)snprintf(screen->text, sizeof(screen->text), "%s", last->text);
}

/* As whoever the call is now. */
static enum gql_outcome watch(struct ts_call *call, struct screen *screen, const char *query)
{
    static const struct subscriber_ops ops = { on_next, on_end };
    const struct session session = { call->principal, call->trace, "req", "en" };
    const struct gql_request request = { .query = query, .query_size = strlen(query) };
    enum gql_outcome outcome;
    struct buf body;

    *screen = (struct screen){ .subscriber.ops = &ops, .ended = -1 };
    buf_init(&body, 1 << 16);
    outcome = subscribe(&gateway, &session, &request, &screen->subscriber, &body);
    (void)snprintf(screen->text, sizeof(screen->text), "%.*s", (int)body.size, body.data ? body.data : "");
    buf_done(&body);
    return outcome;
}

/* Real time: the domain's clock stands still. */
static void wait_until_shown(struct ts_call *call, const struct screen *screen, const char *words)
{
    const int64_t end_ms = loop_now_ms(call->runtime->loop) + SOON_MS;

    while (!strstr(screen->text, words) && loop_now_ms(call->runtime->loop) < end_ms)
        ts_yield(call);
    if (!strstr(screen->text, words))
        fail_msg("wanted %s\n  got %s", words, screen->text);
}

static void begin(struct ts_call *call)
{
    gateway = (struct gateway){ .runtime = call->runtime, .schema = client_schema(client) };
    (void)hub_new(&gateway);
    gateway.hub->pause_ms = 1; /* ten a second is the hub's own test */
}

static void end(struct ts_call *call)
{
    hub_stop(gateway.hub);
    while (gateway.hub->subscription_count)
        ts_yield(call);
    hub_free(gateway.hub);
}

static void a_hold_shows_at_once_to_other_buyers(struct ts_call *call)
{
    struct shop shop = shop_open(call, 2);
    const char *query = ts_printf(
        call->arena, "subscription { eventAvailability(eventId: \"%s\") { ticketTypes { availability remaining } } }",
        shop.event_id);
    struct screen screen, nosy, lost;

    begin(call);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(watch(call, &screen, query), GQL_EXECUTED);
    wait_until_shown(call, &screen, "\"remaining\":2");
    (void)shop_hold(call, &shop, 1);
    wait_until_shown(call, &screen, "\"remaining\":1");
    (void)shop_hold(call, &shop, 1);
    wait_until_shown(call, &screen, "\"availability\":\"RESERVED\"");
    harness_advance(call, 3600 * TS_SECOND_MS); /* the holds lapse */
    wait_until_shown(call, &screen, "\"remaining\":2");
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(
        watch(call, &nosy,
              ts_printf(call->arena, "subscription { eventAvailability(eventId: \"%s\") { id quotas { size } } }",
                        shop.event_id)),
        GQL_EXECUTED);
    wait_until_shown(call, &nosy, "FORBIDDEN");
    assert_non_null(strstr(nosy.text, "\"quotas\":null"));
    assert_int_equal(watch(call, &lost, "subscription { eventAvailability(eventId: \"evt_x\") { id } }"), GQL_REFUSED);
    assert_non_null(strstr(lost.text, "NOT_FOUND"));
    end(call);
}

/* No event tells of time alone: reading again does. */
static void a_sale_that_opens_shows_by_itself(struct ts_call *call)
{
    struct shop shop = shop_open(call, 2);
    Catalog__UpdateTicketTypeRequest update = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *updated;
    struct screen screen;

    begin(call);
    gateway.hub->reread_ms = 20;
    assert_int_equal(
        watch(call, &screen,
              ts_printf(call->arena,
                        "subscription { eventAvailability(eventId: \"%s\") { ticketTypes { availability } } }",
                        shop.event_id)),
        GQL_EXECUTED);
    wait_until_shown(call, &screen, "AVAILABLE");
    update.ticket_type_id = shop.type_id;
    update.has_sale_starts_at = true;
    update.sale_starts_at = ts_now_ms(call) + 3600 * TS_SECOND_MS;
    assert_int_equal(catalog_update_ticket_type(call, &update, &updated), 0);
    wait_until_shown(call, &screen, "NOT_YET");
    harness_advance(call, 3600 * TS_SECOND_MS);
    wait_until_shown(call, &screen, "AVAILABLE");
    end(call);
}

static void an_order_shows_when_it_is_paid_and_refunded(struct ts_call *call)
{
    struct shop shop = shop_open(call, 2);
    const Orders__Order *order = shop_order(call, &shop, 1);
    Payments__RefundOrderRequest refund = PAYMENTS__REFUND_ORDER_REQUEST__INIT;
    const Payments__RefundOrderReply *refunded;
    struct screen screen, thief;
    const char *query;

    begin(call);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(watch(call, &thief, "subscription { orderChanged(code: \"AAAAA\", secret: \"guess\") { id } }"),
                     GQL_REFUSED);
    assert_non_null(strstr(thief.text, "NOT_FOUND"));
    query = ts_printf(call->arena,
                      "subscription { orderChanged(code: \"%s\", secret: \"%s\") { status refunds { status } } }",
                      order->code, order->secret);
    assert_int_equal(watch(call, &screen, query), GQL_EXECUTED);
    wait_until_shown(call, &screen, "PENDING");
    shop_pay(call, order);
    wait_until_shown(call, &screen, "PAID");
    refund.order_id = order->id;
    assert_int_equal(payments_refund_order(call, &refund, &refunded), 0);
    wait_until_shown(call, &screen, "\"refunds\":[{");
    end(call);
}

static void a_scan_shows_at_the_door(struct ts_call *call)
{
    struct shop shop = shop_open(call, 2);
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;
    Door__CheckInRequest scan = DOOR__CHECK_IN_REQUEST__INIT;
    const Door__CreateCheckInListReply *made;
    const Door__CheckInReply *scanned;
    struct screen screen, stranger;
    const char *query;

    request.event_id = shop.event_id;
    request.name = ts_strdup(call->arena, "Door");
    assert_int_equal(door_create_check_in_list(call, &request, &made), 0);
    query = ts_printf(call->arena, "subscription { checkInRecorded(listId: \"%s\") { result gate } }",
                      made->check_in_list->id);
    begin(call);
    assert_int_equal(watch(call, &screen, query), GQL_EXECUTED);
    scan.list_id = made->check_in_list->id;
    scan.qr = ts_strdup(call->arena, "nobody's");
    for (int i = 1; i <= 3; i++) {
        scan.nonce = scan.gate = ts_printf(call->arena, "gate-%d", i);
        assert_int_equal(door_check_in(call, &scan, &scanned), 0);
        wait_until_shown(call, &screen, scan.gate);
        assert_int_equal(screen.count, i);
    }
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(watch(call, &stranger, query), GQL_REFUSED);
    assert_non_null(strstr(stranger.text, "UNAUTHENTICATED"));
    end(call);
}

static int setup(void **state)
{
    (void)state;
    client = client_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_free(client);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(a_hold_shows_at_once_to_other_buyers, ts_modules),
        harness_unit_test(a_sale_that_opens_shows_by_itself, ts_modules),
        harness_unit_test(an_order_shows_when_it_is_paid_and_refunded, ts_modules),
        harness_unit_test(a_scan_shows_at_the_door, ts_modules),
    };

    return cmocka_run_group_tests_name("scenario/live", tests, setup, teardown);
}
