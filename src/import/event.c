/*
 * The words of an event: which member says what, and what stands in for it on pages that have it elsewhere. Nothing is
 * judged here: resolve.c does that when the organizer's defaults are known.
 */
#include "import/event.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "import/place.h"
#include "import/slug.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

struct ld node_get(const struct graph *graph, const struct node *node, const char *name)
{
    struct ld own = ld_get(graph, node->value, name);

    for (const struct node *at = node->outer; at && !own.json; at = at->outer) {
        struct ld outer = ld_get(graph, at->value, name);

        if (outer.json)
            return outer;
    }
    return own;
}

/* A URL as text, or as an object's @id, url or contentUrl. */
static const char *url_text(const struct graph *graph, struct ld value)
{
    const char *text;

    value = ld_at(graph, value, 0);
    text = ld_text(graph, value);
    if (text || !json_is_object(value.json))
        return text;
    text = ld_text(graph, ld_get(graph, value, "url"));
    text = text ? text : ld_text(graph, ld_get(graph, value, "contentUrl"));
    return text ? text : ts_strdup(graph->arena, ld_id(value));
}

static bool is_absolute(const char *id)
{
    return id && (strstr(id, "://") || strncasecmp(id, "urn:", 4) == 0);
}

const char *node_source(const struct graph *graph, const struct node *node)
{
    const char *id = ld_id(node->value), *url;

    if (is_absolute(id))
        return ts_strdup(graph->arena, id);
    url = url_text(graph, ld_get(graph, node->value, "url"));
    if (!is_absolute(url))
        return NULL;
    return id && *id == '#' ? ts_printf(graph->arena, "%s%s", url, id) : url;
}

const char *node_name(const struct graph *graph, const struct node *node)
{
    return ld_line(graph, node_get(graph, node, "name"));
}

/* The first location that is a place; else the first, which is then online or only a text. */
static struct ld node_place(const struct graph *graph, const struct node *node)
{
    struct ld all = node_get(graph, node, "location");

    for (size_t i = 0; i < ld_count(all); i++) {
        struct ld one = ld_at(graph, all, i);

        if (one.json && !ld_is(one, "VirtualLocation"))
            return one;
    }
    if (!all.json)
        for (const struct node *at = node; at; at = at->outer)
            if (at->place.json)
                return at->place;
    return ld_at(graph, all, 0);
}

const char *node_place_name(const struct graph *graph, const struct node *node)
{
    struct ld place = node_place(graph, node);
    const char *name = ld_line(graph, json_is_object(place.json) ? ld_get(graph, place, "name") : place);

    return name ? name : "";
}

/* ---- venue */

/* A country's words: a code, a name, or a Country. */
static void read_country(const struct graph *graph, const char *text, struct import_venue *venue)
{
    venue->country_code = country_code(graph->arena, text);
    venue->country = venue->country_code ? venue->country_code : text;
}

static void read_postal_address(const struct graph *graph, struct ld address, struct import_venue *venue)
{
    struct ld country = ld_at(graph, ld_get(graph, address, "addressCountry"), 0);
    const char *street = ld_line(graph, ld_get(graph, address, "streetAddress"));
    const char *code = ld_line(graph, ld_get(graph, address, "postalCode"));

    venue->city = ld_line(graph, ld_get(graph, address, "addressLocality"));
    venue->region = ld_line(graph, ld_get(graph, address, "addressRegion"));
    if (code && venue->city)
        code = ts_printf(graph->arena, "%s %s", code, venue->city);
    if (street && code)
        venue->address = ts_printf(graph->arena, "%s, %s", street, code);
    else
        venue->address = street ? street : code;
    if (json_is_object(country.json))
        country =
            ld_get(graph, country, "name").json ? ld_get(graph, country, "name") : ld_get(graph, country, "identifier");
    read_country(graph, ld_line(graph, country), venue);
}

