/* Who keeps places out of sale, gives them away, and releases them. A gift is an order in the book that nobody pays. */
#include <stdio.h>
#include <string.h>

#include "seating.h"

static struct book_pool *any_pool(struct sim *sim)
{
    struct book *book = sim->book;
    struct book_pool *pool = book->pool_count ? book->pools[sim_draw(sim, book->pool_count)] : NULL;

    return pool && pool->id[0] ? pool : NULL;
}

/* What staff see of a pool: each of its places is a seat, or none is. */
static void hear_pool(struct client *client, struct book_pool *pool, const Inventory__OrganizerHoldView *said)
{
    size_t given = 0;

    book_same(client->sim, pool->id, said->id, sizeof(pool->id), "organizer hold");
    for (size_t i = 0; i < said->n_seats; i++)
        given += said->seats[i]->given;
    if (pool->quota == BOOK_QUOTAS_MAX - 1 && (said->n_seats != (size_t)said->count || given != (size_t)said->given))
        sim_problem(client->sim, "%s has %d places, and shows %zu seats, %zu given", said->id, said->count,
                    said->n_seats, given);
}

static void keep(struct client *client)
{
    struct sim *sim = client->sim;
    struct book_pool *pool = book_pool(sim, sim_draw(sim, BOOK_QUOTAS_MAX));
    Inventory__CreateOrganizerHoldRequest request = INVENTORY__CREATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;

    request.quota_id = sim->book->quotas[pool->quota].id;
    request.name = "press";
    request.has_count = true;
    request.count = 1 + (int32_t)sim_draw(sim, 3);
    if (pool->quota == BOOK_QUOTAS_MAX - 1 && sim_draw(sim, 2)) {
        request.n_seat_ids = (size_t)request.count;
        request.seat_ids = seating_ids(client, sim_draw(sim, PLACES_NAMED), request.n_seat_ids);
    }
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int r = ASK(client, inventory, "CreateOrganizerHold", &request, pool->key, &reply);

        if (r == 0 && reply->organizer_hold) {
            hear_pool(client, pool, reply->organizer_hold);
            sim_count(sim, request.n_seat_ids ? COUNT_pools_named : COUNT_pools);
        } else if (r == 0 && pool->id[0]) {
            sim_problem(sim, "%s was there and is refused %d", pool->id, REFUSED(reply));
        }
        if (r == 0 && sim_draw(sim, 3))
            return;
        ask_again_later(client);
    }
}

static void check_kept(struct client *client, const Inventory__OrganizerHoldView *said, const char *seat_id)
{
    for (size_t i = 0; i < said->n_seats; i++) {
        if (strcmp(said->seats[i]->seat_id, seat_id) == 0)
            return;
    }
    sim_problem(client->sim, "%s was to keep %s and does not", said->id, seat_id);
}

/* Return: whether it was done. */
static bool change_pool(struct client *client, struct book_pool *pool, bool by_name)
{
    struct sim *sim = client->sim;
    Inventory__UpdateOrganizerHoldRequest request = INVENTORY__UPDATE_ORGANIZER_HOLD_REQUEST__INIT;
    const Inventory__OrganizerHoldReply *reply = NULL;

    request.organizer_hold_id = pool->id;
    request.has_count = true;
    request.count = (int32_t)sim_draw(sim, 5);
    if (by_name) {
        request.n_seat_ids = (size_t)request.count;
        request.seat_ids = seating_ids(client, sim_draw(sim, PLACES_NAMED), request.n_seat_ids);
    }
    if (ASK(client, inventory, "UpdateOrganizerHold", &request, NULL, &reply) || REFUSED(reply))
        return false;
    hear_pool(client, pool, reply->organizer_hold);
    if (reply->organizer_hold->count != request.count)
        sim_problem(sim, "%s was to keep %d and keeps %d", pool->id, request.count, reply->organizer_hold->count);
    for (size_t i = 0; i < request.n_seat_ids; i++)
        check_kept(client, reply->organizer_hold, request.seat_ids[i]);
    sim_count(sim, request.n_seat_ids ? COUNT_pools_renamed : COUNT_pools_changed);
    return true;
}

static void change(struct client *client)
{
    struct book_pool *pool = any_pool(client->sim);
    bool seats = pool && pool->quota == BOOK_QUOTAS_MAX - 1 && sim_draw(client->sim, 4);

    if (!pool)
        return;
    for (unsigned i = 0; i < (seats ? TRIES_MAX : 1); i++) {
        if (change_pool(client, pool, seats))
            return;
    }
}

