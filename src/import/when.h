/* Times as pages write them, still without a meaning in UTC. */
#ifndef IMPORT_WHEN_H
#define IMPORT_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEN_ZONE_SIZE = 64 };

struct when {
    int64_t local_s; /* the wall clock, counted as if it were UTC; without has_day seconds of the day */
    int32_t offset_s;
    bool has_day, has_time, has_offset;
    bool is_utc;               /* Z: says when, but nothing of where */
    char zone[WHEN_ZONE_SIZE]; /* "[Europe/Berlin]" behind it; "" when there is none */
};

/*
 * Read a date, a time of day, or both. Taken as they are: year first with - or / (or eight digits), T or blanks before
 * the time, hours and minutes with or without seconds, am and pm, Z, UTC or an offset with or without colon, blanks
 * around anything. Refused: dates that do not begin with the year, since 03/04 is two dates; a month or year alone;
 * days and hours that do not exist.
 */
bool when_read(const char *text, struct when *ret_when);

#endif
