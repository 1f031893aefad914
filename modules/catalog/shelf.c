#include "shelf.h"

#include <string.h>

#include "api.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/view.h"

/* ---- which events */

struct gathered {
    const Catalog__Event **events;
    size_t count, capacity;
};

static void gathered_add(struct ts_call *call, struct gathered *gathered, const Catalog__Event *event)
{
    if (gathered->count == gathered->capacity) {
        size_t capacity = gathered->capacity ? 2 * gathered->capacity : 64;
        const Catalog__Event **events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, capacity);

        if (gathered->count)
            memcpy(events, gathered->events, gathered->count * sizeof(*events));
        gathered->events = events;
        gathered->capacity = capacity;
    }
    gathered->events[gathered->count++] = event;
}

static int gather(struct ts_call *call, const struct shelf_question *question, struct gathered *gathered)
{
    struct event_scan scan = { .organizer_id = question->organizer_id, .from_ms = scan_from_ms(question->from_ms) };
    struct event_page page;

    do {
        int r = event_scan(call, &scan, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            gathered_add(call, gathered, page.events[i]);
            ts_yield(call);
        }
        scan.cursor = page.cursor;
    } while (page.cursor);
    return 0;
}

/* ---- in which order */

int shelf_order(const Catalog__Event *left, const Catalog__Event *right)
{
    if (left->first_starts_at_ms != right->first_starts_at_ms)
        return left->first_starts_at_ms < right->first_starts_at_ms ? -1 : 1;
    return strcmp(left->id, right->id);
}

/* Two neighbouring runs of `from`, [at, middle) and [middle, end), into one of `to`. */
static void merge(const Catalog__Event **from, const Catalog__Event **to, size_t at, size_t middle, size_t end)
{
    size_t left = at, right = middle;

    while (at < end) {
        bool take_left = left < middle && (right == end || shelf_order(from[left], from[right]) <= 0);

        to[at++] = take_left ? from[left++] : from[right++];
    }
}

/* Scans come in the order of last dates, which is ours already where events have one; else by merging in the arena. */
static void sort(struct ts_call *call, struct gathered *gathered)
{
    const Catalog__Event **from = gathered->events, **to;
    size_t count = gathered->count, sorted = 1;

    while (sorted < count && shelf_order(from[sorted - 1], from[sorted]) <= 0)
        sorted++;
    if (sorted >= count)
        return;
    to = TS_NEW_ARRAY(call->arena, const Catalog__Event *, count);
    for (size_t run = 1; run < count; run *= 2) {
        const Catalog__Event **swap = from;

        for (size_t at = 0; at < count; at += 2 * run)
            merge(from, to, at, at + run < count ? at + run : count, at + 2 * run < count ? at + 2 * run : count);
        from = to;
        to = swap;
        ts_yield(call);
    }
    gathered->events = from;
}

/* ---- the shelf */

static void put_time(char *digits, int64_t time_ms)
{
    for (int i = 0; i < TIME_DIGITS; i++)
        digits[i] = "0123456789abcdef"[(uint64_t)time_ms >> (60 - 4 * i) & 15];
}

/* A cursor is the place in the order, first date in hex and id, so that it survives its event's disappearance. */
static char *cursor_of(struct ts_call *call, const Catalog__Event *event)
{
    size_t size = strlen(event->id);
    char *cursor = ts_alloc(call->arena, TIME_DIGITS + size + 1);

    put_time(cursor, event->first_starts_at_ms);
    memcpy(cursor + TIME_DIGITS, event->id, size);
    return cursor;
}

static void card_init(struct ts_call *call, struct card *card, const Catalog__Event *event)
{
    card->event = event;
    catalog__event_edge__init(&card->edge);
    card->edge.cursor = cursor_of(call, event);
    card->edge.node = (Catalog__Event *)event;
}

static int shelf_make(struct ts_call *call, const void *question, void **ret_shelf)
{
    struct shelf *shelf = TS_NEW(call->arena, struct shelf);
    struct gathered gathered = { 0 };
    int r = gather(call, question, &gathered);

    if (r)
        return r;
    sort(call, &gathered);
    shelf->arena = call->arena;
    shelf->cards = TS_NEW_ARRAY(call->arena, struct card, gathered.count);
    shelf->count = gathered.count;
    for (size_t i = 0; i < shelf->count; i++) {
        card_init(call, &shelf->cards[i], gathered.events[i]);
        ts_yield(call);
    }
    *ret_shelf = shelf;
    return 0;
}

static const struct ts_view shelves = { .of = catalog_collections, .make = shelf_make };

/* What the shelf is kept under: "000001932f1c2e00/org_...". Return: false when it is too long for one. */
static bool key_of(const struct shelf_question *question, char key[TS_VIEW_KEY_SIZE_MAX + 1])
{
    const char *organizer_id = question->organizer_id ? question->organizer_id : "";
    size_t size = strlen(organizer_id);

    if (TIME_DIGITS + 1 + size > TS_VIEW_KEY_SIZE_MAX)
        return false;
    put_time(key, scan_from_ms(question->from_ms));
    key[TIME_DIGITS] = '/';
    memcpy(key + TIME_DIGITS + 1, organizer_id, size + 1);
    return true;
}