static void hear_gift(struct client *client, struct book_order *order, struct book_known known, bool named,
                      const Orders__Order *said)
{
    if (!said->complimentary)
        sim_problem(client->sim, "%s was given and is not complimentary", said->id);
    if (said->status == ORDERS__ORDER_STATUS__PENDING)
        sim_problem(client->sim, "%s was given and waits", said->id);
    book_note_order(client->sim, order, known, said);
    sim_count(client->sim, named ? COUNT_gifts_named : COUNT_gifts);
}

static void give(struct client *client)
{
    struct sim *sim = client->sim;
    struct book_pool *pool = sim_draw(sim, 3) ? any_pool(sim) : NULL;
    struct book_hold *hold = book_hold(sim, sim_draw(sim, BOOK_TYPES_MAX), 1 + sim_draw(sim, 2));
    struct book_order *order = book_order(sim, hold);
    const struct book_type *type = &sim->book->types[hold->type];
    Orders__GiveCompsRequest request = ORDERS__GIVE_COMPS_REQUEST__INIT;
    Orders__CompLine line = ORDERS__COMP_LINE__INIT, *lines = &line;
    const Orders__PlaceOrderReply *reply = NULL;

    order->total_minor = 0;
    line.ticket_type_id = (char *)type->id;
    line.has_quantity = true;
    line.quantity = (int32_t)hold->quantity;
    if (hold->type == BOOK_TYPES_MAX - 1 && sim_draw(sim, 2)) {
        line.n_seat_ids = hold->quantity;
        line.seat_ids = seating_ids(client, sim_draw(sim, PLACES_NAMED), line.n_seat_ids);
    }
    request.event_id = sim->book->events[type->event].id;
    request.lines = &lines;
    request.n_lines = 1;
    request.organizer_hold_id = pool ? pool->id : NULL;
    request.email = order->email;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        struct book_known known = book_known(order);
        int r = ASK(client, orders, "GiveComps", &request, hold->key, &reply);

        if (r == 0 && reply->order)
            hear_gift(client, order, known, line.n_seat_ids > 0, reply->order);
        else if (r == 0 && order->id[0])
            sim_problem(sim, "%s was given and is refused %d", order->id, REFUSED(reply));
        else if (r == 0)
            sim_count(sim, COUNT_gifts_refused);
        if (r == 0 && sim_draw(sim, 3))
            return;
        ask_again_later(client);
    }
}

void guests_live(struct client *client)
{
    switch (sim_draw(client->sim, 4)) {
    case 0:
        keep(client);
        break;
    case 1:
        change(client);
        break;
    default:
        give(client);
    }
}

/* All that is kept and not given goes back to sale, whoever heard of it. */
void guests_settle(struct client *client)
{
    Inventory__IdsRequest quotas = INVENTORY__IDS_REQUEST__INIT;
    const Inventory__ListOrganizerHoldsReply *listed = NULL;
    char *ids[BOOK_QUOTAS_MAX];

    for (unsigned i = 0; i < BOOK_QUOTAS_MAX; i++)
        ids[i] = client->sim->book->quotas[i].id;
    quotas.ids = ids;
    quotas.n_ids = BOOK_QUOTAS_MAX;
    if (ASK(client, inventory, "ListOrganizerHolds", &quotas, NULL, &listed))
        sim_problem(client->sim, "in fair weather organizer holds are not listed");
    for (size_t i = 0; i < listed->n_quotas; i++) {
        for (size_t j = 0; j < listed->quotas[i]->n_organizer_holds; j++) {
            Inventory__ReleaseOrganizerHoldRequest request = INVENTORY__RELEASE_ORGANIZER_HOLD_REQUEST__INIT;
            const Inventory__OrganizerHoldReply *reply = NULL;

            request.organizer_hold_id = listed->quotas[i]->organizer_holds[j]->id;
            if (ASK(client, inventory, "ReleaseOrganizerHold", &request, NULL, &reply) || REFUSED(reply) ||
                reply->organizer_hold->remaining != 0 ||
                reply->organizer_hold->given != listed->quotas[i]->organizer_holds[j]->given)
                sim_problem(client->sim, "in fair weather %s is not released", request.organizer_hold_id);
        }
    }
}
