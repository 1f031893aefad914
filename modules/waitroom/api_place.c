/* Coming, asking, leaving: what everybody may do, and whoever has the token of a place. */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "place.h"
#include "room.h"
#include "store.h"
#include "tessera/address.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/idem.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"
#include "token.h"

enum { TRIES_MAX = 8, SLOTS_MAX = 4, USES_PAGE = 32 };

/* ---- who comes, and how often he may stand there */

/* One thing that a person, or a code, may do so many times. */
struct limit {
    const char *kind, *value;
    int32_t times;
    bool for_ever; /* a code that was used stays so */
    enum refusal refusal;
};

struct joining {
    const Waitroom__JoinRoomRequest *request;
    const Waitroom__Room *settings;
    const char *scope, *id;
    bool recorded; /* the idempotency key */
    struct limit limits[SLOTS_MAX];
    size_t limit_count;
    bool bypass;
};

static void limit_add(struct joining *joining, struct limit limit)
{
    if (limit.value && limit.times > 0)
        joining->limits[joining->limit_count++] = limit;
}

static char *lower(char *text)
{
    enum { CASE_BIT = 0x20 };

    for (char *at = text; at && *at; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at |= CASE_BIT;
    }
    return text;
}

static bool code_is_known(const Waitroom__Room *settings, const char *hash)
{
    for (size_t i = 0; i < settings->n_secret_codes; i++) {
        if (ts_secret_equal(settings->secret_codes[i], hash))
            return true;
    }
    return false;
}

/* Return: 0; TS_REFUSED. */
static int limits_fill(struct ts_call *call, struct joining *joining)
{
    const Waitroom__Room *settings = joining->settings;
    const char *email = lower(ts_text_trim(call->arena, joining->request->email));
    const char *account = call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? NULL : call->principal->id;
    const char *code = joining->request->bypass_code;

    if ((email || settings->has_entries_per_email) && !ts_text_is_email(email))
        return refuse(call, REFUSAL_EMAIL);
    limit_add(joining,
              (struct limit){ "account", account, settings->entries_per_account, false, REFUSAL_PERSON_ACCOUNT });
    limit_add(joining, (struct limit){ "email", email, settings->entries_per_email, false, REFUSAL_PERSON_EMAIL });
    limit_add(joining, (struct limit){ "address", ts_address_network(call->arena, call->address),
                                       settings->entries_per_address, false, REFUSAL_PERSON_ADDRESS });
    if (!code)
        return 0;
    code = token_hash(call, settings->secret_key, "code", code, CODE_HASH_LENGTH);
    if (!code_is_known(settings, code))
        return refuse(call, REFUSAL_CODE_UNKNOWN);
    joining->bypass = true;
    limit_add(joining, (struct limit){ "uses", code, settings->code_uses, true, REFUSAL_CODE_USED_UP });
    return 0;
}

/* The first slot of a person in which nobody stands any more. Return: 0; TS_REFUSED; a ts_error. */
static int slot_find(struct ts_call *call, const struct joining *joining, const struct limit *limit,
                     struct slot *ret_slot)
{
    const Waitroom__Room *settings = joining->settings;
    const char *hash = person_hash(call, settings, limit->kind, limit->value);

    for (int32_t first = 0; first < limit->times; first += USES_PAGE) {
        struct slot slots[USES_PAGE];
        int32_t count = limit->times - first < USES_PAGE ? limit->times - first : USES_PAGE;
        int r;

        for (int32_t i = 0; i < count; i++)
            slots[i] = (struct slot){ .key = ts_printf(call->arena, "%s/%d/%s-%s/%d", settings->event_id,
                                                       settings->round, limit->kind, hash, (int)(first + i)),
                                      .for_ever = limit->for_ever };
        r = store_get_slots(call, slots, (size_t)count);
        for (int32_t i = 0; r == 0 && i < count; i++) {
            bool gone = slots[i].version == 0 || strcmp(slots[i].entry_id, joining->id) == 0;

            if (!gone && !limit->for_ever)
                r = place_is_gone(call, settings, slots[i].entry_id, &gone);
            if (r == 0 && gone) {
                *ret_slot = slots[i];
                return 0;
            }
        }
        if (r)
            return r;
    }
    return refuse(call, limit->refusal);
}

/* ---- JoinRoom */

static void entry_fill(struct ts_call *call, const struct joining *joining, Waitroom__Entry *entry)
{
    const Waitroom__Room *settings = joining->settings;
    int64_t now_ms = ts_now_ms(call);

    waitroom__entry__init(entry);
    entry->id = (char *)joining->id;
    entry->queue = ts_printf(call->arena, "%s/%d", settings->event_id, settings->round);
    entry->has_joined_at_ms = true;
    entry->joined_at_ms = ts_id_time_ms(joining->id);
    entry->account_hash = account_hash(call, settings);
    if (!joining->bypass)
        return;
    entry->has_bypass = entry->bypass = true;
    entry->has_admitted_at_ms = entry->has_expires_at_ms = entry->has_changed_at_ms = true;
    entry->admitted_at_ms = entry->changed_at_ms = now_ms;
    entry->expires_at_ms = (now_ms > settings->starts_at_ms ? now_ms : settings->starts_at_ms) / 1000 * 1000 +
                           settings->pass_minutes * (int64_t)TS_MINUTE_MS;
}

