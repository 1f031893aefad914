/* From JSON-LD nodes to the tree of page.h: one event's words. */
#ifndef IMPORT_EVENT_H
#define IMPORT_EVENT_H

#include "import/ld.h"
#include "import/page.h"

/*
 * An event node with what it inherits: a part of a series has its place, organizer, offers and so on when it has none
 * of its own; so has an event that a place or organization lists, from those.
 */
struct node {
    struct ld value;
    const struct node *outer;
    struct ld place, organizer; /* of who lists it; absent: nobody */
};

/* The node's own member, or the nearest one around it. Absent: with the path at which it was missed. */
struct ld node_get(const struct graph *graph, const struct node *node, const char *name);

/* @id or url when they name the event for everybody; NULL for "#event", "_:b0" and the like. */
const char *node_source(const struct graph *graph, const struct node *node);

const char *node_name(const struct graph *graph, const struct node *node);

/* What the event's place is called, for telling dates of one event from a tour. "" when it has none. */
const char *node_place_name(const struct graph *graph, const struct node *node);

/* Everything but source_id, dates and offers. */
void event_fill(const struct graph *graph, const struct node *node, struct import_event *event);

/* An event while its dates are being added. */
struct event_draft {
    struct import_event *event;
    struct import_date **end; /* where the next date goes */
    json_t *offers;           /* those read last, and what they are for a date */
    struct import_sale *sales;
};

/* The node's dates, with its offers. Several when startDate is a list; one without words when it is missing. */
void event_add_dates(struct graph *graph, const struct node *node, struct event_draft *draft);

/* When all dates are there: the status of the whole, and names of its own for each offer. */
void event_finish(const struct graph *graph, struct import_event *event);

#endif
