/* Holding, using and giving back places. */
#include <string.h>

#include "api.h"
#include "hold.h"
#include "pass.h"
#include "seats.h"
#include "store.h"
#include "take.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "wish.h"

/* ---- HoldTickets */

static int answer_hold(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldTicketsReply *ret_reply)
{
    if (hold->state == INVENTORY__HOLD_STATE__RELEASED || hold_is_lapsed(hold, ts_now_ms(call)))
        return refuse(call, REFUSAL_HOLD_RELEASED, NULL);
    ret_reply->hold = hold_view(call, hold, /* token= */ true);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* The hold that an earlier call with this key has made, if it came so far; asking for it is activity. */
static int answer_again(struct ts_call *call, const char *id, Inventory__HoldTicketsReply *ret_reply,
                        bool *ret_answered)
{
    struct transition transition = { .kind = TRANSITION_EXTEND };
    Inventory__Hold *hold;
    int r = hold_change(call, id, &transition, &hold);

    *ret_answered = r != 0 || hold;
    return r == 0 && hold ? answer_hold(call, hold, ret_reply) : r;
}

/* Return: 0 answered; TS_REFUSED; TAKE_KEY_TAKEN or TAKE_HOLD_TAKEN by the same call's twin; a ts_error. */
static int make_hold(struct ts_call *call, const Inventory__HoldTicketsRequest *request, const char *id,
                     const struct creation *creation, Inventory__HoldTicketsReply *ret_reply)
{
    struct wish wish = { 0 };
    struct take take;
    struct pass_use pass;
    int r = wish_resolve(call, request->event_id, request->lines, request->n_lines, &wish);

    if (r == 0)
        r = wish_check_sale(call, &wish);
    if (r == 0)
        r = pass_begin(call, request, wish.sale->event, id, &pass);
    if (r)
        return r;
    r = wish_check_places(call, &wish);
    if (r)
        return pass_end(call, &pass, r);
    wish_prepare(call, &wish, id, &take);
    take.creation = creation;
    r = pass_end(call, &pass, take_places(call, &take));
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r)
        return r;
    hold_publish(call, take.hold);
    return answer_hold(call, take.hold, ret_reply);
}

int hold_tickets(struct ts_call *call, const Inventory__HoldTicketsRequest *request,
                 Inventory__HoldTicketsReply *ret_reply)
{
    struct creation creation = { NULL, &request->base };
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    r = wish_check_lines(call, request->lines, request->n_lines, TS_LINES_MAX);
    if (r)
        return r;
    creation.scope = ts_printf(call->arena, "holdTickets/%s", request->event_id);
    for (unsigned tries = 0; tries < 4; tries++) {
        const char *id = ts_id_new_head(call, "hld");
        int found = ts_idem_find(call, creation.scope, creation.input, &id);
        bool answered = false;

        if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
            return ts_idem_refuse(call, found);
        r = found == TS_IDEM_FOUND ? answer_again(call, id, ret_reply, &answered) : found;
        if (r || answered)
            return r;
        r = make_hold(call, request, id, found == TS_IDEM_FOUND ? NULL : &creation, ret_reply);
        if (r != TAKE_KEY_TAKEN && r != TAKE_HOLD_TAKEN)
            return r;
    }
    return TS_EABORTED;
}

/* ---- giving back, looking */

int release_hold(struct ts_call *call, const Inventory__ReleaseHoldRequest *request,
                 Inventory__ReleaseHoldReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_CLOSE };
    Inventory__Hold *hold;
    int r;

    ret_reply->has_released = true;
    r = hold_by_token(call, request->token, &hold);
    if (r)
        return r;
    if (!hold)
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "token");
    r = hold_change(call, hold->id, &transition, &hold);
    if (r)
        return r;
    if (transition.change == CHANGE_REFUSED)
        return refuse(call, REFUSAL_HOLD_ORDERED, "token");
    ret_reply->released = true;
    return 0;
}

