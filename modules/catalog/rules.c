/*
 * The catalogue's decisions. Each check looks at one decoded input and collects all it refuses, so that a form can
 * show every mistake at once.
 */
#include "rules.h"

#include <assert.h>
#include <string.h>

#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/text.h"

enum {
    URL_SIZE_MAX = 2048,   /* what browsers and caches agree on */
    PER_ORDER_MAX = 100,   /* more in one order is a group sale, made by hand */
    COUNTRY_SIZE_MAX = 64, /* a code, or a country's name as a page has it */
    ORIGINS_MAX = 20,      /* they all stand in a header of each page in a frame */
    HOST_SIZE_MAX = 253,   /* RFC 1035 */
    LABEL_SIZE_MAX = 63,
    LANGUAGE_SIZE_MAX = 35, /* BCP 47, section 4.4.1 */
    TRANSLATIONS_MAX = 20,
    DAYS_MAX = 365 * 200, /* the span after 1970 in which events are held */
};

#define TIME_MS_MAX ((int64_t)DAYS_MAX * TS_DAY_MS)

#define INVALID COMMON__ERROR_CODE__INVALID_INPUT
#define UNKNOWN COMMON__ERROR_CODE__NOT_FOUND
#define AGAINST COMMON__ERROR_CODE__CONFLICT

