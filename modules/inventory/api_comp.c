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
#include "tessera/right.h"
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
    Catalog__GetSaleRequest sale = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *reply;
    int r;

    sale.event_id = request->event_id;
    r = catalog_get_sale(call, &sale, &reply); /* before its lines say what there is */
    r = r ? r : event_require(call, TS_RIGHT_SELL, reply->event);
    r = r ? r : wish_resolve(call, request->event_id, request->lines, request->n_lines, ret_wish);
    return r ? r : wish_check_dates(call, ret_wish);
}

static void make_free(struct ts_call *call, Inventory__Hold *hold)
{
    Common__Money *nothing = ts_money_new(call->arena, 0, hold->currency);

    for (size_t i = 0; i < hold->n_positions; i++)
        hold->positions[i]->price = hold->positions[i]->tax = nothing;
}

/* The hold and its take as the maps are now. Return: 0, and no wait may lie between this and the taking. */
static int prepare(struct ts_call *call, const Inventory__HoldCompsRequest *request, struct wish *wish,
                   struct take *ret_take)
{
    int r = wish_check_places(call, wish);

    if (r)
        return r;
    wish_prepare(call, wish, request->hold_id, ret_take);
    make_free(call, ret_take->hold);
    return 0;
}

/* ---- from a pool */

/* What a pool gave to a take: a number for each of its places in the pool's quota. */
struct gift {
    struct pool pool;
    int32_t *numbers;
    size_t count;
};

static size_t list_wanted(const struct take *take, const struct quota *quota, int32_t *wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < take->count; i++) {
        if (take->places[i].quota == quota)
            wanted[count++] = take->places[i].named;
    }
    return count;
}

/* Say which of the named seats the pool has not. */
static int refuse_seats(struct ts_call *call, struct take *take, const struct gift *gift)
{
    const int32_t *number = gift->numbers;

    for (size_t i = 0; i < take->count; i++) {
        struct take_place *taken = &take->places[i];

        if (taken->quota == gift->pool.quota && *number++ == PLACE_NONE && taken->named != PLACE_NONE)
            taken->refusal = REFUSAL_SEAT_NOT_POOLED;
    }
    return seats_refuse(call, take);
}

static int give(struct ts_call *call, const char *pool_id, struct take *take, struct gift *ret_gift)
{
    int32_t *wanted = TS_NEW_ARRAY(call->arena, int32_t, take->count);
    int r = pool_get(call, pool_id, &ret_gift->pool);

    if (r)
        return r;
    if (!ret_gift->pool.hold || strcmp(ret_gift->pool.hold->event_id, take->hold->event_id) != 0)
        return refuse(call, REFUSAL_POOL_UNKNOWN, "organizerHoldId");
    ret_gift->count = list_wanted(take, ret_gift->pool.quota, wanted);
    if (ret_gift->count == 0)
        return refuse(call, REFUSAL_POOL_OTHER, "organizerHoldId");
    ret_gift->numbers = TS_NEW_ARRAY(call->arena, int32_t, ret_gift->count);
    r = pool_give(call, pool_id, take->hold->id, wanted, ret_gift->count, ret_gift->numbers);
    if (r == REFUSAL_SEAT_NOT_POOLED)
        return refuse_seats(call, take, ret_gift);
    return r == REFUSAL_POOL_UNKNOWN || r == REFUSAL_POOL_SHORT ? refuse(call, (enum refusal)r, "organizerHoldId") : r;
}

/* The places that the pool gave need not be taken. Return: 0; TS_EABORTED: they are not as many as there were. */
static int leave_out(struct take *take, const struct gift *gift)
{
    size_t kept = 0, given = 0;

    for (size_t i = 0; i < take->count; i++) {
        Inventory__Place *place = take->places[i].place;

        if (take->places[i].quota != gift->pool.quota) {
            take->places[kept++] = take->places[i];
            continue;
        }
        if (given == gift->count)
            return TS_EABORTED;
        place->pool_id = gift->pool.hold->id;
        place->has_number = true;
        place->number = gift->numbers[given++];
        seats_show(take, &take->places[i]);
    }
    take->count = kept;
    return given == gift->count ? 0 : TS_EABORTED;
}

/* What the pool gave to a hold that is not to be is the pool's again at once. */
static int take_with_pool(struct ts_call *call, const Inventory__HoldCompsRequest *request, struct wish *wish,
                          struct take *take)
{
    struct gift gift;
    int r = give(call, request->organizer_hold_id, take, &gift);

    if (r)
        return r;
    r = prepare(call, request, wish, take); /* anew: giving takes its time */
    if (r == 0)
        r = leave_out(take, &gift);
    if (r == 0)
        r = take_places(call, take);
    if (r > 0 && r != TAKE_HOLD_TAKEN) {
        ts_shield_begin(call);
        (void)hold_end_unwritten(call, request->hold_id); /* else it counts as given for half a minute */
        ts_shield_end(call);
    }
    return r;
}

/* ---- HoldComps */

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
        r = prepare(call, request, &wish, &take);
    if (r)
        return r;
    r = request->organizer_hold_id ? take_with_pool(call, request, &wish, &take) : take_places(call, &take);
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r)
        return r == TAKE_HOLD_TAKEN ? TS_EABORTED : r;
    hold_publish(call, take.hold);
    return answer(take.hold, ret_reply);
}
