/* Who holds, orders, pays, changes their mind, and asks again when nothing was heard. */
#include <stdio.h>
#include <string.h>

#include "seating.h"

enum { LINGERS_MAX = 7 }; /* more than an hour */

/* ---- holding */

static bool is_fair(const struct sim *sim, const struct book_hold *hold)
{
    return sim->knobs.skew_ms == 0 && sim->jumps == hold->jumps && !hold->releasing &&
           loop_now_ms(sim->loop) - hold->asked_ms < 10 * TS_MINUTE_MS;
}

/* Its end never comes nearer, and is as far off as it was said to come at most. */
static void hear_life(struct client *client, struct book_hold *hold, const Inventory__HoldView *said)
{
    struct sim *sim = client->sim;

    if (said->expires_at_ms < hold->expires_ms)
        sim_problem(sim, "%s ends sooner than was said", said->id);
    if (hold->first_end_ms && said->expires_at_ms > hold->first_end_ms + 45 * TS_MINUTE_MS)
        sim_problem(sim, "%s lives for more than an hour", said->id);
    if (hold->last_end_ms && said->expires_at_ms > hold->last_end_ms)
        sim_problem(sim, "%s is extended further than was said", said->id);
    if (said->has_extendable_until_ms && said->extendable_until_ms <= said->expires_at_ms)
        sim_problem(sim, "%s can be extended to where it ends", said->id);
    if (hold->first_end_ms && said->expires_at_ms > hold->expires_ms)
        sim_count(sim, COUNT_holds_extended);
    if (!said->has_extendable_until_ms)
        sim_count(sim, COUNT_holds_at_cap);
    hold->expires_ms = said->expires_at_ms;
    if (!hold->first_end_ms)
        hold->first_end_ms = hold->expires_ms;
    hold->last_end_ms = said->has_extendable_until_ms ? said->extendable_until_ms : hold->expires_ms;
}

static void hear_hold(struct client *client, struct book_hold *hold, const Inventory__HoldView *said)
{
    struct sim *sim = client->sim;

    sim_count(sim, hold->id[0] ? COUNT_holds_said_again : COUNT_holds);
    hear_life(client, hold, said);
    book_same(sim, hold->id, said->id, sizeof(hold->id), "hold");
    book_same(sim, hold->token, said->token, sizeof(hold->token), "token");
    if (said->n_positions != hold->quantity)
        sim_problem(sim, "%s has %zu positions, not %u", said->id, said->n_positions, hold->quantity);
}

/* Who named seats has these. */
static void hear_seats(struct client *client, const struct book_hold *hold, const Inventory__HoldView *said)
{
    char **named = seating_ids(client, hold->seat, said->n_positions);

    for (size_t i = 0; i < said->n_positions; i++) {
        const char *had = said->positions[i]->seat_id;

        if (!had || strcmp(had, named[i]) != 0)
            sim_problem(client->sim, "%s named the seat %s and has %s", said->id, named[i], had ? had : "none");
    }
    sim_count(client->sim, COUNT_seats_named);
}

/* Return: 0 held; NET_SILENT; a refusal's code. */
static int hold_once(struct client *client, struct book_hold *hold)
{
    struct sim *sim = client->sim;
    const struct book_type *type = &sim->book->types[hold->type];
    Inventory__HoldTicketsRequest request = INVENTORY__HOLD_TICKETS_REQUEST__INIT;
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT, *lines = &line;
    const Inventory__HoldTicketsReply *reply = NULL;
    bool fair = hold->id[0] && is_fair(sim, hold);

    line.ticket_type_id = (char *)type->id;
    line.has_quantity = true;
    line.quantity = (int32_t)hold->quantity;
    line.n_seat_ids = hold->named ? hold->quantity : 0;
    line.seat_ids = seating_ids(client, hold->seat, line.n_seat_ids);
    request.event_id = sim->book->events[type->event].id;
    request.lines = &lines;
    request.n_lines = 1;
    if (ASK(client, inventory, "HoldTickets", &request, hold->key, &reply))
        return NET_SILENT;
    if (REFUSED(reply)) {
        sim_count(sim, COUNT_holds_refused);
        if (REFUSED(reply) == COMMON__ERROR_CODE__IDEMPOTENCY_KEY_REUSED)
            sim_problem(sim, "a hold's key is said to be used with another input");
        if (fair && is_fair(sim, hold) && !sim->book->events[type->event].cancelling)
            sim_problem(sim, "%s is refused %d, long before its time", hold->id, REFUSED(reply));
        return REFUSED(reply);
    }
    hear_hold(client, hold, reply->hold);
    if (hold->named)
        hear_seats(client, hold, reply->hold);
    return 0;
}