/* Return: 0, the place is written; STORE_KEY_TAKEN, _SLOT_TAKEN, _CONFLICT: look again; TS_REFUSED; a ts_error. */
static int join_once(struct ts_call *call, struct joining *joining)
{
    struct waitroom *waitroom = call->state;
    struct slot slots[SLOTS_MAX];
    Waitroom__Entry entry;
    int r = 0;

    for (size_t i = 0; r == 0 && i < joining->limit_count; i++)
        r = slot_find(call, joining, &joining->limits[i], &slots[i]);
    if (r)
        return r;
    entry_fill(call, joining, &entry);
    r = store_join(call, joining->scope, joining->recorded ? NULL : &joining->request->base, slots,
                   joining->limit_count, &entry);
    if (r)
        return r;
    ts_metric_add(joining->bypass ? waitroom->metrics.bypassed : waitroom->metrics.joined, 1);
    r = room_hear_soon(call, joining->settings, &entry);
    room_wake(call, joining->settings);
    return r;
}

/* The place of this call's key, old or new, is written under joining->id. Return: 0; TS_REFUSED; a ts_error. */
static int join(struct ts_call *call, struct joining *joining)
{
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r > 0 && r != TS_REFUSED && tries < TRIES_MAX; tries++) {
        const char *id = ts_id_new(call, "wai");
        int found = ts_idem_find(call, joining->scope, &joining->request->base, &id);
        Waitroom__Entry *entry = NULL;
        int64_t version;

        if (found == TS_IDEM_REUSED || found == TS_IDEM_SHORT)
            return ts_idem_refuse(call, found);
        joining->id = id;
        joining->recorded = found == TS_IDEM_FOUND;
        r = found == TS_IDEM_FOUND ? store_get_entry(call, id, &entry, &version) : found;
        if (r || entry)
            return r;
        r = join_once(call, joining);
    }
    return r > 0 && r != TS_REFUSED ? TS_EABORTED : r;
}

/* An event that is not for the public has no room for the public. Return: 0; TS_REFUSED; a ts_error. */
static int check_event(struct ts_call *call, const char *event_id)
{
    Catalog__GetSaleRequest request = CATALOG__GET_SALE_REQUEST__INIT;
    const Catalog__GetSaleReply *sale;
    int r;

    request.event_id = (char *)event_id;
    r = catalog_get_sale(call, &request, &sale);
    if (r)
        return r;
    if (!sale->event || (sale->event->status == CATALOG__EVENT_STATUS__DRAFT &&
                         !ts_may(call, TS_RIGHT_ANY, sale->event->organizer_id, sale->event->id)))
        return refuse(call, REFUSAL_NO_ROOM);
    return 0;
}

/* Return: 0 and the settings of a room that takes people in; TS_REFUSED; a ts_error. */
static int open_room(struct ts_call *call, const char *event_id, const Waitroom__Room **ret_settings)
{
    const Waitroom__Room *settings = NULL;
    struct room *room;
    int64_t version;
    int r = ts_id_is(event_id, "evt") ? store_get_room(call, event_id, &settings, &version) : 0;

    if (r)
        return r;
    *ret_settings = settings;
    if (!settings || !settings->enabled)
        return refuse(call, REFUSAL_NO_ROOM);
    r = check_event(call, event_id);
    if (r)
        return r;
    if (room_state(settings, ts_now_ms(call)) == WAITROOM__ROOM_STATE__NOT_OPEN)
        return refuse(call, REFUSAL_NOT_OPEN);
    r = room_ready(call, settings, &room);
    if (r == 0 && room->line.count >= LINE_PLACES_MAX)
        return refuse(call, REFUSAL_FULL);
    return r;
}

int join_room(struct ts_call *call, const Waitroom__JoinRoomRequest *request, Waitroom__JoinRoomReply *ret_reply)
{
    struct joining joining = { .request = request };
    int r = open_room(call, request->event_id, &joining.settings);

    if (r)
        return r;
    assert(joining.settings);
    r = limits_fill(call, &joining);
    if (r)
        return r;
    joining.scope = ts_printf(call->arena, "joinWaitingRoom/%s", request->event_id);
    r = join(call, &joining);
    if (r == 0)
        r = place_view(call, joining.settings, joining.id, &ret_reply->place);
    if (r)
        return r;
    if (!ret_reply->place)
        return TS_EINTERNAL; /* it was written just now */
    ret_reply->place->token = token_make(call, joining.settings, joining.id);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* ---- with the token */

/* Return: 0 and the settings of the room that the token is of, NULL when it is of none; a ts_error. */
static int room_of_token(struct ts_call *call, const char *text, struct token *ret_token,
                         const Waitroom__Room **ret_settings)
{
    const Waitroom__Room *settings = NULL;
    int64_t version;
    int r = token_parse(call, text, ret_token) ? store_get_room(call, ret_token->event_id, &settings, &version) : 0;

    *ret_settings = r == 0 && settings && token_is_of(call, ret_token, settings) ? settings : NULL;
    return r;
}

int get_place(struct ts_call *call, const Waitroom__GetPlaceRequest *request, Waitroom__GetPlaceReply *ret_reply)
{
    const Waitroom__Room *settings;
    struct token token;
    int r = room_of_token(call, request->token, &token, &settings);

    if (r || !settings)
        return r;
    r = place_view(call, settings, token.entry_id, &ret_reply->place);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return r;
}

int leave_room(struct ts_call *call, const Waitroom__LeaveRoomRequest *request, Waitroom__LeaveRoomReply *ret_reply)
{
    struct waitroom *waitroom = call->state;
    const Waitroom__Room *settings;
    struct token token;
    int r = room_of_token(call, request->token, &token, &settings);

    ret_reply->has_left = true;
    if (r)
        return r;
    if (!settings)
        return refuse(call, REFUSAL_NO_PLACE);
    r = place_end(call, settings, token.entry_id, waitroom->metrics.left);
    ret_reply->left = r == 0;
    return r;
}
