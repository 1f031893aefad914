/*
 * Organizers and venues; and the few lines that all handlers of the catalogue share. A creating handler
 * always reads: right, rules, key, name, write, answer.
 */
#include "api.h"

#include <string.h>

#include "orders/v1/orders.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

/* ---- shared */

int catalog_refuse(struct ts_call *call, uint64_t refused)
{
    for (unsigned i = 0; i < REFUSALS; i++) {
        const struct catalog_refusal_text *text = catalog_refusal_of(i);

        if (refused & (UINT64_C(1) << i))
            ts_refuse(call, (int)text->code, text->path, "%s", text->message);
    }
    return TS_REFUSED;
}

Common__Grant *catalog_grant(struct ts_call *call, const char *organizer_id, const char *event_id)
{
    if (event_id ? ts_may(call, TS_RIGHT_ANY, organizer_id, event_id) : ts_is_staff(call, organizer_id))
        return ts_grant_new(call, COMMON__GRANT__KIND__STAFF, organizer_id);
    return ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, /* subject= */ NULL);
}

bool catalog_sees_all(struct ts_call *call, const Common__Grant *grant, const Catalog__Event *event)
{
    return ts_sees(call, grant, TS_RIGHT_ANY, event->organizer_id, event->id);
}

bool catalog_sees_event(struct ts_call *call, const Common__Grant *grant, const Catalog__Event *event)
{
    return status_is_public(event->status) || catalog_sees_all(call, grant, event);
}

int catalog_seen_events(struct ts_call *call, const Catalog__EventIdsRequest *request,
                        const Catalog__Event ***ret_events, size_t *ret_count)
{
    const ProtobufCMessage **bodies;
    const Catalog__Event **events;
    size_t count = 0;
    int r = noun_find_many(call, NOUN_EVENT, request->event_ids, request->n_event_ids, &bodies);

    if (r)
        return r;
    events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        const Catalog__Event *event = (const Catalog__Event *)bodies[i];

        if (event && catalog_sees_event(call, request->grant, event))
            events[count++] = event;
    }
    *ret_events = events;
    *ret_count = count;
    return 0;
}

int catalog_page_size(struct ts_call *call, bool has_first, int32_t first, unsigned *ret_size)
{
    if (has_first && (first < 1 || first > TS_PAGE_SIZE_MAX))
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    *ret_size = has_first ? (unsigned)first : TS_PAGE_SIZE_DEFAULT;
    return 0;
}

char *catalog_line(struct ts_call *call, const char *text)
{
    return ts_text_trim(call->arena, text);
}

char *catalog_line_or_absent(struct ts_call *call, const char *text)
{
    char *line = ts_text_trim(call->arena, text);

    return line && *line ? line : NULL;
}

void catalog_tell(struct ts_call *call, const char *event_id, const char *date_id, int64_t version)
{
    Catalog__EventChanged changed = CATALOG__EVENT_CHANGED__INIT;

    changed.event_id = (char *)event_id;
    changed.date_id = (char *)date_id;
    changed.has_version = true;
    changed.version = version;
    ts_publish(call, &changed.base);
}

int catalog_tell_buyers(struct ts_call *call, const char *event_id, const char *date_id)
{
    Orders__TellCancelledRequest request = ORDERS__TELL_CANCELLED_REQUEST__INIT;
    const Orders__TellCancelledReply *reply;

    request.event_id = (char *)event_id;
    request.date_id = (char *)date_id;
    return orders_tell_cancelled_as_system(call, &request, &reply);
}

int catalog_event_for_staff(struct ts_call *call, const char *event_id, Catalog__Event **ret_event,
                            int64_t *ret_version)
{
    Catalog__Event *event;
    int r = event_find(call, event_id, &event, ret_version);

    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_EVENTS, event ? event->organizer_id : "", event ? event->id : NULL);
    if (r)
        return r;
    if (!event)
        return catalog_refuse(call, REFUSAL(EVENT_UNKNOWN));
    *ret_event = event;
    return 0;
}

/* ---- organizers */

/* Return: 0 and the reply filled; TS_REFUSED if its slug is another's after all; a ts_error. */
static int organizer_answer(struct ts_call *call, const char *id, Catalog__CreateOrganizerReply *ret_reply)
{
    Catalog__Organizer *organizer;
    int r = organizer_find(call, id, &organizer, NULL);

    if (r)
        return r;
    if (!organizer)
        return catalog_refuse(call, REFUSAL(SLUG_TAKEN));
    ret_reply->organizer = organizer;
    ret_reply->grant = catalog_grant(call, organizer->id, NULL);
    return 0;
}

