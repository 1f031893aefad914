/* States of one hold, its token and its public view; see hold.h. */
#include "hold.h"

#include <string.h>

#include "block.h"
#include "others.h"
#include "pool.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/reply.h"

enum { CHANGE_TRIES = 8 };

static enum change decide(Inventory__Hold *hold, const struct transition *transition, int64_t now_ms)
{
    switch (transition->kind) {
    case TRANSITION_KEEP:
        return hold_keep(hold, transition->order_id, transition->expires_at_ms);
    case TRANSITION_SELL:
        return hold_sell(hold, transition->order_id);
    case TRANSITION_FREE:
        return hold_free(hold, transition->order_id, transition->sold);
    case TRANSITION_LAPSE:
        return hold_lapse(hold, now_ms);
    case TRANSITION_EXTEND:
        return hold_extend(hold, now_ms);
    case TRANSITION_CLOSE:
        return hold_free(hold, /* order_id= */ NULL, /* sold= */ false);
    case TRANSITION_NEXT:
        return hold_name_next(hold, transition->seen_id, transition->next_id, transition->expires_at_ms, now_ms);
    }
    return CHANGE_REFUSED;
}

/* A sale was undone, and others may have sold its places anew before we heard that it is: the store knows. */
static void mend_sold(struct ts_call *call, const Inventory__Hold *hold)
{
    pool_note_guest(call->state, hold, INVENTORY__HOLD_STATE__SOLD);

    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            const Inventory__Place *place = hold->positions[i]->places[j];
            struct quota *quota = place->pool_id ? NULL : quota_find(call->state, place->quota_id);

            if (quota && map_get(&quota->map, place->number).holder == HOLDER_SOLD)
                (void)place_mend(call, quota, place->number); /* else the next look at the quota does */
        }
    }
}

/* A put is done: tell the maps at once, then the world. `learnt` is what inventory->learnt was before it. */
static void tell(struct ts_call *call, const Inventory__Hold *hold, Inventory__HoldState before, bool lapsed,
                 uint64_t learnt)
{
    struct inventory *inventory = call->state;
    bool ended = hold->state == INVENTORY__HOLD_STATE__RELEASED && before != hold->state;

    if (before == INVENTORY__HOLD_STATE__SOLD && inventory->learnt != learnt)
        mend_sold(call, hold);
    else
        hold_note(inventory, hold, before);
    if (ended)
        ts_metric_add(lapsed ? inventory->expired : inventory->released, 1);
    if (hold->state != before)
        hold_publish(call, hold);
    if (ended)
        block_settle_hold(call, hold);
}

static int change_once(struct ts_call *call, const char *id, struct transition *transition, Inventory__Hold **ret_hold)
{
    Inventory__Hold *hold;
    Inventory__HoldState before;
    uint64_t learnt;
    int64_t version;
    int r = store_get_hold(call, id, &hold, &version);

    if (r == 0 && hold)
        r = hold_ready(call, hold);
    if (r)
        return r;
    *ret_hold = hold;
    if (!hold)
        return 0;
    before = hold->state;
    transition->change = decide(hold, transition, ts_now_ms(call));
    if (transition->change != CHANGE_PUT) {
        hold_note(call->state, hold, before); /* the map may still doubt an earlier put */
        return 0;
    }
    learnt = ((const struct inventory *)call->state)->learnt;
    r = store_put_hold(call, hold, version);
    if (r == 0)
        tell(call, hold, before, transition->kind == TRANSITION_LAPSE || transition->kind == TRANSITION_NEXT, learnt);
    if (r == TS_EUNKNOWN || r == TS_ECRASHED)
        hold_doubt(call->state, hold, before, ts_now_ms(call));
    return r;
}

int hold_change(struct ts_call *call, const char *id, struct transition *transition, Inventory__Hold **ret_hold)
{
    for (unsigned tries = 0; tries < CHANGE_TRIES; tries++) {
        int r = change_once(call, id, transition, ret_hold);

        if (r != STORE_CONFLICT)
            return r;
    }
    return TS_EABORTED;
}

int hold_end_unwritten(struct ts_call *call, const char *id)
{
    Inventory__Hold hold = INVENTORY__HOLD__INIT;

    hold.id = (char *)id;
    hold.has_state = true;
    hold.state = INVENTORY__HOLD_STATE__RELEASED;
    return store_put_hold(call, &hold, 0);
}

