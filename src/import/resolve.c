/* One event's judgement. Every mistake is noted, so that a page can be mended in one go. */
#include "import/resolve.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/tz.h"
#include "import/place.h"
#include "import/price.h"
#include "import/when.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/money.h"
#include "tessera/text.h"

enum {
    PER_ORDER_MAX = 100, /* the catalogue's */
    URL_SIZE = 2048,     /* the catalogue's */
    SOURCE_SIZE = 1000,  /* a URL with a name behind it */
    YEARS_DAYS = 365 * 200,
};

#define TIME_MS_END ((int64_t)YEARS_DAYS * TS_DAY_MS)

void resolver_init(struct resolver *resolver, struct ts_arena *arena)
{
    resolver->arena = arena;
    map_init(&resolver->zones);
    map_init(&resolver->countries);
}

void resolver_done(struct resolver *resolver)
{
    map_done(&resolver->zones);
    map_done(&resolver->countries);
}

/* One event being resolved. */
struct resolution {
    struct resolver *resolver;
    const struct import_defaults *defaults;
    struct import_event *event;
    struct import_problems *problems;
    size_t problems_before;
    struct when *starts; /* of each date */
    struct country_zone *zones;
    const struct tz *tz;
};

#define problem(resolution, path, ...)                                                                                 \
    import_problem_add((resolution)->resolver->arena, (resolution)->problems, (path), __VA_ARGS__)

static bool is_refused(const struct resolution *resolution)
{
    return resolution->problems->count > resolution->problems_before;
}

static const char *path_of(const struct resolution *resolution, const char *path, const char *name)
{
    return ts_printf(resolution->resolver->arena, "%s%s%s", path, *path ? "." : "", name);
}

/* ---- zones */

/* The zone's file, read once; NULL when there is none. */
static const struct tz *zone_get(struct resolver *resolver, const char *name)
{
    struct tz *tz = name ? map_find(&resolver->zones, name) : NULL;

    if (!tz && name && tz_load(resolver->arena, name, &tz) == 0)
        (void)map_put(&resolver->zones, ts_strdup(resolver->arena, name), tz);
    return tz;
}

static struct country_zone *zones_get(struct resolver *resolver, const char *code)
{
    struct country_zone *zones = code ? map_find(&resolver->countries, code) : NULL;

    if (!zones && code && (zones = country_zones(resolver->arena, code)))
        (void)map_put(&resolver->countries, code, zones);
    return zones;
}

/* True if the zone has, at each start with an offset, that offset. */
static bool zone_fits(const struct resolution *resolution, const char *name)
{
    const struct tz *tz = zone_get(resolution->resolver, name);

    for (size_t i = 0; tz && i < resolution->event->date_count; i++) {
        const struct when *start = &resolution->starts[i];

        if (start->has_offset && tz_offset_s(tz, start->local_s - start->offset_s) != start->offset_s)
            return false;
    }
    return tz != NULL;
}

static bool zone_is_in_country(const struct resolution *resolution, const char *name)
{
    for (const struct country_zone *zone = resolution->zones; name && zone; zone = zone->next)
        if (strcmp(zone->name, name) == 0)
            return true;
    return false;
}

/* True if the zone is named after the venue's city: "America/Los_Angeles" in "Los Angeles". */
static bool zone_is_of_city(const char *zone, const char *city)
{
    const char *name = strrchr(zone, '/') ? strrchr(zone, '/') + 1 : zone;

    for (; *name && *city; name++, city++)
        if ((*name == '_' ? ' ' : *name | 0x20) != (*city == ' ' ? ' ' : *city | 0x20))
            return false;
    return !*name && (!*city || *city == ' ' || *city == ',');
}

static const char *zone_by_city(const struct resolution *resolution)
{
    const char *city = resolution->event->venue.city;

    for (const struct country_zone *zone = resolution->zones; city && zone; zone = zone->next)
        if (zone_is_of_city(zone->name, city) && zone_fits(resolution, zone->name))
            return zone->name;
    return NULL;
}

/* Of those that fit, the one whose chief town is nearest; flat enough for choosing among few. */
static const char *zone_by_position(const struct resolution *resolution)
{
    const struct import_venue *venue = &resolution->event->venue;
    const char *name = NULL;
    double nearest = 0;

    for (const struct country_zone *zone = resolution->zones; venue->has_position && zone; zone = zone->next) {
        double north = zone->latitude - venue->latitude;
        double east = remainder(zone->longitude - venue->longitude, 360) * cos(venue->latitude * M_PI / 180);
        double distance = north * north + east * east;

        if ((!name || distance < nearest) && zone_fits(resolution, zone->name)) {
            name = zone->name;
            nearest = distance;
        }
    }
    return name;
}

