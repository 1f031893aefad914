/* From wish to committed hold; see take.h. */
#include "take.h"

#include <assert.h>
#include <string.h>

#include "block.h"
#include "others.h"
#include "seats.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum {
    TAKE_TRIES = 64,   /* writes that met a conflict, each mends a place: only with other processes or in doubt */
    PICK_TRIES = 1024, /* lapsed holds that one taker may end: twice TS_HOLD_PLACES_MAX */
    GROW_TRIES = 8,
};

struct take_place *take_add(struct take *take, struct quota *quota, Inventory__HeldPosition *position)
{
    struct take_place *taken = &take->places[take->count++];
    Inventory__Place *place = TS_NEW(take->arena, Inventory__Place);

    inventory__place__init(place);
    place->quota_id = quota->id;
    position->places[position->n_places++] = place;
    *taken = (struct take_place){
        .quota = quota, .place = place, .position = position, .named = PLACE_NONE, .former = PLACE_NONE
    };
    return taken;
}

/* ---- making room */

static int grow_once(struct ts_call *call, struct quota *quota)
{
    Inventory__Quota *body;
    int64_t version;
    int r = store_get_quota(call, quota->id, &body, &version);

    if (r)
        return r;
    if (body->place_count <= quota->map.place_count) {
        if (body->place_count > QUOTA_PLACES_MAX - QUOTA_STEP)
            return REFUSAL_SOLD_OUT;
        body->place_count += QUOTA_STEP;
        r = quota_put(call, body, version);
    } else {
        quota_note(call->state, body, version);
    }
    return r == STORE_CONFLICT ? TAKE_AGAIN : r;
}

int quota_grow(struct ts_call *call, struct quota *quota)
{
    int r = TAKE_AGAIN;

    if (quota->busy)
        return ts_wait(call, &quota->waiters); /* another fiber is at it: look again then */
    quota->busy = true;
    for (unsigned tries = 0; r == TAKE_AGAIN && tries < GROW_TRIES; tries++)
        r = grow_once(call, quota);
    quota->busy = false;
    ts_wake(&quota->waiters);
    return r == TAKE_AGAIN ? TS_EABORTED : r;
}

/* Ask about one lapsed place. While one fiber does, its holder counts as not lapsed: others look elsewhere. */
static int end_lapsed(struct ts_call *call, struct quota *quota, int32_t number)
{
    struct inventory *inventory = call->state;
    uint32_t holder = map_get(&quota->map, number).holder;
    int64_t lapse_ms = holders_get(&inventory->holders, holder)->lapse_ms;
    int r;

    holders_get(&inventory->holders, holder)->use_count++;
    holders_get(&inventory->holders, holder)->lapse_ms = HOLDER_NEVER;
    r = place_mend(call, quota, number);
    holders_get(&inventory->holders, holder)->lapse_ms = lapse_ms;
    holders_release(&inventory->holders, holder);
    map_note_lapse(&quota->map, lapse_ms);
    return r;
}

/* Return: 0 when something has changed and it is worth looking again; REFUSAL_RESERVED or _SOLD_OUT; a ts_error. */
static int make_room(struct ts_call *call, struct quota *quota, int shortage)
{
    struct inventory *inventory = call->state;
    int32_t number;

    if (quota_block_shortage(quota) < 0) /* it has grown, and whoever made it grow could not finish */
        return quota->busy ? ts_wait(call, &quota->waiters) : block_settle(call, quota);
    if (quota->size < 0)
        return quota_grow(call, quota);
    number = map_find_lapsed(&quota->map, &inventory->holders, ts_now_ms(call));
    return number < 0 ? shortage : end_lapsed(call, quota, number);
}

/* ---- picking */

/*
 * Is there room for all that is not picked yet? Of several shortages the worst decides.
 * Return: 0; REFUSAL_RESERVED or REFUSAL_SOLD_OUT and *ret_quota that is short.
 */
static int check_room(const struct take *take, struct quota **ret_quota)
{
    int worst = REFUSAL_NONE;

    for (size_t i = 0; i < take->count; i++)
        take->places[i].quota->wanted += !take->places[i].picked;
    for (size_t i = 0; i < take->count; i++) {
        struct quota *quota = take->places[i].quota;
        int shortage = (int)places_check(quota_free_count(quota), quota_held_count(quota), quota->wanted);

        if (shortage != REFUSAL_NONE && quota->size < 0)
            shortage = REFUSAL_RESERVED; /* it can grow */
        if (shortage == REFUSAL_NONE && quota->wanted > map_free_count(&quota->map))
            shortage = REFUSAL_RESERVED; /* some have to be unblocked first */
        if (shortage != REFUSAL_NONE && (worst == REFUSAL_NONE || shortage == REFUSAL_SOLD_OUT)) {
            worst = shortage;
            *ret_quota = quota;
        }
        quota->wanted = 0;
    }
    return worst;
}

