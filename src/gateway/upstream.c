/*
 * Sockets of our own, watched by the loop: a fiber writes its request, then reads until the answer is whole. A
 * connection is used by one fiber at a time; the last few are kept for the next, but not for long, so that the server
 * does not close one just when it is used.
 */
#include "gateway/upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/fiber.h"
#include "loop/watch.h"
#include "tessera/arena.h"
#include "tessera/err.h"
#include "tessera/memory.h"

enum {
    KEPT_MAX = 16,
    KEPT_MS_MAX = 30 * 1000, /* the server keeps them for 75 s */
    HEAD_SIZE_MAX = 32 << 10,
    READ_SIZE = 64 << 10,
};

struct kept {
    int fd;
    int64_t since_ms;
};

struct upstream {
    struct loop *loop;
    uint16_t port;
    unsigned moves; /* a connection made before the last is not kept */
    struct kept kept[KEPT_MAX];
    size_t kept_count;
};

/* One exchange, on its fiber's stack. */
struct exchange {
    struct upstream *upstream;
    struct fiber *fiber;
    struct loop_watch watch;
    struct loop_timer timer;
    int fd;
    bool ready, late;
    struct buf in;
};

struct upstream *upstream_new(struct loop *loop)
{
    struct upstream *upstream = ts_memory_new(1, sizeof(*upstream));

    upstream->loop = loop;
    return upstream;
}

static void drop_kept(struct upstream *upstream)
{
    while (upstream->kept_count > 0)
        close(upstream->kept[--upstream->kept_count].fd);
}

void upstream_free(struct upstream *upstream)
{
    if (!upstream)
        return;
    drop_kept(upstream);
    ts_memory_free(upstream);
}

void upstream_move(struct upstream *upstream, uint16_t port)
{
    drop_kept(upstream);
    upstream->port = port;
    upstream->moves++;
}

/* ---- waiting */

static void on_watch(struct loop_watch *watch, bool readable, bool writable)
{
    struct exchange *exchange = (struct exchange *)((char *)watch - offsetof(struct exchange, watch));

    (void)readable;
    (void)writable;
    exchange->ready = true;
    fiber_wake(exchange->fiber);
}

static void on_late(struct loop_timer *timer)
{
    struct exchange *exchange = (struct exchange *)((char *)timer - offsetof(struct exchange, timer));

    exchange->late = true;
    fiber_wake(exchange->fiber);
}

/* Until the socket can be read, or written. False: the deadline passed. */
static bool wait_for(struct exchange *exchange, bool readable)
{
    exchange->ready = false;
    loop_watch_start(exchange->upstream->loop, &exchange->watch, exchange->fd, readable, !readable);
    while (!exchange->ready && !exchange->late)
        fiber_suspend();
    return !exchange->late;
}

/* ---- connections */

static int take_kept(struct upstream *upstream)
{
    int64_t now_ms = loop_now_ms(upstream->loop);

    while (upstream->kept_count > 0) {
        struct kept *kept = &upstream->kept[--upstream->kept_count];
        char byte;

        /* Closed from the other side, or older than is safe: not that one. */
        if (now_ms - kept->since_ms < KEPT_MS_MAX && recv(kept->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
            (errno == EAGAIN || errno == EWOULDBLOCK))
            return kept->fd;
        close(kept->fd);
    }
    return -1;
}

static void keep(struct upstream *upstream, int fd)
{
    if (upstream->kept_count == KEPT_MAX)
        close(fd);
    else
        upstream->kept[upstream->kept_count++] = (struct kept){ fd, loop_now_ms(upstream->loop) };
}

/* Return: 0 or TS_EUNAVAILABLE. */
static int connect_to(struct exchange *exchange)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(exchange->upstream->port) };
    int one = 1, error = 0;
    socklen_t size = sizeof(error);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    exchange->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (exchange->fd < 0)
        return TS_EUNAVAILABLE;
    (void)setsockopt(exchange->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* slower otherwise, not wrong */
    if (connect(exchange->fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return 0;
    if (errno != EINPROGRESS || !wait_for(exchange, /* readable= */ false))
        return TS_EUNAVAILABLE;
    if (getsockopt(exchange->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error)
        return TS_EUNAVAILABLE;
    return 0;
}

/* ---- the request */

static int send_all(struct exchange *exchange, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(exchange->fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno != EAGAIN || !wait_for(exchange, /* readable= */ false)))
            return TS_EUNKNOWN;
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
    }
    return 0;
}

static void write_head(struct buf *head, const struct upstream_request *request)
{
    buf_printf(head, "%s %s HTTP/1.1\r\n", request->method, request->target);
    for (const struct http_header *header = request->headers; header->name; header++)
        buf_printf(head, "%s: %s\r\n", header->name, header->value);
    if (request->body_size > 0 || strcmp(request->method, "POST") == 0)
        buf_printf(head, "content-length: %zu\r\n", request->body_size);
    buf_add_string(head, "\r\n");
}

/* ---- the answer */

/* At least one byte more. */
static int read_more(struct exchange *exchange)
{
    for (;;) {
        char *room = buf_reserve(&exchange->in, READ_SIZE);
        ssize_t size;

        if (!room)
            return TS_EUNKNOWN;
        size = recv(exchange->fd, room, READ_SIZE, 0);
        if (size > 0) {
            buf_grown(&exchange->in, (size_t)size);
            return 0;
        }
        if (size == 0 || (errno != EAGAIN && errno != EINTR))
            return TS_EUNKNOWN;
        if (errno == EAGAIN && !wait_for(exchange, /* readable= */ true))
            return TS_EUNKNOWN;
    }
}

/* Where the head ends, after its empty line; 0: not yet. */
static size_t head_end(const struct buf *in)
{
    const char *end = in->size > 0 ? memmem(in->data, in->size, "\r\n\r\n", 4) : NULL;

    return end ? (size_t)(end - in->data) + 4 : 0;
}

static bool parse_header(struct ts_arena *arena, const char *line, size_t size, struct http_header *ret_header)
{
    const char *colon = memchr(line, ':', size);
    char *name;
    size_t at;

    if (!colon || colon == line)
        return false;
    name = ts_strndup(arena, line, (size_t)(colon - line));
    for (char *letter = name; *letter; letter++)
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char)(*letter + ('a' - 'A'));
    at = (size_t)(colon - line) + 1;
    while (at < size && line[at] == ' ')
        at++;
    *ret_header = (struct http_header){ name, ts_strndup(arena, line + at, size - at) };
    return true;
}

