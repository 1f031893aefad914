/*
 * Where a connection's answers come to: a subscription for each message of requests under way, read on the loop. One
 * for all would do for answers; but that nobody serves them nats.c tells without saying whom (natsSubscription_NextMsg
 * returns NATS_NO_RESPONDERS and no message), or else on a thread of its own, and two changes of threads cost more than
 * the call. Subscriptions are used again, one message at a time.
 */
#ifndef BUS_INBOX_H
#define BUS_INBOX_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

enum {
    INBOX_SUBJECT_SIZE = 128, /* of the prefix */
    INBOX_SLOTS_MAX = 65536,
};

struct inbox {
    natsConnection *connection;
    char prefix[INBOX_SUBJECT_SIZE]; /* "_INBOX.<who we are>.<a word of this connection>" */
    struct list asked, unsure, idle; /* slots; see inbox.c */
    unsigned count;
    uint64_t last, answered; /* numbers of what was asked: the newest, and the newest that has an answer */
};

struct inbox_slot;

/*
 * Choose a prefix under `name`, so that a server can be told who may read it, and subscribe once, so that it can say
 * whether it lets us. May be called on the thread that connects. Return: what nats.c says.
 */
natsStatus inbox_open(struct inbox *inbox, natsConnection *connection, const char *name);
/* After the connection is closed, on any thread. Slots that are out are gone with it. */
void inbox_close(struct inbox *inbox);

/*
 * A slot for the requests of one message. Those are sent in the order in which they ask for their slots. NULL: there
 * are too many, or no memory.
 */
struct inbox_slot *inbox_ask(struct inbox *inbox, void *asker);
/* The subject to be answered to, and the number that the answers' ids must have. */
const char *inbox_subject(const struct inbox_slot *slot);
uint64_t inbox_number(const struct inbox_slot *slot);
/* The requests have ended, answered or not, or were never sent. */
void inbox_end(struct inbox *inbox, struct inbox_slot *slot);

/*
 * Tell what has come, which is `count` messages at most. An asker is told each message of answers, which becomes the
 * callee's, or NULL: nobody serves what it asked.
 */
void inbox_read(struct inbox *inbox, uint64_t count, void (*answer)(void *data, void *asker, natsMsg *message),
                void *data);

#endif
