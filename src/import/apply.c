/*
 * The order of writing is what keeps an event whole: it stays a draft until all of it stands, and publishing comes
 * last. What a crash left is found by its source next time and made complete, for each part is looked for before it is
 * made: a date by its start, a type by its name, a quota by its date and name.
 */
#include "import/apply.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "import/slug.h"
#include "inventory/v1/inventory.rpc.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/money.h"

enum { SLUG_TRIES = 50, SLUG_ROOM = 12 }; /* "-2026-07-01" behind it */

static char places_name[] = "Places";
static char elsewhere_name[] = "Sold out"; /* of size 0: holds what the page says is gone */

void apply_init(struct apply *apply, struct ts_call *call, const struct import_options *options,
                struct import_problems *problems)
{
    *apply = (struct apply){ .call = call, .options = options, .problems = problems };
    map_init(&apply->organizers);
    map_init(&apply->venues);
}

void apply_done(struct apply *apply)
{
    map_done(&apply->organizers);
    map_done(&apply->venues);
}

/* One event on its way. */
struct application {
    struct apply *apply;
    struct ts_call *call;
    const struct import_event *event;
    const Catalog__Organizer *organizer;
    const Catalog__Event *stored;
    enum apply_change change;
    char *event_id;
    char *venue_id;
    char **date_ids; /* of the page's dates, in order */
    char **type_ids; /* of the page's offers, in order */
};

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

static void changed(struct application *application)
{
    if (application->change == APPLY_UNCHANGED)
        application->change = APPLY_UPDATED;
}

/* Note what the catalogue refused. Return: APPLY_REFUSED if it did, else 0. */
static int refusals_note(struct apply *apply, const char *path, Common__Refusal *const *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        import_problem_add(apply->call->arena, apply->problems, path, "%s: %s",
                           refusals[i]->n_path ? refusals[i]->path[refusals[i]->n_path - 1] : "refused",
                           refusals[i]->message);
    return count ? APPLY_REFUSED : 0;
}

/* ---- organizers */

int apply_find_organizer(struct apply *apply, const char *slug, const Catalog__Organizer **ret_organizer)
{
    Catalog__GetOrganizerRequest request = CATALOG__GET_ORGANIZER_REQUEST__INIT;
    const Catalog__GetOrganizerReply *reply;
    int r;

    *ret_organizer = map_find(&apply->organizers, slug);
    if (*ret_organizer)
        return 0;
    request.slug = (char *)slug;
    r = catalog_get_organizer(apply->call, &request, &reply);
    if (r || !reply->organizer)
        return r == TS_ENOTFOUND ? 0 : r;
    *ret_organizer = reply->organizer;
    (void)map_put(&apply->organizers, slug, reply->organizer);
    return 0;
}

static int organizer_get(struct application *application, const char *slug)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;
    const struct import_event *event = application->event;
    int r = apply_find_organizer(application->apply, slug, &application->organizer);

    if (r || application->organizer)
        return r;
    request.slug = (char *)slug;
    request.name = (char *)(event->organizer.name ? event->organizer.name : slug);
    request.currency = (char *)event->currency;
    request.time_zone = (char *)event->time_zone;
    r = catalog_create_organizer(application->call, &request, &reply);
    if (r)
        return r;
    if (reply->n_refusals)
        return refusals_note(application->apply, event->organizer.path, reply->refusals, reply->n_refusals);
    application->organizer = reply->organizer;
    (void)map_put(&application->apply->organizers, slug, reply->organizer);
    return 0;
}

/* ---- venues */

static const char *venue_key(struct application *application, const Catalog__CreateVenueRequest *venue)
{
    return ts_printf(application->call->arena, "%s\n%s\n%s\n%s\n%s\n%d %.9g %.9g", venue->organizer_id, venue->name,
                     venue->address ? venue->address : "", venue->city ? venue->city : "",
                     venue->country ? venue->country : "", venue->has_latitude, venue->latitude, venue->longitude);
}

/* The stored event's venue under its key, so that the page's is found there when it is the same. */
static int venue_remember(struct application *application)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    Catalog__CreateVenueRequest known = CATALOG__CREATE_VENUE_REQUEST__INIT;
    const Catalog__GetVenuesReply *reply;
    const Catalog__Venue *venue;
    char *id = application->stored ? application->stored->venue_id : NULL;
    int r;

    if (!id)
        return 0;
    request.ids = &id;
    request.n_ids = 1;
    r = catalog_get_venues(application->call, &request, &reply);
    if (r || reply->n_venues == 0)
        return r;
    venue = reply->venues[0];
    known.organizer_id = venue->organizer_id;
    known.name = venue->name;
    known.address = venue->address;
    known.city = venue->city;
    known.country = venue->country;
    known.has_latitude = venue->has_latitude;
    known.latitude = venue->latitude;
    known.longitude = venue->longitude;
    (void)map_put(&application->apply->venues, venue_key(application, &known), id);
    return 0;
}

