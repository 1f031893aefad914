/* The room as its promoter sets it, and as everybody sees it. */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "room.h"
#include "rules.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/sign.h"
#include "token.h"

enum { TRIES_MAX = 8, SECRET_LENGTH = 64 };

static const char hex[] = "0123456789abcdef";

int refuse(struct ts_call *call, enum refusal refusal)
{
    return ts_refuse(call, refusal_code(refusal), refusal_path(refusal), "%s", refusal_text(refusal));
}

static int refuse_all(struct ts_call *call, uint64_t refused)
{
    for (enum refusal refusal = 1; refusal < REFUSAL_COUNT; refusal++) {
        if (refused & (UINT64_C(1) << refusal))
            (void)refuse(call, refusal);
    }
    return TS_REFUSED;
}

/* ---- what is shown */

static void show_settings(const Waitroom__Room *room, Waitroom__RoomView *view)
{
    view->has_admit_per_minute = room->has_admit_per_minute;
    view->admit_per_minute = room->admit_per_minute;
    view->has_max_active = room->has_max_active;
    view->max_active = room->max_active;
    view->has_pass_minutes = room->has_pass_minutes;
    view->pass_minutes = room->pass_minutes;
    view->has_places_per_pass = room->has_places_per_pass;
    view->places_per_pass = room->places_per_pass;
    view->has_entries_per_account = room->has_entries_per_account;
    view->entries_per_account = room->entries_per_account;
    view->has_entries_per_email = room->has_entries_per_email;
    view->entries_per_email = room->entries_per_email;
    view->has_entries_per_address = room->has_entries_per_address;
    view->entries_per_address = room->entries_per_address;
    view->has_bypass_codes = true;
    view->bypass_codes = (int32_t)room->n_secret_codes;
    view->has_bypass_uses = room->has_code_uses;
    view->bypass_uses = room->code_uses;
}

static Waitroom__RoomView *room_view(struct ts_call *call, const Waitroom__Room *room, bool for_staff)
{
    Waitroom__RoomView *view = TS_NEW(call->arena, Waitroom__RoomView);

    waitroom__room_view__init(view);
    view->event_id = room->event_id;
    view->has_state = true;
    view->state = room_state(room, ts_now_ms(call));
    view->has_pre_queue_from_ms = room->has_pre_queue_from_ms;
    view->pre_queue_from_ms = room->pre_queue_from_ms;
    view->has_starts_at_ms = room->has_starts_at_ms;
    view->starts_at_ms = room->starts_at_ms;
    view->message = room->message;
    if (room->secret_seed) {
        view->shuffle_commitment = ts_text_hash(call, room->secret_seed);
        view->shuffle_seed = ts_now_ms(call) >= room->starts_at_ms ? room->secret_seed : NULL;
    }
    if (for_staff)
        show_settings(room, view);
    return view;
}

int get_rooms(struct ts_call *call, const Waitroom__EventIdsRequest *request, Waitroom__GetRoomsReply *ret_reply)
{
    ret_reply->rooms = TS_NEW_ARRAY(call->arena, Waitroom__RoomView *, request->n_event_ids);
    for (size_t i = 0; i < request->n_event_ids; i++) {
        const Waitroom__Room *room = NULL;
        int64_t version;
        int r =
            ts_id_is(request->event_ids[i], "evt") ? store_get_room(call, request->event_ids[i], &room, &version) : 0;

        if (r)
            return r;
        if (room)
            ret_reply->rooms[ret_reply->n_rooms++] = room_view(
                call, room, ts_sees(call, request->grant, TS_RIGHT_EVENTS, room->organizer_id, room->event_id));
    }
    return 0;
}

/* ---- what is set */

static void hash_codes(struct ts_call *call, const Waitroom__SetRoomRequest *request, Waitroom__Room *room)
{
    room->secret_codes = TS_NEW_ARRAY(call->arena, char *, request->n_bypass_codes);
    room->n_secret_codes = request->n_bypass_codes;
    for (size_t i = 0; i < request->n_bypass_codes; i++)
        room->secret_codes[i] = token_hash(call, room->secret_key, "code", request->bypass_codes[i], CODE_HASH_LENGTH);
}

/* Of a round that has just begun: nothing of the one before opens anything. */
static void make_secrets(struct ts_call *call, Waitroom__Room *room)
{
    room->secret_seed = (char *)ts_random_string(call, hex, SECRET_LENGTH);
    room->secret_key = (char *)ts_random_string(call, hex, SECRET_LENGTH);
    room->has_keyed = room->keyed = true;
    room->n_secret_codes = 0;
}

/* Decide and put once. Return: 0; STORE_CONFLICT: decide again; TS_REFUSED; a ts_error. */
static int set_room_once(struct ts_call *call, const Waitroom__SetRoomRequest *request, char *organizer_id,
                         Waitroom__SetRoomReply *ret_reply)
{
    Waitroom__Room *room = TS_NEW(call->arena, Waitroom__Room);
    const Waitroom__Room *before;
    int64_t version;
    uint64_t refused;
    int r = store_get_room(call, request->event_id, &before, &version);

    if (r)
        return r;
    waitroom__room__init(room);
    if (before)
        *room = *before; /* its strings are the store's, and are replaced, not changed */
    room->event_id = request->event_id;
    room->organizer_id = organizer_id;
    refused = settings_check(request) | settings_apply(request, ts_now_ms(call), room);
    if (refused)
        return refuse_all(call, refused);
    if (!before || room->round != before->round)
        make_secrets(call, room);
    if (request->n_bypass_codes || request->set_bypass_codes)
        hash_codes(call, request, room);
    r = store_put_room(call, room, version);
    if (r)
        return r;
    if (!room->enabled)
        room_forget(call, room);
    ret_reply->waiting_room = room_view(call, room, /* for_staff= */ true);
    return 0;
}

int set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request, Waitroom__SetRoomReply *ret_reply)
{
    Catalog__MarkWaitingRoomRequest mark = CATALOG__MARK_WAITING_ROOM_REQUEST__INIT;
    Waitroom__RoomChanged changed = WAITROOM__ROOM_CHANGED__INIT;
    const Catalog__MarkWaitingRoomReply *marked;
    int r;

    mark.event_id = request->event_id;
    r = catalog_mark_waiting_room(call, &mark, &marked);
    if (r)
        return r;
    if (marked->n_refusals)
        return ts_refuse(call, (int)marked->refusals[0]->code, "eventId", "%s", marked->refusals[0]->message);
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = set_room_once(call, request, marked->organizer_id, ret_reply);
    if (r)
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    changed.event_id = request->event_id;
    ts_publish(call, &changed.base);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, marked->organizer_id);
    return 0;
}
