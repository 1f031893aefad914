/* Countries and their time zones, from the tables that come with the time zone database. */
#ifndef IMPORT_PLACE_H
#define IMPORT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "tessera/arena.h"

/*
 * The ISO 3166-1 alpha-2 code of a country as people write it: a code of two or three letters, the English name, its
 * own name for the larger ones. Return: the code; NULL for one that is not known.
 */
const char *country_code(struct ts_arena *arena, const char *text);

/* One zone of a country. */
struct country_zone {
    const char *name;
    double latitude, longitude; /* of its chief town */
    struct country_zone *next;
};

/*
 * The zones of a country, in the order in which to prefer them: those most people live in first, where that is known,
 * then as in zone.tab. NULL for none, or when the machine has no tables.
 */
struct country_zone *country_zones(struct ts_arena *arena, const char *code);

#endif
