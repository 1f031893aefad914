/*
 * The decisions of a waiting room, pure: what settings are legal, what a room is at a time, who is before whom, how
 * many may go in now, how long it will take. No clock, store or bus: everything they look at is an argument.
 */
#ifndef WAITROOM_RULES_H
#define WAITROOM_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "tessera/clock.h"
#include "waitroom/v1/waitroom.pb-c.h"

enum {
    ADMIT_PER_MINUTE_DEFAULT = 60,
    ADMIT_PER_MINUTE_MAX = 60000, /* a thousand a second: above what one store's holds take */
    MAX_ACTIVE_MAX = 1000000,
    PASS_MINUTES_DEFAULT = 10,
    PASS_MINUTES_MAX = 60, /* as long as a hold may last */
    PLACES_PER_PASS_DEFAULT = 10,
    PLACES_PER_PASS_MAX = 500,   /* of one hold */
    ENTRIES_PER_PERSON_MAX = 64, /* each is a row to look at */
    MESSAGE_SIZE_MAX = 2000,
    BYPASS_CODES_MAX = 1000,
    BYPASS_CODE_SIZE_MAX = 64,
    BYPASS_USES_MAX = 1000,
};

#define PRE_QUEUE_MS_MAX (60 * (int64_t)TS_DAY_MS) /* places are kept for longer (store.c) */

/* Why something is refused; one row each in refusals[] of rules.c. */
enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_START_MISSING,
    REFUSAL_PRE_QUEUE,
    REFUSAL_BEGUN,
    REFUSAL_RATE,
    REFUSAL_MAX_ACTIVE,
    REFUSAL_PASS_MINUTES,
    REFUSAL_PLACES,
    REFUSAL_ENTRIES_ACCOUNT,
    REFUSAL_ENTRIES_EMAIL,
    REFUSAL_ENTRIES_ADDRESS,
    REFUSAL_MESSAGE,
    REFUSAL_CODES,
    REFUSAL_CODE_USES,
    REFUSAL_NO_ROOM,
    REFUSAL_NOT_OPEN,
    REFUSAL_FULL,
    REFUSAL_EMAIL,
    REFUSAL_CODE_UNKNOWN,
    REFUSAL_CODE_USED_UP,
    REFUSAL_PERSON_ACCOUNT,
    REFUSAL_PERSON_EMAIL,
    REFUSAL_PERSON_ADDRESS,
    REFUSAL_NO_PLACE,
    REFUSAL_PASS_MISSING,
    REFUSAL_PASS_FORGED,
    REFUSAL_PASS_OTHER_EVENT,
    REFUSAL_PASS_OTHER_PERSON,
    REFUSAL_PASS_OVER,
    REFUSAL_PASS_PLACES,
    REFUSAL_COUNT,
};
Common__ErrorCode refusal_code(enum refusal refusal);
const char *refusal_text(enum refusal refusal);
/* The input that it is about, as a client wrote it. */
const char *refusal_path(enum refusal refusal);

/* A set of refusals. */
#define REFUSAL(name) (UINT64_C(1) << REFUSAL_##name)
_Static_assert(REFUSAL_COUNT <= 64, "a set is one word");

/* What an input says of its own accord, whatever the room is. */
uint64_t settings_check(const Waitroom__SetRoomRequest *request);

/*
 * The room's next version: what the input names changes, what it clears is absent. `room` is the one before (its
 * event_id alone when there was none). Begins a new round when it goes on, whose secrets are still to be made.
 * Return: 0 and *room changed; else what is refused, and *room is of no use.
 */
uint64_t settings_apply(const Waitroom__SetRoomRequest *request, int64_t now_ms, Waitroom__Room *room);

/* A pass as its text says it, and what the documents say of its place (NULL: there is none). */
struct pass;
enum refusal pass_check(const struct pass *pass, const char *event_id, const char *account_hash, int64_t now_ms);
enum refusal pass_entry_check(const Waitroom__Entry *entry, const char *queue, int64_t now_ms);

/* What the room is at a time: OFF, NOT_OPEN, PRE_QUEUE or OPEN. */
Waitroom__RoomState room_state(const Waitroom__Room *room, int64_t now_ms);

#endif
