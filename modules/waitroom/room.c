/* Rooms in memory, and reading them back; see room.h. */
#include "room.h"

#include <stdio.h>
#include <string.h>

#include "rules.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/memory.h"

enum {
    DRAW_SLICE = 4096,         /* moves between two looks at the clock */
    LOOK_EVERY_MS = 1000,      /* for what other processes wrote, when they write */
    LOOK_EVERY_MS_MAX = 10000, /* when nothing was found */
    LOOK_BACK_MS = 5000,       /* what was written so late that an earlier look missed it */
};

/* ---- the module's state */

int waitroom_start(struct ts_call *call, void **ret_state)
{
    static const char name[] = "tessera_waitroom_places_total",
                      help[] = "Places in waiting rooms, by what became of them.";
    struct waitroom *waitroom = ts_memory_new(1, sizeof(*waitroom));

#define COUNTER(field)                                                                                                 \
    waitroom->metrics.field = ts_metric_new(call, TS_METRIC_COUNTER, name, "event=\"" #field "\"", help)
    COUNTER(joined);
    COUNTER(admitted);
    COUNTER(bypassed);
    COUNTER(left);
    COUNTER(ordered);
    COUNTER(called);
    COUNTER(lapsed);
    COUNTER(refused);
#undef COUNTER
    *ret_state = waitroom;
    return 0;
}

static void room_clear(struct room *room)
{
    line_done(&room->line);
    ts_memory_free(room->called);
    ts_memory_free(room->owed);
    line_done(&room->guests);
    ts_memory_free(room->load_cursor);
}

void waitroom_stop(void *state)
{
    struct waitroom *waitroom = state;

    while (waitroom && waitroom->rooms) {
        struct room *room = waitroom->rooms;

        waitroom->rooms = room->next;
        room_clear(room);
        ts_memory_free(room);
    }
    ts_memory_free(waitroom);
}

struct room *room_find(struct ts_call *call, const char *event_id)
{
    struct waitroom *waitroom = call->state;

    for (struct room *room = waitroom->rooms; room; room = room->next) {
        if (strcmp(room->event_id, event_id) == 0)
            return room;
    }
    return NULL;
}

/* Begin a round with nothing known of it. */
static void room_reset(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    struct room *next = room->next;
    struct ts_waiters waiters = room->waiters;

    room_clear(room);
    memset(room, 0, sizeof(*room)); /* too large to be made on a fiber's stack first */
    room->next = next;
    room->waiters = waiters;
    room->round = settings->round;
    room->born_ms = ts_now_ms(call);
    room->look_every_ms = LOOK_EVERY_MS;
    room->hold_ms = -1;
    room->pace = (struct pace){ .at_ms = settings->starts_at_ms, .permille = PACE_FULL };
    (void)snprintf(room->event_id, sizeof(room->event_id), "%s", settings->event_id);
    (void)snprintf(room->queue, sizeof(room->queue), "%s/%d", settings->event_id, settings->round);
    line_init(&room->line, settings->starts_at_ms);
    line_init(&room->guests, /* starts_at_ms= */ 0);
}

void room_forget(struct ts_call *call, const Waitroom__Room *settings)
{
    struct room *room = room_find(call, settings->event_id);

    if (room && !room->busy)
        room_reset(call, room, settings);
}

static struct room *room_get(struct ts_call *call, const Waitroom__Room *settings)
{
    struct waitroom *waitroom = call->state;
    struct room *room = room_find(call, settings->event_id);

    if (room)
        return room;
    room = ts_memory_new(1, sizeof(*room));
    room->next = waitroom->rooms;
    waitroom->rooms = room;
    room_reset(call, room, settings);
    return room;
}

uint32_t room_now_s(struct ts_call *call, const struct room *room)
{
    int64_t elapsed_ms = ts_now_ms(call) - room->born_ms;

    return elapsed_ms > 0 ? (uint32_t)(elapsed_ms / 1000) : 0;
}

/* ---- hearing of places */

static uint64_t key_of(const struct room *room, const Waitroom__Room *settings, const char *entry_id,
                       const uint8_t id[LINE_ID_SIZE])
{
    return line_is_early(&room->line, id) ? line_key(settings->secret_seed, entry_id) : 0;
}

uint32_t room_rank(const struct room *room, const Waitroom__Room *settings, const char *entry_id)
{
    uint8_t id[LINE_ID_SIZE];

    ts_id_bytes(entry_id, id);
    return line_find(&room->line, id, key_of(room, settings, entry_id, id));
}

/* The place stands in the line from here on. Whoever is heard of late and stands before the mark has had his turn. */
static struct waiter *stand(struct ts_call *call, struct room *room, uint64_t key, const uint8_t id[LINE_ID_SIZE])
{
    uint32_t slot = line_add(&room->line, id, key, room_now_s(call, room));
    uint32_t rank = line_find(&room->line, id, key);

    if (rank == LINE_NONE)
        return NULL;
    if (slot != LINE_NONE && room->line.drawn && line_passed(&room->line, &room->mark) > room->passed) {
        room->passed++;
        steps_shift(&room->steps, rank);
    }
    return line_at(&room->line, rank);
}

/* He never stood in the line; who knew only that he came has put him there, and nobody waits for him. */
static struct waiter *stand_aside(struct room *room, uint64_t key, const uint8_t id[LINE_ID_SIZE])
{
    uint32_t rank = line_find(&room->line, id, key);

    if (rank != LINE_NONE)
        line_at(&room->line, rank)->state = WAITER_OVER;
    (void)line_add(&room->guests, id, /* key= */ 0, /* now_s= */ 0);
    rank = line_find(&room->guests, id, /* key= */ 0);
    return rank == LINE_NONE ? NULL : line_at(&room->guests, rank);
}

void room_hear(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const Waitroom__Entry *entry)
{
    int64_t now_ms = ts_now_ms(call);
    uint8_t id[LINE_ID_SIZE];
    struct waiter *waiter;
    uint64_t key;

    ts_id_bytes(entry->id, id);
    key = key_of(room, settings, entry->id, id);
    waiter = entry->bypass ? stand_aside(room, key, id) : stand(call, room, key, id);
    if (!waiter) /* the room is full */
        return;
    if (entry->has_over_at_ms) {
        if (waiter->counted)
            active_drop(&room->active, now_ms, entry->expires_at_ms);
        waiter->counted = false;
        waiter->state = WAITER_OVER;
    } else if (entry->has_admitted_at_ms && waiter->state != WAITER_OVER) {
        waiter->state = WAITER_IN;
        if (!waiter->counted)
            waiter->counted = active_add(&room->active, now_ms, entry->expires_at_ms);
    }
}

struct waiter *room_meet(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const char *entry_id)
{
    uint8_t id[LINE_ID_SIZE];

    ts_id_bytes(entry_id, id);
    if (line_find(&room->guests, id, /* key= */ 0) != LINE_NONE)
        return NULL;
    return stand(call, room, key_of(room, settings, entry_id, id), id);
}

int room_hear_soon(struct ts_call *call, const Waitroom__Room *settings, const Waitroom__Entry *entry)
{
    struct room *room = room_get(call, settings);

    while (room->busy && !room->open) {
        int r = ts_wait(call, &room->waiters);

        if (r)
            return r;
    }
    if (room->round == settings->round && room->loaded)
        room_hear(call, room, settings, entry);
    return 0;
}

void room_wake(struct ts_call *call, const Waitroom__Room *settings)
{
    struct room *room = room_find(call, settings->event_id);

    if (room && room->open && room->cursor_due_ms == 0)
        room->stepped_ms = 0;
}

/* ---- reading back */

/* A walk over a queue's places. */
struct walk {
    enum entry_order order;
    int64_t from_ms;
    const char *cursor;
    unsigned news; /* places that were not known */
};

/* Hear the next page. Return: 0 and *ret_more; a ts_error. */
static int hear_page(struct ts_call *call, struct room *room, const Waitroom__Room *settings, struct walk *walk,
                     bool *ret_more)
{
    struct entry_page page;
    int r = store_list_entries(call, room->queue, walk->order, walk->from_ms, walk->cursor, &page);

    if (r)
        return r;
    for (size_t i = 0; i < page.count; i++) {
        uint32_t before = room->line.count;

        if (page.entries)
            room_hear(call, room, settings, page.entries[i]);
        else
            (void)room_meet(call, room, settings, page.ids[i]);
        walk->news += room->line.count - before;
    }
    walk->cursor = page.cursor;
    *ret_more = page.more;
    return 0;
}

/* Who came, page by page; goes on where an earlier caller's deadline cut it off. */
static int load_ids(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        struct walk walk = { .order = BY_JOINED, .cursor = room->load_cursor };

        r = hear_page(call, room, settings, &walk, &more);
        if (r == 0 && walk.cursor) {
            char *cursor = ts_memory_string(walk.cursor);

            ts_memory_free(room->load_cursor);
            room->load_cursor = cursor;
        }
        ts_arena_reset(call->arena);
        ts_yield(call);
    }
    return r;
}

