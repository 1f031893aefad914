/*
 * A connection that has left HTTP (RFC 9110, section 7.8): bytes both ways, as a WebSocket needs them. What is written
 * goes to the kernel at once where it can; only what the kernel does not take is copied, and whoever writes looks at
 * tunnel_pending() to bound it. A quiet plain tunnel owns no buffer: all read into one of the server's.
 */
#ifndef GATEWAY_TUNNEL_H
#define GATEWAY_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/buf.h"

struct connection;
struct st_h2o_socket_t;
struct tunnel;
struct tunnel_flight;

enum { TUNNEL_PIECES_MAX = 4, TUNNEL_PENDING_MAX = 8 << 20 };

/* Called on the loop's own stack. */
struct tunnel_ops {
    void (*opened)(struct tunnel *tunnel);                                   /* the answer 101 is out */
    void (*received)(struct tunnel *tunnel, const void *bytes, size_t size); /* bytes are gone after the call */
    void (*drained)(struct tunnel *tunnel);                                  /* nothing is pending any more */
    void (*stop)(struct tunnel *tunnel);                                     /* the server stops: say goodbye */
    void (*closed)(struct tunnel *tunnel); /* the last call; the only one when it was never opened */
};

/* Embedded by its owner; zero but for `ops`. */
struct tunnel {
    const struct tunnel_ops *ops;
    /* private to tunnel.c */
    struct connection *connection; /* NULL until opened */
    struct st_h2o_socket_t *socket;
    struct tunnel_flight *flight; /* handed to the loop, not yet to the kernel */
    struct buf waiting;           /* comes after it */
    bool closing, receiving;
};

/* Write the pieces, at most TUNNEL_PIECES_MAX, in order. On a tunnel that is closing it does nothing. */
void tunnel_write(struct tunnel *tunnel, const struct iovec *pieces, unsigned count);

/* Bytes that the kernel has not taken yet. */
size_t tunnel_pending(const struct tunnel *tunnel);

/* True if the bytes that were pending at the last call still are: the other side does not read. */
bool tunnel_is_stuck(struct tunnel *tunnel);

/* End it without further ado; `closed` is called later, never from inside. */
void tunnel_close(struct tunnel *tunnel);

#endif
