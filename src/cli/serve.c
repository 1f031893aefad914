/*
 * tessera serve: puts the parts together from the bottom up, runs them, and takes them apart in the other order. A stop
 * signal ends the listeners first; what is in flight is answered, and cancelled when that takes too long: then each
 * wait but that for a write ends. When all fibers have ended, listeners, modules and store go. All in under 10 s, after
 * which a supervisor would kill us.
 */
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/json.h"
#include "bus/bus.h"
#include "bus/rate.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/data.h"
#include "cli/figures.h"
#include "cli/import.h"
#include "cli/instance.h"
#include "cli/net.h"
#include "cli/request_limits.h"
#include "cli/secrets.h"
#include "cli/web.h"
#include "gateway/accounts.h"
#include "gateway/admin.h"
#include "gateway/gateway.h"
#include "gateway/graphiql.h"
#include "gateway/hub.h"
#include "gateway/operations.h"
#include "gateway/pages.h"
#include "gateway/proxies.h"
#include "gateway/sse.h"
#include "gateway/tls.h"
#include "gateway/ws.h"
#include "host/host.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "store/backup.h"
#include "store/store.h"
#include "telemetry/stray.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

enum {
    ANSWER_MS_MAX = 4000, /* after the signal, for what is in flight to be answered undisturbed */
    STOP_MS_MAX = 6000,   /* ... and for its connections */
    DRAIN_MS_MAX = 500,   /* then, for what runs without a client, before it is cancelled */
    CLOSE_MS_MAX = 500,   /* then, for answers to those who left */
    ADMIN_CONNECTIONS_MAX = 100,
    STREAMS_MAX = TS_REQUESTS_IN_FLIGHT_MAX * 3 / 4, /* of events: others must find room beside them */
    CONTROL_MS_MAX = 3600000,
    TRIM_MS = 5000,
    HEAP_TOP_MAX = 16 << 20, /* bytes that are kept at the heap's end until then */
    PROBLEM_SIZE_MAX = 16 << 10
};

struct server {
    const struct options *options;
    struct net net;
    struct secrets *secrets; /* NULL: none that may change */
    struct instance instance;
    struct data data;
    char token_made[OWNER_TOKEN_MADE_SIZE];
    struct gateway gateway;
    struct accounts *accounts;   /* NULL without a front */
    struct admin admin, control; /* the same, on the control socket with its commands */
    struct ssl_ctx_st *tls;
    struct http *public_http, *admin_http, *control_http;
    struct proxies proxies, near; /* who is believed about who asks: on the public listener, on the inner one */
    struct http *inner_http;      /* as the public one, for tessera-web on this machine; NULL: there are no pages */
    char public_bound[HTTP_ADDRESS_SIZE], admin_bound[HTTP_ADDRESS_SIZE];
    char served_at[HTTP_ADDRESS_SIZE + 8]; /* http(s) and public_bound */
    char web_folder[PATH_MAX];             /* empty: none */
    char account_url[TS_HTTP_URL_SIZE_MAX + 1];
    struct web web;
    char web_node[PATH_MAX + 32], web_script[PATH_MAX + 32], web_documents[PATH_MAX + 32],
        web_graphql[HTTP_ADDRESS_SIZE + 32];
    bool importing;
    struct loop_timer trim_timer;
    unsigned long trimmed_at; /* requests served when memory was given back last */
    unsigned long requests_seen;
    unsigned stopping;          /* ways in that are still open */
    bool stop_asked;            /* a second signal may come at any time until the end */
    struct loop_timer patience; /* for what is in flight, after the signal */
    struct buf problem;
};

static bool has_gateway(const struct server *server)
{
    return instance_has_gateway(server->options->modules);
}

