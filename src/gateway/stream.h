/*
 * An answer whose body comes in pieces, for as long as it likes (server-sent events). One piece is on its way at a
 * time: whoever writes waits for `ready` and meanwhile keeps what is newest, so a slow reader holds one piece and no
 * more; and of that nothing is copied.
 */
#ifndef GATEWAY_STREAM_H
#define GATEWAY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iovec;
struct st_h2o_req_t;
struct stream;
struct stream_generator;

/* Called on the loop's own stack. */
struct stream_ops {
    void (*ready)(struct stream *stream);  /* the head or a piece is out: the next may be sent */
    void (*stop)(struct stream *stream);   /* the server stops: send the last piece, once ready */
    void (*closed)(struct stream *stream); /* the last call; the only one when it never began */
};

/* Embedded by its owner; zero but for `ops`. */
struct stream {
    const struct stream_ops *ops;
    /* read by who sweeps: a piece is on its way since then, on the loop's clock */
    bool busy;
    int64_t busy_ms;
    bool stuck; /* set by who sweeps: it was ended for that */
    /* private to stream.c */
    struct st_h2o_req_t *req; /* NULL before it begins and once it is gone */
    struct stream_generator *generator;
    bool ended;
};

enum { STREAM_PARTS_MAX = 5 };

/*
 * Send one piece, of parts that stay where they are until `ready` or `closed`; not while busy. With `last` the body
 * ends, and `closed` follows (perhaps from inside).
 */
void stream_send(struct stream *stream, const struct iovec *parts, size_t count, bool last);

/* End it without its last piece: its reader does not read. The connection goes too. */
void stream_abort(struct stream *stream);

#endif