static int organizer_make(struct ts_call *call, const Catalog__CreateOrganizerRequest *input, struct creation *creation)
{
    Catalog__Organizer organizer = CATALOG__ORGANIZER__INIT;
    const char *taken_by;
    int r = creation_begin(call, creation, "org");

    if (r)
        return r;
    creation->name = name_of(call, NULL, input->slug);
    r = name_find(call, creation->name, &taken_by);
    if (r < 0 || (taken_by && strcmp(taken_by, creation->id) != 0))
        return r < 0 ? r : CREATION_TAKEN;
    organizer.id = (char *)creation->id;
    organizer.slug = input->slug;
    organizer.name = input->name;
    organizer.currency = input->currency;
    organizer.time_zone = input->time_zone;
    organizer.has_created_at_ms = true;
    organizer.created_at_ms = ts_now_ms(call);
    creation->parts[0] = (struct creation_part){ NOUN_ORGANIZER, creation->id, 0, &organizer.base };
    creation->part_count = 1;
    return creation_write(call, creation);
}

int create_organizer(struct ts_call *call, const Catalog__CreateOrganizerRequest *request,
                     Catalog__CreateOrganizerReply *ret_reply)
{
    Catalog__CreateOrganizerRequest input = *request;
    struct creation creation = { .operation = "createOrganizer", .input = &request->base };
    uint64_t refused;
    int r = ts_require(call, TS_RIGHT_ANY, "", NULL); /* of all organizers, or none */

    if (r)
        return r;
    input.name = catalog_line(call, request->name);
    refused = organizer_check(&input);
    if (refused)
        return catalog_refuse(call, refused);
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        r = organizer_make(call, &input, &creation);
        if (r == 0)
            return organizer_answer(call, creation.id, ret_reply);
        if (r == CREATION_TAKEN)
            return catalog_refuse(call, REFUSAL(SLUG_TAKEN));
        if (r != CREATION_RACED)
            return r;
    }
    return TS_EABORTED;
}

/* What staff set of an organizer: `set` puts what `request` says into it. Return: 0; TS_REFUSED; a ts_error. */
static int organizer_set(struct ts_call *call, const char *id, Catalog__Organizer **ret_organizer,
                         void (*set)(Catalog__Organizer *organizer, const void *request), const void *request)
{
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        Catalog__Organizer *organizer;
        int64_t version;
        int r = organizer_find(call, id, &organizer, &version);

        if (r)
            return r;
        if (!organizer)
            return catalog_refuse(call, REFUSAL(ORGANIZER_UNKNOWN));
        set(organizer, request);
        r = organizer_put(call, organizer, version);
        if (r == 0)
            *ret_organizer = organizer;
        if (r != TS_WRITE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}

static void put_embed_origins(Catalog__Organizer *organizer, const void *data)
{
    const Catalog__SetEmbedOriginsRequest *request = data;

    organizer->embed_origins = request->origins;
    organizer->n_embed_origins = request->n_origins;
}

int set_embed_origins(struct ts_call *call, const Catalog__SetEmbedOriginsRequest *request,
                      Catalog__SetEmbedOriginsReply *ret_reply)
{
    uint64_t refused;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r)
        return r;
    refused = embed_origins_check(request->origins, request->n_origins);
    if (refused)
        return catalog_refuse(call, refused);
    ret_reply->grant = catalog_grant(call, request->organizer_id, /* event_id= */ NULL);
    return organizer_set(call, request->organizer_id, &ret_reply->organizer, put_embed_origins, request);
}

static void put_theme(Catalog__Organizer *organizer, const void *data)
{
    const Catalog__SetThemeRequest *request = data;

    organizer->accent_color = request->accent_color;
    organizer->logo_url = request->logo_url;
}

int set_theme(struct ts_call *call, const Catalog__SetThemeRequest *request, Catalog__SetThemeReply *ret_reply)
{
    uint64_t refused;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r)
        return r;
    refused = theme_check(request);
    if (refused)
        return catalog_refuse(call, refused);
    ret_reply->grant = catalog_grant(call, request->organizer_id, /* event_id= */ NULL);
    return organizer_set(call, request->organizer_id, &ret_reply->organizer, put_theme, request);
}

static void put_legal_texts(Catalog__Organizer *organizer, const void *data)
{
    const Catalog__SetLegalTextsRequest *request = data;

    organizer->imprint = request->imprint;
    organizer->privacy = request->privacy;
    organizer->terms = request->terms;
}

int set_legal_texts(struct ts_call *call, const Catalog__SetLegalTextsRequest *request,
                    Catalog__SetLegalTextsReply *ret_reply)
{
    uint64_t refused;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r)
        return r;
    refused = legal_texts_check(request);
    if (refused)
        return catalog_refuse(call, refused);
    ret_reply->grant = catalog_grant(call, request->organizer_id, /* event_id= */ NULL);
    return organizer_set(call, request->organizer_id, &ret_reply->organizer, put_legal_texts, request);
}