/* "HTTP/1.1 200 OK", then the headers. False: that is none. */
static bool parse_head(struct ts_arena *arena, const char *head, size_t size, struct upstream_answer *ret_answer)
{
    const char *line, *end;
    size_t count = 0;

    if (!head || size < 16 || memcmp(head, "HTTP/1.1 ", 9) != 0)
        return false;
    end = head + size - 2; /* the empty line */
    line = memmem(head, size, "\r\n", 2);
    if (!line)
        return false;
    ret_answer->status = (int)strtol(head + 9, NULL, 10);
    for (line += 2; line < end;) {
        const char *line_end = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);

        if (!line_end || count == UPSTREAM_HEADERS_MAX ||
            !parse_header(arena, line, (size_t)(line_end - line), &ret_answer->headers[count++]))
            return false;
        line = line_end + 2;
    }
    ret_answer->headers[count] = (struct http_header){ 0 };
    return ret_answer->status >= 200 && ret_answer->status < 600;
}

static const char *find_header(const struct upstream_answer *answer, const char *name)
{
    for (const struct http_header *header = answer->headers; header->name; header++)
        if (strcmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

/* The size of the body. False: nobody says. */
static bool body_size_of(const struct upstream_answer *answer, size_t *ret_size)
{
    const char *length = find_header(answer, "content-length");
    char *end;
    unsigned long size;

    *ret_size = 0;
    if (!length)
        return answer->status == 304 || answer->status == 204;
    size = strtoul(length, &end, 10);
    if (end == length || *end || size > UPSTREAM_ANSWER_SIZE_MAX)
        return false;
    *ret_size = size;
    return true;
}

static int read_answer(struct exchange *exchange, struct ts_arena *arena, struct upstream_answer *ret_answer)
{
    size_t head, body;

    while (!(head = head_end(&exchange->in))) {
        if (exchange->in.size > HEAD_SIZE_MAX || read_more(exchange))
            return TS_EUNKNOWN;
    }
    if (!parse_head(arena, exchange->in.data, head, ret_answer) || !body_size_of(ret_answer, &body))
        return TS_EUNKNOWN;
    while (exchange->in.size < head + body)
        if (read_more(exchange))
            return TS_EUNKNOWN;
    if (exchange->in.size > head + body)
        return TS_EUNKNOWN; /* more than was asked for: what follows would be somebody else's */
    ret_answer->body = ts_memdup(arena, exchange->in.data + head, body);
    ret_answer->body_size = body;
    return 0;
}

/* Whether the connection may be used again. */
static bool is_kept(const struct upstream_answer *answer)
{
    const char *connection = find_header(answer, "connection");

    return !connection || strcasecmp(connection, "close") != 0;
}

/* ---- all of it */

static int converse(struct exchange *exchange, struct ts_arena *arena, const struct upstream_request *request,
                    const struct buf *head, struct upstream_answer *ret_answer)
{
    int r;

    exchange->fd = take_kept(exchange->upstream);
    r = exchange->fd < 0 ? connect_to(exchange) : 0;
    r = r ? r : send_all(exchange, head->data, head->size);
    r = r ? r : send_all(exchange, request->body, request->body_size);
    return r ? r : read_answer(exchange, arena, ret_answer);
}

int upstream_ask(struct upstream *upstream, struct ts_arena *arena, const struct upstream_request *request,
                 struct upstream_answer *ret_answer)
{
    struct exchange exchange = { .upstream = upstream, .fiber = fiber_self(), .fd = -1 };
    unsigned moves = upstream->moves;
    struct buf head;
    int r;

    if (upstream->port == 0)
        return TS_EUNAVAILABLE;
    buf_init(&head, HEAD_SIZE_MAX);
    write_head(&head, request);
    buf_init(&exchange.in, HEAD_SIZE_MAX + UPSTREAM_ANSWER_SIZE_MAX + READ_SIZE);
    exchange.watch.run = on_watch;
    exchange.timer.run = on_late;
    loop_timer_start(upstream->loop, &exchange.timer, request->deadline_ms - loop_now_ms(upstream->loop));
    r = head.full ? TS_EINVALID : converse(&exchange, arena, request, &head, ret_answer);
    loop_timer_stop(upstream->loop, &exchange.timer);
    loop_watch_stop(&exchange.watch);
    if (exchange.fd >= 0) {
        if (r == 0 && moves == upstream->moves && is_kept(ret_answer))
            keep(upstream, exchange.fd);
        else
            close(exchange.fd);
    }
    buf_done(&head);
    buf_done(&exchange.in);
    return r;
}
