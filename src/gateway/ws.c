/*
 * A socket's life: handshake, frames in and out, the pings that tell whether anybody is there, the close handshake. A
 * socket that we close goes on reading for a moment and throws away what comes, for the kernel would answer unread
 * bytes with a reset that takes our close frame away from its reader.
 */
#include "gateway/ws.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "gateway/ws_handshake.h"
#include "gateway/ws_inside.h"
#include "loop/runtime.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tessera/memory.h"

void ws_server_free(struct ws_server *server)
{
    if (!server)
        return;
    assert(server->running == 0);
    ws_pool_done(&server->pool);
    if (server->spare)
        ws_exchange_free(server->spare);
    ts_memory_free(server);
}

static void count(struct ts_metric *metric, int64_t value)
{
    if (metric)
        ts_metric_add(metric, value);
}

/* A client may choose among thousands of codes, so only known ones get a series; the last row is for all others. */
static const struct {
    unsigned code;
    const char *label;
} closings[WS_CLOSINGS] = {
    { WS_NORMAL, "code=\"1000\"" },         { WS_GOING_AWAY, "code=\"1001\"" },
    { WS_PROTOCOL_ERROR, "code=\"1002\"" }, { WS_UNSUPPORTED, "code=\"1003\"" },
    { WS_NO_CODE, "code=\"1005\"" },        { WS_ABNORMAL, "code=\"1006\"" },
    { WS_NOT_TEXT, "code=\"1007\"" },       { WS_POLICY, "code=\"1008\"" },
    { WS_TOO_BIG, "code=\"1009\"" },        { WS_RESTART, "code=\"1012\"" },
    { WS_TRY_LATER, "code=\"1013\"" },      { WS_BAD_MESSAGE, "code=\"4400\"" },
    { WS_UNAUTHORIZED, "code=\"4401\"" },   { WS_FORBIDDEN, "code=\"4403\"" },
    { WS_INIT_TIMEOUT, "code=\"4408\"" },   { WS_ID_IN_USE, "code=\"4409\"" },
    { WS_TOO_MANY_INITS, "code=\"4429\"" }, { 0, "code=\"other\"" },
};

static void count_close(const struct ws *ws)
{
    unsigned i = 0;

    while (closings[i].code && closings[i].code != ws->code)
        i++;
    count(ws->server->metrics.closed[i], 1);
}

static void log_closed(const struct ws *ws)
{
    const struct ws_config *config = &ws->server->config;
    struct log *log = config->gateway->runtime->log;

    if (!log || !log_begin(log, TS_LOG_INFO, "websocket", "closed"))
        return;
    log_int(log, "tessera.websocket.code", ws->code);
    log_string(log, "tessera.websocket.reason", ws->reason);
    log_int(log, "tessera.websocket.operations", ws->operations_total);
    log_int(log, "tessera.websocket.frames", ws->reader.frames);
    log_int(log, "source.bytes", (int64_t)ws->received_size);
    log_int(log, "destination.bytes", (int64_t)ws->sent_size);
    log_int(log, "event.duration", (loop_now_ms(config->loop) - ws->opened_ms) * 1000000);
    log_string(log, "client.ip", ws->client);
    log_string(log, "user.id", ws->session.principal->id);
    log_string(log, "http.request.id", ws->session.request_id);
    log_string(log, "trace.id", ws->session.trace.trace_id);
    log_end(log);
}

void ws_release(struct ws *ws)
{
    if (!ws->gone || ws->running > 0)
        return;
    assert(!ws->operations);
    ws_user_done(ws);
    ts_memory_free(ws->words);
    ts_memory_free(ws);
}

/* Sending. */

static void send_frame(struct ws *ws, enum ws_opcode opcode, const struct iovec *pieces, unsigned count_of_pieces)
{
    struct iovec all[TUNNEL_PIECES_MAX];
    uint8_t header[WS_HEADER_SIZE_MAX];
    size_t size = 0;

    assert(count_of_pieces < TUNNEL_PIECES_MAX);
    for (unsigned i = 0; i < count_of_pieces; i++) {
        all[i + 1] = pieces[i];
        size += pieces[i].iov_len;
    }
    all[0] = (struct iovec){ header, ws_header(opcode, size, header) };
    ws->sent_size += all[0].iov_len + size;
    tunnel_write(&ws->tunnel, all, count_of_pieces + 1);
}

void ws_send_pieces(struct ws *ws, const struct iovec *pieces, unsigned count_of_pieces)
{
    if (ws->state == WS_CLOSING)
        return;
    if (tunnel_pending(&ws->tunnel) > WS_OUT_SIZE_MAX) {
        ws_close(ws, WS_TRY_LATER, "Answers are not read.");
        return;
    }
    count(ws->server->metrics.sent, 1);
    send_frame(ws, WS_TEXT, pieces, count_of_pieces);
}

void ws_send(struct ws *ws, const char *text, size_t size)
{
    const struct iovec piece = { (void *)text, size };

    ws_send_pieces(ws, &piece, 1);
}