/* What became of them; of most nothing yet. */
static int load_changes(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    struct walk walk = { .order = BY_CHANGED };
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        r = hear_page(call, room, settings, &walk, &more);
        ts_yield(call);
    }
    return r;
}

/* What the cursor says, and when it came there; a drawn line is needed to know what that means. */
static int load_cursor(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int64_t from_ms = ts_now_ms(call) - TURN_KEPT_MS;
    const Waitroom__Cursor **cursors;
    size_t count;
    Waitroom__Cursor *newest;
    int64_t version;
    int r = store_list_cursors(call, room->queue, from_ms, &cursors, &count);

    for (size_t i = count; r == 0 && i-- > 1;) { /* the oldest first, the newest below */
        struct mark mark;

        room_charge(call, room, settings, cursors[i]);
        if (mark_parse(cursors[i]->mark, &mark))
            steps_add(&room->steps, cursors[i]->at_ms, line_passed(&room->line, &mark));
    }
    r = r ? r : store_get_cursor(call, room->queue, &newest, &version);
    if (r == 0 && newest)
        room_adopt(call, room, settings, newest, version);
    return r;
}

/* Run with memory of its own, which is gone after: a million documents do not stay until the reply. */
static int with_arena(struct ts_call *call, int (*run)(struct ts_call *, struct room *, const Waitroom__Room *),
                      struct room *room, const Waitroom__Room *settings)
{
    struct ts_arena *whole = ts_part_begin(call);
    int r = run(call, room, settings);

