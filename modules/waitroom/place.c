/* What the owner of a place is told, and what becomes of it; see place.h. */
#include "place.h"

#include "room.h"
#include "rules.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "token.h"

enum {
    TRIES_MAX = 8,
    POLL_S_MIN = 2,
    POLL_S_MAX = 30, /* well below ABSENT_MS */
};

_Static_assert(4 * POLL_S_MAX * 1000 < ABSENT_MS, "who asks as often as he is told is never absent");

/* A tenth of what there is still to wait. */
static void set_poll(Waitroom__PlaceView *view, int64_t wait_s)
{
    int64_t poll_s = wait_s / 10;

    if (poll_s < POLL_S_MIN)
        poll_s = POLL_S_MIN;
    view->has_poll_seconds = true;
    view->poll_seconds = poll_s < POLL_S_MAX ? (int32_t)poll_s : POLL_S_MAX;
}

static Waitroom__PlaceView *view_new(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
                                     Waitroom__PlaceState state)
{
    Waitroom__PlaceView *view = TS_NEW(call->arena, Waitroom__PlaceView);

    waitroom__place_view__init(view);
    view->id = (char *)entry_id;
    view->event_id = settings->event_id;
    view->message = settings->message;
    view->has_state = true;
    view->state = state;
    return view;
}

/* ---- by what is written */

static void show_pass(struct ts_call *call, const Waitroom__Room *settings, const Waitroom__Entry *entry,
                      Waitroom__PlaceView *view)
{
    struct pass pass = { entry->queue, entry->id, entry->expires_at_ms, settings->places_per_pass, "" };

    pass.event_id = settings->event_id;
    for (unsigned i = 0; entry->account_hash && entry->account_hash[i] && i < ACCOUNT_HASH_LENGTH; i++)
        pass.account_hash[i] = entry->account_hash[i];
    view->has_pass_expires_at_ms = true;
    view->pass_expires_at_ms = entry->expires_at_ms;
    set_poll(view, INT32_MAX);
    view->pass = pass_sign(call, &pass);
}

/* A place that waits no more. */
static Waitroom__PlaceView *view_entry(struct ts_call *call, const Waitroom__Room *settings,
                                       const Waitroom__Entry *entry)
{
    Waitroom__PlaceView *view;

    if (entry->has_over_at_ms)
        return view_new(call, settings, entry->id, WAITROOM__PLACE_STATE__PLACE_STATE_LEFT);
    if (ts_now_ms(call) >= entry->expires_at_ms)
        return view_new(call, settings, entry->id, WAITROOM__PLACE_STATE__PLACE_STATE_EXPIRED);
    view = view_new(call, settings, entry->id, WAITROOM__PLACE_STATE__PLACE_STATE_ADMITTED);
    show_pass(call, settings, entry, view);
    return view;
}

/* ---- by where it stands */

static Waitroom__PlaceView *view_waiting(struct ts_call *call, const Waitroom__Room *settings, const struct room *room,
                                         const char *entry_id, uint32_t rank)
{
    uint32_t ahead = rank > room->passed ? rank - room->passed : 0;
    struct estimate estimate =
        estimate_wait(&room->steps, &room->pace, settings->admit_per_minute, ahead, ts_now_ms(call));
    Waitroom__PlaceView *view = view_new(call, settings, entry_id, WAITROOM__PLACE_STATE__PLACE_STATE_WAITING);

    view->has_ahead = view->has_position = view->has_wait_seconds_low = true;
    view->ahead = (int32_t)ahead;
    view->position = (int32_t)ahead + 1;
    view->wait_seconds_low = estimate.low_s;
    view->has_wait_seconds_high = estimate.high_s >= 0;
    view->wait_seconds_high = estimate.high_s;
    set_poll(view, estimate.low_s);
    return view;
}

