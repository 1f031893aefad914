/* Who records what came by hand, gives money back, calls orders off, changes tickets and the size of the house. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "seating.h"

/* One of a list, the later ones more often; NULL when there is none. */
static void *any(struct sim *sim, void *list, unsigned count)
{
    void **things = list;

    if (!count)
        return NULL;
    if (sim_draw(sim, 2) && count > 4)
        return things[count - 1 - sim_draw(sim, 4)];
    return things[sim_draw(sim, count)];
}

/* An order, one that is paid if there is one at hand. */
static struct book_order *any_order(struct sim *sim)
{
    struct book_order *order = NULL;

    for (unsigned i = 0; i < 4 && !(order && order->paid); i++)
        order = any(sim, sim->book->orders, sim->book->order_count);
    return order && order->id[0] ? order : NULL;
}

/* One that somebody tried to pay and has not heard of: whoever took the money may have gone down half-way. */
static struct book_order *any_unheard(struct sim *sim)
{
    struct book_order *order = NULL;

    for (unsigned i = 0; i < 4 && !(order && order->keys && !order->paid); i++)
        order = any(sim, sim->book->orders, sim->book->order_count);
    return order && order->id[0] ? order : NULL;
}

static void confirm(struct client *client)
{
    struct book *book = client->sim->book;
    struct book_payment *payment = any(client->sim, book->payments, book->payment_count);
    Payments__ConfirmPaymentRequest request = PAYMENTS__CONFIRM_PAYMENT_REQUEST__INIT;
    const Payments__ConfirmPaymentReply *reply = NULL;
    bool came;

    if (!payment || !payment->id[0] || (payment->method && strcmp(payment->method, "decline") == 0))
        return;
    came = payment->came;
    request.payment_id = payment->id;
    payment->confirming = true;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (ASK(client, payments, "ConfirmPayment", &request, payment->key, &reply) == 0)
            break;
        ask_again_later(client);
    }
    if (!reply || !reply->payment)
        return;
    if (reply->payment->status != PAYMENTS__PAYMENT__STATUS__CONFIRMED &&
        reply->payment->status != PAYMENTS__PAYMENT__STATUS__REFUNDED)
        sim_problem(client->sim, "%s was confirmed and is %d (%d)", payment->id, reply->payment->status, came);
    payment->came = true;
    sim_count(client->sim, COUNT_confirmations);
}

/* Is there money for certain: it came, the order was said to be PAID, and nobody else asked for it? */
static bool has_money(const struct sim *sim, const struct book_refund *refund)
{
    const struct book_order *order = refund->order;
    bool came = false;

    for (unsigned i = 0; i < sim->book->payment_count; i++)
        came = came || (sim->book->payments[i]->order == order && sim->book->payments[i]->came);
    for (unsigned i = 0; i < sim->book->refund_count; i++) {
        if (sim->book->refunds[i]->order == order && sim->book->refunds[i] != refund)
            return false;
    }
    return came && order->paid && order->total_minor >= 100;
}

static void ask_back(struct client *client, struct book_refund *refund)
{
    struct sim *sim = client->sim;
    Payments__RefundOrderRequest request = PAYMENTS__REFUND_ORDER_REQUEST__INIT;
    const Payments__RefundOrderReply *reply = NULL;
    struct ts_call call = { .arena = client->arena };
    char *position_id;

    request.order_id = refund->order->id;
    request.amount = refund->way == 0 ? "1.00" : NULL;
    if (refund->way == 1) {
        position_id = (char *)ts_id_member(&call, refund->order->id, "pos", 1);
        request.position_ids = &position_id;
        request.n_position_ids = 1;
        request.has_set_position_ids = request.set_position_ids = true;
    }
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        bool known = refund->id[0], certain = has_money(sim, refund); /* and still, when the answer comes */
        int r = ASK(client, payments, "RefundOrder", &request, refund->key, &reply);

        if (r == 0 && reply->refund) {
            book_same(sim, refund->id, reply->refund->id, sizeof(refund->id), "refund");
            sim_count(sim, COUNT_refunds);
        } else if (r == 0 && known) {
            sim_problem(sim, "%s was there and is refused %d", refund->id, REFUSED(reply));
        } else if (r == 0 && certain && has_money(sim, refund) &&
                   REFUSED(reply) == COMMON__ERROR_CODE__NOT_REFUNDABLE) {
            sim_problem(sim, "%s is PAID, and nothing of it is left to refund", refund->order->id);
        }
        if (r == 0 && sim_draw(sim, 3))
            return;
        ask_again_later(client);
    }
}

/* The same at once, by whoever pressed the button twice. */
static void refund_rival(struct client *client)
{
    ask_back(client, client->sim->book->refunds[client->number]);
}

static void refund(struct client *client)
{
    struct sim *sim = client->sim;
    struct book_order *order = sim_draw(sim, 3) ? any_order(sim) : any_unheard(sim);
    struct book_refund *refund;

    if (!order || !order->keys)
        return;
    refund = book_refund(sim, order);
    refund->way = sim_draw(sim, 3);
    if (sim_draw(sim, 3) == 0)
        people_spawn(sim, refund_rival, "rival", sim->book->refund_count - 1, client->kind);
    ask_back(client, refund);
}

