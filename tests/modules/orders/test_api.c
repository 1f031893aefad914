/* Orders through the bus, one rpc after the other, beside inventory and catalogue that can be made to fail. */
#include <string.h>

#include "fakes.h"
#include "loop/runtime.h"
#include "orders/v1/orders.rpc.h"
#include "support/harness.h"
#include "support/ledger.h"
#include "tessera/clock.h"
#include "tessera/sign.h"

extern const struct ts_module orders_module;
extern const struct ts_collection orders_collection, order_codes_collection;

static const struct ts_module *const modules[] = { &fake_inventory, &fake_catalog, &orders_module, NULL };

#define STATUS(name) ORDERS__ORDER_STATUS__##name

static const char *held(struct ts_call *call, unsigned count, int64_t price)
{
    struct fake_hold *hold;

    if (!fake.capacity)
        fake_reset(call, 20);
    hold = fake_hold_new(call, count, price);
    assert_non_null(hold);
    return hold->token;
}

static int place_as(struct ts_call *call, const char *token, const char *email, const Orders__PlaceOrderReply **reply)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;

    request.hold_token = (char *)token;
    request.email = (char *)email;
    request.name = " Ada ";
    return orders_place_order(call, &request, reply);
}

static const Orders__Order *placed(struct ts_call *call, const char *token)
{
    const Orders__PlaceOrderReply *reply;

    assert_int_equal(place_as(call, token, "ada@example.org", &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_non_null(reply->order);
    return reply->order;
}

static const Orders__SettleOrderReply *settled(struct ts_call *call, const char *order_id, const char *payment_id)
{
    Orders__SettleOrderRequest request = ORDERS__SETTLE_ORDER_REQUEST__INIT;
    const Orders__SettleOrderReply *reply;

    request.order_id = (char *)order_id;
    request.payment_id = (char *)payment_id;
    assert_int_equal(orders_settle_order(call, &request, &reply), 0);
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

static void begin(struct ts_call *call)
{
    fake.capacity = 0;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
}

/* ---- placeOrder */

static void place_order__keeps_the_hold_and_shows_the_secret(struct ts_call *call)
{
    const Orders__Order *order;
    const char *token;

    begin(call);
    token = held(call, 2, FAKE_PRICE);
    order = placed(call, token);
    assert_int_equal(order->status, STATUS(PENDING));
    assert_non_null(order->secret);
    assert_int_equal(strlen(order->code), 5);
    assert_int_equal(order->code[1], '0'); /* a test-mode event's */
    assert_int_equal(order->total->minor, 2 * FAKE_PRICE);
    assert_int_equal(order->tax->minor, 2 * FAKE_TAX);
    assert_string_equal(order->name, "Ada");
    assert_int_equal(order->expires_at_ms, HARNESS_NOW_MS + 15 * TS_MINUTE_MS);
    assert_int_equal(order->n_positions, 2);
    assert_null(order->positions[0]->ticket_secret);
    assert_null(order->input_hash);
    assert_int_equal(order->grant->kind, COMMON__GRANT__KIND__BUYER);
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__KEPT);
}

static void place_order__again_is_the_same_order(struct ts_call *call)
{
    const Orders__PlaceOrderReply *other;
    const Orders__Order *first, *second;
    const char *token;

    begin(call);
    token = held(call, 1, FAKE_PRICE);
    harness_key(call, "a-key-of-22-characters");
    first = placed(call, token);
    second = placed(call, token);
    assert_string_equal(first->id, second->id);
    assert_string_equal(first->code, second->code);
    assert_int_equal(place_as(call, token, "eve@example.org", &other), 0);
    harness_assert_refused(other, IDEMPOTENCY_KEY_REUSED, "idempotencyKey");
    harness_key(call, "b-key-of-22-characters");
    assert_int_equal(place_as(call, token, "eve@example.org", &other), 0);
    harness_assert_refused(other, CONFLICT, "holdToken");
    assert_null(other->order);
    harness_key(call, "short");
    assert_int_equal(place_as(call, token, "ada@example.org", &other), 0);
    harness_assert_refused(other, INVALID_INPUT, "idempotencyKey");
}

/* Somebody else's claims on each code that begins as `code` does. */
static void take_codes_like(struct ts_call *call, const char *code, const char *organizer_id)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ379";
    const size_t count = sizeof(letters) - 1;
    Orders__OrderCode claim = ORDERS__ORDER_CODE__INIT;

    claim.order_id = "ord_somebody_elses";
    for (size_t i = 0; i < count * count; i++) {
        const char *id =
            ts_printf(call->arena, "%.3s%c%c/%s", code, letters[i / count], letters[i % count], organizer_id);

        assert_true(ts_store_insert(call, &order_codes_collection, id, &claim.base) >= 0);
    }
}

static void place_order__passes_by_codes_that_are_taken(struct ts_call *call)
{
    const Orders__Order *first, *second, *third;

    begin(call);
    fake_reset(call, 20);
    fake.test_mode = false;
    first = placed(call, held(call, 1, FAKE_PRICE));
    second = placed(call, held(call, 1, FAKE_PRICE));
    assert_string_not_equal(first->code, second->code);
    take_codes_like(call, second->code, second->organizer_id);
    third = placed(call, held(call, 1, FAKE_PRICE));
    assert_int_equal(strlen(third->code), 5);
    assert_memory_not_equal(third->code, second->code, 3);
}

static void place_order__a_free_one_is_born_paid(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, 0));
    assert_int_equal(order->status, STATUS(PAID));
    assert_false(order->has_expires_at_ms);
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__SOLD);
    ledger_check(call);
}

