/*
 * Once a second: what h2o has no timeout for. A request past its deadline is answered for its handler (which finishes
 * unheard), an answer that nobody takes and a connection on which nothing happens are ended. Runs only while there are
 * connections.
 */
#include <string.h>

#include "gateway/server.h"

enum { SWEEP_MS = 1000, GRACE_MS = 1000 };

/* A write may still come to pass: only the handler could have told. */
static void answer_late(struct http_request *request)
{
    bool may_have_written = request->method == HTTP_POST;
    struct http_reply reply =
        reply_error(request, 503, may_have_written ? "OUTCOME_UNKNOWN" : "UNAVAILABLE",
                    may_have_written ? "The deadline passed before the outcome was known." : "The deadline passed.");

    http_reply(request, &reply);
}

/* The client takes nothing since then; a stream is as long as it likes, if each of its pieces goes out in time. */
static bool is_stuck(const struct http_request *request, int64_t since_ms)
{
    const struct stream *stream = request->reply.stream;

    return stream ? stream->busy && stream->busy_ms < since_ms : request->answered_ms < since_ms;
}

static void end_stuck(struct http_request *request)
{
    if (request->reply.stream)
        request->reply.stream->stuck = true;
    connection_kill(request->connection);
}

static void sweep_requests(struct http *http, int64_t now_ms)
{
    for (struct http_request *request = http->requests, *next; request; request = next) {
        next = request->next;
        if (!request->answered && now_ms > request->deadline_ms + GRACE_MS)
            answer_late(request);
        else if (request->sent && request->connection && is_stuck(request, now_ms - http->config.timeout_ms))
            end_stuck(request);
    }
}

/* h2o's own timeouts end most; this ends those that trickle bytes to keep them from firing. */
static void sweep_connections(struct http *http, int64_t now_ms)
{
    for (struct connection *connection = http->connections; connection; connection = connection->next)
        if (connection->requests == 0 && !connection->tunnel &&
            now_ms - connection->active_ms > 2 * http->config.timeout_ms)
            connection_kill(connection);
}

static void on_sweep(struct loop_timer *timer)
{
    struct http *http = (struct http *)((char *)timer - offsetof(struct http, sweep_timer));
    int64_t now_ms = loop_now_ms(http->config.loop);

    sweep_requests(http, now_ms);
    sweep_connections(http, now_ms);
    if (http->connections || http->requests)
        loop_timer_start(http->config.loop, timer, SWEEP_MS);
}

void sweeper_start(struct http *http)
{
    if (http->sweep_timer.slot)
        return;
    http->sweep_timer.run = on_sweep;
    loop_timer_start(http->config.loop, &http->sweep_timer, SWEEP_MS);
}