/* "Dorfstraße 1, 12345 Berlin, Germany": what is behind the last comma may be a country. */
static void read_text_address(const struct graph *graph, const char *text, struct import_venue *venue)
{
    const char *comma = text ? strrchr(text, ',') : NULL;

    venue->address = text;
    if (!comma)
        return;
    venue->country_code = country_code(graph->arena, comma + 1 + strspn(comma + 1, " "));
    venue->country = venue->country_code;
}

static void read_address(const struct graph *graph, struct ld address, struct import_venue *venue)
{
    address = ld_at(graph, address, 0);
    if (json_is_object(address.json) && !json_object_get(address.json, "@value"))
        read_postal_address(graph, address, venue);
    else
        read_text_address(graph, ld_line(graph, address), venue);
}

/* Geo is taken when it is a place on earth; where pages have none they write 0, 0 or nothing. */
static void read_position(const struct graph *graph, struct ld place, struct import_venue *venue)
{
    struct ld geo = ld_at(graph, ld_get(graph, place, "geo"), 0);
    double latitude, longitude;

    if (!ld_get(graph, geo.json ? geo : place, "latitude").json)
        return;
    geo = geo.json ? geo : place;
    if (!ld_number(graph, ld_get(graph, geo, "latitude"), &latitude) ||
        !ld_number(graph, ld_get(graph, geo, "longitude"), &longitude))
        return;
    if (fabs(latitude) > 90 || fabs(longitude) > 180 || (latitude == 0 && longitude == 0))
        return;
    venue->has_position = true;
    venue->latitude = latitude;
    venue->longitude = longitude;
}

static void read_virtual(const struct graph *graph, struct ld place, struct import_venue *venue)
{
    const char *name = ld_line(graph, ld_get(graph, place, "name"));

    venue->name = name ? name : "Online";
    venue->address = url_text(graph, ld_get(graph, place, "url"));
}

static void read_venue(const struct graph *graph, struct ld place, struct import_venue *venue)
{
    venue->path = place.path;
    if (!place.json)
        return;
    if (!json_is_object(place.json)) {
        read_text_address(graph, ld_line(graph, place), venue);
        venue->name = venue->address;
        venue->address = NULL;
        return;
    }
    if (ld_is(place, "VirtualLocation")) {
        read_virtual(graph, place, venue);
        return;
    }
    venue->name = ld_line(graph, ld_get(graph, place, "name"));
    if (ld_is(place, "PostalAddress"))
        read_postal_address(graph, place, venue);
    else
        read_address(graph, ld_get(graph, place, "address"), venue);
    read_position(graph, place, venue);
    if (!venue->name)
        venue->name = venue->address ? venue->address : venue->city;
}

/* ---- organizer */

static void read_organizer(const struct graph *graph, const struct node *node, struct import_organizer *organizer)
{
    struct ld value = ld_at(graph, node_get(graph, node, "organizer"), 0);
    const char *slug = "";

    for (const struct node *at = node; at && !value.json; at = at->outer)
        if (at->organizer.json)
            value = at->organizer;
    organizer->path = value.path;
    if (json_is_object(value.json)) {
        organizer->name = ld_line(graph, ld_get(graph, value, "name"));
        organizer->url = url_text(graph, ld_get(graph, value, "url"));
        organizer->url = organizer->url ? organizer->url : ts_strdup(graph->arena, ld_id(value));
    } else {
        organizer->name = ld_line(graph, value);
    }
    if (!organizer->name)
        return;
    slug = slug_of(graph->arena, organizer->name, TS_SLUG_SIZE_MAX);
    if (!*slug)
        slug = slug_of_host(graph->arena, organizer->url, TS_SLUG_SIZE_MAX);
    organizer->slug = *slug ? slug : slug_of_hash(graph->arena, "organizer", organizer->name);
}

/* ---- the event itself */