static int venue_get(struct application *application)
{
    Catalog__CreateVenueRequest request = CATALOG__CREATE_VENUE_REQUEST__INIT;
    const Catalog__CreateVenueReply *reply;
    const struct import_venue *venue = &application->event->venue;
    const char *key;
    int r = venue_remember(application);

    if (r || !venue->name)
        return r;
    request.organizer_id = application->organizer->id;
    request.name = (char *)venue->name;
    request.address = (char *)venue->address;
    request.city = (char *)venue->city;
    request.country = (char *)venue->country;
    request.has_latitude = request.has_longitude = venue->has_position;
    request.latitude = venue->latitude;
    request.longitude = venue->longitude;
    key = venue_key(application, &request);
    application->venue_id = map_find(&application->apply->venues, key);
    if (application->venue_id)
        return 0;
    r = catalog_create_venue(application->call, &request, &reply);
    if (r)
        return r;
    if (reply->n_refusals)
        return refusals_note(application->apply, venue->path, reply->refusals, reply->n_refusals);
    application->venue_id = reply->venue->id;
    (void)map_put(&application->apply->venues, key, reply->venue->id);
    return 0;
}

/* ---- the event */

/* The n-th slug to try: the title, the title and day, then numbers. */
static char *event_slug(struct application *application, unsigned number)
{
    struct ts_arena *arena = application->call->arena;
    const struct import_event *event = application->event;
    const char *slug = slug_of(arena, event->title, TS_SLUG_SIZE_MAX - SLUG_ROOM);
    char day[32];

    if (!*slug)
        slug = slug_of_hash(arena, "event", event->source_id);
    if (number == 0)
        return (char *)slug;
    if (number == 1)
        return ts_printf(arena, "%s-%.10s", slug, ts_time_format(event->dates->starts_at_ms, day));
    return ts_printf(arena, "%s-%u", slug, number);
}

static bool refuses_slug(const Catalog__CreateEventReply *reply)
{
    return reply->n_refusals == 1 && reply->refusals[0]->n_path > 0 &&
           strcmp(reply->refusals[0]->path[reply->refusals[0]->n_path - 1], "slug") == 0;
}

static int event_create(struct application *application)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;
    const Catalog__CreateEventReply *reply = NULL;
    const struct import_event *event = application->event;
    const struct import_date *date = event->dates;
    int r = 0;

    request.organizer_id = application->organizer->id;
    request.title = (char *)event->title;
    request.description = (char *)event->description;
    request.image_url = (char *)event->image;
    request.venue_id = application->venue_id;
    request.has_starts_at = request.has_allow_past = request.allow_past = true;
    request.starts_at = date->starts_at_ms;
    request.has_ends_at = date->has_end;
    request.ends_at = date->ends_at_ms;
    request.has_doors_at = date->has_doors;
    request.doors_at = date->doors_at_ms;
    request.time_zone = (char *)event->time_zone;
    request.currency = (char *)event->currency;
    request.source_id = (char *)event->source_id;
    for (unsigned number = 0; number < SLUG_TRIES; number++) {
        request.slug = event_slug(application, number);
        r = catalog_create_event(application->call, &request, &reply);
        if (r || !refuses_slug(reply))
            break;
    }
    if (r)
        return r;
    if (reply->n_refusals)
        return refusals_note(application->apply, event->path, reply->refusals, reply->n_refusals);
    application->stored = reply->event;
    application->event_id = reply->event->id;
    application->change = APPLY_MADE;
    return 0;
}

/* The texts of an event that is there. */
static int event_update(struct application *application)
{
    static char description[] = "description", image_url[] = "image_url", venue_id[] = "venue_id";
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;
    const struct import_event *event = application->event;
    const Catalog__Event *stored = application->stored;
    char *clear[3];
    int r;

    if (same_text(stored->title, event->title) && same_text(stored->description, event->description) &&
        same_text(stored->image_url, event->image) && same_text(stored->venue_id, application->venue_id))
        return 0;
    request.event_id = stored->id;
    request.title = (char *)event->title;
    request.description = (char *)event->description;
    request.image_url = (char *)event->image;
    request.venue_id = application->venue_id;
    request.clear = clear;
    if (!event->description)
        clear[request.n_clear++] = description;
    if (!event->image)
        clear[request.n_clear++] = image_url;
    if (!application->venue_id)
        clear[request.n_clear++] = venue_id;
    r = catalog_update_event(application->call, &request, &reply);
    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, event->path, reply->refusals, reply->n_refusals);
}

