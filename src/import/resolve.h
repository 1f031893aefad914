/*
 * Words into values: which zone, which currency, which instants and amounts; and whether the catalogue would take it
 * all. An event comes through whole or with problems, never in part.
 */
#ifndef IMPORT_RESOLVE_H
#define IMPORT_RESOLVE_H

#include "base/map.h"
#include "import/page.h"

/* What holds where the page says nothing. NULLs: unknown. */
struct import_defaults {
    const char *time_zone, *currency;                     /* flags */
    const char *organizer_time_zone, *organizer_currency; /* of an organizer that exists */
};

/* Keeps the zones it has read. For one thread at a time. */
struct resolver {
    struct ts_arena *arena;
    struct map zones;     /* name -> struct tz */
    struct map countries; /* code -> struct country_zone */
};

void resolver_init(struct resolver *resolver, struct ts_arena *arena);
void resolver_done(struct resolver *resolver);

/*
 * Resolve one event.
 *
 * Its zone: a name in brackets behind a time; else, for times with offset, the zone of the venue's country that has
 * this offset then: the one named like the venue's city, --time-zone, the organizer's, the nearest to its position, the
 * most populous, the first of these that fits. When none fits, the instants are certain and only the wall clock shown
 * is in doubt: --time-zone, the country's first zone, the organizer's if it fits, Etc/GMT+-n. For times without offset:
 * the country's zone when it has one or all of them agree; else one that city, flag, organizer or position point at
 * within the country; else --time-zone; else, where no country is known, the organizer's. With none of these the event
 * is refused.
 *
 * A date without time begins at midnight and ends with the day. A clock time that was jumped over moves on with the
 * gap, one that comes twice is its first (base/tz.h). An end at the start says nothing; one before it is refused.
 *
 * Return: 0; EVENT_REFUSED, with what is wrong in *problems.
 */
enum { EVENT_REFUSED = 1 };
int event_resolve(struct resolver *resolver, const struct import_defaults *defaults, struct import_event *event,
                  struct import_problems *problems);

#endif