static bool hold_tickets(struct client *client, struct book_hold *hold)
{
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int r = hold_once(client, hold);

        if (r != NET_SILENT)
            return r == 0;
        ask_again_later(client);
    }
    return hold->id[0];
}

static void release(struct client *client, struct book_hold *hold)
{
    Inventory__ReleaseHoldRequest request = INVENTORY__RELEASE_HOLD_REQUEST__INIT;
    const Inventory__ReleaseHoldReply *reply = NULL;

    request.token = hold->token;
    hold->releasing = true;
    if (ASK(client, inventory, "ReleaseHold", &request, NULL, &reply) == 0 && reply->released)
        sim_count(client->sim, COUNT_holds_released);
}

/* The price does not change here. Return: whether it says that something is lost. */
static bool hear_change(struct client *client, const Inventory__RenewHoldReply *reply,
                        const Inventory__HoldChange *change)
{
    if (change->kind == INVENTORY__HOLD_CHANGE_KIND__LOST)
        return true;
    if (change->kind != INVENTORY__HOLD_CHANGE_KIND__SEAT_CHANGED || !change->now || !change->now->seat_id ||
        !change->was->seat_id || strcmp(change->was->seat_id, change->now->seat_id) == 0)
        sim_problem(client->sim, "%s tells of a change that is none", reply->hold->id);
    sim_count(client->sim, COUNT_seats_changed);
    return false;
}

/* The same again, at today's price: less, or in other seats. */
static void hear_renewed(struct client *client, const struct book_hold *hold, const Inventory__RenewHoldReply *reply)
{
    int64_t price_minor = client->sim->book->types[hold->type].price_minor;
    size_t lost = 0;

    for (size_t i = 0; i < reply->n_changes; i++)
        lost += hear_change(client, reply, reply->changes[i]);
    if (reply->hold->n_positions + lost != hold->quantity)
        sim_problem(client->sim, "%s follows %s with %zu places and %zu lost", reply->hold->id, hold->id,
                    reply->hold->n_positions, lost);
    if (reply->hold->total->minor != price_minor * (int64_t)reply->hold->n_positions)
        sim_problem(client->sim, "%s costs %lld", reply->hold->id, (long long)reply->hold->total->minor);
    sim_count(client->sim, COUNT_holds_renewed);
}

/* Return: the hold that the buyer has now; NULL: none, as far as it heard. */
static struct book_hold *renew(struct client *client, struct book_hold *hold)
{
    struct sim *sim = client->sim;
    Inventory__RenewHoldRequest request = INVENTORY__RENEW_HOLD_REQUEST__INIT;
    const Inventory__RenewHoldReply *reply = NULL;
    struct book_hold *next = NULL;

    request.token = hold->token;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        bool fair = next && is_fair(sim, next);
        int64_t asked_ms = loop_now_ms(sim->loop);
        unsigned jumps = sim->jumps;

        if (ASK(client, inventory, "RenewHold", &request, NULL, &reply) || !reply->hold) {
            ask_again_later(client);
            continue;
        }
        if (strcmp(reply->hold->id, hold->id) == 0) { /* it lives, and has more time */
            hear_life(client, hold, reply->hold);
            return hold;
        }
        hear_renewed(client, hold, reply);
        if (fair && is_fair(sim, next) && strcmp(next->id, reply->hold->id) != 0)
            sim_problem(sim, "%s is followed by %s and by %s", hold->id, next->id, reply->hold->id);
        if (!next || strcmp(next->id, reply->hold->id) != 0) {
            next = book_hold(sim, hold->type, (unsigned)reply->hold->n_positions);
            next->asked_ms = asked_ms;
            next->jumps = jumps;
        }
        snprintf(next->id, sizeof(next->id), "%s", reply->hold->id);
        snprintf(next->token, sizeof(next->token), "%s", reply->hold->token);
        hear_life(client, next, reply->hold);
        if (sim_draw(sim, 2))
            break;
    }
    return next;
}

/* Takes long, and asks for more time as long as he has something. Return: as renew(). */
static struct book_hold *linger(struct client *client, struct book_hold *hold)
{
    for (unsigned i = 0; hold && i < LINGERS_MAX && sim_may_jump(client->sim); i++) {
        sim_jump(client->sim, (6 + sim_draw(client->sim, 8)) * (int64_t)TS_MINUTE_MS);
        hold = renew(client, hold);
    }
    return hold;
}

/* ---- ordering */