/* ---- dates */

/* The event's dates as they are: start -> Catalog__EventDate. */
static int dates_read(struct application *application, struct map *dates)
{
    Catalog__ListEventDatesRequest request = CATALOG__LIST_EVENT_DATES_REQUEST__INIT;
    const Catalog__ListEventDatesReply *reply;
    const Catalog__EventDateConnection *page;
    int r;

    request.event_ids = &application->event_id;
    request.n_event_ids = 1;
    request.has_first = request.has_starts_after = true;
    request.first = TS_PAGE_SIZE_MAX;
    request.starts_after = 0;
    do {
        r = catalog_list_event_dates(application->call, &request, &reply);
        if (r || reply->n_connections == 0)
            return r;
        page = reply->connections[0];
        for (size_t i = 0; i < page->n_edges; i++)
            (void)map_put_number(dates, (uint64_t)page->edges[i]->node->starts_at_ms, page->edges[i]->node);
        request.after = page->n_edges ? page->edges[page->n_edges - 1]->cursor : NULL;
    } while (request.after && page->page_info && page->page_info->has_next_page);
    return 0;
}

static int date_create(struct application *application, const struct import_date *date, char **ret_id)
{
    Catalog__CreateEventDateRequest request = CATALOG__CREATE_EVENT_DATE_REQUEST__INIT;
    const Catalog__CreateEventDateReply *reply;
    int r;

    request.event_id = application->event_id;
    request.has_starts_at = request.has_allow_past = request.allow_past = true;
    request.starts_at = date->starts_at_ms;
    request.has_ends_at = date->has_end;
    request.ends_at = date->ends_at_ms;
    request.has_doors_at = date->has_doors;
    request.doors_at = date->doors_at_ms;
    r = catalog_create_event_date(application->call, &request, &reply);
    if (r)
        return r;
    if (reply->n_refusals)
        return refusals_note(application->apply, date->path, reply->refusals, reply->n_refusals);
    *ret_id = reply->event_date->id;
    changed(application);
    return 0;
}

static int dates_apply(struct application *application)
{
    const struct import_date *date = application->event->dates;
    struct map dates;
    int r;

    application->date_ids = TS_NEW_ARRAY(application->call->arena, char *, application->event->date_count);
    map_init(&dates);
    r = dates_read(application, &dates);
    for (size_t i = 0; r == 0 && date; date = date->next, i++) {
        const Catalog__EventDate *stored = map_find_number(&dates, (uint64_t)date->starts_at_ms);

        if (stored)
            application->date_ids[i] = stored->id;
        else
            r = date_create(application, date, &application->date_ids[i]);
    }
    map_done(&dates);
    return r;
}

/* A date that the page calls off, when others are held. */
static int dates_cancel(struct application *application)
{
    const struct import_event *event = application->event;
    const struct import_date *date = event->dates;
    struct map dates;
    int r;

    if (event->status == IMPORT_CANCELLED)
        return 0; /* the event itself is */
    map_init(&dates);
    r = dates_read(application, &dates);
    for (size_t i = 0; r == 0 && date; date = date->next, i++) {
        const Catalog__EventDate *stored = map_find_number(&dates, (uint64_t)date->starts_at_ms);
        Catalog__CancelEventDateRequest request = CATALOG__CANCEL_EVENT_DATE_REQUEST__INIT;
        const Catalog__CancelEventDateReply *reply;

        if (date->status != IMPORT_CANCELLED || !stored || stored->status == CATALOG__EVENT_STATUS__CANCELLED)
            continue;
        request.date_id = stored->id;
        r = catalog_cancel_event_date(application->call, &request, &reply);
        if (r == 0)
            r = refusals_note(application->apply, date->path, reply->refusals, reply->n_refusals);
        changed(application);
    }
    map_done(&dates);
    return r;
}

/* ---- ticket types */

