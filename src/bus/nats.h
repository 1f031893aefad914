/* The fields of a bus' way to other processes, for the files of this folder that are about it. */
#ifndef BUS_NATS_H
#define BUS_NATS_H

#include "bus/inside.h"
#include "bus/uplink.h"

enum {
    NATS_ID_SIZE = 33,
    NATS_DROPS_MAX = 256,
    BUNDLE_CALLS_MAX = 16, /* in one message, which one process serves; deploy/nats/permissions.py: so many answers */
    BUNDLE_SIZE_MAX = 64 << 10, /* what is larger goes alone */
};

/* What others had one rpc do. */
struct nats_work {
    uint64_t calls, failures, ns;
    int last_failure; /* 0: none */
};

struct nats {
    struct bus *bus;
    const struct bus_net *net;
    struct uplink *uplink; /* NULL between two tries */
    unsigned uplinks;      /* with those that are being closed */
    bool open;
    struct loop_timer retry;
    int64_t pause_ms;
    char id[NATS_ID_SIZE]; /* ours, among those who publish */

    struct uplink_subscription *subscriptions; /* the services here, in order; events; questions about us */
    const struct bus_service **served;
    size_t served_count;
    struct nats_work **work; /* of each method of each of them */
    int64_t started_ms;
    size_t serving;        /* messages of others whose calls are not all answered yet */
    struct list answering; /* those of them that have answers to send in this tick */
    struct loop_job answer;

    struct list gathering, asked; /* bundles of calls of ours: of this tick, and sent */
    struct loop_job gather;       /* sends those */

    natsMsg *dropped[NATS_DROPS_MAX];
    size_t dropped_count, dropped_size;
    struct loop_timer drop;

    void (*left)(void *data); /* NULL: nobody asked us to leave */
    void *left_data;
    int64_t leave_end_ms;
    enum { NATS_DRAINS, NATS_SERVES, NATS_FLUSHES } stage; /* no new calls; the end of those that came; their answers */
    struct loop_timer leave_look;

    struct ts_metric *connected, *connections; /* NULL without metrics */
};

/*
 * The message is done with, soon: nats.c hands each to a thread that frees them and is woken for it, so many go
 * together. NULL is none.
 */
void nats_drop(struct nats *nats, natsMsg *message);

/* A call's own words for what uplink_send() returned; `size` is that of the message. Return: a ts_error. */
int send_failed(struct ts_call *call, int error, size_t size);

/*
 * outlet.c: calls of ours. Answers came to `asker`, or the word that nobody serves it (NULL), which become its own; the
 * connection broke, and none will.
 */
void outlet_init(struct nats *nats);
void outlet_answer(void *asker, natsMsg *answers);
void outlet_break(struct nats *nats);

/* inlet.c: calls of somebody else's, to the n-th service of `served`. The message becomes its own. */
void inlet_init(struct nats *nats);
void inlet_take(struct nats *nats, size_t service, natsMsg *request);

/* about.c: a question of NATS' service API. The message stays the caller's. */
void about_take(struct nats *nats, natsMsg *request);

#endif
