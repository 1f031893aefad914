/*
 * Events: making one with its first date, changing it, reading it, and carrying a cancellation through. The first date
 * has the event's id under its own prefix and is written before it, so an event that exists always has a date.
 */
#include "api.h"

#include <string.h>

#include "inventory/v1/inventory.rpc.h"
#include "rules.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/right.h"
#include "tessera/text.h"

enum { SWEEPS = 2 }; /* of a closing: the second finds what a slow call made while the first ran */

/* ---- making */

/* What createEvent works with: the input with blanks trimmed and defaults filled, and its first date. */
struct event_input {
    Catalog__CreateEventRequest request;
    Catalog__EventDate date;
};

static void event_input_init(struct ts_call *call, const Catalog__CreateEventRequest *request,
                             struct event_input *ret_input)
{
    struct event_input input = { .request = *request };

    input.request.title = catalog_line(call, request->title);
    input.request.description = request->description && *request->description ? request->description : NULL;
    input.request.image_url = catalog_line_or_absent(call, request->image_url);
    catalog__event_date__init(&input.date);
    input.date.has_starts_at_ms = request->has_starts_at;
    input.date.starts_at_ms = request->starts_at;
    input.date.has_ends_at_ms = request->has_ends_at;
    input.date.ends_at_ms = request->ends_at;
    input.date.has_doors_at_ms = request->has_doors_at;
    input.date.doors_at_ms = request->doors_at;
    *ret_input = input;
}

/* The venue must be this organizer's. Return: 0 and *ret_refused; a ts_error. */
static int venue_of_check(struct ts_call *call, const char *venue_id, const char *organizer_id, uint64_t *ret_refused)
{
    Catalog__Venue *venue = NULL;
    int r = venue_id ? venue_find(call, venue_id, &venue) : 0;

    if (r)
        return r;
    if (venue_id && (!venue || !organizer_id || strcmp(venue->organizer_id, organizer_id) != 0))
        *ret_refused |= REFUSAL(VENUE_UNKNOWN);
    return 0;
}

/* Rules, references and defaults. Return: 0; TS_REFUSED; a ts_error. */
static int event_input_check(struct ts_call *call, struct event_input *input)
{
    Catalog__CreateEventRequest *request = &input->request;
    int64_t earliest_ms = request->allow_past ? INT64_MIN : ts_now_ms(call);
    uint64_t refused = event_check(request) | date_check(&input->date, earliest_ms);
    Catalog__Organizer *organizer;
    int r = organizer_find(call, request->organizer_id, &organizer, NULL);

    if (r)
        return r;
    r = venue_of_check(call, request->venue_id, request->organizer_id, &refused);
    if (r)
        return r;
    if (!organizer)
        refused |= REFUSAL(ORGANIZER_UNKNOWN);
    if (refused)
        return catalog_refuse(call, refused);
    request->currency = request->currency ? request->currency : organizer->currency;
    request->time_zone = request->time_zone ? request->time_zone : organizer->time_zone;
    return 0;
}

static void event_fill(struct ts_call *call, const Catalog__CreateEventRequest *request, const char *id,
                       Catalog__Event *event)
{
    catalog__event__init(event);
    event->id = (char *)id;
    event->organizer_id = request->organizer_id;
    event->slug = request->slug;
    event->has_status = true;
    event->status = CATALOG__EVENT_STATUS__DRAFT;
    event->title = request->title;
    event->description = request->description;
    event->image_url = request->image_url;
    event->venue_id = request->venue_id;
    event->time_zone = request->time_zone;
    event->currency = request->currency;
    event->has_test_mode = true;
    event->test_mode = request->test_mode;
    event->has_created_at_ms = event->has_first_starts_at_ms = event->has_last_starts_at_ms = true;
    event->created_at_ms = ts_now_ms(call);
    event->first_starts_at_ms = event->last_starts_at_ms = request->starts_at;
    event->source_id = request->source_id;
}

