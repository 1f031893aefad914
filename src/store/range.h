/* From a ts_scan to the range of an index that a backend walks, and cursors: places in an index, spelt for a URL. */
#ifndef STORE_RANGE_H
#define STORE_RANGE_H

#include "store/backend.h"

/* Return: 0 and *ret_range; TS_EINVALID: no such index, values that do not fit its fields, or a foreign cursor. */
int range_make(const struct store_collection *collection, const struct ts_scan *scan, struct ts_arena *arena,
               struct store_range *ret_range);

/* The cursor of `place` in `scan`, in the arena. */
const char *cursor_encode(const struct store_collection *collection, const struct ts_scan *scan,
                          const struct store_place *place, struct ts_arena *arena);

/* True if `value` lies within the scan's equal, from and to: one of a repeated field's entries may, others not. */
bool range_meets(const struct store_range *range, const struct store_entry *entry, const char *id);

#endif