static void place_order__refuses_what_it_cannot_use(struct ts_call *call)
{
    const Orders__PlaceOrderReply *reply;
    const char *token;

    begin(call);
    token = held(call, 1, FAKE_PRICE);
    assert_int_equal(place_as(call, token, "no address", &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "email");
    assert_int_equal(place_as(call, "hld_no", "a@b.cd", &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "holdToken");
    assert_int_equal(place_as(call, NULL, "a@b.cd", &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "holdToken");
    fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(place_as(call, token, "a@b.cd", &reply), 0);
    harness_assert_refused(reply, NOT_ON_SALE, "holdToken");
    fake.date_status = CATALOG__EVENT_STATUS__PUBLISHED;
    fake.event_status = CATALOG__EVENT_STATUS__POSTPONED;
    assert_int_equal(place_as(call, token, "a@b.cd", &reply), 0);
    harness_assert_refused(reply, NOT_ON_SALE, "holdToken");
    fake.event_status = CATALOG__EVENT_STATUS__PUBLISHED;
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(place_as(call, token, "a@b.cd", &reply), 0);
    harness_assert_refused(reply, HOLD_EXPIRED, "holdToken");
}

static void place_order__matches_attendees(struct ts_call *call)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    Orders__Attendee first = ORDERS__ATTENDEE__INIT, second = ORDERS__ATTENDEE__INIT;
    Orders__Attendee *attendees[] = { &first, &second };
    const Orders__PlaceOrderReply *reply;

    begin(call);
    request.hold_token = (char *)held(call, 2, FAKE_PRICE);
    request.email = "a@b.cd";
    request.attendees = attendees;
    request.n_attendees = 2;
    first.name = "Bob";
    second.name = "Eve";
    second.hold_position_id = "pos_x";
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "attendees.1.holdPositionId");
    second.hold_position_id = (char *)ts_id_member(call, fake.holds[0].id, "pos", 1);
    first.email = "bad";
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "attendees.0.email");
    first.email = NULL;
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_string_equal(reply->order->positions[0]->attendee_name, "Eve");
    assert_string_equal(reply->order->positions[1]->attendee_name, "Bob");
}

static const Orders__Order *placed_for(struct ts_call *call, const char *buyer, const char *attendee)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    Orders__Attendee one = ORDERS__ATTENDEE__INIT, *attendees[] = { &one };
    const Orders__PlaceOrderReply *reply;

    request.hold_token = (char *)held(call, 1, FAKE_PRICE);
    request.email = (char *)buyer;
    request.attendees = attendees;
    request.n_attendees = 1;
    one.email = (char *)attendee;
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->order;
}

/* As a program of before put it: its buyer stands among those who attend, too. */
static void put_as_before(struct ts_call *call, const char *id)
{
    struct ts_doc doc;
    Orders__Order order;
    char *hashes[1];

    assert_int_equal(ts_store_get(call, &orders_collection, id, &doc), 0);
    order = *(const Orders__Order *)doc.body;
    hashes[0] = order.buyer_email_hash;
    order.n_email_hashes = 1;
    order.email_hashes = hashes;
    assert_int_equal(ts_store_put(call, &orders_collection, id, doc.version, &order.base), 0);
}

