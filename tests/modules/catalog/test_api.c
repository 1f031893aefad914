/* The catalogue through the bus: each rpc, each refusal, keys, rights, cancellations, and a store that fails. */
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "fake_inventory.h"
#include "fake_orders.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"

extern const struct ts_module catalog_module;

static const struct ts_module *const modules[] = { &catalog_module, &fake_inventory_module, &fake_orders_module, NULL };

#define ST(name) CATALOG__EVENT_STATUS__##name
#define KEY "key-with-enough-characters"

/* ---- what tests set up with: each asserts that it went well */

static const Catalog__CreateOrganizerReply *call_create_organizer(struct ts_call *call, const char *slug)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;

    request.slug = (char *)slug;
    request.name = " The Fest ";
    request.currency = "EUR";
    request.time_zone = "Europe/Berlin";
    assert_int_equal(catalog_create_organizer(call, &request, &reply), 0);
    return reply;
}

static char *an_organizer(struct ts_call *call, const char *slug)
{
    const Catalog__CreateOrganizerReply *reply = call_create_organizer(call, slug);

    assert_int_equal(reply->n_refusals, 0);
    return reply->organizer->id;
}

static Catalog__CreateEventRequest event_request(char *organizer_id, const char *slug)
{
    Catalog__CreateEventRequest request = CATALOG__CREATE_EVENT_REQUEST__INIT;

    request.organizer_id = organizer_id;
    request.slug = (char *)slug;
    request.title = "A Gala";
    request.has_starts_at = true;
    request.starts_at = HARNESS_NOW_MS + TS_DAY_MS;
    return request;
}

static const Catalog__CreateEventReply *call_create_event(struct ts_call *call,
                                                          const Catalog__CreateEventRequest *request)
{
    const Catalog__CreateEventReply *reply;

    assert_int_equal(catalog_create_event(call, request, &reply), 0);
    return reply;
}

static char *an_event_at(struct ts_call *call, char *organizer_id, const char *slug, int64_t starts_at_ms)
{
    Catalog__CreateEventRequest request = event_request(organizer_id, slug);
    const Catalog__CreateEventReply *reply;

    request.starts_at = starts_at_ms;
    reply = call_create_event(call, &request);
    assert_int_equal(reply->n_refusals, 0);
    return reply->event->id;
}

static char *an_event(struct ts_call *call)
{
    return an_event_at(call, an_organizer(call, "fest"), "gala", HARNESS_NOW_MS + TS_DAY_MS);
}

static const Catalog__PublishEventReply *call_publish(struct ts_call *call, char *event_id)
{
    Catalog__PublishEventRequest request = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__PublishEventReply *reply;

    request.event_id = event_id;
    assert_int_equal(catalog_publish_event(call, &request, &reply), 0);
    return reply;
}

static char *a_published_event(struct ts_call *call)
{
    char *event_id = an_event(call);

    assert_int_equal(call_publish(call, event_id)->event->status, ST(PUBLISHED));
    return event_id;
}

static const Catalog__UpdateEventReply *call_set_status(struct ts_call *call, char *event_id,
                                                        Catalog__EventStatus status)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;

    request.event_id = event_id;
    request.has_status = true;
    request.status = status;
    assert_int_equal(catalog_update_event(call, &request, &reply), 0);
    return reply;
}

static const Catalog__CreateEventDateReply *call_create_date(struct ts_call *call, char *event_id, int64_t starts_at_ms)
{
    Catalog__CreateEventDateRequest request = CATALOG__CREATE_EVENT_DATE_REQUEST__INIT;
    const Catalog__CreateEventDateReply *reply;

    request.event_id = event_id;
    request.has_starts_at = true;
    request.starts_at = starts_at_ms;
    assert_int_equal(catalog_create_event_date(call, &request, &reply), 0);
    return reply;
}

static char *a_date(struct ts_call *call, char *event_id, int64_t starts_at_ms)
{
    const Catalog__CreateEventDateReply *reply = call_create_date(call, event_id, starts_at_ms);

    assert_int_equal(reply->n_refusals, 0);
    return reply->event_date->id;
}

static Catalog__CreateTicketTypeRequest type_request(char *event_id)
{
    Catalog__CreateTicketTypeRequest request = CATALOG__CREATE_TICKET_TYPE_REQUEST__INIT;

    request.event_id = event_id;
    request.name = "Standard";
    request.price = "12.50";
    return request;
}

static char *a_type(struct ts_call *call, char *event_id)
{
    Catalog__CreateTicketTypeRequest request = type_request(event_id);
    const Catalog__CreateTicketTypeReply *reply;

    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    return reply->ticket_type->id;
}

static const Catalog__Event *event_of(struct ts_call *call, char *event_id)
{
    Catalog__GetEventRequest request = CATALOG__GET_EVENT_REQUEST__INIT;
    const Catalog__GetEventReply *reply;

    request.id = event_id;
    assert_int_equal(catalog_get_event(call, &request, &reply), 0);
    return reply->event;
}

static const Catalog__EventConnection *events_of(struct ts_call *call, Catalog__ListEventsRequest *request)
{
    const Catalog__ListEventsReply *reply;

    assert_int_equal(catalog_list_events(call, request, &reply), 0);
    assert_non_null(reply->root);
    return reply->root;
}

/* ---- organizers */

static void create_organizer__answers_with_a_staff_grant(struct ts_call *call)
{
    const Catalog__CreateOrganizerReply *reply = call_create_organizer(call, "fest");

    assert_true(ts_id_is(reply->organizer->id, "org"));
    assert_string_equal(reply->organizer->name, "The Fest");
    assert_int_equal(reply->organizer->created_at_ms, ts_now_ms(call));
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__STAFF);
    assert_string_equal(reply->grant->subject, reply->organizer->id);
}

