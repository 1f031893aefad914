/*
 * Is what the store says about places right? Reads the claims, holds and quotas as documents and shares no code with
 * the inventory module: run it after each fault. It knows the rules of tests/model and nothing of how they are kept.
 */
#ifndef SUPPORT_CHECKER_H
#define SUPPORT_CHECKER_H

#include "inventory/v1/inventory.pb-c.h"
#include "tessera/call.h"

struct store;

struct checker_report {
    size_t quotas, claims, holds;
    size_t open, kept, sold, released;  /* holds by state, the quotas' own and pools aside */
    size_t places_live, places_blocked; /* listed by holds that are not RELEASED, pools aside */
    size_t places_pooled, places_given; /* listed by pools; of the live ones, those that holds have through a pool */
    char problem[400];                  /* "" when all is right */
};

/*
 * Read all of it and check: no place is listed by two live holds; a listed place's newest claim names its hold at a
 * version it has reached; a claim that was buried was dead; n counts from 1 without gaps; a position has one place in
 * each of its quotas, all of its own date; places are below N (so live ones are at most N); what a hold has through a
 * pool that pool lists and gives to it, and to no other live hold; no cart is open for more than an hour.
 * Return: 0 and *ret_report, whose problem is the first found; a ts_error.
 */
int checker_run(struct ts_call *call, struct store *store, struct checker_report *ret_report);

/* The newest version of a hold as stored, NULL when there is none. */
int checker_hold(struct ts_call *call, struct store *store, const char *id, const Inventory__Hold **ret_hold);

/* How many places of a quota are SOLD, and OPEN or KEPT, by its holds' documents. Return: 0; a ts_error. */
int checker_places(struct ts_call *call, struct store *store, const char *quota_id, int64_t *ret_sold,
                   int64_t *ret_held);

/* How many live places a quota has (blocked ones aside); -1 when the store fails. */
int64_t checker_live_places(struct ts_call *call, struct store *store, const char *quota_id);

#endif