static void list_person_orders__tells_each_once(struct ts_call *call)
{
    Orders__ListPersonOrdersRequest request = ORDERS__LIST_PERSON_ORDERS_REQUEST__INIT;
    const Orders__ListPersonOrdersReply *page;
    const char *found[4] = { NULL }, *expected[3];
    size_t count = 0;

    begin(call);
    expected[2] = placed_for(call, "eve@example.org", "ada@example.org")->id;
    harness_advance(call, 1);
    expected[1] = placed_for(call, "ada@example.org", "ada@example.org")->id;
    harness_advance(call, 1);
    expected[0] = placed_for(call, "ada@example.org", "bob@example.org")->id;
    put_as_before(call, expected[0]);
    (void)placed_for(call, "eve@example.org", "bob@example.org");
    request.email_hash = ts_email_hash(call, "ada@example.org");
    do {
        assert_int_equal(orders_list_person_orders_as_system(call, &request, &page), 0);
        for (size_t i = 0; i < page->n_orders && count < 4; i++)
            found[count++] = page->orders[i]->id;
        request.after = page->cursor;
    } while (request.after);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(found[i], expected[i]);
}

/* An order is placed and its hold says `state`: whoever placed it did not hear of it. Return: the hold's token. */
static const char *placed_unheard(struct ts_call *call, Inventory__HoldState state)
{
    const char *token = held(call, 1, FAKE_PRICE);
    const Orders__PlaceOrderReply *reply;

    fake.calls = 0;
    fake.fail_nth = 3; /* ReadHold, GetSale, KeepHold */
    assert_int_equal(place_as(call, token, "ada@example.org", &reply), TS_EUNAVAILABLE);
    fake.holds[0].state = state;
    return token;
}

static void place_order__on_a_hold_that_went_meanwhile_expires(struct ts_call *call)
{
    const Orders__PlaceOrderReply *reply;
    const char *token;

    begin(call);
    token = placed_unheard(call, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(place_as(call, token, "ada@example.org", &reply), 0);
    harness_assert_refused(reply, HOLD_EXPIRED, "holdToken");
    assert_int_equal(reply->order->status, STATUS(EXPIRED));
}

/* Its hold was not kept, so it looks as if there were no order; and since then nobody could place one. */
static void place_order__shows_what_stands_though_the_event_closed(struct ts_call *call)
{
    const Orders__PlaceOrderReply *reply;
    const char *token;

    begin(call);
    token = placed_unheard(call, INVENTORY__HOLD_STATE__OPEN);
    fake.event_status = CATALOG__EVENT_STATUS__DRAFT;
    assert_int_equal(place_as(call, token, "eve@example.org", &reply), 0);
    harness_assert_refused(reply, CONFLICT, "holdToken");
    assert_int_equal(placed(call, token)->status, STATUS(PENDING));
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__KEPT);
    assert_int_equal(place_as(call, held(call, 1, FAKE_PRICE), "ada@example.org", &reply), 0);
    harness_assert_refused(reply, NOT_ON_SALE, "holdToken");
}

static void place_order__is_finished_by_a_retry(struct ts_call *call)
{
    begin(call);
    for (uint64_t nth = 1, more = true; more; nth++) {
        const char *token = held(call, 1, nth % 2 ? FAKE_PRICE : 0);
        const Orders__PlaceOrderReply *reply;

        harness_store_fail(harness_of(call), nth);
        (void)place_as(call, token, "ada@example.org", &reply); /* it may fail: that is the point */
        more = harness_store_failed(harness_of(call));
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(placed(call, token)->status, nth % 2 ? STATUS(PENDING) : STATUS(PAID));
    }
    for (uint64_t nth = 1; nth <= 6; nth++) {
        const char *token = held(call, 1, 0);
        const Orders__PlaceOrderReply *reply;

        fake.calls = 0;
        fake.fail_nth = nth;
        (void)place_as(call, token, "ada@example.org", &reply); /* as above */
        fake.fail_nth = 0;
        assert_int_equal(placed(call, token)->status, STATUS(PAID));
    }
    ledger_check(call);
}

/* ---- what follows by itself */

static void expiry__releases_the_hold(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    harness_advance(call, 14 * TS_MINUTE_MS);
    assert_int_equal(order_read(call, order->id)->status, STATUS(PENDING));
    harness_advance(call, TS_MINUTE_MS);
    assert_int_equal(order_read(call, order->id)->status, STATUS(EXPIRED));
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__RELEASED);
}

