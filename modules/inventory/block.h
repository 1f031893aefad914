/*
 * Places shrunk away. A quota's N never falls; when its size does, free places become BLOCKED: the quota's own hold
 * lists them, claims first, then its next version, as for any hold. They are released, by a version that no longer
 * lists them, before N is raised again.
 */
#ifndef INVENTORY_BLOCK_H
#define INVENTORY_BLOCK_H

#include "places.h"

/* The quota's own hold before its first version: OPEN without a time, listing nothing. */
Inventory__Hold *block_hold_new(struct ts_call *call, const struct quota *quota);

/*
 * Bring what is blocked in line with the quota's size, as far as places are free. The map must be ready. Nothing
 * depends on it within this process (quota_free_count() looks at the size), so a failure may be passed over: the next
 * call goes on from there. Return: 0; a ts_error.
 */
int block_settle(struct ts_call *call, struct quota *quota);

/* The same for the quotas of a hold that was released, where they are over their size. */
void block_settle_hold(struct ts_call *call, const Inventory__Hold *hold);

/* The quota's own hold, as stored or new (version 0). Return: 0; a ts_error. */
int block_get(struct ts_call *call, const struct quota *quota, Inventory__Hold **ret_hold, int64_t *ret_version);

/*
 * Put the quota's own hold, which has been read at `version` and names another plan of seats since, with these free
 * places (ascending) BLOCKED: both in one version, or neither. The map must be ready, and the quota busy.
 * Return: 0; STORE_CONFLICT, somebody else changed the hold or has one of the places, as the map says now; a ts_error.
 */
enum { BLOCK_FOR_PLAN_MAX = 4000 }; /* in one write with the hold */
int block_for_plan(struct ts_call *call, struct quota *quota, Inventory__Hold *hold, int64_t version,
                   const int32_t *numbers, size_t count);

#endif
