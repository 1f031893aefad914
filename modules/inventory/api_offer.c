/*
 * What buyers may choose from: ticket types on dates, with what is left of them. Answered from the maps; the store is
 * asked only when an event or a quota is met for the first time.
 */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "draw.h"
#include "others.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

/* A ticket type on one date, over all its quotas there. */
struct standing {
    bool offered; /* it has a quota there at all */
    Inventory__Availability availability;
    bool limited;
    int32_t remaining;
};

static void add_quota(struct standing *standing, const struct quota *quota, enum refusal sale)
{
    bool limited = quota->size >= 0;
    int32_t free_count = limited ? quota_free_count(quota) : 1;
    Inventory__Availability here = availability_of(sale, free_count, limited ? quota_held_count(quota) : 0);

    /* It needs a place in each: the worst quota decides. AVAILABLE, RESERVED, SOLD_OUT count upwards. */
    if (!standing->offered || here > standing->availability)
        standing->availability = here;
    if (limited && (!standing->limited || free_count < standing->remaining))
        standing->remaining = free_count;
    standing->limited |= limited;
    standing->offered = true;
}

/* Return: 0 and *ret_standing; a ts_error. The event must be loaded. */
static int get_standing(struct ts_call *call, const Catalog__Event *event, const Catalog__EventDate *date,
                        const Catalog__TicketType *type, struct standing *ret_standing)
{
    struct standing standing = { .availability = INVENTORY__AVAILABILITY__NOT_YET };
    enum refusal sale = sale_check(event, date, type, ts_now_ms(call));

    if (event->status == CATALOG__EVENT_STATUS__DRAFT)
        sale = REFUSAL_NOT_YET; /* as its staff see it */
    for (struct quota **quota = draw_copy(call, date->id, type->id); *quota; quota++) {
        int r = quota_count_ready(call, *quota);

        if (r)
            return r;
        add_quota(&standing, *quota, sale);
    }
    *ret_standing = standing;
    return 0;
}

/* ---- ListOffers */

static Inventory__Offer *offer_new(struct ts_call *call, const Catalog__EventDate *date,
                                   const Catalog__TicketType *type, const struct standing *standing)
{
    Inventory__Offer *offer = TS_NEW(call->arena, Inventory__Offer);

    inventory__offer__init(offer);
    offer->id = ts_printf(call->arena, "%s/%s", date->id, type->id);
    offer->ticket_type_id = type->id;
    offer->date_id = date->id;
    offer->price = type->price;
    offer->has_availability = true;
    offer->availability = standing->availability;
    offer->has_remaining = standing->limited;
    offer->remaining = standing->remaining;
    offer->has_sale_starts_at_ms = type->has_sale_starts_at_ms;
    offer->sale_starts_at_ms = type->sale_starts_at_ms;
    offer->has_sale_ends_at_ms = type->has_sale_ends_at_ms;
    offer->sale_ends_at_ms = type->sale_ends_at_ms;
    offer->has_min_per_order = offer->has_max_per_order = true;
    offer->min_per_order = type_min_per_order(type);
    offer->max_per_order = type_max_per_order(type);
    return offer;
}

static int add_date(struct ts_call *call, const Catalog__GetSaleReply *sale, const Catalog__EventDate *date,
                    Inventory__ListOffersReply *reply)
{
    Inventory__DateOffers *offers = TS_NEW(call->arena, Inventory__DateOffers);

    inventory__date_offers__init(offers);
    offers->date_id = date->id;
    offers->offers = TS_NEW_ARRAY(call->arena, Inventory__Offer *, sale->n_ticket_types);
    for (size_t i = 0; i < sale->n_ticket_types; i++) {
        struct standing standing;
        int r = get_standing(call, sale->event, date, sale->ticket_types[i], &standing);

        if (r)
            return r;
        if (standing.offered)
            offers->offers[offers->n_offers++] = offer_new(call, date, sale->ticket_types[i], &standing);
    }
    reply->dates[reply->n_dates++] = offers;
    ts_yield(call);
    return 0;
}

static bool event_is_first(Catalog__EventDate *const *dates, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(dates[i]->event_id, dates[index]->event_id) == 0)
            return false;
    }
    return true;
}

/* What to ask of one event: all its dates among `dates`, and all its types. */
static Catalog__GetSaleRequest *ask_event(struct ts_call *call, char *event_id,
                                          const Catalog__GetEventDatesReply *dates)
{
    Catalog__GetSaleRequest *ask = TS_NEW(call->arena, Catalog__GetSaleRequest);

    catalog__get_sale_request__init(ask);
    ask->event_id = event_id;
    ask->has_all_ticket_types = ask->all_ticket_types = true;
    ask->date_ids = TS_NEW_ARRAY(call->arena, char *, dates->n_dates);
    for (size_t i = 0; i < dates->n_dates; i++) {
        if (strcmp(dates->dates[i]->event_id, event_id) == 0)
            ask->date_ids[ask->n_date_ids++] = dates->dates[i]->id;
    }
    return ask;
}

/* One call for all events that the dates belong to. Return: 0 and *ret_sales, their maps loaded; a ts_error. */
static int ask_events(struct ts_call *call, const Catalog__GetEventDatesReply *dates,
                      const Catalog__GetSalesReply **ret_sales)
{
    Catalog__GetSalesRequest request = CATALOG__GET_SALES_REQUEST__INIT;

    request.sales = TS_NEW_ARRAY(call->arena, Catalog__GetSaleRequest *, dates->n_dates);
    for (size_t i = 0; i < dates->n_dates; i++) {
        char *event_id = dates->dates[i]->event_id;
        struct event *event;
        int r;

        if (!event_is_first(dates->dates, i))
            continue;
        r = event_load(call, event_id, &event);
        if (r)
            return r;
        request.sales[request.n_sales++] = ask_event(call, event_id, dates);
    }
    return catalog_get_sales(call, &request, ret_sales);
}

