/* Ports and programs for servers of a test's own. */
#ifndef SUPPORT_PORT_H
#define SUPPORT_PORT_H

#include <stdbool.h>
#include <sys/types.h>

/* A port of 127.0.0.1 that nobody has. */
int port_free(void);

/* Does somebody take connections there? */
bool port_takes_connections(int port);

/*
 * Where `name` is to be run from: the first of the PATH, then of the tools that `./dev test` fetched. Return: a path
 * that lasts until the next call; NULL.
 */
const char *port_program(const char *name);

/* A process for a server to be run in, which ends with the test and says nothing. Return: as fork(). */
pid_t port_fork(void);
/* Until somebody takes connections there; else the test fails after `ms_max`. */
void port_await(int port, int ms_max);
/* At once (SIGKILL), and *pid is 0 then; does nothing when it is already. */
void port_kill(pid_t *pid);

#endif