static void create_organizer__is_the_owners_alone(struct ts_call *call)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.slug = "fest";
    assert_int_equal(catalog_create_organizer(call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void create_organizer__refuses_a_taken_slug(struct ts_call *call)
{
    an_organizer(call, "fest");
    harness_assert_refused(call_create_organizer(call, "fest"), CONFLICT, "slug");
    assert_null(call_create_organizer(call, "fest")->organizer);
}

static void create_organizer__names_each_bad_input(struct ts_call *call)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;

    assert_int_equal(catalog_create_organizer(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 4);
    assert_string_equal(reply->refusals[0]->path[0], "slug");
    assert_string_equal(reply->refusals[3]->path[0], "timeZone");
}

static void create_organizer__has_one_effect_per_key(struct ts_call *call)
{
    const Catalog__CreateOrganizerReply *first;

    harness_key(call, KEY);
    first = call_create_organizer(call, "fest");
    assert_string_equal(call_create_organizer(call, "fest")->organizer->id, first->organizer->id);
    harness_assert_refused(call_create_organizer(call, "other"), IDEMPOTENCY_KEY_REUSED, "idempotencyKey");
}

static void create_organizer__a_refusal_does_not_use_up_the_key(struct ts_call *call)
{
    an_organizer(call, "fest");
    harness_key(call, KEY);
    harness_assert_refused(call_create_organizer(call, "fest"), CONFLICT, "slug");
    assert_int_equal(call_create_organizer(call, "other")->n_refusals, 0);
}

static void get_organizer__finds_by_slug_and_says_who_asks(struct ts_call *call)
{
    Catalog__GetOrganizerRequest request = CATALOG__GET_ORGANIZER_REQUEST__INIT;
    const Catalog__GetOrganizerReply *reply;
    char *id = an_organizer(call, "fest");

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.slug = "fest";
    assert_int_equal(catalog_get_organizer(call, &request, &reply), 0);
    assert_string_equal(reply->organizer->id, id);
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__PUBLIC);
    request.slug = "feste";
    assert_int_equal(catalog_get_organizer(call, &request, &reply), 0);
    assert_null(reply->organizer);
    request.slug = "Not A Slug";
    assert_int_equal(catalog_get_organizer(call, &request, &reply), 0);
    assert_null(reply->organizer);
}

static void get_organizers__leaves_out_what_is_not_there(struct ts_call *call)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;
    char *ids[] = { "org_00000000000000000000000000", "nonsense", an_organizer(call, "fest") };

    request.ids = ids;
    request.n_ids = 3;
    assert_int_equal(catalog_get_organizers(call, &request, &reply), 0);
    assert_int_equal(reply->n_organizers, 1);
    assert_string_equal(reply->organizers[0]->id, ids[2]);
    assert_int_equal(reply->organizers[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
}

static void list_organizers__is_for_staff_of_all(struct ts_call *call)
{
    Catalog__ListOrganizersRequest request = CATALOG__LIST_ORGANIZERS_REQUEST__INIT;
    const Catalog__ListOrganizersReply *reply;
    char *id = an_organizer(call, "fest");

    assert_int_equal(catalog_list_organizers(call, &request, &reply), 0);
    assert_int_equal(reply->n_ids, 1);
    assert_string_equal(reply->ids[0], id);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_list_organizers(call, &request, &reply), TS_EUNAUTHENTICATED);
    harness_as(call, TS_PRINCIPAL_USER);
    assert_int_equal(catalog_list_organizers(call, &request, &reply), TS_EDENIED);
}

/* ---- venues */

static void create_venue__keeps_what_was_given(struct ts_call *call)
{
    Catalog__CreateVenueRequest request = CATALOG__CREATE_VENUE_REQUEST__INIT;
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__CreateVenueReply *reply;
    const Catalog__GetVenuesReply *found;

    request.organizer_id = an_organizer(call, "fest");
    request.name = "Hall";
    request.city = " ";
    request.country = "DE";
    request.has_latitude = request.has_longitude = true;
    request.latitude = 52.5;
    request.longitude = 13.4;
    assert_int_equal(catalog_create_venue(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    ids.ids = &reply->venue->id;
    ids.n_ids = 1;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_get_venues(call, &ids, &found), 0);
    assert_int_equal(found->n_venues, 1);
    assert_string_equal(found->venues[0]->name, "Hall");
    assert_null(found->venues[0]->city);
    assert_true(found->venues[0]->latitude == 52.5);
    assert_int_equal(found->venues[0]->grant->kind, COMMON__GRANT__KIND__PUBLIC);
}

static void create_venue__refuses_an_unknown_organizer(struct ts_call *call)
{
    Catalog__CreateVenueRequest request = CATALOG__CREATE_VENUE_REQUEST__INIT;
    const Catalog__CreateVenueReply *reply;

    request.organizer_id = "org_00000000000000000000000000";
    request.name = "Hall";
    assert_int_equal(catalog_create_venue(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "organizerId");
}

/* ---- events */

/* What the organizer's pages may be framed by, as everybody reads it; one text. */
static const char *embed_origins_of(struct ts_call *call, char *id)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;
    const char *text = "";

    request.ids = &id;
    request.n_ids = 1;
    assert_int_equal(catalog_get_organizers(call, &request, &reply), 0);
    for (size_t i = 0; i < reply->organizers[0]->n_embed_origins; i++)
        text = ts_printf(call->arena, "%s%s ", text, reply->organizers[0]->embed_origins[i]);
    return text;
}

static const Catalog__SetEmbedOriginsReply *call_set_embed_origins(struct ts_call *call, char *id, char **origins,
                                                                   size_t count)
{
    Catalog__SetEmbedOriginsRequest request = CATALOG__SET_EMBED_ORIGINS_REQUEST__INIT;
    const Catalog__SetEmbedOriginsReply *reply;

    request.organizer_id = id;
    request.origins = origins;
    request.n_origins = count;
    assert_int_equal(catalog_set_embed_origins(call, &request, &reply), 0);
    return reply;
}

static void set_embed_origins__replaces_the_list(struct ts_call *call)
{
    char *id = an_organizer(call, "fest");
    char *two[] = { "https://a.example", "https://b.example:8443" };

    assert_string_equal(embed_origins_of(call, id), "");
    assert_int_equal(call_set_embed_origins(call, id, two, 2)->organizer->n_embed_origins, 2);
    assert_string_equal(embed_origins_of(call, id), "https://a.example https://b.example:8443 ");
    call_set_embed_origins(call, id, &two[1], 1);
    assert_string_equal(embed_origins_of(call, id), "https://b.example:8443 ");
    call_set_embed_origins(call, id, NULL, 0);
    assert_string_equal(embed_origins_of(call, id), "");
}

static void set_embed_origins__refuses_without_an_effect(struct ts_call *call)
{
    char *id = an_organizer(call, "fest");
    char *wrong[] = { "https://a.example", "https://*.example" }, *many[21];
    Catalog__SetEmbedOriginsRequest request = CATALOG__SET_EMBED_ORIGINS_REQUEST__INIT;
    const Catalog__SetEmbedOriginsReply *reply;

    call_set_embed_origins(call, id, wrong, 1);
    harness_assert_refused(call_set_embed_origins(call, id, wrong, 2), INVALID_INPUT, "origins");
    for (size_t i = 0; i < 21; i++)
        many[i] = wrong[0];
    harness_assert_refused(call_set_embed_origins(call, id, many, 21), OVER_LIMIT, "origins");
    harness_assert_refused(call_set_embed_origins(call, "org_00000000000000000000000000", wrong, 1), NOT_FOUND,
                           "organizerId");
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.organizer_id = id;
    assert_int_equal(catalog_set_embed_origins(call, &request, &reply), TS_EUNAUTHENTICATED);
    assert_string_equal(embed_origins_of(call, id), "https://a.example ");
}

/* The organizer as everybody reads it. */
static const Catalog__Organizer *organizer_of(struct ts_call *call, char *id)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;

    request.ids = &id;
    request.n_ids = 1;
    assert_int_equal(catalog_get_organizers(call, &request, &reply), 0);
    return reply->organizers[0];
}

static void set_theme__replaces_both_and_refuses_without_an_effect(struct ts_call *call)
{
    char *id = an_organizer(call, "fest");
    Catalog__SetThemeRequest request = CATALOG__SET_THEME_REQUEST__INIT;
    const Catalog__SetThemeReply *reply;

    assert_null(organizer_of(call, id)->accent_color);
    request.organizer_id = id;
    request.accent_color = "#aa3300";
    request.logo_url = "https://a.example/logo.svg";
    assert_int_equal(catalog_set_theme(call, &request, &reply), 0);
    assert_string_equal(reply->organizer->accent_color, "#aa3300");
    assert_string_equal(organizer_of(call, id)->logo_url, "https://a.example/logo.svg");
    request.accent_color = "red";
    assert_int_equal(catalog_set_theme(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "accentColor");
    assert_string_equal(organizer_of(call, id)->accent_color, "#aa3300");
    request.accent_color = NULL;
    assert_int_equal(catalog_set_theme(call, &request, &reply), 0);
    assert_null(organizer_of(call, id)->accent_color);
    request.organizer_id = "org_00000000000000000000000000";
    assert_int_equal(catalog_set_theme(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "organizerId");
    request.organizer_id = id;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_set_theme(call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void set_legal_texts__replaces_all_three(struct ts_call *call)
{
    char *id = an_organizer(call, "fest");
    Catalog__SetLegalTextsRequest request = CATALOG__SET_LEGAL_TEXTS_REQUEST__INIT;
    const Catalog__SetLegalTextsReply *reply;

    request.organizer_id = id;
    request.imprint = "Fest GmbH";
    request.terms = "No refunds.\n\nUnless the law says so.";
    assert_int_equal(catalog_set_legal_texts(call, &request, &reply), 0);
    assert_string_equal(organizer_of(call, id)->terms, request.terms);
    assert_null(organizer_of(call, id)->privacy);
    request.imprint = "a\x01";
    assert_int_equal(catalog_set_legal_texts(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "imprint");
    request.imprint = NULL;
    request.privacy = "We keep what a sale needs.";
    assert_int_equal(catalog_set_legal_texts(call, &request, &reply), 0);
    assert_null(organizer_of(call, id)->imprint);
    assert_string_equal(organizer_of(call, id)->privacy, request.privacy);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_set_legal_texts(call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void create_event__makes_a_draft_with_its_first_date(struct ts_call *call)
{
    char *organizer_id = an_organizer(call, "fest");
    Catalog__CreateEventRequest request = event_request(organizer_id, "gala");
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__CreateEventReply *reply;
    const Catalog__GetEventDatesReply *dates;

    request.has_ends_at = request.has_doors_at = true;
    request.ends_at = request.starts_at + TS_HOUR_MS;
    request.doors_at = request.starts_at - TS_HOUR_MS;
    reply = call_create_event(call, &request);
    assert_int_equal(reply->event->status, ST(DRAFT));
    assert_string_equal(reply->event->currency, "EUR");
    assert_string_equal(reply->event->time_zone, "Europe/Berlin");
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__STAFF);
    ids.ids = (char **)&reply->date_id;
    ids.n_ids = 1;
    assert_int_equal(catalog_get_event_dates(call, &ids, &dates), 0);
    assert_int_equal(dates->n_dates, 1);
    assert_int_equal(dates->dates[0]->starts_at_ms, request.starts_at);
    assert_int_equal(dates->dates[0]->ends_at_ms, request.ends_at);
    assert_int_equal(dates->dates[0]->doors_at_ms, request.doors_at);
    assert_int_equal(dates->dates[0]->status, ST(DRAFT));
}

static void create_event__refuses_the_past_unless_it_is_imported(struct ts_call *call)
{
    Catalog__CreateEventRequest request = event_request(an_organizer(call, "fest"), "gala");

    request.starts_at = HARNESS_NOW_MS - 1;
    harness_assert_refused(call_create_event(call, &request), INVALID_INPUT, "startsAt");
    request.has_allow_past = request.allow_past = true;
    assert_int_equal(call_create_event(call, &request)->n_refusals, 0);
}

static void create_event__slugs_are_unique_within_an_organizer(struct ts_call *call)
{
    char *first = an_organizer(call, "fest"), *second = an_organizer(call, "club");
    Catalog__CreateEventRequest request = event_request(first, "gala");

    assert_int_equal(call_create_event(call, &request)->n_refusals, 0);
    harness_assert_refused(call_create_event(call, &request), CONFLICT, "slug");
    request.organizer_id = second;
    assert_int_equal(call_create_event(call, &request)->n_refusals, 0);
}

static void create_event__refuses_another_organizers_venue(struct ts_call *call)
{
    Catalog__CreateVenueRequest venue = CATALOG__CREATE_VENUE_REQUEST__INIT;
    Catalog__CreateEventRequest request = event_request(an_organizer(call, "fest"), "gala");
    const Catalog__CreateVenueReply *reply;

    venue.organizer_id = an_organizer(call, "club");
    venue.name = "Hall";
    assert_int_equal(catalog_create_venue(call, &venue, &reply), 0);
    request.venue_id = reply->venue->id;
    harness_assert_refused(call_create_event(call, &request), NOT_FOUND, "venueId");
    request.venue_id = "ven_00000000000000000000000000";
    harness_assert_refused(call_create_event(call, &request), NOT_FOUND, "venueId");
}

static void create_event__has_one_effect_per_key(struct ts_call *call)
{
    Catalog__CreateEventRequest request = event_request(an_organizer(call, "fest"), "gala");
    const Catalog__CreateEventReply *first;

    harness_key(call, KEY);
    first = call_create_event(call, &request);
    assert_string_equal(call_create_event(call, &request)->event->id, first->event->id);
    request.title = "Another";
    harness_assert_refused(call_create_event(call, &request), IDEMPOTENCY_KEY_REUSED, "idempotencyKey");
}

static void get_event__a_draft_is_absent_for_the_public(struct ts_call *call)
{
    Catalog__GetEventRequest request = CATALOG__GET_EVENT_REQUEST__INIT;
    const Catalog__GetEventReply *reply;
    char *event_id = an_event(call);

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_null(event_of(call, event_id));
    harness_as(call, TS_PRINCIPAL_OWNER);
    call_publish(call, event_id);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.organizer = "fest";
    request.slug = "gala";
    assert_int_equal(catalog_get_event(call, &request, &reply), 0);
    assert_string_equal(reply->event->id, event_id);
    assert_int_equal(reply->grant->kind, COMMON__GRANT__KIND__PUBLIC);
    request.slug = "ball";
    assert_int_equal(catalog_get_event(call, &request, &reply), 0);
    assert_null(reply->event);
    request.organizer = NULL;
    assert_int_equal(catalog_get_event(call, &request, &reply), TS_EINVALID);
}

static void get_events__shows_what_the_grant_may_see(struct ts_call *call)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    Common__Grant grant = COMMON__GRANT__INIT;
    const Catalog__GetEventsReply *reply;
    char *event_id = an_event(call);

    request.ids = &event_id;
    request.n_ids = 1;
    assert_int_equal(catalog_get_events(call, &request, &reply), 0);
    assert_int_equal(reply->n_events, 1);
    assert_int_equal(reply->events[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    grant.has_kind = true;
    grant.kind = COMMON__GRANT__KIND__PUBLIC;
    request.grant = &grant;
    assert_int_equal(catalog_get_events(call, &request, &reply), 0);
    assert_int_equal(reply->n_events, 0);
    grant.kind = COMMON__GRANT__KIND__STAFF;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_get_events(call, &request, &reply), 0);
    assert_int_equal(reply->n_events, 0);
}

static void publish_event__is_idempotent_and_staffs_alone(struct ts_call *call)
{
    Catalog__PublishEventRequest request = CATALOG__PUBLISH_EVENT_REQUEST__INIT;
    const Catalog__PublishEventReply *reply;

    request.event_id = a_published_event(call);
    assert_int_equal(call_publish(call, request.event_id)->event->status, ST(PUBLISHED));
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_publish_event(call, &request, &reply), TS_EUNAUTHENTICATED);
    harness_as(call, TS_PRINCIPAL_OWNER);
    harness_assert_refused(call_publish(call, "evt_00000000000000000000000000"), NOT_FOUND, "eventId");
    call_set_status(call, request.event_id, ST(CANCELLED));
    harness_assert_refused(call_publish(call, request.event_id), CONFLICT, "eventId");
}

static void update_event__changes_what_it_names_and_clears_null(struct ts_call *call)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;
    char *clear[] = { "description" };

    request.event_id = an_event(call);
    request.title = " New ";
    request.description = "Long";
    request.image_url = "https://a.example/i";
    assert_int_equal(catalog_update_event(call, &request, &reply), 0);
    assert_string_equal(reply->event->title, "New");
    request.title = request.description = request.image_url = NULL;
    request.clear = clear;
    request.n_clear = 1;
    assert_int_equal(catalog_update_event(call, &request, &reply), 0);
    assert_string_equal(event_of(call, request.event_id)->title, "New");
    assert_string_equal(event_of(call, request.event_id)->image_url, "https://a.example/i");
    assert_null(event_of(call, request.event_id)->description);
    clear[0] = "title";
    assert_int_equal(catalog_update_event(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "title");
}

static void update_event__refuses_a_way_back(struct ts_call *call)
{
    char *event_id = a_published_event(call);

    harness_assert_refused(call_set_status(call, event_id, ST(DRAFT)), CONFLICT, "status");
    assert_int_equal(call_set_status(call, event_id, ST(POSTPONED))->event->status, ST(POSTPONED));
    assert_int_equal(call_set_status(call, event_id, ST(CANCELLED))->event->status, ST(CANCELLED));
    harness_assert_refused(call_set_status(call, event_id, ST(PUBLISHED)), CONFLICT, "status");
    assert_int_equal(event_of(call, event_id)->status, ST(CANCELLED));
}

static void update_event__a_cancellation_is_swept_twice_and_ends(struct ts_call *call)
{
    char *event_id = a_published_event(call);

    call_set_status(call, event_id, ST(CANCELLED));
    harness_advance(call, TS_CALL_MS_MAX - TS_SECOND_MS);
    assert_int_equal(fake_inventory_of(call)->sweeps, 0);
    harness_advance(call, TS_SECOND_MS);
    harness_advance(call, TS_MINUTE_MS);
    assert_int_equal(fake_inventory_of(call)->sweeps, 2);
    assert_string_equal(fake_inventory_of(call)->event_id, event_id);
    assert_string_equal(fake_inventory_of(call)->date_id, "");
    assert_false(event_of(call, event_id)->has_due_ms);
    assert_int_equal(event_of(call, event_id)->sweeps, 2);
    assert_int_equal(fake_orders_of(call)->told, 1);
    assert_string_equal(fake_orders_of(call)->event_id, event_id);
    assert_string_equal(fake_orders_of(call)->date_id, "");
}

static void update_event__a_cancellation_ends_when_buyers_are_told(struct ts_call *call)
{
    char *event_id = a_published_event(call);

    fake_orders_of(call)->fails = true;
    call_set_status(call, event_id, ST(CANCELLED));
    harness_advance(call, TS_CALL_MS_MAX);
    assert_true(event_of(call, event_id)->has_due_ms);
    assert_int_equal(fake_orders_of(call)->told, 0);
    harness_advance(call, TS_MINUTE_MS);
    assert_false(event_of(call, event_id)->has_due_ms);
    assert_int_equal(fake_orders_of(call)->told, 1);
}

/* ---- lists of events */

static void list_events__are_upcoming_and_by_first_date(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    char *organizer_id = an_organizer(call, "fest");
    char *late = an_event_at(call, organizer_id, "late", HARNESS_NOW_MS + 3 * TS_DAY_MS);
    char *early = an_event_at(call, organizer_id, "early", HARNESS_NOW_MS + TS_HOUR_MS);
    const Catalog__EventConnection *events = events_of(call, &request);

    assert_int_equal(events->total_count, 2);
    assert_string_equal(events->edges[0]->node->id, early);
    assert_string_equal(events->edges[1]->node->id, late);
    assert_false(events->page_info->has_next_page);
    assert_false(events->page_info->has_previous_page);
    harness_advance(call, TS_DAY_MS + TS_HOUR_MS + 1);
    assert_int_equal(events_of(call, &request)->total_count, 1);
}

static const Catalog__ListEventsReply *events_with(struct ts_call *call, bool venues, bool dates, bool types)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__ListEventsReply *reply;

    request.has_venues_ahead = request.has_next_dates_ahead = request.has_ticket_types_ahead = true;
    request.venues_ahead = venues;
    request.next_dates_ahead = dates;
    request.ticket_types_ahead = types;
    assert_int_equal(catalog_list_events(call, &request, &reply), 0);
    assert_true(reply->ahead);
    return reply;
}

static void same_messages(const void *left, const void *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *a = ((const ProtobufCMessage *const *)left)[i];
        const ProtobufCMessage *b = ((const ProtobufCMessage *const *)right)[i];
        size_t size = protobuf_c_message_get_packed_size(a);
        uint8_t *bytes = test_malloc(2 * size + 1);

        assert_int_equal(protobuf_c_message_get_packed_size(b), size);
        protobuf_c_message_pack(a, bytes);
        protobuf_c_message_pack(b, bytes + size);
        assert_memory_equal(bytes, bytes + size, size);
        test_free(bytes);
    }
}

/* What comes ahead of joins is what the joins' own rpcs answer: a series, an event without a venue, one without types.
 */
static void list_events__brings_what_joins_would_ask_for(struct ts_call *call)
{
    char *organizer_id = an_organizer(call, "fest"), *ids[3];
    Catalog__EventIdsRequest of_events = CATALOG__EVENT_IDS_REQUEST__INIT;
    const Catalog__ListTicketTypesReply *types;
    const Catalog__GetNextDatesReply *dates;
    const Catalog__ListEventsReply *all, *none;

    ids[0] = an_event_at(call, organizer_id, "one", HARNESS_NOW_MS + TS_HOUR_MS);
    ids[1] = an_event_at(call, organizer_id, "series", HARNESS_NOW_MS + 2 * TS_HOUR_MS);
    ids[2] = an_event_at(call, organizer_id, "bare", HARNESS_NOW_MS + 3 * TS_HOUR_MS);
    (void)a_date(call, ids[1], HARNESS_NOW_MS + 5 * TS_HOUR_MS);
    (void)a_type(call, ids[0]);
    (void)a_type(call, ids[1]);
    (void)a_type(call, ids[1]);
    harness_advance(call, 2 * TS_HOUR_MS + 1); /* the series goes on */
    of_events.event_ids = ids;
    of_events.n_event_ids = 3;
    assert_int_equal(catalog_get_next_dates(call, &of_events, &dates), 0);
    assert_int_equal(catalog_list_ticket_types(call, &of_events, &types), 0);

    all = events_with(call, true, true, true);
    assert_int_equal(all->root->n_edges, 3);
    assert_int_equal(all->n_next_dates_ahead, dates->n_dates);
    same_messages(all->next_dates_ahead, dates->dates, dates->n_dates);
    assert_int_equal(all->n_ticket_types_ahead, types->n_events);
    same_messages(all->ticket_types_ahead, types->events, types->n_events);
    assert_int_equal(all->next_dates_ahead[1]->starts_at_ms, HARNESS_NOW_MS + 5 * TS_HOUR_MS);
    assert_int_equal(all->ticket_types_ahead[1]->n_ticket_types, 2);

    none = events_with(call, false, false, false);
    assert_int_equal(none->n_venues_ahead + none->n_next_dates_ahead + none->n_ticket_types_ahead, 0);
}

/* What was worked out for the page before must not outlive what it was worked out from. */
static void list_events__shows_each_change(struct ts_call *call)
{
    char *organizer_id = an_organizer(call, "fest");
    char *event_id = an_event_at(call, organizer_id, "one", HARNESS_NOW_MS + TS_HOUR_MS);
    const int64_t second_ms = HARNESS_NOW_MS + 5 * TS_HOUR_MS;
    const Catalog__ListEventsReply *old = events_with(call, true, true, true), *new;

    assert_int_equal(old->ticket_types_ahead[0]->n_ticket_types, 0);
    (void)a_type(call, event_id);
    assert_int_equal(events_with(call, true, true, true)->ticket_types_ahead[0]->n_ticket_types, 1);
    (void)a_date(call, event_id, second_ms);
    assert_int_equal(events_with(call, true, true, true)->next_dates_ahead[0]->starts_at_ms,
                     HARNESS_NOW_MS + TS_HOUR_MS);
    harness_advance(call, TS_HOUR_MS + 1); /* nothing is written, but the first date is past */
    assert_int_equal(events_with(call, true, true, true)->next_dates_ahead[0]->starts_at_ms, second_ms);
    (void)an_event_at(call, organizer_id, "two", HARNESS_NOW_MS + 2 * TS_HOUR_MS);
    new = events_with(call, true, true, true);
    assert_int_equal(new->root->n_edges, 2);
    assert_string_equal(new->root->edges[0]->node->id, event_id);
    assert_int_equal(old->ticket_types_ahead[0]->n_ticket_types, 0);
    assert_int_equal(old->root->n_edges, 1);
}

static void list_events__pages_by_cursor(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__EventConnection *events;
    char *organizer_id = an_organizer(call, "fest"), *ids[5], slug[] = "e0";

    for (unsigned i = 0; i < 5; i++) {
        slug[1] = (char)('0' + i);
        ids[i] = an_event_at(call, organizer_id, slug, HARNESS_NOW_MS + TS_HOUR_MS);
    }
    request.has_first = true;
    request.first = 2;
    for (unsigned i = 0; i < 5; i += 2) {
        events = events_of(call, &request);
        assert_int_equal(events->total_count, 5);
        assert_string_equal(events->edges[0]->node->id, ids[i]);
        assert_int_equal(events->page_info->has_next_page, i < 4);
        assert_int_equal(events->page_info->has_previous_page, i > 0);
        request.after = events->page_info->end_cursor;
    }
    assert_int_equal(events_of(call, &request)->n_edges, 0);
}

static void list_events__refuses_a_bad_first_or_cursor(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__ListEventsReply *reply;
    const int32_t wrong[] = { 0, -1, TS_PAGE_SIZE_MAX + 1 };

    request.has_first = true;
    for (size_t i = 0; i < 3; i++) {
        request.first = wrong[i];
        assert_int_equal(catalog_list_events(call, &request, &reply), TS_EINVALID);
    }
    request.first = TS_PAGE_SIZE_MAX;
    request.after = "nonsense";
    assert_int_equal(catalog_list_events(call, &request, &reply), TS_EINVALID);
    request.after = "";
    assert_int_equal(catalog_list_events(call, &request, &reply), TS_EINVALID);
}

static void list_events__shows_the_public_what_is_public(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    Catalog__EventFilter filter = CATALOG__EVENT_FILTER__INIT;
    Catalog__EventStatus all[] = { ST(DRAFT), ST(PUBLISHED), ST(POSTPONED), ST(CANCELLED), ST(ARCHIVED) };
    char *organizer_id = an_organizer(call, "fest"), slug[] = "e0";

    for (unsigned i = 0; i < 5; i++) {
        char *event_id;

        slug[1] = (char)('0' + i);
        event_id = an_event_at(call, organizer_id, slug, HARNESS_NOW_MS + TS_HOUR_MS);
        if (i)
            call_publish(call, event_id);
        if (i > 1)
            call_set_status(call, event_id, all[i]);
    }
    assert_int_equal(events_of(call, &request)->total_count, 4);
    request.filter = &filter;
    filter.status = all;
    filter.n_status = 5;
    assert_int_equal(events_of(call, &request)->total_count, 5);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(events_of(call, &request)->total_count, 3);
    filter.n_status = 1;
    assert_int_equal(events_of(call, &request)->total_count, 0);
    request.filter = NULL;
    assert_int_equal(events_of(call, &request)->total_count, 3);
}

static void list_events__filters_by_time_organizer_words_and_city(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    Catalog__EventFilter filter = CATALOG__EVENT_FILTER__INIT;
    Catalog__CreateVenueRequest venue = CATALOG__CREATE_VENUE_REQUEST__INIT;
    const Catalog__CreateVenueReply *venue_reply;
    char *organizer_id = an_organizer(call, "fest"), *other_id = an_organizer(call, "club");
    Catalog__CreateEventRequest event = event_request(organizer_id, "gala");

    venue.organizer_id = organizer_id;
    venue.name = "Hall";
    venue.city = "Berlin";
    assert_int_equal(catalog_create_venue(call, &venue, &venue_reply), 0);
    event.venue_id = venue_reply->venue->id;
    call_create_event(call, &event);
    an_event_at(call, other_id, "ball", HARNESS_NOW_MS + 3 * TS_DAY_MS);
    request.filter = &filter;
    filter.city = "BERLIN";
    assert_int_equal(events_of(call, &request)->total_count, 1);
    filter.city = "Bonn";
    assert_int_equal(events_of(call, &request)->total_count, 0);
    filter.city = NULL;
    filter.organizer = "club";
    assert_int_equal(events_of(call, &request)->total_count, 1);
    filter.organizer = "nobody";
    assert_int_equal(events_of(call, &request)->total_count, 0);
    filter.organizer = NULL;
    filter.query = "gala a";
    assert_int_equal(events_of(call, &request)->total_count, 2);
    filter.query = "ball";
    assert_int_equal(events_of(call, &request)->total_count, 0);
    filter.query = NULL;
    filter.has_starts_after = true;
    filter.starts_after = HARNESS_NOW_MS + 3 * TS_DAY_MS;
    assert_int_equal(events_of(call, &request)->total_count, 1);
    filter.has_starts_before = true;
    filter.starts_before = HARNESS_NOW_MS + 3 * TS_DAY_MS;
    assert_int_equal(events_of(call, &request)->total_count, 0);
    filter.has_starts_after = false;
    assert_int_equal(events_of(call, &request)->total_count, 1);
}

static void list_events__one_connection_for_each_organizer(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__ListEventsReply *reply;
    char *ids[] = { an_organizer(call, "fest"), an_organizer(call, "club") };

    an_event_at(call, ids[1], "gala", HARNESS_NOW_MS + TS_HOUR_MS);
    request.organizer_ids = ids;
    request.n_organizer_ids = 2;
    assert_int_equal(catalog_list_events(call, &request, &reply), 0);
    assert_int_equal(reply->n_connections, 2);
    assert_string_equal(reply->connections[1]->organizer_id, ids[1]);
    assert_int_equal(reply->connections[0]->total_count, 0);
    assert_int_equal(reply->connections[1]->total_count, 1);
}

/* ---- dates */

static void create_event_date__widens_the_event(struct ts_call *call)
{
    char *event_id = an_event(call);
    const int64_t first_ms = event_of(call, event_id)->first_starts_at_ms;

    a_date(call, event_id, first_ms + TS_DAY_MS);
    a_date(call, event_id, first_ms - TS_HOUR_MS);
    assert_int_equal(event_of(call, event_id)->first_starts_at_ms, first_ms - TS_HOUR_MS);
    assert_int_equal(event_of(call, event_id)->last_starts_at_ms, first_ms + TS_DAY_MS);
    harness_assert_refused(call_create_date(call, event_id, HARNESS_NOW_MS - 1), INVALID_INPUT, "startsAt");
    call_set_status(call, event_id, ST(CANCELLED));
    harness_assert_refused(call_create_date(call, event_id, first_ms), CONFLICT, "eventId");
}

static void create_event_date__has_one_effect_per_key(struct ts_call *call)
{
    char *event_id = an_event(call), *id;

    harness_key(call, KEY);
    id = a_date(call, event_id, HARNESS_NOW_MS + TS_DAY_MS);
    assert_string_equal(a_date(call, event_id, HARNESS_NOW_MS + TS_DAY_MS), id);
    harness_assert_refused(call_create_date(call, event_id, HARNESS_NOW_MS + TS_HOUR_MS), IDEMPOTENCY_KEY_REUSED,
                           "idempotencyKey");
}

static const Catalog__NextDate *next_of(struct ts_call *call, char *event_id)
{
    Catalog__EventIdsRequest request = CATALOG__EVENT_IDS_REQUEST__INIT;
    const Catalog__GetNextDatesReply *reply;

    request.event_ids = &event_id;
    request.n_event_ids = 1;
    assert_int_equal(catalog_get_next_dates(call, &request, &reply), 0);
    assert_int_equal(reply->n_dates, 1);
    return reply->dates[0];
}

static void cancel_date(struct ts_call *call, char *date_id)
{
    Catalog__CancelEventDateRequest request = CATALOG__CANCEL_EVENT_DATE_REQUEST__INIT;
    const Catalog__CancelEventDateReply *reply;

    request.date_id = date_id;
    assert_int_equal(catalog_cancel_event_date(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_int_equal(reply->event_date->status, ST(CANCELLED));
}

static void get_next_dates__is_the_next_then_the_last(struct ts_call *call)
{
    char *event_id = an_event(call), *second, *third;
    const int64_t first_ms = event_of(call, event_id)->first_starts_at_ms;

    assert_int_equal(next_of(call, event_id)->starts_at_ms, first_ms);
    second = a_date(call, event_id, first_ms + TS_DAY_MS);
    third = a_date(call, event_id, first_ms + 2 * TS_DAY_MS);
    assert_int_equal(next_of(call, event_id)->starts_at_ms, first_ms);
    harness_advance(call, TS_DAY_MS + 1);
    assert_string_equal(next_of(call, event_id)->date_id, second);
    cancel_date(call, second);
    assert_string_equal(next_of(call, event_id)->date_id, third);
    cancel_date(call, third);
    assert_int_equal(next_of(call, event_id)->starts_at_ms, first_ms);
    harness_advance(call, INT64_C(30) * TS_DAY_MS);
    assert_int_equal(next_of(call, event_id)->starts_at_ms, first_ms);
}

static void get_next_dates__of_all_cancelled_is_the_last(struct ts_call *call)
{
    char *event_id = an_event(call), *second;

    second = a_date(call, event_id, HARNESS_NOW_MS + 2 * TS_DAY_MS);
    cancel_date(call, second);
    cancel_date(call, (char *)ts_id_sibling(call, event_id, "dat"));
    assert_string_equal(next_of(call, event_id)->date_id, second);
}

static void cancel_event_date__narrows_the_event_and_is_swept(struct ts_call *call)
{
    Catalog__CancelEventDateRequest request = CATALOG__CANCEL_EVENT_DATE_REQUEST__INIT;
    const Catalog__CancelEventDateReply *reply;
    char *event_id = a_published_event(call), *second;
    const int64_t first_ms = event_of(call, event_id)->first_starts_at_ms;

    second = a_date(call, event_id, first_ms + TS_DAY_MS);
    cancel_date(call, second);
    cancel_date(call, second);
    assert_int_equal(event_of(call, event_id)->last_starts_at_ms, first_ms);
    assert_int_equal(event_of(call, event_id)->status, ST(PUBLISHED));
    harness_advance(call, TS_CALL_MS_MAX);
    harness_advance(call, TS_MINUTE_MS);
    assert_int_equal(fake_inventory_of(call)->sweeps, 2);
    assert_string_equal(fake_inventory_of(call)->date_id, second);
    assert_int_equal(fake_orders_of(call)->told, 1);
    assert_string_equal(fake_orders_of(call)->date_id, second);
    request.date_id = "dat_00000000000000000000000000";
    assert_int_equal(catalog_cancel_event_date(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "dateId");
    request.date_id = second;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_cancel_event_date(call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void list_event_dates__pages_and_counts_from_a_time(struct ts_call *call)
{
    Catalog__ListEventDatesRequest request = CATALOG__LIST_EVENT_DATES_REQUEST__INIT;
    const Catalog__ListEventDatesReply *reply;
    char *event_id = a_published_event(call);
    const int64_t first_ms = event_of(call, event_id)->first_starts_at_ms;

    for (unsigned i = 1; i < 4; i++)
        a_date(call, event_id, first_ms + i * TS_DAY_MS);
    request.event_ids = &event_id;
    request.n_event_ids = 1;
    request.has_first = request.has_starts_after = true;
    request.first = 2;
    request.starts_after = first_ms + 1;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_list_event_dates(call, &request, &reply), 0);
    assert_int_equal(reply->n_connections, 1);
    assert_string_equal(reply->connections[0]->event_id, event_id);
    assert_int_equal(reply->connections[0]->total_count, 3);
    assert_int_equal(reply->connections[0]->n_edges, 2);
    assert_int_equal(reply->connections[0]->edges[0]->node->status, ST(PUBLISHED));
    assert_true(reply->connections[0]->page_info->has_next_page);
    request.after = reply->connections[0]->page_info->end_cursor;
    assert_int_equal(catalog_list_event_dates(call, &request, &reply), 0);
    assert_int_equal(reply->connections[0]->n_edges, 1);
    assert_true(reply->connections[0]->page_info->has_previous_page);
    assert_false(reply->connections[0]->page_info->has_next_page);
    request.after = "nonsense";
    assert_int_equal(catalog_list_event_dates(call, &request, &reply), TS_EINVALID);
    request.first = 0;
    assert_int_equal(catalog_list_event_dates(call, &request, &reply), TS_EINVALID);
}

/* ---- ticket types */

static void create_ticket_type__has_defaults_and_the_events_currency(struct ts_call *call)
{
    Catalog__EventIdsRequest request = CATALOG__EVENT_IDS_REQUEST__INIT;
    const Catalog__ListTicketTypesReply *reply;
    char *event_id = an_event(call), *first = a_type(call, event_id), *second = a_type(call, event_id);

    request.event_ids = &event_id;
    request.n_event_ids = 1;
    assert_int_equal(catalog_list_ticket_types(call, &request, &reply), 0);
    assert_int_equal(reply->events[0]->n_ticket_types, 2);
    assert_string_equal(reply->events[0]->ticket_types[0]->id, first);
    assert_string_equal(reply->events[0]->ticket_types[1]->id, second);
    assert_int_equal(reply->events[0]->ticket_types[0]->price->minor, 1250);
    assert_string_equal(reply->events[0]->ticket_types[0]->price->currency, "EUR");
    assert_int_equal(reply->events[0]->ticket_types[0]->min_per_order, 1);
    assert_int_equal(reply->events[0]->ticket_types[0]->max_per_order, TS_MAX_PER_ORDER_DEFAULT);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(catalog_list_ticket_types(call, &request, &reply), 0);
    assert_int_equal(reply->n_events, 0);
}

static void create_ticket_type__attaches_its_quotas(struct ts_call *call)
{
    Catalog__CreateTicketTypeRequest request = type_request(an_event(call));
    const Catalog__CreateTicketTypeReply *reply;
    char *quotas[] = { "quo_00000000000000000000000001" };

    request.quota_ids = quotas;
    request.n_quota_ids = 1;
    harness_key(call, KEY);
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    assert_int_equal(fake_inventory_of(call)->checked, 1);
    assert_int_equal(fake_inventory_of(call)->attached, 1);
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    assert_int_equal(fake_inventory_of(call)->attached, 2);
    assert_string_equal(fake_inventory_of(call)->type_id, reply->ticket_type->id);
}

static void create_ticket_type__makes_nothing_when_inventory_refuses(struct ts_call *call)
{
    Catalog__CreateTicketTypeRequest request = type_request(an_event(call));
    Catalog__EventIdsRequest list = CATALOG__EVENT_IDS_REQUEST__INIT;
    const Catalog__CreateTicketTypeReply *reply;
    const Catalog__ListTicketTypesReply *types;
    char *quotas[] = { "quo_00000000000000000000000001" };

    request.quota_ids = quotas;
    request.n_quota_ids = 1;
    fake_inventory_of(call)->refuses = true;
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "quotaIds.0");
    list.event_ids = &request.event_id;
    list.n_event_ids = 1;
    assert_int_equal(catalog_list_ticket_types(call, &list, &types), 0);
    assert_int_equal(types->events[0]->n_ticket_types, 0);
}

static void create_ticket_type__refuses_bad_input(struct ts_call *call)
{
    Catalog__CreateTicketTypeRequest request = type_request(an_event(call));
    const Catalog__CreateTicketTypeReply *reply;

    request.price = "1.005";
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "price");
    request.price = "1";
    request.has_min_per_order = true;
    request.min_per_order = 0;
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "minPerOrder");
    request.has_min_per_order = false;
    request.event_id = "dat_00000000000000000000000000";
    assert_int_equal(catalog_create_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "eventId");
}

static void update_ticket_type__changes_what_it_names(struct ts_call *call)
{
    Catalog__UpdateTicketTypeRequest request = CATALOG__UPDATE_TICKET_TYPE_REQUEST__INIT;
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__UpdateTicketTypeReply *reply;
    const Catalog__GetTicketTypesReply *found;
    char *clear[] = { "sale_ends_at" };

    request.ticket_type_id = a_type(call, an_event(call));
    request.price = "20";
    request.has_sale_ends_at = true;
    request.sale_ends_at = HARNESS_NOW_MS;
    request.has_max_per_order = true;
    request.max_per_order = 4;
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    assert_int_equal(reply->ticket_type->price->minor, 2000);
    request.price = NULL;
    request.has_sale_ends_at = request.has_max_per_order = false;
    request.clear = clear;
    request.n_clear = 1;
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    ids.ids = &request.ticket_type_id;
    ids.n_ids = 1;
    assert_int_equal(catalog_get_ticket_types(call, &ids, &found), 0);
    assert_int_equal(found->ticket_types[0]->price->minor, 2000);
    assert_int_equal(found->ticket_types[0]->max_per_order, 4);
    assert_false(found->ticket_types[0]->has_sale_ends_at_ms);
    clear[0] = "name";
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, INVALID_INPUT, "name");
    request.ticket_type_id = "typ_00000000000000000000000000";
    assert_int_equal(catalog_update_ticket_type(call, &request, &reply), 0);
    harness_assert_refused(reply, NOT_FOUND, "ticketTypeId");
}

/* ---- a sale */

static const Catalog__GetSaleReply *sale_of(struct ts_call *call, const Catalog__GetSaleRequest *request)
{
    const Catalog__GetSaleReply *reply;

    assert_int_equal(catalog_get_sale(call, request, &reply), 0);
    return reply;
}

static void find_event__is_by_source_and_staffs_alone(struct ts_call *call)
{
    Catalog__FindEventRequest request = CATALOG__FIND_EVENT_REQUEST__INIT;
    char *organizer_id = an_organizer(call, "hall"), *other_id = an_organizer(call, "other");
    Catalog__CreateEventRequest event = event_request(organizer_id, "imported");
    const Catalog__FindEventReply *reply;
    const char *id;

    event.source_id = "https://hall.example/1";
    id = call_create_event(call, &event)->event->id;
    request.organizer_id = organizer_id;
    request.source_id = event.source_id;
    assert_int_equal(catalog_find_event(call, &request, &reply), 0);
    assert_string_equal(reply->event->id, id);
    request.source_id = "https://hall.example/2";
    assert_int_equal(catalog_find_event(call, &request, &reply), 0);
    assert_null(reply->event);
    request.source_id = event.source_id;
    request.organizer_id = other_id;
    assert_int_equal(catalog_find_event(call, &request, &reply), 0);
    assert_null(reply->event);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    request.organizer_id = organizer_id;
    assert_int_not_equal(catalog_find_event(call, &request, &reply), 0);
}

static void get_sale__names_the_only_date_and_the_types_asked_for(struct ts_call *call)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    char *types[2];

    request.event_id = an_event(call);
    types[0] = a_type(call, request.event_id);
    types[1] = "typ_00000000000000000000000000";
    request.ticket_type_ids = types;
    request.n_ticket_type_ids = 2;
    assert_int_equal(sale_of(call, &request)->date_count, 1);
    assert_int_equal(sale_of(call, &request)->n_dates, 1);
    assert_int_equal(sale_of(call, &request)->n_ticket_types, 1);
    assert_string_equal(sale_of(call, &request)->organizer_slug, "fest");
    a_date(call, request.event_id, HARNESS_NOW_MS + TS_DAY_MS);
    assert_int_equal(sale_of(call, &request)->date_count, 2);
    assert_int_equal(sale_of(call, &request)->n_dates, 0);
    a_type(call, request.event_id);
    request.all_ticket_types = request.has_all_ticket_types = true;
    assert_int_equal(sale_of(call, &request)->n_ticket_types, 2);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_null(sale_of(call, &request)->event);
}

static void get_sale__leaves_out_what_is_another_events(struct ts_call *call)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    char *organizer_id = an_organizer(call, "fest");
    char *other = an_event_at(call, organizer_id, "other", HARNESS_NOW_MS + TS_DAY_MS);
    char *date_id = (char *)ts_id_sibling(call, other, "dat"), *type_id = a_type(call, other);

    request.event_id = an_event_at(call, organizer_id, "gala", HARNESS_NOW_MS + TS_DAY_MS);
    request.date_ids = &date_id;
    request.n_date_ids = 1;
    request.ticket_type_ids = &type_id;
    request.n_ticket_type_ids = 1;
    assert_int_equal(sale_of(call, &request)->n_dates, 0);
    assert_int_equal(sale_of(call, &request)->n_ticket_types, 0);
}

/* ---- a store that fails at its n-th request: nothing stays half done once the same call is made again */

/* One wish, made of what `round` says; it fails as the store does, or answers with the thing's id. */
typedef int wish(struct ts_call *call, unsigned round, const char **ret_id);

/*
 * Make the wish with the store failing at its 1st, 2nd, … request, until one needs fewer; after each failure make it
 * again with the same key, and once more: it is there, and the same.
 */
static void survive(struct ts_call *call, wish *make)
{
    harness_advance(call, 0); /* the host's own first requests are over */
    for (unsigned round = 1; round < 100; round++) {
        const char *id, *again;
        int r;

        harness_key(call, ts_printf(call->arena, "key-for-the-round-number-%u", round));
        harness_store_fail(harness_of(call), round);
        r = make(call, round, &id);
        if (!harness_store_failed(harness_of(call))) {
            assert_int_equal(r, 0);
            assert_true(round > 1 || harness_store_is_real(harness_of(call)));
            harness_store_fail(harness_of(call), 0);
            return;
        }
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(r, TS_EUNAVAILABLE);
        assert_int_equal(make(call, round, &id), 0);
        assert_int_equal(make(call, round, &again), 0);
        assert_string_equal(id, again);
    }
    fail_msg("it never got by without failing");
}

static int wish_organizer(struct ts_call *call, unsigned round, const char **ret_id)
{
    Catalog__CreateOrganizerRequest request = CATALOG__CREATE_ORGANIZER_REQUEST__INIT;
    const Catalog__CreateOrganizerReply *reply;
    int r;

    request.slug = request.name = ts_printf(call->arena, "fest-%u", round);
    request.currency = "EUR";
    request.time_zone = "UTC";
    r = catalog_create_organizer(call, &request, &reply);
    if (r == 0)
        *ret_id = reply->organizer->id;
    return r;
}

static void create_organizer__survives_a_store_that_fails(struct ts_call *call)
{
    survive(call, wish_organizer);
}

/* What the wishes below work on; made once for each test, before the store fails. */
static char *the_organizer, *the_event;

static int wish_event(struct ts_call *call, unsigned round, const char **ret_id)
{
    Catalog__CreateEventRequest request = event_request(the_organizer, ts_printf(call->arena, "gala-%u", round));
    const Catalog__CreateEventReply *reply;
    int r = catalog_create_event(call, &request, &reply);

    if (r == 0)
        *ret_id = reply->event->id;
    return r;
}

static void create_event__survives_a_store_that_fails(struct ts_call *call)
{
    Catalog__ListEventsRequest request = CATALOG__LIST_EVENTS_REQUEST__INIT;
    const Catalog__EventConnection *events;

    the_organizer = an_organizer(call, "fest");
    survive(call, wish_event);
    events = events_of(call, &request);
    assert_true(events->n_edges > 1 || harness_store_is_real(harness_of(call)));
    for (size_t i = 0; i < events->n_edges; i++) /* whole: each with its date */
        assert_int_equal(next_of(call, events->edges[i]->node->id)->starts_at_ms, HARNESS_NOW_MS + TS_DAY_MS);
}

static int wish_date(struct ts_call *call, unsigned round, const char **ret_id)
{
    Catalog__CreateEventDateRequest request = CATALOG__CREATE_EVENT_DATE_REQUEST__INIT;
    const Catalog__CreateEventDateReply *reply;
    int r;

    request.event_id = the_event;
    request.has_starts_at = true;
    request.starts_at = HARNESS_NOW_MS + round * TS_DAY_MS;
    r = catalog_create_event_date(call, &request, &reply);
    if (r == 0)
        *ret_id = reply->event_date->id;
    return r;
}

static void create_event_date__survives_a_store_that_fails(struct ts_call *call)
{
    the_event = an_event(call);
    survive(call, wish_date);
}

static int wish_type(struct ts_call *call, unsigned round, const char **ret_id)
{
    Catalog__CreateTicketTypeRequest request = type_request(the_event);
    const Catalog__CreateTicketTypeReply *reply;
    char *quotas[] = { "quo_00000000000000000000000001" };
    int r;

    request.name = ts_printf(call->arena, "Type %u", round);
    request.quota_ids = quotas;
    request.n_quota_ids = 1;
    r = catalog_create_ticket_type(call, &request, &reply);
    if (r == 0)
        *ret_id = reply->ticket_type->id;
    return r;
}

static void create_ticket_type__survives_a_store_that_fails(struct ts_call *call)
{
    the_event = an_event(call);
    survive(call, wish_type);
}

static int wish_cancelled(struct ts_call *call, unsigned round, const char **ret_id)
{
    Catalog__UpdateEventRequest request = CATALOG__UPDATE_EVENT_REQUEST__INIT;
    const Catalog__UpdateEventReply *reply;
    int r;

    (void)round;
    request.event_id = the_event;
    request.has_status = true;
    request.status = ST(CANCELLED);
    r = catalog_update_event(call, &request, &reply);
    if (r == 0)
        *ret_id = reply->event->id;
    return r;
}

static void update_event__survives_a_store_that_fails(struct ts_call *call)
{
    the_event = an_event(call);
    survive(call, wish_cancelled);
}

static int wish_embed_origins(struct ts_call *call, unsigned round, const char **ret_id)
{
    char *origin = "https://a.example";
    Catalog__SetEmbedOriginsRequest request = CATALOG__SET_EMBED_ORIGINS_REQUEST__INIT;
    const Catalog__SetEmbedOriginsReply *reply;
    int r;

    (void)round;
    request.organizer_id = the_organizer;
    request.origins = &origin;
    request.n_origins = 1;
    r = catalog_set_embed_origins(call, &request, &reply);
    if (r == 0)
        *ret_id = reply->organizer->id;
    return r;
}

static void set_embed_origins__survives_a_store_that_fails(struct ts_call *call)
{
    the_organizer = an_organizer(call, "fest");
    survive(call, wish_embed_origins);
}

/* ---- a maker that died between the claim and the thing */

static void create_organizer__takes_over_a_name_whose_maker_died(struct ts_call *call)
{
    Catalog__Name claim = CATALOG__NAME__INIT;
    char *dead_id = (char *)ts_id_new(call, "org"), *id;
    Catalog__Organizer late = CATALOG__ORGANIZER__INIT;
    Catalog__GetOrganizerRequest request = CATALOG__GET_ORGANIZER_REQUEST__INIT;
    const Catalog__GetOrganizerReply *reply;

    claim.owner_id = dead_id;
    assert_int_equal(ts_store_insert(call, catalog_module.collections[5], "slug/org/fest@1", &claim.base), 0);
    request.slug = "fest";
    assert_int_equal(catalog_get_organizer(call, &request, &reply), 0);
    assert_null(reply->organizer);
    id = an_organizer(call, "fest");
    assert_int_equal(catalog_get_organizer(call, &request, &reply), 0);
    assert_string_equal(reply->organizer->id, id);
    late.id = dead_id;
    assert_int_equal(ts_store_insert(call, catalog_module.collections[0], dead_id, &late.base), TS_WRITE_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(create_organizer__answers_with_a_staff_grant, modules),
        harness_unit_test(create_organizer__is_the_owners_alone, modules),
        harness_unit_test(create_organizer__refuses_a_taken_slug, modules),
        harness_unit_test(create_organizer__names_each_bad_input, modules),
        harness_unit_test(create_organizer__has_one_effect_per_key, modules),
        harness_unit_test(create_organizer__a_refusal_does_not_use_up_the_key, modules),
        harness_unit_test(create_organizer__survives_a_store_that_fails, modules),
        harness_unit_test(get_organizer__finds_by_slug_and_says_who_asks, modules),
        harness_unit_test(get_organizers__leaves_out_what_is_not_there, modules),
        harness_unit_test(list_organizers__is_for_staff_of_all, modules),
        harness_unit_test(set_embed_origins__replaces_the_list, modules),
        harness_unit_test(set_embed_origins__refuses_without_an_effect, modules),
        harness_unit_test(set_embed_origins__survives_a_store_that_fails, modules),
        harness_unit_test(set_theme__replaces_both_and_refuses_without_an_effect, modules),
        harness_unit_test(set_legal_texts__replaces_all_three, modules),
        harness_unit_test(create_venue__keeps_what_was_given, modules),
        harness_unit_test(create_venue__refuses_an_unknown_organizer, modules),
        harness_unit_test(create_event__makes_a_draft_with_its_first_date, modules),
        harness_unit_test(create_event__refuses_the_past_unless_it_is_imported, modules),
        harness_unit_test(create_event__slugs_are_unique_within_an_organizer, modules),
        harness_unit_test(create_event__refuses_another_organizers_venue, modules),
        harness_unit_test(create_event__has_one_effect_per_key, modules),
        harness_unit_test(get_event__a_draft_is_absent_for_the_public, modules),
        harness_unit_test(get_events__shows_what_the_grant_may_see, modules),
        harness_unit_test(publish_event__is_idempotent_and_staffs_alone, modules),
        harness_unit_test(update_event__changes_what_it_names_and_clears_null, modules),
        harness_unit_test(update_event__refuses_a_way_back, modules),
        harness_unit_test(update_event__a_cancellation_is_swept_twice_and_ends, modules),
        harness_unit_test(update_event__a_cancellation_ends_when_buyers_are_told, modules),
        harness_unit_test(list_events__are_upcoming_and_by_first_date, modules),
        harness_unit_test(list_events__brings_what_joins_would_ask_for, modules),
        harness_unit_test(list_events__shows_each_change, modules),
        harness_unit_test(list_events__pages_by_cursor, modules),
        harness_unit_test(list_events__refuses_a_bad_first_or_cursor, modules),
        harness_unit_test(list_events__shows_the_public_what_is_public, modules),
        harness_unit_test(list_events__filters_by_time_organizer_words_and_city, modules),
        harness_unit_test(list_events__one_connection_for_each_organizer, modules),
        harness_unit_test(create_event_date__widens_the_event, modules),
        harness_unit_test(create_event_date__has_one_effect_per_key, modules),
        harness_unit_test(get_next_dates__is_the_next_then_the_last, modules),
        harness_unit_test(get_next_dates__of_all_cancelled_is_the_last, modules),
        harness_unit_test(cancel_event_date__narrows_the_event_and_is_swept, modules),
        harness_unit_test(list_event_dates__pages_and_counts_from_a_time, modules),
        harness_unit_test(create_ticket_type__has_defaults_and_the_events_currency, modules),
        harness_unit_test(create_ticket_type__attaches_its_quotas, modules),
        harness_unit_test(create_ticket_type__makes_nothing_when_inventory_refuses, modules),
        harness_unit_test(create_ticket_type__refuses_bad_input, modules),
        harness_unit_test(update_ticket_type__changes_what_it_names, modules),
        harness_unit_test(find_event__is_by_source_and_staffs_alone, modules),
        harness_unit_test(get_sale__names_the_only_date_and_the_types_asked_for, modules),
        harness_unit_test(get_sale__leaves_out_what_is_another_events, modules),
        harness_unit_test(create_event__survives_a_store_that_fails, modules),
        harness_unit_test(create_event_date__survives_a_store_that_fails, modules),
        harness_unit_test(create_ticket_type__survives_a_store_that_fails, modules),
        harness_unit_test(update_event__survives_a_store_that_fails, modules),
        harness_unit_test(create_organizer__takes_over_a_name_whose_maker_died, modules),
    };

    return cmocka_run_group_tests_name("modules/catalog/api", tests, NULL, NULL);
}