static Waitroom__PlaceView *view_early(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id)
{
    Waitroom__PlaceView *view = view_new(call, settings, entry_id, WAITROOM__PLACE_STATE__PLACE_STATE_PRE_QUEUE);

    view->has_wait_seconds_low = true;
    view->wait_seconds_low = (int32_t)((settings->starts_at_ms - ts_now_ms(call) + 999) / 1000);
    set_poll(view, view->wait_seconds_low);
    return view;
}

/* Or he came back in time, and has been called again or will be. */
static bool turn_is_kept(struct ts_call *call, const struct room *room, uint32_t rank)
{
    const struct waiter *waiter = line_at(&room->line, rank);
    int64_t turn_ms = steps_turn_ms(&room->steps, rank);

    return waiter->charged || waiter->owed || (turn_ms >= 0 && ts_now_ms(call) < turn_ms + TURN_KEPT_MS);
}

/* Put that the place is in. Return: 0 and *ret_entry as it is then; STORE_CONFLICT: look again; a ts_error. */
static int admit(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
                 Waitroom__Entry **ret_entry)
{
    struct waitroom *waitroom = call->state;
    int64_t version;
    int r = store_get_entry(call, entry_id, ret_entry, &version);
    Waitroom__Entry *entry = *ret_entry;

    if (r || !entry || entry->has_admitted_at_ms || entry->has_over_at_ms)
        return r;
    entry->has_admitted_at_ms = entry->has_changed_at_ms = entry->has_expires_at_ms = true;
    entry->admitted_at_ms = entry->changed_at_ms = ts_now_ms(call);
    entry->expires_at_ms = (entry->admitted_at_ms / 1000 + settings->pass_minutes * INT64_C(60)) * 1000;
    r = store_put_entry(call, entry, version);
    if (r == 0)
        ts_metric_add(waitroom->metrics.admitted, 1);
    return r;
}

static int go_in(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
                 Waitroom__PlaceView **ret_view)
{
    Waitroom__Entry *entry = NULL;
    struct room *room;
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = admit(call, settings, entry_id, &entry);
    room = room_find(call, settings->event_id);
    if (r || !entry) {
        uint32_t rank = room && room->round == settings->round ? room_rank(room, settings, entry_id) : LINE_NONE;

        if (rank != LINE_NONE)
            room_give_back(room, rank);
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    }
    if (room && room->round == settings->round)
        room_hear(call, room, settings, entry);
    *ret_view = view_entry(call, settings, entry);
    return 0;
}

static bool is_expired(struct ts_call *call, const struct room *room, uint32_t rank)
{
    return rank < room->passed && !turn_is_kept(call, room, rank);
}

/* Who waits in the line: he is there, and perhaps it is his turn. */
static int view_waiter(struct ts_call *call, const Waitroom__Room *settings, struct room *room, const char *entry_id,
                       uint32_t rank, Waitroom__PlaceView **ret_view)
{
    if (!room->open) {
        *ret_view = view_early(call, settings, entry_id);
        return 0;
    }
    if (is_expired(call, room, rank)) {
        *ret_view = view_new(call, settings, entry_id, WAITROOM__PLACE_STATE__PLACE_STATE_EXPIRED);
        return 0;
    }
    if (rank >= room->passed || !room_let_in(room, rank)) {
        *ret_view = view_waiting(call, settings, room, entry_id, rank);
        return 0;
    }
    return go_in(call, settings, entry_id, ret_view);
}

static bool waits(const struct room *room, uint32_t rank)
{
    return rank != LINE_NONE && line_at(&room->line, rank)->state == WAITER_WAITS;
}

/*
 * The room, and where the place stands in it: he is there. Who comes back after his turn is called again, if somebody
 * may be. Return: 0, *ret_room and *ret_rank; a ts_error.
 */
