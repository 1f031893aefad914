/* The catalogue's handlers, by file, and what they share. module.c joins them to their rpcs. */
#ifndef CATALOG_API_H
#define CATALOG_API_H

#include "catalog/v1/catalog.rpc.h"

enum {
    TRIES_MAX = 8, /* a version lost to another writer is read and decided again so often, then TS_EABORTED */
};

/* ---- shared */

/* Note every refusal of the set. Return: TS_REFUSED. */
int catalog_refuse(struct ts_call *call, uint64_t refused);

/*
 * What this caller may see of something of `organizer_id`, which belongs to this event (NULL: to none): STAFF, or
 * PUBLIC. In call->arena.
 */
Common__Grant *catalog_grant(struct ts_call *call, const char *organizer_id, const char *event_id);

/* True if the event may be shown as to staff: the caller is, and the parent's grant (if any) says so. */
bool catalog_sees_all(struct ts_call *call, const Common__Grant *grant, const Catalog__Event *event);

/* True if the caller, under the parent's grant, may see this event. */
bool catalog_sees_event(struct ts_call *call, const Common__Grant *grant, const Catalog__Event *event);

/* The events of a join that its caller may see, in the order of their ids. Return: 0; a ts_error. */
int catalog_seen_events(struct ts_call *call, const Catalog__EventIdsRequest *request,
                        const Catalog__Event ***ret_events, size_t *ret_count);

/*
 * What joins ask of events that may be seen, in their order, in call->arena: the next date of each that has one; the
 * ticket types of each. Return: 0; a ts_error.
 */
int catalog_next_dates(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                       Catalog__NextDate ***ret_dates, size_t *ret_count);
int catalog_ticket_types(struct ts_call *call, const Catalog__Event *const *events, size_t count,
                         Catalog__EventTicketTypes ***ret_items, size_t *ret_count);

/* `first` of a connection. Return: 0 and *ret_size; TS_EINVALID with its words. */
int catalog_page_size(struct ts_call *call, bool has_first, int32_t first, unsigned *ret_size);

/* A trimmed copy; an empty one is absent when optional. */
char *catalog_line(struct ts_call *call, const char *text);
char *catalog_line_or_absent(struct ts_call *call, const char *text);

/* Tell who listens that an event, or one of its dates (may be NULL), changed. */
void catalog_tell(struct ts_call *call, const char *event_id, const char *date_id, int64_t version);

/* See to it that who has tickets hears of a cancellation; `date_id` NULL: of the event's. Return: 0; a ts_error. */
int catalog_tell_buyers(struct ts_call *call, const char *event_id, const char *date_id);

/*
 * The event that a promoter's wish names, for its staff.
 * Return: 0 and *ret_event; TS_REFUSED (noted: unknown); a ts_error (not allowed, or the store's).
 */
int catalog_event_for_staff(struct ts_call *call, const char *event_id, Catalog__Event **ret_event,
                            int64_t *ret_version);

/* ---- api.c: organizers, venues */
int create_organizer(struct ts_call *call, const Catalog__CreateOrganizerRequest *request,
                     Catalog__CreateOrganizerReply *ret_reply);
int create_venue(struct ts_call *call, const Catalog__CreateVenueRequest *request,
                 Catalog__CreateVenueReply *ret_reply);
int set_embed_origins(struct ts_call *call, const Catalog__SetEmbedOriginsRequest *request,
                      Catalog__SetEmbedOriginsReply *ret_reply);
int set_theme(struct ts_call *call, const Catalog__SetThemeRequest *request, Catalog__SetThemeReply *ret_reply);
int set_event_translations(struct ts_call *call, const Catalog__SetEventTranslationsRequest *request,
                           Catalog__SetEventTranslationsReply *ret_reply);
int set_legal_texts(struct ts_call *call, const Catalog__SetLegalTextsRequest *request,
                    Catalog__SetLegalTextsReply *ret_reply);
int list_organizers(struct ts_call *call, const Catalog__ListOrganizersRequest *request,
                    Catalog__ListOrganizersReply *ret_reply);
int get_organizer(struct ts_call *call, const Catalog__GetOrganizerRequest *request,
                  Catalog__GetOrganizerReply *ret_reply);
int get_organizers(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetOrganizersReply *ret_reply);
int get_venues(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetVenuesReply *ret_reply);

/* ---- api_event.c */
int create_event(struct ts_call *call, const Catalog__CreateEventRequest *request,
                 Catalog__CreateEventReply *ret_reply);
int publish_event(struct ts_call *call, const Catalog__PublishEventRequest *request,
                  Catalog__PublishEventReply *ret_reply);
int update_event(struct ts_call *call, const Catalog__UpdateEventRequest *request,
                 Catalog__UpdateEventReply *ret_reply);
int get_event(struct ts_call *call, const Catalog__GetEventRequest *request, Catalog__GetEventReply *ret_reply);
int get_events(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetEventsReply *ret_reply);
int mark_waiting_room(struct ts_call *call, const Catalog__MarkWaitingRoomRequest *request,
                      Catalog__MarkWaitingRoomReply *ret_reply);
/* ts_due: carries a cancelled event's closing on. */
int event_on_due(struct ts_call *call, const char *id);

/* ---- api_list.c */
int list_events(struct ts_call *call, const Catalog__ListEventsRequest *request, Catalog__ListEventsReply *ret_reply);

/* ---- api_date.c */
int create_event_date(struct ts_call *call, const Catalog__CreateEventDateRequest *request,
                      Catalog__CreateEventDateReply *ret_reply);
int cancel_event_date(struct ts_call *call, const Catalog__CancelEventDateRequest *request,
                      Catalog__CancelEventDateReply *ret_reply);
int get_event_dates(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetEventDatesReply *ret_reply);
int get_next_dates(struct ts_call *call, const Catalog__EventIdsRequest *request,
                   Catalog__GetNextDatesReply *ret_reply);
int list_event_dates(struct ts_call *call, const Catalog__ListEventDatesRequest *request,
                     Catalog__ListEventDatesReply *ret_reply);
int date_on_due(struct ts_call *call, const char *id);

/* ---- api_type.c: ticket types, and what a sale needs */
int create_ticket_type(struct ts_call *call, const Catalog__CreateTicketTypeRequest *request,
                       Catalog__CreateTicketTypeReply *ret_reply);
int update_ticket_type(struct ts_call *call, const Catalog__UpdateTicketTypeRequest *request,
                       Catalog__UpdateTicketTypeReply *ret_reply);
int get_ticket_types(struct ts_call *call, const Catalog__IdsRequest *request, Catalog__GetTicketTypesReply *ret_reply);
int list_ticket_types(struct ts_call *call, const Catalog__EventIdsRequest *request,
                      Catalog__ListTicketTypesReply *ret_reply);
int get_sale(struct ts_call *call, const Catalog__GetSaleRequest *request, Catalog__GetSaleReply *ret_reply);
int get_sales(struct ts_call *call, const Catalog__GetSalesRequest *request, Catalog__GetSalesReply *ret_reply);
int find_event(struct ts_call *call, const Catalog__FindEventRequest *request, Catalog__FindEventReply *ret_reply);

#endif
