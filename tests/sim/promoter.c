/* Who makes the events, and calls one off. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "seating.h"

#define MUST(what)                                                                                                     \
    do {                                                                                                               \
        if (what)                                                                                                      \
            sim_problem(client->sim, "in fair weather: " #what);                                                       \
    } while (0)

static void make_organizer(struct client *client)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply = NULL;

    request.slug = "fest";
    request.name = "The Fest";
    request.currency = "EUR";
    request.time_zone = "Europe/Berlin";
    MUST(ASK(client, catalog, "CreateOrganizer", &request, NULL, &reply));
    MUST(REFUSED(reply));
    snprintf(client->sim->book->organizer_id, TS_ID_SIZE, "%s", reply->organizer->id);
}

static void publish(struct client *client, struct book_event *event)
{
    Catalog__PublishEventRequest request = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__PublishEventReply *reply = NULL;

    request.event_id = event->id;
    MUST(ASK(client, catalog, "PublishEvent", &request, NULL, &reply));
    MUST(REFUSED(reply));
}

static void make_event(struct client *client, char *slug)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    const Catalog__CreateEventReply *reply = NULL;
    struct book *book = client->sim->book;
    struct book_event *event = &book->events[book->event_count++];

    request.organizer_id = book->organizer_id;
    request.slug = slug;
    request.title = "A Gala";
    request.has_starts_at = true;
    request.starts_at = sim_now_ms(client->sim) + 900 * (int64_t)TS_DAY_MS;
    MUST(ASK(client, catalog, "CreateEvent", &request, NULL, &reply));
    MUST(REFUSED(reply));
    snprintf(event->id, sizeof(event->id), "%s", reply->event->id);
    snprintf(event->date_id, sizeof(event->date_id), "%s", reply->date_id);
    publish(client, event);
}

static void make_quota(struct client *client, unsigned event, int size)
{
    Inventory__CreateQuotaRequest request = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
    const Inventory__CreateQuotaReply *reply = NULL;
    struct book *book = client->sim->book;
    struct book_quota *quota = &book->quotas[book->quota_count++];

    request.event_id = book->events[event].id;
    request.name = "Hall";
    request.has_size = true;
    request.size = size;
    MUST(ASK(client, inventory, "CreateQuota", &request, NULL, &reply));
    MUST(REFUSED(reply));
    *quota = (struct book_quota){ .event = event, .size = size, .size_max = size };
    snprintf(quota->id, sizeof(quota->id), "%s", reply->quota->id);
}

/* A quota of seats; in the end it has all that there ever are. */
static void make_balcony(struct client *client)
{
    struct book *book = client->sim->book;
    struct book_quota *quota = &book->quotas[BOOK_QUOTAS_MAX - 1];

    make_quota(client, 0, 0);
    MUST(seating_set(client, quota, SEATS_IN_ROW_MAX, SEATS_IN_ROW_MAX));
    quota->seated = true;
    quota->size = quota->size_max = 2 * SEATS_IN_ROW_MAX;
}

/* A type that takes a place in each quota of `quotas`, a bit each. */
static void make_type(struct client *client, unsigned event, char *price, int64_t price_minor, unsigned quotas)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply = NULL;
    struct book *book = client->sim->book;
    struct book_type *type = &book->types[book->type_count++];
    char *ids[BOOK_QUOTAS_MAX];

    request.event_id = book->events[event].id;
    request.name = "Seat";
    request.price = price;
    request.quota_ids = ids;
    for (unsigned i = 0; i < book->quota_count; i++) {
        type->quotas[i] = quotas >> i & 1;
        if (type->quotas[i])
            ids[request.n_quota_ids++] = book->quotas[i].id;
    }
    MUST(ASK(client, catalog, "CreateTicketType", &request, NULL, &reply));
    MUST(REFUSED(reply));
    type->event = event;
    type->price_minor = price_minor;
    snprintf(type->id, sizeof(type->id), "%s", reply->ticket_type->id);
}