void take_pick(struct inventory *inventory, const struct take *take, struct take_place *taken, int32_t number)
{
    map_set(&taken->quota->map, &inventory->holders, number, take->holder);
    taken->place->has_number = true;
    taken->place->number = number;
    taken->picked = true;
}

/* There is room in each quota. Return: REFUSAL_NONE; as seats_pick(). */
static int pick(struct inventory *inventory, struct take *take)
{
    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (!taken->picked && !taken->quota->seat_plan)
            take_pick(inventory, take, taken, map_find_free(&taken->quota->map));
    }
    return (int)seats_pick(inventory, take);
}

/* Who has let a named seat lapse is asked. Return: 0: nobody has; TAKE_AGAIN: somebody had; a ts_error. */
static int free_named(struct ts_call *call, const struct take *take)
{
    struct inventory *inventory = call->state;

    for (size_t i = 0; i < take->count; i++) {
        const struct take_place *taken = &take->places[i];
        uint32_t holder = taken->picked || taken->named == PLACE_NONE
                              ? HOLDER_NONE
                              : map_get(&taken->quota->map, taken->named).holder;
        int r;

        if (holder < HOLDER_FIRST || holders_get(&inventory->holders, holder)->lapse_ms > ts_now_ms(call))
            continue;
        r = end_lapsed(call, taken->quota, taken->named);
        return r ? r : TAKE_AGAIN;
    }
    return 0;
}

/* What is refused by the map may only be old. Return: `refusal`; TAKE_AGAIN when the map may say otherwise; a ts_error.
 */
static int look_again(struct ts_call *call, const struct take *take, int refusal)
{
    for (size_t i = 0; i < take->count; i++) {
        int r = others_look(call, take->places[i].quota);

        if (r)
            return r == OTHERS_LOOKED ? TAKE_AGAIN : r;
    }
    return refusal;
}

/* Return: 0 and all is picked; TAKE_AGAIN when something has changed; a refusal; a ts_error. */
static int pick_known(struct ts_call *call, struct take *take)
{
    int r = free_named(call, take);

    if (r)
        return r;
    r = (int)seats_check_named(take);
    if (r != REFUSAL_NONE)
        return r;
    take->short_quota = NULL;
    r = check_room(take, &take->short_quota);
    if (r == REFUSAL_NONE)
        return pick(call->state, take);
    if (r == REFUSAL_SOLD_OUT)
        return r;
    assert(take->short_quota);
    r = make_room(call, take->short_quota, r);
    return r ? r : TAKE_AGAIN;
}

static int pick_once(struct ts_call *call, struct take *take)
{
    int r = pick_known(call, take);

    return r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT ? look_again(call, take, r) : r;
}

static int pick_all(struct ts_call *call, struct take *take)
{
    for (unsigned tries = 0; tries < PICK_TRIES; tries++) {
        int r = pick_once(call, take);

        if (r != TAKE_AGAIN)
            return r;
    }
    return TS_EABORTED;
}

/* ---- writing */

static void set_claimed(struct take_place *taken, uint32_t n)
{
    map_set_claim(&taken->quota->map, taken->place->number, n);
    taken->claimed = true;
}

/* The claims that are still to be written; indexes[i] says for which of the take's places. */
static size_t list_claims(const struct take *take, struct claim_place *claims, size_t *indexes)
{
    size_t count = 0;

    for (size_t i = 0; i < take->count; i++) {
        const struct take_place *taken = &take->places[i];

        if (taken->claimed)
            continue;
        claims[count] = (struct claim_place){ taken->quota->id, taken->place->number,
                                              map_get(&taken->quota->map, taken->place->number).n + 1 };
        indexes[count++] = i;
    }
    return count;
}

/* It is as the store says now: free, or somebody's. Return: 0; a ts_error. */
static int unpick(struct ts_call *call, struct take_place *taken)
{
    int r = place_mend(call, taken->quota, taken->place->number);

    if (r == 0)
        taken->picked = false;
    return r;
}

/* A group that lost one of its seats is chosen anew, but for what it has claimed. */
static int replace_place(struct ts_call *call, struct take *take, struct take_place *taken)
{
    struct inventory *inventory = call->state;
    int r;

    ts_metric_add(inventory->conflicts, 1);
    r = unpick(call, taken);
    for (size_t i = 0; r == 0 && taken->quota->seat_plan && i < take->count; i++) {
        struct take_place *other = &take->places[i];

        if (other->quota == taken->quota && other->picked && !other->claimed && other->named == PLACE_NONE)
            r = unpick(call, other);
    }
    if (r == 0)
        r = others_look_beside(call, taken->quota, taken->place->number);
    return r ? r : TAKE_AGAIN;
}

