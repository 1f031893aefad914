/*
 * A small HTTP/1.1 client: at most --connections keep-alive sockets to 127.0.0.1, one request on each at a time, one
 * epoll. Callers wait for their time (waiting.c), then in a queue for a connection; the request is written when there
 * is one. Whoever's connection breaks asks again on another, up to TRIES_MAX times: all requests here may be repeated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "stampede.h"

enum {
    EVENTS = 256,
    LOOK_US_MAX = 100000, /* between two looks at who is late and at the live line */
    TRIES_MAX = 3,
    ANSWER_SIZE_MAX = 1 << 20,
    ANSWER_MS_MAX = 35000, /* the server gives up on a request after 30 s */
    IDLE_MS_MAX = 15000,   /* and closes a connection that is idle for as long: not while we write to it */
};

struct connection {
    int fd; /* -1: closed */
    struct caller *caller;
    struct connection *next_idle;
    struct buf in, out;
    size_t sent;
    int64_t began_us, idle_since_us;
    bool wants_out;
};

static struct {
    int poller;
    struct connection *connections, *idle;
    struct caller *first, **last; /* wait for a connection */
    int64_t looked_us;
    struct ts_arena arena; /* the latest answer's tree */
} client;

void client_init(void)
{
    client.poller = epoll_create1(EPOLL_CLOEXEC);
    client.last = &client.first;
    client.connections = calloc(flags.connections, sizeof(*client.connections));
    if (client.poller < 0 || !client.connections)
        give_up("no memory for connections");
    for (unsigned i = flags.connections; i-- > 0;) {
        struct connection *connection = &client.connections[i];

        connection->fd = -1;
        buf_init(&connection->in, ANSWER_SIZE_MAX);
        buf_init(&connection->out, ANSWER_SIZE_MAX);
        connection->next_idle = client.idle;
        client.idle = connection;
    }
    arena_init(&client.arena);
}

void client_done(void)
{
    for (unsigned i = 0; i < flags.connections; i++) {
        if (client.connections[i].fd >= 0)
            close(client.connections[i].fd);
        buf_done(&client.connections[i].in);
        buf_done(&client.connections[i].out);
    }
    free(client.connections);
    waiting_done();
    close(client.poller);
    arena_done(&client.arena);
}

void client_ask(struct caller *caller)
{
    caller->next = NULL;
    *client.last = caller;
    client.last = &caller->next;
}

void client_ask_at(struct caller *caller, int64_t at_us)
{
    caller->tries = 0;
    caller->asked_us = at_us;
    waiting_add(caller);
}

static void ask_those_whose_time_has_come(void)
{
    int64_t now = now_us();

    while (waiting_least_us() <= now)
        client_ask(waiting_take());
}

static int dial(unsigned port, int how)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | how, 0), one = 1;

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0 && errno != EINPROGRESS)) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static void want_out(struct connection *connection, bool wants)
{
    struct epoll_event event = { .events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = connection };

    if (wants != connection->wants_out)
        epoll_ctl(client.poller, EPOLL_CTL_MOD, connection->fd, &event);
    connection->wants_out = wants;
}

static void make_idle(struct connection *connection)
{
    connection->caller = NULL;
    connection->idle_since_us = now_us();
    buf_clear(&connection->in);
    buf_clear(&connection->out);
    connection->next_idle = client.idle;
    client.idle = connection;
}

static void hang_up(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->wants_out = false;
}

/* There is no answer on this connection, and there will be none. */
static void lose(struct connection *connection, const char *why)
{
    struct caller *caller = connection->caller;

    hang_up(connection);
    if (!caller)
        return;
    make_idle(connection);
    count(&tally.failures, why);
    if (++caller->tries < TRIES_MAX) {
        client_ask(caller);
        return;
    }
    tally.unanswered++;
    caller->kind->on_answer(caller, NULL);
}

static void send_more(struct connection *connection)
{
    while (connection->sent < connection->out.size) {
        ssize_t sent = send(connection->fd, connection->out.data + connection->sent,
                            connection->out.size - connection->sent, MSG_NOSIGNAL);

        if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) {
            want_out(connection, true);
            return;
        }
        if (sent < 0) {
            lose(connection, "connection broken");
            return;
        }
        connection->sent += (size_t)sent;
    }
    want_out(connection, false);
}

static void write_request(struct connection *connection)
{
    struct caller *caller = connection->caller;
    struct buf body;

    buf_init(&body, ANSWER_SIZE_MAX);
    caller->kind->write(caller, &body);
    buf_printf(&connection->out, "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n",
               flags.port);
    if (caller->kind->is_staff)
        buf_printf(&connection->out, "Authorization: Bearer %s\r\n", flags.token);
    buf_printf(&connection->out, "Content-Length: %zu\r\n\r\n", body.size);
    buf_add(&connection->out, body.data, body.size);
    buf_done(&body);
    connection->sent = 0;
    tally.requests++;
}

/* The next caller has this connection. */
static void serve_next(struct connection *connection)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    struct caller *caller = client.first;

    client.first = caller->next;
    if (!client.first)
        client.last = &client.first;
    connection->caller = caller;
    connection->began_us = now_us();
    if (connection->began_us - connection->idle_since_us > IDLE_MS_MAX * 1000L)
        hang_up(connection);
    if (connection->fd < 0) {
        connection->fd = dial(flags.port, SOCK_NONBLOCK);
        if (connection->fd < 0 || epoll_ctl(client.poller, EPOLL_CTL_ADD, connection->fd, &event) < 0) {
            lose(connection, "connection refused");
            return;
        }
    }
    write_request(connection);
    send_more(connection);
}

