/*
 * The ruler for `./dev bench`: libh2o on libuv and nothing else, answering fixed bytes from one handler. Prints its
 * port and serves until its stdin closes: bare_http [BODY]
 *
 * Its heap keeps its top: as glibc starts out it gives the pages of h2o's pools back and faults them in again with each
 * request or two, which made this ruler slower than a server whose heap is never quite empty.
 */
#include <h2o.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static h2o_globalconf_t conf;
static h2o_context_t context;
static h2o_accept_ctx_t accept_context;
static h2o_iovec_t body;

static int on_req(h2o_handler_t *self, h2o_req_t *req)
{
    static h2o_generator_t generator;

    (void)self;
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, H2O_STRLIT("application/json"));
    h2o_start_response(req, &generator);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *connection = calloc(1, sizeof(*connection));

    if (status != 0 || !connection)
        abort();
    uv_tcp_init(listener->loop, connection);
    if (uv_accept(listener, (uv_stream_t *)connection) != 0) {
        uv_close((uv_handle_t *)connection, on_closed);
        return;
    }
    uv_tcp_nodelay(connection, 1);
    h2o_accept(&accept_context, h2o_uv_socket_create((uv_stream_t *)connection, on_closed));
}

static void on_stdin(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
    exit(0);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    int size = sizeof(address);
    uv_tcp_t listener;
    uv_poll_t input;
    h2o_hostconf_t *host;

    signal(SIGPIPE, SIG_IGN);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    body = h2o_iovec_init(argc > 1 ? argv[1] : "{}", argc > 1 ? strlen(argv[1]) : 2);
    h2o_config_init(&conf);
    conf.server_name = h2o_iovec_init(NULL, 0);
    host = h2o_config_register_host(&conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(h2o_handler_t))->on_req = on_req;
    h2o_context_init(&context, loop, &conf);
    accept_context = (h2o_accept_ctx_t){ .ctx = &context, .hosts = conf.hosts };
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_connection) != 0)
        return 1;
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    uv_poll_init(loop, &input, 0);
    uv_poll_start(&input, UV_READABLE | UV_DISCONNECT, on_stdin);
    return uv_run(loop, UV_RUN_DEFAULT);
}