/* The country's zone that the page's words, the flag or the organizer point at; NULL when nothing does. */
static const char *zone_pointed_at(const struct resolution *resolution)
{
    const char *const wanted[] = { resolution->defaults->time_zone, resolution->defaults->organizer_time_zone };
    const char *by_city = zone_by_city(resolution);

    if (by_city)
        return by_city;
    for (size_t i = 0; i < 2; i++)
        if (zone_is_in_country(resolution, wanted[i]) && zone_fits(resolution, wanted[i]))
            return wanted[i];
    return zone_by_position(resolution);
}

/* "Etc/GMT-2" is two hours east; hours in part have no such name. */
static const char *zone_of_offset(const struct resolution *resolution, int32_t offset_s)
{
    if (offset_s == 0 || offset_s % 3600 || offset_s < -12 * 3600)
        return "Etc/UTC";
    return ts_printf(resolution->resolver->arena, "Etc/GMT%+d", -offset_s / 3600);
}

static const char *zone_for_offsets(const struct resolution *resolution, const struct when *first)
{
    const struct import_defaults *defaults = resolution->defaults;
    const char *pointed_at = zone_pointed_at(resolution);

    if (pointed_at)
        return pointed_at;
    for (const struct country_zone *zone = resolution->zones; zone; zone = zone->next)
        if (zone_fits(resolution, zone->name))
            return zone->name;
    if (defaults->time_zone)
        return defaults->time_zone;
    if (resolution->zones)
        return resolution->zones->name;
    if (defaults->organizer_time_zone && (first->is_utc || zone_fits(resolution, defaults->organizer_time_zone)))
        return defaults->organizer_time_zone;
    return zone_of_offset(resolution, first->offset_s);
}

/* True if every zone of the country gives each wall-clock start the same instant. */
static bool zones_agree(const struct resolution *resolution)
{
    const struct tz *first = zone_get(resolution->resolver, resolution->zones->name);

    for (const struct country_zone *zone = resolution->zones->next; first && zone; zone = zone->next) {
        const struct tz *tz = zone_get(resolution->resolver, zone->name);

        for (size_t i = 0; tz && i < resolution->event->date_count; i++)
            if (tz_utc_s(tz, resolution->starts[i].local_s) != tz_utc_s(first, resolution->starts[i].local_s))
                return false;
    }
    return true;
}

static const char *zone_without_offset(struct resolution *resolution)
{
    const struct import_defaults *defaults = resolution->defaults;
    const char *zone = resolution->zones && zones_agree(resolution) ? resolution->zones->name : NULL;

    zone = zone ? zone : zone_pointed_at(resolution);
    zone = zone ? zone : defaults->time_zone;
    if (!zone && !resolution->zones)
        zone = defaults->organizer_time_zone; /* abroad it would only be a guess */
    if (!zone && resolution->zones)
        problem(resolution, resolution->event->dates->start.path,
                "has no time zone, and %s has several: give --time-zone", resolution->event->venue.country);
    else if (!zone)
        problem(resolution, resolution->event->dates->start.path, "has no time zone: give --time-zone");
    return zone;
}

static void zone_choose(struct resolution *resolution)
{
    const struct when *with_offset = NULL;
    const char *zone = NULL;

    resolution->zones = zones_get(resolution->resolver, resolution->event->venue.country_code);
    for (size_t i = 0; i < resolution->event->date_count; i++) {
        const struct when *start = &resolution->starts[i];

        if (start->has_offset && !with_offset)
            with_offset = start;
        if (*start->zone && !zone)
            zone = start->zone;
    }
    if (zone && !ts_text_is_time_zone(zone)) {
        problem(resolution, resolution->event->dates->start.path, "names a time zone that is none: %s", zone);
        return;
    }
    if (!zone)
        zone = with_offset ? zone_for_offsets(resolution, with_offset) : zone_without_offset(resolution);
    resolution->event->time_zone = ts_strdup(resolution->resolver->arena, zone);
    resolution->tz = zone_get(resolution->resolver, zone);
    if (zone && !resolution->tz)
        problem(resolution, resolution->event->path, "is in %s, of which this machine knows nothing (package tzdata)",
                zone);
}

/* ---- times */

static int64_t when_ms(const struct resolution *resolution, const struct when *when)
{
    int64_t utc_s = when->has_offset ? when->local_s - when->offset_s : tz_utc_s(resolution->tz, when->local_s);

    return utc_s * TS_SECOND_MS;
}

