/*
 * The steps of an order's machine, and who drives them: payments by ExtendOrder and SettleOrder, time by the due
 * engine. Each step asks the hold first and then puts the order, because the hold decides (ARCHITECTURE.md, Places): of
 * two that disagree about an order, the one whose hold said yes is right, and the other finds out from the same hold.
 * Every step may be repeated.
 */
#include <string.h>

#include "confirm.h"
#include "orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"

void orders_announce(struct ts_call *call, const Orders__Order *order, int64_t version)
{
    struct orders_state *state = call->state;
    Orders__OrderChanged event = ORDERS__ORDER_CHANGED__INIT;

    event.order_id = order->id;
    event.event_id = order->event_id;
    event.has_status = true;
    event.status = order->status;
    event.has_version = true;
    event.version = version;
    (void)counts_show(state->counts, order, version); /* false: nobody asked for this event's counts yet */
    ts_publish(call, &event.base);
}

int orders_put(struct ts_call *call, struct order *order, Orders__Order *next)
{
    struct orders_state *state = call->state;
    bool changed = next->status != order->body->status;
    int r;

    order_set_entries(call->arena, next, order->body->status);
    if (!next->has_due_ms)
        next->has_due_ms = order_due(next, &next->due_ms);
    r = store_put_order(call, order, next);
    if (r)
        return r;
    if (changed)
        ts_metric_add(state->changes[next->status], 1);
    order->body = next;
    order->version++;
    orders_announce(call, next, order->version);
    return 0;
}

/* A copy to change, whose due time orders_put() will find. */
static Orders__Order *edit(struct ts_call *call, const struct order *order)
{
    Orders__Order *next = store_edit_order(call, order);

    next->has_due_ms = false;
    next->due_ms = 0;
    return next;
}

static bool is_on_sale(Catalog__EventStatus status, bool started)
{
    return started ? status != CATALOG__EVENT_STATUS__CANCELLED : status == CATALOG__EVENT_STATUS__PUBLISHED;
}

int orders_check_sale(struct ts_call *call, const char *event_id, char *const *date_ids, size_t date_count,
                      bool started, const Catalog__GetSaleReply **ret_sale)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    int r;

    request.event_id = (char *)event_id;
    request.date_ids = (char **)date_ids;
    request.n_date_ids = date_count;
    r = catalog_get_sale_as_system(call, &request, &sale);
    if (r)
        return r;
    if (!sale->event || !is_on_sale(sale->event->status, started) || sale->n_dates < date_count)
        return ORDERS_CLOSED;
    if (sale->event->has_sweeps) /* it was cancelled, though it be archived since */
        return ORDERS_CLOSED;
    for (size_t i = 0; i < sale->n_dates; i++) {
        if (!is_on_sale(sale->dates[i]->status, started))
            return ORDERS_CLOSED;
    }
    if (ret_sale)
        *ret_sale = sale;
    return 0;
}

char **orders_date_ids(struct ts_call *call, const Orders__Order *order, size_t *ret_count)
{
    char **date_ids = TS_NEW_ARRAY(call->arena, char *, order->n_positions);
    size_t count = 0;

    for (size_t i = 0; i < order->n_positions; i++) {
        size_t seen = 0;

        while (seen < count && strcmp(date_ids[seen], order->positions[i]->date_id) != 0)
            seen++;
        if (seen == count)
            date_ids[count++] = order->positions[i]->date_id;
    }
    *ret_count = count;
    return date_ids;
}

int orders_check_open(struct ts_call *call, const Orders__Order *order)
{
    size_t count;
    char **date_ids = orders_date_ids(call, order, &count);

    return orders_check_sale(call, order->event_id, date_ids, count, /* started= */ true, /* ret_sale= */ NULL);
}

/* Has the hold been sold to this order? */
static bool is_sold_to(const Inventory__HoldStateReply *hold, const Orders__Order *order)
{
    return hold->has_state && hold->state == INVENTORY__HOLD_STATE__SOLD && hold->order_id &&
           strcmp(hold->order_id, order->id) == 0;
}