static int server_open_data(struct server *server)
{
    const struct options *options = server->options;
    int r = data_open(&server->data, options->ephemeral ? NULL : options->data, &server->problem);

    if (r || !has_gateway(server)) /* without it nobody is asked who he is */
        return r;
    return data_owner(&server->data, options->owner_token, &server->gateway.credentials.owner, server->token_made,
                      &server->problem);
}

static int server_open_tls(struct server *server)
{
    const struct options *options = server->options;

    if (!options->tls_cert)
        return 0;
    server->tls = tls_new(options->tls_cert, options->tls_key, options->http2, &server->problem);
    return server->tls ? 0 : TS_EINVALID;
}

static void answer_backup(struct server *server, struct http_request *request)
{
    struct http_reply reply = { .status = 200, .content_type = "application/json", .body = "{}", .body_size = 2 };
    struct store_message message = { "" };
    struct json_error error;
    struct json *body = NULL, *path;

    (void)json_parse(&request->arena, request->body, request->body_size, &body, &error); /* then there is no path */
    path = json_find(body, "path");
    if (!path || path->type != JSON_STRING || path->text[0] != '/')
        gateway_error(request, 400, "BAD_REQUEST", "Send {\"path\": an absolute path}.");
    else if (backup_store(server->instance.runtime.store, path->text, &message) != 0)
        gateway_error(request, 409, "BACKUP_FAILED", ts_strdup(&request->arena, message.text));
    else
        http_reply(request, &reply);
}

/* One import at a time: what it looks for before it makes it must not be made by another meanwhile. */
static void answer_import(struct server *server, struct http_request *request)
{
    struct http_reply reply = { .status = 200, .content_type = "application/json" };
    struct json_error error;
    struct json *body = NULL;
    struct buf report;
    int outcome;

    if (server->importing) {
        gateway_error(request, 409, "CONFLICT", "Another import is running.");
        return;
    }
    server->importing = true;
    buf_init(&report, IMPORT_REPORT_SIZE_MAX);
    (void)json_parse(&request->arena, request->body, request->body_size, &body, &error); /* then it has no path */
    outcome = import_serve(&server->instance.runtime, &request->arena, body, &report);
    server->importing = false;
    if (outcome < 0) {
        gateway_error(request, 503, ts_error_name(outcome),
                      "The import did not end; importing again goes on from there.");
    } else {
        buf_printf(&request->out, "{\"outcome\":%d,\"report\":", outcome);
        json_write_string(&request->out, report.data ? report.data : "", report.size);
        buf_add_literal(&request->out, "}");
        reply.body = request->out.data;
        reply.body_size = request->out.size;
        http_reply(request, &reply);
    }
    buf_done(&report);
}

/* What only the data folder's owner may ask, on the socket in it. */
static bool control_serve(struct http_request *request, void *data)
{
    struct server *server = data;

    if (request->method != HTTP_POST)
        return false;
    if (strcmp(request->path, "/graphql") == 0)
        gateway_serve_owner(&server->gateway, request);
    else if (strcmp(request->path, "/backup") == 0)
        answer_backup(server, request);
    else if (strcmp(request->path, "/import") == 0)
        answer_import(server, request);
    else
        return false;
    return true;
}

static void server_open_http(struct server *server)
{
    const struct options *options = server->options;
    struct http_config config = {
        .loop = server->instance.loop,
        .tls = server->tls,
        .http2 = options->http2,
        .connections_max = TS_CONNECTIONS_MAX,
        .connections_per_address_max = options->ephemeral ? 0 : (unsigned)options->connections_per_address,
        .proxies = &server->proxies,
        .requests_max = TS_REQUESTS_IN_FLIGHT_MAX,
        .timeout_ms = options->http_timeout_ms,
        .deadline_ms = TS_REQUEST_MS_MAX,
        .serve = gateway_serve,
        .on_done = gateway_log,
        .data = &server->gateway,
    };

    config.wants_host = server->gateway.pages != NULL;
    server->public_http = http_new(&config);
    config.tls = NULL;
    config.http2 = false;
    config.wants_host = false;
    if (server->gateway.pages) {
        config.proxies = &server->near;
        server->inner_http = http_new(&config);
    }
    config.proxies = NULL;
    config.connections_max = ADMIN_CONNECTIONS_MAX;
    config.connections_per_address_max = 0;
    config.serve = admin_serve;
    config.on_done = NULL;
    config.data = &server->admin;
    server->admin_http = http_new(&config);
    server->admin.public_http = server->public_http;
    server->control = server->admin;
    server->control.control = control_serve;
    config.deadline_ms = CONTROL_MS_MAX;
    config.data = &server->control;
    server->control_http = http_new(&config);
}