    ts_part_end(call, whole);
    return r < 0 ? ts_fail(call, r, "The waiting room could not be read.") : r;
}

static int load(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int r = with_arena(call, load_ids, room, settings);

    if (r == 0)
        r = with_arena(call, load_changes, room, settings);
    if (r == 0) {
        room->heard_ms = ts_now_ms(call);
        room->loaded = true;
    }
    return r;
}

static int draw(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int r;

    while (!line_draw(&room->line, DRAW_SLICE))
        ts_yield(call);
    r = with_arena(call, load_cursor, room, settings);
    room->open = r == 0;
    return r;
}

/* ---- what other processes wrote */

static int look_at(struct ts_call *call, struct room *room, const Waitroom__Room *settings, struct walk *walk)
{
    bool more = true;
    int r = 0;

    walk->from_ms = room->heard_ms - LOOK_BACK_MS;
    while (r == 0 && more) {
        r = hear_page(call, room, settings, walk, &more);
        ts_yield(call);
    }
    return r;
}

static int look(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    struct walk joined = { .order = BY_JOINED }, changed = { .order = BY_CHANGED };
    int64_t began_ms = ts_now_ms(call);
    int r = look_at(call, room, settings, &joined);

    if (r == 0)
        r = look_at(call, room, settings, &changed);
    if (r == 0)
        room->heard_ms = began_ms;
    if (r == 0 && room->open) {
        Waitroom__Cursor *cursor;
        int64_t version;

        r = store_get_cursor(call, room->queue, &cursor, &version);
        if (r == 0 && cursor)
            room_adopt(call, room, settings, cursor, version);
    }
    if (r)
        return r;
    room->look_every_ms = joined.news ? LOOK_EVERY_MS : room->look_every_ms * 2;
    if (room->look_every_ms > LOOK_EVERY_MS_MAX)
        room->look_every_ms = LOOK_EVERY_MS_MAX;
    return 0;
}

/* ---- ready */

/* Whose turn is about to lapse may have come to another process. */
static bool a_turn_lapses(const struct room *room, int64_t now_ms)
{
    int64_t lapses_ms = room->called_count ? room->called[0].at_ms + TURN_LAPSES_MS : INT64_MAX;

    return now_ms >= lapses_ms && room->heard_ms < lapses_ms;
}

static int upkeep(struct ts_call *call, struct room *room, const Waitroom__Room *settings)
{
    int64_t now_ms = ts_now_ms(call);
    int r = 0;

    if (now_ms >= room->heard_ms + room->look_every_ms || a_turn_lapses(room, now_ms))
        r = with_arena(call, look, room, settings);
    if (r == 0 && room->open && now_ms >= room->stepped_ms + STEP_MS)
        r = with_arena(call, room_step, room, settings);
    return r;
}

typedef int room_work(struct ts_call *call, struct room *room, const Waitroom__Room *settings);

/* What is to be done before the room can be used, NULL when nothing is. */
static room_work *work_needed(struct ts_call *call, const struct room *room, const Waitroom__Room *settings)
{
    if (!room->loaded)
        return load;
    return !room->open && ts_now_ms(call) >= settings->starts_at_ms ? draw : NULL;
}

static int do_work(struct ts_call *call, struct room *room, const Waitroom__Room *settings, room_work *work)
{
    int r;

    room->busy = true;
    r = work(call, room, settings);
    room->busy = false;
    ts_wake(&room->waiters);
    return r;
}

int room_ready(struct ts_call *call, const Waitroom__Room *settings, struct room **ret_room)
{
    struct room *room = room_get(call, settings);
    room_work *work;
    int r = 0;

    while (r == 0) {
        if (!room->busy && (room->round != settings->round || room->line.starts_at_ms != settings->starts_at_ms))
            room_reset(call, room, settings);
        work = work_needed(call, room, settings);
        if (!work && room->round == settings->round)
            break;
        r = room->busy ? ts_wait(call, &room->waiters) : do_work(call, room, settings, work);
    }
    if (r == 0 && !room->busy)
        r = do_work(call, room, settings, upkeep);
    *ret_room = room;
    return r;
}