static int hold_sell(struct ts_call *call, const Orders__Order *order, const char *hold_id, bool *ret_sold)
{
    Inventory__SellHoldRequest request = INVENTORY__SELL_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *hold;
    int r;

    request.hold_id = (char *)hold_id;
    request.order_id = order->id;
    r = inventory_sell_hold_as_system(call, &request, &hold);
    if (r)
        return r;
    *ret_sold = is_sold_to(hold, order);
    return 0;
}

static int hold_free(struct ts_call *call, const Orders__Order *order, const char *hold_id, bool even_sold,
                     const Inventory__HoldStateReply **ret_hold)
{
    Inventory__FreeHoldRequest request = INVENTORY__FREE_HOLD_REQUEST__INIT;

    request.hold_id = (char *)hold_id;
    request.order_id = order->id;
    request.has_sold = even_sold;
    request.sold = even_sold;
    return inventory_free_hold_as_system(call, &request, ret_hold);
}

/* The seats of the hold that the order has now; the positions are its own copies from here on. */
static void set_seats(struct ts_call *call, Orders__Order *next, const Inventory__HoldStateReply *hold)
{
    Orders__OrderPosition **before = next->positions;

    if (hold->n_seats != next->n_positions)
        return; /* there are none */
    next->positions = TS_NEW_ARRAY(call->arena, Orders__OrderPosition *, next->n_positions);
    for (size_t i = 0; i < next->n_positions; i++) {
        next->positions[i] = ts_memdup(call->arena, before[i], sizeof(*before[i]));
        next->positions[i]->seat = hold->seats[i][0] ? hold->seats[i] : NULL;
    }
}

/* `again` is the hold that was taken in place of the order's first; NULL: it is that. */
static int put_paid(struct ts_call *call, struct order *order, const char *hold_id, const char *payment_id,
                    const Inventory__HoldStateReply *again)
{
    Orders__Order *next = edit(call, order);
    int r = confirm_intend(call, order->body->id);

    if (r)
        return r;
    if (again)
        set_seats(call, next, again);
    next->status = ORDERS__ORDER_STATUS__PAID;
    next->hold_id = (char *)hold_id;
    next->next_hold_id = NULL;
    next->settling_payment_id = (char *)payment_id;
    next->has_expires_at_ms = false;
    return orders_put(call, order, next);
}

int orders_sell(struct ts_call *call, struct order *order, const char *payment_id)
{
    bool sold;
    int r;

    r = hold_sell(call, order->body, order->body->hold_id, &sold);
    if (r)
        return r;
    if (!sold)
        return ORDERS_HOLD_GONE;
    return put_paid(call, order, order->body->hold_id, payment_id, /* again= */ NULL);
}

int orders_expire(struct ts_call *call, struct order *order)
{
    const Inventory__HoldStateReply *hold;
    Orders__Order *next;
    int r;

    r = hold_free(call, order->body, order->body->hold_id, /* even_sold= */ false, &hold);
    if (r)
        return r;
    if (is_sold_to(hold, order->body)) /* a payment got there first and has not told the order yet */
        return put_paid(call, order, order->body->hold_id, /* payment_id= */ NULL, /* again= */ NULL);
    next = edit(call, order);
    next->status = ORDERS__ORDER_STATUS__EXPIRED;
    return orders_put(call, order, next);
}

int orders_free(struct ts_call *call, struct order *order)
{
    const Inventory__HoldStateReply *hold;
    Orders__Order *next;
    int r;

    r = hold_free(call, order->body, order->body->hold_id, /* even_sold= */ true, &hold);
    if (r == 0 && order->body->next_hold_id)
        r = hold_free(call, order->body, order->body->next_hold_id, /* even_sold= */ true, &hold);
    if (r)
        return r;
    next = edit(call, order);
    next->next_hold_id = NULL;
    next->has_hold_to_free = false;
    next->hold_to_free = false;
    return orders_put(call, order, next);
}

/*
 * The places are not to be had for this payment. The order says so before anybody gives the money back, so that no
 * repetition of this step, before or after a crash, can still give both.
 */
