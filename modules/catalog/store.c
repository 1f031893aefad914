/*
 * Keys, indexes and the write that makes a thing. Everything but names has a typed id as its key; a name's key is the
 * name itself, so that the store's own uniqueness is what keeps a slug from being taken twice.
 */
#include "store.h"

#include <assert.h>
#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/limits.h"

enum {
    NAME_CLAIMS_MAX = 64, /* dead claims before a living one: each is a crash at the very moment of making */
};

static const struct ts_collection organizers = { .name = "organizers",
                                                 .message = &catalog__organizer__descriptor,
                                                 .shared = true };
static const struct ts_collection venues = { .name = "venues", .message = &catalog__venue__descriptor, .shared = true };
const struct ts_collection catalog_events = {
    .name = "events",
    .message = &catalog__event__descriptor,
    .indexes = { { "due", { "due_ms" } },
                 { "last", { "last_starts_at_ms" } },
                 { "organizer", { "organizer_id", "last_starts_at_ms" } },
                 { "source", { "organizer_id", "source_id" } } },
    .shared = true,
};
const struct ts_collection catalog_dates = {
    .name = "dates",
    .message = &catalog__event_date__descriptor,
    .indexes = { { "due", { "due_ms" } }, { "event", { "event_id", "starts_at_ms" } } },
    .shared = true,
};
static const struct ts_collection ticket_types = {
    .name = "ticket_types",
    .message = &catalog__ticket_type__descriptor,
    .indexes = { { "event", { "event_id" } } },
    .shared = true,
};
static const struct ts_collection names = {
    .name = "names",
    .message = &catalog__name__descriptor,
    .quiet = true,
    .shared = true,
};

const struct ts_collection *const catalog_collections[] = {
    &organizers, &venues, &catalog_events, &catalog_dates, &ticket_types, &names, NULL,
};

static const struct {
    const struct ts_collection *collection;
    const char *prefix;
} nouns[] = {
    [NOUN_ORGANIZER] = { &organizers, "org" }, [NOUN_VENUE] = { &venues, "ven" },
    [NOUN_EVENT] = { &catalog_events, "evt" }, [NOUN_DATE] = { &catalog_dates, "dat" },
    [NOUN_TYPE] = { &ticket_types, "typ" },
};

static bool body_is_void(const ProtobufCMessage *body)
{
    if (body->descriptor == &catalog__organizer__descriptor)
        return ((const Catalog__Organizer *)body)->void_;
    if (body->descriptor == &catalog__event__descriptor)
        return ((const Catalog__Event *)body)->void_;
    return false;
}

/* A document's message; NULL when absent or void. */
static const ProtobufCMessage *body_seen(const struct ts_doc *doc)
{
    return !doc->body || doc->erased || body_is_void(doc->body) ? NULL : doc->body;
}

void *noun_copy(struct ts_call *call, const ProtobufCMessage *body)
{
    return ts_memdup(call->arena, body, body->descriptor->sizeof_message);
}

/* The caller's own copy of a document's message, not of what it points to; NULL when absent or void. */
static ProtobufCMessage *body_copy(struct ts_call *call, const struct ts_doc *doc)
{
    const ProtobufCMessage *body = body_seen(doc);

    return body ? noun_copy(call, body) : NULL;
}

static int noun_find(struct ts_call *call, enum noun noun, const char *id, ProtobufCMessage **ret_body,
                     int64_t *ret_version)
{
    struct ts_doc doc = { 0 };
    int r = 0;

    if (ts_id_is(id, nouns[noun].prefix))
        r = ts_store_get(call, nouns[noun].collection, id, &doc);
    if (r)
        return r;
    *ret_body = body_copy(call, &doc);
    if (ret_version)
        *ret_version = doc.version;
    return 0;
}