// clang-format off
static const struct catalog_refusal_text texts[REFUSALS] = {
    [REFUSED_SLUG]              = { INVALID, "slug", "A slug has 1 to 63 characters of a-z, 0-9 and, inside, '-'." },
    [REFUSED_SLUG_TAKEN]        = { AGAINST, "slug", "This slug is taken." },
    [REFUSED_NAME]              = { INVALID, "name", "A name is one line of 1 to 200 bytes." },
    [REFUSED_TITLE]             = { INVALID, "title", "A title is one line of 1 to 200 bytes." },
    [REFUSED_DESCRIPTION]       = { INVALID, "description", "A description has at most 20000 bytes and no control characters." },
    [REFUSED_LANGUAGE]          = { INVALID, "language", "A language is a tag of BCP 47 such as de or pt-BR; translations need the event's own." },
    [REFUSED_TRANSLATIONS]      = { INVALID, "translations", "A translation has a language of its own, a title of one line of 1 to 200 bytes and a description of at most 20000." },
    [REFUSED_TRANSLATIONS_FULL] = { COMMON__ERROR_CODE__OVER_LIMIT, "translations", "An event has at most 20 translations." },
    [REFUSED_GROUP]             = { INVALID, "group", "A group is one line of 1 to 200 bytes." },
    [REFUSED_IMAGE_URL]         = { INVALID, "imageUrl", "An image has an http or https URL of at most 2048 characters." },
    [REFUSED_ADDRESS]           = { INVALID, "address", "An address has at most 200 bytes and no control characters." },
    [REFUSED_CITY]              = { INVALID, "city", "A city is one line of 1 to 200 bytes." },
    [REFUSED_COUNTRY]           = { INVALID, "country", "A country is a code or name of 1 to 64 bytes." },
    [REFUSED_LATITUDE]          = { INVALID, "latitude", "A latitude is between -90 and 90 and comes with a longitude." },
    [REFUSED_LONGITUDE]         = { INVALID, "longitude", "A longitude is between -180 and 180 and comes with a latitude." },
    [REFUSED_CURRENCY]          = { INVALID, "currency", "This is no currency of ISO 4217." },
    [REFUSED_TIME_ZONE]         = { INVALID, "timeZone", "This is no time zone of the IANA database." },
    [REFUSED_ORIGINS]           = { INVALID, "origins", "An origin is https://host or https://host:port in lower case, with nothing behind it; http only for localhost." },
    [REFUSED_ORIGINS_FULL]      = { COMMON__ERROR_CODE__OVER_LIMIT, "origins", "An organizer has at most 20 origins." },
    [REFUSED_ACCENT_COLOR]      = { INVALID, "accentColor", "A colour is # and six digits of 0-9 and a-f." },
    [REFUSED_LOGO_URL]          = { INVALID, "logoUrl", "A logo has an https URL of at most 2048 characters." },
    [REFUSED_IMPRINT]           = { INVALID, "imprint", "An imprint has at most 20000 bytes and no control characters." },
    [REFUSED_PRIVACY]           = { INVALID, "privacy", "A privacy policy has at most 20000 bytes and no control characters." },
    [REFUSED_TERMS]             = { INVALID, "terms", "Terms have at most 20000 bytes and no control characters." },
    [REFUSED_STARTS_AT]         = { INVALID, "startsAt", "The start must be a time between 1970 and 2169." },
    [REFUSED_STARTS_AT_PAST]    = { INVALID, "startsAt", "The start is in the past." },
    [REFUSED_ENDS_AT]           = { INVALID, "endsAt", "The end must be after the start." },
    [REFUSED_DOORS_AT]          = { INVALID, "doorsAt", "The doors must not open after the start." },
    [REFUSED_PRICE]             = { INVALID, "price", "A price is a decimal such as 12.50." },
    [REFUSED_PRICE_PLACES]      = { INVALID, "price", "The price has more decimal places than its currency." },
    [REFUSED_PRICE_RANGE]       = { INVALID, "price", "The price must not be negative or that large." },
    [REFUSED_SALE_STARTS_AT]    = { INVALID, "saleStartsAt", "The start of the sale must be a time between 1970 and 2169." },
    [REFUSED_SALE_ENDS_AT]      = { INVALID, "saleEndsAt", "The end of the sale must be after its start." },
    [REFUSED_MIN_PER_ORDER]     = { INVALID, "minPerOrder", "The least per order is between 1 and maxPerOrder." },
    [REFUSED_MAX_PER_ORDER]     = { INVALID, "maxPerOrder", "The most per order is between 1 and 100." },
    [REFUSED_STATUS_DRAFT]      = { AGAINST, "status", "An event that was published cannot become a draft again." },
    [REFUSED_STATUS_CANCELLED]  = { AGAINST, "status", "The event is cancelled for good; it can only be archived." },
    [REFUSED_STATUS_ORDER]      = { AGAINST, "status", "The event's status does not allow this change." },
    [REFUSED_EVENT_CLOSED]      = { AGAINST, "eventId", "The event is cancelled or archived." },
    [REFUSED_DATES_FULL]        = { COMMON__ERROR_CODE__OVER_LIMIT, "eventId", "The event has as many dates as it may have." },
    [REFUSED_TYPES_FULL]        = { COMMON__ERROR_CODE__OVER_LIMIT, "eventId", "The event has as many ticket types as it may have." },
    [REFUSED_ORGANIZER_UNKNOWN] = { UNKNOWN, "organizerId", "There is no such organizer." },
    [REFUSED_VENUE_UNKNOWN]     = { UNKNOWN, "venueId", "This organizer has no such venue." },
    [REFUSED_EVENT_UNKNOWN]     = { UNKNOWN, "eventId", "There is no such event." },
    [REFUSED_DATE_UNKNOWN]      = { UNKNOWN, "dateId", "There is no such date." },
    [REFUSED_TYPE_UNKNOWN]      = { UNKNOWN, "ticketTypeId", "There is no such ticket type." },
};
// clang-format on

const struct catalog_refusal_text *catalog_refusal_of(enum catalog_refusal refusal)
{
    assert(refusal < REFUSALS);
    return &texts[refusal];
}

/* The set with `refusal` unless `fine`. */
static uint64_t unless(bool fine, enum catalog_refusal refusal)
{
    return fine ? 0 : UINT64_C(1) << refusal;
}

/* An optional line: absent is fine. */
static bool line_or_absent(const char *text, size_t size_max)
{
    return !text || ts_text_is_line(text, size_max);
}

static bool prose_or_absent(const char *text, size_t size_max)
{
    return !text || ts_text_is_prose(text, size_max);
}

static bool currency_is(const char *currency)
{
    return currency && ts_currency_exponent(currency) >= 0;
}

static bool time_is(int64_t time_ms)
{
    return time_ms >= 0 && time_ms < TIME_MS_MAX;
}

uint64_t organizer_check(const Catalog__CreateOrganizerRequest *request)
{
    return unless(ts_text_is_slug(request->slug), REFUSED_SLUG) |
           unless(ts_text_is_line(request->name, TS_NAME_SIZE_MAX), REFUSED_NAME) |
           unless(currency_is(request->currency), REFUSED_CURRENCY) |
           unless(ts_text_is_time_zone(request->time_zone), REFUSED_TIME_ZONE);
}

