/* Complimentary orders, with the real orders module: from a pool or from what is free, once per key, across crashes. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orders/v1/orders.rpc.h"
#include "tessera/limits.h"

enum { SCHEDULES = 200, HALL = 6, POOL = 4 };

extern const struct ts_module catalog_module, inventory_module, orders_module;
static const struct ts_module *const with_orders[] = { &catalog_module, &inventory_module, &orders_module, NULL };

struct house {
    struct rig *rig;
    struct shop shop;
    struct id hall, seat;
    char pool[TS_ID_SIZE];
};

static void open_house(struct ts_call *call, struct house *house)
{
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply;

    house->shop = shop_open(call);
    house->hall = shop_quota(call, &house->shop, HALL);
    house->seat = shop_type(call, &house->shop, "10.00", &house->hall, 1);
    request.quota_id = house->hall.text;
    request.name = "press";
    request.has_count = true;
    request.count = POOL;
    assert_int_equal(inventory_create_organizer_hold(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    snprintf(house->pool, sizeof(house->pool), "%s", reply->organizer_hold->id);
}

struct gift {
    int32_t quantity;
    const char *pool, *email;
    size_t attendees;
};

static const Orders__PlaceOrderReply *give(struct ts_call *call, const struct house *house, const struct gift *gift)
{
    Orders__GiveCompsRequest request = ORDERS__GIVE_COMPS_REQUEST__INIT;
    Orders__CompLine line = ORDERS__COMP_LINE__INIT;
    Orders__CompLine *lines[] = { &line };
    Orders__Attendee attendee = ORDERS__ATTENDEE__INIT;
    Orders__Attendee *attendees[] = { &attendee, &attendee, &attendee, &attendee };
    const Orders__PlaceOrderReply *reply = NULL;

    attendee.name = "Ada";
    line.ticket_type_id = (char *)house->seat.text;
    line.has_quantity = true;
    line.quantity = gift->quantity;
    request.event_id = (char *)house->shop.event;
    request.lines = lines;
    request.n_lines = 1;
    request.organizer_hold_id = (char *)gift->pool;
    request.email = gift->email ? (char *)gift->email : "ada@example.org";
    request.attendees = attendees;
    request.n_attendees = gift->attendees;
    return orders_give_comps(call, &request, &reply) ? NULL : reply;
}

static const Inventory__OrganizerHoldView *see_pool(struct ts_call *call, const struct house *house)
{
    Inventory__IdsRequest request = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__GetOrganizerHoldsReply *reply;
    char *ids[] = { (char *)house->pool };

    request.ids = ids;
    request.n_ids = 1;
    assert_int_equal(inventory_get_organizer_holds(call, &request, &reply), 0);
    return reply->organizer_holds[0];
}

static void assert_counts(struct ts_call *call, const struct house *house, int sold, int organizer, int remaining)
{
    const Inventory__QuotaCounts *now = counts(call, &house->hall);
    struct checker_report report;

    assert_int_equal(now->sold, sold);
    assert_int_equal(now->held, 0);
    assert_int_equal(now->organizer_held, organizer);
    assert_int_equal(now->remaining, remaining);
    rig_check(call, &report);
}

static void on_a_rig(void (*body)(struct ts_call *call, void *data))
{
    struct house house = { .rig = rig_new_of(1, with_orders) };

    rig_run(house.rig, body, &house);
    rig_free(house.rig);
}

/* ---- one gift */

static void give_from_both(struct ts_call *call, void *data)
{
    struct house *house = data;
    const Orders__Order *order;

    open_house(call, house);
    order = give(call, house, &(struct gift){ 2, house->pool, NULL, 2 })->order;
    assert_int_equal(order->status, ORDERS__ORDER_STATUS__PAID);
    assert_true(order->complimentary);
    assert_int_equal(order->total->minor, 0);
    assert_string_equal(order->total->currency, "EUR");
    assert_string_equal(order->email, "ada@example.org");
    assert_string_equal(order->positions[1]->attendee_name, "Ada");
    assert_null(order->secret);
    assert_counts(call, house, 2, POOL - 2, HALL - POOL);
    assert_int_equal(give(call, house, &(struct gift){ 1, NULL, NULL, 0 })->order->status, ORDERS__ORDER_STATUS__PAID);
    assert_counts(call, house, 3, POOL - 2, HALL - POOL - 1);
}

static void give_comps__is_an_order_at_no_price(void **state)
{
    (void)state;
    on_a_rig(give_from_both);
}

