/*
 * One connection to a NATS server, from the first try to its end: nats.c's objects and the only code that knows its
 * threads. nats.c connects, drains and closes on a thread for work that blocks; between, the loop reads and writes the
 * socket, and everything is told on the loop. A connection that broke is not mended but replaced by its owner, so there
 * is one way to connect, and nothing is kept that was meant for the one before.
 */
#ifndef BUS_UPLINK_H
#define BUS_UPLINK_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>

#include "bus/inbox.h"
#include "loop/loop.h"

struct bus_net;
struct uplink;

struct uplink_subscription {
    const char *subject;
    const char *queue; /* of those who share the messages; NULL: everyone gets each */
};

/* All called on the loop; messages become the callee's. */
struct uplink_events {
    void (*opened)(void *data);                /* the server has what we subscribed to */
    void (*lost)(void *data, const char *why); /* could not be opened, or was closed; static words */
    void (*message)(void *data, size_t subscription, natsMsg *message);
    void (*answer)(void *data, void *asker, natsMsg *message); /* NULL: nobody serves what it asked */
    void (*drained)(void *data);
    void (*freed)(void *data); /* nothing of it is left */
};

/* `net`, subscriptions and events are borrowed until `freed`. */
struct uplink *uplink_open(struct loop *loop, const struct bus_net *net,
                           const struct uplink_subscription *subscriptions, size_t count,
                           const struct uplink_events *events, void *data);

/* Nothing but `freed` is told from now on, soon. */
void uplink_close(struct uplink *uplink);

/* Where answers come to, while it is open. */
struct inbox *uplink_inbox(struct uplink *uplink);

/* The largest message that the server takes, once it has been opened. */
size_t uplink_size_max(const struct uplink *uplink);

/*
 * Send a message; `reply` is where an answer to it goes (NULL: there is none).
 * Return: 0; TS_ERANGE when it is larger than the server takes; TS_EEXHAUSTED when too much waits to be sent;
 * TS_EUNAVAILABLE when it is not open.
 */
int uplink_send(struct uplink *uplink, const char *subject, const char *reply, const void *bytes, size_t size);

/*
 * Nothing more of the subscriptions, please; what is on its way still comes, for at most `wait_ms`. Then `drained`.
 * Said once more it only waits until what was sent is with the server, and `drained` is told again.
 */
void uplink_drain(struct uplink *uplink, int64_t wait_ms);

#endif