/* An absolute URL in ASCII: "//host" gets https, "/path" the event's own host, other bytes are escaped. */
static const char *image_url(const struct graph *graph, const char *image, const char *page)
{
    char *url, *to;

    if (!image)
        return NULL;
    if (strncmp(image, "//", 2) == 0)
        image = ts_printf(graph->arena, "https:%s", image);
    else if (*image == '/' && page && strstr(page, "://"))
        image = ts_printf(graph->arena, "%.*s%s",
                          (int)(strcspn(strstr(page, "://") + 3, "/?#") + 3 + (size_t)(strstr(page, "://") - page)),
                          page, image);
    url = to = ts_alloc(graph->arena, strlen(image) * 3 + 1);
    for (const unsigned char *at = (const unsigned char *)image; *at; at++) {
        if (*at > ' ' && *at < 0x7f) {
            *to++ = (char)*at;
        } else {
            *to++ = '%';
            *to++ = "0123456789ABCDEF"[*at >> 4];
            *to++ = "0123456789ABCDEF"[*at & 15];
        }
    }
    return url;
}

void event_fill(const struct graph *graph, const struct node *node, struct import_event *event)
{
    event->path = node->value.path;
    event->title = node_name(graph, node);
    event->description = ld_text(graph, node_get(graph, node, "description"));
    event->url = url_text(graph, ld_get(graph, node->value, "url"));
    event->image = image_url(graph, url_text(graph, node_get(graph, node, "image")),
                             event->url ? event->url : url_text(graph, node_get(graph, node, "url")));
    read_organizer(graph, node, &event->organizer);
    read_venue(graph, node_place(graph, node), &event->venue);
}

/* ---- offers */

static struct import_word word_of(const struct graph *graph, struct ld value)
{
    return (struct import_word){ ld_line(graph, value), value.path };
}

/*
 * A JSON number's point is never a sign of thousands: four places say so, since groups have three (price.h).
 */
static struct import_word price_word(const struct graph *graph, struct ld value)
{
    struct import_word word = word_of(graph, value);
    struct ld first = ld_at(graph, value, 0);

    if (word.text && json_is_real(first.json) && strchr(word.text, '.'))
        word.text = ts_printf(graph->arena, "%s000", word.text);
    return word;
}

/* The first of `names` that the object has; the first one's path when it has none. */
static struct ld get_any(const struct graph *graph, struct ld object, const char *const names[])
{
    struct ld first = ld_get(graph, object, names[0]);

    for (size_t i = 1; !first.json && names[i]; i++) {
        struct ld other = ld_get(graph, object, names[i]);

        if (other.json)
            return other;
    }
    return first;
}

static void read_price(const struct graph *graph, struct ld value, struct import_offer *offer)
{
    static const char *const low[] = { "lowPrice", "price", "minPrice", NULL }, *const plain[] = { "price", "lowPrice",
                                                                                                   "minPrice", NULL };
    struct ld inner = ld_at(graph, ld_get(graph, value, "priceSpecification"), 0), price;

    price = get_any(graph, value, ld_is(value, "AggregateOffer") ? low : plain);
    offer->price = price_word(graph, price);
    offer->currency = word_of(graph, ld_get(graph, value, "priceCurrency"));
    if (json_is_object(inner.json) && !offer->price.text)
        offer->price = price_word(graph, get_any(graph, inner, plain));
    if (json_is_object(inner.json) && !offer->currency.text)
        offer->currency = word_of(graph, ld_get(graph, inner, "priceCurrency"));
}

/* A count written as a number, or as {value}; -1 when it is none. */
static int64_t read_count(const struct graph *graph, struct ld value)
{
    double number;

    value = ld_at(graph, value, 0);
    if (json_is_object(value.json) && ld_get(graph, value, "value").json)
        value = ld_get(graph, value, "value");
    if (!ld_number(graph, value, &number) || number < 0 || number > 1e12)
        return -1;
    return (int64_t)number;
}

static int32_t read_quantity(const struct graph *graph, struct ld value, const char *name)
{
    int64_t count = json_is_object(value.json) ? read_count(graph, ld_get(graph, value, name)) : -1;

    return count >= 1 && count <= INT32_MAX ? (int32_t)count : 0;
}

static struct import_offer *read_offer(const struct graph *graph, struct ld value)
{
    static const char *const starts[] = { "validFrom", "availabilityStarts", NULL };
    static const char *const ends[] = { "validThrough", "availabilityEnds", NULL };
    struct import_offer *offer = TS_NEW(graph->arena, struct import_offer);
    struct ld quantity = ld_at(graph, ld_get(graph, value, "eligibleQuantity"), 0);