static void expiry__of_a_sold_hold_makes_the_order_paid(struct ts_call *call)
{
    const Orders__Order *order;
    char *payment_id;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    payment_id = (char *)ts_id_new_head(call, "pay");
    fake.holds[0].state = INVENTORY__HOLD_STATE__SOLD;
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(order_read(call, order->id)->status, STATUS(PAID));
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__ALREADY_PAID);
}

/* ---- SettleOrder and ExtendOrder */

static void settle_order__sells_once(struct ts_call *call)
{
    const Orders__Order *order;
    const char *payment_id;

    begin(call);
    order = placed(call, held(call, 2, FAKE_PRICE));
    payment_id = ts_id_new_head(call, "pay");
    for (int i = 0; i < 2; i++) {
        const Orders__SettleOrderReply *reply = settled(call, order->id, payment_id);

        assert_int_equal(reply->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
        assert_int_equal(reply->order->status, STATUS(PAID));
    }
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__SOLD);
}

static void settle_order__late_takes_a_new_hold_or_none(struct ts_call *call)
{
    const Orders__Order *first, *second;
    const Orders__SettleOrderReply *reply;

    begin(call);
    first = placed(call, held(call, 10, FAKE_PRICE));
    second = placed(call, held(call, 10, FAKE_PRICE));
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_non_null(fake_hold_new(call, 10, FAKE_PRICE));
    reply = settled(call, first->id, ts_id_new_head(call, "pay"));
    assert_int_equal(reply->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_string_not_equal(reply->order->hold_id, fake.holds[0].id);
    assert_int_equal(fake_hold_find(reply->order->hold_id)->state, INVENTORY__HOLD_STATE__SOLD);
    assert_string_equal(reply->order->positions[0]->id, first->positions[0]->id);
    reply = settled(call, second->id, ts_id_new_head(call, "pay"));
    assert_int_equal(reply->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(reply->order->status, STATUS(EXPIRED));
    assert_null(reply->order->next_hold_id);
}

/* Its money is on its way back: what comes free later is not for this payment. */
static void settle_order__a_refused_payment_stays_refused(struct ts_call *call)
{
    const Orders__Order *order;
    struct fake_hold *other;
    const char *payment_id;

    begin(call);
    order = placed(call, held(call, 10, FAKE_PRICE));
    harness_advance(call, 15 * TS_MINUTE_MS);
    other = fake_hold_new(call, 20, FAKE_PRICE);
    payment_id = ts_id_new_head(call, "pay");
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    other->state = INVENTORY__HOLD_STATE__RELEASED;
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
}

static void settle_order__a_lost_hold_is_followed_by_another(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 20, FAKE_PRICE));
    harness_advance(call, 15 * TS_MINUTE_MS);
    fake.lose = 2;
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_int_equal(fake.lose, 0);
}

/* Who settles the same payment took the last places, and sold them to the order: it has their seats, not its first. */
static void settle_order__has_the_seats_that_were_sold_to_it(struct ts_call *call)
{
    const Orders__SettleOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 2, FAKE_PRICE));
    harness_advance(call, 15 * TS_MINUTE_MS);
    fake.overtaken = 1;
    reply = settled(call, order->id, ts_id_new_head(call, "pay"));
    assert_int_equal(reply->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_string_equal(reply->order->positions[0]->seat, "Seat 1");
    assert_string_equal(reply->order->positions[1]->seat, "Seat 2");
}

/* SettleOrder, some reads after another. */
struct settler {
    const char *order_id, *payment_id;
    unsigned later;
    int result;
    Orders__SettleOrderReply__Outcome outcome;
};

static int run_settler(struct ts_call *call, void *item)
{
    Orders__SettleOrderRequest request = ORDERS__SETTLE_ORDER_REQUEST__INIT;
    const Orders__SettleOrderReply *reply;
    struct settler *settler = item;

    for (unsigned i = 0; i < settler->later; i++)
        (void)order_read(call, settler->order_id); /* it takes its time, no more */
    request.order_id = (char *)settler->order_id;
    request.payment_id = (char *)settler->payment_id;
    settler->result = orders_settle_order(call, &request, &reply);
    if (settler->result == 0)
        settler->outcome = reply->outcome;
    return 0;
}

static uint64_t yields;

static unsigned draw_yield(unsigned below)
{
    return below == 2 ? yields++ % 3 != 0 : below - 1;
}

