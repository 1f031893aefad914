/* What the files of the WebSocket share: the server, a socket, its operations. */
#ifndef GATEWAY_WS_INSIDE_H
#define GATEWAY_WS_INSIDE_H

#include "gateway/operations.h"
#include "gateway/subscribe.h"
#include "gateway/tunnel.h"
#include "gateway/ws.h"
#include "gateway/ws_frame.h"
#include "loop/loop.h"

struct ts_metric;
struct ws_exchange;

enum { WS_CLOSINGS = 18 }; /* close codes that are counted, each for itself */

struct ws_server {
    struct ws_config config;
    struct ws_pool pool;
    struct ws_exchange *spare; /* memory for the next message */
    unsigned running;          /* executions of all sockets */
    struct {
        struct ts_metric *sockets, *sockets_total, *operations, *sent, *closed[WS_CLOSINGS];
    } metrics; /* all NULL without metrics */
};

enum ws_state {
    WS_OPEN,       /* connection_init has not come yet */
    WS_SIGNING_IN, /* it came, and who sent it is being found out */
    WS_READY,      /* acknowledged */
    WS_CLOSING,    /* our close frame is out */
};

struct ws {
    struct tunnel tunnel; /* first: a tunnel is its socket */
    struct ws_server *server;
    struct ws_reader reader;
    struct ws_operation *operations;
    struct loop_timer timer; /* by state: for connection_init, the next ping, the other side's close frame */
    struct session session;  /* its strings are in `words`, a user's in `user` */
    char *words;
    struct ws_user *user; /* NULL: it is none's who has an account */
    enum ws_state state;
    bool opened, gone; /* the tunnel's `opened` and `closed` were called */
    bool heard;        /* something came since the last ping */
    bool half;         /* a message was incomplete at the last ping */
    bool stopping;
    bool deaf; /* what comes is not read any more */
    unsigned short operation_count, running;
    unsigned code; /* it was closed with */
    const char *reason;
    int64_t window_ms, opened_ms;
    unsigned window_frames; /* reader.frames when the window began */
    unsigned operations_total;
    uint64_t sent_size, received_size;
    char client[ADDRESS_TEXT_SIZE];
};

struct ws_operation {
    struct subscriber subscriber; /* first: a subscriber is its operation */
    struct ws *ws;
    struct ws_operation *next;
    bool held;              /* a fiber, or a function of ours, still looks at it */
    bool live;              /* its subscription has begun */
    bool waiting;           /* it was busy when a response came */
    bool left;              /* the client, or the socket, wants no more */
    unsigned short id_size; /* of the id as JSON writes it, with its quotes */
    unsigned short text_size;
    char text[]; /* {"id":ID,"type":"next","payload": */
};

/* ws.c */
struct ws *ws_new(struct ws_server *server, const struct session *session, const char *client);
void ws_ready(struct ws *ws);          /* connection_init has come */
void ws_stop_when_idle(struct ws *ws); /* an execution has ended; perhaps it was the last that a stop waits for */
void ws_send(struct ws *ws, const char *text, size_t size);
void ws_send_pieces(struct ws *ws, const struct iovec *pieces, unsigned count); /* one text message of 1 to 3 */
/* Say why and close; what runs is not waited for. `reason` is static. */
void ws_close(struct ws *ws, unsigned code, const char *reason);
void ws_release(struct ws *ws); /* a fiber has left it: frees what was only kept for it */

/* ws_user.c */
/* Find out who sent a connection_init with this `authorization`, then acknowledge it, or close. */
void ws_sign_in(struct ws *ws, const char *authorization);
/* Keep a principal that stands in memory of a request's; a user's socket ends with his session. */
void ws_keep_principal(struct ws *ws, const struct ts_principal *principal);
void ws_user_gone(struct ws *ws); /* the socket is: whether he signs out does not matter any more */
void ws_user_done(struct ws *ws);
void ws_acknowledge(struct ws *ws); /* of connection_init */

/* ws_message.c: one text message */
void ws_receive(struct ws *ws, const char *text, size_t size);
void ws_exchange_free(struct ws_exchange *exchange);

/* ws_operation.c */
bool ws_has_operation(const struct ws *ws, const struct buf *id);
/* Begin the one that the exchange asks for, under this id (as JSON writes it); takes the exchange over. */
void ws_operation_start(struct ws *ws, const struct buf *id, struct ws_exchange *exchange);
void ws_operation_complete(struct ws *ws, const struct buf *id);
void ws_operations_end(struct ws *ws); /* all: nothing more is sent for any */
void ws_operations_ready(struct ws *ws);

/* One message's memory, and an execution's when it asks for one. */
struct ws_exchange {
    struct ts_arena arena;
    struct buf out;
    struct gql_request request; /* its text is what `ask` means */
    struct operation_ask ask;
    struct ws_operation *operation;
};
struct ws_exchange *ws_exchange_take(struct ws_server *server);
void ws_exchange_give(struct ws_server *server, struct ws_exchange *exchange);

#endif
