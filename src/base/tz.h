/*
 * Local time and UTC by the machine's time zone database (TZif version 2 and later, RFC 8536): for what people wrote as
 * wall-clock time. The domain itself counts in UTC and needs no offset, so only import asks here.
 */
#ifndef BASE_TZ_H
#define BASE_TZ_H

#include <stdint.h>

#include "tessera/arena.h"

#define TZ_FOLDER "/usr/share/zoneinfo"

struct tz;

/*
 * Read a zone by its IANA name; it lives in the arena.
 * Return: 0 and *ret_tz; TS_EINVALID for a name that is none; TS_EUNAVAILABLE when the database lacks or damaged it.
 */
int tz_load(struct ts_arena *arena, const char *name, struct tz **ret_tz);

/* Seconds east of Greenwich at an instant. */
int32_t tz_offset_s(const struct tz *tz, int64_t utc_s);

/*
 * The instant of a wall-clock time (its seconds counted as if it were UTC). A time that the clocks jumped over counts
 * on with the offset before the jump, so 02:30 becomes 03:30; of a time that comes twice it is the first.
 */
int64_t tz_utc_s(const struct tz *tz, int64_t local_s);

/*
 * A zone from the bytes of its file, which are borrowed.
 * Return: 0 and *ret_tz; TS_EUNAVAILABLE for a damaged one.
 */
int tz_parse(struct ts_arena *arena, const unsigned char *bytes, size_t size, struct tz **ret_tz);

#endif
