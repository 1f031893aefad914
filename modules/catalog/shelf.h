/*
 * The events of a list before anybody has asked for some of them: those whose last date starts after a bound, in the
 * order of their first dates, each with its cursor. Worked out once for all readers (tessera/view.h); what joins ask of
 * an event is added when the first page shows it.
 */
#ifndef CATALOG_SHELF_H
#define CATALOG_SHELF_H

#include "catalog/v1/catalog.pb-c.h"
#include "tessera/call.h"

/* One event, and what stands beside it. All readers': nobody changes it. */
struct card {
    const Catalog__Event *event;
    Catalog__EventEdge edge;
    unsigned known;               /* which of the following were looked for */
    Catalog__Venue *venue;        /* NULL: it has none */
    Catalog__NextDate *next_date; /* NULL: none, or it is a series', whose next date depends on the time */
    Catalog__EventTicketTypes *types;
};

struct shelf {
    struct ts_arena *arena; /* the view's: what is added to cards lives in it */
    struct card *cards;
    size_t count;
};

struct shelf_question {
    const char *organizer_id; /* NULL: of all */
    int64_t from_ms;          /* cards may begin up to an hour earlier */
    bool is_usual;            /* others will ask the same: worth keeping */
};

/* Return: 0 and *ret_shelf, in call->arena or all readers'; a ts_error. */
int shelf_read(struct ts_call *call, const struct shelf_question *question, struct shelf **ret_shelf);

/* <0, 0, >0, as lists are sorted: by first date, then id. */
int shelf_order(const Catalog__Event *left, const Catalog__Event *right);

enum { TIME_DIGITS = 16 }; /* of a time in a cursor, in hex */

/*
 * What stands beside cards of the shelf, in call->arena: the venues of those that have one; the next dates, likewise;
 * the ticket types of each. Return: 0; a ts_error.
 */
int shelf_venues(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                 Catalog__Venue ***ret_venues, size_t *ret_count);
int shelf_next_dates(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                     Catalog__NextDate ***ret_dates, size_t *ret_count);
int shelf_types(struct ts_call *call, const struct shelf *shelf, struct card *const *cards, size_t count,
                Catalog__EventTicketTypes ***ret_types, size_t *ret_count);

#endif