/* Return: 0 there is an order; NET_SILENT; a refusal's code. */
static int place_once(struct client *client, struct book_order *order)
{
    struct sim *sim = client->sim;
    const struct book_event *event = &sim->book->events[sim->book->types[order->hold->type].event];
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply = NULL;
    struct book_known known = book_known(order);
    bool fair = is_fair(sim, order->hold);

    request.hold_token = order->hold->token;
    request.email = order->email;
    if (ASK(client, orders, "PlaceOrder", &request, NULL, &reply))
        return NET_SILENT;
    if (reply->order)
        book_note_order(sim, order, known, reply->order);
    if (!REFUSED(reply)) {
        if (order->heard_closed)
            sim_problem(sim, "%s was placed after its event was cancelled", reply->order->id);
        sim_count(sim, COUNT_orders);
        return 0;
    }
    sim_count(sim, COUNT_orders_refused);
    fair = fair && is_fair(sim, order->hold) && !event->cancelling && !order->id[0];
    if (REFUSED(reply) == COMMON__ERROR_CODE__HOLD_EXPIRED && fair)
        sim_problem(sim, "%s is said to have expired, long before its time", order->hold->id);
    return REFUSED(reply);
}

static bool place(struct client *client, struct book_order *order)
{
    order->heard_closed = client->sim->book->events[client->sim->book->types[order->hold->type].event].cancelled;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int r = place_once(client, order);

        if (r != NET_SILENT)
            return r == 0;
        ask_again_later(client);
    }
    return order->id[0];
}

/* ---- paying */

static void hear_payment(struct client *client, struct book_payment *payment, bool came_before,
                         const Payments__Payment *said)
{
    struct sim *sim = client->sim;
    bool came =
        said->status == PAYMENTS__PAYMENT__STATUS__CONFIRMED || said->status == PAYMENTS__PAYMENT__STATUS__REFUNDED;

    book_same(sim, payment->id, said->id, sizeof(payment->id), "payment");
    if (said->amount->minor != payment->order->total_minor)
        sim_problem(sim, "%s is over %lld", said->id, (long long)said->amount->minor);
    if (came_before && !came)
        sim_problem(sim, "%s had come and is %d", said->id, said->status);
    if (came && payment->method && strcmp(payment->method, "decline") == 0)
        sim_problem(sim, "%s was declined and is %d", said->id, said->status);
    payment->came = payment->came || came;
}

/* Return: 0 answered; NET_SILENT. */
static int pay_once(struct client *client, struct book_payment *payment)
{
    struct sim *sim = client->sim;
    Payments__PayOrderRequest request = PAYMENTS__PAY_ORDER_REQUEST__INIT;
    const Payments__PayOrderReply *reply = NULL;
    bool came = payment->came;

    request.order_id = payment->order->id;
    request.secret = payment->order->secret;
    request.provider = (char *)payment->provider;
    request.method = (char *)payment->method;
    if (ASK(client, payments, "PayOrder", &request, payment->key, &reply)) {
        payment->order->unheard = true;
        return NET_SILENT;
    }
    if (reply->payment) {
        hear_payment(client, payment, came, reply->payment);
        sim_count(sim, COUNT_payments);
    } else if (payment->id[0]) {
        sim_problem(sim, "%s was there and is refused %d", payment->id, REFUSED(reply));
    }
    if (REFUSED(reply) == COMMON__ERROR_CODE__PAYMENT_DECLINED)
        sim_count(sim, COUNT_payments_declined);
    if (REFUSED(reply) == COMMON__ERROR_CODE__NOT_FOUND)
        sim_problem(sim, "%s is not found by who pays it", payment->order->id);
    return 0;
}

static void pay(struct client *client, struct book_order *order)
{
    static const char *const methods[] = { "success", "success", "success", "late", "decline", "pending", NULL };
    struct book_payment *payment = book_payment(client->sim, order);

    payment->method = methods[sim_draw(client->sim, 7)];
    payment->provider = payment->method ? "sandbox" : "manual";
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (pay_once(client, payment) == 0 && sim_draw(client->sim, 4))
            return;
        ask_again_later(client);
    }
}

/* ---- afterwards */

static bool read_order(struct client *client, struct book_order *order)
{
    Orders__GetOrderRequest request = ORDERS__GET_ORDER_REQUEST__INIT;
    const Orders__GetOrderReply *reply = NULL;
    struct book_known known = book_known(order);

    request.code = order->code;
    request.secret = order->secret;
    if (ASK(client, orders, "GetOrder", &request, NULL, &reply))
        return false;
    if (!reply->order)
        sim_problem(client->sim, "%s is gone", order->id);
    book_note_order(client->sim, order, known, reply->order);
    return reply->order->status == ORDERS__ORDER_STATUS__PAID;
}

