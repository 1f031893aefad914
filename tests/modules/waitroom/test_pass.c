/* Holding places under a pass, through the bus: who may, how many, until when. */
#include "support/shop.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "host/modules.h"
#include "inventory/v1/inventory.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "people.h"
#include "tessera/clock.h"
#include "tessera/id.h"

/* A shop with a room that is open; the call is nobody's in particular. */
static struct shop a_shop(struct ts_call *call, int size)
{
    struct shop shop = shop_open(call, size);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);

    set_room(call, &room);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    return shop;
}

static void change_room(struct ts_call *call, Waitroom__SetRoomRequest *room)
{
    harness_as(call, TS_PRINCIPAL_OWNER);
    set_room(call, room);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
}

/* Somebody who has waited. Return: the place, ADMITTED, with its token. */
static Waitroom__PlaceView *admitted(struct ts_call *call, const struct shop *shop)
{
    char *token = come(call, shop->event_id)->token;
    Waitroom__PlaceView *place = NULL;

    for (unsigned i = 0; i < 5 && (!place || place->state != STATE(ADMITTED)); i++) {
        harness_advance(call, 1000);
        place = (Waitroom__PlaceView *)ask(call, token);
    }
    assert_int_equal(place->state, STATE(ADMITTED));
    place->token = token;
    return place;
}

static const Inventory__HoldTicketsReply *try_hold(struct ts_call *call, const struct shop *shop, const char *pass,
                                                   int quantity)
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
    request.pass = (char *)pass;
    assert_int_equal(inventory_hold_tickets(call, &request, &reply), 0);
    return reply;
}

static const Inventory__HoldView *hold(struct ts_call *call, const struct shop *shop, const char *pass, int quantity)
{
    const Inventory__HoldTicketsReply *reply = try_hold(call, shop, pass, quantity);

    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->hold->n_positions, quantity);
    return reply->hold;
}

static void release(struct ts_call *call, const Inventory__HoldView *view)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply;

    request.token = view->token;
    assert_int_equal(inventory_release_hold(call, &request, &reply), 0);
    assert_true(reply->released);
}

/* ---- who may */

static void hold_tickets__needs_a_pass_while_the_room_is_on(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);
    Waitroom__SetRoomRequest room = room_in_an_hour(call, shop.event_id);

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    hold(call, &shop, NULL, 1);
    change_room(call, &room); /* before it starts, too */
    harness_assert_refused(try_hold(call, &shop, NULL, 1), WAITING_ROOM_REQUIRED, "pass");
    harness_advance(call, TS_HOUR_MS);
    harness_assert_refused(try_hold(call, &shop, NULL, 1), WAITING_ROOM_REQUIRED, "pass");
    hold(call, &shop, admitted(call, &shop)->pass, 1);
    harness_as(call, TS_PRINCIPAL_OWNER);
    hold(call, &shop, NULL, 1); /* the box office */
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    room.enabled = false;
    change_room(call, &room);
    hold(call, &shop, NULL, 1);
}

static void hold_tickets__refuses_a_pass_that_is_changed_in_any_letter(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    char *pass = admitted(call, &shop)->pass;

    for (size_t i = 0; pass[i]; i++) {
        char *changed = ts_strdup(call->arena, pass);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        harness_assert_refused(try_hold(call, &shop, changed, 1), PASS_INVALID, "pass");
    }
    harness_assert_refused(try_hold(call, &shop, "", 1), PASS_INVALID, "pass");
    harness_assert_refused(try_hold(call, &shop, "W1..", 1), PASS_INVALID, "pass");
    harness_assert_refused(try_hold(call, &shop, ts_printf(call->arena, "%s%s", pass, pass), 1), PASS_INVALID, "pass");
    hold(call, &shop, pass, 1);
}

static void hold_tickets__refuses_a_pass_of_another_event(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100), other;
    char *pass = admitted(call, &shop)->pass;
    Waitroom__SetRoomRequest room;

    harness_as(call, TS_PRINCIPAL_OWNER);
    other = shop_open_event(call, shop.organizer_id, "other", 100);
    room = room_now(call, other.event_id);
    change_room(call, &room);
    harness_assert_refused(try_hold(call, &other, pass, 1), PASS_INVALID, "pass");
    hold(call, &shop, pass, 1);
}

