/* Organizers' holds, as staff make, change, release and see them. */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "pool.h"
#include "seats.h"
#include "store.h"
#include "take.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

enum { CHANGE_TRIES = 16 };

/* ---- what staff may say */

static int check_words(struct ts_call *call, const char *name, const char *purpose)
{
    if (name && !ts_text_is_line(ts_text_trim(call->arena, name), TS_NAME_SIZE_MAX))
        refuse(call, REFUSAL_NAME, "name");
    if (purpose && !ts_text_is_prose(purpose, TS_TEXT_SIZE_MAX))
        refuse(call, REFUSAL_POOL_PURPOSE, "purpose");
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

static int check_count(struct ts_call *call, int32_t count, int32_t least)
{
    return count >= least && count <= TS_HOLD_PLACES_MAX ? 0 : refuse(call, REFUSAL_POOL_COUNT, "count");
}

/* ---- what they see */

static void add_seats(struct ts_call *call, const struct pool *pool, Inventory__OrganizerHoldView *view)
{
    const Inventory__HeldPosition *position = pool_position(pool);
    const struct seat_plan *plan = pool->quota->seat_plan;

    view->seats = TS_NEW_ARRAY(call->arena, Inventory__OrganizerHoldSeat *, position->n_places);
    for (size_t i = 0; plan && i < position->n_places; i++) {
        Inventory__OrganizerHoldSeat *seat = view->seats[view->n_seats++] =
            TS_NEW(call->arena, Inventory__OrganizerHoldSeat);
        int32_t number = position->places[i]->number;

        inventory__organizer_hold_seat__init(seat);
        seat->seat_id = seat_id(call->arena, pool->quota->id, number);
        seat->seat = seat_label(call->arena, plan, seat_plan_find(plan, number));
        seat->has_given = true;
        seat->given = pool_has_given(pool, number);
    }
}

static Inventory__OrganizerHoldView *pool_view(struct ts_call *call, const struct pool *pool)
{
    Inventory__OrganizerHoldView *view = TS_NEW(call->arena, Inventory__OrganizerHoldView);
    const Inventory__Hold *hold = pool->hold;

    inventory__organizer_hold_view__init(view);
    view->id = hold->id;
    view->quota_id = hold->pool_quota_id;
    view->name = hold->pool_name;
    view->purpose = hold->pool_purpose;
    view->has_count = view->has_given = view->has_remaining = view->has_created_at_ms = true;
    view->count = (int32_t)pool_position(pool)->n_places;
    view->given = (int32_t)(pool->given + pool->coming);
    view->remaining = (int32_t)pool_left(pool);
    view->created_at_ms = hold->created_at_ms;
    add_seats(call, pool, view);
    return view;
}

static int answer(struct ts_call *call, const struct pool *pool, Inventory__OrganizerHoldReply *reply)
{
    reply->organizer_hold = pool_view(call, pool);
    reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, pool->hold->organizer_id);
    return 0;
}

int get_organizer_holds(struct ts_call *call, const Inventory__IdsRequest *request,
                        Inventory__GetOrganizerHoldsReply *ret_reply)
{
    if (request->n_ids > TS_GET_MAX)
        return TS_EINVALID;
    ret_reply->organizer_holds = TS_NEW_ARRAY(call->arena, Inventory__OrganizerHoldView *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Inventory__OrganizerHoldView *view;
        Common__Grant *grant;
        struct pool pool;
        int r = pool_get(call, request->ids[i], &pool);

        if (r)
            return r;
        grant = pool.hold ? staff_grant(call, request->grant, pool.hold->organizer_id, pool.hold->event_id) : NULL;
        if (!grant)
            continue;
        view = ret_reply->organizer_holds[ret_reply->n_organizer_holds++] = pool_view(call, &pool);
        view->grant = grant;
    }
    return 0;
}

static int list_of_quota(struct ts_call *call, const Common__Grant *grant, Inventory__QuotaOrganizerHolds *ret_list)
{
    struct stored_hold *holds;
    size_t count;
    int r = store_list_pools(call, ret_list->quota_id, &holds, &count);

    ret_list->organizer_holds = TS_NEW_ARRAY(call->arena, Inventory__OrganizerHoldView *, count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct pool pool;

        if (!staff_grant(call, grant, holds[i].hold->organizer_id, holds[i].hold->event_id))
            continue;
        r = pool_look(call, holds[i].hold, holds[i].version, &pool);
        if (r == 0)
            ret_list->organizer_holds[ret_list->n_organizer_holds++] = pool_view(call, &pool);
    }
    return r;
}

int list_organizer_holds(struct ts_call *call, const Inventory__IdsRequest *request,
                         Inventory__ListOrganizerHoldsReply *ret_reply)
{
    ret_reply->quotas = TS_NEW_ARRAY(call->arena, Inventory__QuotaOrganizerHolds *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        Inventory__QuotaOrganizerHolds *list = TS_NEW(call->arena, Inventory__QuotaOrganizerHolds);
        int r;

        inventory__quota_organizer_holds__init(list);
        list->quota_id = request->ids[i];
        r = list_of_quota(call, request->grant, list);
        if (r)
            return r;
        ret_reply->quotas[ret_reply->n_quotas++] = list;
    }
    return 0;
}

