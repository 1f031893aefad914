/*
 * The engine under any schema, for comparisons with other implementations: POST {schema, query, variables,
 * operationName} is answered with the GraphQL response over the values of fixed.h. It prints its URL and serves until
 * it is killed. Schemas are kept by their text. A test's program: it trusts who speaks to it.
 */
#include <h2o.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "graphql/error.h"
#include "graphql/fixed.h"

enum { SCHEMAS_MAX = 64, REPLY_SIZE_MAX = 1 << 30, PROBLEMS_SIZE_MAX = 1 << 20 };

/* A schema, or what is wrong with it. */
struct known {
    char *text;
    struct gql_schema *schema; /* NULL: not valid */
    struct buf problems;       /* a line each */
    unsigned long used;        /* when, counted in requests */
};

static struct known known[SCHEMAS_MAX];
static unsigned long request_count;

static h2o_globalconf_t conf;
static h2o_context_t context;
static h2o_accept_ctx_t accept_context;

static void known_init(struct known *entry, const char *text)
{
    const struct gql_source source = { .name = "schema", .text = text };
    const struct gql_config config = {
        .sources = &source,
        .source_count = 1,
        .introspection = true,
        .suggestions = true,
        .plain = true,
        .resolve = fixed_resolve,
        .limits = &fixed_limits,
    };

    buf_init(&entry->problems, PROBLEMS_SIZE_MAX);
    entry->text = strdup(text);
    entry->schema = gql_schema_new(&config, &entry->problems);
}

/* The entry of this text, made in the place of the one unused for longest. */
static struct known *known_find(const char *text)
{
    struct known *oldest = &known[0];

    for (size_t i = 0; i < SCHEMAS_MAX; i++) {
        if (known[i].text && strcmp(known[i].text, text) == 0) {
            known[i].used = ++request_count;
            return &known[i];
        }
        if (known[i].used < oldest->used)
            oldest = &known[i];
    }
    gql_schema_free(oldest->schema);
    buf_done(&oldest->problems);
    free(oldest->text);
    known_init(oldest, text);
    oldest->used = ++request_count;
    return oldest;
}

/* One error for each line. */
static void write_problems(struct ts_arena *arena, const struct buf *problems, struct buf *reply)
{
    const char *line = ts_strndup(arena, problems->data, problems->size), *end;
    struct error_list errors;

    error_list_init(&errors, arena, fixed_limits.errors);
    for (; (end = strchr(line, '\n')); line = end + 1)
        (void)error_add(&errors, ERROR_VALIDATION, "%.*s", (int)(end - line), line);
    buf_add_char(reply, '{');
    error_list_write(&errors, "", 0, reply);
    buf_add_char(reply, '}');
}

static const char *text_of(const struct json *object, const char *name)
{
    const struct json *value = json_find(object, name);

    return value && value->type == JSON_STRING ? value->text : NULL;
}

/* Return: false when `body` is no request. */
static bool answer(struct ts_arena *arena, h2o_iovec_t body, struct buf *reply)
{
    struct gql_env env = { .arena = arena, .principal = GQL_SIGNED_IN };
    struct gql_request request = { 0 };
    struct json_error error;
    struct known *entry;
    struct json *input;

    if (json_parse(arena, body.base, body.len, &input, &error) || !text_of(input, "schema") || !text_of(input, "query"))
        return false;
    entry = known_find(text_of(input, "schema"));
    if (!entry->schema) {
        write_problems(arena, &entry->problems, reply);
        return true;
    }
    request.query = text_of(input, "query");
    request.query_size = strlen(request.query);
    request.operation_name = text_of(input, "operationName");
    request.variables = json_find(input, "variables");
    (void)gql_execute(entry->schema, &env, &request, reply);
    return true;
}

static int on_req(h2o_handler_t *self, h2o_req_t *req)
{
    struct ts_arena arena;
    struct buf reply;

    (void)self;
    arena_init(&arena);
    buf_init(&reply, REPLY_SIZE_MAX);
    req->res.status = 200;
    req->res.reason = "OK";
    if (!answer(&arena, req->entity, &reply)) {
        req->res.status = 400;
        req->res.reason = "Bad Request";
        gql_error_body(&reply, ERROR_INPUT, "The body must be JSON with the strings schema and query.");
    }
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, H2O_STRLIT("application/json"));
    h2o_send_inline(req, reply.data, reply.size);
    buf_done(&reply);
    arena_done(&arena);
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

/* A free port of the loopback. Return: it, or 0. */
static int listen_anywhere(uv_loop_t *loop, uv_tcp_t *listener)
{
    struct sockaddr_in address;
    int size = sizeof(address);

    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, listener);
    if (uv_tcp_bind(listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)listener, 1024, on_connection) != 0 ||
        uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    h2o_hostconf_t *host;
    int port;

    signal(SIGPIPE, SIG_IGN);
    h2o_config_init(&conf);
    host = h2o_config_register_host(&conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(h2o_handler_t))->on_req = on_req;
    h2o_context_init(&context, loop, &conf);
    accept_context = (h2o_accept_ctx_t){ .ctx = &context, .hosts = conf.hosts };
    port = listen_anywhere(loop, &listener);
    if (!port)
        return 1;
    printf("http://127.0.0.1:%d\n", port);
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