static int put_refused(struct ts_call *call, struct order *order, const char *payment_id)
{
    Orders__Order *next = edit(call, order);
    size_t count = next->n_refused_payment_ids;

    next->next_hold_id = NULL;
    next->settling_payment_id = NULL;
    next->refused_payment_ids = TS_NEW_ARRAY(call->arena, char *, count + 1);
    for (size_t i = 0; i < count; i++)
        next->refused_payment_ids[i] = order->body->refused_payment_ids[i];
    next->refused_payment_ids[count] = (char *)payment_id;
    next->n_refused_payment_ids = count + 1;
    return orders_put(call, order, next);
}

/*
 * ---- late payment: a new hold, named in the order before it is taken. Until the due time it is taken by whoever named
 * it: two who take one hold side by side would each find the places gone that the other has.
 */

static int replace_put(struct ts_call *call, struct order *order, const char *hold_id, const char *payment_id)
{
    Orders__Order *next = edit(call, order);

    next->next_hold_id = (char *)hold_id;
    next->settling_payment_id = (char *)payment_id;
    next->has_due_ms = true;
    next->due_ms = ts_now_ms(call) + ORDERS_STEP_MS;
    return orders_put(call, order, next);
}

static int replace_begin(struct ts_call *call, struct order *order, const char *payment_id)
{
    return replace_put(call, order, ts_id_new_head(call, "hld"), payment_id);
}

/* Go on with what somebody began: it is ours for another while. Return: as orders_put(). */
static int replace_adopt(struct ts_call *call, struct order *order)
{
    return replace_put(call, order, order->body->next_hold_id, order->body->settling_payment_id);
}

/* What became of next_hold_id: its places are ours; there are none; or somebody ended it, and others may be had. */
enum again { AGAIN_KEPT, AGAIN_NONE, AGAIN_LOST };

static int hold_again(struct ts_call *call, const Orders__Order *order, enum again *ret_again,
                      const Inventory__HoldStateReply **ret_hold)
{
    Inventory__HoldAgainRequest request = INVENTORY__HOLD_AGAIN_REQUEST__INIT;
    const Inventory__HoldStateReply *hold;
    int r;

    request.hold_id = order->next_hold_id;
    request.order_id = order->id;
    request.event_id = order->event_id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = ts_now_ms(call) + ORDERS_AGAIN_MS;
    request.n_lines = order->n_positions;
    request.lines = TS_NEW_ARRAY(call->arena, Inventory__HoldLine *, order->n_positions);
    for (size_t i = 0; i < order->n_positions; i++) {
        Inventory__HoldLine *line = TS_NEW(call->arena, Inventory__HoldLine);

        inventory__hold_line__init(line);
        line->ticket_type_id = order->positions[i]->ticket_type_id;
        line->date_id = order->positions[i]->date_id;
        line->has_quantity = true;
        line->quantity = 1;
        request.lines[i] = line;
    }
    r = inventory_hold_again_as_system(call, &request, &hold);
    if (r)
        return r;
    if (hold->n_refusals > 0)
        *ret_again = AGAIN_NONE;
    else if (hold->state == INVENTORY__HOLD_STATE__KEPT || hold->state == INVENTORY__HOLD_STATE__SOLD)
        *ret_again = AGAIN_KEPT;
    else
        *ret_again = AGAIN_LOST;
    *ret_hold = hold;
    return 0;
}

/*
 * Take and sell next_hold_id: the order is PAID with it; or its payment is refused; or, when somebody ended the hold
 * meanwhile, another one is named. Before giving up the hold is released, so that nobody who is doing the same can
 * still sell it.
 */
static int replace(struct ts_call *call, struct order *order)
{
    const char *hold_id = order->body->next_hold_id, *payment_id = order->body->settling_payment_id;
    const Inventory__HoldStateReply *hold = NULL;
    enum again again = AGAIN_NONE;
    bool sold = false;
    int r;

    r = orders_check_open(call, order->body);
    if (r == 0)
        r = hold_again(call, order->body, &again, &hold);
    if (r < 0)
        return r;
    if (again == AGAIN_KEPT)
        r = hold_sell(call, order->body, hold_id, &sold);
    if (r >= 0 && !sold) {
        r = hold_free(call, order->body, hold_id, /* even_sold= */ false, &hold);
        sold = r == 0 && is_sold_to(hold, order->body); /* whoever does the same was faster: these are its seats */
    }
    if (r < 0)
        return r;
    if (sold)
        return put_paid(call, order, hold_id, payment_id, hold);
    return again == AGAIN_NONE ? put_refused(call, order, payment_id) : replace_begin(call, order, payment_id);
}

