/*
 * Taking places for a new hold (ARCHITECTURE.md, Places): bits in the maps first, without a wait between looking and
 * taking; then one ORDERED write of the claims and, last, the hold, whose insert is the commit. A place that the store
 * knows to be taken is looked into and replaced by another; what cannot be had whole is given back whole.
 */
#ifndef INVENTORY_TAKE_H
#define INVENTORY_TAKE_H

#include "places.h"
#include "rules.h"
#include "store.h"

/* One place to be had in `quota`; its number goes to *place when it is picked. The rest is of seats (seats.h). */
enum { PLACE_NONE = -1 };
struct take_place {
    struct quota *quota;
    Inventory__Place *place;
    bool picked, claimed;
    Inventory__HeldPosition *position;
    size_t line, unit;     /* of the wish: its `unit`-th ticket */
    int32_t named, former; /* the seat that the buyer chose; that he had before; or PLACE_NONE */
    bool accessible;       /* one of the line's seats must be */
    bool shown;            /* it is the seat that the position shows */
    enum refusal refusal;  /* out: why this one is not to be had */
};

struct take {
    Inventory__Hold *hold; /* complete but for the numbers of its places */
    struct take_place *places;
    size_t count;
    struct ts_arena *arena;          /* for what is added and shown */
    const struct creation *creation; /* NULL: no idempotency key to record */
    int64_t version;                 /* of the hold; 0: it is new. `hold` is its next, with these places more */
    struct quota *short_quota;       /* out: of a refusal */
    /* private */
    uint32_t holder;
    bool key_written;
};

/* One place more to be had in `quota`, for a position; both lists have room for it. */
struct take_place *take_add(struct take *take, struct quota *quota, Inventory__HeldPosition *position);

/*
 * Take all places and write the hold, or its next version (tests/model, rules 4 and 10). All maps must be ready.
 * Return: 0; REFUSAL_SOLD_OUT, REFUSAL_RESERVED or REFUSAL_SEAT (a take of which nothing is left); TAKE_KEY_TAKEN when
 * the idempotency key is there already; TAKE_HOLD_TAKEN when the hold is (written, or ended, by somebody else); a
 * ts_error.
 */
enum { TAKE_KEY_TAKEN = REFUSAL_COUNT, TAKE_HOLD_TAKEN, TAKE_AGAIN };
int take_places(struct ts_call *call, struct take *take);

/* The place is the take's from now on, in the map. It is free. */
void take_pick(struct inventory *inventory, const struct take *take, struct take_place *taken, int32_t number);

/* Raise an unlimited quota's N by QUOTA_STEP. Return: 0; REFUSAL_SOLD_OUT when it has come to its end; a ts_error. */
int quota_grow(struct ts_call *call, struct quota *quota);

#endif
