/* A pool's versions and its guests; see pool.h. */
#include "pool.h"

#include <assert.h>
#include <string.h>

#include "block.h"
#include "hold.h"
#include "others.h"
#include "rules.h"
#include "seats.h"
#include "store.h"
#include "take.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum { GIVE_TRIES = 16 }; /* with other processes */

Inventory__HeldPosition *pool_position(const struct pool *pool)
{
    assert(pool->hold->n_positions == 1);
    return pool->hold->positions[0];
}

/* Another process may have raised N. */
static void note_place(struct quota *quota, int32_t number)
{
    if (number >= quota->map.place_count)
        map_grow(&quota->map, number + 1);
}

/* ---- guests */

static bool has_number(const int32_t *numbers, size_t count, int32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

static bool given_has(const Inventory__Given *given, int32_t number)
{
    return has_number(given->numbers, given->n_numbers, number);
}

bool pool_has_given(const struct pool *pool, int32_t number)
{
    for (size_t i = 0; i < pool->hold->n_given; i++) {
        if (given_has(pool->hold->given[i], number))
            return true;
    }
    return false;
}

/* Its hold can never come to have what it was given; one that nobody wrote in its time is ended here. */
static int guest_is_dead(struct ts_call *call, const Inventory__Given *given, const Inventory__Hold *guest,
                         bool *ret_dead)
{
    int r;

    *ret_dead = guest && guest->state == INVENTORY__HOLD_STATE__RELEASED;
    if (guest || ts_now_ms(call) < given->ask_after_ms)
        return 0;
    r = hold_end_unwritten(call, given->hold_id);
    *ret_dead = r == 0;
    return r == STORE_CONFLICT ? 0 : r; /* it has come after all */
}

/* A dead guest's places are the pool's, in the map too when nobody here saw it die. */
static void note_dead(struct ts_call *call, const struct pool *pool, const Inventory__Given *given)
{
    struct inventory *inventory = call->state;

    for (size_t i = 0; i < given->n_numbers; i++) {
        if (map_get(&pool->quota->map, given->numbers[i]).holder == HOLDER_SOLD)
            map_set(&pool->quota->map, &inventory->holders, given->numbers[i], HOLDER_POOLED);
    }
}

/* Count the guests, and leave out the dead. */
static int look_at_guests(struct ts_call *call, struct pool *pool)
{
    Inventory__Hold *hold = pool->hold;
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, hold->n_given);
    struct stored_hold *guests;
    size_t kept = 0;
    int r;

    for (size_t i = 0; i < hold->n_given; i++)
        ids[i] = hold->given[i]->hold_id;
    r = store_get_holds(call, ids, hold->n_given, &guests);
    for (size_t i = 0; r == 0 && i < hold->n_given; i++) {
        Inventory__Given *given = hold->given[i];
        bool dead;

        r = guest_is_dead(call, given, guests[i].hold, &dead);
        if (r == 0 && dead) {
            note_dead(call, pool, given);
            continue;
        }
        *(guests[i].hold ? &pool->given : &pool->coming) += given->n_numbers;
        hold->given[kept++] = given;
    }
    hold->n_given = kept;
    return r;
}

/* Another process may have set a plan since, and kept seats of it. */
static int know_seats(struct ts_call *call, const struct pool *pool)
{
    const Inventory__HeldPosition *position = pool_position(pool);
    Inventory__Quota *body;
    int64_t version;
    bool known = true;
    int r;

    for (size_t i = 0; pool->quota->seat_plan && i < position->n_places; i++)
        known = known && seat_plan_find(pool->quota->seat_plan, position->places[i]->number);
    if (known)
        return 0;
    r = store_get_quota(call, pool->quota->id, &body, &version);
    if (r)
        return r;
    (void)quota_note(call->state, body, version);
    return seats_ready(call, pool->quota);
}