/* A host of names, or of numbers with dots, at `text`. Return: its size; 0: it is none. */
static size_t host_size(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = 0;

    for (;;) {
        size_t label = strspn(text + size, letters);

        if (label < 1 || label > LABEL_SIZE_MAX || text[size] == '-' || text[size + label - 1] == '-')
            return 0;
        size += label;
        if (text[size] != '.')
            return size <= HOST_SIZE_MAX ? size : 0;
        size++;
    }
}

/* ":8443" or nothing, to the end; `usual` is never written. */
static bool port_is(const char *text, unsigned usual)
{
    unsigned port = 0;
    size_t size = strspn(text + (*text == ':'), "0123456789");

    if (!*text)
        return true;
    if (*text != ':' || size < 1 || size > 5 || text[1] == '0' || text[1 + size])
        return false;
    for (size_t i = 0; i < size; i++)
        port = port * 10 + (unsigned)(text[1 + i] - '0');
    return port <= 65535 && port != usual;
}

/* Browsers say what is secret to https alone, and to pages of the machine that they run on. */
static bool origin_is(const char *origin)
{
    bool tls = strncmp(origin, "https://", 8) == 0;
    const char *host = origin + (tls ? 8 : 7);
    size_t size = tls || strncmp(origin, "http://", 7) == 0 ? host_size(host) : 0;
    bool here = (size == 9 && strncmp(host, "localhost", 9) == 0) || (size == 9 && strncmp(host, "127.0.0.1", 9) == 0);

    return size && (tls || here) && port_is(host + size, tls ? 443 : 80);
}

uint64_t embed_origins_check(char *const *origins, size_t count)
{
    bool fine = true;

    for (size_t i = 0; i < count && i < ORIGINS_MAX; i++)
        fine = fine && origin_is(origins[i]);
    return unless(fine, REFUSED_ORIGINS) | unless(count <= ORIGINS_MAX, REFUSED_ORIGINS_FULL);
}

/* One way to write each, so that it can stand in a style sheet as it is. */
static bool colour_is(const char *colour)
{
    return colour[0] == '#' && strspn(colour + 1, "0123456789abcdef") == 6 && !colour[7];
}

/* Pages are read over TLS, where a picture from elsewhere must be, too. */
static bool logo_url_is(const char *url)
{
    return strncmp(url, "https://", 8) == 0 && ts_text_is_url(url, URL_SIZE_MAX);
}

uint64_t theme_check(const Catalog__SetThemeRequest *request)
{
    return unless(!request->accent_color || colour_is(request->accent_color), REFUSED_ACCENT_COLOR) |
           unless(!request->logo_url || logo_url_is(request->logo_url), REFUSED_LOGO_URL);
}

uint64_t legal_texts_check(const Catalog__SetLegalTextsRequest *request)
{
    return unless(prose_or_absent(request->imprint, TS_TEXT_SIZE_MAX), REFUSED_IMPRINT) |
           unless(prose_or_absent(request->privacy, TS_TEXT_SIZE_MAX), REFUSED_PRIVACY) |
           unless(prose_or_absent(request->terms, TS_TEXT_SIZE_MAX), REFUSED_TERMS);
}

/* Half a position is none: each needs the other. NaN is outside any range. */
static uint64_t position_check(const Catalog__CreateVenueRequest *request)
{
    uint64_t refused = 0;

    if (request->has_latitude)
        refused |= unless(request->latitude >= -90 && request->latitude <= 90, REFUSED_LATITUDE) |
                   unless(request->has_longitude, REFUSED_LATITUDE);
    if (request->has_longitude)
        refused |= unless(request->longitude >= -180 && request->longitude <= 180, REFUSED_LONGITUDE) |
                   unless(request->has_latitude, REFUSED_LONGITUDE);
    return refused;
}

uint64_t venue_check(const Catalog__CreateVenueRequest *request)
{
    return unless(ts_text_is_line(request->name, TS_NAME_SIZE_MAX), REFUSED_NAME) |
           unless(prose_or_absent(request->address, TS_NAME_SIZE_MAX), REFUSED_ADDRESS) |
           unless(line_or_absent(request->city, TS_NAME_SIZE_MAX), REFUSED_CITY) |
           unless(line_or_absent(request->country, COUNTRY_SIZE_MAX), REFUSED_COUNTRY) | position_check(request);
}