static void show_tickets(struct client *client, struct book_order *order)
{
    Tickets__PositionIdsRequest request = TICKETS__POSITION_IDS_REQUEST__INIT;
    const Tickets__GetPositionTicketsReply *reply = NULL;
    Common__Grant grant = COMMON__GRANT__INIT;
    char *ids[16];

    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__BUYER;
    grant.subject = order->id;
    request.grant = &grant;
    request.position_ids = ids;
    for (unsigned i = 0; i < order->hold->quantity; i++) {
        struct ts_call call = { .arena = client->arena };

        ids[request.n_position_ids++] = (char *)ts_id_member(&call, order->id, "pos", i + 1);
    }
    if (ASK(client, tickets, "GetPositionTickets", &request, NULL, &reply))
        return;
    if (reply->n_tickets != order->hold->quantity)
        sim_problem(client->sim, "%s is PAID and has %zu tickets", order->id, reply->n_tickets);
    for (size_t i = 0; i < reply->n_tickets; i++) {
        if (!reply->tickets[i]->qr) /* it was reissued, revoked or cancelled */
            continue;
        (void)book_ticket(client->sim, order, reply->tickets[i]->id, reply->tickets[i]->qr);
        sim_count(client->sim, COUNT_tickets_shown);
    }
}

static void cancel(struct client *client, struct book_order *order)
{
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply = NULL;
    struct book_known known = book_known(order);

    request.order_id = order->id;
    request.secret = order->secret;
    order->cancelling = true;
    if (ASK(client, orders, "CancelOrder", &request, NULL, &reply) || REFUSED(reply))
        return;
    book_note_order(client->sim, order, known, reply->order);
    if (reply->order->status != ORDERS__ORDER_STATUS__CANCELLED)
        sim_problem(client->sim, "%s was cancelled and is %d", order->id, reply->order->status);
    if (known.paid && !order->called_off)
        sim_problem(client->sim, "%s was PAID and cancelled by its buyer", order->id);
    sim_count(client->sim, COUNT_cancellations);
}

static void shop(struct client *client)
{
    struct sim *sim = client->sim;
    unsigned type = sim_draw(sim, BOOK_TYPES_MAX);
    unsigned quantity = 1 + sim_draw(sim, 3);
    struct book_hold *hold = book_hold(sim, type, quantity);
    struct book_order *order;

    hold->named = type == BOOK_TYPES_MAX - 1 && sim_draw(sim, 2);
    hold->seat = sim_draw(sim, PLACES_NAMED);
    if (!hold_tickets(client, hold))
        return;
    sim_pause(sim, sim_draw(sim, 3000));
    if (sim_draw(sim, 6) == 0)
        (void)hold_tickets(client, hold); /* the same again */
    if (sim_draw(sim, 6) == 0 && !(hold = linger(client, hold)))
        return;
    if (sim_draw(sim, 8) == 0) {
        release(client, hold);
        if (sim_draw(sim, 3) && !(hold = renew(client, hold)))
            return;
    }
    if (sim_draw(sim, 8) == 0)
        return; /* left in the cart */
    order = book_order(sim, hold);
    if (!place(client, order))
        return;
    sim_pause(sim, sim_draw(sim, 3000));
    if (sim_draw(sim, 10) == 0)
        cancel(client, order);
    for (unsigned ways = sim_draw(sim, 8) ? 1 : 2; order->total_minor && ways; ways--)
        pay(client, order);
    if (sim_draw(sim, 4) == 0)
        cancel(client, order);
    if (read_order(client, order))
        show_tickets(client, order);
}

void buyer_live(struct client *client)
{
    for (unsigned round = 0; round < client->sim->knobs.rounds; round++) {
        sim_pause(client->sim, sim_draw(client->sim, 4000));
        shop(client);
        ts_arena_reset(client->arena);
    }
}

/* ---- when all is over: what is left must be sold, to the last place */

static bool sell_one(struct client *client, unsigned type)
{
    struct sim *sim = client->sim;
    struct book_hold *hold = book_hold(sim, type, 1);
    struct book_order *order;
    struct book_payment *payment;
    int r = hold_once(client, hold);

    if (r == COMMON__ERROR_CODE__SOLD_OUT)
        return false;
    if (r)
        sim_problem(sim, "in fair weather a hold is refused %d", r);
    order = book_order(sim, hold);
    if (place_once(client, order))
        sim_problem(sim, "in fair weather an order is refused");
    payment = book_payment(sim, order);
    payment->provider = "sandbox";
    payment->method = "success";
    if (pay_once(client, payment) || !read_order(client, order))
        sim_problem(sim, "in fair weather an order is not paid");
    sim_count(sim, COUNT_drained);
    return true;
}

void drain_live(struct client *client)
{
    static const unsigned types[] = { 1, 0, 4 }; /* the one that needs most goes first */

    for (unsigned i = 0; i < 3; i++) {
        while (sell_one(client, types[i]))
            ts_arena_reset(client->arena);
    }
}