int hold_turn_begin(struct ts_call *call, const char *id, struct hold_turn *turn)
{
    struct inventory *inventory = call->state;

    for (struct hold_turn *other = inventory->turns; other; other = other->next) {
        if (strcmp(other->hold_id, id) == 0) {
            int r = ts_wait(call, &other->waiters);

            return r ? r : HOLD_TURN_WAITED;
        }
    }
    *turn = (struct hold_turn){ .hold_id = id, .next = inventory->turns };
    inventory->turns = turn;
    return 0;
}

void hold_turn_end(struct ts_call *call, struct hold_turn *turn)
{
    struct inventory *inventory = call->state;
    struct hold_turn **at = &inventory->turns;

    while (*at != turn)
        at = &(*at)->next;
    *at = turn->next;
    ts_wake(&turn->waiters);
}

int hold_by_token(struct ts_call *call, const char *token, Inventory__Hold **ret_hold)
{
    Inventory__Hold *hold = NULL;
    int64_t version;
    char *id;
    int r;

    *ret_hold = NULL;
    if (!token || strlen(token) <= TS_ID_LENGTH || token[TS_ID_LENGTH] != '.')
        return 0;
    id = ts_strndup(call->arena, token, TS_ID_LENGTH);
    if (!ts_id_is(id, "hld"))
        return 0;
    r = store_get_hold(call, id, &hold, &version);
    if (r == 0 && hold && ts_secret_equal(hold->secret, token + TS_ID_LENGTH + 1))
        *ret_hold = hold;
    return r;
}

Inventory__HoldView *hold_view(struct ts_call *call, const Inventory__Hold *hold, bool token)
{
    Inventory__HoldView *view = TS_NEW(call->arena, Inventory__HoldView);
    int64_t subtotal_minor = 0, tax_minor = 0;

    inventory__hold_view__init(view);
    for (size_t i = 0; i < hold->n_positions; i++) {
        subtotal_minor += hold->positions[i]->price->minor; /* at most TS_HOLD_PLACES_MAX times TS_MONEY_MINOR_MAX */
        tax_minor += hold->positions[i]->tax->minor;
    }
    view->id = hold->id;
    view->token = token ? ts_printf(call->arena, "%s.%s", hold->id, hold->secret) : NULL;
    view->event_id = hold->event_id;
    view->positions = hold->positions;
    view->n_positions = hold->n_positions;
    view->subtotal = ts_money_new(call->arena, subtotal_minor, hold->currency);
    view->tax = ts_money_new(call->arena, tax_minor, hold->currency);
    view->fees = ts_money_new(call->arena, 0, hold->currency);
    view->total = ts_money_new(call->arena, subtotal_minor, hold->currency);
    view->has_expires_at_ms = hold->has_expires_at_ms;
    view->expires_at_ms = hold->expires_at_ms;
    view->has_extendable_until_ms = hold_is_extendable(hold, ts_now_ms(call), &view->extendable_until_ms);
    view->has_open = true;
    view->open = hold_is_open(hold, ts_now_ms(call));
    return view;
}

static bool is_listed(char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

void hold_publish(struct ts_call *call, const Inventory__Hold *hold)
{
    Inventory__AvailabilityChanged event = INVENTORY__AVAILABILITY_CHANGED__INIT;
    size_t room = 0;

    if (hold->n_positions == 0)
        return;
    others_tell(call, hold);
    for (size_t i = 0; i < hold->n_positions; i++)
        room += hold->positions[i]->n_places;
    event.event_id = hold->event_id;
    event.date_id = hold->positions[0]->date_id;
    event.quota_ids = TS_NEW_ARRAY(call->arena, char *, room);
    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            char *id = hold->positions[i]->places[j]->quota_id;

            if (!is_listed(event.quota_ids, event.n_quota_ids, id))
                event.quota_ids[event.n_quota_ids++] = id;
        }
    }
    ts_publish(call, &event.base);
}

int hold_due(struct ts_call *call, const char *id)
{
    struct transition transition = { .kind = TRANSITION_LAPSE };
    Inventory__Hold *hold;

    return hold_change(call, id, &transition, &hold);
}
