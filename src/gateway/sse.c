/*
 * One subscription is one stream (stream.h), which sends a piece at a time: while one is on its way the subscription
 * waits, and keeps its newest response. What a piece holds is shared by all who get it, so a reader that takes its time
 * costs little. A stream begins with a comment, so that its client hears at once that it is there. A server that stops
 * ends streams without `complete`: clients then ask again.
 */
#include "gateway/sse.h"

#include <assert.h>
#include <string.h>
#include <sys/uio.h>

#include "base/list.h"
#include "gateway/stream.h"
#include "gateway/subscribe.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "tessera/arena.h"
#include "tessera/memory.h"

static const char event_type[] = "text/event-stream; charset=utf-8";
static const char complete[] = "event: complete\ndata:\n\n";

/* Why a stream ended: as its subscription says; or its client left, and nobody said so. */
enum { GONE = SUBSCRIBER_STOPPING + 1, REASONS };

struct sse_server {
    struct sse_config config;
    unsigned count; /* streams that are open */
    struct {
        struct ts_metric *streams, *streams_total, *refused, *sent, *closed[REASONS];
    } metrics; /* all NULL without metrics */
};

struct sse {
    struct stream stream; /* first: a stream is its sse */
    struct subscriber subscriber;
    struct sse_server *server;
    struct loop_timer beat;
    char *id;                /* in the piece on its way, or NULL */
    struct payload *payload; /* in it, or NULL */
    struct payload *last;    /* of the last piece, or NULL */
    bool began;              /* the head is out */
    bool waiting;            /* it was busy when a response came */
    bool over;               /* nothing but the last piece is to be sent, or was */
    enum subscriber_end why; /* when over */
};

static void count(struct ts_metric *metric, int64_t value)
{
    if (metric)
        ts_metric_add(metric, value);
}

static void count_end(const struct sse *sse)
{
    unsigned reason = sse->over ? sse->why : GONE;

    if (sse->stream.stuck)
        reason = SUBSCRIBER_SLOW;
    count(sse->server->metrics.closed[reason], 1);
}

/* Pieces. After the last one there may be no sse any more. */

static bool is_free(const struct sse *sse)
{
    return sse->began && !sse->stream.busy;
}

static struct iovec text(const char *string)
{
    return (struct iovec){ (void *)string, strlen(string) };
}

/* The piece is out. */
static void drop_piece(struct sse *sse)
{
    ts_memory_free(sse->id);
    payload_drop(sse->payload);
    sse->id = NULL;
    sse->payload = NULL;
}

/* An id is for what is alive: who comes back with it gets what has followed. `tail` is static. */
static void send_next(struct sse *sse, const char *id, struct payload *payload, const char *tail)
{
    struct iovec parts[5] = { text("event: next\ndata: ") };
    size_t used = 1;

    if (id) {
        sse->id = ts_memory_string(id); /* the subscription may give it a shorter one */
        parts[0] = text("event: next\nid: ");
        parts[used++] = text(sse->id);
        parts[used++] = text("\ndata: ");
    }
    sse->payload = payload_hold(payload);
    parts[used++] = (struct iovec){ payload->text, payload->size }; /* JSON of ours is one line */
    parts[used++] = text(tail);
    count(sse->server->metrics.sent, 1);
    stream_send(&sse->stream, parts, used, sse->over);
}

/* No event: its id is remembered by the client all the same. */
static void send_comment(struct sse *sse, const char *id)
{
    struct iovec parts[3] = { text(":\n\n") };

    if (id) {
        sse->id = ts_memory_string(id);
        parts[0] = text(":\nid: ");
        parts[1] = text(sse->id);
        parts[2] = text("\n\n");
    }
    stream_send(&sse->stream, parts, id ? 3 : 1, sse->over);
}

static void send_last(struct sse *sse)
{
    struct iovec part = text(complete);

    if (sse->last)
        send_next(sse, /* id= */ NULL, sse->last, "\n\nevent: complete\ndata:\n\n");
    else if (sse->why == SUBSCRIBER_COMPLETE)
        stream_send(&sse->stream, &part, 1, sse->over);
    else
        send_comment(sse, /* id= */ NULL);
}

/* The subscription's side. */

static bool on_next(struct subscriber *subscriber, struct payload *payload)
{
    struct sse *sse = container_of(subscriber, struct sse, subscriber);

    if (!is_free(sse)) {
        sse->waiting = true;
        return false;
    }
    send_next(sse, subscriber_id(subscriber, payload), payload, "\n\n");
    return true;
}

static void on_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *last)
{
    struct sse *sse = container_of(subscriber, struct sse, subscriber);

    sse->over = true;
    sse->why = why;
    sse->last = last ? payload_hold(last) : NULL;
    if (why == SUBSCRIBER_SLOW)
        stream_abort(&sse->stream);
    else if (is_free(sse))
        send_last(sse);
}

static const struct subscriber_ops subscriber_ops = { on_next, on_end };

/* The stream's side. */

static void send_beat(struct sse *sse, const char *id)
{
    if (is_free(sse))
        send_comment(sse, id);
    loop_timer_start(sse->server->config.gateway->runtime->loop, &sse->beat, sse->server->config.beat_ms);
}