int get_hold(struct ts_call *call, const Inventory__GetHoldRequest *request, Inventory__GetHoldReply *ret_reply)
{
    Inventory__Hold *hold;
    int r = hold_by_token(call, request->token, &hold);

    if (r || !hold || hold->n_positions == 0 || hold_is_staffs(hold))
        return r;
    ret_reply->hold = hold_view(call, hold, /* token= */ false);
    ret_reply->hold->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

int get_holds(struct ts_call *call, const Inventory__IdsRequest *request, Inventory__GetHoldsReply *ret_reply)
{
    struct stored_hold *holds;
    int r;

    if (request->n_ids > TS_GET_MAX)
        return TS_EINVALID;
    r = store_get_holds(call, (const char *const *)request->ids, request->n_ids, &holds);
    if (r)
        return r;
    ret_reply->holds = TS_NEW_ARRAY(call->arena, Inventory__HoldView *, request->n_ids);
    for (size_t i = 0; i < request->n_ids; i++) {
        const Inventory__Hold *hold = holds[i].hold;
        bool is_cart = hold && hold->n_positions > 0 && !hold_is_staffs(hold);
        Common__Grant *grant = is_cart ? staff_grant(call, request->grant, hold->organizer_id, hold->event_id) : NULL;

        if (!grant)
            continue;
        ret_reply->holds[ret_reply->n_holds] = hold_view(call, hold, /* token= */ false);
        ret_reply->holds[ret_reply->n_holds++]->grant = grant;
    }
    return 0;
}

int read_hold(struct ts_call *call, const Inventory__ReadHoldRequest *request, Inventory__ReadHoldReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_EXTEND };
    Inventory__Hold *hold = NULL;
    int64_t version;
    int r;

    if (request->token)
        r = hold_by_token(call, request->token, &hold);
    else
        r = ts_id_is(request->hold_id, "hld") ? store_get_hold(call, request->hold_id, &hold, &version) : 0;
    if (r || !hold)
        return r;
    if (request->token) {
        r = hold_change(call, hold->id, &transition, &hold);
        if (r)
            return r;
    }
    if (hold_is_staffs(hold))
        return 0;
    hold->secret = NULL;
    ret_reply->hold = hold;
    return 0;
}

/* ---- for orders */

static int answer_state(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldStateReply *ret_reply)
{
    if (!hold)
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    ret_reply->has_state = true;
    ret_reply->state = hold->state;
    ret_reply->order_id = hold->order_id;
    ret_reply->has_expires_at_ms = hold->has_expires_at_ms;
    ret_reply->expires_at_ms = hold->expires_at_ms;
    return 0;
}

static int change_and_answer(struct ts_call *call, const char *hold_id, struct transition *transition,
                             Inventory__HoldStateReply *ret_reply)
{
    Inventory__Hold *hold;
    int r;

    if (!ts_id_is(hold_id, "hld"))
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    r = hold_change(call, hold_id, transition, &hold);
    return r ? r : answer_state(call, hold, ret_reply);
}

int keep_hold(struct ts_call *call, const Inventory__KeepHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_KEEP,
                                     .order_id = request->order_id,
                                     .expires_at_ms = request->expires_at_ms };

    if (!ts_id_is(request->order_id, "ord") || !request->has_expires_at_ms)
        return TS_EINVALID;
    return change_and_answer(call, request->hold_id, &transition, ret_reply);
}

int sell_hold(struct ts_call *call, const Inventory__SellHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_SELL, .order_id = request->order_id };

    if (!ts_id_is(request->order_id, "ord"))
        return TS_EINVALID;
    return change_and_answer(call, request->hold_id, &transition, ret_reply);
}

static void answer_seats(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldStateReply *reply)
{
    bool seated = false;

    reply->seats = TS_NEW_ARRAY(call->arena, char *, hold->n_positions);
    for (size_t i = 0; i < hold->n_positions; i++) {
        reply->seats[i] = hold->positions[i]->seat ? hold->positions[i]->seat : ts_strdup(call->arena, "");
        seated |= hold->positions[i]->seat != NULL;
    }
    reply->n_seats = seated ? hold->n_positions : 0;
}

int free_hold(struct ts_call *call, const Inventory__FreeHoldRequest *request, Inventory__HoldStateReply *ret_reply)
{
    struct transition transition = { .kind = TRANSITION_FREE, .order_id = request->order_id, .sold = request->sold };
    Inventory__Hold *hold;
    int r;

    if (!ts_id_is(request->hold_id, "hld"))
        return refuse(call, REFUSAL_HOLD_UNKNOWN, "holdId");
    r = hold_change(call, request->hold_id, &transition, &hold);
    if (r)
        return r;
    if (!hold) {
        r = hold_end_unwritten(call, request->hold_id);
        if (r == 0 || r == STORE_CONFLICT)
            r = hold_change(call, request->hold_id, &transition, &hold);
        if (r)
            return r;
    }
    r = answer_state(call, hold, ret_reply);
    if (r == 0)
        answer_seats(call, hold, ret_reply);
    return r;
}

/* ---- HoldAgain */