static void hold_tickets__refuses_a_pass_past_its_time(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    const Waitroom__PlaceView *place = admitted(call, &shop);

    harness_advance(call, place->pass_expires_at_ms - ts_now_ms(call) - 1000);
    hold(call, &shop, place->pass, 1);
    harness_advance(call, 1000);
    harness_assert_refused(try_hold(call, &shop, place->pass, 1), PASS_EXPIRED, "pass");
    assert_int_equal(state_of(call, place->token), STATE(EXPIRED));
}

static void hold_tickets__refuses_a_pass_of_who_left_or_of_an_earlier_round(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    const Waitroom__PlaceView *left = admitted(call, &shop), *early = admitted(call, &shop);
    Waitroom__SetRoomRequest room = room_now(call, shop.event_id);

    leave(call, left->token);
    harness_assert_refused(try_hold(call, &shop, left->pass, 1), PASS_EXPIRED, "pass");
    hold(call, &shop, early->pass, 1);
    room.enabled = false;
    change_room(call, &room);
    room.enabled = true;
    change_room(call, &room);
    harness_assert_refused(try_hold(call, &shop, early->pass, 1), PASS_EXPIRED, "pass");
}

static void hold_tickets__refuses_a_pass_of_somebody_elses_account(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    char *pass;

    harness_as(call, TS_PRINCIPAL_OWNER);
    pass = admitted(call, &shop)->pass;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    harness_assert_refused(try_hold(call, &shop, pass, 1), PASS_INVALID, "pass");
}

/* ---- how many */

static void hold_tickets__takes_so_many_places_and_gives_back_what_is_released(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    char *pass = admitted(call, &shop)->pass;
    const Inventory__HoldView *first = hold(call, &shop, pass, 6);

    harness_assert_refused(try_hold(call, &shop, pass, 5), OVER_LIMIT, "lines");
    hold(call, &shop, pass, 4);
    harness_assert_refused(try_hold(call, &shop, pass, 1), OVER_LIMIT, "lines");
    release(call, first);
    hold(call, &shop, pass, 6);
    harness_assert_refused(try_hold(call, &shop, pass, 1), OVER_LIMIT, "lines");
}

static void hold_tickets__what_could_not_be_had_does_not_count(struct ts_call *call)
{
    struct shop shop = a_shop(call, 5);
    char *pass = admitted(call, &shop)->pass;

    for (unsigned i = 0; i < 4; i++)
        harness_assert_refused(try_hold(call, &shop, pass, 6), SOLD_OUT, "lines.0");
    hold(call, &shop, pass, 5);
}

static void hold_tickets__said_again_counts_once(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    char *pass = admitted(call, &shop)->pass;
    const Inventory__HoldView *first;

    harness_key(call, "a-key-of-22-characters-or-more");
    first = hold(call, &shop, pass, 10);
    assert_string_equal(hold(call, &shop, pass, 10)->id, first->id);
    harness_advance(call, 11 * TS_MINUTE_MS); /* the pass is past its time; the hold is not */
    assert_string_equal(hold(call, &shop, pass, 10)->id, first->id);
    harness_key(call, NULL);
    harness_assert_refused(try_hold(call, &shop, pass, 1), PASS_EXPIRED, "pass");
}

struct wish {
    const struct shop *shop;
    char *pass;
    int got;
};

static int hold_three(struct ts_call *call, void *item)
{
    struct wish *wish = item;

    wish->got = try_hold(call, wish->shop, wish->pass, 3)->n_refusals == 0 ? 3 : 0;
    return 0;
}

static void hold_tickets__side_by_side_are_no_more_than_one_after_the_other(struct ts_call *call)
{
    enum { WISHES = 6 };
    struct shop shop = a_shop(call, 100);
    char *pass = admitted(call, &shop)->pass;
    struct wish wishes[WISHES];
    void *items[WISHES];
    int got = 0;

    for (unsigned i = 0; i < WISHES; i++) {
        wishes[i] = (struct wish){ &shop, pass, 0 };
        items[i] = &wishes[i];
    }
    assert_int_equal(ts_all(call, hold_three, items, WISHES), 0);
    for (unsigned i = 0; i < WISHES; i++)
        got += wishes[i].got;
    assert_int_equal(got, 9);
}