static void cancel(struct client *client)
{
    struct sim *sim = client->sim;
    struct book_order *order = any(sim, sim->book->orders, sim->book->order_count);
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply = NULL;
    struct book_known known;

    if (!order || !order->id[0])
        return;
    known = book_known(order);
    request.order_id = order->id;
    order->cancelling = order->called_off = true;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (ASK(client, orders, "CancelOrder", &request, NULL, &reply) == 0)
            break;
        ask_again_later(client);
    }
    if (!reply || REFUSED(reply))
        return;
    if (reply->order->status != ORDERS__ORDER_STATUS__CANCELLED)
        sim_problem(sim, "%s was cancelled and is %d", order->id, reply->order->status);
    book_note_order(sim, order, known, reply->order);
    sim_count(sim, COUNT_cancellations);
}

/* From now on none of the first `known` codes admits anybody, if it is this ticket's: later ones may be the answer to
 * another. */
static void codes_end(struct sim *sim, const char *ticket_id, unsigned known)
{
    for (unsigned i = 0; i < known; i++) {
        if (strcmp(sim->book->tickets[i]->id, ticket_id) == 0)
            sim->book->tickets[i]->dead = true;
    }
}

static void change_one(struct client *client, struct book_ticket *ticket)
{
    static const char *const methods[] = { "ReissueTicket", "ReissueTicket", "RevokeTicket", "BlockTicket" };
    struct sim *sim = client->sim;
    const char *method = methods[sim_draw(sim, 4)];
    Tickets__TicketRequest request = TICKETS__TICKET_REQUEST__INIT;
    const Tickets__TicketReply *reply = NULL;
    unsigned known = sim->book->ticket_count;

    request.ticket_id = ticket->id;
    ticket->order->changing = true;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (ASK(client, tickets, method, &request, NULL, &reply) == 0)
            break;
        ask_again_later(client);
    }
    if (!reply || REFUSED(reply))
        return;
    book_change(sim, ticket->id);
    codes_end(sim, ticket->id, known);
    sim_count(sim, reply->ticket->qr ? COUNT_reissues : COUNT_revocations);
    if (reply->ticket->qr)
        (void)book_ticket(sim, ticket->order, ticket->id, reply->ticket->qr);
}

/* Another of the staff changes the same ticket. */
static void change_rival(struct client *client)
{
    change_one(client, client->sim->book->tickets[client->number]);
}

static void change_ticket(struct client *client)
{
    struct sim *sim = client->sim;
    unsigned number = sim->book->ticket_count ? sim_draw(sim, sim->book->ticket_count) : 0;

    if (!sim->book->ticket_count)
        return;
    if (sim_draw(sim, 3) == 0)
        people_spawn(sim, change_rival, "rival", number, client->kind);
    change_one(client, sim->book->tickets[number]);
}

/* A plan that would drop what somebody has is refused, and that is that. */
static void change_plan(struct client *client, const struct book_quota *quota)
{
    unsigned in_a = 1 + sim_draw(client->sim, SEATS_IN_ROW_MAX), in_b = 1 + sim_draw(client->sim, SEATS_IN_ROW_MAX);

    for (unsigned i = 0; i < TRIES_MAX && seating_set(client, quota, in_a, in_b) == NET_SILENT; i++)
        ask_again_later(client);
}

static void resize(struct client *client)
{
    struct sim *sim = client->sim;
    struct book_quota *quota = &sim->book->quotas[sim_draw(sim, BOOK_QUOTAS_MAX)];
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply = NULL;
    int size = (int)sim_draw(sim, 20);

    if (quota->seated) {
        change_plan(client, quota);
        return;
    }
    request.quota_id = quota->id;
    request.has_size = true;
    request.size = size;
    quota->size = size;
    quota->size_max = size > quota->size_max ? size : quota->size_max;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        if (ASK(client, inventory, "UpdateQuota", &request, NULL, &reply) == 0 && !REFUSED(reply)) {
            sim_count(sim, COUNT_resizes);
            return;
        }
        ask_again_later(client);
    }
}

void staff_live(struct client *client)
{
    struct sim *sim = client->sim;

    for (unsigned round = 0; round < 2 * sim->knobs.rounds; round++) {
        unsigned what = sim_draw(sim, 12);

        sim_pause(sim, sim_draw(sim, 3000));
        if (what < 4)
            confirm(client);
        else if (what < 6)
            refund(client);
        else if (what < 8)
            change_ticket(client);
        else if (what < 9)
            resize(client);
        else if (what < 10)
            cancel(client);
        else
            guests_live(client);
        ts_arena_reset(client->arena);
    }
}

/* The house has the size that was last asked for, for certain. */
void staff_settle(struct client *client)
{
    for (unsigned i = 0; i < BOOK_QUOTAS_MAX; i++) {
        Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
        const Inventory__UpdateQuotaReply *reply = NULL;

        if (client->sim->book->quotas[i].seated) {
            if (seating_set(client, &client->sim->book->quotas[i], SEATS_IN_ROW_MAX, SEATS_IN_ROW_MAX))
                sim_problem(client->sim, "in fair weather a plan of all seats is not set");
            continue;
        }
        request.quota_id = client->sim->book->quotas[i].id;
        request.has_size = true;
        request.size = client->sim->book->quotas[i].size;
        if (ASK(client, inventory, "UpdateQuota", &request, NULL, &reply) || REFUSED(reply))
            sim_problem(client->sim, "in fair weather a quota keeps its size");
    }
    guests_settle(client);
}