static const char *scheme(const struct server *server)
{
    return server->tls ? "https" : "http";
}

static int server_listen(struct server *server)
{
    const struct options *options = server->options;
    char control[DATA_PATH_SIZE + 8], bound[HTTP_ADDRESS_SIZE];
    int r = 0;

    if (has_gateway(server))
        r = http_listen(server->public_http, options->ephemeral ? "127.0.0.1:0" : options->listen, server->public_bound,
                        &server->problem);
    if (has_gateway(server) && r == 0) {
        (void)snprintf(server->served_at, sizeof(server->served_at), "%s://%s", scheme(server), server->public_bound);
        server->instance.runtime.settings[TS_SETTING_SERVED_AT] = server->served_at;
    }
    r = r ? r
          : http_listen(server->admin_http, options->ephemeral ? "127.0.0.1:0" : options->admin, server->admin_bound,
                        &server->problem);
    if (r == 0 && server->inner_http) {
        r = http_listen(server->inner_http, "127.0.0.1:0", bound, &server->problem);
        (void)snprintf(server->web_graphql, sizeof(server->web_graphql), "http://%s/graphql", bound);
    }
    (void)snprintf(control, sizeof(control), "unix:%s/" CONTROL_SOCKET, server->data.path);
    return r ? r : http_listen(server->control_http, control, bound, &server->problem);
}

static bool for_development(const struct options *options)
{
    return options->dev || options->ephemeral;
}

/* Of the folder `name` beside the program. False: it is not there. */
static bool find_beside(const char *name, char folder[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX);
    size_t name_size = strlen(name) + 1;

    while (size > 0 && folder[size - 1] != '/')
        size--;
    if (size <= 0 || (size_t)size + name_size > PATH_MAX)
        return false;
    memcpy(folder + size, name, name_size);
    return access(folder, R_OK) == 0;
}

/* From the folder that was named, which must hold it; else, in development, from the one beside the program, if any. */
static int server_open_graphiql(struct server *server)
{
    const struct options *options = server->options;
    char folder[PATH_MAX];

    if (options->graphiql) {
        server->gateway.graphiql = graphiql_new(options->graphiql, &server->problem);
        return server->gateway.graphiql ? 0 : TS_EINVALID;
    }
    if (!for_development(options) || !find_beside("graphiql", folder))
        return 0;
    server->gateway.graphiql = graphiql_new(folder, &server->problem);
    buf_clear(&server->problem); /* half a folder there is as none */
    return 0;
}

/* Where the shop's pages are: the folder that was named, which must hold them; in development also one beside the
 * program. */
static int server_find_web(struct server *server)
{
    const struct options *options = server->options;

    if (!has_gateway(server))
        return 0;
    if (options->web)
        (void)snprintf(server->web_folder, sizeof(server->web_folder), "%s", options->web);
    else if (!options->dev || !find_beside("web", server->web_folder))
        server->web_folder[0] = '\0';
    if (!server->web_folder[0])
        return 0;
    (void)snprintf(server->web_node, sizeof(server->web_node), "%s/node", server->web_folder);
    (void)snprintf(server->web_script, sizeof(server->web_script), "%s/tessera-web.js", server->web_folder);
    (void)snprintf(server->web_documents, sizeof(server->web_documents), "%s/documents.json", server->web_folder);
    if (access(server->web_script, R_OK) == 0 && access(server->web_documents, R_OK) == 0)
        return 0;
    server->web_folder[0] = '\0';
    if (!options->web)
        return 0;
    buf_printf(&server->problem,
               "--web: there is no tessera-web.js with its documents.json in %s (./dev build makes them)\n",
               options->web);
    return TS_EINVALID;
}

