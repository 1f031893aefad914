#include "support/nats.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

enum { START_MS_MAX = 20000 };

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* The first of the PATH, then of the fetched tools, that may be run. */
static const char *program(void)
{
    static char found[4096];
    const char *path = getenv("PATH");
    char folders[4096];

    (void)snprintf(folders, sizeof(folders), "%s:" TOOLS "/usr/sbin", path ? path : "");
    for (char *folder = folders, *rest = folders; folder; folder = rest) {
        folder = strsep(&rest, ":");
        if ((size_t)snprintf(found, sizeof(found), "%s/nats-server", folder) < sizeof(found) &&
            access(found, X_OK) == 0)
            return found;
    }
    return NULL;
}

bool nats_server_found(void)
{
    return program();
}

void nats_server_init(struct nats_server *server)
{
    struct sockaddr_in address = address_of(0);
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    *server = (struct nats_server){ .port = ntohs(address.sin_port) };
    (void)snprintf(server->url, sizeof(server->url), "nats://127.0.0.1:%d", server->port);
    server->net = (struct bus_net){ .url = server->url, .host = "127.0.0.1", .name = "test" };
}

static bool takes_connections(const struct nats_server *server)
{
    struct sockaddr_in address = address_of(server->port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return ok;
}

static void run_server(const struct nats_server *server)
{
    char port[16];
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    (void)snprintf(port, sizeof(port), "%d", server->port);
    execl(program(), "nats-server", "-a", "127.0.0.1", "-p", port, NULL);
    _exit(127);
}

void nats_server_start(struct nats_server *server)
{
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        run_server(server);
    for (int ms = 0; !takes_connections(server); ms++) {
        assert_true(ms < START_MS_MAX);
        usleep(1000);
    }
}

void nats_server_kill(struct nats_server *server)
{
    if (!server->pid)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}
