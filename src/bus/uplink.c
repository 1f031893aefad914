/* See uplink.h. nats.c's callbacks come on its own threads: they note what happened and post a job. */
#include "bus/uplink.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "bus/bus.h"
#include "loop/watch.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum {
    CONNECT_MS_MAX = 2000, /* to connect, and again for the handshake */
    PING_MS = 2000,        /* a server that went without a word is missed after three of these */
    PINGS_UNANSWERED_MAX = 2,
    ENDS = 2, /* things that must end before it is freed: the socket, the work of closing */
};

struct uplink {
    struct loop *loop;
    const struct bus_net *net;
    const struct uplink_subscription *subscriptions;
    size_t count;
    const struct uplink_events *events;
    void *data;

    pthread_t loop_thread;
    natsConnection *connection;
    natsSubscription **subscribed; /* count of them */
    struct inbox inbox;
    const char *problem; /* why it was not opened */

    struct loop_work work;
    int socket; /* a duplicate of nats.c's, which closes its own from any thread; -1: none */
    struct loop_watch watch;
    atomic_bool wants_write, update_posted, detached;
    struct loop_job flush, update, detach;
    bool open, closing, working, drain_begun, watches, watches_write;
    size_t size_max; /* of a message, as the server says */
    uint64_t taken;  /* messages that came so far */
    natsStatistics *statistics;
    int64_t drain_ms;
    int ends; /* still to come; see ENDS */
};

static void uplink_free(struct uplink *uplink)
{
    natsStatistics_Destroy(uplink->statistics);
    ts_memory_free(uplink->subscribed);
    uplink->events->freed(uplink->data);
    ts_memory_free(uplink);
}

/* ---- the adapter: nats.c tells whether it wants to write, and when it is done with the socket */

/* For reading always; for writing when the socket did not take all. */
static void uplink_watch(struct uplink *uplink)
{
    bool write = atomic_load(&uplink->wants_write);

    if (uplink->socket < 0 || !uplink->open || atomic_load(&uplink->detached) ||
        (uplink->watches && uplink->watches_write == write))
        return;
    uplink->watches = true;
    uplink->watches_write = write;
    loop_watch_start(uplink->loop, &uplink->watch, uplink->socket, true, write);
}

/* What was published in this tick, in one write: most leaves so, without a word to the kernel about waiting for it. */
static void uplink_flush(struct uplink *uplink)
{
    if (!uplink->open || uplink->closing)
        return;
    if (atomic_load(&uplink->wants_write))
        natsConnection_ProcessWriteEvent(uplink->connection);
    uplink_watch(uplink);
}

static void on_flush(struct loop_job *job)
{
    struct uplink *uplink = container_of(job, struct uplink, flush);

    if (uplink->ends == 0)
        uplink_free(uplink);
    else
        uplink_flush(uplink);
}

static void on_update(struct loop_job *job)
{
    struct uplink *uplink = container_of(job, struct uplink, update);

    atomic_store(&uplink->update_posted, false);
    uplink_flush(uplink);
}

/* Called while connecting, on the thread for work: the loop takes the socket over when that has ended. */
static natsStatus adapter_attach(void **ret_user, void *loop, natsConnection *connection, natsSock socket)
{
    struct uplink *uplink = loop;

    (void)connection;
    uplink->socket = dup(socket);
    *ret_user = uplink;
    return uplink->socket < 0 ? NATS_ERR : NATS_OK;
}

static natsStatus adapter_read(void *user, bool add)
{
    (void)user; /* told to stop only before the detach */
    (void)add;
    return NATS_OK;
}

static natsStatus adapter_write(void *user, bool add)
{
    struct uplink *uplink = user;

    atomic_store(&uplink->wants_write, add);
    if (!add)
        return NATS_OK; /* said while it writes: whoever made it write looks */
    if (pthread_equal(pthread_self(), uplink->loop_thread))
        loop_defer(uplink->loop, &uplink->flush);
    else if (!atomic_exchange(&uplink->update_posted, true))
        loop_post(uplink->loop, &uplink->update);
    return NATS_OK;
}

static natsStatus adapter_detach(void *user)
{
    struct uplink *uplink = user;

    atomic_store(&uplink->detached, true);
    loop_post(uplink->loop, &uplink->detach);
    return NATS_OK;
}

static void uplink_work(struct uplink *uplink, void (*run)(struct loop_work *work),
                        void (*done)(struct loop_work *work))
{
    uplink->working = true;
    uplink->work.run = run;
    uplink->work.done = done;
    loop_work_submit(uplink->loop, &uplink->work);
}

/* ---- the end */

static void uplink_ended(struct uplink *uplink)
{
    if (--uplink->ends == 0 && !uplink->flush.queued)
        uplink_free(uplink);
}

static void run_close(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);

    /* The connection first: else each subscription would be given up in words, which the socket no longer takes. */
    natsConnection_Destroy(uplink->connection);
    for (size_t i = 0; i < uplink->count; i++)
        natsSubscription_Destroy(uplink->subscribed[i]);
    inbox_close(&uplink->inbox);
}

