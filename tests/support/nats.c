#include "support/nats.h"

#include <stdio.h>
#include <unistd.h>

#include "support/port.h"
#include "support/test.h"

enum { START_MS_MAX = 20000 };

bool nats_server_found(void)
{
    return port_program("nats-server");
}

void nats_server_init(struct nats_server *server)
{
    *server = (struct nats_server){ .port = port_free() };
    (void)snprintf(server->url, sizeof(server->url), "nats://127.0.0.1:%d", server->port);
    server->net = (struct bus_net){ .url = server->url, .host = "127.0.0.1", .name = "test" };
}

static void run_server(const struct nats_server *server)
{
    char port[16];

    (void)snprintf(port, sizeof(port), "%d", server->port);
    execl(port_program("nats-server"), "nats-server", "-a", "127.0.0.1", "-p", port, NULL);
    _exit(127);
}

void nats_server_start(struct nats_server *server)
{
    server->pid = port_fork();
    if (server->pid == 0)
        run_server(server);
    port_await(server->port, START_MS_MAX);
}

void nats_server_kill(struct nats_server *server)
{
    port_kill(&server->pid);
}