/* All that the pages need to know of Stripe's key. */
static const char *stripe_kind(const char *key)
{
    if (!key)
        return NULL;
    return strstr(key, "_test_") ? "test" : "live";
}

/* Its pages are asked for as soon as it says where it is. */
static void server_start_web(struct server *server)
{
    const struct options *options = server->options;
    const struct web_config config = {
        .loop = server->instance.loop,
        .log = &server->instance.log,
        .pages = server->gateway.pages,
        .script = server->web_script,
        .node = options->web_node                     ? options->web_node
                : access(server->web_node, X_OK) == 0 ? server->web_node
                                                      : "node",
        .graphql = server->web_graphql,
        .origin = options->web_origin,
        .stripe = stripe_kind(options->stripe_key),
        .sandbox = options->sandbox || options->ephemeral,
    };

    if (server->gateway.pages)
        web_start(&server->web, &config);
}

/* As it is told; else of our own pages, if it is known where people reach them. NULL: mails have no links. */
static const char *find_account_url(struct server *server)
{
    const struct options *options = server->options;

    if (options->account_url || !server->web_folder[0] || !options->web_origin)
        return options->account_url;
    (void)snprintf(server->account_url, sizeof(server->account_url), "%s/account", options->web_origin);
    return server->account_url;
}

static int server_open_instance(struct server *server)
{
    const struct options *options = server->options;
    char store_path[DATA_PATH_SIZE], keys_path[DATA_PATH_SIZE];
    struct gql_limits limits = gql_limits_default;
    const struct rates_config rates = {
        .text = options->rates,
        .off = options->ephemeral,
        .counts_private = options->trusted_proxies != NULL,
    };
    struct instance_config config = {
        .store = data_path(&server->data, "tessera.db", store_path),
        .mongo = { .unauthenticated = options->store_unauthenticated, .plaintext = options->store_plaintext },
        .keys_path = options->ephemeral ? NULL : data_path(&server->data, "keys.pem", keys_path),
        .modules = options->modules,
        .net = net_is_wanted(options) ? &server->net.bus : NULL,
        .wire = strcmp(options->bus, "wire") == 0,
        .origin = options->web_origin,
        .sandbox = options->sandbox || options->ephemeral,
        .outbound = {
            .allow = options->outbound_allow,
            .ca = options->outbound_ca,
            .smtp = options->smtp,
            .smtp_user = options->smtp_user,
            .smtp_password = options->smtp_password,
            .mail_from = options->mail_from,
            .shop_url = options->web_origin,
            .account_url = find_account_url(server),
        },
        .settings = { [TS_SETTING_OIDC] = options->oidc,
                      [TS_SETTING_OIDC_SECRETS] = options->oidc_secrets,
                      [TS_SETTING_RETENTION] = options->retention,
                      [TS_SETTING_STRIPE_KEY] = options->stripe_key,
                      [TS_SETTING_STRIPE_WEBHOOK_SECRETS] = options->stripe_webhook_secrets,
                      [TS_SETTING_STRIPE_URL] = options->stripe_url },
        .limits = &limits,
        .rates = &rates,
        .introspection = options->introspection || for_development(options),
        .suggestions = options->suggestions || for_development(options),
        .log_level = options->ephemeral ? TS_LOG_WARN : TS_LOG_INFO,
    };

    if (request_limits_read(options->limits, &limits, &server->problem) != 0)
        return TS_EINVALID;
    if (options->store) {
        bool is_file = strncmp(options->store, "sqlite:", 7) == 0 && options->store[7];

        if (!is_file && !mongo_uri_is_one(options->store)) {
            buf_printf(&server->problem, "--store is sqlite:PATH or mongodb://…\n");
            return TS_EINVALID;
        }
        config.store = is_file ? options->store + 7 : options->store;
    }
    if (options->log_level)
        (void)log_level_parse(options->log_level, &config.log_level); /* a choice of the table */
    return instance_open(&server->instance, &config, &server->problem);
}