static int find(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id, struct room **ret_room,
                uint32_t *ret_rank)
{
    int r = room_ready(call, settings, ret_room);
    struct room *room = *ret_room;
    uint32_t rank;

    if (r)
        return r;
    *ret_rank = rank = room_rank(room, settings, entry_id);
    if (!waits(room, rank))
        return 0;
    line_at(&room->line, rank)->seen_s = room_now_s(call, room);
    if (!room->open || rank >= room->passed || is_expired(call, room, rank) || !room_owe(call, room, settings, rank))
        return 0;
    r = room_ready(call, settings, ret_room);
    *ret_rank = room_rank(*ret_room, settings, entry_id);
    return r;
}

/* Not waiting as far as memory knows: the document says. */
static int view_other(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
                      Waitroom__PlaceView **ret_view)
{
    Waitroom__Entry *entry;
    struct room *room;
    int64_t version;
    uint32_t rank;
    int r = store_get_entry(call, entry_id, &entry, &version);

    if (r || !entry)
        return r;
    if (entry->has_over_at_ms || entry->has_admitted_at_ms) {
        *ret_view = view_entry(call, settings, entry);
        return 0;
    }
    r = room_hear_soon(call, settings, entry); /* of another process, or on his way in by another call */
    if (r == 0)
        r = find(call, settings, entry_id, &room, &rank);
    if (r)
        return r;
    if (waits(room, rank))
        return view_waiter(call, settings, room, entry_id, rank, ret_view);
    *ret_view = view_waiting(call, settings, room, entry_id, rank == LINE_NONE ? room->line.count : rank);
    return 0;
}

int place_view(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
               Waitroom__PlaceView **ret_view)
{
    struct room *room;
    uint32_t rank;
    int r;

    *ret_view = NULL;
    if (!settings->enabled) {
        *ret_view = view_new(call, settings, entry_id, WAITROOM__PLACE_STATE__PLACE_STATE_NOT_NEEDED);
        return 0;
    }
    r = find(call, settings, entry_id, &room, &rank);
    if (r)
        return r;
    return waits(room, rank) ? view_waiter(call, settings, room, entry_id, rank, ret_view)
                             : view_other(call, settings, entry_id, ret_view);
}

/* ---- its end */

static int end_once(struct ts_call *call, const char *entry_id, struct ts_metric *metric, Waitroom__Entry **ret_entry)
{
    int64_t version;
    int r = store_get_entry(call, entry_id, ret_entry, &version);
    Waitroom__Entry *entry = *ret_entry;

    if (r || !entry || entry->has_over_at_ms)
        return r;
    entry->has_over_at_ms = entry->has_changed_at_ms = true;
    entry->over_at_ms = entry->changed_at_ms = ts_now_ms(call);
    r = store_put_entry(call, entry, version);
    if (r == 0)
        ts_metric_add(metric, 1);
    return r;
}

int place_end(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id, struct ts_metric *metric)
{
    Waitroom__PlaceChanged changed = WAITROOM__PLACE_CHANGED__INIT;
    Waitroom__Entry *entry = NULL;
    int r = STORE_CONFLICT;

    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = end_once(call, entry_id, metric, &entry);
    if (r || !entry)
        return r == STORE_CONFLICT ? TS_EABORTED : r;
    changed.place_id = entry->id;
    ts_publish(call, &changed.base);
    return settings->enabled ? room_hear_soon(call, settings, entry) : 0;
}

int place_is_gone(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id, bool *ret_gone)
{
    int64_t now_ms = ts_now_ms(call), version;
    Waitroom__Entry *entry;
    struct room *room;
    uint32_t rank;
    int r = store_get_entry(call, entry_id, &entry, &version);

    if (r)
        return r;
    if (!entry)
        *ret_gone = now_ms >= ts_id_time_ms(entry_id) + TS_CALL_MS_MAX;
    else if (entry->has_over_at_ms || entry->has_admitted_at_ms)
        *ret_gone = entry->has_over_at_ms || now_ms >= entry->expires_at_ms;
    else {
        r = room_ready(call, settings, &room);
        if (r)
            return r;
        rank = room_rank(room, settings, entry_id);
        *ret_gone = room->open && is_expired(call, room, rank);
    }
    return 0;
}