int organizer_find(struct ts_call *call, const char *id, Catalog__Organizer **ret_organizer, int64_t *ret_version)
{
    ProtobufCMessage *body;
    int r = noun_find(call, NOUN_ORGANIZER, id, &body, ret_version);

    if (r == 0)
        *ret_organizer = (Catalog__Organizer *)body;
    return r;
}

int venue_find(struct ts_call *call, const char *id, Catalog__Venue **ret_venue)
{
    ProtobufCMessage *body;
    int r = noun_find(call, NOUN_VENUE, id, &body, NULL);

    if (r == 0)
        *ret_venue = (Catalog__Venue *)body;
    return r;
}

int event_find(struct ts_call *call, const char *id, Catalog__Event **ret_event, int64_t *ret_version)
{
    ProtobufCMessage *body;
    int r = noun_find(call, NOUN_EVENT, id, &body, ret_version);

    if (r == 0)
        *ret_event = (Catalog__Event *)body;
    return r;
}

int date_find(struct ts_call *call, const char *id, Catalog__EventDate **ret_date, int64_t *ret_version)
{
    ProtobufCMessage *body;
    int r = noun_find(call, NOUN_DATE, id, &body, ret_version);

    if (r == 0)
        *ret_date = (Catalog__EventDate *)body;
    return r;
}

int ticket_type_find(struct ts_call *call, const char *id, Catalog__TicketType **ret_type, int64_t *ret_version)
{
    ProtobufCMessage *body;
    int r = noun_find(call, NOUN_TYPE, id, &body, ret_version);

    if (r == 0)
        *ret_type = (Catalog__TicketType *)body;
    return r;
}

int noun_find_many(struct ts_call *call, enum noun noun, char *const *ids, size_t count,
                   const ProtobufCMessage ***ret_bodies)
{
    const ProtobufCMessage **bodies = TS_NEW_ARRAY(call->arena, const ProtobufCMessage *, count);
    const char **wanted = TS_NEW_ARRAY(call->arena, const char *, count);
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);

    for (size_t i = 0; i < count; i++)
        wanted[i] = ts_id_has(ids[i], nouns[noun].prefix) ? ids[i] : NULL;
    for (size_t done = 0; done < count; done += TS_GET_MAX) {
        size_t size = count - done < TS_GET_MAX ? count - done : TS_GET_MAX;
        int r = ts_store_get_many(call, nouns[noun].collection, wanted + done, size, docs + done);

        if (r)
            return r;
    }
    for (size_t i = 0; i < count; i++)
        bodies[i] = body_seen(&docs[i]);
    *ret_bodies = bodies;
    return 0;
}

int organizer_put(struct ts_call *call, const Catalog__Organizer *organizer, int64_t version)
{
    return ts_store_put(call, &organizers, organizer->id, version, &organizer->base);
}

int event_put(struct ts_call *call, const Catalog__Event *event, int64_t version)
{
    return ts_store_put(call, &catalog_events, event->id, version, &event->base);
}

int date_put(struct ts_call *call, const Catalog__EventDate *date, int64_t version)
{
    return ts_store_put(call, &catalog_dates, date->id, version, &date->base);
}

int ticket_type_put(struct ts_call *call, const Catalog__TicketType *type, int64_t version)
{
    return ts_store_put(call, &ticket_types, type->id, version, &type->base);
}

/* ---- names */

const char *name_of(struct ts_call *call, const char *organizer_id, const char *slug)
{
    if (organizer_id)
        return ts_printf(call->arena, "slug/event/%s/%s", organizer_id, slug);
    return ts_printf(call->arena, "slug/org/%s", slug);
}

static const char *claim_key(struct ts_call *call, const char *name, unsigned number)
{
    return ts_printf(call->arena, "%s@%u", name, number);
}

/* The collection of a name's owner, told by its id. */
static const struct ts_collection *owner_collection(const char *owner_id)
{
    return ts_id_is(owner_id, "org") ? &organizers : &catalog_events;
}