static void add_page_figures(struct server *server, struct buf *text)
{
    struct pages_stats stats;

    pages_stats(server->gateway.pages, &stats);
    buf_printf(text,
               "# HELP tessera_pages_total Pages of the shop, by where the answer came from.\n"
               "# TYPE tessera_pages_total counter\n"
               "tessera_pages_total{from=\"kept\"} %lu\ntessera_pages_total{from=\"web\"} %lu\n"
               "tessera_pages_total{from=\"nobody\"} %lu\n"
               "# HELP tessera_pages_kept_bytes Pages kept for the next who ask.\n"
               "# TYPE tessera_pages_kept_bytes gauge\ntessera_pages_kept_bytes %zu\n",
               stats.kept, stats.asked, stats.away, stats.bytes);
}

static void add_figures(struct buf *text, void *data)
{
    struct server *server = data;

    figures_write(&server->instance, text);
    if (server->gateway.pages)
        add_page_figures(server, text);
}

static int advance_clock(int64_t advance_ms, void *data)
{
    struct server *server = data;

    return host_clock_advance(server->instance.host, advance_ms);
}

static const char *not_ready(void *data)
{
    struct server *server = data;

    const char *problem = store_problem(server->instance.runtime.store);

    if (problem || !server->options->modules) /* who has them all and the front needs nobody */
        return problem;
    return bus_problem(server->instance.runtime.bus);
}

static int server_open_operations(struct server *server)
{
    const struct options *options = server->options;
    struct operations_config config = {
        .schema = server->instance.schema,
        .path = options->operations     ? options->operations
                : server->web_folder[0] ? server->web_documents
                                        : NULL,
        .only = options->operations_only,
        .apq_bytes_max = (size_t)options->apq_bytes,
    };

    server->gateway.operations = operations_new(&config, &server->problem);
    return server->gateway.operations ? 0 : TS_EINVALID;
}

static void server_open_sockets(struct server *server)
{
    const struct options *options = server->options;
    const struct ws_config config = {
        .gateway = &server->gateway,
        .loop = server->instance.loop,
        .init_ms = options->ws_init_ms,
        .ping_ms = options->ws_ping_ms,
    };

    server->gateway.sockets = ws_server_new(&config);
}

static int server_open_streams(struct server *server)
{
    const struct options *options = server->options;
    const struct sse_config config = {
        .gateway = &server->gateway,
        .beat_ms = options->sse_beat_ms,
        .streams_max = (unsigned)options->sse_streams,
    };

    if (options->sse_streams > STREAMS_MAX || options->sse_beat_ms < 1) {
        buf_printf(&server->problem, "--sse-streams is at most %d, and --sse-beat-ms at least 1\n", STREAMS_MAX);
        return TS_EINVALID;
    }
    server->gateway.streams = sse_server_new(&config);
    return 0;
}

