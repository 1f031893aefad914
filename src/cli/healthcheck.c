/* GET <admin>/readyz, by hand: a container's probe needs no client library. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/cli.h"

enum { ANSWER_SIZE = 4096 };

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
    struct timeval limit = { .tv_sec = 3 };
    int fd;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Send the request and read the status. Return: it, or -1. */
static int ask(int fd, const char *host)
{
    char answer[ANSWER_SIZE] = "";
    int status = -1;

    dprintf(fd, "GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host);
    if (recv(fd, answer, sizeof(answer) - 1, MSG_WAITALL) > 0)
        (void)sscanf(answer, "HTTP/1.%*d %d", &status); /* stays -1 */
    return status;
}

int cli_healthcheck(const struct options *options)
{
    char host[256] = "", port[6] = "80";
    int fd, status;

    if (sscanf(options->url, "http://%255[^:/]:%5[0-9]", host, port) < 1) {
        fprintf(stderr, "tessera: --url is http://HOST:PORT\n");
        return 2;
    }
    fd = connect_to(host, port);
    if (fd < 0) {
        fprintf(stderr, "tessera: nothing answers at %s\n", options->url);
        return 1;
    }
    status = ask(fd, host);
    close(fd);
    if (status != 200)
        fprintf(stderr, "tessera: not ready (status %d)\n", status);
    return status == 200 ? 0 : 1;
}