int shelf_read(struct ts_call *call, const struct shelf_question *question, struct shelf **ret_shelf)
{
    char key[TS_VIEW_KEY_SIZE_MAX + 1];
    bool is_kept = question->is_usual && key_of(question, key);
    void *shelf = NULL;
    int r = ts_view_read(call, &shelves, is_kept ? key : NULL, question, &shelf);

    *ret_shelf = shelf;
    return r;
}

/* ---- what stands beside an event */

enum { KNOWN_VENUE = 1, KNOWN_NEXT_DATE = 2, KNOWN_TYPES = 4 };

/* Read what is beside these cards into them. */
typedef int looker(struct ts_call *call, struct card *const *cards, size_t count);

static const Catalog__Event **events_of(struct ts_call *call, struct card *const *cards, size_t count)
{
    const Catalog__Event **events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, count);

    for (size_t i = 0; i < count; i++)
        events[i] = cards[i]->event;
    return events;
}

static int look_for_venues(struct ts_call *call, struct card *const *cards, size_t count)
{
    char **ids = TS_NEW_ARRAY(call->arena, char *, count);
    const ProtobufCMessage **venues;
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = cards[i]->event->venue_id;
    r = noun_find_many(call, NOUN_VENUE, ids, count, &venues);
    for (size_t i = 0; r == 0 && i < count; i++)
        cards[i]->venue = (Catalog__Venue *)venues[i]; /* all readers', as in other replies */
    return r;
}

static int look_for_next_dates(struct ts_call *call, struct card *const *cards, size_t count)
{
    Catalog__NextDate **dates;
    size_t found, at = 0;
    int r = catalog_next_dates(call, events_of(call, cards, count), count, &dates, &found);

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (at < found && dates[at]->event_id == cards[i]->event->id)
            cards[i]->next_date = dates[at++];
    }
    return r;
}

static int look_for_types(struct ts_call *call, struct card *const *cards, size_t count)
{
    Catalog__EventTicketTypes **types;
    size_t found;
    int r = catalog_ticket_types(call, events_of(call, cards, count), count, &types, &found);

    for (size_t i = 0; r == 0 && i < count; i++)
        cards[i]->types = types[i];
    return r;
}

/* Look in the shelf's arena, so that what is found stays for the next reader. */
static int look_once(struct ts_call *call, const struct shelf *shelf, unsigned what, looker *look,
                     struct card *const *cards, size_t count)
{
    struct ts_arena *own = call->arena;
    int r;

    if (!count)
        return 0;
    call->arena = shelf->arena;
    r = look(call, cards, count);
    call->arena = own;
    ts_arena_use(own, shelf->arena);
    for (size_t i = 0; r == 0 && i < count; i++)
        cards[i]->known |= what;
    return r;
}

/* Those of the cards that are without it. A series' next date cannot be kept. */
static struct card **without(struct ts_call *call, unsigned what, struct card *const *cards, size_t count,
                             size_t *ret_count)
{
    struct card **left = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if ((cards[i]->known & what) || (what == KNOWN_NEXT_DATE && cards[i]->event->several_dates))
            continue;
        if (!left)
            left = TS_NEW_ARRAY(call->arena, struct card *, count);
        left[(*ret_count)++] = cards[i];
    }
    return left;
}

static int complete(struct ts_call *call, const struct shelf *shelf, unsigned what, looker *look,
                    struct card *const *cards, size_t count)
{
    size_t left_count;
    struct card **left = without(call, what, cards, count, &left_count);

    return look_once(call, shelf, what, look, left, left_count);
}

int shelf_venues(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                 Catalog__Venue ***ret_venues, size_t *ret_count)
{
    Catalog__Venue **venues = TS_NEW_ARRAY(call->arena, Catalog__Venue *, count);
    size_t found = 0;
    int r = complete(call, shelf, KNOWN_VENUE, look_for_venues, cards, count);

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (cards[i]->venue)
            venues[found++] = cards[i]->venue;
    }
    *ret_venues = venues;
    *ret_count = found;
    return r;
}

/* Of one card, NULL when there is none. Return: 0; a ts_error. */
static int next_date_of(struct ts_call *call, const struct card *card, Catalog__NextDate **ret_date)
{
    Catalog__NextDate **dates;
    size_t count;
    int r;

    *ret_date = card->next_date;
    if (!card->event->several_dates)
        return 0;
    r = catalog_next_dates(call, &card->event, 1, &dates, &count);
    if (r == 0 && count)
        *ret_date = dates[0];
    return r;
}

int shelf_next_dates(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                     Catalog__NextDate ***ret_dates, size_t *ret_count)
{
    Catalog__NextDate **dates = TS_NEW_ARRAY(call->arena, Catalog__NextDate *, count);
    size_t found = 0;
    int r = complete(call, shelf, KNOWN_NEXT_DATE, look_for_next_dates, cards, count);

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = next_date_of(call, cards[i], &dates[found]);
        found += r == 0 && dates[found];
    }
    *ret_dates = dates;
    *ret_count = found;
    return r;
}

int shelf_types(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                Catalog__EventTicketTypes ***ret_types, size_t *ret_count)
{
    Catalog__EventTicketTypes **types = TS_NEW_ARRAY(call->arena, Catalog__EventTicketTypes *, count);
    int r = complete(call, shelf, KNOWN_TYPES, look_for_types, cards, count);

    for (size_t i = 0; r == 0 && i < count; i++)
        types[i] = cards[i]->types;
    *ret_types = types;
    *ret_count = count;
    return r;
}
