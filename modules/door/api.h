/* The handlers of service Door, in the proto's order; module.c lists them. */
#ifndef DOOR_API_H
#define DOOR_API_H

#include "door/v1/door.rpc.h"

int create_check_in_list(struct ts_call *call, const Door__CreateCheckInListRequest *request,
                         Door__CreateCheckInListReply *ret_reply);
int check_in(struct ts_call *call, const Door__CheckInRequest *request, Door__CheckInReply *ret_reply);
int undo_check_in(struct ts_call *call, const Door__UndoCheckInRequest *request, Door__CheckInReply *ret_reply);
int get_check_in_list(struct ts_call *call, const Door__GetCheckInListRequest *request,
                      Door__GetCheckInListReply *ret_reply);
int get_check_in_lists(struct ts_call *call, const Door__IdsRequest *request, Door__GetCheckInListsReply *ret_reply);
int get_check_ins(struct ts_call *call, const Door__IdsRequest *request, Door__GetCheckInsReply *ret_reply);
int list_event_lists(struct ts_call *call, const Door__EventIdsRequest *request, Door__ListEventListsReply *ret_reply);
int get_list_counts(struct ts_call *call, const Door__IdsRequest *request, Door__GetListCountsReply *ret_reply);
int list_check_ins(struct ts_call *call, const Door__ListCheckInsRequest *request, Door__ListCheckInsReply *ret_reply);
int follow_check_ins(struct ts_call *call, const Door__FollowCheckInsRequest *request,
                     Door__FollowCheckInsReply *ret_reply);
int list_guests(struct ts_call *call, const Door__ListGuestsRequest *request, Door__ListGuestsReply *ret_reply);
int list_ticket_check_ins(struct ts_call *call, const Door__TicketIdsRequest *request,
                          Door__ListTicketCheckInsReply *ret_reply);

#endif