static void on_beat(struct loop_timer *timer)
{
    struct sse *sse = container_of(timer, struct sse, beat);

    if (!sse->over)
        send_beat(sse, /* id= */ NULL);
}

static void on_ready(struct stream *stream)
{
    struct sse *sse = (struct sse *)stream;
    bool is_first = !sse->began;

    sse->began = true;
    drop_piece(sse);
    if (sse->over) {
        send_last(sse);
    } else if (is_first) {
        send_beat(sse, subscriber_id(&sse->subscriber, /* payload= */ NULL));
    } else if (sse->waiting) {
        sse->waiting = false;
        subscriber_ready(&sse->subscriber);
    }
}

static void on_stop(struct stream *stream)
{
    struct sse *sse = (struct sse *)stream;

    if (sse->over)
        return;
    subscriber_leave(&sse->subscriber);
    on_end(&sse->subscriber, SUBSCRIBER_STOPPING, NULL);
}

static void sse_free(struct sse *sse)
{
    loop_timer_stop(sse->server->config.gateway->runtime->loop, &sse->beat);
    drop_piece(sse);
    payload_drop(sse->last);
    ts_memory_free(sse);
}

static void on_closed(struct stream *stream)
{
    struct sse *sse = (struct sse *)stream;

    subscriber_leave(&sse->subscriber);
    sse->server->count--;
    count(sse->server->metrics.streams, -1);
    count_end(sse);
    sse_free(sse);
}

static const struct stream_ops stream_ops = { on_ready, on_stop, on_closed };

/* Beginnings. */

static struct sse *sse_new(struct sse_server *server)
{
    struct sse *sse = ts_memory_new(1, sizeof(*sse));

    sse->stream.ops = &stream_ops;
    sse->subscriber.ops = &subscriber_ops;
    sse->server = server;
    sse->beat.run = on_beat;
    return sse;
}

static void answer(struct sse *sse, struct http_request *request)
{
    const struct http_reply reply = { .status = 200, .content_type = event_type, .stream = &sse->stream };

    sse->server->count++;
    count(sse->server->metrics.streams, 1);
    count(sse->server->metrics.streams_total, 1);
    http_reply(request, &reply);
}

enum gql_outcome sse_subscribe(struct sse_server *server, struct http_request *request, const struct session *session,
                               const struct gql_request *operation)
{
    struct sse *sse = sse_new(server);
    enum gql_outcome outcome;

    sse->subscriber.last_id = request->last_event_id; /* it lives as long as the stream */
    outcome = subscribe(server->config.gateway, session, operation, &sse->subscriber, &request->out);
    if (outcome == GQL_EXECUTED && server->count < server->config.streams_max) {
        answer(sse, request);
        return GQL_EXECUTED;
    }
    subscriber_leave(&sse->subscriber);
    sse_free(sse);
    if (outcome != GQL_EXECUTED)
        return outcome;
    count(server->metrics.refused, 1);
    gateway_error(request, 503, "UNAVAILABLE", "Too many streams of events at once; try again.");
    return GQL_REFUSED;
}

void sse_wrap(struct http_request *request)
{
    struct buf *out = &request->out;
    size_t size = out->size;
    char *response = ts_alloc(&request->arena, size);

    memcpy(response, out->data, size);
    buf_clear(out);
    buf_add_literal(out, "event: next\ndata: ");
    buf_add(out, response, size);
    buf_add_literal(out, "\n\n");
    buf_add_string(out, complete);
}

static void measure(struct sse_server *server, struct metrics *metrics)
{
    static const char *const reasons[REASONS] = {
        [SUBSCRIBER_COMPLETE] = "reason=\"complete\"",
        [SUBSCRIBER_FAILED] = "reason=\"failed\"",
        [SUBSCRIBER_SLOW] = "reason=\"slow\"",
        [SUBSCRIBER_STOPPING] = "reason=\"stopping\"",
        [GONE] = "reason=\"gone\"",
    };

    server->metrics.streams =
        metrics_get(metrics, TS_METRIC_GAUGE, "tessera_event_streams", NULL, "Open streams of events.");
    server->metrics.streams_total =
        metrics_get(metrics, TS_METRIC_COUNTER, "tessera_event_streams_total", NULL, "Streams of events opened.");
    server->metrics.refused = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_event_streams_refused_total", NULL,
                                          "Streams of events that were one too many.");
    server->metrics.sent = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_event_stream_events_sent_total", NULL,
                                       "Events sent on streams.");
    for (unsigned i = 0; i < REASONS; i++)
        server->metrics.closed[i] =
            metrics_get(metrics, TS_METRIC_COUNTER, "tessera_event_streams_closed_total", reasons[i],
                        "Streams of events ended; slow: not read, gone: by their client.");
}

struct sse_server *sse_server_new(const struct sse_config *config)
{
    struct sse_server *server = ts_memory_new(1, sizeof(*server));

    server->config = *config;
    if (config->gateway->runtime->metrics)
        measure(server, config->gateway->runtime->metrics);
    return server;
}

void sse_server_free(struct sse_server *server)
{
    assert(!server || server->count == 0);
    ts_memory_free(server);
}