static void on_closed(struct loop_work *work)
{
    uplink_ended(container_of(work, struct uplink, work));
}

static void uplink_begin_close(struct uplink *uplink)
{
    uplink_work(uplink, run_close, on_closed);
}

/* Nobody is told of it any more. What still works for it (connecting, draining) goes on to closing when it has ended.
 */
void uplink_close(struct uplink *uplink)
{
    if (uplink->closing)
        return;
    uplink->closing = true;
    uplink->open = false;
    loop_watch_stop(&uplink->watch);
    uplink->watches = false;
    if (!uplink->working)
        uplink_begin_close(uplink);
}

static void uplink_lose(struct uplink *uplink, const char *why)
{
    if (uplink->closing)
        return;
    uplink_close(uplink);
    uplink->events->lost(uplink->data, why);
}

static void on_detach(struct loop_job *job)
{
    struct uplink *uplink = container_of(job, struct uplink, detach);

    uplink_lose(uplink, "the server closed it");
    close(uplink->socket);
    uplink->socket = -1;
    uplink_ended(uplink);
}

/* ---- messages */

/* How many messages came since it was last asked. */
static uint64_t uplink_count(struct uplink *uplink)
{
    uint64_t before = uplink->taken;

    if (natsConnection_GetStats(uplink->connection, uplink->statistics) == NATS_OK)
        (void)natsStatistics_GetCounts(uplink->statistics, &uplink->taken, NULL, NULL, NULL, NULL);
    return uplink->taken - before;
}

static void uplink_take_one(struct uplink *uplink, size_t subscription)
{
    natsSubscription *from = uplink->subscribed[subscription];
    natsMsg *message;
    natsStatus s = natsSubscription_NextMsg(&message, from, 0);

    if (s == NATS_SLOW_CONSUMER) /* said once, before the next: some were thrown away */
        s = natsSubscription_NextMsg(&message, from, 0);
    if (s == NATS_OK)
        uplink->events->message(uplink->data, subscription, message);
}

/* What the last read brought. Handing it on may close us, which takes a while: till then there is nothing to take. */
static void uplink_take(struct uplink *uplink)
{
    uint64_t left = uplink_count(uplink);

    for (size_t i = 0; i < uplink->count && left; i++) {
        uint64_t queued = 0;

        (void)natsSubscription_QueuedMsgs(uplink->subscribed[i], &queued); /* none when it is closed */
        left -= queued < left ? queued : left;
        for (; queued && !uplink->closing; queued--)
            uplink_take_one(uplink, i);
    }
    if (!uplink->closing)
        inbox_read(&uplink->inbox, left, uplink->events->answer, uplink->data);
}

static void on_ready(struct loop_watch *watch, bool readable, bool writable)
{
    struct uplink *uplink = container_of(watch, struct uplink, watch);

    if (readable) {
        natsConnection_ProcessReadEvent(uplink->connection);
        uplink_take(uplink);
    }
    if (writable)
        uplink_flush(uplink);
    if (atomic_load(&uplink->detached))
        loop_watch_stop(&uplink->watch); /* the rest follows by the job */
}

/* ---- the beginning, on the thread for work */

static natsStatus set_tls(natsOptions *options, const struct bus_net *net)
{
    natsStatus s = natsOptions_SetSecure(options, true);

    if (s == NATS_OK && net->ca)
        s = natsOptions_LoadCATrustedCertificates(options, net->ca);
    if (s == NATS_OK && net->cert)
        s = natsOptions_LoadCertificatesChain(options, net->cert, net->key);
    return s; /* that the server's has the URL's host is checked unless one says otherwise */
}

static natsStatus set_options(natsOptions *options, struct uplink *uplink)
{
    const struct bus_net *net = uplink->net;
    natsStatus s = natsOptions_SetURL(options, net->url);

    s = s ? s : natsOptions_SetName(options, net->name);
    s = s ? s : natsOptions_SetTimeout(options, CONNECT_MS_MAX);
    s = s ? s : natsOptions_SetAllowReconnect(options, false);
    s = s ? s : natsOptions_SetSendAsap(options, true);
    s = s ? s : natsOptions_SetPingInterval(options, PING_MS);
    s = s ? s : natsOptions_SetMaxPingsOut(options, PINGS_UNANSWERED_MAX);
    s = s ? s : natsOptions_UseGlobalMessageDelivery(options, true);
    s = s ? s : natsOptions_SetEventLoop(options, uplink, adapter_attach, adapter_read, adapter_write, adapter_detach);
    return s ? s : net->tls ? set_tls(options, net) : NATS_OK;
}

static natsStatus subscribe(struct uplink *uplink)
{
    natsStatus s = NATS_OK;

    for (size_t i = 0; i < uplink->count && s == NATS_OK; i++) {
        const struct uplink_subscription *wanted = &uplink->subscriptions[i];

        s = wanted->queue ? natsConnection_QueueSubscribeSync(&uplink->subscribed[i], uplink->connection,
                                                              wanted->subject, wanted->queue)
                          : natsConnection_SubscribeSync(&uplink->subscribed[i], uplink->connection, wanted->subject);
    }
    return s ? s : inbox_open(&uplink->inbox, uplink->connection, uplink->net->name);
}