static void send_close(struct ws *ws, unsigned code, const char *reason)
{
    const uint8_t bytes[2] = { (uint8_t)(code >> 8), (uint8_t)code };
    const struct iovec pieces[] = { { (void *)bytes, 2 }, { (void *)reason, strlen(reason) } };

    assert(strlen(reason) <= WS_REASON_SIZE_MAX);
    send_frame(ws, WS_CLOSE, pieces, code == WS_NO_CODE ? 0 : 2);
}

static void note_end(struct ws *ws, unsigned code, const char *reason)
{
    if (ws->code)
        return;
    ws->code = code;
    ws->reason = reason;
}

void ws_close(struct ws *ws, unsigned code, const char *reason)
{
    if (ws->state == WS_CLOSING)
        return;
    note_end(ws, code, reason);
    ws_operations_end(ws);
    ws->state = WS_CLOSING;
    send_close(ws, code, reason);
    loop_timer_start(ws->server->config.loop, &ws->timer, WS_CLOSE_MS);
}

/* Receiving. */

/* The other side's close frame: an answer to ours, or to be answered. */
static void take_close(struct ws *ws, const struct ws_message *message)
{
    if (ws->state != WS_CLOSING)
        ws_close(ws, message->code, "");
    if (tunnel_pending(&ws->tunnel) == 0)
        tunnel_close(&ws->tunnel);
}

static void send_pong(struct ws *ws, const struct ws_message *ping)
{
    const struct iovec payload = { (void *)ping->text, ping->size };

    if (ws->state == WS_CLOSING)
        return;
    if (tunnel_pending(&ws->tunnel) > WS_OUT_SIZE_MAX)
        ws_close(ws, WS_TRY_LATER, "Answers are not read.");
    else
        send_frame(ws, WS_PONG, &payload, 1);
}

static bool on_message(void *data, const struct ws_message *message)
{
    struct ws *ws = data;

    if (message->opcode == WS_CLOSE)
        take_close(ws, message);
    else if (message->opcode == WS_PING)
        send_pong(ws, message);
    else if (message->opcode == WS_TEXT && ws->state != WS_CLOSING)
        ws_receive(ws, message->text, message->size);
    return message->opcode != WS_CLOSE;
}

static bool is_flood(struct ws *ws)
{
    int64_t now_ms = loop_now_ms(ws->server->config.loop);

    if (now_ms - ws->window_ms >= WS_FRAMES_WINDOW_MS) {
        ws->window_ms = now_ms;
        ws->window_frames = ws->reader.frames;
    }
    return ws->reader.frames - ws->window_frames > WS_FRAMES_MAX;
}

static void on_received(struct tunnel *tunnel, const void *bytes, size_t size)
{
    struct ws *ws = (struct ws *)tunnel;
    const char *problem = NULL;
    unsigned code;

    ws->heard = true;
    ws->received_size += size;
    if (ws->deaf)
        return;
    code = ws_reader_feed(&ws->reader, &ws->server->pool, bytes, size, ws, &problem);
    if (!ws->reader.parser)
        ws->half = false;
    if (code || is_flood(ws)) {
        ws->deaf = true; /* where the next frame begins is not known, or not wanted */
        ws_reader_done(&ws->reader);
        ws_close(ws, code ? code : WS_POLICY, code ? problem : "Too many messages.");
    }
}

/* Time. */

static void end_now(struct ws *ws, unsigned code, const char *reason)
{
    note_end(ws, code, reason);
    tunnel_close(&ws->tunnel);
}

static void ping(struct ws *ws)
{
    bool is_stuck = tunnel_is_stuck(&ws->tunnel);

    if (is_stuck || (!ws->heard && tunnel_pending(&ws->tunnel) > 0)) {
        end_now(ws, WS_TRY_LATER, "Answers are not read.");
    } else if (!ws->heard) {
        end_now(ws, WS_ABNORMAL, "No answer to a ping.");
    } else if (ws->half) {
        ws_close(ws, WS_POLICY, "A message took too long.");
    } else {
        ws->heard = false;
        ws->half = ws->reader.parser != NULL;
        send_frame(ws, WS_PING, NULL, 0);
        loop_timer_start(ws->server->config.loop, &ws->timer, ws->server->config.ping_ms);
    }
}

static void on_timer(struct loop_timer *timer)
{
    struct ws *ws = container_of(timer, struct ws, timer);

    if (ws->state == WS_OPEN || ws->state == WS_SIGNING_IN)
        ws_close(ws, WS_INIT_TIMEOUT, "Connection initialisation timeout");
    else if (ws->state == WS_READY)
        ping(ws);
    else
        tunnel_close(&ws->tunnel);
}

void ws_ready(struct ws *ws)
{
    ws->state = WS_READY;
    loop_timer_start(ws->server->config.loop, &ws->timer, ws->server->config.ping_ms);
}

static void on_opened(struct tunnel *tunnel)
{
    struct ws *ws = (struct ws *)tunnel;

    ws->opened = true;
    ws->opened_ms = ws->window_ms = loop_now_ms(ws->server->config.loop);
    count(ws->server->metrics.sockets, 1);
    count(ws->server->metrics.sockets_total, 1);
    loop_timer_start(ws->server->config.loop, &ws->timer, ws->server->config.init_ms);
}

