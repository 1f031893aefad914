/*
 * A server that speaks MongoDB's protocol, of the test's own on 127.0.0.1, with TLS and a password, on a port that
 * stays its own over restarts: FerretDB over SQLite, which `./dev test` has built. It ends with the test, and its
 * folder too.
 */
#ifndef SUPPORT_MONGO_H
#define SUPPORT_MONGO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mongo_server {
    int port, plain_port; /* with TLS, and in the clear */
    pid_t pid;            /* 0: not running */
    char folder[64];
    bool lets_anybody_in; /* when started: it asks for no password */
};

/* TESSERA_TEST_STORE=mongodb: instances of tests have a database of a real server each, which never fails as told. */
bool mongo_wanted(void);

/* Is there one to be started? Tests without are skipped (exit code 77). */
bool mongo_server_found(void);

/* Choose a port, make a folder with a certificate. */
void mongo_server_init(struct mongo_server *server);
/* Returns when it takes connections. */
void mongo_server_start(struct mongo_server *server);
/* At once (SIGKILL). */
void mongo_server_kill(struct mongo_server *server);
/* The same, and its folder goes. */
void mongo_server_done(struct mongo_server *server);

/* The URI of a database of it, as who may use it. */
enum { MONGO_URI_SIZE = 256 };
char *mongo_server_uri(const struct mongo_server *server, const char *database, char uri[MONGO_URI_SIZE]);

/* The same in the clear, by whatever port leads there. */
char *mongo_server_plain_uri(int port, const char *database, char uri[MONGO_URI_SIZE]);

/* One server for all tests of the program, running; ends the program as skipped when there is none to be had. */
struct mongo_server *mongo_server_shared(void);
/* The URI of a database that no other test of this program has. */
char *mongo_server_fresh(struct mongo_server *server, char uri[MONGO_URI_SIZE]);

#endif