static void start_requests(void)
{
    while (client.first && client.idle) {
        struct connection *connection = client.idle;

        client.idle = connection->next_idle;
        serve_next(connection);
    }
}

/* What the server answered as a whole: the data, or NULL after counting why there is none. */
static const struct json *read_answer(int status, const char *body, size_t size)
{
    struct json_error error;
    struct json *root;
    const struct json *code;
    char name[24];

    arena_reset(&client.arena);
    tally.server_errors += status >= 500;
    snprintf(name, sizeof(name), "HTTP %d", status);
    if (status != 200)
        count(&tally.failures, name);
    else if (json_parse(&client.arena, body, size, &root, &error) != 0)
        count(&tally.failures, "not JSON");
    else if (json_at(root, "errors", NULL)) {
        code = json_at(json_at(root, "errors", NULL)->first, "extensions", "code", NULL);
        count(&tally.failures, code ? code->text : "GraphQL error without a code");
    } else if (json_at(root, "data", NULL))
        return json_at(root, "data", NULL);
    else
        count(&tally.failures, "no data");
    return NULL;
}

/* The value of a header in the NUL-terminated head, or NULL. */
static const char *header_find(const char *head, const char *name)
{
    const char *line = strcasestr(head, name);

    return line ? line + strlen(name) : NULL;
}

static void take_answer(struct connection *connection, const char *body, size_t size)
{
    struct caller *caller = connection->caller;
    int64_t now = now_us();
    bool closes = header_find(connection->in.data, "\r\nconnection: close") != NULL;
    int status = (int)strtol(connection->in.data + strlen("HTTP/1.1 "), NULL, 10);
    const struct json *data = read_answer(status, body, size);

    watch_note(caller->op, connection->began_us - caller->asked_us, now - connection->began_us);
    tally.answered++;
    if (closes)
        hang_up(connection);
    make_idle(connection);
    caller->kind->on_answer(caller, data);
}

static void look_at_input(struct connection *connection)
{
    char *end = connection->in.size ? memmem(connection->in.data, connection->in.size, "\r\n\r\n", 4) : NULL;
    const char *length;
    size_t head, size;

    if (!end)
        return;
    head = (size_t)(end - connection->in.data) + 4;
    end[2] = '\0'; /* so that the head is a string */
    length = header_find(connection->in.data, "\r\ncontent-length:");
    size = length ? strtoul(length, NULL, 10) : 0;
    end[2] = '\r';
    if (!length || strncmp(connection->in.data, "HTTP/1.1 ", 9) != 0)
        lose(connection, "not an answer");
    else if (connection->in.size >= head + size) {
        end[2] = '\0';
        take_answer(connection, connection->in.data + head, size);
    }
}

static void on_ready(struct connection *connection, uint32_t events)
{
    char bytes[16 << 10];
    ssize_t got;

    if (connection->fd < 0)
        return; /* hung up earlier in this round */
    if (events & EPOLLOUT)
        send_more(connection);
    if (connection->fd < 0 || !(events & ~(uint32_t)EPOLLOUT))
        return;
    got = recv(connection->fd, bytes, sizeof(bytes), 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || !connection->caller) {
        lose(connection, got == 0 ? "connection closed" : "connection broken");
        return;
    }
    buf_add(&connection->in, bytes, (size_t)got);
    if (connection->in.full)
        lose(connection, "answer too long");
    else
        look_at_input(connection);
}

static void lose_the_late(void)
{
    int64_t now = now_us();

    if (now - client.looked_us < 1000000)
        return;
    client.looked_us = now;
    for (unsigned i = 0; i < flags.connections; i++)
        if (client.connections[i].caller && now - client.connections[i].began_us > ANSWER_MS_MAX * 1000L)
            lose(&client.connections[i], "no answer in time");
}

void client_run(const unsigned long *done, unsigned long all)
{
    struct epoll_event events[EVENTS];

    while (*done < all) {
        int64_t wait_us;
        int ready;

        ask_those_whose_time_has_come();
        start_requests();
        if (*done >= all)
            break;
        wait_us = waiting_least_us() - now_us();
        if (wait_us > LOOK_US_MAX)
            wait_us = LOOK_US_MAX;
        ready = epoll_wait(client.poller, events, EVENTS, wait_us > 0 ? (int)((wait_us + 999) / 1000) : 0);
        for (int i = 0; i < ready; i++)
            on_ready(events[i].data.ptr, events[i].events);
        lose_the_late();
        watch_progress();
    }
}

bool client_advance_clock(int64_t advance_ms)
{
    char text[256], answer[64] = "";
    int fd = dial(flags.admin_port, 0),
        body = snprintf(text, sizeof(text), "{\"advanceMs\":%lld}", (long long)advance_ms);
    int size =
        snprintf(text, sizeof(text),
                 "POST /clock HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
                 "Content-Length: %d\r\n\r\n{\"advanceMs\":%lld}",
                 body, (long long)advance_ms);
    bool taken = fd >= 0 && send(fd, text, (size_t)size, MSG_NOSIGNAL) == size &&
                 recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 12 && strncmp(answer + 9, "20", 2) == 0;

    if (fd >= 0)
        close(fd);
    return taken;
}

const struct json *json_at(const struct json *from, ...)
{
    const char *name;
    va_list names;

    va_start(names, from);
    while (from && (name = va_arg(names, const char *)))
        from = json_find(from, name);
    va_end(names);
    return from && from->type != JSON_NULL ? from : NULL;
}

void json_keep(char *to, size_t room, const struct json *from, const char *name)
{
    const struct json *found = json_at(from, name, NULL);

    if (!found || found->type != JSON_STRING || found->size >= room)
        give_up(name);
    memcpy(to, found->text, found->size + 1);
}
