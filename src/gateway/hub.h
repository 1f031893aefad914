/*
 * The live subscriptions of one gateway: which event makes which of them be executed again, and when. One subscription
 * is shared by all subscribers whose document, variables and caller are equal; subscribe.c hands it its subscribers.
 *
 *     event -> subscription_touch() -> (at most ten a second) -> one execution on a fiber -> subscribe.c delivers
 *
 * Events are hints, so each subscription is executed every HUB_REREAD_MS without any, and soon again when one changed
 * nothing; a state whose bytes are the same is not sent again, and a stream's rpc finds by its cursor what a lost hint
 * would have told.
 */
#ifndef GATEWAY_HUB_H
#define GATEWAY_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "bus/bus.h"
#include "gateway/event_id.h"
#include "gateway/session.h"
#include "gateway/subscribe.h"
#include "graphql/graphql.h"
#include "loop/loop.h"
#include "tessera/limits.h"

enum {
    HUB_PAUSE_MS = 100,              /* between the beginnings of two executions: ten a second */
    HUB_REREAD_MS = 15000,           /* without a hint; each subscription up to a fifth sooner, so that they spread */
    HUB_SECOND_MS = 1100,            /* after a hint that changed nothing: who was asked may have heard of it later */
    HUB_RETRY_MS = 1000,             /* after a failure, doubled for each that follows */
    HUB_FAILURES_MAX = 5,            /* in a row: half a minute; then its subscribers are told */
    HUB_EXECUTION_MS = 10000,        /* deadline of one execution */
    HUB_EXECUTIONS_MAX = 32,         /* at once: they compete with requests */
    HUB_SUBSCRIPTIONS_MAX = 50000,   /* different ones; what one costs is some 500 bytes and its newest response */
    HUB_STREAM_WAITING_MAX = 256,    /* happenings a reader may be behind: a busy door's quarter of an hour */
    HUB_RESPONSE_SIZE_MAX = 1 << 20, /* of one response */
    HUB_STREAM_KEPT_SIZE_MAX = 4 << 20, /* of all happenings that a subscription keeps for readers that are behind */
    HUB_SLICE = 256,                    /* deliveries before the loop polls for I/O again */
};

_Static_assert((int)TS_PAGE_SIZE_MAX < (int)HUB_STREAM_WAITING_MAX, "what one reply brings is kept for all");

/* All subscriptions that hear one event under one key. */
struct topic {
    struct list interests;
    char key[];
};

/* An event and the field that is its key: a table of topics for each that some rule names. */
struct source {
    struct list link;
    const ProtobufCMessageDescriptor *event;
    const ProtobufCFieldDescriptor *field;
    struct map topics;
    uint64_t heard;
};

struct interest {
    struct list link; /* of the topic */
    struct subscription *subscription;
    struct source *source;
    struct topic *topic;
};

enum { INTERESTS_MAX = 4 };

struct subscription {
    struct hub *hub;
    struct gql_subscription *prepared;
    struct ts_principal principal; /* strings are its own */
    struct user_watch user;        /* of a user: his session ends, and so does this */
    char *locale, *request_id;
    uint64_t hash;
    struct subscription *next; /* of the same hash */
    struct interest interests[INTERESTS_MAX];

    /* executions */
    struct loop_timer timer;
    struct list ready; /* in hub->ready */
    int64_t started_ms;
    unsigned failures;
    bool running, dirty; /* dirty: a hint came since it began */
    bool doubted;        /* a hint began the last one, which changed nothing */

    /* subscribers, and what they get */
    struct subscriber *first, *last, *at; /* at: the next one of a walk under way */
    size_t count;
    struct subscriber *maker; /* whose subscribe() is executing it for the first time; NULL: it left, or that is over */
    uint64_t sequence;        /* responses so far; the n-th is recent[n % room] */
    uint64_t before;          /* those that were there when the reply under way began */
    struct payload **recent;
    unsigned room;
    uint64_t trimmed;    /* of a stream: the last one that is not kept: all have got it and another, or are too slow */
    size_t kept_size;    /* of those that are */
    struct list walk;    /* in hub->walks */
    bool walking, again; /* again: something came behind the walk */
    bool newcomers;      /* some wait for their first response */
    struct event_ids ids;
    char *first_id; /* of a stream: where its responses begin; NULL: not known yet, or too long */
    bool behind;    /* it goes on behind an id of a client's, and has not caught up */
    bool ended;     /* it is executed no more; subscribers are being told why */
    enum subscriber_end why;
    struct payload *words; /* when FAILED */
};

/* A subscriber inside next(), which may go away there. */
struct visit {
    struct subscriber *subscriber; /* NULL: it has */
    struct visit *outer;
};

struct hub {
    struct gateway *gateway;
    struct ts_runtime *runtime;
    struct bus_watcher watcher;
    struct list sources;
    struct map by_hash; /* subscriptions that have not ended */
    size_t subscription_count, subscriber_count, executing;
    struct list ready; /* to be executed when others have ended */
    struct list walks;
    struct loop_job deliver;
    struct visit *visits; /* under way, innermost first */
    int64_t pause_ms, reread_ms;
    uint64_t spread; /* state of the jitter's generator */
    bool stopping;
    struct {
        struct ts_metric *subscriptions, *subscribers, *executions, *failures, *deliveries, *coalesced, *slow;
    } metrics; /* all NULL without metrics */
};

/* Listens to the gateway's bus from now on, and is gateway->hub. */
struct hub *hub_new(struct gateway *gateway);
/* End all subscribers as STOPPING and take no more. Their ops are called in the next ticks. */
void hub_stop(struct hub *hub);
/* No execution may be under way and no subscriber alive. NULL is fine. */
void hub_free(struct hub *hub);

/* hub.c: executions */

/*
 * One that asks the same as the same caller; behind *number of its responses is where to join it. With an id that is
 * one that still keeps all that follows it; without (NULL) a stream's that has caught up, at its end.
 */
struct subscription *hub_find(const struct hub *hub, const struct gql_subscription *prepared,
                              const struct session *session, const char *id, uint64_t *ret_number);
/* Takes `prepared` over. `id` is where a stream begins, from event_id_cursor(), or NULL. */
struct subscription *subscription_new(struct hub *hub, struct gql_subscription *prepared, const struct session *session,
                                      const char *id);
/* Frees it once nothing holds it: subscribers, an execution, its maker. */
void subscription_release(struct subscription *subscription);
/* The first execution, on the fiber of its maker. Return: as gql_subscription_execute(). */
enum gql_progress subscription_begin(struct subscription *subscription, struct buf *ret_body);
/* Something may have changed. */
void subscription_touch(struct subscription *subscription);
/* It is found and executed no more. */
void subscription_retire(struct subscription *subscription);

/* subscribe.c: deliveries */

/* The next response, to be delivered to all, unless it is one that they have. */
void subscription_add(struct subscription *subscription, const char *response, size_t size);
/* Look at every subscriber for what it has not got yet. */
void subscription_walk(struct subscription *subscription);
/* End it for all; `words` is an errors-only response for FAILED, else NULL. */
void subscription_end(struct subscription *subscription, enum subscriber_end why, const struct buf *words);
void hub_deliver(struct loop_job *job);

void hub_count(struct ts_metric *metric, int64_t value);

#endif