/* Who claimed it, and whether that owner lives. Return: 0, *ret_owner_id NULL when nobody claimed it; a ts_error. */
static int claim_read(struct ts_call *call, const char *key, const char **ret_owner_id, struct ts_doc *ret_owner)
{
    struct ts_doc claim;
    const char *owner_id;
    int r = ts_store_get(call, &names, key, &claim);

    if (r)
        return r;
    owner_id = claim.body ? ((const Catalog__Name *)claim.body)->owner_id : NULL;
    if (owner_id) {
        r = ts_store_get(call, owner_collection(owner_id), owner_id, ret_owner);
        if (r)
            return r;
    }
    *ret_owner_id = owner_id;
    return 0;
}

int name_find(struct ts_call *call, const char *name, const char **ret_owner_id)
{
    for (unsigned number = 1; number <= NAME_CLAIMS_MAX; number++) {
        const char *owner_id;
        struct ts_doc owner = { 0 };
        int r = claim_read(call, claim_key(call, name, number), &owner_id, &owner);

        if (r)
            return r;
        if (!owner_id || (owner.body && !body_is_void(owner.body))) {
            *ret_owner_id = owner_id;
            return 0;
        }
    }
    *ret_owner_id = NULL;
    return 0;
}

/* Make sure that an owner which was never written can never be: whoever is late with it finds it void. */
static int owner_void(struct ts_call *call, const char *owner_id)
{
    Catalog__Organizer organizer = CATALOG__ORGANIZER__INIT;
    Catalog__Event event = CATALOG__EVENT__INIT;
    const struct ts_collection *collection = owner_collection(owner_id);

    organizer.id = event.id = (char *)owner_id;
    organizer.has_void_ = event.has_void_ = organizer.void_ = event.void_ = true;
    return ts_store_insert(call, collection, owner_id, collection == &organizers ? &organizer.base : &event.base);
}

enum claim_outcome { CLAIM_OURS = 1, CLAIM_TAKEN, CLAIM_DEAD };

/* A claim that is there already: whose is it? A dead one is dead for good when this returns. */
static int claim_settle(struct ts_call *call, const char *key, const char *our_id)
{
    const char *owner_id;
    struct ts_doc owner = { 0 };
    int r = claim_read(call, key, &owner_id, &owner);

    if (r)
        return r;
    if (!owner_id)
        return TS_EINTERNAL; /* it conflicted, so it is there */
    if (strcmp(owner_id, our_id) == 0)
        return CLAIM_OURS;
    if (owner.body)
        return body_is_void(owner.body) ? CLAIM_DEAD : CLAIM_TAKEN;
    r = owner_void(call, owner_id);
    if (r < 0)
        return r;
    return r == TS_WRITE_CONFLICT ? claim_settle(call, key, our_id) : CLAIM_DEAD;
}

/* ---- making */

int creation_begin(struct ts_call *call, struct creation *creation, const char *prefix)
{
    int r;

    creation->id = ts_id_new(call, prefix);
    r = ts_idem_find(call, creation->operation, creation->input, &creation->id);
    if (r == TS_IDEM_REUSED || r == TS_IDEM_SHORT)
        return ts_idem_refuse(call, r);
    if (r < 0)
        return r;
    creation->recorded = r == TS_IDEM_FOUND;
    return 0;
}

/* The writes of one creation that are still to be done. */
struct making {
    struct ts_write writes[CREATION_PARTS_MAX + 2];
    size_t first, count;
    unsigned claim_number;
};

static void making_init(struct ts_call *call, const struct creation *creation, Catalog__Name *name,
                        struct making *ret_making)
{
    struct making making = { .claim_number = 1 };

