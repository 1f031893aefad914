/*
 * An organizer's pool: places of one quota that staff keep out of sale under a name, in a hold of their own (ohd_…)
 * that is OPEN without a time. A guest's hold has places of it through the pool: the pool's next version says whose
 * they are and goes on listing them, then that hold is written (tests/model, rule 21). So a buyer never finds such a
 * place free, whoever goes down in between, and it is the pool's again as soon as the guest's hold is dead.
 */
#ifndef INVENTORY_POOL_H
#define INVENTORY_POOL_H

#include "places.h"

enum { POOLS_PER_QUOTA_MAX = 100 };

/* A pool as it is now; what was given to the dead is not in hold->given any more. */
struct pool {
    Inventory__Hold *hold; /* NULL: there is none */
    int64_t version;
    struct quota *quota; /* its map is ready */
    size_t given;        /* places that guests have */
    size_t coming;       /* places of guests whose holds are being written */
};

/* Return: 0 and *ret_pool; a ts_error. */
int pool_get(struct ts_call *call, const char *id, struct pool *ret_pool);

/* The same of a version that was read; the pool's quota is looked up. */
int pool_look(struct ts_call *call, const Inventory__Hold *hold, int64_t version, struct pool *ret_pool);

/* The list of the places that it keeps. */
Inventory__HeldPosition *pool_position(const struct pool *pool);

/* How many of them are nobody's. */
size_t pool_left(const struct pool *pool);

bool pool_has_given(const struct pool *pool, int32_t number);

/*
 * Give places of the pool to a guest's hold, which is not written yet: those wanted, PLACE_NONE any; the same when it
 * was done before. Return: 0 and their numbers; REFUSAL_POOL_UNKNOWN; REFUSAL_POOL_SHORT; REFUSAL_SEAT_NOT_POOLED and
 * PLACE_NONE for those wanted that are not left; TS_EABORTED; another ts_error.
 */
int pool_give(struct ts_call *call, const char *id, const char *hold_id, const int32_t *wanted, size_t count,
              int32_t *ret_numbers);

/* Put a version without the last `count` places that are nobody's. Return: 0; STORE_CONFLICT; a ts_error. */
int pool_drop(struct ts_call *call, struct pool *pool, size_t count);

/*
 * Put a version with as many places more as the line says: the seats that it names, or the best.
 * Return: 0; STORE_CONFLICT; REFUSAL_SOLD_OUT, _RESERVED; TS_REFUSED: of a named seat; a ts_error.
 */
struct creation;
int pool_grow(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line,
              const struct creation *creation);

/*
 * Put a version that lists the seats which the line names, and no others: in one step those that it lacks are taken,
 * and the rest goes back to sale. Return: 0; STORE_CONFLICT; REFUSAL_POOL_GIVEN: a guest has one that is not named;
 * TS_REFUSED: of a named seat; a ts_error.
 */
int pool_name(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line);

/* Is the place sold to a guest? False of any hold but a pool (NULL too). Return: 0 and *ret_sold; a ts_error. */
int pool_is_sold(struct ts_call *call, const Inventory__Hold *hold, int32_t number, bool *ret_sold);

/* Tell the maps of a guest's hold that was put: what it has through a pool. */
void pool_note_guest(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before);

/* Say that the counts of the pool's quota have changed. */
void pool_publish(struct ts_call *call, const struct pool *pool);

#endif