int get_organizer(struct ts_call *call, const Catalog__GetOrganizerRequest *request,
                  Catalog__GetOrganizerReply *ret_reply)
{
    Catalog__Organizer *organizer = NULL;
    const char *id = NULL;
    int r = 0;

    if (ts_text_is_slug(request->slug))
        r = name_find(call, name_of(call, NULL, request->slug), &id);
    if (r == 0 && id)
        r = organizer_find(call, id, &organizer, NULL);
    if (r || !organizer)
        return r;
    ret_reply->organizer = organizer;
    ret_reply->grant = catalog_grant(call, organizer->id, NULL);
    return 0;
}

int get_organizers(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetOrganizersReply *ret_reply)
{
    const ProtobufCMessage **bodies;
    int r = noun_find_many(call, NOUN_ORGANIZER, request->ids, request->n_ids, &bodies);

    if (r)
        return r;
    ret_reply->organizers = TS_NEW_ARRAY(call->arena, Catalog__Organizer *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Catalog__Organizer *organizer = (Catalog__Organizer *)bodies[i];

        if (!organizer)
            continue;
        if (!request->grant) {
            organizer = noun_copy(call, &organizer->base);
            organizer->grant = catalog_grant(call, organizer->id, NULL);
        }
        ret_reply->organizers[ret_reply->n_organizers++] = organizer;
    }
    return 0;
}

/* ---- venues */

static int venue_make(struct ts_call *call, const Catalog__CreateVenueRequest *input, struct creation *creation)
{
    Catalog__Venue venue = CATALOG__VENUE__INIT;
    int r = creation_begin(call, creation, "ven");

    if (r)
        return r;
    venue.id = (char *)creation->id;
    venue.organizer_id = input->organizer_id;
    venue.name = input->name;
    venue.address = input->address;
    venue.city = input->city;
    venue.country = input->country;
    venue.has_latitude = input->has_latitude;
    venue.latitude = input->latitude;
    venue.has_longitude = input->has_longitude;
    venue.longitude = input->longitude;
    creation->parts[0] = (struct creation_part){ NOUN_VENUE, creation->id, 0, &venue.base };
    creation->part_count = 1;
    return creation_write(call, creation);
}

/* The request as it will be stored; refused is what the rules say, the organizer's existence included. */
static int venue_input(struct ts_call *call, const Catalog__CreateVenueRequest *request,
                       Catalog__CreateVenueRequest *ret_input, uint64_t *ret_refused)
{
    Catalog__Organizer *organizer;
    int r = organizer_find(call, request->organizer_id, &organizer, NULL);

    if (r)
        return r;
    *ret_input = *request;
    ret_input->name = catalog_line(call, request->name);
    ret_input->address = catalog_line_or_absent(call, request->address);
    ret_input->city = catalog_line_or_absent(call, request->city);
    ret_input->country = catalog_line_or_absent(call, request->country);
    *ret_refused = venue_check(ret_input) | (organizer ? 0 : REFUSAL(ORGANIZER_UNKNOWN));
    return 0;
}

int create_venue(struct ts_call *call, const Catalog__CreateVenueRequest *request, Catalog__CreateVenueReply *ret_reply)
{
    Catalog__CreateVenueRequest input;
    struct creation creation = { .operation = "createVenue", .input = &request->base };
    uint64_t refused;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r)
        return r;
    r = venue_input(call, request, &input, &refused);
    if (r || refused)
        return r ? r : catalog_refuse(call, refused);
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        r = venue_make(call, &input, &creation);
        if (r == 0) {
            ret_reply->grant = catalog_grant(call, input.organizer_id, NULL);
            return venue_find(call, creation.id, &ret_reply->venue);
        }
        if (r != CREATION_RACED)
            return r;
    }
    return TS_EABORTED;
}

int get_venues(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetVenuesReply *ret_reply)
{
    const ProtobufCMessage **bodies;
    int r = noun_find_many(call, NOUN_VENUE, request->ids, request->n_ids, &bodies);

    if (r)
        return r;
    ret_reply->venues = TS_NEW_ARRAY(call->arena, Catalog__Venue *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Catalog__Venue *venue = (Catalog__Venue *)bodies[i];

        if (!venue)
            continue;
        if (!request->grant) {
            venue = noun_copy(call, &venue->base);
            venue->grant = catalog_grant(call, venue->organizer_id, NULL);
        }
        ret_reply->venues[ret_reply->n_venues++] = venue;
    }
    return 0;
}

/* ---- all organizers */

int list_organizers(struct ts_call *call, const Catalog__ListOrganizersRequest *request,
                    Catalog__ListOrganizersReply *ret_reply)
{
    Catalog__Organizer **organizers;
    size_t count;
    int r = ts_require(call, TS_RIGHT_ANY, "", NULL); /* of all organizers, or none */

    (void)request; /* says nothing */
    r = r ? r : organizer_list(call, &organizers, &count);
    if (r)
        return r;
    ret_reply->ids = TS_NEW_ARRAY(call->arena, char *, count);
    for (; ret_reply->n_ids < count; ret_reply->n_ids++)
        ret_reply->ids[ret_reply->n_ids] = organizers[ret_reply->n_ids]->id;
    return 0;
}