    if (!creation->recorded &&
        ts_idem_write(call, creation->operation, creation->input, creation->id, &making.writes[making.count]))
        making.count++;
    if (creation->name) {
        name->owner_id = (char *)creation->id;
        making.writes[making.count++] =
            (struct ts_write){ .collection = &names, .id = claim_key(call, creation->name, 1), .body = &name->base };
    }
    for (size_t i = 0; i < creation->part_count; i++) {
        const struct creation_part *part = &creation->parts[i];

        making.writes[making.count++] = (struct ts_write){
            .collection = nouns[part->noun].collection, .id = part->id, .version = part->version, .body = part->body
        };
    }
    *ret_making = making;
}

/* The first write left conflicted. Return: 0, go on with what is left; a creation_outcome; a ts_error. */
static int making_conflict(struct ts_call *call, const struct creation *creation, struct making *making)
{
    struct ts_write *write = &making->writes[making->first];
    int r;

    if (write->collection == &names) {
        r = claim_settle(call, write->id, creation->id);
        if (r < 0)
            return r;
        if (r == CLAIM_TAKEN)
            return CREATION_TAKEN;
        if (r == CLAIM_DEAD && ++making->claim_number > NAME_CLAIMS_MAX)
            return TS_EABORTED;
        if (r == CLAIM_DEAD)
            write->id = claim_key(call, creation->name, making->claim_number);
        making->first += r == CLAIM_OURS;
        return 0;
    }
    /* A thing that is there under our own id is an earlier try of ours; a key or version that is there is a race. */
    for (size_t i = 0; i < creation->part_count; i++) {
        if (write->id == creation->parts[i].id && write->version == 0) {
            making->first++;
            return 0;
        }
    }
    return CREATION_RACED;
}

int creation_write(struct ts_call *call, struct creation *creation)
{
    Catalog__Name name = CATALOG__NAME__INIT;
    struct making making;
    int r;

    making_init(call, creation, &name, &making);
    for (unsigned tries = 0; tries < NAME_CLAIMS_MAX && making.first < making.count; tries++) {
        r = ts_store_write(call, making.writes + making.first, making.count - making.first, TS_WRITE_ORDERED);
        if (r)
            return r;
        while (making.first < making.count && making.writes[making.first].result == TS_WRITE_OK)
            making.first++;
        if (making.first == making.count)
            return 0;
        r = making_conflict(call, creation, &making);
        if (r)
            return r;
    }
    return making.first == making.count ? 0 : TS_EABORTED;
}

/* ---- lists */

enum { COARSE_MS = 3600 * 1000 };

int64_t scan_from_ms(int64_t from_ms)
{
    if (from_ms < INT64_MIN + COARSE_MS)
        return from_ms;
    return from_ms - ((from_ms % COARSE_MS) + COARSE_MS) % COARSE_MS;
}

int64_t scan_to_ms(int64_t to_ms)
{
    return to_ms > INT64_MAX - COARSE_MS ? to_ms : scan_from_ms(to_ms) + COARSE_MS;
}

int event_scan(struct ts_call *call, const struct event_scan *scan, struct event_page *ret_page)
{
    struct ts_scan by = { .collection = &catalog_events,
                          .index = scan->organizer_id ? "organizer" : "last",
                          .from = TS_INT(scan_from_ms(scan->from_ms)),
                          .cursor = scan->cursor,
                          .limit = TS_SCAN_MAX };
    struct ts_page page;
    int r;

    if (scan->organizer_id)
        by.equal[0] = TS_STRING(scan->organizer_id);
    r = ts_store_scan(call, &by, &page);
    if (r)
        return r;
    ret_page->events = TS_NEW_ARRAY(call->arena, const Catalog__Event *, page.count);
    ret_page->count = 0;
    for (size_t i = 0; i < page.count; i++) {
        const Catalog__Event *event = (const Catalog__Event *)body_seen(&page.docs[i]);

        if (event && event->last_starts_at_ms >= scan->from_ms)
            ret_page->events[ret_page->count++] = event;
    }
    ret_page->cursor = page.more ? page.cursor : NULL;
    return 0;
}

