/* Asking the waiting room before places are taken; see pass.h. */
#include "pass.h"

#include "hold.h"
#include "store.h"
#include "take.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "waitroom/v1/waitroom.rpc.h"

enum { DURATION_WEIGHT = 8, DURATION_MS_MAX = 60000 };

static int32_t count_places(const Inventory__HoldTicketsRequest *request)
{
    int64_t places = 0;

    for (size_t i = 0; i < request->n_lines; i++)
        places += request->lines[i]->quantity;
    return places < INT32_MAX ? (int32_t)places : INT32_MAX;
}

int pass_begin(struct ts_call *call, const Inventory__HoldTicketsRequest *request, const Catalog__Event *event,
               const char *hold_id, struct pass_use *ret_use)
{
    Waitroom__UsePassRequest use = WAITROOM__USE_PASS_REQUEST__INIT;
    struct inventory *inventory = call->state;
    const Waitroom__UsePassReply *reply;
    int r;

    *ret_use = (struct pass_use){ .hold_id = hold_id };
    if (!event->waiting_room)
        return 0;
    use.event_id = request->event_id;
    use.pass = request->pass;
    use.hold_id = (char *)hold_id;
    use.has_quantity = use.has_recent_hold_ms = true;
    use.quantity = count_places(request);
    use.recent_hold_ms = inventory->recent_hold_ms;
    r = waitroom_use_pass(call, &use, &reply);
    if (r)
        return r;
    for (size_t i = 0; i < reply->n_refusals; i++)
        ts_refuse(call, (int)reply->refusals[i]->code, reply->refusals[i]->path[0], "%s", reply->refusals[i]->message);
    *ret_use = (struct pass_use){ hold_id, true, reply->counted, ts_now_ms(call) };
    return reply->n_refusals ? TS_REFUSED : 0;
}

static void note_duration(struct inventory *inventory, int64_t took_ms)
{
    int32_t most_ms = took_ms < DURATION_MS_MAX ? (int32_t)took_ms : DURATION_MS_MAX;

    inventory->recent_hold_ms += (most_ms - inventory->recent_hold_ms) / DURATION_WEIGHT;
}

int pass_end(struct ts_call *call, const struct pass_use *use, int result)
{
    if (use->timed)
        note_duration(call->state, ts_now_ms(call) - use->began_ms);
    if (!use->counted || result <= 0 || result == TAKE_HOLD_TAKEN)
        return result;
    ts_shield_begin(call);
    (void)hold_end_unwritten(call, use->hold_id); /* else its places count for half a minute */
    ts_shield_end(call);
    return result;
}