int pool_look(struct ts_call *call, const Inventory__Hold *hold, int64_t version, struct pool *ret_pool)
{
    struct quota *quota;
    int r = quota_get(call, hold->pool_quota_id, &quota);

    if (r == 0 && !quota)
        return ts_fail(call, TS_EDATALOSS, "An organizer hold is of an unknown quota.");
    if (r == 0)
        r = seats_ready(call, quota);
    if (r)
        return r;
    *ret_pool = (struct pool){ (Inventory__Hold *)ts_message_dup(call->arena, &hold->base), version, quota, 0, 0 };
    for (size_t i = 0; i < pool_position(ret_pool)->n_places; i++)
        note_place(quota, pool_position(ret_pool)->places[i]->number);
    r = know_seats(call, ret_pool);
    return r ? r : look_at_guests(call, ret_pool);
}

int pool_get(struct ts_call *call, const char *id, struct pool *ret_pool)
{
    Inventory__Hold *hold = NULL;
    int64_t version = 0;
    int r = ts_id_is(id, "ohd") ? store_get_hold(call, id, &hold, &version) : 0;

    *ret_pool = (struct pool){ 0 };
    return r || !hold || !hold->pool_quota_id ? r : pool_look(call, hold, version, ret_pool);
}

size_t pool_left(const struct pool *pool)
{
    return pool_position(pool)->n_places - pool->given - pool->coming;
}

int pool_is_sold(struct ts_call *call, const Inventory__Hold *hold, int32_t number, bool *ret_sold)
{
    struct stored_hold *guest;
    int r = 0;

    *ret_sold = false;
    if (!hold || !hold->pool_quota_id)
        return 0;
    for (size_t i = 0; r == 0 && i < hold->n_given; i++) {
        if (!given_has(hold->given[i], number))
            continue;
        r = store_get_holds(call, (const char *[]){ hold->given[i]->hold_id }, 1, &guest);
        if (r == 0 && guest->hold)
            *ret_sold |= guest->hold->state == INVENTORY__HOLD_STATE__SOLD;
    }
    return r;
}

void pool_note_guest(struct inventory *inventory, const Inventory__Hold *hold, Inventory__HoldState before)
{
    bool sold = hold->state == INVENTORY__HOLD_STATE__SOLD;
    bool back = hold->state == INVENTORY__HOLD_STATE__RELEASED && before == INVENTORY__HOLD_STATE__SOLD;

    for (size_t i = 0; (sold || back) && i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            const Inventory__Place *place = hold->positions[i]->places[j];
            struct quota *quota = place->pool_id ? quota_find(inventory, place->quota_id) : NULL;

            if (quota)
                note_place(quota, place->number);
            if (quota && map_get(&quota->map, place->number).holder == (sold ? HOLDER_POOLED : HOLDER_SOLD))
                map_set(&quota->map, &inventory->holders, place->number, sold ? HOLDER_SOLD : HOLDER_POOLED);
        }
    }
}

/* ---- giving */

static bool is_left(const struct pool *pool, int32_t number)
{
    const Inventory__HeldPosition *position = pool_position(pool);

    for (size_t i = 0; i < position->n_places; i++) {
        if (position->places[i]->number == number)
            return !pool_has_given(pool, number);
    }
    return false;
}

/* The pool's places that are nobody's, those wanted and for each PLACE_NONE the next. Return: 0; as pool_give(). */
static int choose(const struct pool *pool, const int32_t *wanted, size_t count, int32_t *ret_numbers)
{
    const Inventory__HeldPosition *position = pool_position(pool);
    size_t next = 0;
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        ret_numbers[i] = wanted[i];
        if (wanted[i] == PLACE_NONE || is_left(pool, wanted[i]))
            continue;
        ret_numbers[i] = PLACE_NONE;
        r = REFUSAL_SEAT_NOT_POOLED;
    }
    for (size_t i = 0; r == 0 && i < count; i++) {
        while (r == 0 && ret_numbers[i] == PLACE_NONE) {
            int32_t number = next < position->n_places ? position->places[next++]->number : PLACE_NONE;

            if (number == PLACE_NONE)
                r = REFUSAL_POOL_SHORT;
            else if (!pool_has_given(pool, number) && !has_number(wanted, count, number))
                ret_numbers[i] = number;
        }
    }
    return r;
}