static int server_start(struct server *server)
{
    int r = cors_check(server->options->cors_origin, &server->problem);

    r = r ? r : origin_check(server->options->web_origin, &server->problem);
    r = r ? r : proxies_read(server->options->trusted_proxies, &server->proxies, &server->problem);
    r = r ? r : proxies_read("127.0.0.1,::1", &server->near, &server->problem);

    if (r == 0 && net_is_wanted(server->options))
        r = net_read(server->options, &server->net, &server->problem);
    r = r ? r : server_open_data(server);
    r = r ? r : server_open_tls(server);
    r = r ? r : server_open_graphiql(server);
    r = r ? r : server_find_web(server);
    r = r ? r : server_open_instance(server);
    r = r ? r : server_open_operations(server);
    if (r)
        return r;
    server->gateway.schema = server->instance.schema;
    server->gateway.cors.origins = server->options->cors_origin;
    server->gateway.gzip = !server->options->no_gzip;
    server->gateway.not_ready = not_ready;
    server->gateway.not_ready_data = server;
    server->gateway.meter = meter_new(server->instance.runtime.metrics);
    server->admin.metrics = add_figures;
    server->admin.data = server;
    if (server->options->ephemeral)
        server->admin.advance_clock = advance_clock;
    server->gateway.runtime = &server->instance.runtime;
    server->admin.gateway = &server->gateway;
    (void)hub_new(&server->gateway); /* it is the gateway's */
    if (has_gateway(server)) {
        server->accounts = accounts_new(&server->instance.runtime);
        server->gateway.credentials.users = accounts_users(server->accounts);
    }
    server_open_sockets(server);
    r = server_open_streams(server);
    if (r)
        return r;
    if (server->web_folder[0])
        server->gateway.pages = pages_new(server->instance.loop);
    server_open_http(server);
    return server_listen(server);
}

/* glibc keeps what a burst needed; once it is quiet again, that goes back to the system. */
static void on_trim(struct loop_timer *timer)
{
    struct server *server = (struct server *)((char *)timer - offsetof(struct server, trim_timer));
    struct http_stats stats;
    bool quiet;

    http_stats(server->public_http, &stats);
    quiet = stats.requests_total == server->requests_seen && stats.requests == 0;
    if (quiet && stats.requests_total != server->trimmed_at) {
        malloc_trim(0);
        server->trimmed_at = stats.requests_total;
    }
    server->requests_seen = stats.requests_total;
    loop_timer_start(server->instance.loop, timer, TRIM_MS);
}

static void start_trim(struct server *server)
{
    /* It is we who say when, not each free(): pages given back between two requests are faulted in again by the next.
     */
    mallopt(M_TRIM_THRESHOLD, HEAP_TOP_MAX);
    mallopt(M_MMAP_THRESHOLD, HEAP_TOP_MAX);
    server->trim_timer.run = on_trim;
    server->trimmed_at = ULONG_MAX; /* the start needed memory too */
    loop_timer_start(server->instance.loop, &server->trim_timer, TRIM_MS);
}

/* Tell whoever started us: the harness's one line on stdout, or a person on stderr. */
static void server_announce(struct server *server)
{
    const char *given = server->options->owner_token;
    const char *token = given ? given : server->token_made;

    if (server->options->ephemeral && !has_gateway(server)) {
        printf("{\"admin\":\"http://%s\",\"pid\":%d}\n", server->admin_bound, (int)getpid());
        fflush(stdout);
        return;
    }
    if (server->options->ephemeral) {
        printf("{\"graphql\":\"%s://%s/graphql\",\"admin\":\"http://%s\",\"ownerToken\":\"%s\",\"pid\":%d}\n",
               scheme(server), server->public_bound, server->admin_bound, token, (int)getpid());
        fflush(stdout);
        return;
    }
    if (!has_gateway(server)) {
        fprintf(stderr, "tessera %s runs %s, admin at http://%s\n", TESSERA_VERSION, server->options->modules,
                server->admin_bound);
        return;
    }
    if (server->token_made[0])
        fprintf(stderr, "The owner's token, shown this once: %s\n", server->token_made);
    fprintf(stderr, "tessera %s serves %s://%s/graphql, admin at http://%s\n", TESSERA_VERSION, scheme(server),
            server->public_bound, server->admin_bound);
    if (server->gateway.pages)
        fprintf(stderr, "The shop is at %s://%s\n", scheme(server), server->public_bound);
    if (server->gateway.graphiql)
        fprintf(stderr, "GraphiQL is what a browser sees there.\n");
}

