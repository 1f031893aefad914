/*
 * The ruler for subscriptions: libuv and nothing else, pushing fixed bytes to all sockets that asked for a WebSocket.
 * A POST is the change: it appends a page to a file and waits for the disk, as a durable change must, then writes to
 * every socket and answers. Prints its port and serves until its stdin closes: bare_fanout FOLDER PAYLOAD
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { SOCKETS_MAX = 20000, PAGE = 4096 };

static uv_stream_t *sockets[SOCKETS_MAX];
static unsigned socket_count;
static char frame[8 << 10];
static size_t frame_size;
static int file;

static void on_closed(uv_handle_t *handle)
{
    for (unsigned i = 0; i < socket_count; i++) {
        if (sockets[i] == (uv_stream_t *)handle) {
            sockets[i] = sockets[--socket_count];
            break;
        }
    }
    free(handle);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    static char room[64 << 10];

    (void)handle, (void)size;
    *ret_buf = uv_buf_init(room, sizeof(room));
}

static void push(uv_stream_t *stream, const void *bytes, size_t size)
{
    uv_buf_t piece = uv_buf_init((char *)bytes, (unsigned)size);

    if (uv_try_write(stream, &piece, 1) != (int)size)
        abort();
}

static void change(uv_stream_t *stream)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static char page[PAGE];

    if (write(file, page, sizeof(page)) != sizeof(page) || fdatasync(file) != 0)
        abort();
    for (unsigned i = 0; i < socket_count; i++)
        push(sockets[i], frame, frame_size);
    push(stream, answer, sizeof(answer) - 1);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    static const char hello[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
    } else if (memmem(buf->base, (size_t)size, "POST ", 5)) {
        stream->data = stream;
    } else if (memmem(buf->base, (size_t)size, "GET ", 4)) {
        push(stream, hello, sizeof(hello) - 1);
    } else if (memmem(buf->base, (size_t)size, "\"subscribe\"", 11)) {
        sockets[socket_count++] = stream;
        push(stream, frame, frame_size);
    }
    if (size > 0 && stream->data && memchr(buf->base, '{', (size_t)size))
        change(stream);
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *connection = calloc(1, sizeof(*connection));

    if (status != 0 || !connection)
        abort();
    uv_tcp_init(listener->loop, connection);
    if (uv_accept(listener, (uv_stream_t *)connection) != 0)
        abort();
    uv_tcp_nodelay(connection, 1);
    uv_read_start((uv_stream_t *)connection, on_alloc, on_read);
}

static void on_stdin(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
    exit(0);
}

static void make_frame(const char *payload)
{
    size_t size = strlen(payload);

    if (size + 4 > sizeof(frame))
        abort();
    frame[0] = (char)0x81;
    frame[1] = 126;
    frame[2] = (char)(size >> 8);
    frame[3] = (char)size;
    memcpy(frame + 4, payload, size);
    frame_size = size + 4;
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    int size = sizeof(address);
    uv_tcp_t listener;
    uv_poll_t input;

    if (argc != 3 || chdir(argv[1]) != 0)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    file = open("changes", O_CREAT | O_WRONLY | O_APPEND, 0600);
    make_frame(argv[2]);
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &listener);
    if (file < 0 || uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_connection) != 0)
        return 1;
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    uv_poll_init(loop, &input, 0);
    uv_poll_start(&input, UV_READABLE | UV_DISCONNECT, on_stdin);
    return uv_run(loop, UV_RUN_DEFAULT);
}
