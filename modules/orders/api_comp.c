/*
 * Complimentary tickets: staff hold places at no price, and the order of that hold is PAID at once, as any free order
 * is. Until the order is there the hold lapses like a cart, so a half-done gift takes nothing.
 */
#include <assert.h>
#include <string.h>

#include "orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"

/* The guest as placeOrder would be told of him. */
static Orders__PlaceOrderRequest guest_of(const Orders__GiveCompsRequest *request)
{
    Orders__PlaceOrderRequest guest = ORDERS__PLACE_ORDER_REQUEST__INIT;

    guest.email = request->email;
    guest.name = request->name;
    guest.attendees = request->attendees;
    guest.n_attendees = request->n_attendees;
    return guest;
}

static Inventory__HoldLine **lines_of(struct ts_call *call, const Orders__GiveCompsRequest *request)
{
    Inventory__HoldLine **lines = TS_NEW_ARRAY(call->arena, Inventory__HoldLine *, request->n_lines);

    for (size_t i = 0; i < request->n_lines; i++) {
        lines[i] = TS_NEW(call->arena, Inventory__HoldLine);
        inventory__hold_line__init(lines[i]);
        lines[i]->ticket_type_id = request->lines[i]->ticket_type_id;
        lines[i]->date_id = request->lines[i]->date_id;
        lines[i]->has_quantity = request->lines[i]->has_quantity;
        lines[i]->quantity = request->lines[i]->quantity;
        lines[i]->seat_ids = request->lines[i]->seat_ids;
        lines[i]->n_seat_ids = request->lines[i]->n_seat_ids;
    }
    return lines;
}

/* What inventory refuses is refused here, by the same paths. */
static int pass_on(struct ts_call *call, const Inventory__HoldCompsReply *reply)
{
    for (size_t i = 0; i < reply->n_refusals; i++) {
        const Common__Refusal *refusal = reply->refusals[i];
        const char *path = NULL;

        for (size_t j = 0; j < refusal->n_path; j++)
            path = path ? ts_printf(call->arena, "%s.%s", path, refusal->path[j]) : refusal->path[j];
        ts_refuse(call, (int)refusal->code, path, "%s", refusal->message);
    }
    return reply->n_refusals ? TS_REFUSED : 0;
}

static int hold_places(struct ts_call *call, const Orders__GiveCompsRequest *request, const char *hold_id,
                       const Inventory__Hold **ret_hold)
{
    Inventory__HoldCompsRequest hold = INVENTORY__HOLD_COMPS_REQUEST__INIT;
    const Inventory__HoldCompsReply *reply;
    int r;

    hold.hold_id = (char *)hold_id;
    hold.event_id = request->event_id;
    hold.lines = lines_of(call, request);
    hold.n_lines = request->n_lines;
    hold.organizer_hold_id = request->organizer_hold_id;
    r = inventory_hold_comps(call, &hold, &reply);
    if (r == 0)
        r = pass_on(call, reply);
    if (r == 0)
        *ret_hold = reply->hold;
    return r;
}

static int refuse_closed(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__NOT_ON_SALE, "eventId", "The event is cancelled.");
}

static int insert_order(struct ts_call *call, const Orders__GiveCompsRequest *request, const Inventory__Hold *hold,
                        const struct order_creation *creation)
{
    Orders__PlaceOrderRequest guest = guest_of(request);
    Orders__Order *order = TS_NEW(call->arena, Orders__Order);
    const Catalog__GetSaleReply *sale = NULL;
    int r = orders_check_sale(call, hold->event_id, /* date_ids= */ NULL, 0, /* started= */ true, &sale);

    if (r == ORDERS_CLOSED)
        return refuse_closed(call);
    orders__order__init(order);
    if (r == 0)
        r = orders_build(call, &guest, hold, sale->event, order);
    if (r)
        return r;
    order->has_complimentary = order->complimentary = true;
    r = orders_insert(call, order, creation);
    return r == ORDER_EXISTS ? 0 : r;
}

/* What is refused has no effect: not even for the quarter of an hour after which the hold would lapse. */
static void give_up(struct ts_call *call, const char *hold_id)
{
    Inventory__FreeHoldRequest request = INVENTORY__FREE_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *reply;

    request.hold_id = (char *)hold_id;
    ts_shield_begin(call);
    (void)inventory_free_hold_as_system(call, &request, &reply);
    ts_shield_end(call);
}

/* Hold the places, insert the order. Return: 0, it is there; ORDER_KEY_TAKEN; TS_REFUSED; a ts_error. */
static int make_order(struct ts_call *call, const Orders__GiveCompsRequest *request, const char *order_id,
                      const struct order_creation *creation)
{
    const char *hold_id = ts_id_sibling(call, order_id, "hld");
    const Inventory__Hold *hold = NULL;
    int r = hold_places(call, request, hold_id, &hold);

    if (r)
        return r;
    r = insert_order(call, request, hold, creation);
    if (r > 0)
        give_up(call, hold_id);
    return r;
}

/* The order that this call's key has made already, or a new one. Return: as make_order(). */
static int find_or_make(struct ts_call *call, const Orders__GiveCompsRequest *request, const char **ret_order_id)
{
    struct order_creation creation = { "giveComps", &request->base };
    struct order order = { 0 };
    int found, r = 0;

    *ret_order_id = ts_id_new_head(call, "ord");
    found = ts_idem_find(call, creation.scope, creation.input, ret_order_id);
    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    if (found < 0)
        return found;
    if (found == TS_IDEM_FOUND)
        r = store_get_order(call, *ret_order_id, &order);
    if (r || order.body)
        return r;
    return make_order(call, request, *ret_order_id, found == TS_IDEM_FOUND ? NULL : &creation);
}

/* Bring it to PAID, and answer it. */
static int answer(struct ts_call *call, const char *order_id, Orders__PlaceOrderReply *reply)
{
    struct order order = { 0 };
    int r = TS_WRITE_CONFLICT;

    for (unsigned i = 0; r == TS_WRITE_CONFLICT && i < ORDERS_TRIES; i++) {
        r = store_get_order(call, order_id, &order);
        if (r == 0 && order.body->status == ORDERS__ORDER_STATUS__PENDING)
            r = orders_advance(call, &order);
    }
    if (r == ORDERS_CLOSED)
        return refuse_closed(call);
    if (r)
        return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
    r = ts_require(call, TS_RIGHT_SELL, order.body->organizer_id, order.body->event_id);
    if (r)
        return r;
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, order.body->organizer_id);
    reply->order = orders_view(call, order.body, reply->grant);
    if (order.body->status != ORDERS__ORDER_STATUS__EXPIRED)
        return 0;
    return ts_refuse(call, COMMON__ERROR_CODE__HOLD_EXPIRED, NULL, "The places are no longer held.");
}

int give_comps(struct ts_call *call, const Orders__GiveCompsRequest *request, Orders__PlaceOrderReply *ret_reply)
{
    Orders__PlaceOrderRequest guest = guest_of(request);
    const char *order_id = NULL;
    int r = orders_check_input(call, &guest);

    for (unsigned tries = 0; (r == 0 && !order_id) || (r == ORDER_KEY_TAKEN && tries < ORDERS_TRIES); tries++)
        r = find_or_make(call, request, &order_id);
    if (r)
        return r == ORDER_KEY_TAKEN ? TS_EABORTED : r;
    return answer(call, order_id, ret_reply);
}