static int event_make(struct ts_call *call, struct event_input *input, struct creation *creation)
{
    Catalog__CreateEventRequest *request = &input->request;
    Catalog__Event event;
    const char *taken_by;
    int r = creation_begin(call, creation, "evt");

    if (r)
        return r;
    creation->name = name_of(call, request->organizer_id, request->slug);
    r = name_find(call, creation->name, &taken_by);
    if (r < 0 || (taken_by && strcmp(taken_by, creation->id) != 0))
        return r < 0 ? r : CREATION_TAKEN;
    event_fill(call, request, creation->id, &event);
    input->date.id = (char *)ts_id_sibling(call, creation->id, "dat");
    input->date.event_id = event.id;
    input->date.organizer_id = event.organizer_id;
    creation->parts[0] = (struct creation_part){ NOUN_DATE, input->date.id, 0, &input->date.base };
    creation->parts[1] = (struct creation_part){ NOUN_EVENT, creation->id, 0, &event.base };
    creation->part_count = 2;
    return creation_write(call, creation);
}

/* Return: 0 and the reply filled; TS_REFUSED if its slug is another's after all; a ts_error. */
static int event_answer(struct ts_call *call, const char *id, Catalog__CreateEventReply *ret_reply)
{
    Catalog__Event *event;
    int64_t version;
    int r = event_find(call, id, &event, &version);

    if (r)
        return r;
    if (!event)
        return catalog_refuse(call, REFUSAL(SLUG_TAKEN));
    ret_reply->event = event;
    ret_reply->date_id = (char *)ts_id_sibling(call, id, "dat");
    ret_reply->grant = catalog_grant(call, event->organizer_id, event->id);
    catalog_tell(call, id, ret_reply->date_id, version);
    return 0;
}

int create_event(struct ts_call *call, const Catalog__CreateEventRequest *request, Catalog__CreateEventReply *ret_reply)
{
    struct event_input input;
    struct creation creation = { .operation = "createEvent", .input = &request->base };
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r)
        return r;
    event_input_init(call, request, &input);
    r = event_input_check(call, &input);
    for (unsigned tries = 0; r == 0 && tries < TRIES_MAX; tries++) {
        r = event_make(call, &input, &creation);
        if (r == 0)
            return event_answer(call, creation.id, ret_reply);
        if (r == CREATION_TAKEN)
            return catalog_refuse(call, REFUSAL(SLUG_TAKEN));
        if (r == CREATION_RACED)
            r = 0;
    }
    return r ? r : TS_EABORTED;
}

/* ---- changing */

/* Decide a status and what follows from it. Return: the set of refusals. */
static uint64_t event_turn(Catalog__Event *event, Catalog__EventStatus status, int64_t now_ms)
{
    uint64_t refused = status_check(event->status, status, event->has_sweeps);

    if (refused || event->status == status)
        return refused;
    event->has_status = true;
    event->status = status;
    if (status == CATALOG__EVENT_STATUS__CANCELLED && !event->has_sweeps) {
        event->has_sweeps = event->has_due_ms = true;
        event->sweeps = 0;
        event->due_ms = now_ms + TS_CALL_MS_MAX;
    }
    return 0;
}

/* An update's reply is its event as it is now. */
static void event_changed(struct ts_call *call, Catalog__Event *event, int64_t version)
{
    catalog_tell(call, event->id, NULL, version);
}

int publish_event(struct ts_call *call, const Catalog__PublishEventRequest *request,
                  Catalog__PublishEventReply *ret_reply)
{
    Catalog__Event *event;
    int64_t version;

    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        Catalog__EventStatus before;
        int r = catalog_event_for_staff(call, request->event_id, &event, &version);

        if (r)
            return r;
        before = event->status;
        if (event_turn(event, CATALOG__EVENT_STATUS__PUBLISHED, ts_now_ms(call)))
            return catalog_refuse(call, REFUSAL(EVENT_CLOSED));
        r = before == event->status ? 0 : event_put(call, event, version);
        if (r == TS_WRITE_CONFLICT)
            continue;
        if (r)
            return r;
        if (before != event->status)
            event_changed(call, event, version + 1);
        ret_reply->event = event;
        ret_reply->grant = catalog_grant(call, event->organizer_id, event->id);
        return 0;
    }
    return TS_EABORTED;
}

