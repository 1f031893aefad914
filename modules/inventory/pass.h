/*
 * Passes of an event's waiting room, on the way to a hold. Which events have a room comes with the event itself, so
 * where there is none nobody is asked and nothing is counted.
 */
#ifndef INVENTORY_PASS_H
#define INVENTORY_PASS_H

#include "catalog/v1/catalog.pb-c.h"
#include "inventory/v1/inventory.pb-c.h"
#include "tessera/call.h"

/* A hold that is being made under a pass. */
struct pass_use {
    const char *hold_id;
    bool timed;   /* the event has a room, which is told how long holds take */
    bool counted; /* the room has noted the hold */
    int64_t began_ms;
};

/*
 * May the request's pass take so many places? Where a room is on, it notes the hold under the pass before anything is
 * taken. Return: 0 and *ret_use; TS_REFUSED; a ts_error.
 */
int pass_begin(struct ts_call *call, const Inventory__HoldTicketsRequest *request, const Catalog__Event *event,
               const char *hold_id, struct pass_use *ret_use);

/*
 * What came of it: 0, the hold is written; negative, nobody knows; positive, it is not: then it is ended before it
 * began, so that its places do not count under the pass. Return: result.
 */
int pass_end(struct ts_call *call, const struct pass_use *use, int result);

#endif
