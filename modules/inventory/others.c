/* Hints about places, and looking for what they did not say; see others.h. */
#include "others.h"

#include <string.h>

#include "rules.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

enum {
    RUN_PLACES = 64,     /* looked at together */
    LOOK_MS = 1000,      /* between two looks at a quota that looks full */
    LOOK_OLD_MS = 15000, /* then it is looked at whatever it looks like: a hint may have been lost */
    LOOK_SHARE = 10,     /* of the time one part goes into looking */
};

/* ---- telling */

void others_tell(struct ts_call *call, const Inventory__Hold *hold)
{
    Inventory__PlacesChanged event = INVENTORY__PLACES_CHANGED__INIT;
    const struct inventory *inventory = call->state;
    size_t room = 0;

    for (size_t i = 0; i < hold->n_positions; i++)
        room += hold->positions[i]->n_places;
    if (!inventory->is_shared || !room)
        return;
    event.hold_id = hold->id;
    event.has_state = true;
    event.state = hold->state;
    event.has_lapse_ms = hold->state == INVENTORY__HOLD_STATE__OPEN;
    event.lapse_ms = hold->expires_at_ms;
    event.places = TS_NEW_ARRAY(call->arena, Inventory__Place *, room);
    for (size_t i = 0; i < hold->n_positions; i++) {
        for (size_t j = 0; j < hold->positions[i]->n_places; j++) {
            if (!hold->positions[i]->places[j]->pool_id)
                event.places[event.n_places++] = hold->positions[i]->places[j];
        }
    }
    if (event.n_places)
        ts_publish(call, &event.base);
}

void others_tell_quota(struct ts_call *call, const char *quota_id)
{
    Inventory__PlacesChanged event = INVENTORY__PLACES_CHANGED__INIT;
    char *id = (char *)quota_id;

    if (!((const struct inventory *)call->state)->is_shared)
        return;
    event.quota_ids = &id;
    event.n_quota_ids = 1;
    ts_publish(call, &event.base);
}

/* ---- being told */

/* Taken, if it is nobody's as far as we know, or the hold's already. Its claim's number stays the one that was read. */
static void take_for(struct inventory *inventory, struct quota *quota, const Inventory__PlacesChanged *event,
                     int32_t number)
{
    bool sold = event->state == INVENTORY__HOLD_STATE__SOLD;
    int64_t lapse_ms = event->has_lapse_ms ? event->lapse_ms : HOLDER_NEVER;
    uint32_t holder = sold ? HOLDER_SOLD : holders_add(&inventory->holders, event->hold_id, lapse_ms);

    map_set(&quota->map, &inventory->holders, number, holder);
    if (!sold)
        holders_release(&inventory->holders, holder);
}

static void place_told(struct inventory *inventory, struct quota *quota, const Inventory__PlacesChanged *event,
                       int32_t number)
{
    bool released = event->state == INVENTORY__HOLD_STATE__RELEASED, theirs = false;
    uint32_t holder = map_get(&quota->map, number).holder;

    if (holder >= HOLDER_FIRST) {
        const struct holder *known = holders_get(&inventory->holders, holder);

        theirs = !known->taking && !strcmp(known->id, event->hold_id);
    }
    if (released && theirs)
        map_set(&quota->map, &inventory->holders, number, HOLDER_NONE);
    else if (released && holder == HOLDER_SOLD)
        quota->doubted = true; /* a sold place does not say whose it is */
    else if (!released && (theirs || holder == HOLDER_NONE))
        take_for(inventory, quota, event, number);
}

/* It is new, or has another size, types or plan, or more than a few of its places have changed. */
static int quota_told(struct ts_call *call, const char *id)
{
    Inventory__Quota *body = NULL;
    struct event *event;
    int64_t version;
    int r = ts_id_is(id, "quo") ? store_get_quota(call, id, &body, &version) : 0;

    if (r == 0 && body)
        r = event_load(call, body->event_id, &event);
    if (r == 0 && body)
        quota_note(call->state, body, version)->doubted = true;
    return r;
}

int others_told(struct ts_call *call, const ProtobufCMessage *message)
{
    const Inventory__PlacesChanged *event = (const Inventory__PlacesChanged *)message;
    struct inventory *inventory = call->state;

    for (size_t i = 0; i < event->n_quota_ids; i++) {
        int r = quota_told(call, event->quota_ids[i]);

        if (r)
            return r;
    }
    if (event->n_places && !ts_id_is(event->hold_id, "hld"))
        return TS_EINVALID;
    for (size_t i = 0; i < event->n_places; i++) {
        const Inventory__Place *place = event->places[i];
        struct quota *quota = place->quota_id ? quota_find(inventory, place->quota_id) : NULL;

        if (quota && quota->map_state == MAP_LOADING)
            quota->doubted = true; /* what is being read may be from before */
        else if (quota && quota->map_state == MAP_READY && place->number >= 0 && place->number < quota->map.place_count)
            place_told(inventory, quota, event, place->number);
    }
    return 0;
}

/* ---- looking */

static int look(struct ts_call *call, struct quota *quota)
{
    int64_t began_ms = ts_now_ms(call);
    int r;

    quota->looking = true;
    quota->doubted = false; /* what is told from here on may not be seen */
    r = places_read(call, quota, 0, QUOTA_PLACES_MAX);
    quota->looking = false;
    quota->looked_ms = ts_now_ms(call);
    quota->look_ms_took = quota->looked_ms - began_ms;
    ts_wake(&quota->waiters);
    return r ? r : OTHERS_LOOKED;
}

static bool may_look(struct ts_call *call, const struct quota *quota)
{
    int64_t pause_ms = quota->look_ms_took * LOOK_SHARE > LOOK_MS ? quota->look_ms_took * LOOK_SHARE : LOOK_MS;

    return ts_now_ms(call) >= quota->looked_ms + pause_ms;
}

int others_look(struct ts_call *call, struct quota *quota)
{
    if (!((const struct inventory *)call->state)->is_shared)
        return OTHERS_KNOWN;
    if (quota->looking) {
        int r = ts_wait(call, &quota->waiters);

        return r ? r : OTHERS_LOOKED;
    }
    return may_look(call, quota) ? look(call, quota) : OTHERS_KNOWN;
}

int others_look_beside(struct ts_call *call, struct quota *quota, int32_t number)
{
    int32_t first = number / RUN_PLACES * RUN_PLACES;

    return ((const struct inventory *)call->state)->is_shared ? places_read(call, quota, first, first + RUN_PLACES) : 0;
}

int quota_count_ready(struct ts_call *call, struct quota *quota)
{
    bool is_old;
    int r = quota_ready(call, quota);

    if (r)
        return r;
    is_old = quota->doubted || ts_now_ms(call) >= quota->looked_ms + LOOK_OLD_MS;
    if (!is_old && quota_free_count(quota) > 0)
        return 0;
    r = others_look(call, quota);
    return r < 0 ? r : 0;
}