static void add_given(struct ts_call *call, struct pool *pool, const char *hold_id, int32_t *numbers, size_t count)
{
    Inventory__Hold *hold = pool->hold;
    Inventory__Given **all = TS_NEW_ARRAY(call->arena, Inventory__Given *, hold->n_given + 1);
    Inventory__Given *given = TS_NEW(call->arena, Inventory__Given);

    inventory__given__init(given);
    given->hold_id = (char *)hold_id;
    given->numbers = numbers;
    given->n_numbers = count;
    given->has_ask_after_ms = true;
    given->ask_after_ms = ts_now_ms(call) + TS_CALL_MS_MAX;
    for (size_t i = 0; i < hold->n_given; i++)
        all[i] = hold->given[i];
    all[hold->n_given++] = given;
    hold->given = all;
}

static int give_once(struct ts_call *call, const char *id, const char *hold_id, const int32_t *wanted, size_t count,
                     int32_t *ret_numbers)
{
    struct pool pool;
    int r = pool_get(call, id, &pool);

    if (r)
        return r;
    if (!pool.hold)
        return REFUSAL_POOL_UNKNOWN;
    for (size_t i = 0; i < pool.hold->n_given; i++) {
        const Inventory__Given *given = pool.hold->given[i];

        if (strcmp(given->hold_id, hold_id) != 0)
            continue;
        memcpy(ret_numbers, given->numbers, count * sizeof(*ret_numbers));
        return given->n_numbers == count ? 0 : TS_EINVALID;
    }
    r = choose(&pool, wanted, count, ret_numbers);
    if (r)
        return r;
    add_given(call, &pool, hold_id, ret_numbers, count);
    return store_put_hold(call, pool.hold, pool.version);
}

int pool_give(struct ts_call *call, const char *id, const char *hold_id, const int32_t *wanted, size_t count,
              int32_t *ret_numbers)
{
    struct hold_turn turn;
    int r = HOLD_TURN_WAITED;

    while (r == HOLD_TURN_WAITED)
        r = hold_turn_begin(call, id, &turn);
    if (r)
        return r;
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < GIVE_TRIES; tries++)
        r = give_once(call, id, hold_id, wanted, count, ret_numbers);
    hold_turn_end(call, &turn);
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- growing and shrinking */

static void set_holder(struct ts_call *call, const struct pool *pool, int32_t number, uint32_t holder)
{
    struct inventory *inventory = call->state;

    map_set(&pool->quota->map, &inventory->holders, number, holder);
}

/* Places that the next version does not list any more. */
struct dropped {
    int32_t *numbers;
    size_t count;
};

static struct dropped dropped_new(struct ts_call *call, const struct pool *pool)
{
    return (struct dropped){ TS_NEW_ARRAY(call->arena, int32_t, pool_position(pool)->n_places), 0 };
}

static void drop(struct pool *pool, size_t index, struct dropped *dropped)
{
    Inventory__HeldPosition *position = pool_position(pool);

    dropped->numbers[dropped->count++] = position->places[index]->number;
    for (size_t i = index + 1; i < position->n_places; i++)
        position->places[i - 1] = position->places[i];
    position->n_places--;
}

/*
 * The version without them is put. What the map does not know as the pool's may be on its way to a buyer here; and when
 * it has learnt of others' doings since the put began (`learnt`), as another pool's: then the store knows.
 */
static void put_on_sale(struct ts_call *call, const struct pool *pool, const struct dropped *dropped, uint64_t learnt)
{
    struct inventory *inventory = call->state;
    bool known = inventory->learnt == learnt;

    for (size_t i = 0; i < dropped->count; i++) {
        if (map_get(&pool->quota->map, dropped->numbers[i]).holder != HOLDER_POOLED)
            continue;
        if (known)
            set_holder(call, pool, dropped->numbers[i], HOLDER_NONE);
        else
            (void)place_mend(call, pool->quota, dropped->numbers[i]); /* else the next look at the quota does */
    }
    if (quota_block_shortage(pool->quota) > 0)
        (void)block_settle(call, pool->quota); /* the size holds without it */
}

static int put(struct ts_call *call, struct pool *pool, const struct dropped *dropped)
{
    uint64_t learnt = ((const struct inventory *)call->state)->learnt;
    int r = store_put_hold(call, pool->hold, pool->version);

    if (r)
        return r;
    pool->version++;
    put_on_sale(call, pool, dropped, learnt);
    return 0;
}

