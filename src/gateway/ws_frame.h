/*
 * WebSocket frames (RFC 6455): whole messages out of bytes as they come, and the header of a frame to be sent. wslay
 * reads the frames; what it leaves to its caller (masks, reserved bits, order of fragments, sizes, UTF-8, close codes)
 * is checked here.
 *
 * wslay's context holds 4 KB, so a socket has one only while a message of its is incomplete; else the one context of
 * the pool reads for all. Extensions are not offered: permessage-deflate would keep a window of up to 32 KB each way
 * for every socket.
 */
#ifndef GATEWAY_WS_FRAME_H
#define GATEWAY_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WS_MESSAGE_SIZE_MAX = 64 << 10, /* of what a client may send: a query with its variables */
    WS_HEADER_SIZE_MAX = 10,        /* of an unmasked frame */
    WS_REASON_SIZE_MAX = 123,       /* of a close frame, beside the code */
};

enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* Codes of a close frame: RFC 6455 and its registry; the last are graphql-transport-ws'. */
enum ws_code {
    WS_NORMAL = 1000,
    WS_GOING_AWAY = 1001,
    WS_PROTOCOL_ERROR = 1002,
    WS_UNSUPPORTED = 1003,
    WS_NO_CODE = 1005,  /* never sent: what a close frame without a code means */
    WS_ABNORMAL = 1006, /* never sent: there was no close frame */
    WS_NOT_TEXT = 1007,
    WS_POLICY = 1008,
    WS_TOO_BIG = 1009,
    WS_RESTART = 1012,
    WS_TRY_LATER = 1013,
    WS_BAD_MESSAGE = 4400,
    WS_UNAUTHORIZED = 4401,
    WS_FORBIDDEN = 4403,
    WS_INIT_TIMEOUT = 4408,
    WS_ID_IN_USE = 4409,
    WS_TOO_MANY_INITS = 4429,
};

/* A whole message; of WS_CLOSE the reason, after its code. Gone after the call. */
struct ws_message {
    enum ws_opcode opcode; /* TEXT, CLOSE, PING or PONG */
    unsigned code;         /* of CLOSE: as sent, or WS_NO_CODE */
    const char *text;
    size_t size;
};

struct ws_parser;

/* What all readers of a loop share: who hears their messages, and a place for a parser to rest. */
struct ws_pool {
    bool (*take)(void *data, const struct ws_message *message); /* each whole message; false: no more of this socket */
    struct ws_parser *spare;
};
void ws_pool_done(struct ws_pool *pool);

struct ws_reader {
    struct ws_parser *parser; /* NULL while no message is incomplete */
    unsigned frames;          /* read so far, for who counts them */
};

/* Give back what it holds of an incomplete message. */
void ws_reader_done(struct ws_reader *reader);

/*
 * Read `size` bytes; pool->take(data, message) gets each whole message.
 * Return: 0; else the code to close with and *ret_problem: what was wrong, static. Then nothing more is to be read.
 */
unsigned ws_reader_feed(struct ws_reader *reader, struct ws_pool *pool, const void *bytes, size_t size, void *data,
                        const char **ret_problem);

/* The header of an unmasked, unfragmented frame. Return: its size. */
size_t ws_header(enum ws_opcode opcode, size_t payload_size, uint8_t ret_header[WS_HEADER_SIZE_MAX]);

#endif