/* The last places, and one late payment that is settled twice at once: one takes them, the other leaves it to do so. */
static void settle_order__side_by_side_does_not_lose_the_places(struct ts_call *call)
{
    unsigned left_to_it = 0;

    for (unsigned later = 0; later < 16; later++) {
        struct settler settlers[2] = { 0 };
        void *items[] = { &settlers[0], &settlers[1] };
        const Orders__Order *order;

        begin(call);
        order = placed(call, held(call, 20, FAKE_PRICE));
        harness_advance(call, 15 * TS_MINUTE_MS);
        settlers[0].order_id = settlers[1].order_id = order->id;
        settlers[0].payment_id = settlers[1].payment_id = ts_id_new_head(call, "pay");
        settlers[1].later = later;
        fake.draw = draw_yield;
        assert_int_equal(ts_all(call, run_settler, items, 2), 0);
        fake.draw = NULL;
        for (int i = 0; i < 2; i++) {
            assert_true(settlers[i].result == 0 || settlers[i].result == TS_EABORTED);
            assert_true(settlers[i].result || settlers[i].outcome == ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
            left_to_it += settlers[i].result != 0;
        }
        assert_int_equal(order_read(call, order->id)->status, STATUS(PAID));
    }
    if (!harness_store_is_real(harness_of(call))) /* its answers come when they come: nobody may have met */
        assert_in_range(left_to_it, 1, 16);
}

static void settle_order__of_a_cancelled_date_is_unfulfillable(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(order_read(call, order->id)->status, STATUS(PENDING));
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(order_read(call, order->id)->status, STATUS(EXPIRED));
}

/* Whoever sold the hold went down before the order heard of it: places or money, never both. */
static void settle_order__of_a_date_cancelled_after_its_hold_was_sold_is_paid(struct ts_call *call)
{
    const char *payment_id = ts_id_new_head(call, "pay");
    const Orders__Order *order;
    struct fake_hold *hold;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    hold = fake_hold_find(order->hold_id);
    hold->state = INVENTORY__HOLD_STATE__SOLD;
    fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    harness_advance(call, 15 * TS_MINUTE_MS);
    assert_int_equal(order_read(call, order->id)->status, STATUS(PAID));
    assert_string_equal(order_read(call, order->id)->settling_payment_id, payment_id);
}

/* Before the money goes back, so that nobody who is doing the same can still sell them. */
static void settle_order__of_a_cancelled_date_frees_the_places(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    fake.date_status = CATALOG__EVENT_STATUS__CANCELLED;
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(fake_hold_find(order->hold_id)->state, INVENTORY__HOLD_STATE__RELEASED);
}

static void settle_order__knows_its_ids(struct ts_call *call)
{
    Orders__SettleOrderRequest request = ORDERS__SETTLE_ORDER_REQUEST__INIT;
    const Orders__SettleOrderReply *reply;

    begin(call);
    request.order_id = "ord_x";
    request.payment_id = (char *)ts_id_new_head(call, "pay");
    assert_int_equal(orders_settle_order(call, &request, &reply), TS_EINVALID);
    request.order_id = (char *)ts_id_new_head(call, "ord");
    assert_int_equal(orders_settle_order(call, &request, &reply), TS_ENOTFOUND);
}

static void extend_order__never_shortens(struct ts_call *call)
{
    Orders__ExtendOrderRequest request = ORDERS__EXTEND_ORDER_REQUEST__INIT;
    const Orders__ExtendOrderReply *reply;

    begin(call);
    request.order_id = placed(call, held(call, 1, FAKE_PRICE))->id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = HARNESS_NOW_MS + TS_DAY_MS;
    assert_int_equal(orders_extend_order(call, &request, &reply), 0);
    assert_int_equal(reply->order->expires_at_ms, HARNESS_NOW_MS + TS_DAY_MS);
    assert_int_equal(fake.holds[0].expires_at_ms, HARNESS_NOW_MS + TS_DAY_MS);
    request.expires_at_ms = HARNESS_NOW_MS + TS_MINUTE_MS;
    assert_int_equal(orders_extend_order(call, &request, &reply), 0);
    assert_int_equal(reply->order->expires_at_ms, HARNESS_NOW_MS + TS_DAY_MS);
    harness_advance(call, TS_DAY_MS);
    assert_int_equal(order_read(call, request.order_id)->status, STATUS(EXPIRED));
}

/* ---- cancelOrder */

static const Orders__CancelOrderReply *cancelled(struct ts_call *call, const char *id, const char *secret)
{
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    request.order_id = (char *)id;
    request.secret = (char *)secret;
    assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
    return reply;
}

static void cancel_order__by_a_buyer_only_while_pending(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    harness_assert_refused(cancelled(call, order->id, "wrong"), NOT_FOUND, "orderId");
    harness_assert_refused(cancelled(call, order->id, NULL), NOT_FOUND, "orderId");
    harness_assert_refused(cancelled(call, "ord_x", order->secret), NOT_FOUND, "orderId");
    for (int i = 0; i < 2; i++)
        assert_int_equal(cancelled(call, order->id, order->secret)->order->status, STATUS(CANCELLED));
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__RELEASED);
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    order = placed(call, held(call, 1, 0));
    harness_assert_refused(cancelled(call, order->id, order->secret), CONFLICT, "orderId");
}

