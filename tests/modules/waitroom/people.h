/*
 * People who come to a waiting room, by the module's own stubs. Each function asserts that it went well; what it
 * returns lives in call->arena.
 */
#ifndef WAITROOM_PEOPLE_H
#define WAITROOM_PEOPLE_H

#include "support/fiber_test.h"
#include "waitroom/v1/waitroom.rpc.h"

#define STATE(name) WAITROOM__PLACE_STATE__PLACE_STATE_##name

/* A request that switches the room on, to be changed by the test: in an hour, after a pre-queue that is open now. */
Waitroom__SetRoomRequest room_in_an_hour(struct ts_call *call, const char *event_id);
/* The same, open from now on. */
Waitroom__SetRoomRequest room_now(struct ts_call *call, const char *event_id);
void set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request);

/* Somebody comes. Return: the place, with its token. */
const Waitroom__PlaceView *come(struct ts_call *call, const char *event_id);

/* As it comes back, refusals and all. */
const Waitroom__JoinRoomReply *try_join(struct ts_call *call, const Waitroom__JoinRoomRequest *request);

/* Whoever has the token asks. NULL: there is no such place. */
const Waitroom__PlaceView *ask(struct ts_call *call, const char *token);
Waitroom__PlaceState state_of(struct ts_call *call, const char *token);
void leave(struct ts_call *call, const char *token);

/* `count` people who came one after the other, and what became of them. */
struct person {
    const char *token, *id;
    bool away;             /* does not ask */
    unsigned admitted_nth; /* counted from 1; 0: not yet */
    int64_t admitted_at_ms;
};
struct crowd {
    struct person *people;
    size_t count;
    unsigned admitted;
};
struct crowd crowd_come(struct ts_call *call, const char *event_id, size_t count);

/* Everybody who is there asks once, and whoever is let in is noted. Return: how many that were. */
unsigned crowd_ask(struct ts_call *call, struct crowd *crowd);

#endif
