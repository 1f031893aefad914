/*
 * Live answers: operations that are executed again whenever their event comes. What the transports (WebSocket, SSE)
 * have in common stands here: who waits for what, one execution for all that ask the same with the same grant, at most
 * ten a second, a re-read now and then in case a hint was lost, and a bound for readers that are slow.
 *
 * A transport embeds a struct subscriber for each operation. Its ops are called on the loop, never from inside
 * subscribe() or subscriber_leave(), and must not wait.
 */
#ifndef GATEWAY_SUBSCRIBE_H
#define GATEWAY_SUBSCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/gateway.h"
#include "gateway/session.h"
#include "graphql/graphql.h"

/* One response as JSON ({"data":…}, perhaps with errors), shared by all who get it. */
struct payload {
    unsigned refs;
    char *id; /* see subscriber_id(); of a state made when somebody asks */
    size_t size;
    char text[];
};

struct payload *payload_hold(struct payload *payload);
void payload_drop(struct payload *payload);

enum subscriber_end {
    SUBSCRIBER_COMPLETE, /* nothing more will come */
    SUBSCRIBER_FAILED,   /* `last` is an errors-only response */
    SUBSCRIBER_SLOW,     /* it did not read what it asked for: end its connection */
    SUBSCRIBER_STOPPING, /* the server stops */
};

struct subscriber;

struct subscriber_ops {
    /*
     * A response; borrowed, payload_hold() keeps it. Return: true if it was taken; false if the reader is busy, then
     * subscriber_ready() tells when it is not. Meanwhile a state keeps its newest response only, a stream of
     * happenings a bounded number, past which the subscriber ends as SLOW.
     */
    bool (*next)(struct subscriber *subscriber, struct payload *payload);
    /* The last call that it gets. `last` is NULL unless FAILED. */
    void (*end)(struct subscriber *subscriber, enum subscriber_end why, struct payload *last);
};

struct subscription;

/* Embedded by a transport; zero but for `ops` and `last_id` before subscribe(). */
struct subscriber {
    const struct subscriber_ops *ops;
    const char *last_id; /* where its client says that it was, or NULL; any text. Valid until the first op is called */
    bool is_state; /* set by subscribe(): each response shows all there is, so the newest one is enough; else happenings
                    */
    /* private to subscribe.c */
    struct subscription *subscription;
    struct subscriber *next, *previous;
    uint64_t taken; /* the number of the last response that it took */
    bool busy;
};

/*
 * Begin a subscription; on a fiber, may suspend. `request` holds a subscription operation (anything else is refused:
 * ask gql_execute()). Strings are copied as needed. Return: GQL_EXECUTED, then `subscriber` gets its first response
 * through its ops; GQL_NOT_A_SUBSCRIPTION or GQL_REFUSED and *ret_body, and no op of it is called. It may be left
 * while this suspends; then none is called either.
 */
enum gql_outcome subscribe(struct gateway *gateway, const struct session *session, const struct gql_request *request,
                           struct subscriber *subscriber, struct buf *ret_body);

/*
 * What a client that was cut off may say in `last_id`: behind this response, for a payload inside next(); else, for
 * NULL, where it is now. A state is then not shown to it again before it changes, and of a stream it gets what follows.
 * Return: visible ASCII, valid until the loop goes on; NULL: there is none, and the one before stays good.
 */
const char *subscriber_id(struct subscriber *subscriber, struct payload *payload);

/* It can take responses again; ops may be called from inside. */
void subscriber_ready(struct subscriber *subscriber);

/* The client wants no more: no op is called after this. Does nothing when it has ended or never began. */
void subscriber_leave(struct subscriber *subscriber);

#endif