static void on_listener_stopped(void *data)
{
    struct server *server = data;

    if (--server->stopping == 0)
        loop_stop(server->instance.loop);
}

static void on_patience_over(struct loop_timer *timer)
{
    struct server *server = (struct server *)((char *)timer - offsetof(struct server, patience));

    host_cancel(server->instance.host);
}

static void on_stop_signal(void *data)
{
    struct server *server = data;

    if (server->stop_asked)
        return;
    server->stop_asked = true;
    server->gateway.ready = false;
    secrets_stop(server->secrets);
    loop_timer_stop(server->instance.loop, &server->trim_timer);
    server->patience.run = on_patience_over;
    loop_timer_start(server->instance.loop, &server->patience, ANSWER_MS_MAX);
    hub_stop(server->gateway.hub);
    server->stopping = server->inner_http ? 6 : 4; /* with other processes' calls, and the pages */
    bus_leave(server->instance.runtime.bus, STOP_MS_MAX, on_listener_stopped, server);
    http_stop(server->public_http, STOP_MS_MAX, on_listener_stopped, server);
    http_stop(server->admin_http, STOP_MS_MAX, on_listener_stopped, server);
    http_stop(server->control_http, STOP_MS_MAX, on_listener_stopped, server);
    if (server->inner_http) {
        web_stop(&server->web, on_listener_stopped, server);
        http_stop(server->inner_http, STOP_MS_MAX, on_listener_stopped, server);
    }
}

static bool on_secret_changed(void *data, const char *name, const char *value)
{
    struct server *server = data;

    if (strcmp(name, "owner-token") == 0 && owner_token_ok(value))
        owner_set(&server->gateway.credentials.owner, value);
    else if (strcmp(name, "smtp-user") == 0)
        client_smtp_login(&server->instance.runtime, value, NULL);
    else if (strcmp(name, "smtp-password") == 0)
        client_smtp_login(&server->instance.runtime, NULL, value);
    else if (strcmp(name, "oidc-secrets") == 0)
        return host_set(server->instance.host, TS_SETTING_OIDC_SECRETS, value);
    else if (strcmp(name, "stripe-key") == 0)
        return host_set(server->instance.host, TS_SETTING_STRIPE_KEY, value);
    else if (strcmp(name, "stripe-webhook-secrets") == 0)
        return host_set(server->instance.host, TS_SETTING_STRIPE_WEBHOOK_SECRETS, value);
    else
        return strcmp(name, "vault-token") == 0; /* who reads the others has taken it */
    return true;
}

static void server_watch_secrets(struct server *server)
{
    const struct secrets_config config = {
        .log = &server->instance.log,
        .metrics = server->instance.runtime.metrics,
        .read_ms = server->options->secret_read_ms,
        .changed = on_secret_changed,
        .data = server,
    };

    secrets_start(server->secrets, server->instance.loop, &config);
}

/* The list of operations was changed: read it again, or keep the old one and say why. */
static void on_hangup_signal(void *data)
{
    struct server *server = data;
    struct buf problem;

    secrets_read_now(server->secrets);
    if (!server->options->operations && !server->web_folder[0])
        return;
    buf_init(&problem, PROBLEM_SIZE_MAX);
    if (operations_reload(server->gateway.operations, &problem) == 0)
        log_say(&server->instance.log, TS_LOG_INFO, "operations-read", "%zu operations are listed.",
                operations_count(server->gateway.operations));
    else
        log_say(&server->instance.log, TS_LOG_ERROR, "operations-kept",
                "The list was not read, the old one stays: %.*s", (int)problem.size, problem.data);
    buf_done(&problem);
}

static bool http_is_quiet(const struct http *http)
{
    struct http_stats stats = { 0 };

    if (http)
        http_stats(http, &stats);
    return !stats.requests && !stats.connections;
}

