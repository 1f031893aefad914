/*
 * One resolved event into the catalogue. An event that is there already, by its source, gets what differs: dates, types
 * and places are added, texts, prices and sale windows changed; nothing is taken away that was or may have been sold.
 */
#ifndef IMPORT_APPLY_H
#define IMPORT_APPLY_H

#include "base/map.h"
#include "catalog/v1/catalog.pb-c.h"
#include "import/import.h"
#include "import/page.h"

/* What one run knows of its organizers and venues. */
struct apply {
    struct ts_call *call;
    const struct import_options *options;
    struct import_problems *problems;
    struct map organizers; /* slug -> Catalog__Organizer */
    struct map venues;     /* fields -> id */
};

void apply_init(struct apply *apply, struct ts_call *call, const struct import_options *options,
                struct import_problems *problems);
void apply_done(struct apply *apply);

/* The organizer of this slug. Return: 0 and *ret_organizer, NULL when there is none; a ts_error. */
int apply_find_organizer(struct apply *apply, const char *slug, const Catalog__Organizer **ret_organizer);

/*
 * Write one event, for the organizer of this slug, who is made when missing.
 * Return: 0 and *ret_change; APPLY_REFUSED, with the reasons in *problems; a ts_error.
 */
enum apply_change { APPLY_UNCHANGED, APPLY_MADE, APPLY_UPDATED };
enum { APPLY_REFUSED = 1 };
int apply_event(struct apply *apply, const struct import_event *event, const char *organizer_slug,
                enum apply_change *ret_change);

#endif
