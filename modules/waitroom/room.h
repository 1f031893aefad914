/*
 * A room's round in memory: its line, how far that was called, who is active. All of it is made from the documents and
 * can be thrown away; what is decided (who is in, how far the line was called) is put before anybody hears of it.
 */
#ifndef WAITROOM_ROOM_H
#define WAITROOM_ROOM_H

#include "line.h"
#include "pace.h"
#include "tessera/call.h"
#include "tessera/log.h"
#include "tessera/wait.h"
#include "waitroom/v1/waitroom.pb-c.h"

enum { QUEUE_SIZE = 48 }; /* an event's id, a slash, a number */

/* Somebody who was called, and what his turn cost has not come back yet. */
struct called {
    uint32_t slot;
    int64_t at_ms;
};

/* How many have a pass, by the second in which it ends: a ring that is a little longer than passes are. */
enum { ACTIVE_SECONDS = 62 * 60 };
struct active {
    uint32_t ending[ACTIVE_SECONDS];
    int64_t now_s; /* what ends before it has ended */
    uint32_t count;
};

struct room {
    struct room *next;
    char event_id[32];
    char queue[QUEUE_SIZE];
    int32_t round;
    int64_t born_ms;
    struct line line;
    struct mark mark;
    uint32_t passed; /* ranks below it stand up to the mark */
    struct pace pace;
    struct steps steps;
    struct called *called;
    size_t called_count, called_room;
    uint32_t *owed; /* slots of those who came back after their turn: called in that order, before anybody new */
    size_t owed_count, owed_room;
    struct line guests; /* who came by a code: nobody's turn, but active as all are */
    struct active active;

    /* the cursor as it was last read or put */
    int64_t cursor_version, cursor_due_ms;
    int64_t stepped_ms;
    int64_t called_on_ms; /* by whoever leads */

    /* how far the documents have been read */
    char *load_cursor; /* of a load that was cut off by its caller's deadline */
    bool loaded;       /* the places */
    bool open;         /* it has started, and the line is drawn and called as far as it was */
    int64_t heard_ms;  /* of the last look for what other processes wrote */
    int64_t look_every_ms;

    /* sales, as inventory feels them */
    int32_t hold_ms; /* negative: not told of late */
    int64_t hold_told_ms;

    bool busy; /* a fiber loads, draws or steps */
    struct ts_waiters waiters;
};

struct waitroom {
    struct room *rooms;
    struct {
        struct ts_metric *joined, *admitted, *bypassed, *left, *ordered, *called, *lapsed, *refused;
    } metrics;
};

int waitroom_start(struct ts_call *call, void **ret_state);
void waitroom_stop(void *state);

/* Give the memory of a room back that is switched off. */
void room_forget(struct ts_call *call, const Waitroom__Room *settings);

/* In memory already, or NULL. */
struct room *room_find(struct ts_call *call, const char *event_id);

/*
 * The round that `settings` speak of: read from the documents, its line drawn once it has started, and called on if
 * that is due. The room may be used until the next wait.
 * Return: 0 and *ret_room; a ts_error.
 */
int room_ready(struct ts_call *call, const Waitroom__Room *settings, struct room **ret_room);

/* He stands in the line from here on. Return: NULL when he came by a code, or the line is full. */
struct waiter *room_meet(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const char *entry_id);

/* Bring memory up to date with a place's document, however old the news; nothing is drawn while it runs. */
void room_hear(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const Waitroom__Entry *entry);

/* As room_hear(), once no draw is under way. Return: 0; a ts_error. */
int room_hear_soon(struct ts_call *call, const Waitroom__Room *settings, const Waitroom__Entry *entry);

/* Somebody came: if nobody is waited for so far, the line is called as soon as the room is next used. */
void room_wake(struct ts_call *call, const Waitroom__Room *settings);

/* The rank of a place; LINE_NONE when it does not stand in the line. */
uint32_t room_rank(const struct room *room, const Waitroom__Room *settings, const char *entry_id);

uint32_t room_now_s(struct ts_call *call, const struct room *room);

/* ---- turns.c: calling the line */

/* A pass until then. Return: false when it is past its time, or so far ahead of it that it is nobody's yet. */
bool active_add(struct active *active, int64_t now_ms, int64_t expires_at_ms);
/* The pass that was added is over. */
void active_drop(struct active *active, int64_t now_ms, int64_t expires_at_ms);

/* Adopt the cursor as it was written elsewhere, or before; a version that is known is no news. */
void room_adopt(struct ts_call *call, struct room *room, const Waitroom__Room *settings, const Waitroom__Cursor *cursor,
                int64_t version);

/* Whom that version calls has been called, and paid for by whoever put it. */
void room_charge(struct ts_call *call, struct room *room, const Waitroom__Room *settings,
                 const Waitroom__Cursor *cursor);

/* Call whoever may come now, and put how far that was; at most once a STEP_MS. The caller is the busy one. */
int room_step(struct ts_call *call, struct room *room, const Waitroom__Room *settings);

/* How many may go in beside those who are in or have been called: INT32_MAX without a bound. */
int32_t room_left(struct ts_call *call, struct room *room, const Waitroom__Room *settings);

/*
 * He was passed over, or his turn has lapsed: he is to be called before anybody new. Return: whether room_ready() can
 * do that now.
 */
bool room_owe(struct ts_call *call, struct room *room, const Waitroom__Room *settings, uint32_t rank);

/* Somebody comes whose place has been passed: may he go in? Only who has been called. */
bool room_let_in(struct room *room, uint32_t rank);

/* He did not go in after all. */
void room_give_back(struct room *room, uint32_t rank);

/* ts_due of cursors: somebody waits. */
int cursor_due(struct ts_call *call, const char *queue);

#endif
