/*
 * What the catalogue accepts. Pure decisions over decoded requests: no clock, no store, no bus. A check returns the
 * set of what it refuses (bits of enum catalog_refusal); the table behind catalog_refusal_of() says, for each, at which
 * input, with which code and in which words.
 */
#ifndef CATALOG_RULES_H
#define CATALOG_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/v1/catalog.pb-c.h"

enum catalog_refusal {
    REFUSED_SLUG,
    REFUSED_SLUG_TAKEN,
    REFUSED_NAME,
    REFUSED_TITLE,
    REFUSED_DESCRIPTION,
    REFUSED_LANGUAGE,
    REFUSED_TRANSLATIONS,
    REFUSED_TRANSLATIONS_FULL,
    REFUSED_GROUP,
    REFUSED_IMAGE_URL,
    REFUSED_ADDRESS,
    REFUSED_CITY,
    REFUSED_COUNTRY,
    REFUSED_LATITUDE,
    REFUSED_LONGITUDE,
    REFUSED_CURRENCY,
    REFUSED_TIME_ZONE,
    REFUSED_ORIGINS,
    REFUSED_ORIGINS_FULL,
    REFUSED_ACCENT_COLOR,
    REFUSED_LOGO_URL,
    REFUSED_IMPRINT,
    REFUSED_PRIVACY,
    REFUSED_TERMS,
    REFUSED_STARTS_AT,
    REFUSED_STARTS_AT_PAST,
    REFUSED_ENDS_AT,
    REFUSED_DOORS_AT,
    REFUSED_PRICE,
    REFUSED_PRICE_PLACES,
    REFUSED_PRICE_RANGE,
    REFUSED_SALE_STARTS_AT,
    REFUSED_SALE_ENDS_AT,
    REFUSED_MIN_PER_ORDER,
    REFUSED_MAX_PER_ORDER,
    REFUSED_STATUS_DRAFT,
    REFUSED_STATUS_CANCELLED,
    REFUSED_STATUS_ORDER,
    REFUSED_EVENT_CLOSED,
    REFUSED_DATES_FULL,
    REFUSED_TYPES_FULL,
    REFUSED_ORGANIZER_UNKNOWN,
    REFUSED_VENUE_UNKNOWN,
    REFUSED_EVENT_UNKNOWN,
    REFUSED_DATE_UNKNOWN,
    REFUSED_TYPE_UNKNOWN,
    REFUSALS, /* how many */
};
_Static_assert(REFUSALS <= 64, "a set of refusals is one word");

#define REFUSAL(name) (UINT64_C(1) << (REFUSED_##name))

struct catalog_refusal_text {
    Common__ErrorCode code;
    const char *path; /* the input as the public schema names it */
    const char *message;
};

/* The words of one refusal. `refusal` is below REFUSALS. */
const struct catalog_refusal_text *catalog_refusal_of(enum catalog_refusal refusal);

/* Checks of whole inputs. Texts are trimmed already. Return: the set of refusals; 0 is fine. */
uint64_t organizer_check(const Catalog__CreateOrganizerRequest *request);

/* Each is an origin as browsers write it: lower case, without a port that goes without saying, and nothing behind. */
uint64_t embed_origins_check(char *const *origins, size_t count);
uint64_t theme_check(const Catalog__SetThemeRequest *request);
uint64_t legal_texts_check(const Catalog__SetLegalTextsRequest *request);
uint64_t venue_check(const Catalog__CreateVenueRequest *request);

/* Without its date: that is date_check()'s. time_zone and currency may be absent: the organizer's. */
uint64_t event_check(const Catalog__CreateEventRequest *request);
uint64_t event_translations_check(const Catalog__SetEventTranslationsRequest *request);
uint64_t event_update_check(const Catalog__UpdateEventRequest *request);

/* `earliest_ms`: before it nothing may start (now; INT64_MIN for an import). */
uint64_t date_check(const Catalog__EventDate *date, int64_t earliest_ms);

/* What both createTicketType and updateTicketType must leave: the type as it would be stored. */
uint64_t ticket_type_check(const Catalog__TicketType *type);

/* Parse a price of `currency`. Return: 0 and *ret_minor; the set of refusals. */
uint64_t price_check(const char *price, const char *currency, int64_t *ret_minor);

/* May an event go from one status to another? `ever_cancelled`: a cancellation was decided once. 0 if it may (or is).
 */
uint64_t status_check(Catalog__EventStatus from, Catalog__EventStatus to, bool ever_cancelled);

/* True if dates and ticket types may still be added. */
bool event_is_open(Catalog__EventStatus status);

/* True if everybody may see an event with this status by its link; staff sees every one. */
bool status_is_public(Catalog__EventStatus status);

/* A date's status as shown: its own cancellation, else the event's status. */
Catalog__EventStatus date_status(const Catalog__Event *event, const Catalog__EventDate *date);

/* True if `clear`, the list of fields that an update unsets, names `field` (its proto name). */
bool update_clears(char *const *clear, size_t count, const char *field);

/* True if every word of `query` occurs in `title`; ASCII letters match in both cases. NULL matches everything. */
bool event_title_matches(const Catalog__Event *event, const char *query);
bool title_matches(const char *title, const char *query);

#endif