/* ---- CreateOrganizerHold */

/* What a buyer would say for these places. */
static Inventory__HoldLine line_of(int32_t count, char **seat_ids, size_t seat_count)
{
    Inventory__HoldLine line = INVENTORY__HOLD_LINE__INIT;

    line.has_quantity = true;
    line.quantity = count;
    line.seat_ids = seat_ids;
    line.n_seat_ids = seat_count;
    return line;
}

/* The pool before its first version: it lists nothing. */
static void pool_new(struct ts_call *call, const Inventory__CreateOrganizerHoldRequest *request, struct quota *quota,
                     const char *id, struct pool *ret_pool)
{
    Inventory__Hold *hold = TS_NEW(call->arena, Inventory__Hold);

    inventory__hold__init(hold);
    hold->id = (char *)id;
    hold->event_id = quota->event_id;
    hold->organizer_id = quota->organizer_id;
    hold->has_state = hold->has_created_at_ms = true;
    hold->state = INVENTORY__HOLD_STATE__OPEN;
    hold->created_at_ms = ts_now_ms(call);
    hold->pool_quota_id = quota->id;
    hold->pool_name = ts_text_trim(call->arena, request->name);
    hold->pool_purpose = request->purpose;
    hold->positions = TS_NEW_ARRAY(call->arena, Inventory__HeldPosition *, 1);
    hold->positions[hold->n_positions++] = TS_NEW(call->arena, Inventory__HeldPosition);
    inventory__held_position__init(hold->positions[0]);
    hold->positions[0]->date_id = quota->date_id;
    *ret_pool = (struct pool){ hold, 0, quota, 0, 0 };
}

/* One that was never written in time was ended before it began: its key is lost. */
static int find_made(struct ts_call *call, const char *id, struct pool *ret_pool)
{
    Inventory__Hold *hold;
    int64_t version;
    int r = pool_get(call, id, ret_pool);

    if (r || ret_pool->hold)
        return r;
    r = store_get_hold(call, id, &hold, &version);
    return r || !hold ? r : refuse(call, REFUSAL_HOLD_RELEASED, NULL);
}

static int check_room_for_pool(struct ts_call *call, const char *quota_id)
{
    struct stored_hold *holds;
    size_t count;
    int r = store_list_pools(call, quota_id, &holds, &count);

    return r || count < POOLS_PER_QUOTA_MAX ? r : refuse(call, REFUSAL_TOO_MANY_POOLS, "quotaId");
}

static int refuse_shortage(struct ts_call *call, int r)
{
    return r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED ? refuse(call, (enum refusal)r, "count") : r;
}

/* The pool that this call's key has made already, or a new one. Return: 0; STORE_CONFLICT or TAKE_KEY_TAKEN: again. */
static int find_or_make(struct ts_call *call, const Inventory__CreateOrganizerHoldRequest *request, struct quota *quota,
                        struct pool *ret_pool)
{
    struct creation creation = { "createOrganizerHold", &request->base };
    Inventory__HoldLine line = line_of(request->count, request->seat_ids, request->n_seat_ids);
    const char *id = ts_id_new(call, "ohd");
    int found = ts_idem_find(call, creation.scope, creation.input, &id), r = 0;

    if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
        return ts_idem_refuse(call, found);
    if (found < 0)
        return found;
    *ret_pool = (struct pool){ 0 };
    if (found == TS_IDEM_FOUND)
        r = find_made(call, id, ret_pool);
    if (r || ret_pool->hold)
        return r;
    r = check_room_for_pool(call, quota->id);
    if (r == 0)
        r = seats_check_pool(call, &line, quota);
    if (r)
        return r;
    pool_new(call, request, quota, id, ret_pool);
    r = pool_grow(call, ret_pool, &line, found == TS_IDEM_FOUND ? NULL : &creation);
    return refuse_shortage(call, r);
}

/* The quota with its map and plan, for its staff only. */
static int staff_quota(struct ts_call *call, const char *id, struct quota **ret_quota)
{
    int r;

    *ret_quota = NULL;
    r = ts_id_is(id, "quo") ? quota_get(call, id, ret_quota) : 0;
    if (r)
        return r;
    r = ts_require(call, TS_RIGHT_PLACES, *ret_quota ? (*ret_quota)->organizer_id : "",
                   *ret_quota ? (*ret_quota)->event_id : NULL);
    if (r == 0 && !*ret_quota)
        return refuse(call, REFUSAL_QUOTA_UNKNOWN, "quotaId");
    return r ? r : seats_ready(call, *ret_quota);
}

