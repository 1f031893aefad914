/*
 * Holds at no price, for complimentary tickets: orders makes an order of one at once, so they lapse like any cart when
 * it cannot. Places come from a pool first (which gives them before the hold is written), the rest from what is free.
 */
#include <string.h>

#include "api.h"
#include "hold.h"
#include "pool.h"
#include "seats.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "wish.h"

static int check_request(struct ts_call *call, const Inventory__HoldCompsRequest *request)
{
    if (!ts_id_is(request->hold_id, "hld"))
        return TS_EINVALID;
    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    return wish_check_lines(call, request->lines, request->n_lines, TS_LINES_MAX);
}

/* What staff may give: whether on sale or not, but nothing of what is cancelled. */
static int resolve(struct ts_call *call, const Inventory__HoldCompsRequest *request, struct wish *ret_wish)
{
    int r = wish_resolve(call, request->event_id, request->lines, request->n_lines, ret_wish);

    if (r == 0)
        r = ts_require_staff(call, ret_wish->sale->event->organizer_id);
    return r ? r : wish_check_dates(call, ret_wish);
}

static void make_free(struct ts_call *call, Inventory__Hold *hold)
{
    Common__Money *nothing = ts_money_new(call->arena, 0, hold->currency);

    for (size_t i = 0; i < hold->n_positions; i++)
        hold->positions[i]->price = hold->positions[i]->tax = nothing;
}

/* ---- from a pool */

static size_t count_places_of(const struct take *take, const struct quota *quota)
{
    size_t count = 0;

    for (size_t i = 0; i < take->count; i++)
        count += take->places[i].quota == quota;
    return count;
}

/* The places that the pool gave need not be taken. */
static void leave_out(struct take *take, const struct pool *pool, const int32_t *numbers)
{
    size_t kept = 0;

    for (size_t i = 0; i < take->count; i++) {
        Inventory__Place *place = take->places[i].place;

        if (take->places[i].quota != pool->quota) {
            take->places[kept++] = take->places[i];
            continue;
        }
        place->pool_id = pool->hold->id;
        place->has_number = true;
        place->number = *numbers++;
        seats_show(take, &take->places[i], place->number);
    }
    take->count = kept;
}

static int take_from_pool(struct ts_call *call, const char *pool_id, struct take *take)
{
    struct pool pool;
    int32_t *numbers;
    size_t count;
    int r = pool_get(call, pool_id, &pool);

    if (r)
        return r;
    if (!pool.hold || strcmp(pool.hold->event_id, take->hold->event_id) != 0)
        return refuse(call, REFUSAL_POOL_UNKNOWN, "organizerHoldId");
    count = count_places_of(take, pool.quota);
    if (count == 0)
        return refuse(call, REFUSAL_POOL_OTHER, "organizerHoldId");
    numbers = TS_NEW_ARRAY(call->arena, int32_t, count);
    r = pool_give(call, pool_id, take->hold->id, count, numbers);
    if (r == REFUSAL_POOL_UNKNOWN || r == REFUSAL_POOL_SHORT)
        return refuse(call, (enum refusal)r, "organizerHoldId");
    if (r == 0)
        leave_out(take, &pool, numbers);
    return r;
}

/* ---- HoldComps */

/* What the pool gave to a hold that is not to be is the pool's again at once. */
static int take_all(struct ts_call *call, const Inventory__HoldCompsRequest *request, struct take *take)
{
    int r = request->organizer_hold_id ? take_from_pool(call, request->organizer_hold_id, take) : 0;

    if (r)
        return r;
    r = take_places(call, take);
    if (r > 0 && r != TAKE_HOLD_TAKEN && request->organizer_hold_id) {
        ts_shield_begin(call);
        (void)hold_end_unwritten(call, request->hold_id); /* else it counts as given for half a minute */
        ts_shield_end(call);
    }
    return r;
}

static int answer(Inventory__Hold *hold, Inventory__HoldCompsReply *reply)
{
    hold->secret = NULL;
    reply->hold = hold;
    return 0;
}

/* The hold of this id, made by an earlier call for this organizer. Return: 0 and *ret_hold or NULL; TS_REFUSED. */
static int find_made(struct ts_call *call, const struct wish *wish, const char *hold_id, Inventory__Hold **ret_hold)
{
    int64_t version;
    int r = store_get_hold(call, hold_id, ret_hold, &version);
    const Inventory__Hold *hold = r ? NULL : *ret_hold;

    if (r || !hold)
        return r;
    if (hold->state == INVENTORY__HOLD_STATE__OPEN && !hold_is_lapsed(hold, ts_now_ms(call)) && hold->organizer_id &&
        strcmp(hold->organizer_id, wish->sale->event->organizer_id) == 0)
        return 0;
    return refuse(call, REFUSAL_HOLD_RELEASED, "idempotencyKey"); /* half-done, and too long ago */
}

int hold_comps(struct ts_call *call, const Inventory__HoldCompsRequest *request, Inventory__HoldCompsReply *ret_reply)
{
    struct wish wish = { 0 };
    struct take take;
    Inventory__Hold *made = NULL;
    int r = check_request(call, request);

    if (r == 0)
        r = resolve(call, request, &wish);
    if (r == 0)
        r = find_made(call, &wish, request->hold_id, &made);
    if (r == 0 && made)
        return answer(made, ret_reply);
    if (r == 0)
        r = wish_ready(call, &wish);
    if (r == 0)
        r = wish_count_places(call, &wish);
    if (r)
        return r;
    wish_prepare(call, &wish, request->hold_id, &take);
    make_free(call, take.hold);
    take.hold->has_due_ms = true;
    take.hold->due_ms = take.hold->expires_at_ms;
    r = take_all(call, request, &take);
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r)
        return r == TAKE_HOLD_TAKEN ? TS_EABORTED : r;
    hold_publish(call, take.hold);
    return answer(take.hold, ret_reply);
}