static void cancel_order__by_staff_frees_a_sold_hold(struct ts_call *call)
{
    const Orders__CancelOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    (void)settled(call, order->id, ts_id_new_head(call, "pay"));
    harness_as(call, TS_PRINCIPAL_OWNER);
    reply = cancelled(call, order->id, NULL);
    assert_int_equal(reply->order->status, STATUS(CANCELLED));
    assert_null(reply->order->secret);
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__STAFF);
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__RELEASED);
}

/* Settled a second time, since nobody heard of the first: a refund is staff's to give. */
static void cancel_order__does_not_refuse_the_payment_it_was_paid_with(struct ts_call *call)
{
    const Orders__Order *order;
    const char *payment_id;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    payment_id = ts_id_new_head(call, "pay");
    (void)settled(call, order->id, payment_id);
    harness_as(call, TS_PRINCIPAL_OWNER);
    (void)cancelled(call, order->id, NULL);
    assert_int_equal(settled(call, order->id, payment_id)->outcome, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED);
    assert_int_equal(settled(call, order->id, ts_id_new_head(call, "pay"))->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
}

static void cancel_order__refuses_the_payment_that_was_about_to_pay_it(struct ts_call *call)
{
    Orders__SettleOrderRequest request = ORDERS__SETTLE_ORDER_REQUEST__INIT;
    const Orders__SettleOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    fake.holds[0].state = INVENTORY__HOLD_STATE__RELEASED;
    request.order_id = order->id;
    request.payment_id = (char *)ts_id_new_head(call, "pay");
    fake.calls = 0;
    fake.fail_nth = 4; /* the event, the hold, the event again, the new hold */
    assert_true(orders_settle_order(call, &request, &reply) < 0);
    assert_string_equal(order_read(call, order->id)->settling_payment_id, request.payment_id);
    (void)cancelled(call, order->id, order->secret);
    assert_int_equal(settled(call, order->id, request.payment_id)->outcome,
                     ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE);
    assert_int_equal(fake_places_taken(), 0);
}

static void cancel_order__frees_the_hold_later_when_it_must(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    fake.calls = 0;
    fake.fail_nth = 1;
    assert_int_equal(cancelled(call, order->id, order->secret)->order->status, STATUS(CANCELLED));
    assert_true(order_read(call, order->id)->hold_to_free);
    harness_advance(call, TS_MINUTE_MS);
    assert_false(order_read(call, order->id)->hold_to_free);
    assert_int_equal(fake.holds[0].state, INVENTORY__HOLD_STATE__RELEASED);
}

/* ---- reading */

static void get_order__needs_code_and_secret(struct ts_call *call)
{
    Orders__GetOrderRequest request = ORDERS__GET_ORDER_REQUEST__INIT;
    const Orders__GetOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    request.code = ts_printf(call->arena, " %c%c %s", order->code[0] | 0x20, order->code[1], order->code + 2);
    request.secret = order->secret;
    assert_int_equal(orders_get_order(call, &request, &reply), 0);
    assert_string_equal(reply->order->id, order->id);
    assert_string_equal(reply->order->secret, order->secret);
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__BUYER);
    request.secret = "wrong";
    assert_int_equal(orders_get_order(call, &request, &reply), 0);
    assert_null(reply->order);
    request.secret = order->secret;
    request.code = "ABC";
    assert_int_equal(orders_get_order(call, &request, &reply), 0);
    assert_null(reply->order);
    request.code = "A/BCD";
    assert_int_equal(orders_get_order(call, &request, &reply), 0);
    assert_null(reply->order);
}