/* Apply what the update names. Return: the set of refusals. */
static uint64_t event_apply(struct ts_call *call, const Catalog__UpdateEventRequest *request, Catalog__Event *event)
{
    if (request->title)
        event->title = catalog_line(call, request->title);
    if (request->description || update_clears(request->clear, request->n_clear, "description"))
        event->description = request->description;
    if (request->image_url || update_clears(request->clear, request->n_clear, "image_url"))
        event->image_url = request->image_url;
    if (request->venue_id || update_clears(request->clear, request->n_clear, "venue_id"))
        event->venue_id = request->venue_id;
    return request->has_status ? event_turn(event, request->status, ts_now_ms(call)) : 0;
}

/* Put it and tell of it. Return: as event_put(). */
static int event_save(struct ts_call *call, Catalog__Event *event, int64_t version)
{
    int r = event_put(call, event, version);

    if (r == 0)
        event_changed(call, event, version + 1);
    return r;
}

/* What a change ends with. Return: 0 and the answer's parts; TS_WRITE_CONFLICT: decide again; TS_REFUSED; a ts_error.
 */
static int event_change(struct ts_call *call, Catalog__Event *event, int64_t version, uint64_t refused,
                        Catalog__Event **ret_event, Common__Grant **ret_grant)
{
    int r = refused ? catalog_refuse(call, refused) : event_save(call, event, version);

    if (r)
        return r;
    *ret_event = event;
    *ret_grant = catalog_grant(call, event->organizer_id, event->id);
    return 0;
}

/* Decide and put once. Return: as event_change(). */
static int event_update_once(struct ts_call *call, const Catalog__UpdateEventRequest *request,
                             Catalog__UpdateEventReply *ret_reply)
{
    Catalog__Event *event;
    int64_t version;
    uint64_t refused;
    int r = catalog_event_for_staff(call, request->event_id, &event, &version);

    if (r)
        return r;
    refused = event_update_check(request);
    r = venue_of_check(call, request->venue_id, event->organizer_id, &refused);
    if (r)
        return r;
    refused |= event_apply(call, request, event);
    return event_change(call, event, version, refused, &ret_reply->event, &ret_reply->grant);
}

int update_event(struct ts_call *call, const Catalog__UpdateEventRequest *request, Catalog__UpdateEventReply *ret_reply)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned tries = 0; r == TS_WRITE_CONFLICT && tries < TRIES_MAX; tries++)
        r = event_update_once(call, request, ret_reply);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* Return: as event_change(). */
static int translations_set_once(struct ts_call *call, const Catalog__SetEventTranslationsRequest *request,
                                 Catalog__SetEventTranslationsReply *ret_reply)
{
    Catalog__Event *event;
    int64_t version;
    int r = catalog_event_for_staff(call, request->event_id, &event, &version);

    if (r)
        return r;
    event->language = request->language;
    event->n_translations = request->n_translations;
    event->translations = request->translations;
    return event_change(call, event, version, event_translations_check(request), &ret_reply->event, &ret_reply->grant);
}

int set_event_translations(struct ts_call *call, const Catalog__SetEventTranslationsRequest *request,
                           Catalog__SetEventTranslationsReply *ret_reply)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned tries = 0; r == TS_WRITE_CONFLICT && tries < TRIES_MAX; tries++)
        r = translations_set_once(call, request, ret_reply);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* Return: 0; TS_WRITE_CONFLICT: look again; TS_REFUSED; a ts_error. */
static int waiting_room_mark_once(struct ts_call *call, const Catalog__MarkWaitingRoomRequest *request,
                                  Catalog__MarkWaitingRoomReply *ret_reply)
{
    Catalog__Event *event;
    int64_t version;
    int r = catalog_event_for_staff(call, request->event_id, &event, &version);

    if (r)
        return r;
    ret_reply->organizer_id = event->organizer_id;
    if (event->waiting_room)
        return 0;
    event->has_waiting_room = event->waiting_room = true;
    return event_save(call, event, version);
}