static void on_drained(struct tunnel *tunnel)
{
    struct ws *ws = (struct ws *)tunnel;

    if (ws->state != WS_CLOSING)
        ws_operations_ready(ws);
}

/* What runs is answered first; subscriptions are begun again elsewhere by their clients. */
void ws_stop_when_idle(struct ws *ws)
{
    if (ws->stopping && ws->running == 0)
        ws_close(ws, WS_RESTART, "The server stops.");
}

static void on_stop(struct tunnel *tunnel)
{
    struct ws *ws = (struct ws *)tunnel;

    ws->stopping = true;
    ws_stop_when_idle(ws);
}

static void on_closed(struct tunnel *tunnel)
{
    struct ws *ws = (struct ws *)tunnel;

    loop_timer_stop(ws->server->config.loop, &ws->timer);
    ws->state = WS_CLOSING;
    ws->gone = true;
    ws_operations_end(ws);
    ws_reader_done(&ws->reader);
    ws_user_gone(ws);
    if (ws->opened) {
        note_end(ws, WS_ABNORMAL, "The connection ended.");
        count(ws->server->metrics.sockets, -1);
        count_close(ws);
        log_closed(ws);
    }
    ws_release(ws);
}

static const struct tunnel_ops tunnel_ops = { on_opened, on_received, on_drained, on_stop, on_closed };

static void measure(struct ws_server *server, struct metrics *metrics)
{
    server->metrics.sockets =
        metrics_get(metrics, TS_METRIC_GAUGE, "tessera_websocket_connections", NULL, "Open WebSockets.");
    server->metrics.sockets_total =
        metrics_get(metrics, TS_METRIC_COUNTER, "tessera_websocket_connections_total", NULL, "WebSockets opened.");
    server->metrics.operations = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_websocket_operations_total", NULL,
                                             "Operations that were asked for over WebSockets.");
    server->metrics.sent = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_websocket_messages_sent_total", NULL,
                                       "Messages sent over WebSockets; control frames are none.");
    for (unsigned i = 0; i < WS_CLOSINGS; i++)
        server->metrics.closed[i] =
            metrics_get(metrics, TS_METRIC_COUNTER, "tessera_websocket_closed_total", closings[i].label,
                        "WebSockets ended, by the first close code; 1006: without one, 1013: not read.");
}

struct ws_server *ws_server_new(const struct ws_config *config)
{
    struct ws_server *server = ts_memory_new(1, sizeof(*server));

    server->config = *config;
    server->pool.take = on_message;
    if (config->gateway->runtime->metrics)
        measure(server, config->gateway->runtime->metrics);
    return server;
}

/* Keep what the session says beyond its request. */
static void keep_session(struct ws *ws, const struct session *session)
{
    size_t id_size = strlen(session->request_id) + 1, locale_size = strlen(session->locale) + 1;

    ws->session = *session;
    ws->words = ts_memory_new(1, id_size + locale_size);
    ws->session.request_id = memcpy(ws->words, session->request_id, id_size);
    ws->session.locale = memcpy(ws->words + id_size, session->locale, locale_size);
    ws_keep_principal(ws, session->principal);
}

struct ws *ws_new(struct ws_server *server, const struct session *session, const char *client)
{
    struct ws *ws = ts_memory_new(1, sizeof(*ws));

    ws->tunnel.ops = &tunnel_ops;
    ws->server = server;
    ws->timer.run = on_timer;
    keep_session(ws, session);
    (void)snprintf(ws->client, sizeof(ws->client), "%s", client); /* it fits */
    ws->session.address = session->address ? ws->client : NULL;
    return ws;
}

static void refuse(struct http_request *request, int status, const char *problem)
{
    struct http_reply reply = {
        .status = status,
        .content_type = "application/json; charset=utf-8",
        .close = true, /* what follows may be frames already */
    };

    buf_clear(&request->out);
    gql_error_body(&request->out, status == 403 ? "FORBIDDEN" : "BAD_REQUEST", problem);
    reply.body = request->out.data;
    reply.body_size = request->out.size;
    if (status == 426)
        reply.headers[0] = (struct http_header){ "sec-websocket-version", "13" };
    http_reply(request, &reply);
}

void ws_serve(struct ws_server *server, struct http_request *request, const struct session *session)
{
    struct http_reply reply = { .status = 101 };
    char *accept = ts_alloc(&request->arena, WS_ACCEPT_SIZE);
    int status;
    const char *problem = ws_handshake_check(request, &server->config.gateway->cors, &status);

    if (problem) {
        refuse(request, status, problem);
        return;
    }
    ws_handshake_accept(request->websocket_key, accept);
    reply.headers[0] = (struct http_header){ "upgrade", "websocket" };
    reply.headers[1] = (struct http_header){ "sec-websocket-accept", accept };
    reply.headers[2] = (struct http_header){ "sec-websocket-protocol", WS_PROTOCOL };
    reply.tunnel = &ws_new(server, session, request->client)->tunnel;
    http_reply(request, &reply);
}