int list_offers(struct ts_call *call, const Inventory__DateIdsRequest *request, Inventory__ListOffersReply *ret_reply)
{
    Catalog__IdsRequest dates_request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetEventDatesReply *dates;
    const Catalog__GetSalesReply *sales;
    int r;

    dates_request.ids = request->date_ids;
    dates_request.n_ids = request->n_date_ids;
    dates_request.grant = request->grant;
    r = catalog_get_event_dates(call, &dates_request, &dates);
    if (r == 0)
        r = ask_events(call, dates, &sales);
    if (r)
        return r;
    ret_reply->dates = TS_NEW_ARRAY(call->arena, Inventory__DateOffers *, dates->n_dates);
    for (size_t i = 0; i < sales->n_sales; i++) {
        for (size_t k = 0; r == 0 && k < sales->sales[i]->n_dates; k++)
            r = add_date(call, sales->sales[i], sales->sales[i]->dates[k], ret_reply);
    }
    return r;
}

/* ---- GetAvailability */

/* The dates on which any of the event's quotas sells this type, each once. */
static size_t list_dates(struct inventory *inventory, const struct event *event, const char *type_id, char **ids)
{
    size_t count = 0;

    for (struct quota *quota = event->quotas; quota; quota = quota->next_of_event) {
        if (draw_find(inventory, quota->date_id, type_id)[0] == quota)
            ids[count++] = quota->date_id;
    }
    return count;
}

static size_t quota_count(const struct event *event)
{
    size_t count = 0;

    for (const struct quota *quota = event->quotas; quota; quota = quota->next_of_event)
        count++;
    return count;
}

static int best_standing(struct ts_call *call, const Catalog__GetSaleReply *sale, const Catalog__TicketType *type,
                         Inventory__TypeAvailability *best)
{
    size_t date_count = 0;

    best->availability = INVENTORY__AVAILABILITY__ENDED;
    for (size_t i = 0; i < sale->n_dates; i++) {
        struct standing standing;
        int r = get_standing(call, sale->event, sale->dates[i], type, &standing);

        if (r)
            return r;
        if (!standing.offered)
            continue;
        best->availability = availability_best(best->availability, standing.availability);
        best->has_remaining = date_count++ == 0 && standing.limited;
        best->remaining = standing.remaining;
        ts_yield(call);
    }
    if (date_count == 0)
        best->availability = INVENTORY__AVAILABILITY__NOT_YET;
    return 0;
}

/* What to ask for one type: the dates that sell it. Return: 0; a ts_error. */
static int ask_type(struct ts_call *call, Catalog__TicketType *type, Catalog__GetSaleRequest **ret_ask)
{
    Catalog__GetSaleRequest *ask = TS_NEW(call->arena, Catalog__GetSaleRequest);
    struct event *event;
    int r = event_load(call, type->event_id, &event);

    if (r)
        return r;
    catalog__get_sale_request__init(ask);
    ask->event_id = type->event_id;
    ask->ticket_type_ids = &type->id;
    ask->n_ticket_type_ids = 1;
    ask->date_ids = TS_NEW_ARRAY(call->arena, char *, quota_count(event));
    ask->n_date_ids = list_dates(call->state, event, type->id, ask->date_ids);
    *ret_ask = ask;
    return 0;
}

/* One call for all types. Return: 0 and *ret_sales, their maps loaded; a ts_error. */
static int ask_types(struct ts_call *call, const Catalog__GetTicketTypesReply *types,
                     const Catalog__GetSalesReply **ret_sales)
{
    Catalog__GetSalesRequest request = CATALOG__GET_SALES_REQUEST__INIT;

    request.sales = TS_NEW_ARRAY(call->arena, Catalog__GetSaleRequest *, types->n_ticket_types);
    for (; request.n_sales < types->n_ticket_types; request.n_sales++) {
        int r = ask_type(call, types->ticket_types[request.n_sales], &request.sales[request.n_sales]);

        if (r)
            return r;
    }
    return catalog_get_sales(call, &request, ret_sales);
}

static int add_type(struct ts_call *call, Catalog__TicketType *type, const Catalog__GetSaleReply *sale,
                    Inventory__GetAvailabilityReply *reply)
{
    Inventory__TypeAvailability *best = TS_NEW(call->arena, Inventory__TypeAvailability);

    inventory__type_availability__init(best);
    best->ticket_type_id = type->id;
    best->has_availability = true;
    best->availability = INVENTORY__AVAILABILITY__NOT_YET;
    reply->ticket_types[reply->n_ticket_types++] = best;
    return sale->event ? best_standing(call, sale, type, best) : 0;
}

int get_availability(struct ts_call *call, const Inventory__TypeIdsRequest *request,
                     Inventory__GetAvailabilityReply *ret_reply)
{
    Catalog__IdsRequest types_request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetTicketTypesReply *types;
    const Catalog__GetSalesReply *sales;
    int r;

    types_request.ids = request->ticket_type_ids;
    types_request.n_ids = request->n_ticket_type_ids;
    types_request.grant = request->grant;
    r = catalog_get_ticket_types(call, &types_request, &types);
    if (r == 0)
        r = ask_types(call, types, &sales);
    if (r)
        return r;
    ret_reply->ticket_types = TS_NEW_ARRAY(call->arena, Inventory__TypeAvailability *, types->n_ticket_types);
    for (size_t i = 0; r == 0 && i < types->n_ticket_types; i++)
        r = add_type(call, types->ticket_types[i], sales->sales[i], ret_reply);
    return r;
}
