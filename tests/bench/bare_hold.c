/*
 * What the same machine does for a durable hold when nothing stands between h2o and SQLite: the floor beside which
 * `./dev bench` sets holdTickets. One h2o handler, one writer thread, one transaction for all that came in during the
 * last flush; each request inserts the rows a one-ticket hold costs us (claim, hold, due entry), in tables of our
 * store's own shape, and is answered after the commit with as many bytes as our answer has. It never checkpoints: the
 * best case.
 *
 *     bare_hold DIRECTORY   prints its port and serves POST / until SIGTERM
 */
#define H2O_USE_LIBUV 1
#include <h2o.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_CLAIM = 48, BODY_HOLD = 360, ANSWER = 420 };

struct job {
    h2o_req_t *req; /* HTTP/1.1 alone: it stays until we answer, a vanished client is seen at the write */
    struct job *next;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *waiting, *done; /* newest first */
    uv_async_t wake;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *claim, *hold, *due;
    unsigned long number;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
} bare = { .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

static void must(int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
        return;
    fprintf(stderr, "bare_hold: %s\n", sqlite3_errmsg(bare.db));
    abort();
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;

    must(sqlite3_prepare_v3(bare.db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static void open_database(const char *directory)
{
    static const char columns[] =
        "(id TEXT NOT NULL, version INTEGER NOT NULL, sequence INTEGER NOT NULL, written_at_ms INTEGER NOT NULL,"
        " actor TEXT NOT NULL, operation TEXT NOT NULL, request_id TEXT NOT NULL, attempt INTEGER NOT NULL,"
        " erased INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (id, version)) WITHOUT ROWID";
    static const char values[] =
        "VALUES (?1, 1, ?2, 1764000000000, 'anonymous', 'holdTickets', '0123456789abcdef', 1, 0, ?3)";
    char text[1200];

    snprintf(text, sizeof(text), "%s/bare.db", directory);
    must(sqlite3_open(text, &bare.db));
    snprintf(text, sizeof(text),
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = "
             "-6000;"
             "CREATE TABLE claims %s; CREATE TABLE holds %s;"
             "CREATE TABLE holds__due (value BLOB NOT NULL, id TEXT NOT NULL, PRIMARY KEY (value, id)) WITHOUT ROWID",
             columns, columns);
    must(sqlite3_exec(bare.db, text, NULL, NULL, NULL));
    bare.begin = prepare("BEGIN IMMEDIATE");
    bare.commit = prepare("COMMIT");
    snprintf(text, sizeof(text), "INSERT INTO claims %s", values);
    bare.claim = prepare(text);
    snprintf(text, sizeof(text), "INSERT INTO holds %s", values);
    bare.hold = prepare(text);
    bare.due = prepare("INSERT INTO holds__due VALUES (?3, ?1)");
}

static void run(sqlite3_stmt *statement)
{
    must(sqlite3_step(statement));
    must(sqlite3_reset(statement));
}

static void insert(sqlite3_stmt *statement, const char *id, int body_size)
{
    static const char body[BODY_HOLD];

    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)bare.number);
    sqlite3_bind_blob(statement, 3, body, body_size, SQLITE_STATIC);
    run(statement);
}

static void insert_hold(void)
{
    char claim[64], hold[64], due[9] = { 0 };

    bare.number++;
    snprintf(claim, sizeof(claim), "quo_01k0000000000000000000000000/%07lu@0001", bare.number);
    snprintf(hold, sizeof(hold), "hld_01k%021lu00", bare.number);
    for (int i = 0; i < 8; i++)
        due[i] = (char)((bare.number / 64) >> (56 - 8 * i)); /* holds of one millisecond share a time */
    insert(bare.claim, claim, BODY_CLAIM);
    insert(bare.hold, hold, BODY_HOLD);
    sqlite3_bind_text(bare.due, 1, hold, -1, SQLITE_STATIC);
    sqlite3_bind_blob(bare.due, 3, due, 8, SQLITE_STATIC);
    run(bare.due);
}

/* Everything that came in during the last flush is one transaction. */
static void *write_batches(void *unused)
{
    (void)unused;
    for (;;) {
        struct job *batch, *last;

        pthread_mutex_lock(&bare.lock);
        while (!bare.waiting)
            pthread_cond_wait(&bare.work, &bare.lock);
        batch = bare.waiting;
        bare.waiting = NULL;
        pthread_mutex_unlock(&bare.lock);
        run(bare.begin);
        for (last = batch;; last = last->next) {
            insert_hold();
            if (!last->next)
                break;
        }
        run(bare.commit);
        pthread_mutex_lock(&bare.lock);
        last->next = bare.done;
        bare.done = batch;
        pthread_mutex_unlock(&bare.lock);
        uv_async_send(&bare.wake);
    }
    return NULL;
}

static void answer(h2o_req_t *req)
{
    static char body[ANSWER];

    memset(body, ' ', sizeof(body));
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = sizeof(body);
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, H2O_STRLIT("application/json"));
    h2o_send_inline(req, body, sizeof(body));
}

static void on_wake(uv_async_t *async)
{
    struct job *job, *next;

    (void)async;
    pthread_mutex_lock(&bare.lock);
    job = bare.done;
    bare.done = NULL;
    pthread_mutex_unlock(&bare.lock);
    for (; job; job = next) {
        next = job->next;
        answer(job->req);
        free(job);
    }
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    struct job *job = malloc(sizeof(*job));

    (void)handler;
    pthread_mutex_lock(&bare.lock);
    *job = (struct job){ req, bare.waiting };
    bare.waiting = job;
    pthread_cond_signal(&bare.work);
    pthread_mutex_unlock(&bare.lock);
    return 0;
}

static void on_close(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *connection = malloc(sizeof(*connection));

    (void)status;
    uv_tcp_init(listener->loop, connection);
    if (uv_accept(listener, (uv_stream_t *)connection)) {
        uv_close((uv_handle_t *)connection, on_close);
        return;
    }
    uv_tcp_nodelay(connection, 1);
    h2o_accept(&bare.accept, h2o_uv_socket_create((uv_stream_t *)connection, on_close));
}

static void listen_on_a_free_port(uv_tcp_t *listener)
{
    struct sockaddr_in address;
    int size = sizeof(address);

    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(uv_default_loop(), listener);
    uv_tcp_bind(listener, (struct sockaddr *)&address, 0);
    uv_listen((uv_stream_t *)listener, 128, on_connection);
    uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    h2o_hostconf_t *host;
    uv_tcp_t listener;
    pthread_t writer;

    if (argc != 2) {
        fprintf(stderr, "usage: bare_hold DIRECTORY\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    open_database(argv[1]);
    h2o_config_init(&bare.config);
    host = h2o_config_register_host(&bare.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(h2o_handler_t))->on_req = on_request;
    h2o_context_init(&bare.context, uv_default_loop(), &bare.config);
    bare.accept.ctx = &bare.context;
    bare.accept.hosts = bare.config.hosts;
    uv_async_init(uv_default_loop(), &bare.wake, on_wake);
    pthread_create(&writer, NULL, write_batches, NULL);
    listen_on_a_free_port(&listener);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
