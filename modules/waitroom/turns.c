/*
 * Calling the line: how many come in now, who they are, and that it is written before anybody hears of it. Several
 * processes may call at once; the cursor's next version is what they compete for, and who loses takes over what is
 * there. A version names whom it calls, so all of them count the same people. Who leads calls the line on; who follows
 * calls only those who come back to it after their turn.
 */
#include <string.h>

#include "room.h"
#include "rules.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/memory.h"
#include "tessera/module.h"

enum {
    FOLLOW_MS = 5000,      /* who leads has called on within that, or we do */
    LOOKED_AT_MAX = 50000, /* places in one step: some milliseconds, when nearly all have gone home */
    DUE_MS_MAX = 30000,    /* until the next look at a line that stands still */
    HOLD_TOLD_MS = 5000,   /* how long what inventory told is true */
    TRIES_MAX = 4,         /* to be the one who puts the next version */
    CALLED_MAX = ADMIT_PER_MINUTE_MAX / 60 * (PACE_BURST_MS / 1000) + 1, /* by one version: 32 KB */
};

/* ---- who has been called, and who is in */

static void called_add(struct room *room, uint32_t slot, int64_t at_ms)
{
    if (room->called_count == room->called_room) {
        room->called_room = room->called_room ? 2 * room->called_room : 64;
        room->called = ts_memory_resize(room->called, room->called_room * sizeof(*room->called));
    }
    room->called[room->called_count++] = (struct called){ slot, at_ms };
}

/*
 * Those who came, and those who did not come in time to any process, are waited for no more; the latter give their
 * turn's cost back.
 */
static void called_settle(struct ts_call *call, struct room *room, int64_t now_ms)
{
    struct waitroom *waitroom = call->state;
    int64_t known_ms = now_ms < room->heard_ms ? now_ms : room->heard_ms;
    size_t kept = 0;

    for (size_t i = 0; i < room->called_count; i++) {
        struct waiter *waiter = &room->line.waiters[room->called[i].slot];
        bool came = waiter->state == WAITER_IN || !waiter->charged;

        if (!came && waiter->state == WAITER_WAITS && known_ms < room->called[i].at_ms + TURN_LAPSES_MS) {
            room->called[kept++] = room->called[i];
        } else if (!came) {
            waiter->charged = false;
            room->pace.credit += TURN_COST;
            ts_metric_add(waitroom->metrics.lapsed, 1);
        }
    }
    room->called_count = kept;
}

static void active_settle(struct active *active, int64_t now_ms)
{
    int64_t now_s = now_ms / 1000;

    if (now_s - active->now_s > ACTIVE_SECONDS)
        active->now_s = now_s - ACTIVE_SECONDS; /* once around is all there is */
    for (; active->now_s < now_s; active->now_s++) {
        uint32_t *ending = &active->ending[(active->now_s + 1) % ACTIVE_SECONDS];

        active->count -= *ending;
        *ending = 0;
    }
}

bool active_add(struct active *active, int64_t now_ms, int64_t expires_at_ms)
{
    int64_t expires_s = expires_at_ms / 1000;

    active_settle(active, now_ms);
    if (expires_s <= active->now_s || expires_s - active->now_s >= ACTIVE_SECONDS)
        return false;
    active->ending[expires_s % ACTIVE_SECONDS]++;
    active->count++;
    return true;
}

void active_drop(struct active *active, int64_t now_ms, int64_t expires_at_ms)
{
    int64_t expires_s = expires_at_ms / 1000;

    active_settle(active, now_ms);
    if (expires_s <= active->now_s)
        return; /* it has ended by itself */
    active->ending[expires_s % ACTIVE_SECONDS]--;
    active->count--;
}

int32_t room_left(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int64_t left;

    if (!settings->has_max_active)
        return INT32_MAX;
    active_settle(&room->active, ts_now_ms(call));
    left = settings->max_active - (int64_t)room->active.count - (int64_t)room->called_count;
    return left > 0 ? (int32_t)left : 0;
}

/* ---- the cursor */