int create_organizer_hold(struct ts_call *call, const Inventory__CreateOrganizerHoldRequest *request,
                          Inventory__OrganizerHoldReply *ret_reply)
{
    Inventory__HoldLine line = line_of(request->count, request->seat_ids, request->n_seat_ids);
    struct quota *quota;
    struct pool pool = { 0 };
    unsigned tries = 0;
    int r = staff_quota(call, request->quota_id, &quota);

    if (r)
        return r;
    (void)check_words(call, request->name ? request->name : "", request->purpose); /* all refusals at once */
    (void)check_count(call, request->count, 1);
    seats_check_pool_ids(call, &line);
    if (ts_refusal_count(call))
        return TS_REFUSED;
    do {
        r = find_or_make(call, request, quota, &pool);
    } while ((r == STORE_CONFLICT || r == TAKE_KEY_TAKEN) && ++tries < CHANGE_TRIES);
    if (r)
        return r == STORE_CONFLICT || r == TAKE_KEY_TAKEN ? TS_EABORTED : r;
    assert(pool.hold);
    pool_publish(call, &pool);
    return answer(call, &pool, ret_reply);
}

/* ---- changing */

struct change_wish {
    const char *id, *name, *purpose;
    bool clear_purpose;
    bool all_left; /* release */
    bool has_count;
    bool clears_seats;
    int32_t count;
    Inventory__HoldLine seats; /* with as many ids as it shall have; none: by the count */
};

static int resize(struct ts_call *call, struct pool *pool, size_t count)
{
    size_t before = pool_position(pool)->n_places;

    if (count < pool->given + pool->coming)
        return refuse(call, REFUSAL_POOL_GIVEN, "count");
    if (count > before) {
        Inventory__HoldLine line = line_of((int32_t)(count - before), NULL, 0);

        return refuse_shortage(call, pool_grow(call, pool, &line, NULL));
    }
    return pool_drop(call, pool, before - count);
}

static int change_seats(struct ts_call *call, struct pool *pool, const Inventory__HoldLine *line)
{
    int r = seats_check_pool(call, line, pool->quota);

    r = r ? r : pool_name(call, pool, line);
    return r == REFUSAL_POOL_GIVEN ? refuse(call, REFUSAL_POOL_GIVEN, "seatIds") : r;
}

/* All refusals at once. */
static int check_wish(struct ts_call *call, struct change_wish *wish)
{
    (void)check_words(call, wish->name, wish->purpose);
    if (wish->has_count)
        (void)check_count(call, wish->count, 0);
    if (wish->clears_seats)
        refuse(call, REFUSAL_SEAT_COUNT, "seatIds");
    seats_check_pool_ids(call, &wish->seats);
    return ts_refusal_count(call) ? TS_REFUSED : 0;
}

static int change_once(struct ts_call *call, struct change_wish *wish, struct pool *ret_pool)
{
    Inventory__Hold *hold;
    size_t count;
    int r = pool_get(call, wish->id, ret_pool);

    if (r)
        return r;
    hold = ret_pool->hold;
    r = ts_require(call, TS_RIGHT_PLACES, hold ? hold->organizer_id : "", hold ? hold->event_id : NULL);
    if (r)
        return r;
    if (!hold)
        return refuse(call, REFUSAL_POOL_UNKNOWN, "organizerHoldId");
    r = check_wish(call, wish);
    if (r)
        return r;
    if (wish->name)
        hold->pool_name = ts_text_trim(call->arena, wish->name);
    if (wish->purpose || wish->clear_purpose)
        hold->pool_purpose = (char *)wish->purpose;
    if (wish->seats.n_seat_ids > 0)
        return change_seats(call, ret_pool, &wish->seats);
    count = wish->has_count ? (size_t)wish->count : pool_position(ret_pool)->n_places;
    return resize(call, ret_pool, wish->all_left ? ret_pool->given + ret_pool->coming : count);
}

static int change(struct ts_call *call, struct change_wish *wish, Inventory__OrganizerHoldReply *reply)
{
    struct pool pool;
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < CHANGE_TRIES; tries++)
        r = change_once(call, wish, &pool);
    if (r)
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    pool_publish(call, &pool);
    return answer(call, &pool, reply);
}

int update_organizer_hold(struct ts_call *call, const Inventory__UpdateOrganizerHoldRequest *request,
                          Inventory__OrganizerHoldReply *ret_reply)
{
    struct change_wish wish = { .id = request->organizer_hold_id,
                                .name = request->name,
                                .purpose = request->purpose,
                                .has_count = request->has_count,
                                .count = request->count };

    wish.seats = line_of(request->has_count ? request->count : (int32_t)request->n_seat_ids, request->seat_ids,
                         request->n_seat_ids);
    for (size_t i = 0; i < request->n_clear; i++) {
        if (strcmp(request->clear[i], "purpose") == 0)
            wish.clear_purpose = true;
        else if (strcmp(request->clear[i], "name") == 0)
            wish.name = ""; /* what it may not be */
        else if (strcmp(request->clear[i], "seat_ids") == 0)
            wish.clears_seats = true;
        else
            wish.has_count = true, wish.count = -1;
    }
    return change(call, &wish, ret_reply);
}

int release_organizer_hold(struct ts_call *call, const Inventory__ReleaseOrganizerHoldRequest *request,
                           Inventory__OrganizerHoldReply *ret_reply)
{
    struct change_wish wish = { .id = request->organizer_hold_id, .all_left = true };

    inventory__hold_line__init(&wish.seats);
    return change(call, &wish, ret_reply);
}
