/*
 * Many WebSocket subscribers in one process, and how long one change takes until the last of them has it:
 *
 *     subscribers PORT COUNT INIT SUBSCRIBE CHANGE
 *
 * Opens COUNT sockets at /graphql on 127.0.0.1, sends INIT and SUBSCRIBE on each and waits for its first response;
 * prints "ready". Each line on stdin then begins a round: CHANGE is POSTed as JSON, and the round is over when every
 * socket has one more response and the change is answered; it prints the microseconds until the last response, and the
 * size of one. The sockets are held until stdin ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_SIZE_MAX = 16 << 10, EVENTS = 256, ROUND_MS_MAX = 20000 };

static const char next_type[] = "\"next\"";

struct reader {
    int fd;
    unsigned heard; /* the last round in which it had a response */
    size_t size;
    char *held; /* a frame that has come in part; NULL: none */
    bool open;  /* the handshake is over */
};

static unsigned port;
static int poller;
static struct reader *readers;
static unsigned reader_count, round_number, waiting; /* for a response of this round */
static size_t response_size;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void send_all(int fd, const void *bytes, size_t size)
{
    if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("send");
}

static int dial(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    inet_pton(AF_INET, "127.0.0.1", &name.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

/* A masked text frame whose mask is zero. */
static void send_text(int fd, const char *text)
{
    size_t size = strlen(text), head = size < 126 ? 6 : 8;
    char *frame = calloc(1, head + size);

    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | (size < 126 ? size : 126));
    if (size >= 126) {
        frame[2] = (char)(size >> 8);
        frame[3] = (char)size;
    }
    memcpy(frame + head, text, size);
    send_all(fd, frame, head + size);
    free(frame);
}

/* The size of the frame that begins at `bytes`, its payload's place in *ret_payload; 0: more is needed to tell. */
static size_t frame_size(const uint8_t *bytes, size_t size, size_t *ret_payload)
{
    size_t length = size < 2 ? 0 : bytes[1] & 127;

    if (size < 4)
        return 0;
    *ret_payload = length < 126 ? 2 : 4;
    if (length == 127)
        die("a frame too large");
    return *ret_payload + (length < 126 ? length : (size_t)bytes[2] << 8 | bytes[3]);
}

static void take_frame(struct reader *reader, const char *payload, size_t size)
{
    if (!memmem(payload, size < 64 ? size : 64, next_type, sizeof(next_type) - 1))
        return;
    response_size = size;
    waiting -= reader->heard != round_number;
    reader->heard = round_number;
}

/* Return: how many of the bytes are done with. */
static size_t take_bytes(struct reader *reader, const char *bytes, size_t size)
{
    size_t at = 0, payload, frame;

    if (!reader->open) {
        const char *end = memmem(bytes, size, "\r\n\r\n", 4);

        if (!end)
            return 0;
        reader->open = true;
        at = (size_t)(end - bytes) + 4;
    }
    while ((frame = frame_size((const uint8_t *)bytes + at, size - at, &payload)) && frame <= size - at) {
        take_frame(reader, bytes + at + payload, frame - payload);
        at += frame;
    }
    return at;
}

static void on_readable(struct reader *reader)
{
    char bytes[FRAME_SIZE_MAX];
    ssize_t got;
    size_t done;

    if (reader->size)
        memcpy(bytes, reader->held, reader->size);
    got = recv(reader->fd, bytes + reader->size, sizeof(bytes) - reader->size, MSG_DONTWAIT);
    if (got <= 0 && errno != EAGAIN)
        die("recv");
    if (got <= 0)
        return;
    reader->size += (size_t)got;
    done = take_bytes(reader, bytes, reader->size);
    reader->size -= done;
    free(reader->held);
    reader->held = reader->size ? malloc(reader->size) : NULL;
    if (reader->size)
        memcpy(reader->held, bytes + done, reader->size);
}

/* Until every socket has what it waits for. */
static void read_all(void)
{
    struct epoll_event events[EVENTS];
    double end_us = now_us() + ROUND_MS_MAX * 1e3;

    while (waiting) {
        int count = epoll_wait(poller, events, EVENTS, 1000);

        if (now_us() > end_us) {
            fprintf(stderr, "%u sockets got nothing\n", waiting);
            exit(1);
        }
        for (int i = 0; i < count; i++)
            on_readable(events[i].data.ptr);
    }
}

static void subscribe(struct reader *reader, const char *init, const char *text)
{
    static const char hello[] =
        "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = reader };
    char answer[1024];
    ssize_t got;

    reader->heard = round_number - 1;
    reader->fd = dial();
    send_all(reader->fd, hello, sizeof(hello) - 1);
    got = recv(reader->fd, answer, sizeof(answer), 0); /* frames before the 101 would be a client's error */
    if (got <= 0 || take_bytes(reader, answer, (size_t)got) != (size_t)got)
        die("no handshake");
    send_text(reader->fd, init);
    send_text(reader->fd, text);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, reader->fd, &event) < 0)
        die("epoll_ctl");
    waiting++;
    read_all();
}

static void change(const char *body)
{
    int fd = dial();
    char head[256], answer[4096];
    int size = snprintf(head, sizeof(head),
                        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        strlen(body));
    double start_us = now_us(), last_us;

    round_number++;
    waiting = reader_count;
    send_all(fd, head, (size_t)size);
    send_all(fd, body, strlen(body));
    read_all();
    last_us = now_us();
    if (recv(fd, answer, sizeof(answer), 0) <= 0 || !memmem(answer, 32, "200", 3))
        die("the change failed");
    close(fd);
    printf("%.0f %zu\n", last_us - start_us, response_size);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[64];

    if (argc != 6)
        return 2;
    port = (unsigned)strtoul(argv[1], NULL, 10);
    reader_count = (unsigned)strtoul(argv[2], NULL, 10);
    readers = calloc(reader_count, sizeof(*readers));
    poller = epoll_create1(0);
    for (unsigned i = 0; i < reader_count; i++)
        subscribe(&readers[i], argv[3], argv[4]);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin))
        change(argv[5]);
    return 0;
}
