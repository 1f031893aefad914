/* Asking by typed messages. */
#ifndef SIM_ASK_H
#define SIM_ASK_H

#include "book.h"
#include "catalog/v1/catalog.pb-c.h"
#include "door/v1/door.pb-c.h"
#include "inventory/v1/inventory.pb-c.h"
#include "payments/v1/payments.pb-c.h"
#include "tickets/v1/tickets.pb-c.h"

#define ASK(client, module, method, request, key, ret_reply)                                                           \
    net_ask((client), &module##__##module##__descriptor, (method), &(request)->base, (key),                            \
            (const ProtobufCMessage **)(void *)(ret_reply))

/* The first refusal's code; 0: none. */
#define REFUSED(reply) ((reply)->n_refusals ? (int)(reply)->refusals[0]->code : 0)

enum { TRIES_MAX = 5 };

/* Before asking again: a little while, or at once. */
static inline void ask_again_later(struct client *client)
{
    sim_pause(client->sim, 1 + sim_draw(client->sim, 1500));
}

#endif