static void make_list(struct client *client, bool reentry, bool forced)
{
    Door__CreateCheckInListRequest request = DOOR__CREATE_CHECK_IN_LIST_REQUEST__INIT;
    const Door__CreateCheckInListReply *reply = NULL;
    struct book *book = client->sim->book;
    struct book_list *list = &book->lists[book->list_count++];

    request.event_id = book->events[0].id;
    request.name = "Main gate";
    request.has_allow_reentry = true;
    request.allow_reentry = reentry;
    MUST(ASK(client, door, "CreateCheckInList", &request, NULL, &reply));
    MUST(REFUSED(reply));
    *list = (struct book_list){ .event = 0, .reentry = reentry, .forced = forced };
    snprintf(list->id, sizeof(list->id), "%s", reply->check_in_list->id);
}

void promoter_open(struct client *client)
{
    struct sim *sim = client->sim;
    unsigned hall = 3 + sim_draw(sim, 14), box = 2 + sim_draw(sim, 5), second = 2 + sim_draw(sim, 8);

    make_organizer(client);
    make_event(client, "gala");
    make_event(client, "ball");
    make_quota(client, 0, (int)hall);
    make_quota(client, 0, (int)box);
    make_quota(client, 1, (int)second);
    make_balcony(client);
    make_type(client, 0, "10.00", 1000, 1);
    make_type(client, 0, "25.50", 2550, 3);
    make_type(client, 0, "0.00", 0, 1);
    make_type(client, 1, "8.00", 800, 4);
    make_type(client, 0, "15.00", 1500, 8);
    make_list(client, /* reentry= */ false, /* forced= */ false);
    make_list(client, /* reentry= */ true, /* forced= */ false);
    make_list(client, /* reentry= */ false, /* forced= */ true);
}

/* ---- while they sell */

static void cancel_event(struct client *client, struct book_event *event)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply = NULL;

    request.event_id = event->id;
    request.has_status = true;
    request.status = CATALOG__EVENT_STATUS__CANCELLED;
    event->cancelling = true;
    for (unsigned i = 0; i < TRIES_MAX && !event->cancelled; i++) {
        if (ASK(client, catalog, "UpdateEvent", &request, NULL, &reply) == 0 && !REFUSED(reply)) {
            event->cancelled = true;
            sim_count(client->sim, COUNT_events_cancelled);
        }
        ask_again_later(client);
    }
}

/* One key, one event, however often it is said; the slug is taken by one. */
static void make_more(struct client *client, unsigned round)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    const Catalog__CreateEventReply *reply = NULL;
    char key[BOOK_KEY_SIZE], slug[32], id[TS_ID_SIZE] = "";

    book_key(client->sim, key);
    snprintf(slug, sizeof(slug), "more-%u", round / 2);
    request.organizer_id = client->sim->book->organizer_id;
    request.slug = slug;
    request.title = key;
    request.has_starts_at = true;
    request.starts_at = sim_now_ms(client->sim) + 900 * (int64_t)TS_DAY_MS;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int r = ASK(client, catalog, "CreateEvent", &request, key, &reply);

        if (r == 0 && reply->event) {
            book_same(client->sim, id, reply->event->id, sizeof(id), "event");
            sim_count(client->sim, COUNT_events_made);
        }
        if (r == 0 && sim_draw(client->sim, 2))
            return;
        ask_again_later(client);
    }
}

/* Does somebody not know whether he has paid for the event? It may have gone down half-way. */
static bool is_half_paid(const struct sim *sim, unsigned event)
{
    for (unsigned i = 0; i < sim->book->order_count; i++) {
        const struct book_order *order = sim->book->orders[i];

        if (order->unheard && !order->paid && sim->book->types[order->hold->type].event == event)
            return true;
    }
    return false;
}

/* For a while; but no longer than until a payment for the event is in doubt. */
static void wait_for_doubt(struct sim *sim, unsigned event)
{
    for (unsigned looks = sim_draw(sim, 600); looks && !is_half_paid(sim, event); looks--)
        sim_pause(sim, 100);
}

void promoter_live(struct client *client)
{
    struct sim *sim = client->sim;
    bool cancels = client->number == 0 && sim_draw(sim, 2);
    unsigned when = sim_draw(sim, sim->knobs.rounds);

    for (unsigned round = 0; round < sim->knobs.rounds; round++) {
        sim_pause(sim, sim_draw(sim, 8000));
        if (cancels && round == when)
            wait_for_doubt(sim, 1);
        if (cancels && round == when)
            cancel_event(client, &sim->book->events[1]);
        if (sim_draw(sim, 2))
            make_more(client, round);
        ts_arena_reset(client->arena);
    }
}