static int type_create(struct application *application, const struct import_offer *offer, char **ret_id)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply;
    int r;

    request.event_id = application->event_id;
    request.name = (char *)offer->name;
    request.description = (char *)offer->description;
    request.price = (char *)offer->amount;
    request.has_sale_starts_at = offer->has_sale_start;
    request.sale_starts_at = offer->sale_starts_at_ms;
    request.has_sale_ends_at = offer->has_sale_end;
    request.sale_ends_at = offer->sale_ends_at_ms;
    request.has_min_per_order = offer->min_per_order > 0;
    request.min_per_order = offer->min_per_order;
    request.has_max_per_order = offer->max_per_order > 0;
    request.max_per_order = offer->max_per_order;
    r = catalog_create_ticket_type(application->call, &request, &reply);
    if (r)
        return r;
    if (reply->n_refusals)
        return refusals_note(application->apply, offer->path, reply->refusals, reply->n_refusals);
    *ret_id = reply->ticket_type->id;
    changed(application);
    return 0;
}

static bool type_is_same(const Catalog__TicketType *type, const struct import_offer *offer)
{
    return type->price->minor == offer->price_minor && same_text(type->description, offer->description) &&
           type->has_sale_starts_at_ms == offer->has_sale_start && type->has_sale_ends_at_ms == offer->has_sale_end &&
           (!offer->has_sale_start || type->sale_starts_at_ms == offer->sale_starts_at_ms) &&
           (!offer->has_sale_end || type->sale_ends_at_ms == offer->sale_ends_at_ms) &&
           (!offer->min_per_order || type->min_per_order == offer->min_per_order) &&
           (!offer->max_per_order || type->max_per_order == offer->max_per_order);
}

static int type_update(struct application *application, const Catalog__TicketType *type,
                       const struct import_offer *offer)
{
    static char description[] = "description", starts[] = "sale_starts_at", ends[] = "sale_ends_at";
    Catalog__UpdateTicketTypeRequest request = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *reply;
    char *clear[3];
    int r;

    if (type_is_same(type, offer))
        return 0;
    request.ticket_type_id = type->id;
    request.description = (char *)offer->description;
    request.price = (char *)offer->amount;
    request.has_sale_starts_at = offer->has_sale_start;
    request.sale_starts_at = offer->sale_starts_at_ms;
    request.has_sale_ends_at = offer->has_sale_end;
    request.sale_ends_at = offer->sale_ends_at_ms;
    request.has_min_per_order = offer->min_per_order > 0;
    request.min_per_order = offer->min_per_order;
    request.has_max_per_order = offer->max_per_order > 0;
    request.max_per_order = offer->max_per_order;
    request.clear = clear;
    if (!offer->description)
        clear[request.n_clear++] = description;
    if (!offer->has_sale_start)
        clear[request.n_clear++] = starts;
    if (!offer->has_sale_end)
        clear[request.n_clear++] = ends;
    r = catalog_update_ticket_type(application->call, &request, &reply);
    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, offer->path, reply->refusals, reply->n_refusals);
}

static const Catalog__TicketType *type_find(const Catalog__ListTicketTypesReply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_events; i++)
        for (size_t j = 0; j < reply->events[i]->n_ticket_types; j++)
            if (strcmp(reply->events[i]->ticket_types[j]->name, name) == 0)
                return reply->events[i]->ticket_types[j];
    return NULL;
}

static int types_apply(struct application *application)
{
    Catalog__EventIdsRequest request = CATALOG__EVENT_IDS_REQUEST__INIT;
    const Catalog__ListTicketTypesReply *reply;
    const struct import_offer *offer = application->event->offers;
    int r;

    application->type_ids = TS_NEW_ARRAY(application->call->arena, char *, application->event->offer_count);
    request.event_ids = &application->event_id;
    request.n_event_ids = 1;
    r = catalog_list_ticket_types(application->call, &request, &reply);
    for (size_t i = 0; r == 0 && offer; offer = offer->next, i++) {
        const Catalog__TicketType *type = type_find(reply, offer->name);

        if (type)
            r = type_update(application, type, offer);
        else
            r = type_create(application, offer, &application->type_ids[i]);
        if (type)
            application->type_ids[i] = type->id;
    }
    return r;
}

/* ---- places */

/* The types of a date: all on sale there, or only those sold out. Return: how many. */
static size_t date_types(const struct application *application, const struct import_date *date, bool only_sold_out,
                         char **ret_ids)
{
    size_t count = 0;

    for (const struct import_sale *sale = date->sales; sale; sale = sale->next) {
        size_t index = 0;

        for (const struct import_offer *offer = application->event->offers; offer != sale->offer; offer = offer->next)
            index++;
        if (!only_sold_out || sale->sold_out)
            ret_ids[count++] = application->type_ids[index];
    }
    return count;
}