static int make_hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request, Inventory__Hold **ret_hold)
{
    struct wish wish = { 0 };
    struct take take;
    Inventory__Hold *former = NULL; /* what the order had before: it has the order's own suffix */
    int64_t version;
    int r = wish_check_lines(call, request->lines, request->n_lines, TS_HOLD_PLACES_MAX);

    if (r == 0)
        r = store_get_hold(call, ts_id_sibling(call, request->order_id, "hld"), &former, &version);
    if (r == 0)
        r = wish_resolve(call, request->event_id, request->lines, request->n_lines, &wish);
    if (r == 0)
        r = wish_check_dates(call, &wish);
    if (r == 0)
        r = wish_check_places(call, &wish);
    if (r)
        return r;
    wish_prepare(call, &wish, request->hold_id, &take);
    if (former)
        seats_prefer(&take, former);
    take.hold->state = INVENTORY__HOLD_STATE__KEPT;
    take.hold->has_due_ms = false; /* its order ends it */
    take.hold->order_id = request->order_id;
    take.hold->expires_at_ms = request->expires_at_ms;
    r = take_places(call, &take);
    if (r == REFUSAL_SOLD_OUT || r == REFUSAL_RESERVED || r == REFUSAL_SEAT)
        return wish_refuse_shortage(call, &wish, &take, r);
    if (r == 0) {
        hold_publish(call, take.hold);
        *ret_hold = take.hold;
    }
    return r;
}

int hold_again(struct ts_call *call, const Inventory__HoldAgainRequest *request, Inventory__HoldStateReply *ret_reply)
{
    Inventory__Hold *hold;
    int64_t version;
    int r;

    if (!ts_id_is(request->hold_id, "hld") || !ts_id_is(request->order_id, "ord") || !request->has_expires_at_ms)
        return TS_EINVALID;
    if (strcmp(ts_id_head(call, request->hold_id, "hld"), request->hold_id) != 0)
        return TS_EINVALID;
    if (!ts_id_is(request->event_id, "evt"))
        return refuse(call, REFUSAL_EVENT_UNKNOWN, "eventId");
    r = store_get_hold(call, request->hold_id, &hold, &version);
    if (r == 0 && !hold)
        r = make_hold_again(call, request, &hold);
    if (r == TAKE_HOLD_TAKEN)
        r = store_get_hold(call, request->hold_id, &hold, &version);
    if (r == 0)
        r = answer_state(call, hold, ret_reply);
    if (r == 0)
        answer_seats(call, hold, ret_reply);
    return r;
}

/* ---- SweepDate */

/* End the OPEN holds among a page of claims. Asked of the store and not of the map: other processes sell too. */
static int sweep_page(struct ts_call *call, const struct claim *claims, size_t count, uint32_t *released)
{
    const char **ids = TS_NEW_ARRAY(call->arena, const char *, count);
    struct stored_hold *holds;
    int r;

    for (size_t i = 0; i < count; i++)
        ids[i] = claims[i].body->hold_id;
    r = store_get_holds(call, ids, count, &holds);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct transition transition = { .kind = TRANSITION_CLOSE };
        Inventory__Hold *hold;

        if (!holds[i].hold || holds[i].hold->state != INVENTORY__HOLD_STATE__OPEN || holds[i].hold->blocks_quota_id)
            continue;
        r = hold_change(call, ids[i], &transition, &hold);
        *released += r == 0 && transition.change == CHANGE_PUT;
    }
    return r;
}

static int sweep_quota(struct ts_call *call, const struct quota *quota, uint32_t *released)
{
    struct claim_place from = { quota->id, 0, 0 };
    struct ts_arena *whole = ts_part_begin(call);
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        struct claim *claims;
        size_t count;

        r = store_list_claims(call, &from, QUOTA_PLACES_MAX, &claims, &count, &more);
        if (r == 0)
            r = sweep_page(call, claims, count, released);
        if (r == 0 && count)
            store_next_claim(&from, &claims[count - 1]);
        ts_arena_reset(call->arena);
        ts_yield(call);
    }
    ts_part_end(call, whole);
    return r < 0 ? ts_fail(call, r, "The holds of a quota could not be swept.") : 0;
}

int sweep_date(struct ts_call *call, const Inventory__SweepDateRequest *request, Inventory__SweepDateReply *ret_reply)
{
    struct event *event;
    int r;

    if (!ts_id_is(request->event_id, "evt"))
        return TS_EINVALID;
    ret_reply->has_released = true;
    r = event_load(call, request->event_id, &event);
    if (r)
        return r;
    for (struct quota *quota = event->quotas; r == 0 && quota; quota = quota->next_of_event) {
        if (!request->date_id || strcmp(request->date_id, quota->date_id) == 0)
            r = sweep_quota(call, quota, &ret_reply->released);
    }
    return r;
}