/* The local day on which an instant falls, as seconds at its midnight. */
static int64_t local_day_s(const struct resolution *resolution, int64_t time_ms)
{
    int64_t local_s = time_ms / TS_SECOND_MS;

    local_s += tz_offset_s(resolution->tz, local_s);
    return local_s - (local_s % 86400 + 86400) % 86400;
}

/* Read a word with a day. Return: false, with a problem, when it is none. */
static bool word_read(struct resolution *resolution, const struct import_word *word, struct when *ret_when)
{
    if (when_read(word->text, ret_when) && ret_when->has_day)
        return true;
    problem(resolution, word->path, "is no date, or one with the year not first: %.40s", word->text);
    return false;
}

static bool time_is_held(struct resolution *resolution, const char *path, int64_t time_ms)
{
    if (time_ms >= 0 && time_ms < TIME_MS_END)
        return true;
    problem(resolution, path, "is not between 1970 and 2169");
    return false;
}

/* The end of the day when it names no time; a time alone is the next after the start. */
static void end_resolve(struct resolution *resolution, struct import_date *date)
{
    struct when when;

    if (!date->end.text)
        return;
    if (!when_read(date->end.text, &when)) {
        problem(resolution, date->end.path, "is no date, or one with the year not first: %.40s", date->end.text);
        return;
    }
    if (!when.has_day) {
        when.local_s += local_day_s(resolution, date->starts_at_ms);
        if (when_ms(resolution, &when) <= date->starts_at_ms)
            when.local_s += 86400;
    } else if (!when.has_time) {
        when.local_s += 86400;
    }
    date->ends_at_ms = when_ms(resolution, &when);
    date->has_end =
        date->ends_at_ms != date->starts_at_ms && time_is_held(resolution, date->end.path, date->ends_at_ms);
    if (date->ends_at_ms < date->starts_at_ms)
        problem(resolution, date->end.path, "is before the start");
}

/* A time alone is the last before the start. Doors of another day are those of another part of a series. */
static void doors_resolve(struct resolution *resolution, struct import_date *date)
{
    struct when when;

    if (!date->doors.text)
        return;
    if (!when_read(date->doors.text, &when) || !when.has_time) {
        problem(resolution, date->doors.path, "is no time: %.40s", date->doors.text);
        return;
    }
    if (!when.has_day) {
        when.local_s += local_day_s(resolution, date->starts_at_ms);
        if (when_ms(resolution, &when) > date->starts_at_ms)
            when.local_s -= 86400;
    }
    date->doors_at_ms = when_ms(resolution, &when);
    if (date->doors_at_ms > date->starts_at_ms)
        problem(resolution, date->doors.path, "is after the start");
    date->has_doors = date->doors_at_ms >= 0 && date->starts_at_ms - date->doors_at_ms <= TS_DAY_MS;
}

static bool starts_read(struct resolution *resolution)
{
    struct import_event *event = resolution->event;
    size_t i = 0;

    resolution->starts = TS_NEW_ARRAY(resolution->resolver->arena, struct when, event->date_count);
    for (const struct import_date *date = event->dates; date; date = date->next, i++) {
        if (!date->start.text)
            problem(resolution, date->start.path, "is missing");
        else
            (void)word_read(resolution, &date->start, &resolution->starts[i]); /* noted */
    }
    return !is_refused(resolution);
}

/* A date that comes twice is one: lists overlap where pages are put together. */
static void dates_unique(struct import_event *event)
{
    struct map seen;

    map_init(&seen);
    for (struct import_date **at = &event->dates; *at;) {
        if (map_put_number(&seen, (uint64_t)(*at)->starts_at_ms, *at)) {
            *at = (*at)->next;
            event->date_count--;
        } else {
            at = &(*at)->next;
        }
    }
    map_done(&seen);
}

static void dates_resolve(struct resolution *resolution)
{
    struct import_event *event = resolution->event;
    size_t i = 0;

    if (!starts_read(resolution))
        return;
    zone_choose(resolution);
    if (!resolution->tz)
        return;
    for (struct import_date *date = event->dates; date; date = date->next) {
        date->starts_at_ms = when_ms(resolution, &resolution->starts[i++]);
        if (!time_is_held(resolution, date->start.path, date->starts_at_ms))
            continue;
        end_resolve(resolution, date);
        doors_resolve(resolution, date);
        if (date->capacity > TS_QUOTA_SIZE_MAX)
            problem(resolution, path_of(resolution, date->path, "maximumAttendeeCapacity"), "has room for more than %d",
                    TS_QUOTA_SIZE_MAX);
    }
    dates_unique(event);
    if (event->date_count > TS_DATES_PER_EVENT_MAX)
        problem(resolution, event->path, "has more than %d dates", TS_DATES_PER_EVENT_MAX);
}