static void give_wrongly(struct ts_call *call, void *data)
{
    struct house *house = data;

    open_house(call, house);
    assert_refused(give(call, house, &(struct gift){ 1, house->pool, "nobody", 0 }), INVALID_INPUT, "email");
    assert_refused(give(call, house, &(struct gift){ 0, house->pool, NULL, 0 }), INVALID_INPUT, "lines.0.quantity");
    assert_refused(give(call, house, &(struct gift){ POOL + 1, house->pool, NULL, 0 }), SOLD_OUT, "organizerHoldId");
    assert_refused(give(call, house, &(struct gift){ HALL, NULL, NULL, 0 }), SOLD_OUT, "lines.0");
    assert_refused(give(call, house, &(struct gift){ 1, house->hall.text, NULL, 0 }), NOT_FOUND, "organizerHoldId");
    assert_refused(give(call, house, &(struct gift){ 1, house->pool, NULL, 2 }), INVALID_INPUT, "attendees");
    assert_refused(give(call, house, &(struct gift){ 1, NULL, NULL, 2 }), INVALID_INPUT, "attendees");
    as_buyer(call);
    assert_null(give(call, house, &(struct gift){ 1, NULL, NULL, 0 }));
    as_owner(call);
    assert_int_equal(see_pool(call, house)->remaining, POOL);
    assert_counts(call, house, 0, POOL, HALL - POOL);
}

static void give_comps__refuses_without_an_effect(void **state)
{
    (void)state;
    on_a_rig(give_wrongly);
}

static void give_by_key(struct ts_call *call, void *data)
{
    struct house *house = data;
    const Orders__Order *order;

    open_house(call, house);
    call->idempotency_key = "press";
    order = give(call, house, &(struct gift){ 1, house->pool, NULL, 0 })->order;
    assert_string_equal(give(call, house, &(struct gift){ 1, house->pool, NULL, 0 })->order->id, order->id);
    assert_int_equal(give(call, house, &(struct gift){ 2, house->pool, NULL, 0 })->refusals[0]->code,
                     COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED);
    call->idempotency_key = NULL;
    assert_counts(call, house, 1, POOL - 1, HALL - POOL);
}

static void give_comps__one_effect_per_key(void **state)
{
    (void)state;
    on_a_rig(give_by_key);
}

static void cancel_both(struct ts_call *call, void *data)
{
    struct house *house = data;
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    open_house(call, house);
    for (unsigned i = 0; i < 2; i++) {
        request.order_id = give(call, house, &(struct gift){ 1, i ? house->pool : NULL, NULL, 0 })->order->id;
        assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
        assert_int_equal(reply->order->status, ORDERS__ORDER_STATUS__CANCELLED);
    }
    assert_int_equal(see_pool(call, house)->remaining, POOL);
    assert_counts(call, house, 0, POOL, HALL - POOL);
}

static void cancel_order__gives_back_to_where_it_came_from(void **state)
{
    (void)state;
    on_a_rig(cancel_both);
}

/* ---- a crash anywhere: the key says the rest, and there is one order */

static void begin(struct ts_call *call, void *data)
{
    open_house(call, data);
}

static void give_once(struct ts_call *call, void *data)
{
    struct house *house = data;

    call->idempotency_key = "press";
    (void)give(call, house, &(struct gift){ 1, house->pool, NULL, 0 });
}

static void give_again(struct ts_call *call, void *data)
{
    struct house *house = data;
    const Orders__PlaceOrderReply *reply;

    call->idempotency_key = "press";
    reply = give(call, house, &(struct gift){ 1, house->pool, NULL, 0 });
    assert_non_null(reply);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->order->status, ORDERS__ORDER_STATUS__PAID);
    advance(call, TS_HOUR_MS); /* what was half-done is the pool's again */
    assert_int_equal(see_pool(call, house)->given, 1);
    assert_counts(call, house, 1, POOL - 1, HALL - POOL);
}

static void schedules__of_crashes_give_once(void **state)
{
    unsigned crashes = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        struct house house = { .rig = rig_new_of(seed, with_orders) };

        print_message("seed %lu\r", (unsigned long)seed);
        rig_run(house.rig, begin, &house);
        for (unsigned lives = 0; lives < 2; lives++) {
            house.rig->options.crash_per_million = 150000;
            crash_store_weather(house.rig->store, &house.rig->options);
            rig_run(house.rig, give_once, &house);
            crashes += house.rig->crashed;
            house.rig->options.crash_per_million = 0;
            rig_restart(house.rig);
        }
        rig_run(house.rig, give_again, &house);
        rig_free(house.rig);
    }
    assert_true(crashes > SCHEDULES / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(give_comps__is_an_order_at_no_price),
        cmocka_unit_test(give_comps__refuses_without_an_effect),
        cmocka_unit_test(give_comps__one_effect_per_key),
        cmocka_unit_test(cancel_order__gives_back_to_where_it_came_from),
        cmocka_unit_test(schedules__of_crashes_give_once),
    };

    return cmocka_run_group_tests_name("modules/inventory/comps", tests, NULL, NULL);
}
