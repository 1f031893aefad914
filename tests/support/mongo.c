#include "support/mongo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/port.h"
#include "support/test.h"

enum { START_MS_MAX = 30000 };

#define USER "tessera"
#define PASSWORD "swordfish"

static struct mongo_server shared;
static unsigned fresh_count;

bool mongo_wanted(void)
{
    const char *name = getenv("TESSERA_TEST_STORE");

    return name && strcmp(name, "mongodb") == 0;
}

bool mongo_server_found(void)
{
    return port_program("ferretdb");
}

void mongo_server_init(struct mongo_server *server)
{
    char command[512];

    *server =
        (struct mongo_server){ .port = port_free(), .plain_port = port_free(), .folder = "/tmp/tessera-mongo-XXXXXX" };
    assert_non_null(mkdtemp(server->folder));
    (void)snprintf(command, sizeof(command),
                   "cd %s && mkdir data && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                   "-days 2 -keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 "
                   "2>/dev/null",
                   server->folder);
    assert_int_equal(system(command), 0);
}

static void run_server(const struct mongo_server *server)
{
    const char *postgres = getenv("TESSERA_TEST_POSTGRES"); /* of on_postgres.py */
    char url[256], state[128], listen[64], plain[64], cert[128], key[128];

    if (postgres)
        (void)snprintf(url, sizeof(url), "--postgresql-url=%s", postgres);
    else
        (void)snprintf(url, sizeof(url), "--sqlite-url=file:%s/data/?_pragma=synchronous(off)", server->folder);
    (void)snprintf(state, sizeof(state), "--state-dir=%s", server->folder);
    (void)snprintf(listen, sizeof(listen), "--listen-tls=127.0.0.1:%d", server->port);
    (void)snprintf(plain, sizeof(plain), "--listen-addr=127.0.0.1:%d", server->plain_port);
    (void)snprintf(cert, sizeof(cert), "--listen-tls-cert-file=%s/cert.pem", server->folder);
    (void)snprintf(key, sizeof(key), "--listen-tls-key-file=%s/key.pem", server->folder);
    execl(port_program("ferretdb"), "ferretdb", postgres ? "--handler=postgresql" : "--handler=sqlite", url, state,
          "--telemetry=disable", plain, listen, cert, key, "--debug-addr=-", "--log-level=error",
          server->lets_anybody_in ? NULL : "--test-enable-new-auth", "--setup-database=" USER, "--setup-username=" USER,
          "--setup-password=" PASSWORD, NULL);
    _exit(127);
}

void mongo_server_start(struct mongo_server *server)
{
    server->pid = port_fork();
    if (server->pid == 0)
        run_server(server);
    port_await(server->port, START_MS_MAX);
}

void mongo_server_kill(struct mongo_server *server)
{
    port_kill(&server->pid);
}

char *mongo_server_uri(const struct mongo_server *server, const char *database, char uri[MONGO_URI_SIZE])
{
    (void)snprintf(uri, MONGO_URI_SIZE,
                   "mongodb://" USER ":" PASSWORD "@127.0.0.1:%d/%s?authSource=" USER "&tls=true&tlsCAFile=%s/cert.pem",
                   server->port, database, server->folder);
    return uri;
}

char *mongo_server_plain_uri(int port, const char *database, char uri[MONGO_URI_SIZE])
{
    (void)snprintf(uri, MONGO_URI_SIZE, "mongodb://" USER ":" PASSWORD "@127.0.0.1:%d/%s?authSource=" USER, port,
                   database);
    return uri;
}

void mongo_server_done(struct mongo_server *server)
{
    char command[128];

    mongo_server_kill(server);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", server->folder);
    assert_int_equal(system(command), 0);
}

static void end_shared(void)
{
    mongo_server_done(&shared);
}

struct mongo_server *mongo_server_shared(void)
{
    if (!mongo_server_found())
        exit(77);
    if (!shared.pid) {
        mongo_server_init(&shared);
        mongo_server_start(&shared);
        atexit(end_shared);
    }
    return &shared;
}

char *mongo_server_fresh(struct mongo_server *server, char uri[MONGO_URI_SIZE])
{
    char database[32];

    (void)snprintf(database, sizeof(database), "t%d_%u", (int)getpid() % 100000, fresh_count++);
    return mongo_server_uri(server, database, uri);
}