int organizer_list(struct ts_call *call, Catalog__Organizer ***ret_organizers, size_t *ret_count)
{
    struct ts_scan by = { .collection = &organizers, .limit = TS_SCAN_MAX };
    struct ts_page page;
    Catalog__Organizer **found;
    size_t count = 0;
    int r = ts_store_scan(call, &by, &page);

    if (r)
        return r;
    found = TS_NEW_ARRAY(call->arena, Catalog__Organizer *, page.count);
    for (size_t i = 0; i < page.count; i++) {
        Catalog__Organizer *organizer = (Catalog__Organizer *)body_copy(call, &page.docs[i]);

        if (organizer)
            found[count++] = organizer;
    }
    *ret_organizers = found;
    *ret_count = count;
    return 0;
}

static struct ts_scan date_scan_by(const struct date_scan *scan)
{
    struct ts_scan by = { .collection = &catalog_dates, .index = "event", .descending = scan->descending };

    by.equal[0] = TS_STRING(scan->event_id);
    if (scan->from_ms != INT64_MIN)
        by.from = TS_INT(scan->from_ms);
    if (scan->to_ms != INT64_MAX)
        by.to = TS_INT(scan->to_ms);
    by.cursor = scan->cursor;
    by.limit = scan->limit;
    return by;
}

int date_scan(struct ts_call *call, const struct date_scan *scan, struct date_page *ret_page)
{
    struct ts_scan by = date_scan_by(scan);
    struct ts_page page;
    int r = ts_store_scan(call, &by, &page);

    if (r)
        return r;
    ret_page->dates = TS_NEW_ARRAY(call->arena, Catalog__EventDate *, page.count);
    ret_page->cursors = TS_NEW_ARRAY(call->arena, const char *, page.count);
    ret_page->count = page.count;
    ret_page->more = page.more;
    for (size_t i = 0; i < page.count; i++) {
        ret_page->dates[i] = (Catalog__EventDate *)body_copy(call, &page.docs[i]);
        ret_page->cursors[i] = ts_store_cursor(call, &by, &page.docs[i]);
    }
    return 0;
}

int date_count(struct ts_call *call, const struct date_scan *scan, int64_t max, int64_t *ret_count)
{
    struct ts_scan by = date_scan_by(scan);

    return ts_store_count(call, &by, max, ret_count);
}

int event_find_source(struct ts_call *call, const char *organizer_id, const char *source_id, Catalog__Event **ret_event)
{
    struct ts_scan by = {
        .collection = &catalog_events,
        .index = "source",
        .limit = TS_SCAN_MAX,
        .exact = true /* else it is made twice */
    };
    struct ts_page page;
    int r;

    by.equal[0] = TS_STRING(organizer_id);
    by.equal[1] = TS_STRING(source_id);
    r = ts_store_scan(call, &by, &page);
    *ret_event = NULL;
    for (size_t i = 0; r == 0 && i < page.count && !*ret_event; i++) {
        Catalog__Event *event = (Catalog__Event *)body_copy(call, &page.docs[i]);

        if (event && strcmp(event->source_id, source_id) == 0) /* an index value may be cut */
            *ret_event = event;
    }
    return r;
}

int ticket_type_list(struct ts_call *call, const char *event_id, Catalog__TicketType ***ret_types, size_t *ret_count)
{
    struct ts_scan by = { .collection = &ticket_types, .index = "event", .limit = TS_TYPES_PER_EVENT_MAX };
    struct ts_page page;
    Catalog__TicketType **types;
    int r;

    by.equal[0] = TS_STRING(event_id);
    r = ts_store_scan(call, &by, &page);
    if (r)
        return r;
    types = TS_NEW_ARRAY(call->arena, Catalog__TicketType *, page.count);
    for (size_t i = 0; i < page.count; i++)
        types[i] = (Catalog__TicketType *)page.docs[i].body;
    *ret_types = types;
    *ret_count = page.count;
    return 0;
}