static void run_connect(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);
    natsOptions *options = NULL;
    natsStatus s = natsOptions_Create(&options);

    s = s ? s : natsStatistics_Create(&uplink->statistics);
    s = s ? s : set_options(options, uplink);
    s = s ? s : natsConnection_Connect(&uplink->connection, options);
    s = s ? s : subscribe(uplink);
    if (s)
        uplink->problem = natsStatus_GetText(s);
    natsOptions_Destroy(options);
}

/*
 * The server's word that it has read what we subscribed to: who is told that we are here may ask us at once. What it
 * does not permit it has said before that.
 */
static void run_settle(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);
    natsStatus s = natsConnection_FlushTimeout(uplink->connection, CONNECT_MS_MAX);
    const char *text;

    if (s == NATS_OK && natsConnection_GetLastError(uplink->connection, &text) == NATS_NOT_PERMITTED)
        s = NATS_NOT_PERMITTED;
    if (s)
        uplink->problem = natsStatus_GetText(s);
}

static void on_settled(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);

    uplink->working = false;
    if (uplink->closing)
        uplink_begin_close(uplink);
    else if (uplink->problem)
        uplink_lose(uplink, uplink->problem);
    else
        uplink->events->opened(uplink->data);
}

static void on_connected(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);

    uplink->working = false;
    uplink->ends -= !uplink->connection; /* its socket never was */
    if (uplink->closing) {
        uplink_begin_close(uplink);
    } else if (uplink->problem) {
        uplink_lose(uplink, uplink->problem);
    } else {
        uplink->open = true;
        uplink->size_max = (size_t)natsConnection_GetMaxPayload(uplink->connection);
        uplink_watch(uplink);
        uplink_work(uplink, run_settle, on_settled);
    }
}

struct uplink *uplink_open(struct loop *loop, const struct bus_net *net,
                           const struct uplink_subscription *subscriptions, size_t count,
                           const struct uplink_events *events, void *data)
{
    struct uplink *uplink = ts_memory_new(1, sizeof(*uplink));

    *uplink = (struct uplink){
        .loop = loop,
        .net = net,
        .subscriptions = subscriptions,
        .count = count,
        .events = events,
        .data = data,
        .loop_thread = pthread_self(),
        .subscribed = ts_memory_new(count + 1, sizeof(natsSubscription *)),
        .socket = -1,
        .watch.run = on_ready,
        .flush.run = on_flush,
        .update.run = on_update,
        .detach.run = on_detach,
        .ends = ENDS,
    };
    uplink_work(uplink, run_connect, on_connected);
    return uplink;
}

struct inbox *uplink_inbox(struct uplink *uplink)
{
    return &uplink->inbox;
}

size_t uplink_size_max(const struct uplink *uplink)
{
    return uplink->size_max;
}

/* No natsMsg is made, which costs more than the sending, and a thread of nats.c's would have to free it. */
static natsStatus publish(natsConnection *connection, const char *subject, const char *reply, const void *bytes,
                          size_t size)
{
    return reply ? natsConnection_PublishRequest(connection, subject, reply, bytes, (int)size)
                 : natsConnection_Publish(connection, subject, bytes, (int)size);
}

int uplink_send(struct uplink *uplink, const char *subject, const char *reply, const void *bytes, size_t size)
{
    if (!uplink->open)
        return TS_EUNAVAILABLE;
    if (natsConnection_Buffered(uplink->connection) > BUS_UNSENT_MAX)
        return TS_EEXHAUSTED;
    switch (publish(uplink->connection, subject, reply, bytes, size)) {
    case NATS_OK:
        return 0;
    case NATS_MAX_PAYLOAD:
        return TS_ERANGE;
    case NATS_NO_MEMORY:
        return TS_EEXHAUSTED;
    default:
        return TS_EUNAVAILABLE;
    }
}

/* ---- draining, on the thread for work: each step waits for the server's word */

static void run_drain(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);

    for (size_t i = 0; i < uplink->count && !uplink->drain_begun; i++)
        (void)natsSubscription_DrainTimeout(uplink->subscribed[i], uplink->drain_ms);
    for (size_t i = 0; i < uplink->count && !uplink->drain_begun; i++)
        (void)natsSubscription_WaitForDrainCompletion(uplink->subscribed[i], uplink->drain_ms);
    (void)natsConnection_FlushTimeout(uplink->connection, uplink->drain_ms); /* a server that is gone has no word */
}

static void on_drained(struct loop_work *work)
{
    struct uplink *uplink = container_of(work, struct uplink, work);

    uplink->working = false;
    uplink->drain_begun = true;
    if (uplink->closing)
        uplink_begin_close(uplink);
    else
        uplink->events->drained(uplink->data);
}

void uplink_drain(struct uplink *uplink, int64_t wait_ms)
{
    uplink->drain_ms = wait_ms;
    uplink_work(uplink, run_drain, on_drained);
}
