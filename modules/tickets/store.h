/* Ticket states: the one kind of document here. */
#ifndef TICKETS_STORE_H
#define TICKETS_STORE_H

#include "tessera/store.h"
#include "tickets/v1/tickets.pb-c.h"

extern const struct ts_collection ticket_states;

/* A state and the version it was read at; body NULL and version 0 for a ticket that never changed. */
struct ticket_state {
    const Tickets__TicketState *body;
    int64_t version;
};

/* Return: 0 and *ret_state; a ts_error. */
int state_get(struct ts_call *call, const char *ticket_id, struct ticket_state *ret_state);

/* The states of `count` tickets, ret_states[i] for ids[i]. Return: 0; a ts_error. */
int state_get_many(struct ts_call *call, const char *const *ids, size_t count, struct ticket_state *ret_states);

/* Put the next version. Return: 0; TS_WRITE_CONFLICT when `version` is not the newest; a ts_error. */
int state_put(struct ts_call *call, int64_t version, const Tickets__TicketState *body);

#endif
