/*
 * Time. The domain's clock (what decides expiry, sale windows, opening hours) can be moved by tests; deadlines of
 * calls keep real time. Both count milliseconds; domain time is Unix time in UTC.
 */
#ifndef TESSERA_CLOCK_H
#define TESSERA_CLOCK_H

#include <stdint.h>

#include "tessera/language.h"

struct ts_call;

enum { TS_SECOND_MS = 1000, TS_MINUTE_MS = 60000, TS_HOUR_MS = 3600000, TS_DAY_MS = 86400000 };

/* The domain's clock now, Unix milliseconds. It never runs backwards within a process. */
int64_t ts_now_ms(struct ts_call *call);

/*
 * Suspend the fiber for `duration_ms` of domain time.
 * Return: 0; TS_EDEADLINE if the call's deadline passes first; TS_ECANCELLED; TS_ECRASHED.
 */
int ts_sleep(struct ts_call *call, int64_t duration_ms);

/*
 * Let other fibers and I/O run if this one has held the loop for over a millisecond; cheap otherwise. Belongs in every
 * loop over caller-sized data.
 */
void ts_yield(struct ts_call *call);

/* "2026-11-23T20:48:00.000Z" in `buffer` (at least 25 bytes); years 1 to 9999. Return: buffer. */
char *ts_time_format(int64_t time_ms, char *buffer);

/*
 * For people: "Mon 1 June 2026, 20:00 (Europe/Berlin)" in their language, by the clocks of an IANA time zone; where the
 * machine does not know it, "Mon 1 June 2026, 18:00 (UTC)". Return: the text, in the arena.
 */
const char *ts_time_local(struct ts_arena *arena, enum ts_language language, int64_t time_ms, const char *zone);

/*
 * RFC 3339 with an offset or Z, at most nine fractional digits (cut to milliseconds); a leap second becomes :59.999.
 * Return: 0 and *ret_ms; TS_EINVALID.
 */
int ts_time_parse(const char *text, int64_t *ret_ms);

#endif
