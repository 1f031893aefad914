/*
 * A NATS server of the test's own on 127.0.0.1, on a port that was free and stays its own over restarts. It ends with
 * the test. The program is nats-server on the PATH, or the one that `./dev test` fetched.
 */
#ifndef SUPPORT_NATS_H
#define SUPPORT_NATS_H

#include <stdbool.h>
#include <sys/types.h>

#include "bus/bus.h"

struct nats_server {
    int port;
    pid_t pid; /* 0: not running */
    char url[64];
    struct bus_net net; /* how to reach it */
};

/* Is there a nats-server to be started? Tests without are skipped (exit code 77). */
bool nats_server_found(void);

/* Choose a port. */
void nats_server_init(struct nats_server *server);
/* Returns when it takes connections. */
void nats_server_start(struct nats_server *server);
/* At once (SIGKILL): what it had not sent is lost. */
void nats_server_kill(struct nats_server *server);

#endif