void room_charge(struct ts_call *call, struct room *room, const Waitroom__Room *settings,
                 const Waitroom__Cursor *cursor)
{
    if (ts_now_ms(call) >= cursor->at_ms + TURN_LAPSES_MS)
        return;
    for (size_t at = 0; at + LINE_ID_SIZE <= cursor->called.len; at += LINE_ID_SIZE) {
        const char *entry_id = ts_id_from_bytes(call, "wai", cursor->called.data + at);
        struct waiter *waiter = room_meet(call, room, settings, entry_id);

        if (!waiter || waiter->state != WAITER_WAITS || waiter->charged)
            continue;
        waiter->charged = true;
        called_add(room, (uint32_t)(waiter - room->line.waiters), cursor->at_ms);
    }
}

void room_adopt(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const Waitroom__Cursor *cursor,
                int64_t version)
{
    struct mark mark;

    if (version <= room->cursor_version || !mark_parse(cursor->mark, &mark))
        return;
    called_settle(call, room, cursor->at_ms); /* the credit that was put knows of it */
    room_charge(call, room, settings, cursor);
    room->mark = mark;
    room->passed = line_passed(&room->line, &mark);
    room->cursor_version = version;
    room->cursor_due_ms = cursor->has_due_ms ? cursor->due_ms : 0;
    room->stepped_ms = room->called_on_ms = cursor->at_ms;
    room->pace = (struct pace){ cursor->at_ms, cursor->credit, cursor->pace_permille };
    steps_add(&room->steps, cursor->at_ms, room->passed);
}

static void tell(struct ts_call *call, const struct waiter *waiter)
{
    Waitroom__PlaceChanged changed = WAITROOM__PLACE_CHANGED__INIT;

    changed.place_id = (char *)ts_id_from_bytes(call, "wai", waiter->id);
    ts_publish(call, &changed.base);
}

/* ---- who came back after his turn */

static void owed_add(struct room *room, struct waiter *waiter)
{
    if (waiter->owed)
        return;
    if (room->owed_count == room->owed_room) {
        room->owed_room = room->owed_room ? 2 * room->owed_room : 64;
        room->owed = ts_memory_resize(room->owed, room->owed_room * sizeof(*room->owed));
    }
    waiter->owed = true;
    room->owed[room->owed_count++] = (uint32_t)(waiter - room->line.waiters);
}

static bool is_absent(const struct waiter *waiter, uint32_t now_s)
{
    return now_s > waiter->seen_s + ABSENT_MS / 1000;
}

/* Who has been called meanwhile, or has gone again, is owed nothing. */
static void owed_settle(struct ts_call *call, struct room *room)
{
    uint32_t now_s = room_now_s(call, room);
    size_t kept = 0;

    for (size_t i = 0; i < room->owed_count; i++) {
        struct waiter *waiter = &room->line.waiters[room->owed[i]];

        waiter->owed = waiter->state == WAITER_WAITS && !waiter->charged && !is_absent(waiter, now_s);
        if (waiter->owed)
            room->owed[kept++] = room->owed[i];
    }
    room->owed_count = kept;
}

/* ---- calling on */

/* What one step comes to. */
struct plan {
    struct mark mark;
    uint32_t passed;
    uint32_t *slots; /* those who are called */
    size_t count, turns;
    int64_t due_ms; /* 0: nobody waits */
};

/* Until credit for one more has come together, in whole steps. */
static int64_t pause_ms(const struct room *room, const Waitroom__Room *settings, int64_t credit)
{
    int64_t missing = TURN_COST - credit, rate = (int64_t)settings->admit_per_minute * room->pace.permille * STEP_MS;
    int64_t wait_ms = missing > 0 ? (missing + rate - 1) / rate * STEP_MS : STEP_MS;

    return wait_ms < DUE_MS_MAX ? wait_ms : DUE_MS_MAX;
}

/*
 * The turns there are, to those first who came back. Who follows may be a turn ahead of the credit: else who leads, and
 * calls new people whenever there is some, would leave none for those who come back elsewhere.
 */