/* ---- SettleOrder */

static int settle_answer(struct order *order, Orders__SettleOrderReply__Outcome outcome,
                         Orders__SettleOrderReply *reply)
{
    reply->has_outcome = true;
    reply->outcome = outcome;
    reply->order = (Orders__Order *)order->body;
    return 0;
}

/* `own_hold_id` is the one that this call named. */
static int settle_replace(struct ts_call *call, struct order *order, const char *own_hold_id)
{
    if (own_hold_id && strcmp(own_hold_id, order->body->next_hold_id) == 0)
        return replace(call, order);
    if (order->body->due_ms > ts_now_ms(call))
        return ts_fail(call, TS_EABORTED, "a late payment of this order is being settled; try again");
    return replace_adopt(call, order);
}

/*
 * The event is called off. A hold that was sold to this order before stays so, whoever sold it having gone down before
 * the order heard of it; any other is released, so that nobody can still sell it once the money is on its way back.
 */
static int settle_closed(struct ts_call *call, struct order *order, const char *payment_id)
{
    const Inventory__HoldStateReply *hold;
    int r;

    r = hold_free(call, order->body, order->body->hold_id, /* even_sold= */ false, &hold);
    if (r)
        return r;
    return is_sold_to(hold, order->body) ? put_paid(call, order, order->body->hold_id, payment_id, NULL)
                                         : put_refused(call, order, payment_id);
}

static int settle_sell(struct ts_call *call, struct order *order, const char *payment_id)
{
    int r;

    r = orders_check_open(call, order->body);
    if (r == ORDERS_CLOSED)
        return settle_closed(call, order, payment_id);
    if (r == 0)
        r = orders_sell(call, order, payment_id);
    if (r == ORDERS_HOLD_GONE)
        r = replace_begin(call, order, payment_id);
    return r;
}

static int settle_adopt(struct ts_call *call, struct order *order, const char *payment_id)
{
    Orders__Order *next = edit(call, order);

    next->settling_payment_id = (char *)payment_id;
    return orders_put(call, order, next);
}

/* One step of settling. Return: 0, go on; TS_WRITE_CONFLICT, read again; a ts_error. */
static int settle_step(struct ts_call *call, struct order *order, const char *payment_id, const char *own_hold_id)
{
    switch (order_settle_next(order->body, payment_id)) {
    case SETTLE_SELL:
        return settle_sell(call, order, payment_id);
    case SETTLE_BEGIN:
        return replace_begin(call, order, payment_id);
    case SETTLE_REPLACE:
        return settle_replace(call, order, own_hold_id);
    default:
        return settle_adopt(call, order, payment_id);
    }
}

int settle_order(struct ts_call *call, const Orders__SettleOrderRequest *request, Orders__SettleOrderReply *ret_reply)
{
    const char *own_hold_id = NULL;
    struct order order;
    int r = TS_WRITE_CONFLICT;

    if (!ts_id_is(request->order_id, "ord") || !ts_id_is(request->payment_id, "pay"))
        return TS_EINVALID;
    for (unsigned i = 0; i < 4 * ORDERS_TRIES; i++) { /* a payment that finds another's replacement takes four steps */
        if (r == TS_WRITE_CONFLICT)
            r = store_get_order(call, request->order_id, &order);
        if (r)
            return r;
        if (!order.body)
            return TS_ENOTFOUND;
        switch (order_settle_next(order.body, request->payment_id)) {
        case SETTLE_DONE:
            return settle_answer(&order, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__SETTLED, ret_reply);
        case SETTLE_OTHER:
            return settle_answer(&order, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__ALREADY_PAID, ret_reply);
        case SETTLE_REFUSE:
            return settle_answer(&order, ORDERS__SETTLE_ORDER_REPLY__OUTCOME__UNFULFILLABLE, ret_reply);
        default:
            r = settle_step(call, &order, request->payment_id, own_hold_id);
        }
        if (r < 0)
            return r;
        if (r == 0)
            own_hold_id = order.body->next_hold_id;
    }
    return TS_EABORTED;
}

