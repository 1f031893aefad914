/* Blocking and unblocking places of a quota whose size changed; see block.h. */
#include "block.h"

#include <stdlib.h>
#include <string.h>

#include "rules.h"
#include "store.h"
#include "tessera/clock.h"

enum {
    BLOCK_BATCH = 1000,       /* places in one write */
    BLOCK_RANGES_MAX = 20000, /* of one document: some 300 KB */
    BLOCK_TRIES = 8,
};

/* One range more at the end of the hold's list, or its last one longer. Return: 0; TS_EEXHAUSTED. */
static int add_range(struct ts_call *call, Inventory__Hold *hold, int32_t first, int32_t count)
{
    Inventory__PlaceRange *last = hold->n_blocked ? hold->blocked[hold->n_blocked - 1] : NULL;

    if (count == 0)
        return 0;
    if (last && last->first + last->count == first) {
        last->count += count;
        return 0;
    }
    if (hold->n_blocked == BLOCK_RANGES_MAX)
        return TS_EEXHAUSTED;
    last = hold->blocked[hold->n_blocked++] = TS_NEW(call->arena, Inventory__PlaceRange);
    inventory__place_range__init(last);
    last->has_first = last->has_count = true;
    last->first = first;
    last->count = count;
    return 0;
}

/* Places that change, ascending; `next` is the first that is not in the new list yet. */
struct blocking {
    const int32_t *numbers;
    size_t count, next;
    bool blocked; /* they come; else they go */
};

/* What changes before `end`, and between it what stays: the places from `from` on, when they were listed. */
static int add_until(struct ts_call *call, struct blocking *blocking, int32_t from, int32_t end, bool listed,
                     Inventory__Hold *hold)
{
    int r = 0;

    while (r == 0 && blocking->next < blocking->count && blocking->numbers[blocking->next] < end) {
        int32_t number = blocking->numbers[blocking->next++];

        r = add_range(call, hold, from, listed ? number - from : 0);
        if (r == 0)
            r = add_range(call, hold, number, blocking->blocked);
        from = number + 1;
    }
    return r ? r : add_range(call, hold, from, listed ? end - from : 0);
}

/*
 * The next version's list: what the version before lists, and the change. Never what the map believes: another process
 * may have blocked more, and only what was listed or is claimed for this version may be listed (tests/model, rule 3).
 */
static int list_blocked(struct ts_call *call, const int32_t *changed, size_t count, bool blocked, Inventory__Hold *hold)
{
    struct blocking blocking = { changed, count, 0, blocked };
    Inventory__PlaceRange **before = hold->blocked;
    size_t before_count = hold->n_blocked;
    int r = 0;

    hold->blocked = TS_NEW_ARRAY(call->arena, Inventory__PlaceRange *, BLOCK_RANGES_MAX);
    hold->n_blocked = 0;
    for (size_t i = 0; r == 0 && i < before_count; i++) {
        r = add_until(call, &blocking, 0, before[i]->first, false, hold);
        if (r == 0)
            r = add_until(call, &blocking, before[i]->first, before[i]->first + before[i]->count, true, hold);
    }
    return r ? r : add_until(call, &blocking, 0, INT32_MAX, false, hold);
}

Inventory__Hold *block_hold_new(struct ts_call *call, const struct quota *quota)
{
    Inventory__Hold *hold = TS_NEW(call->arena, Inventory__Hold);

    inventory__hold__init(hold);
    hold->id = (char *)ts_id_sibling(call, quota->id, "hld");
    hold->event_id = (char *)quota->event_id;
    hold->has_state = true;
    hold->state = INVENTORY__HOLD_STATE__OPEN;
    hold->has_created_at_ms = true;
    hold->created_at_ms = ts_now_ms(call);
    hold->blocks_quota_id = (char *)quota->id;
    return hold;
}

int block_get(struct ts_call *call, const struct quota *quota, Inventory__Hold **ret_hold, int64_t *ret_version)
{
    Inventory__Hold *hold;
    int r = store_get_hold(call, ts_id_sibling(call, quota->id, "hld"), &hold, ret_version);

    if (r)
        return r;
    *ret_hold = hold ? (Inventory__Hold *)ts_message_dup(call->arena, &hold->base) : block_hold_new(call, quota);
    return 0;
}

static void set_all(struct ts_call *call, struct quota *quota, const int32_t *numbers, size_t count, uint32_t holder)
{
    struct inventory *inventory = call->state;

    for (size_t i = 0; i < count; i++)
        map_set(&quota->map, &inventory->holders, numbers[i], holder);
}

/* Set the map right where a write may have changed who has these places. */
static int mend_all(struct ts_call *call, struct quota *quota, const int32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int r = place_mend(call, quota, numbers[i]);

        if (r)
            return r;
        ts_yield(call);
    }
    return 0;
}

/*
 * Write the hold's next version with `count` free places more: BLOCKED in the map from before the write on. `numbers`
 * is ascending. Return: 0; STORE_CONFLICT, what is claimed for that version is not listed; a ts_error.
 */