static void plan_begin(struct ts_call *call, struct room *room, const Waitroom__Room *settings, bool follows,
                       struct plan *plan)
{
    struct pace pace = room->pace;
    int32_t turns;

    pace.credit += follows ? TURN_COST : 0;
    turns = pace_turns(&pace, room_left(call, room, settings));
    *plan = (struct plan){ .mark = room->mark, .passed = room->passed, .due_ms = room->cursor_due_ms };
    plan->turns = (size_t)(turns < CALLED_MAX ? turns : CALLED_MAX);
    plan->slots = TS_NEW_ARRAY(call->arena, uint32_t, plan->turns + 1);
    for (; plan->count < plan->turns && plan->count < room->owed_count; plan->count++)
        plan->slots[plan->count] = room->owed[plan->count];
}

/* The rest of the turns to the next in line. */
static void plan_line(struct ts_call *call, struct room *room, const Waitroom__Room *settings, struct plan *plan)
{
    uint32_t now_s = room_now_s(call, room), end = room->passed + LOOKED_AT_MAX;

    for (; plan->passed < room->line.count && plan->passed < end; plan->passed++) {
        struct waiter *waiter = line_at(&room->line, plan->passed);

        if (waiter->state != WAITER_WAITS || is_absent(waiter, now_s))
            continue;
        if (plan->count == plan->turns)
            break;
        plan->slots[plan->count++] = (uint32_t)(waiter - room->line.waiters);
    }
    if (plan->passed != room->passed)
        plan->mark = line_mark(&room->line, plan->passed);
    plan->due_ms = 0;
    if (plan->passed < room->line.count)
        plan->due_ms = ts_now_ms(call) + pause_ms(room, settings, room->pace.credit - (int64_t)plan->count * TURN_COST);
}

/* Whom the plan calls, as bytes. */
static ProtobufCBinaryData plan_names(struct ts_call *call, const struct room *room, const struct plan *plan)
{
    uint8_t *names = TS_NEW_ARRAY(call->arena, uint8_t, plan->count * LINE_ID_SIZE + 1);

    for (size_t i = 0; i < plan->count; i++)
        memcpy(names + i * LINE_ID_SIZE, room->line.waiters[plan->slots[i]].id, LINE_ID_SIZE);
    return (ProtobufCBinaryData){ plan->count * LINE_ID_SIZE, names };
}

static int plan_put(struct ts_call *call, struct room *room, const struct plan *plan)
{
    Waitroom__Cursor cursor = WAITROOM__CURSOR__INIT;
    char text[LINE_MARK_SIZE];

    cursor.queue = room->queue;
    cursor.mark = mark_format(&plan->mark, text);
    cursor.has_at_ms = cursor.has_credit = cursor.has_pace_permille = true;
    cursor.at_ms = room->pace.at_ms;
    cursor.credit = room->pace.credit - (int64_t)plan->count * TURN_COST;
    cursor.pace_permille = room->pace.permille;
    cursor.has_due_ms = plan->due_ms != 0;
    cursor.due_ms = plan->due_ms;
    cursor.has_called = plan->count != 0;
    cursor.called = plan_names(call, room, plan);
    return store_put_cursor(call, &cursor, room->cursor_version);
}

/* It is written: whoever was planned has been called. The line may have grown meanwhile, so the mark counts. */
static void plan_apply(struct ts_call *call, struct room *room, const struct plan *plan)
{
    struct waitroom *waitroom = call->state;

    room->cursor_version++;
    room->cursor_due_ms = plan->due_ms;
    room->mark = plan->mark;
    room->passed = line_passed(&room->line, &plan->mark);
    room->pace.credit -= (int64_t)plan->count * TURN_COST;
    for (size_t i = 0; i < plan->count; i++) {
        struct waiter *waiter = &room->line.waiters[plan->slots[i]];

        waiter->charged = true;
        called_add(room, plan->slots[i], room->pace.at_ms);
        tell(call, waiter);
    }
    ts_metric_add(waitroom->metrics.called, (int64_t)plan->count);
}

static int take_over(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    Waitroom__Cursor *cursor;
    int64_t version;
    int r = store_get_cursor(call, room->queue, &cursor, &version);

    if (r == 0 && cursor)
        room_adopt(call, room, settings, cursor, version);
    return r;
}

