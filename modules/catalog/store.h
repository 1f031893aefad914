/*
 * The catalogue's documents. What is read comes back as a copy in the call's arena that the caller may change (a grant,
 * a derived status) and put again. Something void (ARCHITECTURE.md, Places: a name's owner that was never made) reads
 * as absent.
 */
#ifndef CATALOG_STORE_H
#define CATALOG_STORE_H

#include "catalog/v1/catalog.pb-c.h"
#include "tessera/store.h"

enum noun { NOUN_ORGANIZER, NOUN_VENUE, NOUN_EVENT, NOUN_DATE, NOUN_TYPE };

extern const struct ts_collection *const catalog_collections[];
extern const struct ts_collection catalog_events, catalog_dates;

/*
 * One document by id; anything a client sent may stand there.
 * Return: 0 and *ret_x, NULL when there is none, and its version (where asked for); a ts_error.
 */
int organizer_find(struct ts_call *call, const char *id, Catalog__Organizer **ret_organizer, int64_t *ret_version);
int venue_find(struct ts_call *call, const char *id, Catalog__Venue **ret_venue);
int event_find(struct ts_call *call, const char *id, Catalog__Event **ret_event, int64_t *ret_version);
int date_find(struct ts_call *call, const char *id, Catalog__EventDate **ret_date, int64_t *ret_version);
int ticket_type_find(struct ts_call *call, const char *id, Catalog__TicketType **ret_type, int64_t *ret_version);

/*
 * Many by id, *ret_bodies[i] for ids[i], NULL where there is none. They are all readers': who wants to change one takes
 * a copy. Return: 0; a ts_error.
 */
int noun_find_many(struct ts_call *call, enum noun noun, char *const *ids, size_t count,
                   const ProtobufCMessage ***ret_bodies);
void *noun_copy(struct ts_call *call, const ProtobufCMessage *body);

/* Put the next version. Return: 0; TS_WRITE_CONFLICT; a ts_error. */
int organizer_put(struct ts_call *call, const Catalog__Organizer *organizer, int64_t version);
int event_put(struct ts_call *call, const Catalog__Event *event, int64_t version);
int date_put(struct ts_call *call, const Catalog__EventDate *date, int64_t version);
int ticket_type_put(struct ts_call *call, const Catalog__TicketType *type, int64_t version);

/* The claim of a slug, without its "@n": an organizer's (organizer_id NULL), or an event's of that organizer. */
const char *name_of(struct ts_call *call, const char *organizer_id, const char *slug);

/* Who has this name and lives. Return: 0 and *ret_owner_id (NULL: nobody); a ts_error. */
int name_find(struct ts_call *call, const char *name, const char **ret_owner_id);

/*
 * Making a thing: its idempotency record, its name, what must stand before it, and it, written in that order; the last
 * is the commit. Begun again after a crash it makes what is missing.
 */
enum { CREATION_PARTS_MAX = 2 };
struct creation {
    const char *operation;         /* scope of the idempotency key */
    const ProtobufCMessage *input; /* the request as it came */
    const char *id;                /* of the thing; creation_begin() chooses it */
    bool recorded;                 /* the idempotency record is there already */
    const char *name;              /* NULL: it has none */
    struct creation_part {
        enum noun noun;
        const char *id;
        int64_t version; /* 0: insert; else this version of it must be the newest */
        const ProtobufCMessage *body;
    } parts[CREATION_PARTS_MAX];
    size_t part_count;
};

/* CREATION_RACED: another call with the same key or on the same document was faster: begin again. */
enum creation_outcome { CREATION_TAKEN = 1, CREATION_RACED = 2 };

/*
 * Choose the id: the one recorded under the call's idempotency key, or a new one with `prefix`.
 * Return: 0; TS_REFUSED (noted); a ts_error.
 */
int creation_begin(struct ts_call *call, struct creation *creation, const char *prefix);

/* Return: 0, the thing stands under its id; CREATION_TAKEN: the name is another's; CREATION_RACED; a ts_error. */
int creation_write(struct ts_call *call, struct creation *creation);

/* A page of events whose last date starts at or after `from_ms`; they are all readers', not the caller's own. */
struct event_scan {
    const char *organizer_id; /* NULL: of all */
    int64_t from_ms;
    const char *cursor;
};
struct event_page {
    const Catalog__Event **events;
    size_t count;
    const char *cursor; /* of the next page; NULL: this was the last */
};
int event_scan(struct ts_call *call, const struct event_scan *scan, struct event_page *ret_page);

/* All organizers, up to TS_SCAN_MAX. */
int organizer_list(struct ts_call *call, Catalog__Organizer ***ret_organizers, size_t *ret_count);

/*
 * Bounds of time in scans that ask "from now on": coarse, so that the scans of one hour are the same scan, which the
 * store keeps. Who uses them looks at each document once more.
 */
int64_t scan_from_ms(int64_t from_ms);
int64_t scan_to_ms(int64_t to_ms);

/* The dates of an event by their start. */
struct date_scan {
    const char *event_id;
    int64_t from_ms, to_ms; /* starts_at_ms, to exclusive */
    bool descending;
    const char *cursor;
    unsigned limit;
};
struct date_page {
    Catalog__EventDate **dates;
    const char **cursors;
    size_t count;
    bool more;
};
/* Return: 0 and *ret_page; TS_EINVALID for a cursor of something else; a ts_error. */
int date_scan(struct ts_call *call, const struct date_scan *scan, struct date_page *ret_page);
int date_count(struct ts_call *call, const struct date_scan *scan, int64_t max, int64_t *ret_count);

/* The event imported from `source_id`. Return: 0 and *ret_event, NULL when there is none; a ts_error. */
int event_find_source(struct ts_call *call, const char *organizer_id, const char *source_id,
                      Catalog__Event **ret_event);

/* The ticket types of an event, oldest first; all readers'. */
int ticket_type_list(struct ts_call *call, const char *event_id, Catalog__TicketType ***ret_types, size_t *ret_count);

#endif
