/*
 * A wire between a store and a server that speaks MongoDB's protocol in the clear, which breaks when told: for inserts
 * into collections of versions, one message at a time. Everything else goes through as it is.
 */
#ifndef SUPPORT_MONGO_RELAY_H
#define SUPPORT_MONGO_RELAY_H

#include <pthread.h>

enum mongo_fault {
    MONGO_FAULT_NONE,
    MONGO_FAULT_CUT_BEFORE,   /* the connection ends, the server has heard nothing */
    MONGO_FAULT_CUT_AFTER,    /* it ends after the server has done it, without an answer */
    MONGO_FAULT_CUT_REPLY,    /* in the middle of the answer */
    MONGO_FAULT_SLOW,         /* the answer is late */
    MONGO_FAULT_DUPLICATE,    /* done, and the answer says that the key was there: as a repetition meets its own row */
    MONGO_FAULT_PHANTOM,      /* not done, and the answer says that the key is there */
    MONGO_FAULT_STEPPED,      /* done, and the answer says that this is no primary */
    MONGO_FAULT_STEPPED_IDLE, /* not done, the same answer */
    MONGO_FAULT_CONCERN,      /* done, and a majority has not confirmed it in time */
    MONGO_FAULT_COUNT
};

enum { MONGO_RELAY_LINES = 64 };

struct mongo_relay {
    int port, server_port, listener;
    pthread_t accepter;
    pthread_mutex_t lock; /* of what follows */
    enum mongo_fault fault;
    unsigned left, struck; /* so many more times; so many it was */
    int sockets[2 * MONGO_RELAY_LINES];
    pthread_t lines[MONGO_RELAY_LINES];
    unsigned line_count;
};

void mongo_relay_start(struct mongo_relay *relay, int server_port);
void mongo_relay_stop(struct mongo_relay *relay);

/* The next `count` inserts of versions meet the fault. */
void mongo_relay_break(struct mongo_relay *relay, enum mongo_fault fault, unsigned count);
/* How many did since then. */
unsigned mongo_relay_struck(struct mongo_relay *relay);

#endif