    offer->path = value.path;
    offer->name = ld_line(graph, ld_get(graph, value, "name"));
    offer->name = offer->name ? offer->name : "Ticket";
    offer->description = ld_text(graph, ld_get(graph, value, "description"));
    read_price(graph, value, offer);
    offer->windows = TS_NEW(graph->arena, struct import_window);
    offer->windows->start = word_of(graph, get_any(graph, value, starts));
    offer->windows->end = word_of(graph, get_any(graph, value, ends));
    offer->min_per_order = read_quantity(graph, quantity, "minValue");
    offer->max_per_order = read_quantity(graph, quantity, "maxValue");
    return offer;
}

static bool is_sold_out(const struct graph *graph, struct ld offer)
{
    static const char *const words[] = { "SoldOut", "OutOfStock", "Discontinued", "Sold Out" };
    const char *text = ld_line(graph, ld_get(graph, offer, "availability"));

    for (size_t i = 0; text && i < TS_ARRAY_SIZE(words); i++)
        if (strcasecmp(schema_word(text), words[i]) == 0)
            return true;
    return false;
}

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

/*
 * The event's offer of this name and price, added when it is new. Dates often differ in when the sale of the same thing
 * ends, and a type has one window: all windows are kept, and resolve.c makes the widest of them.
 */
static struct import_offer *event_offer(struct import_event *event, struct import_offer *offer)
{
    struct import_offer **at = &event->offers;

    for (; *at; at = &(*at)->next) {
        if (same_text((*at)->name, offer->name) && same_text((*at)->price.text, offer->price.text) &&
            same_text((*at)->currency.text, offer->currency.text)) {
            offer->windows->next = (*at)->windows;
            (*at)->windows = offer->windows;
            return *at;
        }
    }
    if (++event->offer_count > TS_TYPES_PER_EVENT_MAX + 1) /* refused; comparing all with all would take long */
        return event->offers;
    return *at = offer;
}

static struct import_sale *sale_add(const struct graph *graph, struct import_sale **end, struct import_offer *offer)
{
    for (; *end; end = &(*end)->next)
        if ((*end)->offer == offer)
            return *end;
    *end = TS_NEW(graph->arena, struct import_sale);
    (*end)->offer = offer;
    return *end;
}

static struct import_sale *free_entry(const struct graph *graph, const struct node *node, struct import_event *event)
{
    struct ld says = node_get(graph, node, "isAccessibleForFree");
    const char *text = ld_text(graph, says);
    struct import_offer *offer;
    struct import_sale *sales = NULL;

    if (!json_is_true(ld_at(graph, says, 0).json) && (!text || strcasecmp(schema_word(text), "true") != 0))
        return NULL;
    offer = TS_NEW(graph->arena, struct import_offer);
    offer->path = says.path;
    offer->name = "Ticket";
    offer->price = (struct import_word){ "0", says.path };
    offer->windows = TS_NEW(graph->arena, struct import_window);
    sale_add(graph, &sales, event_offer(event, offer))->level = -1;
    return sales;
}

static void read_sale(struct graph *graph, struct ld value, struct event_draft *draft)
{
    struct import_sale *sale;

    if (!json_is_object(value.json) || graph->part_count++ >= PAGE_PARTS_MAX)
        return;
    sale = sale_add(graph, &draft->sales, event_offer(draft->event, read_offer(graph, value)));
    sale->sold_out = is_sold_out(graph, value);
    sale->level = read_count(graph, ld_get(graph, value, "inventoryLevel"));
}

/* Into draft->sales; parts of a series that share its offers share what was read of them. */
static void read_offers(struct graph *graph, const struct node *node, struct event_draft *draft)
{
    struct ld all = node_get(graph, node, "offers");

    if (all.json && all.json == draft->offers)
        return;
    draft->offers = all.json;
    draft->sales = NULL;
    for (size_t i = 0; i < ld_count(all); i++)
        read_sale(graph, ld_at(graph, all, i), draft);
    if (!draft->sales)
        draft->sales = free_entry(graph, node, draft->event);
}