/* ---- offers */

/* The widest of the offer's windows: open where one of them is. */
static void window_resolve(struct resolution *resolution, struct import_offer *offer)
{
    bool first = true;

    for (const struct import_window *window = offer->windows; window; window = window->next, first = false) {
        struct when start = { 0 }, end = { 0 };
        int64_t start_ms, end_ms;

        if ((window->start.text && !word_read(resolution, &window->start, &start)) ||
            (window->end.text && !word_read(resolution, &window->end, &end)))
            return;
        end.local_s += end.has_time ? 0 : 86400;
        start_ms = when_ms(resolution, &start);
        end_ms = when_ms(resolution, &end);
        offer->has_sale_start = window->start.text && (first || offer->has_sale_start);
        offer->has_sale_end = window->end.text && (first || offer->has_sale_end);
        offer->sale_starts_at_ms = first || start_ms < offer->sale_starts_at_ms ? start_ms : offer->sale_starts_at_ms;
        offer->sale_ends_at_ms = first || end_ms > offer->sale_ends_at_ms ? end_ms : offer->sale_ends_at_ms;
    }
    assert(offer->windows || (!offer->has_sale_start && !offer->has_sale_end));
    if ((offer->has_sale_start && !time_is_held(resolution, offer->windows->start.path, offer->sale_starts_at_ms)) ||
        (offer->has_sale_end && !time_is_held(resolution, offer->windows->end.path, offer->sale_ends_at_ms)))
        return;
    if (offer->has_sale_start && offer->has_sale_end && offer->sale_ends_at_ms <= offer->sale_starts_at_ms)
        problem(resolution, offer->windows->end.path, "is not after the start of the sale");
}

/* What is expected where a sign may be several currencies. */
static const char *wanted_currency(const struct resolution *resolution)
{
    return resolution->defaults->currency ? resolution->defaults->currency : resolution->defaults->organizer_currency;
}

static bool is_free(struct resolution *resolution, const struct import_offer *offer)
{
    int64_t minor;

    return price_read(resolution->resolver->arena, offer->price.text, "EUR", &minor) == 0 && minor == 0;
}

/*
 * The event's one currency: what its priced offers say. What is free may say anything, or nothing; then the event has
 * the wanted currency, or the country's, which matters to nobody until a price comes.
 */
static void currency_choose(struct resolution *resolution)
{
    struct import_event *event = resolution->event;
    struct ts_arena *arena = resolution->resolver->arena;
    const char *local = country_currency(event->venue.country_code), *wanted = wanted_currency(resolution);
    bool any_price = false;

    for (const struct import_offer *offer = event->offers; offer; offer = offer->next) {
        const char *currency = price_currency(arena, offer->currency.text, offer->price.text, wanted, local);

        if (!offer->price.text || (is_free(resolution, offer) && (!currency || currency == PRICE_CURRENCY_UNCLEAR)))
            continue;
        any_price = any_price || !is_free(resolution, offer);
        if (currency == PRICE_CURRENCY_UNCLEAR)
            problem(resolution, offer->currency.text ? offer->currency.path : offer->price.path,
                    "does not say which currency: %.20s %.40s", offer->currency.text ? offer->currency.text : "",
                    offer->price.text);
        else if (currency && event->currency && strcmp(event->currency, currency) != 0 && !is_free(resolution, offer))
            problem(resolution, offer->path, "is in %s, another offer of the event in %s", currency, event->currency);
        else if (currency && !event->currency)
            event->currency = currency;
    }
    if (!event->currency)
        event->currency = wanted ? wanted : any_price ? NULL : local;
    if (!event->currency && !is_refused(resolution))
        problem(resolution,
                event->offers ? event->offers->currency.path ? event->offers->currency.path : event->offers->path
                              : event->path,
                "has no currency: give --currency");
}

