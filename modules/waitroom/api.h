/* The handlers, for module.c: one per rpc of waitroom.proto. */
#ifndef WAITROOM_API_H
#define WAITROOM_API_H

#include "rules.h"
#include "waitroom/v1/waitroom.rpc.h"

/* ---- api_room.c: what a promoter sets, and what everybody sees of it */
int set_room(struct ts_call *call, const Waitroom__SetRoomRequest *request, Waitroom__SetRoomReply *ret_reply);
int get_rooms(struct ts_call *call, const Waitroom__EventIdsRequest *request, Waitroom__GetRoomsReply *ret_reply);

/* ---- api_place.c: coming, asking, leaving */
int join_room(struct ts_call *call, const Waitroom__JoinRoomRequest *request, Waitroom__JoinRoomReply *ret_reply);
int leave_room(struct ts_call *call, const Waitroom__LeaveRoomRequest *request, Waitroom__LeaveRoomReply *ret_reply);
int get_place(struct ts_call *call, const Waitroom__GetPlaceRequest *request, Waitroom__GetPlaceReply *ret_reply);

/* ---- api_pass.c: what a pass is used for */
int use_pass(struct ts_call *call, const Waitroom__UsePassRequest *request, Waitroom__UsePassReply *ret_reply);
/* Listens to orders.v1.OrderChanged: an order uses a pass up. */
int on_order_changed(struct ts_call *call, const ProtobufCMessage *event);

/* ---- shared */

/* Return: TS_REFUSED. */
int refuse(struct ts_call *call, enum refusal refusal);

#endif
