/* What a pass is used for: inventory asks before it takes places; an order uses it up. */
#include <string.h>

#include "api.h"
#include "inventory/v1/inventory.rpc.h"
#include "orders/v1/orders.pb-c.h"
#include "place.h"
#include "room.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/right.h"
#include "token.h"

enum { TRIES_MAX = 8, USES_MAX = 64 /* holds noted under one pass: each is asked about */ };

static int count_refusal(struct ts_call *call, enum refusal refusal)
{
    struct waitroom *waitroom = call->state;

    ts_metric_add(waitroom->metrics.refused, 1);
    return refuse(call, refusal);
}

/* ---- the places that a pass has taken */

static Waitroom__Use *use_of(const Waitroom__Entry *entry, const char *hold_id)
{
    for (size_t i = 0; i < entry->n_uses; i++) {
        if (strcmp(entry->uses[i]->hold_id, hold_id) == 0)
            return entry->uses[i];
    }
    return NULL;
}

static int64_t places_used(const Waitroom__Entry *entry)
{
    int64_t places = 0;

    for (size_t i = 0; i < entry->n_uses; i++)
        places += entry->uses[i]->quantity;
    return places;
}

/* A hold that ended, or was noted and never made, gives its places back. Return: 0 and *ret_ended; a ts_error. */
static int use_has_ended(struct ts_call *call, const Waitroom__Use *use, bool *ret_ended)
{
    Inventory__ReadHoldRequest request = INVENTORY__READ_HOLD_REQUEST__INIT;
    const Inventory__ReadHoldReply *reply;
    int r;

    request.hold_id = use->hold_id;
    r = inventory_read_hold_as_system(call, &request, &reply);
    if (r)
        return r;
    *ret_ended = reply->hold ? reply->hold->state == INVENTORY__HOLD_STATE__RELEASED
                             : ts_now_ms(call) >= use->at_ms + TS_CALL_MS_MAX;
    return 0;
}

static int uses_prune(struct ts_call *call, Waitroom__Entry *entry)
{
    size_t kept = 0;

    for (size_t i = 0; i < entry->n_uses; i++) {
        bool ended = false;
        int r = use_has_ended(call, entry->uses[i], &ended);

        if (r)
            return r;
        if (!ended)
            entry->uses[kept++] = entry->uses[i];
    }
    entry->n_uses = kept;
    return 0;
}

static void use_add(struct ts_call *call, Waitroom__Entry *entry, const Waitroom__UsePassRequest *request)
{
    Waitroom__Use **uses = TS_NEW_ARRAY(call->arena, Waitroom__Use *, entry->n_uses + 1);
    Waitroom__Use *use = TS_NEW(call->arena, Waitroom__Use);

    waitroom__use__init(use);
    use->hold_id = request->hold_id;
    use->has_quantity = use->has_at_ms = true;
    use->quantity = request->quantity;
    use->at_ms = ts_now_ms(call);
    for (size_t i = 0; i < entry->n_uses; i++)
        uses[i] = entry->uses[i];
    uses[entry->n_uses++] = use;
    entry->uses = uses;
    entry->hold_ids = TS_NEW_ARRAY(call->arena, char *, entry->n_uses);
    entry->n_hold_ids = entry->n_uses;
    for (size_t i = 0; i < entry->n_uses; i++)
        entry->hold_ids[i] = uses[i]->hold_id;
}

/* ---- UsePass */

/* Return: 0, noted; STORE_CONFLICT: look again; TS_REFUSED; a ts_error. */
static int use_once(struct ts_call *call, const Waitroom__UsePassRequest *request, const Waitroom__Room *settings,
                    const struct pass *pass)
{
    const char *queue = ts_printf(call->arena, "%s/%d", settings->event_id, settings->round);
    Waitroom__Entry *entry;
    enum refusal refusal;
    int64_t version;
    int r = store_get_entry(call, pass->entry_id, &entry, &version);

    if (r)
        return r;
    refusal = pass_entry_check(entry, queue, ts_now_ms(call));
    if (refusal != REFUSAL_NONE)
        return count_refusal(call, refusal);
    if (use_of(entry, request->hold_id))
        return 0;
    if (places_used(entry) + request->quantity > pass->places || entry->n_uses >= USES_MAX) {
        r = uses_prune(call, entry);
        if (r)
            return r;
    }
    if (places_used(entry) + request->quantity > pass->places || entry->n_uses >= USES_MAX)
        return count_refusal(call, REFUSAL_PASS_PLACES);
    use_add(call, entry, request);
    entry->has_changed_at_ms = true;
    entry->changed_at_ms = ts_now_ms(call);
    return store_put_entry(call, entry, version);
}

static void note_sales(struct ts_call *call, const Waitroom__UsePassRequest *request)
{
    struct room *room = room_find(call, request->event_id);

    if (!room || !request->has_recent_hold_ms)
        return;
    room->hold_ms = request->recent_hold_ms;
    room->hold_told_ms = ts_now_ms(call);
}

/* What can be said of the pass without a document. Return: 0 and *ret_pass; TS_REFUSED. */
static int read_pass(struct ts_call *call, const Waitroom__UsePassRequest *request, const Waitroom__Room *settings,
                     struct pass *ret_pass)
{
    enum refusal refusal;

    if (!request->pass)
        return count_refusal(call, REFUSAL_PASS_MISSING);
    if (!pass_verify(call, request->pass, ret_pass))
        return count_refusal(call, REFUSAL_PASS_FORGED);
    refusal = pass_check(ret_pass, request->event_id, account_hash(call, settings), ts_now_ms(call));
    return refusal == REFUSAL_NONE ? 0 : count_refusal(call, refusal);
}

int use_pass(struct ts_call *call, const Waitroom__UsePassRequest *request, Waitroom__UsePassReply *ret_reply)
{
    const Waitroom__Room *settings;
    struct pass pass = { 0 };
    int64_t version;
    int r;

    if (!ts_id_is(request->event_id, "evt") || !ts_id_is(request->hold_id, "hld") || request->quantity < 1)
        return TS_EINVALID;
    r = store_get_room(call, request->event_id, &settings, &version);
    if (r || !settings || !settings->enabled || ts_may(call, TS_RIGHT_SELL, settings->organizer_id, settings->event_id))
        return r;
    note_sales(call, request);
    r = read_pass(call, request, settings, &pass);
    if (r)
        return r;
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = use_once(call, request, settings, &pass);
    ret_reply->has_counted = true;
    ret_reply->counted = r == 0;
    return r == STORE_CONFLICT ? TS_EABORTED : r;
}

/* ---- what uses it up */

int on_order_changed(struct ts_call *call, const ProtobufCMessage *event)
{
    const Orders__OrderChanged *changed = (const Orders__OrderChanged *)event;
    struct waitroom *waitroom = call->state;
    const Waitroom__Room *settings;
    const char *entry_id;
    int64_t version;
    int r;

    if (!changed->event_id || !room_find(call, changed->event_id) || !ts_id_is(changed->order_id, "ord"))
        return 0; /* nobody here waits for that event */
    if (changed->status != ORDERS__ORDER_STATUS__PENDING && changed->status != ORDERS__ORDER_STATUS__PAID)
        return 0;
    r = store_get_room(call, changed->event_id, &settings, &version);
    if (r || !settings)
        return r;
    r = store_find_entry_of_hold(call, ts_id_sibling(call, changed->order_id, "hld"), &entry_id);
    return r || !entry_id ? r : place_end(call, settings, entry_id, waitroom->metrics.ordered);
}