/* How many places the date shall have; -1 when nobody says. */
static int64_t date_size(const struct application *application, const struct import_date *date)
{
    return application->apply->options->capacity > 0 ? application->apply->options->capacity : date->capacity;
}

static int quota_create(struct application *application, const Inventory__CreateQuotaRequest *request, const char *path)
{
    const Inventory__CreateQuotaReply *reply;
    int r = inventory_create_quota(application->call, request, &reply);

    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, path, reply->refusals, reply->n_refusals);
}

static bool list_has(char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

/* Whether both lists have the same words; neither has one twice. */
static bool same_lists(char *const *left, size_t left_count, char *const *right, size_t right_count)
{
    for (size_t i = 0; i < left_count; i++)
        if (!list_has(right, right_count, left[i]))
            return false;
    return left_count == right_count;
}

/* What a quota shall be; size -1: as it is. */
static int quota_update(struct application *application, const Inventory__Quota *quota,
                        const Inventory__CreateQuotaRequest *wanted, const char *path)
{
    Inventory__UpdateQuotaRequest request = INVENTORY__UPDATE_QUOTA_REQUEST__INIT;
    const Inventory__UpdateQuotaReply *reply;
    bool same_size = !wanted->has_size || (quota->has_size && quota->size == wanted->size);
    int r;

    if (same_size && same_lists(quota->ticket_type_ids, quota->n_ticket_type_ids, wanted->ticket_type_ids,
                                wanted->n_ticket_type_ids))
        return 0;
    request.quota_id = quota->id;
    request.has_size = wanted->has_size;
    request.size = wanted->size;
    request.ticket_type_ids = wanted->ticket_type_ids;
    request.n_ticket_type_ids = wanted->n_ticket_type_ids;
    request.has_set_ticket_type_ids = request.set_ticket_type_ids = true;
    r = inventory_update_quota(application->call, &request, &reply);
    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, path, reply->refusals, reply->n_refusals);
}

/* The types that a quota of ours has and the page no longer names stay in it: their tickets are of that place. */
static void keep_types(struct application *application, const Inventory__Quota *quota,
                       Inventory__CreateQuotaRequest *wanted)
{
    char **all = TS_NEW_ARRAY(application->call->arena, char *, wanted->n_ticket_type_ids + quota->n_ticket_type_ids);
    size_t count = wanted->n_ticket_type_ids;

    if (count)
        memcpy(all, wanted->ticket_type_ids, count * sizeof(*all));
    for (size_t i = 0; i < quota->n_ticket_type_ids; i++)
        if (!list_has(all, count, quota->ticket_type_ids[i]))
            all[count++] = quota->ticket_type_ids[i];
    wanted->ticket_type_ids = all;
    wanted->n_ticket_type_ids = count;
}

static const Inventory__Quota *quota_find(Inventory__Quota *const *quotas, size_t count,
                                          const Inventory__CreateQuotaRequest *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(quotas[i]->date_id, wanted->date_id) == 0 && strcmp(quotas[i]->name, wanted->name) == 0)
            return quotas[i];
    return NULL;
}

/* One date's two quotas: its places, and the one that shuts what is sold out. */
static int date_places(struct application *application, const struct import_date *date, char *date_id,
                       const Inventory__DateQuotas *stored)
{
    char **types = TS_NEW_ARRAY(application->call->arena, char *, application->event->offer_count);
    int64_t size = date_size(application, date);
    int r = 0;

    for (unsigned shut = 0; shut < 2 && r == 0; shut++) {
        Inventory__CreateQuotaRequest wanted = INVENTORY__CREATE_QUOTA_REQUEST__INIT;
        const Inventory__Quota *quota;

        wanted.event_id = application->event_id;
        wanted.date_id = date_id;
        wanted.name = shut ? elsewhere_name : places_name;
        wanted.has_size = shut || size >= 0;
        wanted.size = shut ? 0 : (int32_t)size;
        wanted.ticket_type_ids = types;
        wanted.n_ticket_type_ids = date_types(application, date, shut, types);
        quota = stored ? quota_find(stored->quotas, stored->n_quotas, &wanted) : NULL;
        if (quota && !shut)
            keep_types(application, quota, &wanted);
        if (quota)
            r = quota_update(application, quota, &wanted, date->path);
        else if (wanted.n_ticket_type_ids)
            r = quota_create(application, &wanted, date->path);
    }
    return r;
}

