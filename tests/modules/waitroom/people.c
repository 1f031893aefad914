#include "people.h"

#include <string.h>

#include "support/test.h"
#include "tessera/clock.h"

Waitroom__SetRoomRequest room_in_an_hour(struct ts_call *call, const char *event_id)
{
    Waitroom__SetRoomRequest request = room_now(call, event_id);

    request.starts_at += TS_HOUR_MS;
    request.has_pre_queue_from = true;
    request.pre_queue_from = ts_now_ms(call);
    return request;
}

Waitroom__SetRoomRequest room_now(struct ts_call *call, const char *event_id)
{
    Waitroom__SetRoomRequest request = WAITROOM__SET_ROOM_REQUEST__INIT;

    request.event_id = (char *)event_id;
    request.has_enabled = request.enabled = request.has_starts_at = true;
    request.starts_at = ts_now_ms(call);
    return request;
}

void set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request)
{
    const Waitroom__SetRoomReply *reply;

    assert_int_equal(waitroom_set_room(call, request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
}

const Waitroom__JoinRoomReply *try_join(struct ts_call *call, const Waitroom__JoinRoomRequest *request)
{
    const Waitroom__JoinRoomReply *reply;

    assert_int_equal(waitroom_join_room(call, request, &reply), 0);
    return reply;
}

const Waitroom__PlaceView *come(struct ts_call *call, const char *event_id)
{
    Waitroom__JoinRoomRequest request = WAITROOM__JOIN_ROOM_REQUEST__INIT;
    const Waitroom__JoinRoomReply *reply;

    request.event_id = (char *)event_id;
    reply = try_join(call, &request);
    assert_int_equal(reply->n_refusals, 0);
    assert_non_null(reply->place->token);
    return reply->place;
}

const Waitroom__PlaceView *ask(struct ts_call *call, const char *token)
{
    Waitroom__GetPlaceRequest request = WAITROOM__GET_PLACE_REQUEST__INIT;
    const Waitroom__GetPlaceReply *reply;

    request.token = (char *)token;
    assert_int_equal(waitroom_get_place(call, &request, &reply), 0);
    if (reply->place)
        assert_null(reply->place->token);
    return reply->place;
}

Waitroom__PlaceState state_of(struct ts_call *call, const char *token)
{
    const Waitroom__PlaceView *place = ask(call, token);

    assert_non_null(place);
    assert_int_equal(place->pass != NULL, place->state == STATE(ADMITTED));
    return place->state;
}

void leave(struct ts_call *call, const char *token)
{
    Waitroom__LeaveRoomRequest request = WAITROOM__LEAVE_ROOM_REQUEST__INIT;
    const Waitroom__LeaveRoomReply *reply;

    request.token = (char *)token;
    assert_int_equal(waitroom_leave_room(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    assert_true(reply->left);
}

struct crowd crowd_come(struct ts_call *call, const char *event_id, size_t count)
{
    struct crowd crowd = { TS_NEW_ARRAY(call->arena, struct person, count), count, 0 };

    for (size_t i = 0; i < count; i++) {
        const Waitroom__PlaceView *place = come(call, event_id);

        crowd.people[i].token = place->token;
        crowd.people[i].id = place->id;
        if (place->state == STATE(ADMITTED))
            crowd.people[i].admitted_nth = ++crowd.admitted;
    }
    return crowd;
}

unsigned crowd_ask(struct ts_call *call, struct crowd *crowd)
{
    unsigned before = crowd->admitted;

    for (size_t i = 0; i < crowd->count; i++) {
        struct person *person = &crowd->people[i];

        if (person->away || person->admitted_nth || state_of(call, person->token) != STATE(ADMITTED))
            continue;
        person->admitted_nth = ++crowd->admitted;
        person->admitted_at_ms = ts_now_ms(call);
    }
    return crowd->admitted - before;
}