int pool_drop(struct ts_call *call, struct pool *pool, size_t count)
{
    Inventory__HeldPosition *position = pool_position(pool);
    struct dropped dropped = dropped_new(call, pool);

    assert(count <= pool_left(pool));
    for (size_t i = position->n_places; i-- > 0 && dropped.count < count;) {
        if (!pool_has_given(pool, position->places[i]->number))
            drop(pool, i, &dropped);
    }
    return put(call, pool, &dropped);
}

/* Does the pool list the seat of the line's `unit`-th place? */
static bool lists(const struct pool *pool, const Inventory__HoldLine *line, size_t unit)
{
    const Inventory__HeldPosition *position = pool_position(pool);
    int32_t named = seats_named(pool->quota, line, unit);
    bool listed = false;

    for (size_t i = 0; named != PLACE_NONE && i < position->n_places; i++)
        listed |= position->places[i]->number == named;
    return listed;
}

/* The line's places more at the end of the pool's list, without those that are there; they get their numbers as they
 * are picked. */
static void add_places(struct pool *pool, const Inventory__HoldLine *line, struct take *take)
{
    Inventory__HeldPosition *position = pool_position(pool);
    size_t count = (size_t)line->quantity;
    Inventory__Place **all = TS_NEW_ARRAY(take->arena, Inventory__Place *, position->n_places + count);
    bool *listed = TS_NEW_ARRAY(take->arena, bool, count);

    for (size_t i = 0; i < count; i++)
        listed[i] = lists(pool, line, i);
    for (size_t i = 0; i < position->n_places; i++)
        all[i] = position->places[i];
    position->places = all;
    take->places = TS_NEW_ARRAY(take->arena, struct take_place, count);
    for (size_t i = 0; i < count; i++) {
        if (!listed[i])
            seats_wish(take_add(take, pool->quota, position), line, LINE_NONE, i);
    }
}

/* Put a version with the line's places more and those dropped less; all maps are ready. */
static int change_places(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line,
                         const struct creation *creation, const struct dropped *dropped)
{
    struct take take = { .hold = pool->hold, .arena = call->arena, .creation = creation, .version = pool->version };
    uint64_t learnt = ((const struct inventory *)call->state)->learnt;
    int r;

    add_places(pool, line, &take);
    if (take.count == 0)
        return put(call, pool, dropped);
    r = take_places(call, &take);
    if (r == REFUSAL_SEAT)
        return seats_refuse(call, &take);
    if (r)
        return r == TAKE_HOLD_TAKEN ? STORE_CONFLICT : r;
    pool->version++;
    for (size_t i = 0; i < take.count; i++)
        set_holder(call, pool, take.places[i].place->number, HOLDER_POOLED);
    put_on_sale(call, pool, dropped, learnt);
    return 0;
}

int pool_grow(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line, const struct creation *creation)
{
    int r = seats_ready(call, pool->quota);

    return r ? r : change_places(call, pool, line, creation, &(struct dropped){ 0 });
}

static bool is_named(const struct pool *pool, const Inventory__HoldLine *line, int32_t number)
{
    for (size_t i = 0; i < line->n_seat_ids; i++) {
        if (seats_named(pool->quota, line, i) == number)
            return true;
    }
    return false;
}

int pool_name(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line)
{
    Inventory__HeldPosition *position = pool_position(pool);
    struct dropped dropped = dropped_new(call, pool);
    int r = seats_ready(call, pool->quota);

    for (size_t i = position->n_places; r == 0 && i-- > 0;) {
        int32_t number = position->places[i]->number;

        if (is_named(pool, line, number))
            continue;
        if (pool_has_given(pool, number))
            return REFUSAL_POOL_GIVEN;
        drop(pool, i, &dropped);
    }
    return r ? r : change_places(call, pool, line, /* creation= */ NULL, &dropped);
}

void pool_publish(struct ts_call *call, const struct pool *pool)
{
    Inventory__AvailabilityChanged event = INVENTORY__AVAILABILITY_CHANGED__INIT;
    char *id = pool->quota->id;

    event.event_id = pool->quota->event_id;
    event.date_id = pool->quota->date_id;
    event.quota_ids = &id;
    event.n_quota_ids = 1;
    ts_publish(call, &event.base);
    others_tell_quota(call, pool->quota->id);
}