static uint64_t event_text_check(const char *description, const char *image_url)
{
    return unless(prose_or_absent(description, TS_TEXT_SIZE_MAX), REFUSED_DESCRIPTION) |
           unless(!image_url || ts_text_is_url(image_url, URL_SIZE_MAX), REFUSED_IMAGE_URL);
}

uint64_t event_check(const Catalog__CreateEventRequest *request)
{
    return unless(ts_text_is_slug(request->slug), REFUSED_SLUG) |
           unless(ts_text_is_line(request->title, TS_NAME_SIZE_MAX), REFUSED_TITLE) |
           event_text_check(request->description, request->image_url) |
           unless(!request->currency || currency_is(request->currency), REFUSED_CURRENCY) |
           unless(!request->time_zone || ts_text_is_time_zone(request->time_zone), REFUSED_TIME_ZONE);
}

/* "de", "pt-BR", "zh-Hant-TW". */
static bool language_is(const char *tag)
{
    size_t size = tag ? strspn(tag, "abcdefghijklmnopqrstuvwxyz") : 0;

    if (size < 2 || size > 3 || strlen(tag) > LANGUAGE_SIZE_MAX)
        return false;
    for (const char *at = tag + size; *at; at += size + 1) {
        size = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
        if (*at != '-' || size < 2 || size > 8)
            return false;
    }
    return true;
}

static bool translation_is(const Catalog__SetEventTranslationsRequest *request, size_t at)
{
    const Catalog__EventTranslation *translation = request->translations[at];

    if (!language_is(translation->language) || !ts_text_is_line(translation->title, TS_NAME_SIZE_MAX) ||
        !prose_or_absent(translation->description, TS_TEXT_SIZE_MAX))
        return false;
    for (size_t i = 0; i < at; i++)
        if (strcasecmp(request->translations[i]->language, translation->language) == 0)
            return false;
    return !request->language || strcasecmp(request->language, translation->language) != 0;
}

uint64_t event_translations_check(const Catalog__SetEventTranslationsRequest *request)
{
    uint64_t refused =
        unless(request->language ? language_is(request->language) : request->n_translations == 0, REFUSED_LANGUAGE);

    if (request->n_translations > TRANSLATIONS_MAX)
        return refused | REFUSAL(TRANSLATIONS_FULL);
    for (size_t i = 0; i < request->n_translations; i++)
        refused |= unless(translation_is(request, i), REFUSED_TRANSLATIONS);
    return refused;
}

uint64_t event_update_check(const Catalog__UpdateEventRequest *request)
{
    bool clears_title = update_clears(request->clear, request->n_clear, "title");
    bool clears_status = update_clears(request->clear, request->n_clear, "status");

    return unless(!clears_title && line_or_absent(request->title, TS_NAME_SIZE_MAX), REFUSED_TITLE) |
           unless(!clears_status, REFUSED_STATUS_ORDER) | event_text_check(request->description, request->image_url);
}

uint64_t date_check(const Catalog__EventDate *date, int64_t earliest_ms)
{
    int64_t starts_at_ms = date->starts_at_ms;

    if (!date->has_starts_at_ms || !time_is(starts_at_ms))
        return REFUSAL(STARTS_AT);
    return unless(starts_at_ms >= earliest_ms, REFUSED_STARTS_AT_PAST) |
           unless(!date->has_ends_at_ms || (date->ends_at_ms > starts_at_ms && time_is(date->ends_at_ms)),
                  REFUSED_ENDS_AT) |
           unless(!date->has_doors_at_ms || (date->doors_at_ms <= starts_at_ms && time_is(date->doors_at_ms)),
                  REFUSED_DOORS_AT);
}

static uint64_t sale_window_check(const Catalog__TicketType *type)
{
    bool starts_fine = !type->has_sale_starts_at_ms || time_is(type->sale_starts_at_ms);
    bool ends_fine = !type->has_sale_ends_at_ms || time_is(type->sale_ends_at_ms);

    if (type->has_sale_starts_at_ms && type->has_sale_ends_at_ms)
        ends_fine = ends_fine && type->sale_ends_at_ms > type->sale_starts_at_ms;
    return unless(starts_fine, REFUSED_SALE_STARTS_AT) | unless(ends_fine, REFUSED_SALE_ENDS_AT);
}

