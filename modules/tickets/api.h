/* The handlers of service Tickets, in the proto's order; module.c lists them. */
#ifndef TICKETS_API_H
#define TICKETS_API_H

#include "orders/v1/orders.rpc.h"
#include "tickets/v1/tickets.rpc.h"

int get_ticket(struct ts_call *call, const Tickets__GetTicketRequest *request, Tickets__GetTicketReply *ret_reply);
int get_tickets(struct ts_call *call, const Tickets__IdsRequest *request, Tickets__GetTicketsReply *ret_reply);
int get_position_tickets(struct ts_call *call, const Tickets__PositionIdsRequest *request,
                         Tickets__GetPositionTicketsReply *ret_reply);
int revoke_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply);
int reissue_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply);
int block_ticket(struct ts_call *call, const Tickets__TicketRequest *request, Tickets__TicketReply *ret_reply);
int draw_svg(struct ts_call *call, const Tickets__DrawRequest *request, Common__Blob *ret_reply);
int draw_png(struct ts_call *call, const Tickets__DrawRequest *request, Common__Blob *ret_reply);
int get_verifying_key(struct ts_call *call, const Tickets__GetVerifyingKeyRequest *request,
                      Tickets__GetVerifyingKeyReply *ret_reply);
int verify_code(struct ts_call *call, const Tickets__VerifyCodeRequest *request, Tickets__VerifyCodeReply *ret_reply);

#endif