/* ---- dates */

static enum import_status status_of(const struct graph *graph, const struct node *node)
{
    enum import_status worst = IMPORT_SCHEDULED;

    for (; node; node = node->outer) {
        struct ld all = ld_get(graph, node->value, "eventStatus");

        for (size_t i = 0; i < ld_count(all); i++) {
            const char *text = ld_line(graph, ld_at(graph, all, i));
            const char *word = text ? schema_word(text) : "";

            if (strcasecmp(word, "EventCancelled") == 0 || strcasecmp(word, "EventCanceled") == 0 ||
                strcasecmp(word, "Cancelled") == 0 || strcasecmp(word, "Canceled") == 0)
                return IMPORT_CANCELLED;
            if (strcasecmp(word, "EventPostponed") == 0 || strcasecmp(word, "Postponed") == 0)
                worst = IMPORT_POSTPONED;
        }
    }
    return worst;
}

/* The event's own limit, else what its offers have together when each says it, else the place's. */
static int64_t capacity_of(const struct graph *graph, const struct node *node, const struct import_sale *sales)
{
    int64_t capacity = read_count(graph, node_get(graph, node, "maximumAttendeeCapacity")), sum = 0;
    struct ld place = node_place(graph, node);

    if (capacity > 0) /* generators write 0 where nothing is known */
        return capacity;
    for (const struct import_sale *sale = sales; sale; sale = sale->next)
        sum = sum < 0 || sale->level < 0 ? -1 : sum + sale->level;
    if (sales && sum >= 0)
        return sum;
    capacity = json_is_object(place.json) ? read_count(graph, ld_get(graph, place, "maximumAttendeeCapacity")) : 0;
    return capacity > 0 ? capacity : -1;
}

void event_add_dates(struct graph *graph, const struct node *node, struct event_draft *draft)
{
    struct ld starts = ld_get(graph, node->value, "startDate"), ends = ld_get(graph, node->value, "endDate");
    size_t count = ld_count(starts);
    int64_t capacity;

    read_offers(graph, node, draft);
    capacity = capacity_of(graph, node, draft->sales);
    for (size_t i = 0; i < (count ? count : 1) && graph->part_count++ < PAGE_PARTS_MAX; i++) {
        struct import_date *date = TS_NEW(graph->arena, struct import_date);

        date->path = node->value.path;
        date->start = word_of(graph, count > 1 ? ld_at(graph, starts, i) : starts);
        if (count <= 1 || ld_count(ends) == count)
            date->end = word_of(graph, count > 1 ? ld_at(graph, ends, i) : ends);
        date->doors = word_of(graph, node_get(graph, node, "doorTime"));
        date->status = status_of(graph, node);
        date->sales = draft->sales;
        date->capacity = capacity;
        *draft->end = date;
        draft->end = &date->next;
        draft->event->date_count++;
    }
}

static bool name_is_taken(const struct import_event *event, const struct import_offer *offer)
{
    for (const struct import_offer *other = event->offers; other != offer; other = other->next)
        if (strcmp(other->name, offer->name) == 0)
            return true;
    return false;
}

void event_finish(const struct graph *graph, struct import_event *event)
{
    bool all_cancelled = true, none_scheduled = true;

    for (const struct import_date *date = event->dates; date; date = date->next) {
        all_cancelled = all_cancelled && date->status == IMPORT_CANCELLED;
        none_scheduled = none_scheduled && date->status != IMPORT_SCHEDULED;
    }
    event->status = all_cancelled ? IMPORT_CANCELLED : none_scheduled ? IMPORT_POSTPONED : IMPORT_SCHEDULED;
    for (struct import_offer *offer = event->offers; offer; offer = offer->next) {
        const char *name = offer->name;

        for (unsigned count = 2; name_is_taken(event, offer); count++)
            offer->name = ts_printf(graph->arena, "%s %u", name, count);
    }
}