uint64_t ticket_type_check(const Catalog__TicketType *type)
{
    int32_t max = type->max_per_order;

    return unless(ts_text_is_line(type->name, TS_NAME_SIZE_MAX), REFUSED_NAME) |
           unless(prose_or_absent(type->description, TS_TEXT_SIZE_MAX), REFUSED_DESCRIPTION) |
           unless(line_or_absent(type->group, TS_NAME_SIZE_MAX), REFUSED_GROUP) | sale_window_check(type) |
           unless(max >= 1 && max <= PER_ORDER_MAX, REFUSED_MAX_PER_ORDER) |
           unless(type->min_per_order >= 1 && type->min_per_order <= (max < 1 ? PER_ORDER_MAX : max),
                  REFUSED_MIN_PER_ORDER);
}

uint64_t price_check(const char *price, const char *currency, int64_t *ret_minor)
{
    int64_t minor;

    switch (price ? ts_money_parse(price, currency, &minor) : TS_MONEY_MALFORMED) {
    case 0:
        break;
    case TS_MONEY_TOO_PRECISE:
        return REFUSAL(PRICE_PLACES);
    case TS_MONEY_TOO_LARGE:
        return REFUSAL(PRICE_RANGE);
    default:
        return REFUSAL(PRICE);
    }
    if (minor < 0)
        return REFUSAL(PRICE_RANGE);
    *ret_minor = minor;
    return 0;
}

#define ST(name) CATALOG__EVENT_STATUS__##name
#define ST_BIT(name) (1u << ST(name))

uint64_t status_check(Catalog__EventStatus from, Catalog__EventStatus to, bool ever_cancelled)
{
    /* For each status, where it may go; staying is always fine. */
    static const unsigned next[] = {
        [ST(DRAFT)] = ST_BIT(PUBLISHED) | ST_BIT(CANCELLED) | ST_BIT(ARCHIVED),
        [ST(PUBLISHED)] = ST_BIT(POSTPONED) | ST_BIT(CANCELLED) | ST_BIT(ARCHIVED),
        [ST(POSTPONED)] = ST_BIT(PUBLISHED) | ST_BIT(CANCELLED) | ST_BIT(ARCHIVED),
        [ST(CANCELLED)] = ST_BIT(ARCHIVED),
        [ST(ARCHIVED)] = ST_BIT(PUBLISHED) | ST_BIT(CANCELLED),
    };

    assert((size_t)from < sizeof(next) / sizeof(next[0]) && (size_t)to < sizeof(next) / sizeof(next[0]));
    if (from == to)
        return 0;
    if (to == ST(DRAFT))
        return REFUSAL(STATUS_DRAFT);
    if (ever_cancelled && to != ST(CANCELLED) && to != ST(ARCHIVED))
        return REFUSAL(STATUS_CANCELLED);
    return unless(next[from] & (1u << to), REFUSED_STATUS_ORDER);
}

bool event_is_open(Catalog__EventStatus status)
{
    return status != ST(CANCELLED) && status != ST(ARCHIVED);
}

bool status_is_public(Catalog__EventStatus status)
{
    return status != ST(DRAFT);
}

Catalog__EventStatus date_status(const Catalog__Event *event, const Catalog__EventDate *date)
{
    return date->status == ST(CANCELLED) ? ST(CANCELLED) : event->status;
}

bool update_clears(char *const *clear, size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(clear[i], field) == 0)
            return true;
    }
    return false;
}

bool title_matches(const char *title, const char *query)
{
    char word[TS_NAME_SIZE_MAX + 1];

    for (const char *at = query; at && *at;) {
        size_t size = strcspn(at, " ");

        if (size > TS_NAME_SIZE_MAX)
            return false; /* longer than any title */
        memcpy(word, at, size);
        word[size] = '\0';
        if (!strcasestr(title, word))
            return false;
        at += size + strspn(at + size, " ");
    }
    return true;
}

bool event_title_matches(const Catalog__Event *event, const char *query)
{
    bool matches = title_matches(event->title, query);

    for (size_t i = 0; i < event->n_translations && !matches; i++)
        matches = title_matches(event->translations[i]->title, query);
    return matches;
}