/* ---- ExtendOrder */

static int keep_until(struct ts_call *call, const Orders__Order *order, int64_t expires_at_ms, bool *ret_kept)
{
    Inventory__KeepHoldRequest request = INVENTORY__KEEP_HOLD_REQUEST__INIT;
    const Inventory__HoldStateReply *hold;
    int r;

    request.hold_id = order->hold_id;
    request.order_id = order->id;
    request.has_expires_at_ms = true;
    request.expires_at_ms = expires_at_ms;
    r = inventory_keep_hold_as_system(call, &request, &hold);
    if (r)
        return r;
    *ret_kept = hold->n_refusals == 0 && hold->has_state && hold->state == INVENTORY__HOLD_STATE__KEPT;
    return 0;
}

/* The hold first: an order that promises less than its hold keeps loses nothing. */
static int extend(struct ts_call *call, struct order *order, int64_t expires_at_ms)
{
    Orders__Order *next;
    bool kept;
    int r;

    r = keep_until(call, order->body, expires_at_ms, &kept);
    if (r || !kept)
        return r;
    next = edit(call, order);
    next->expires_at_ms = expires_at_ms;
    if (order->body->next_hold_id) { /* it is being paid late: that goes on first */
        next->has_due_ms = true;
        next->due_ms = order->body->due_ms;
    }
    return orders_put(call, order, next);
}

int extend_order(struct ts_call *call, const Orders__ExtendOrderRequest *request, Orders__ExtendOrderReply *ret_reply)
{
    struct order order;
    int r;

    if (!ts_id_is(request->order_id, "ord"))
        return TS_EINVALID;
    for (unsigned i = 0; i < ORDERS_TRIES; i++) {
        r = store_get_order(call, request->order_id, &order);
        if (r)
            return r;
        if (!order.body)
            return TS_ENOTFOUND;
        if (order.body->status == ORDERS__ORDER_STATUS__PENDING && order.body->expires_at_ms < request->expires_at_ms)
            r = extend(call, &order, request->expires_at_ms);
        if (r < 0)
            return r;
        if (r == 0) {
            ret_reply->order = (Orders__Order *)order.body;
            return 0;
        }
    }
    return TS_EABORTED;
}

/* ---- what follows by itself */

static int step_run(struct ts_call *call, struct order *order, enum order_step step)
{
    int r;

    switch (step) {
    case ORDER_EXPIRE:
        return orders_expire(call, order);
    case ORDER_FREE:
        return orders_free(call, order);
    case ORDER_REPLACE:
        r = replace_adopt(call, order);
        return r ? r : replace(call, order);
    default:
        return 0;
    }
}

/* The due engine's: one step; after a lost race the winner's version has its own due time. */
int orders_continue(struct ts_call *call, const char *id)
{
    struct order order;
    int r;

    r = store_get_order(call, id, &order);
    if (r || !order.body)
        return r;
    r = step_run(call, &order, order_step_next(order.body, ts_now_ms(call)));
    return r == TS_WRITE_CONFLICT ? 0 : r;
}

/* Another process changed an order: our counts want to know. */
int orders_on_changed(struct ts_call *call, const ProtobufCMessage *event)
{
    const Orders__OrderChanged *changed = (const Orders__OrderChanged *)event;
    struct orders_state *state = call->state;
    struct order order;
    int r;

    if (!changed->order_id || !changed->event_id || !counts_are_sealed(state->counts, changed->event_id))
        return 0;
    r = store_get_order(call, changed->order_id, &order);
    if (r == 0 && order.body)
        (void)counts_show(state->counts, order.body, order.version); /* false: pushed out meanwhile */
    return r;
}