static int places_apply(struct application *application)
{
    const struct import_date *date = application->event->dates;
    int r = 0;

    for (size_t i = 0; r == 0 && date; date = date->next, i++) {
        Inventory__DateIdsRequest request = INVENTORY__DATE_IDS_REQUEST__INIT;
        const Inventory__ListDateQuotasReply *reply;

        request.date_ids = &application->date_ids[i];
        request.n_date_ids = 1;
        r = inventory_list_date_quotas(application->call, &request, &reply);
        if (r == 0)
            r = date_places(application, date, application->date_ids[i], reply->n_dates ? reply->dates[0] : NULL);
        ts_yield(application->call);
    }
    return r;
}

/* ---- status */

static int status_set(struct application *application, Catalog__EventStatus status)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;
    int r;

    request.event_id = application->event_id;
    request.has_status = true;
    request.status = status;
    r = catalog_update_event(application->call, &request, &reply);
    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, application->event->path, reply->refusals, reply->n_refusals);
}

static int publish(struct application *application)
{
    Catalog__PublishEventRequest request = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__PublishEventReply *reply;
    int r;

    request.event_id = application->event_id;
    r = catalog_publish_event(application->call, &request, &reply);
    if (r)
        return r;
    changed(application);
    return refusals_note(application->apply, application->event->path, reply->refusals, reply->n_refusals);
}

/* Last of all: what everybody may see, and what the page calls off or puts off. A draft stays one without --publish. */
static int status_apply(struct application *application)
{
    Catalog__EventStatus status = application->stored->status;
    enum import_status wanted = application->event->status;
    int r = 0;

    if (status == CATALOG__EVENT_STATUS__DRAFT && application->apply->options->publish) {
        r = publish(application);
        status = CATALOG__EVENT_STATUS__PUBLISHED;
    }
    if (r || status == CATALOG__EVENT_STATUS__DRAFT)
        return r;
    if (wanted == IMPORT_CANCELLED && status != CATALOG__EVENT_STATUS__CANCELLED)
        return status_set(application, CATALOG__EVENT_STATUS__CANCELLED);
    if (wanted == IMPORT_POSTPONED && status == CATALOG__EVENT_STATUS__PUBLISHED)
        return status_set(application, CATALOG__EVENT_STATUS__POSTPONED);
    if (wanted == IMPORT_SCHEDULED && status == CATALOG__EVENT_STATUS__POSTPONED)
        return status_set(application, CATALOG__EVENT_STATUS__PUBLISHED);
    return 0;
}

/* ---- all of it */

static int stored_find(struct application *application)
{
    Catalog__FindEventRequest request = CATALOG__FIND_EVENT_REQUEST__INIT;
    const Catalog__FindEventReply *reply;
    int r;

    request.organizer_id = application->organizer->id;
    request.source_id = (char *)application->event->source_id;
    r = catalog_find_event(application->call, &request, &reply);
    if (r || !reply->event)
        return r;
    application->stored = reply->event;
    application->event_id = reply->event->id;
    if (strcmp(reply->event->currency, application->event->currency) == 0)
        return 0;
    import_problem_add(application->call->arena, application->apply->problems, application->event->path,
                       "is in %s now; the event was imported in %s, and orders are in it", application->event->currency,
                       reply->event->currency);
    return APPLY_REFUSED;
}

/* Cancelled or archived: it takes no more dates and types, and is left as it is. */
static bool is_closed(const Catalog__Event *event)
{
    return event->status == CATALOG__EVENT_STATUS__CANCELLED || event->status == CATALOG__EVENT_STATUS__ARCHIVED;
}

int apply_event(struct apply *apply, const struct import_event *event, const char *organizer_slug,
                enum apply_change *ret_change)
{
    struct application application = { .apply = apply, .call = apply->call, .event = event };
    int r = organizer_get(&application, organizer_slug);

    r = r ? r : stored_find(&application);
    if (r == 0 && application.stored && is_closed(application.stored)) {
        *ret_change = APPLY_UNCHANGED;
        return 0;
    }
    r = r ? r : venue_get(&application);
    if (r == 0)
        r = application.stored ? event_update(&application) : event_create(&application);
    r = r ? r : dates_apply(&application);
    r = r ? r : types_apply(&application);
    r = r ? r : places_apply(&application);
    r = r ? r : dates_cancel(&application);
    r = r ? r : status_apply(&application);
    if (r == 0)
        *ret_change = application.change;
    return r;
}