static void on_alarm(struct loop_timer *timer)
{
    (void)timer; /* that the loop went round is all */
}

/* Answers of fibers that ended late go out, or nowhere, before the listeners are freed. */
static void server_settle(struct server *server)
{
    struct loop *loop = server->instance.loop;
    struct loop_timer alarm = { .run = on_alarm };

    loop_timer_start(loop, &alarm, CLOSE_MS_MAX);
    while (alarm.slot && !(http_is_quiet(server->public_http) && http_is_quiet(server->admin_http) &&
                           http_is_quiet(server->control_http) && http_is_quiet(server->inner_http)))
        loop_run_once(loop, /* wait= */ true);
    loop_timer_stop(loop, &alarm);
}

/* Return: 0; TS_EDEADLINE when something still runs, with all that it stands on. */
static int server_close(struct server *server)
{
    struct http *https[] = { server->public_http, server->admin_http, server->control_http, server->inner_http };
    int r = 0;

    if (server->gateway.hub)
        hub_stop(server->gateway.hub);
    if (server->accounts)
        accounts_stop(server->accounts);
    if (server->instance.loop) {
        loop_timer_stop(server->instance.loop, &server->patience);
        r = instance_stop(&server->instance, DRAIN_MS_MAX);
    }
    if (r && server->options->ephemeral)
        data_close(&server->data); /* else its lock stays until the writing has ended with the process */
    if (r)
        return r;
    if (server->instance.loop)
        server_settle(server);
    for (size_t i = 0; i < TS_ARRAY_SIZE(https); i++)
        if (https[i])
            http_free(https[i]);
    graphiql_free(server->gateway.graphiql);
    pages_free(server->gateway.pages);
    ws_server_free(server->gateway.sockets);
    sse_server_free(server->gateway.streams);
    hub_free(server->gateway.hub);
    accounts_free(server->accounts);
    meter_free(server->gateway.meter);
    operations_free(server->gateway.operations);
    (void)instance_close(&server->instance, 0); /* it is stopped */
    if (server->tls)
        tls_free(server->tls);
    data_close(&server->data);
    buf_done(&server->problem);
    return 0;
}

/* libuv gives the signals back to the system's default, which would end us halfway. */
static void block_stop_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* As many sockets as we are allowed; a core file or a debugger must not read keys and tokens. */
static void process_prepare(const struct options *options)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* fewer sockets then */
    }
    if (!options->ephemeral && !(options->log_level && strcmp(options->log_level, "debug") == 0))
        prctl(PR_SET_DUMPABLE, 0);
}

int cli_serve(const struct options *given)
{
    struct options whole = *given, *options = &whole; /* with what its secrets refer to */
    struct server server = { .options = options, .data.lock_fd = -1 };
    int r, closed;

    process_prepare(options);
    buf_init(&server.problem, PROBLEM_SIZE_MAX);
    r = secrets_open(options, &server.secrets, &server.problem);
    r = r ? r : server_start(&server);
    if (r == 0) {
        loop_on_stop_signal(server.instance.loop, on_stop_signal, &server);
        if (options->operations || server.web_folder[0] || server.secrets)
            loop_on_hangup_signal(server.instance.loop, on_hangup_signal, &server);
        server_watch_secrets(&server);
        server.gateway.ready = true;
        start_trim(&server);
        server_start_web(&server);
        server_announce(&server);
        stray_limit();
        loop_run(server.instance.loop);
    } else {
        fprintf(stderr, "tessera: %.*s", (int)server.problem.size, server.problem.data);
    }
    block_stop_signals();
    secrets_stop(server.secrets);
    closed = server_close(&server);
    if (closed)
        _exit(1); /* nothing is undone under the threads that still write */
    secrets_free(server.secrets);
    return r == 0 ? 0 : r == TS_EINVALID ? 2 : 1;
}