static void get_orders__answers_what_the_grant_covers(struct ts_call *call)
{
    Orders__IdsRequest request = ORDERS__IDS_REQUEST__INIT;
    Common__Grant grant = COMMON__GRANT__INIT;
    const Orders__GetPositionsReply *positions;
    const Orders__GetOrdersReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    request.ids = &(char *){ order->id };
    request.n_ids = 1;
    assert_int_equal(orders_get_orders(call, &request, &reply), 0);
    assert_int_equal(reply->n_orders, 0); /* nobody in particular */
    request.grant = &grant;
    grant.has_kind = true;
    for (int kind = COMMON__GRANT__KIND__PUBLIC; kind <= COMMON__GRANT__KIND__STAFF; kind++) {
        grant.kind = (Common__Grant__Kind)kind;
        grant.subject = "org_other";
        assert_int_equal(orders_get_orders(call, &request, &reply), 0);
        assert_int_equal(reply->n_orders, 0);
        grant.subject = kind == COMMON__GRANT__KIND__STAFF ? fake.organizer_id : order->id;
        assert_int_equal(orders_get_orders(call, &request, &reply), 0);
        assert_int_equal(reply->n_orders, kind == COMMON__GRANT__KIND__BUYER); /* STAFF gives nobody a right */
        if (reply->n_orders)
            assert_non_null(reply->orders[0]->secret);
    }
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(orders_get_orders(call, &request, &reply), 0);
    assert_null(reply->orders[0]->secret);
    grant.subject = "org_other";
    assert_int_equal(orders_get_orders(call, &request, &reply), 0);
    assert_int_equal(reply->n_orders, 0);
    request.grant = NULL;
    assert_int_equal(orders_get_orders(call, &request, &reply), 0);
    assert_int_equal(reply->orders[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    request.ids = (char *[]){ order->positions[0]->id, "pos_x", (char *)ts_id_new(call, "pos") };
    request.n_ids = 3;
    assert_int_equal(orders_get_positions(call, &request, &positions), 0);
    assert_int_equal(positions->n_positions, 1);
    assert_string_equal(positions->positions[0]->order_id, order->id);
    assert_null(positions->positions[0]->ticket_secret);
}

static const Orders__OrderConnection *listed(struct ts_call *call, Orders__ListOrdersRequest *request)
{
    Common__Grant *grant = TS_NEW(call->arena, Common__Grant);
    const Orders__ListOrdersReply *reply;

    common__grant__init(grant);
    grant->has_kind = true;
    grant->kind = COMMON__GRANT__KIND__STAFF;
    grant->subject = fake.organizer_id;
    request->grant = grant;
    request->event_ids = TS_NEW(call->arena, char *);
    request->event_ids[0] = fake.event_id;
    request->n_event_ids = 1;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(orders_list_orders(call, request, &reply), TS_EDENIED);
    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(orders_list_orders(call, request, &reply), 0);
    assert_int_equal(reply->n_connections, 1);
    return reply->connections[0];
}

static void list_orders__pages_and_searches(struct ts_call *call)
{
    Orders__ListOrdersRequest request = ORDERS__LIST_ORDERS_REQUEST__INIT;
    const Orders__OrderConnection *page;
    const Orders__ListOrdersReply *reply;

    begin(call);
    for (int i = 0; i < 5; i++) {
        (void)placed(call, held(call, 1, i < 2 ? 0 : FAKE_PRICE));
        harness_advance(call, TS_SECOND_MS);
    }
    request.has_first = true;
    request.first = 2;
    page = listed(call, &request);
    assert_int_equal(page->n_edges, 2);
    assert_int_equal(page->total_count, 5);
    assert_true(page->page_info->has_next_page);
    assert_false(page->page_info->has_previous_page);
    assert_true(page->edges[0]->node->created_at_ms > page->edges[1]->node->created_at_ms);
    assert_null(page->edges[0]->node->secret);
    request.after = page->page_info->end_cursor;
    request.query = "ADA@";
    request.first = 3;
    page = listed(call, &request);
    assert_int_equal(page->n_edges, 3);
    assert_int_equal(page->total_count, 5);
    assert_false(page->page_info->has_next_page);
    request.after = NULL;
    request.query = "nobody";
    assert_int_equal(listed(call, &request)->total_count, 0);
    request.query = NULL;
    request.has_status = true;
    request.status = STATUS(PAID);
    assert_int_equal(listed(call, &request)->total_count, 2);
    request.first = 101;
    assert_int_equal(orders_list_orders(call, &request, &reply), TS_EINVALID);
    request.first = 1;
    request.grant->kind = COMMON__GRANT__KIND__PUBLIC;
    assert_int_equal(orders_list_orders(call, &request, &reply), 0);
    assert_int_equal(reply->n_connections, 0);
}

static void read_order__checks_the_secret_it_is_given(struct ts_call *call)
{
    Orders__ReadOrderRequest request = ORDERS__READ_ORDER_REQUEST__INIT;
    const Orders__ReadOrderReply *reply;
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 1, FAKE_PRICE));
    request.position_id = order->positions[0]->id;
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    assert_non_null(reply->order->positions[0]->ticket_secret);
    request.secret = "wrong";
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    assert_null(reply->order);
    request.secret = order->secret;
    assert_int_equal(orders_read_order(call, &request, &reply), 0);
    assert_non_null(reply->order);
}

