#include "support/peer.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

enum { CONNECTIONS_MAX = 256, REQUEST_SIZE_MAX = 16 << 10 };

struct peer {
    int fd, port, stop[2];
    SSL_CTX *tls; /* NULL: plain */
    pthread_t thread, threads[CONNECTIONS_MAX];
    atomic_uint requests, connections;
};

struct line {
    struct peer *peer;
    int fd;
    SSL *tls;
    char request[REQUEST_SIZE_MAX + 1];
};

static bool stopped(const struct peer *peer, int ms)
{
    struct pollfd stop = { .fd = peer->stop[0], .events = POLLIN };

    return poll(&stop, 1, ms) > 0;
}

/* Whether there is something to read before the peer ends. */
static bool await(const struct line *line)
{
    struct pollfd either[] = { { .fd = line->fd, .events = POLLIN }, { .fd = line->peer->stop[0], .events = POLLIN } };

    if (line->tls && SSL_pending(line->tls))
        return true;
    return poll(either, 2, -1) > 0 && !either[1].revents;
}

static ssize_t line_read(struct line *line, void *bytes, size_t size)
{
    if (!await(line))
        return -1;
    return line->tls ? SSL_read(line->tls, bytes, (int)size) : read(line->fd, bytes, size);
}

static bool line_write(struct line *line, const void *bytes, size_t size)
{
    if (line->tls)
        return SSL_write(line->tls, bytes, (int)size) == (int)size;
    return send(line->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool line_say(struct line *line, const char *text)
{
    return line_write(line, text, strlen(text));
}

/* A whole request, its body by Content-Length. */
static bool read_request(struct line *line)
{
    size_t size = 0, whole = SIZE_MAX;

    while (size < whole) {
        ssize_t got = line_read(line, line->request + size, REQUEST_SIZE_MAX - size);
        const char *end, *length;

        if (got <= 0)
            return false;
        size += (size_t)got;
        line->request[size] = '\0';
        end = strstr(line->request, "\r\n\r\n");
        length = strcasestr(line->request, "\r\ncontent-length:");
        if (end)
            whole = (size_t)(end + 4 - line->request) + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
    atomic_fetch_add(&line->peer->requests, 1);
    return true;
}

static bool say_body(struct line *line, const char *body, size_t size)
{
    char head[128];

    (void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nX-Peer:  here \r\nContent-Length: %zu\r\n\r\n", size);
    return line_say(line, head) && line_write(line, body, size);
}

static bool say_long(struct line *line)
{
    char *body = malloc(PEER_LONG_SIZE);
    bool ok;

    assert_non_null(body);
    memset(body, 'x', PEER_LONG_SIZE);
    ok = say_body(line, body, PEER_LONG_SIZE);
    free(body);
    return ok;
}

static bool say_endless(struct line *line)
{
    if (!line_say(line, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
        return false;
    while (!stopped(line->peer, 0) && line_say(line, "10\r\n0123456789abcdef\r\n"))
        ;
    return false;
}

static bool say_heads(struct line *line)
{
    if (!line_say(line, "HTTP/1.1 200 OK\r\n"))
        return false;
    for (int i = 0; i < 200; i++)
        if (!line_say(line, "X-Many: one more\r\n"))
            return false;
    return line_say(line, "Content-Length: 0\r\n\r\n");
}

/* Return: whether the connection is kept. */
static bool answer(struct line *line)
{
    const char *path = strchr(line->request, '/');
    size_t size = path ? strcspn(path, " ?") : 0;

#define IS(name) (size == strlen(name) && memcmp(path, name, size) == 0)
    if (IS("/echo"))
        return say_body(line, line->request, strlen(line->request));
    if (IS("/redirect"))
        return line_say(line, "HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n");
    if (IS("/interim"))
        return line_say(line, "HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n") && say_body(line, "", 0);
    if (IS("/long"))
        return say_long(line);
    if (IS("/endless"))
        return say_endless(line);
    if (IS("/heads"))
        return say_heads(line);
    if (IS("/slow"))
        return !stopped(line->peer, -1);
    if (IS("/half"))
        return line_say(line, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!") && false;
    if (IS("/break"))
        return false;
#undef IS
    return line_say(line, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void *line_main(void *data)
{
    struct line *line = data;

    if (!line->tls || SSL_accept(line->tls) == 1)
        while (read_request(line) && answer(line))
            ;
    SSL_free(line->tls);
    close(line->fd);
    free(line);
    return NULL;
}

static void *peer_main(void *data)
{
    struct peer *peer = data;
    struct pollfd either[] = { { .fd = peer->fd, .events = POLLIN }, { .fd = peer->stop[0], .events = POLLIN } };

    while (poll(either, 2, -1) > 0 && !either[1].revents) {
        struct line *line = calloc(1, sizeof(*line));
        unsigned number = atomic_fetch_add(&peer->connections, 1);

        assert_true(line && number < CONNECTIONS_MAX);
        line->peer = peer;
        line->fd = accept(peer->fd, NULL, NULL);
        if (peer->tls) {
            line->tls = SSL_new(peer->tls);
            SSL_set_fd(line->tls, line->fd);
        }
        pthread_create(&peer->threads[number], NULL, line_main, line);
    }
    for (unsigned i = 0; i < peer->connections; i++)
        pthread_join(peer->threads[i], NULL);
    return NULL;
}

struct peer *peer_new(const char *certificate, const char *key)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    assert_non_null(peer);
    signal(SIGPIPE, SIG_IGN);
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(peer->fd, CONNECTIONS_MAX), 0);
    assert_int_equal(getsockname(peer->fd, (struct sockaddr *)&address, &size), 0);
    peer->port = ntohs(address.sin_port);
    assert_int_equal(pipe(peer->stop), 0);
    if (certificate) {
        peer->tls = SSL_CTX_new(TLS_server_method());
        assert_int_equal(SSL_CTX_use_certificate_chain_file(peer->tls, certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(peer->tls, key, SSL_FILETYPE_PEM), 1);
    }
    pthread_create(&peer->thread, NULL, peer_main, peer);
    return peer;
}

void peer_free(struct peer *peer)
{
    assert_int_equal(write(peer->stop[1], "x", 1), 1);
    pthread_join(peer->thread, NULL);
    SSL_CTX_free(peer->tls);
    close(peer->fd);
    close(peer->stop[0]);
    close(peer->stop[1]);
    free(peer);
}

int peer_port(const struct peer *peer)
{
    return peer->port;
}

unsigned peer_requests(const struct peer *peer)
{
    return peer->requests;
}

unsigned peer_connections(const struct peer *peer)
{
    return peer->connections;
}
