/* Which quotas the tickets of a type draw on, date by date: remembered until a quota of the date changes. */
#ifndef INVENTORY_DRAW_H
#define INVENTORY_DRAW_H

#include "places.h"

/*
 * In the order of their making, NULL behind the last; good until the next wait. The date's event must be loaded.
 * `type_id`: of a type that there is.
 */
struct quota *const *draw_find(struct inventory *inventory, const char *date_id, const char *type_id);

/* The same in the call's arena, for whoever waits while going through it. */
struct quota **draw_copy(struct ts_call *call, const char *date_id, const char *type_id);

void draws_done(struct inventory *inventory);

#endif