static int put_blocking(struct ts_call *call, struct quota *quota, const struct blocking *coming, Inventory__Hold *hold,
                        int64_t version)
{
    const int32_t *numbers = coming->numbers;
    size_t count = coming->count, written = count;
    struct claim_place *claims = TS_NEW_ARRAY(call->arena, struct claim_place, count);
    int r;

    for (size_t i = 0; i < count; i++)
        claims[i] = (struct claim_place){ quota->id, numbers[i], map_get(&quota->map, numbers[i]).n + 1 };
    r = list_blocked(call, numbers, count, true, hold);
    if (r == 0)
        r = store_claim(call, &(struct claiming){ NULL, claims, count, hold, version }, &written);
    for (size_t i = 0; r == 0 && i < count; i++)
        map_set_claim(&quota->map, numbers[i], claims[i].n);
    /* Unknown: BLOCKED in the map. What is so by the map only comes back like the rest, when the quota grows. */
    if (r < 0 && r != TS_EUNKNOWN)
        set_all(call, quota, numbers, count, HOLDER_NONE);
    return r > 0 ? STORE_CONFLICT : r;
}

/* Take `count` free places for nobody. */
static int block(struct ts_call *call, struct quota *quota, const int32_t *numbers, size_t count)
{
    Inventory__Hold *hold;
    int64_t version;
    int r;

    set_all(call, quota, numbers, count, HOLDER_BLOCKED);
    r = block_get(call, quota, &hold, &version);
    if (r) {
        set_all(call, quota, numbers, count, HOLDER_NONE);
        return r;
    }
    r = put_blocking(call, quota, &(struct blocking){ numbers, count, 0, true }, hold, version);
    return r > 0 ? mend_all(call, quota, numbers, count) : r;
}

static int unblock(struct ts_call *call, struct quota *quota, const int32_t *numbers, size_t count)
{
    Inventory__Hold *hold;
    int64_t version;
    int r = block_get(call, quota, &hold, &version);

    if (r == 0)
        r = list_blocked(call, numbers, count, false, hold);
    if (r == 0)
        r = store_put_hold(call, hold, version);
    if (r == STORE_CONFLICT)
        return mend_all(call, quota, numbers, count);
    if (r == 0)
        set_all(call, quota, numbers, count, HOLDER_NONE);
    return r;
}

int block_for_plan(struct ts_call *call, struct quota *quota, Inventory__Hold *hold, int64_t version,
                   const int32_t *numbers, size_t count)
{
    Inventory__Hold *now;
    int r;

    set_all(call, quota, numbers, count, HOLDER_BLOCKED);
    r = put_blocking(call, quota, &(struct blocking){ numbers, count, 0, true }, hold, version);
    if (r != STORE_CONFLICT)
        return r;
    r = block_get(call, quota, &now, &version);
    if (r == 0)
        r = store_put_hold(call, now, version); /* one version on: what was claimed for the last is dead */
    if (r >= 0)
        r = mend_all(call, quota, numbers, count);
    return r ? r : STORE_CONFLICT;
}

static int compare_numbers(const void *left, const void *right)
{
    const int32_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* Up to `room` places to block: free ones, from the top. */
static size_t find_free(struct ts_call *call, struct quota *quota, int32_t *numbers, size_t room)
{
    struct inventory *inventory = call->state;
    int32_t number = quota->map.place_count;
    size_t count = 0;

    while (count < room) {
        number = map_find_last_free(&quota->map, number);

        if (number < 0)
            break;
        map_set(&quota->map, &inventory->holders, number, HOLDER_BLOCKED);
        numbers[count++] = number;
    }
    qsort(numbers, count, sizeof(*numbers), compare_numbers);
    return count;
}

/* Up to `room` places to unblock, from the bottom. */
static size_t find_blocked(const struct quota *quota, int32_t *numbers, size_t room)
{
    size_t count = 0;

    for (int32_t i = 0; count < room && i < quota->map.place_count; i++) {
        if (map_get(&quota->map, i).holder == HOLDER_BLOCKED)
            numbers[count++] = i;
    }
    return count;
}

static int settle_batch(struct ts_call *call, struct quota *quota, int32_t shortage, size_t *ret_count)
{
    int32_t numbers[BLOCK_BATCH];
    size_t room = (size_t)abs(shortage) < BLOCK_BATCH ? (size_t)abs(shortage) : BLOCK_BATCH;

    if (shortage > 0) {
        *ret_count = find_free(call, quota, numbers, room);
        return *ret_count ? block(call, quota, numbers, *ret_count) : 0;
    }
    *ret_count = find_blocked(quota, numbers, room);
    return *ret_count ? unblock(call, quota, numbers, *ret_count) : 0;
}

int block_settle(struct ts_call *call, struct quota *quota)
{
    size_t count = 1;
    int r = 0;

    if (quota->busy)
        return 0; /* the fiber that is at it sees the new size too */
    quota->busy = true;
    while (r == 0 && count && quota_block_shortage(quota) != 0) {
        r = settle_batch(call, quota, quota_block_shortage(quota), &count);
        ts_yield(call);
    }
    quota->busy = false;
    ts_wake(&quota->waiters);
    return r;
}

void block_settle_hold(struct ts_call *call, const Inventory__Hold *hold)
{
    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            struct quota *quota = quota_find(call->state, hold->positions[i]->places[j]->quota_id);

            if (quota_block_shortage(quota) > 0)
                (void)block_settle(call, quota); /* a hint of ours: the size holds without it */
        }
    }
}