static int64_t counted(struct ts_call *call, const char *date_id, const char *type_id)
{
    Orders__CountPositionsRequest request = ORDERS__COUNT_POSITIONS_REQUEST__INIT;
    const Orders__CountPositionsReply *reply;

    request.event_id = fake.event_id;
    request.date_id = (char *)date_id;
    request.ticket_type_ids = &(char *){ (char *)type_id };
    request.n_ticket_type_ids = type_id ? 1 : 0;
    assert_int_equal(orders_count_positions(call, &request, &reply), 0);
    return reply->count;
}

static void count_positions__follows_each_change(struct ts_call *call)
{
    const Orders__Order *order;

    begin(call);
    order = placed(call, held(call, 2, 0));
    (void)placed(call, held(call, 3, FAKE_PRICE));
    assert_int_equal(counted(call, NULL, NULL), 2);
    (void)placed(call, held(call, 1, 0));
    assert_int_equal(counted(call, fake.date_id, fake.type_id), 3);
    assert_int_equal(counted(call, fake.date_id, "typ_other"), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    (void)cancelled(call, order->id, NULL);
    assert_int_equal(counted(call, NULL, fake.type_id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(place_order__keeps_the_hold_and_shows_the_secret, modules),
        harness_unit_test(place_order__again_is_the_same_order, modules),
        harness_unit_test(place_order__passes_by_codes_that_are_taken, modules),
        harness_unit_test(place_order__a_free_one_is_born_paid, modules),
        harness_unit_test(place_order__refuses_what_it_cannot_use, modules),
        harness_unit_test(place_order__matches_attendees, modules),
        harness_unit_test(list_person_orders__tells_each_once, modules),
        harness_unit_test(place_order__on_a_hold_that_went_meanwhile_expires, modules),
        harness_unit_test(place_order__shows_what_stands_though_the_event_closed, modules),
        harness_unit_test(place_order__is_finished_by_a_retry, modules),
        harness_unit_test(expiry__releases_the_hold, modules),
        harness_unit_test(expiry__of_a_sold_hold_makes_the_order_paid, modules),
        harness_unit_test(settle_order__sells_once, modules),
        harness_unit_test(settle_order__late_takes_a_new_hold_or_none, modules),
        harness_unit_test(settle_order__a_refused_payment_stays_refused, modules),
        harness_unit_test(settle_order__a_lost_hold_is_followed_by_another, modules),
        harness_unit_test(settle_order__has_the_seats_that_were_sold_to_it, modules),
        harness_unit_test(settle_order__side_by_side_does_not_lose_the_places, modules),
        harness_unit_test(settle_order__of_a_cancelled_date_is_unfulfillable, modules),
        harness_unit_test(settle_order__of_a_date_cancelled_after_its_hold_was_sold_is_paid, modules),
        harness_unit_test(settle_order__of_a_cancelled_date_frees_the_places, modules),
        harness_unit_test(settle_order__knows_its_ids, modules),
        harness_unit_test(extend_order__never_shortens, modules),
        harness_unit_test(cancel_order__by_a_buyer_only_while_pending, modules),
        harness_unit_test(cancel_order__by_staff_frees_a_sold_hold, modules),
        harness_unit_test(cancel_order__does_not_refuse_the_payment_it_was_paid_with, modules),
        harness_unit_test(cancel_order__refuses_the_payment_that_was_about_to_pay_it, modules),
        harness_unit_test(cancel_order__frees_the_hold_later_when_it_must, modules),
        harness_unit_test(get_order__needs_code_and_secret, modules),
        harness_unit_test(get_orders__answers_what_the_grant_covers, modules),
        harness_unit_test(list_orders__pages_and_searches, modules),
        harness_unit_test(read_order__checks_the_secret_it_is_given, modules),
        harness_unit_test(count_positions__follows_each_change, modules),
    };

    return cmocka_run_group_tests_name("modules/orders/api", tests, NULL, NULL);
}