/* ---- when it is used up */

static void place_order__uses_the_pass_up_and_lets_the_next_in(struct ts_call *call)
{
    struct shop shop = a_shop(call, 100);
    Waitroom__SetRoomRequest room = WAITROOM__SET_ROOM_REQUEST__INIT;
    const Waitroom__PlaceView *place;
    Orders__PlaceOrderRequest order = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *ordered;
    char *next;

    room.event_id = shop.event_id;
    room.has_max_active = true;
    room.max_active = 1;
    change_room(call, &room);
    place = admitted(call, &shop);
    next = come(call, shop.event_id)->token;
    harness_advance(call, 5000);
    assert_int_equal(state_of(call, next), STATE(WAITING));
    order.hold_token = hold(call, &shop, place->pass, 2)->token;
    order.email = "ada@example.org";
    assert_int_equal(orders_place_order(call, &order, &ordered), 0);
    assert_int_equal(ordered->n_refusals, 0);
    harness_advance(call, 2000);
    assert_int_equal(state_of(call, place->token), STATE(LEFT));
    harness_assert_refused(try_hold(call, &shop, place->pass, 1), PASS_EXPIRED, "pass");
    assert_int_equal(state_of(call, next), STATE(ADMITTED));
}

static void use_pass__slow_sales_slow_the_line_down(struct ts_call *call)
{
    enum { PEOPLE = 200, RATE = 120 };
    struct shop shop = a_shop(call, 1000);
    Waitroom__SetRoomRequest room = WAITROOM__SET_ROOM_REQUEST__INIT;
    Waitroom__UsePassRequest use = WAITROOM__USE_PASS_REQUEST__INIT;
    const Waitroom__UsePassReply *reply;
    struct crowd crowd;
    unsigned slow;

    room.event_id = shop.event_id;
    room.has_admit_per_minute = true;
    room.admit_per_minute = RATE;
    change_room(call, &room);
    use.event_id = shop.event_id;
    use.pass = admitted(call, &shop)->pass;
    use.has_quantity = use.has_recent_hold_ms = true;
    use.quantity = 1;
    use.recent_hold_ms = 5000;
    crowd = crowd_come(call, shop.event_id, PEOPLE);
    for (unsigned i = 0; i < 30; i++) {
        use.hold_id = (char *)ts_id_new_head(call, "hld");
        assert_int_equal(waitroom_use_pass(call, &use, &reply), 0);
        harness_advance(call, 1000);
        crowd_ask(call, &crowd);
    }
    slow = crowd.admitted;
    assert_true(slow < RATE / 2 / 3);
    for (unsigned i = 0; i < 75; i++) {
        harness_advance(call, 1000);
        crowd_ask(call, &crowd);
    }
    assert_true(crowd.admitted - slow > RATE / 2); /* it has come back */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(hold_tickets__needs_a_pass_while_the_room_is_on, ts_modules),
        harness_unit_test(hold_tickets__refuses_a_pass_that_is_changed_in_any_letter, ts_modules),
        harness_unit_test(hold_tickets__refuses_a_pass_of_another_event, ts_modules),
        harness_unit_test(hold_tickets__refuses_a_pass_past_its_time, ts_modules),
        harness_unit_test(hold_tickets__refuses_a_pass_of_who_left_or_of_an_earlier_round, ts_modules),
        harness_unit_test(hold_tickets__refuses_a_pass_of_somebody_elses_account, ts_modules),
        harness_unit_test(hold_tickets__takes_so_many_places_and_gives_back_what_is_released, ts_modules),
        harness_unit_test(hold_tickets__what_could_not_be_had_does_not_count, ts_modules),
        harness_unit_test(hold_tickets__said_again_counts_once, ts_modules),
        harness_unit_test(hold_tickets__side_by_side_are_no_more_than_one_after_the_other, ts_modules),
        harness_unit_test(place_order__uses_the_pass_up_and_lets_the_next_in, ts_modules),
        harness_unit_test(use_pass__slow_sales_slow_the_line_down, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/waitroom/pass", tests, NULL, NULL);
}
