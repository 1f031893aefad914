/* One hold and its states: every change is a compare-and-set on the version that was looked at, decided by rules.h. */
#ifndef INVENTORY_HOLD_H
#define INVENTORY_HOLD_H

#include "places.h"
#include "rules.h"

struct transition {
    enum transition_kind {
        TRANSITION_KEEP,   /* for order_id until expires_at_ms */
        TRANSITION_SELL,   /* to order_id */
        TRANSITION_FREE,   /* of order_id when it has one; a sold one only with `sold` */
        TRANSITION_LAPSE,  /* if its time is over */
        TRANSITION_EXTEND, /* its buyer is active */
        TRANSITION_CLOSE,  /* an OPEN one, whatever its time: its date is closed */
        TRANSITION_NEXT,   /* a dead one is followed by next_id, when it names seen_id now; until expires_at_ms */
    } kind;
    char *order_id;
    int64_t expires_at_ms;
    const char *seen_id;
    char *next_id;
    bool sold;
    enum change change; /* out: what came of it */
};

/*
 * Change the hold, looking again when somebody else changes it meanwhile; tell the maps and the world.
 * Return: 0 and *ret_hold as it is now, NULL when it was never written; TS_EABORTED; another ts_error.
 */
int hold_change(struct ts_call *call, const char *id, struct transition *transition, Inventory__Hold **ret_hold);

/*
 * A hold that was never written is ended before it begins, so that nobody can make it any more.
 * Return: 0; STORE_CONFLICT: it is there; a ts_error.
 */
int hold_end_unwritten(struct ts_call *call, const char *id);

/*
 * One fiber after another: several that work at one hold would only meet each other's versions. Turns are not taken
 * inside each other. Return: 0, it is this fiber's until hold_turn_end(); HOLD_TURN_WAITED: another had it: look again;
 * a ts_error.
 */
enum { HOLD_TURN_WAITED = 1 };
int hold_turn_begin(struct ts_call *call, const char *id, struct hold_turn *turn);
void hold_turn_end(struct ts_call *call, struct hold_turn *turn);

/* The hold whose right the token is, or NULL in *ret_hold. */
int hold_by_token(struct ts_call *call, const char *token, Inventory__Hold **ret_hold);

/* The public view; `token` only for who has just made it. */
Inventory__HoldView *hold_view(struct ts_call *call, const Inventory__Hold *hold, bool token);

/* Say that the counts of the hold's quotas have changed. */
void hold_publish(struct ts_call *call, const Inventory__Hold *hold);

/* Of ts_due: a hold whose time has come. */
int hold_due(struct ts_call *call, const char *id);

#endif