/* Is there anything to be written: somebody called, or a time to look again that the host does not know of? */
static bool is_news(struct ts_call *call, const struct room *room, const struct plan *plan, bool follows)
{
    if (plan->count || plan->passed != room->passed)
        return true;
    if (follows)
        return false;
    return plan->due_ms ? room->cursor_due_ms <= ts_now_ms(call) : room->cursor_due_ms != 0;
}

/* Return: 0; STORE_CONFLICT: somebody else put that version, and it has been taken over; a ts_error. */
static int step_once(struct ts_call *call, struct room *room, const Waitroom__Room *settings, bool follows)
{
    struct plan plan;
    int r;

    pace_earn(&room->pace, settings->admit_per_minute, ts_now_ms(call));
    called_settle(call, room, ts_now_ms(call));
    owed_settle(call, room);
    plan_begin(call, room, settings, follows, &plan);
    if (!follows)
        plan_line(call, room, settings, &plan);
    if (!is_news(call, room, &plan, follows))
        return 0;
    r = plan_put(call, room, &plan);
    if (r == STORE_CONFLICT) {
        r = take_over(call, room, settings);
        return r ? r : STORE_CONFLICT;
    }
    if (r == 0)
        plan_apply(call, room, &plan);
    return r;
}

int room_step(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int64_t now_ms = ts_now_ms(call);
    bool follows = !ts_leads(call) && now_ms < room->called_on_ms + FOLLOW_MS;
    int r = follows ? take_over(call, room, settings) : 0;

    if (r)
        return r;
    room->stepped_ms = now_ms;
    if (!follows) {
        room->called_on_ms = now_ms;
        pace_adapt(&room->pace, now_ms < room->hold_told_ms + HOLD_TOLD_MS ? room->hold_ms : -1);
    }
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = step_once(call, room, settings, follows);
    if (r == 0 && !follows)
        steps_add(&room->steps, now_ms, room->passed);
    return r == STORE_CONFLICT ? 0 : r;
}

/* ---- coming in */

bool room_owe(struct ts_call *call, struct room *room, const Waitroom__Room *settings, uint32_t rank)
{
    struct waiter *waiter = line_at(&room->line, rank);

    if (waiter->state != WAITER_WAITS || waiter->charged)
        return false;
    owed_add(room, waiter);
    pace_earn(&room->pace, settings->admit_per_minute, ts_now_ms(call));
    if (pace_turns(&room->pace, room_left(call, room, settings)) < 1)
        return false;
    room->stepped_ms = 0;
    return true;
}

bool room_let_in(struct room *room, uint32_t rank)
{
    struct waiter *waiter = line_at(&room->line, rank);

    if (!waiter->charged)
        return false;
    waiter->state = WAITER_IN;
    return true;
}

void room_give_back(struct room *room, uint32_t rank)
{
    line_at(&room->line, rank)->state = WAITER_WAITS;
}

int cursor_due(struct ts_call *call, const char *queue)
{
    char *event_id = ts_strndup(call->arena, queue, TS_ID_LENGTH);
    const Waitroom__Room *settings;
    Waitroom__Cursor *cursor;
    struct room *room;
    int64_t version;
    int r = store_get_room(call, event_id, &settings, &version);

    if (r)
        return r;
    if (settings && settings->enabled &&
        strcmp(queue, ts_printf(call->arena, "%s/%d", event_id, settings->round)) == 0) {
        room = room_find(call, event_id);
        if (room && room->cursor_due_ms <= ts_now_ms(call))
            room->stepped_ms = 0; /* whoever asked a moment ago had no reason to write */
        return room_ready(call, settings, &room);
    }
    r = store_get_cursor(call, queue, &cursor, &version);
    if (r || !cursor || !cursor->has_due_ms)
        return r;
    cursor->has_due_ms = false; /* of a round that is over: nobody waits there any more */
    r = store_put_cursor(call, cursor, version);
    return r == STORE_CONFLICT ? 0 : r;
}
