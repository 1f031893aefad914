/*
 * One subscription is one stream (stream.h), which sends a piece at a time: while one is on its way the subscription
 * waits, and keeps its newest response. A stream begins with a comment, so that its client hears at once that it is
 * there. A server that stops ends streams without `complete`: clients then ask again.
 */
#include "gateway/sse.h"

#include "base/list.h"
#include "gateway/stream.h"
#include "gateway/subscribe.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "tessera/arena.h"
#include "tessera/memory.h"

static const char event_type[] = "text/event-stream; charset=utf-8";

struct sse {
    struct stream stream; /* first: a stream is its sse */
    struct subscriber subscriber;
    struct gateway *gateway;
    struct loop_timer beat;
    struct buf piece;
    bool began;   /* the head is out */
    bool waiting; /* it was busy when a response came */
    bool over;    /* `piece` is the last */
};

/* An id is for what is alive: who comes back with it gets what has followed. */
static void add_id(struct buf *piece, const char *id)
{
    if (!id)
        return;
    buf_add_literal(piece, "id: ");
    buf_add_string(piece, id);
    buf_add_char(piece, '\n');
}

static void add_next(struct buf *piece, const char *id, const char *response, size_t size)
{
    buf_add_literal(piece, "event: next\n");
    add_id(piece, id);
    buf_add_literal(piece, "data: ");
    buf_add(piece, response, size); /* JSON of ours is one line */
    buf_add_literal(piece, "\n\n");
}

static void add_complete(struct buf *piece)
{
    buf_add_literal(piece, "event: complete\ndata:\n\n");
}

/* No event: its id is remembered by the client all the same. */
static void add_comment(struct buf *piece, const char *id)
{
    buf_add_literal(piece, ":\n");
    add_id(piece, id);
    buf_add_char(piece, '\n');
}

static bool is_free(const struct sse *sse)
{
    return sse->began && !sse->stream.busy;
}

/* After the last piece there may be no sse any more. */
static void send_piece(struct sse *sse)
{
    stream_send(&sse->stream, &sse->piece, sse->over);
}

static bool on_next(struct subscriber *subscriber, struct payload *payload)
{
    struct sse *sse = container_of(subscriber, struct sse, subscriber);

    if (!is_free(sse)) {
        sse->waiting = true;
        return false;
    }
    buf_clear(&sse->piece);
    add_next(&sse->piece, subscriber_id(subscriber, payload), payload->text, payload->size);
    send_piece(sse);
    return true;
}

static void on_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *last)
{
    struct sse *sse = container_of(subscriber, struct sse, subscriber);

    sse->over = true;
    buf_clear(&sse->piece);
    if (why == SUBSCRIBER_FAILED)
        add_next(&sse->piece, /* id= */ NULL, last->text, last->size);
    if (why == SUBSCRIBER_FAILED || why == SUBSCRIBER_COMPLETE)
        add_complete(&sse->piece);
    else
        add_comment(&sse->piece, /* id= */ NULL);
    if (why == SUBSCRIBER_SLOW)
        stream_abort(&sse->stream);
    else if (is_free(sse))
        send_piece(sse);
}

static const struct subscriber_ops subscriber_ops = { on_next, on_end };

static void send_beat(struct sse *sse, const char *id)
{
    if (is_free(sse)) {
        buf_clear(&sse->piece);
        add_comment(&sse->piece, id);
        send_piece(sse);
    }
    loop_timer_start(sse->gateway->runtime->loop, &sse->beat, SSE_BEAT_MS);
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
    if (sse->over) {
        send_piece(sse);
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

static void on_closed(struct stream *stream)
{
    struct sse *sse = (struct sse *)stream;

    subscriber_leave(&sse->subscriber);
    loop_timer_stop(sse->gateway->runtime->loop, &sse->beat);
    sse->gateway->streams--;
    buf_done(&sse->piece);
    ts_memory_free(sse);
}

static const struct stream_ops stream_ops = { on_ready, on_stop, on_closed };

static struct sse *sse_new(struct gateway *gateway)
{
    struct sse *sse = ts_memory_new(1, sizeof(*sse));

    sse->stream.ops = &stream_ops;
    sse->subscriber.ops = &subscriber_ops;
    sse->gateway = gateway;
    sse->beat.run = on_beat;
    buf_init(&sse->piece, HTTP_OUT_SIZE_MAX);
    gateway->streams++;
    return sse;
}

enum gql_outcome sse_subscribe(struct gateway *gateway, struct http_request *request, const struct session *session,
                               const struct gql_request *operation)
{
    struct http_reply reply = { .status = 200, .content_type = event_type };
    struct sse *sse = sse_new(gateway);
    enum gql_outcome outcome;

    reply.stream = &sse->stream;
    sse->subscriber.last_id = request->last_event_id; /* it lives as long as the stream */
    if (gateway->streams > SSE_STREAMS_MAX) {
        gql_error_body(&request->out, "UNAVAILABLE", "Too many streams at once; try again.");
        outcome = GQL_REFUSED;
    } else {
        outcome = subscribe(gateway, session, operation, &sse->subscriber, &request->out);
    }
    if (outcome == GQL_EXECUTED)
        http_reply(request, &reply);
    else
        on_closed(&sse->stream);
    return outcome;
}

void sse_wrap(struct http_request *request)
{
    struct buf *out = &request->out;
    size_t size = out->size;
    char *response = ts_alloc(&request->arena, size);

    memcpy(response, out->data, size);
    buf_clear(out);
    add_next(out, /* id= */ NULL, response, size);
    add_complete(out);
}
