/* The handlers, for module.c: one per rpc of waitroom.proto. */
#ifndef WAITROOM_API_H
#define WAITROOM_API_H

#include "waitroom/v1/waitroom.rpc.h"

/* ---- api_room.c: what a promoter sets, and what everybody sees of it */
int set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request, Waitroom__SetRoomReply *ret_reply);
int get_rooms(struct ts_call *call, const Waitroom__EventIdsRequest *request, Waitroom__GetRoomsReply *ret_reply);

#endif