static int write_all(struct ts_call *call, struct take *take)
{
    struct claim_place *claims = TS_NEW_ARRAY(call->arena, struct claim_place, take->count);
    size_t *indexes = TS_NEW_ARRAY(call->arena, size_t, take->count);
    size_t count = list_claims(take, claims, indexes), written = count;
    const struct creation *creation = take->key_written ? NULL : take->creation;
    int r = store_claim(call, &(struct claiming){ creation, claims, count, take->hold, take->version }, &written);

    if (r < 0 || r == STORE_KEY_TAKEN)
        return r < 0 ? r : TAKE_KEY_TAKEN;
    take->key_written = true;
    for (size_t i = 0; i < written; i++)
        set_claimed(&take->places[indexes[i]], claims[i].n);
    if (r == STORE_CLAIM_TAKEN)
        return replace_place(call, take, &take->places[indexes[written]]);
    return r == STORE_HOLD_TAKEN ? TAKE_HOLD_TAKEN : 0;
}

/* ---- the end of it */

static void give_back(struct inventory *inventory, struct take *take)
{
    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (taken->picked && map_get(&taken->quota->map, taken->place->number).holder == take->holder)
            map_set(&taken->quota->map, &inventory->holders, taken->place->number, HOLDER_NONE);
    }
}

/* Claims are written and the hold is not to be: end it before it began, so that the claims are dead. */
static int write_tombstone(struct ts_call *call, const char *hold_id)
{
    Inventory__Hold tombstone = INVENTORY__HOLD__INIT;
    int r;

    tombstone.id = (char *)hold_id;
    tombstone.has_state = true;
    tombstone.state = INVENTORY__HOLD_STATE__RELEASED;
    ts_shield_begin(call);
    r = store_put_hold(call, &tombstone, 0);
    ts_shield_end(call);
    return r == STORE_CONFLICT ? 0 : r;
}

static bool any_claimed(const struct take *take)
{
    for (size_t i = 0; i < take->count; i++) {
        if (take->places[i].claimed)
            return true;
    }
    return false;
}

static void undo(struct ts_call *call, struct take *take, int result)
{
    struct inventory *inventory = call->state;
    bool unknown = result == TS_EUNKNOWN || result == TS_ECRASHED;

    if (!unknown && result != TAKE_HOLD_TAKEN && any_claimed(take)) /* one that grows goes on: its claims wait for it */
        unknown = take->version > 0 || write_tombstone(call, take->hold->id) != 0;
    if (!unknown) {
        give_back(inventory, take);
        return;
    }
    /* The claims may stand, the hold may come: who wants the places asks the store, once the write must be over. */
    holders_get(&inventory->holders, take->holder)->lapse_ms = ts_now_ms(call) + TS_CALL_MS_MAX;
    for (size_t i = 0; i < take->count; i++)
        map_note_lapse(&take->places[i].quota->map, ts_now_ms(call) + TS_CALL_MS_MAX);
}

static void commit(struct ts_call *call, struct take *take)
{
    struct inventory *inventory = call->state;

    hold_note(inventory, take->hold, INVENTORY__HOLD_STATE__OPEN);
    ts_metric_add(inventory->created, !hold_is_staffs(take->hold));
    ts_metric_add(inventory->active, !hold_is_staffs(take->hold));
    for (size_t i = 0; i < take->count; i++) {
        struct quota *quota = take->places[i].quota;

        map_note_lapse(&quota->map, holders_get(&inventory->holders, take->holder)->lapse_ms);
        if (quota->size < 0 && !quota->busy && map_free_count(&quota->map) < QUOTA_STEP / 2)
            (void)quota_grow(call, quota); /* ahead of need; the buyer has his places whatever becomes of it */
    }
}

static void count_refusal(struct inventory *inventory, int result)
{
    if (result == REFUSAL_SOLD_OUT)
        ts_metric_add(inventory->sold_out, 1);
    if (result == REFUSAL_RESERVED)
        ts_metric_add(inventory->reserved, 1);
}

int take_places(struct ts_call *call, struct take *take)
{
    struct inventory *inventory = call->state;
    int r = TAKE_AGAIN;

    take->holder = holders_add(&inventory->holders, take->hold->id, HOLDER_NEVER);
    holders_get(&inventory->holders, take->holder)->taking = true;
    for (unsigned tries = 0; r == TAKE_AGAIN && tries < TAKE_TRIES; tries++) {
        r = pick_all(call, take);
        if (r == 0)
            r = write_all(call, take);
    }
    if (r == TAKE_AGAIN)
        r = TS_EABORTED;
    if (r == 0)
        commit(call, take);
    else
        undo(call, take, r);
    count_refusal(inventory, r);
    holders_get(&inventory->holders, take->holder)->taking = false;
    holders_release(&inventory->holders, take->holder);
    return r;
}
