/* Keeping the book; see book.h. */
#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct book *book_new(void)
{
    struct ts_arena *arena = ts_arena_new();
    struct book *book = TS_NEW(arena, struct book);

    book->arena = arena;
    return book;
}

void book_free(struct book *book)
{
    ts_arena_free(book->arena);
}

void book_key(struct sim *sim, char key[BOOK_KEY_SIZE])
{
    snprintf(key, BOOK_KEY_SIZE, "a-key-that-is-long-enough-%08u", ++sim->book->keys);
}

/* One more thing in a list of the book. */
static void *add(struct sim *sim, void *list, unsigned *count, size_t size)
{
    void **things = list;

    if (*count == BOOK_THINGS_MAX)
        sim_problem(sim, "the book is full");
    return things[(*count)++] = ts_alloc(sim->book->arena, size);
}

struct book_hold *book_hold(struct sim *sim, unsigned type, unsigned quantity)
{
    struct book_hold *hold = add(sim, sim->book->holds, &sim->book->hold_count, sizeof(*hold));

    book_key(sim, hold->key);
    hold->type = type;
    hold->quantity = quantity;
    hold->asked_ms = loop_now_ms(sim->loop);
    hold->jumps = sim->jumps;
    return hold;
}

struct book_pool *book_pool(struct sim *sim, unsigned quota)
{
    struct book_pool *pool = add(sim, sim->book->pools, &sim->book->pool_count, sizeof(*pool));

    book_key(sim, pool->key);
    pool->quota = quota;
    return pool;
}

struct book_order *book_order(struct sim *sim, struct book_hold *hold)
{
    struct book_order *order = add(sim, sim->book->orders, &sim->book->order_count, sizeof(*order));

    order->hold = hold;
    order->total_minor = sim->book->types[hold->type].price_minor * hold->quantity;
    snprintf(order->email, sizeof(order->email), "buyer%u@example.org", sim->book->order_count);
    return order;
}

struct book_payment *book_payment(struct sim *sim, struct book_order *order)
{
    struct book_payment *payment = add(sim, sim->book->payments, &sim->book->payment_count, sizeof(*payment));

    book_key(sim, payment->key);
    payment->order = order;
    order->keys++;
    return payment;
}

struct book_refund *book_refund(struct sim *sim, struct book_order *order)
{
    struct book_refund *refund = add(sim, sim->book->refunds, &sim->book->refund_count, sizeof(*refund));

    book_key(sim, refund->key);
    refund->order = order;
    return refund;
}

struct book_ticket *book_ticket(struct sim *sim, struct book_order *order, const char *id, const char *code)
{
    struct book *book = sim->book;
    struct book_ticket *ticket;

    for (unsigned i = 0; i < book->ticket_count; i++) {
        if (strcmp(book->tickets[i]->code, code) == 0)
            return book->tickets[i];
    }
    ticket = add(sim, book->tickets, &book->ticket_count, sizeof(*ticket));
    snprintf(ticket->id, sizeof(ticket->id), "%s", id);
    snprintf(ticket->code, sizeof(ticket->code), "%s", code);
    ticket->order = order;
    return ticket;
}

void book_change(struct sim *sim, const char *ticket_id)
{
    struct book *book = sim->book;
    struct book_change *change = NULL;

    for (unsigned i = 0; i < book->change_count && !change; i++)
        change = strcmp(book->changes[i]->ticket_id, ticket_id) == 0 ? book->changes[i] : NULL;
    if (!change)
        change = add(sim, book->changes, &book->change_count, sizeof(*change));
    snprintf(change->ticket_id, sizeof(change->ticket_id), "%s", ticket_id);
    change->count++;
}

struct book_scan *book_scan(struct sim *sim, struct book_ticket *ticket, unsigned list)
{
    struct book_scan *scan = add(sim, sim->book->scans, &sim->book->scan_count, sizeof(*scan));

    book_key(sim, scan->nonce);
    scan->ticket = ticket;
    scan->list = list;
    return scan;
}

void book_same(struct sim *sim, char *known, const char *said, size_t size, const char *what)
{
    if (!said)
        sim_problem(sim, "an answer has no %s", what);
    if (known[0] && strcmp(known, said) != 0)
        sim_problem(sim, "one key, two answers: %s is %s, then %s", what, known, said);
    snprintf(known, size, "%s", said);
}

void book_note_order(struct sim *sim, struct book_order *order, struct book_known known, const Orders__Order *said)
{
    book_same(sim, order->id, said->id, sizeof(order->id), "order");
    book_same(sim, order->code, said->code, sizeof(order->code), "order's code");
    if (said->secret)
        book_same(sim, order->secret, said->secret, sizeof(order->secret), "order's secret");
    if (strcmp(said->email, order->email) != 0)
        sim_problem(sim, "%s is another's: %s", said->id, said->email);
    if (said->total->minor != order->total_minor || said->n_positions != order->hold->quantity)
        sim_problem(sim, "%s is over %lld for %zu places", said->id, (long long)said->total->minor, said->n_positions);
    if (said->status == ORDERS__ORDER_STATUS__CANCELLED && !order->cancelling)
        sim_problem(sim, "%s is CANCELLED, which nobody asked for", said->id);
    if (known.cancelled && said->status != ORDERS__ORDER_STATUS__CANCELLED)
        sim_problem(sim, "%s was CANCELLED and is no more", said->id);
    if (known.paid && said->status != ORDERS__ORDER_STATUS__PAID && said->status != ORDERS__ORDER_STATUS__CANCELLED)
        sim_problem(sim, "%s was PAID and is %d", said->id, said->status);
    if (said->status == ORDERS__ORDER_STATUS__PAID && order->total_minor && !order->keys)
        sim_problem(sim, "%s is PAID, and nobody paid", said->id);
    order->paid = order->paid || said->status == ORDERS__ORDER_STATUS__PAID;
    order->cancelled = order->cancelled || said->status == ORDERS__ORDER_STATUS__CANCELLED;
}