static void price_resolve(struct resolution *resolution, struct import_offer *offer)
{
    const char *currency = resolution->event->currency;
    char amount[TS_MONEY_TEXT_SIZE];

    switch (price_read(resolution->resolver->arena, offer->price.text, currency, &offer->price_minor)) {
    case 0:
        offer->amount = ts_strdup(resolution->resolver->arena, ts_money_format(offer->price_minor, currency, amount));
        return;
    case PRICE_TOO_PRECISE:
        problem(resolution, offer->price.path, "has more decimal places than %s: %.40s", currency, offer->price.text);
        return;
    case PRICE_TOO_LARGE:
        problem(resolution, offer->price.path, "is too large: %.40s", offer->price.text);
        return;
    default:
        problem(resolution, offer->price.path, "is not clearly one amount: %.40s", offer->price.text);
    }
}

static void quantities_resolve(struct resolution *resolution, struct import_offer *offer)
{
    if (offer->max_per_order > PER_ORDER_MAX)
        offer->max_per_order = PER_ORDER_MAX;
    if (offer->min_per_order > PER_ORDER_MAX)
        problem(resolution, offer->path, "is sold from %d on; an order has at most %d", offer->min_per_order,
                PER_ORDER_MAX);
    else if (offer->min_per_order > (offer->max_per_order ? offer->max_per_order : TS_MAX_PER_ORDER_DEFAULT))
        offer->max_per_order = offer->min_per_order;
}

static void text_check(struct resolution *resolution, const char *path, const char *name, const char *text);

static void offers_resolve(struct resolution *resolution)
{
    struct import_event *event = resolution->event;

    for (struct import_offer *offer = event->offers; offer; offer = offer->next) {
        if (!offer->price.text)
            problem(resolution, offer->price.path, "is missing");
        if (!ts_text_is_line(offer->name, TS_NAME_SIZE_MAX))
            problem(resolution, offer->path, "has a name of more than %d bytes", TS_NAME_SIZE_MAX);
        text_check(resolution, offer->path, "description", offer->description);
        quantities_resolve(resolution, offer);
        if (resolution->tz)
            window_resolve(resolution, offer);
    }
    if (event->offer_count > TS_TYPES_PER_EVENT_MAX)
        problem(resolution, event->path, "has more than %d offers", TS_TYPES_PER_EVENT_MAX);
    if (is_refused(resolution))
        return;
    currency_choose(resolution);
    for (struct import_offer *offer = event->offers; event->currency && offer; offer = offer->next)
        price_resolve(resolution, offer);
}

/* ---- texts */

/* A text of several lines, or one line when `name` is not a description. */
static void text_check(struct resolution *resolution, const char *path, const char *name, const char *text)
{
    if (text && !ts_text_is_prose(text, TS_TEXT_SIZE_MAX))
        problem(resolution, path_of(resolution, path, name), "has more than %d bytes or control characters",
                TS_TEXT_SIZE_MAX);
}

static void line_check(struct resolution *resolution, const char *path, const char *name, const char *text)
{
    if (text && !ts_text_is_line(text, TS_NAME_SIZE_MAX))
        problem(resolution, path_of(resolution, path, name), "has more than %d bytes", TS_NAME_SIZE_MAX);
}

static void venue_check(struct resolution *resolution)
{
    const struct import_venue *venue = &resolution->event->venue;

    if (!venue->path)
        return;
    line_check(resolution, venue->path, "name", venue->name);
    line_check(resolution, venue->path, "address", venue->address);
    line_check(resolution, venue->path, "address.addressLocality", venue->city);
    if (venue->country && strlen(venue->country) > 64)
        problem(resolution, path_of(resolution, venue->path, "address.addressCountry"), "has more than 64 bytes");
}

static void texts_check(struct resolution *resolution)
{
    struct import_event *event = resolution->event;

    if (strlen(event->source_id) > SOURCE_SIZE)
        problem(resolution, path_of(resolution, event->path, "@id"), "has more than %d bytes", SOURCE_SIZE);
    if (!event->title)
        problem(resolution, path_of(resolution, event->path, "name"), "is missing");
    line_check(resolution, event->path, "name", event->title);
    text_check(resolution, event->path, "description", event->description);
    if (event->image && !ts_text_is_url(event->image, URL_SIZE))
        problem(resolution, path_of(resolution, event->path, "image"), "is no http or https URL: %.60s", event->image);
    line_check(resolution, event->path, "organizer.name", event->organizer.name);
    venue_check(resolution);
}

int event_resolve(struct resolver *resolver, const struct import_defaults *defaults, struct import_event *event,
                  struct import_problems *problems)
{
    struct resolution resolution = { .resolver = resolver, .defaults = defaults, .event = event, .problems = problems };

    resolution.problems_before = problems->count;
    texts_check(&resolution);
    dates_resolve(&resolution);
    offers_resolve(&resolution);
    return is_refused(&resolution) ? EVENT_REFUSED : 0;
}