int mark_waiting_room(struct ts_call *call, const Catalog__MarkWaitingRoomRequest *request,
                      Catalog__MarkWaitingRoomReply *ret_reply)
{
    int r = TS_WRITE_CONFLICT;

    for (unsigned tries = 0; r == TS_WRITE_CONFLICT && tries < TRIES_MAX; tries++)
        r = waiting_room_mark_once(call, request, ret_reply);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

int event_on_due(struct ts_call *call, const char *id)
{
    Inventory__SweepDateRequest request = INVENTORY__SWEEP_DATE_REQUEST__INIT;
    const Inventory__SweepDateReply *swept;
    Catalog__Event *event;
    int64_t version;
    int r = event_find(call, id, &event, &version);

    if (r || !event || !event->has_due_ms)
        return r;
    request.event_id = event->id;
    r = inventory_sweep_date_as_system(call, &request, &swept);
    if (r)
        return r;
    event->sweeps++;
    event->has_due_ms = event->sweeps < SWEEPS;
    event->due_ms = ts_now_ms(call);
    r = event->has_due_ms ? 0 : catalog_tell_buyers(call, event->id, /* date_id= */ NULL);
    if (r)
        return r;
    r = event_put(call, event, version);
    return r == TS_WRITE_CONFLICT ? TS_EABORTED : r;
}

/* ---- reading */

/* The id that the request names, one way or the other; NULL when nothing has that name. */
static int event_named(struct ts_call *call, const Catalog__GetEventRequest *request, const char **ret_id)
{
    const char *organizer_id = NULL;
    int r = 0;

    *ret_id = request->id;
    if (request->id)
        return 0;
    if (!request->organizer || !request->slug)
        return ts_fail(call, TS_EINVALID, "Name an event by its id, or by its organizer's and its own slug.");
    if (ts_text_is_slug(request->organizer) && ts_text_is_slug(request->slug))
        r = name_find(call, name_of(call, NULL, request->organizer), &organizer_id);
    if (r || !organizer_id)
        return r;
    return name_find(call, name_of(call, organizer_id, request->slug), ret_id);
}

int get_event(struct ts_call *call, const Catalog__GetEventRequest *request, Catalog__GetEventReply *ret_reply)
{
    Catalog__Event *event = NULL;
    const char *id = NULL;
    int r = event_named(call, request, &id);

    if (r == 0 && id)
        r = event_find(call, id, &event, NULL);
    if (r || !event || !catalog_sees_event(call, NULL, event))
        return r;
    ret_reply->event = event;
    ret_reply->grant = catalog_grant(call, event->organizer_id, event->id);
    return 0;
}

int find_event(struct ts_call *call, const Catalog__FindEventRequest *request, Catalog__FindEventReply *ret_reply)
{
    Catalog__Event *event = NULL;
    int r = ts_require(call, TS_RIGHT_EVENTS, request->organizer_id, /* event_id= */ NULL);

    if (r == 0 && request->source_id)
        r = event_find_source(call, request->organizer_id, request->source_id, &event);
    if (r || !event)
        return r;
    ret_reply->event = event;
    ret_reply->grant = catalog_grant(call, event->organizer_id, event->id);
    return 0;
}

int get_events(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetEventsReply *ret_reply)
{
    const ProtobufCMessage **bodies;
    int r = noun_find_many(call, NOUN_EVENT, request->ids, request->n_ids, &bodies);

    if (r)
        return r;
    ret_reply->events = TS_NEW_ARRAY(call->arena, Catalog__Event *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Catalog__Event *event = (Catalog__Event *)bodies[i];

        if (!event || !catalog_sees_event(call, request->grant, event))
            continue;
        if (!request->grant) {
            event = noun_copy(call, &event->base);
            event->grant = catalog_grant(call, event->organizer_id, event->id);
        }
        ret_reply->events[ret_reply->n_events++] = event;
    }
    return 0;
}
