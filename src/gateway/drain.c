/*
 * The end of a server. Listeners go first; requests in flight are answered, with "Connection: close"; connections that
 * idle are ended after a moment, for a keep-alive client would hold us up until its timeout. h2o's context may not be
 * disposed of within a second of its request_shutdown (a timer of HTTP/2's is still linked and an assertion ends the
 * process), so that is asked for only where HTTP/2 is spoken.
 */
#include <stdlib.h>

#include "gateway/server.h"

enum {
    STEP_MS = 50,
    IDLE_GRACE_MS = 300,       /* for a request that is on its way */
    CONTEXT_AGE_MS_MIN = 1250, /* since h2o_context_request_shutdown() */
};

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle);
}

static void close_listeners(struct http *http)
{
    while (http->listeners) {
        struct listener *listener = http->listeners;

        http->listeners = listener->next;
        uv_close(&listener->uv.handle, on_listener_closed);
    }
}

static void kill_connections(struct http *http, bool idle_only)
{
    for (struct connection *connection = http->connections; connection; connection = connection->next)
        if (!idle_only || (connection->requests == 0 && !connection->tunnel))
            connection_kill(connection);
}

/* Tunnels and streams end in their own words; what they end with needs a client that still reads. */
static void say_goodbye(struct http *http)
{
    for (struct connection *connection = http->connections; connection; connection = connection->next)
        if (connection->tunnel)
            connection->tunnel->ops->stop(connection->tunnel);
    for (struct http_request *request = http->requests, *next; request; request = next) {
        next = request->next;
        if (request->reply.stream && request->sent && request->req)
            request->reply.stream->ops->stop(request->reply.stream);
    }
}

static bool is_drained(const struct http *http, int64_t age_ms)
{
    if (http->connections || http->requests)
        return false;
    return !http->config.http2 || age_ms >= CONTEXT_AGE_MS_MIN;
}

static void on_step(struct loop_timer *timer)
{
    struct http *http = (struct http *)((char *)timer - offsetof(struct http, stop_timer));
    int64_t age_ms = loop_now_ms(http->config.loop) - http->stop_at_ms;

    if (age_ms >= IDLE_GRACE_MS)
        kill_connections(http, /* idle_only= */ age_ms < http->stop_ms_max);
    if (!is_drained(http, age_ms) && age_ms < http->stop_ms_max + INT64_C(4) * STEP_MS) {
        loop_timer_start(http->config.loop, timer, STEP_MS);
        return;
    }
    loop_timer_stop(http->config.loop, &http->sweep_timer);
    http->stopped(http->stopped_data);
}

void http_stop(struct http *http, int64_t stop_ms_max, void (*stopped)(void *data), void *data)
{
    http->stopping = true;
    http->stop_at_ms = loop_now_ms(http->config.loop);
    http->stop_ms_max = stop_ms_max;
    http->stopped = stopped;
    http->stopped_data = data;
    close_listeners(http);
    if (http->config.http2)
        h2o_context_request_shutdown(&http->context);
    else
        http->context.shutdown_requested = 1;
    say_goodbye(http);
    http->stop_timer.run = on_step;
    loop_timer_start(http->config.loop, &http->stop_timer, 0);
}
