/* Few paths, no secrets: whoever reaches this listener may read figures, and with --ephemeral move the clock. */
#include "gateway/admin.h"

#include <string.h>

#include "base/json.h"
#include "tessera/clock.h"

#define CLOCK_ADVANCE_MS_MAX (INT64_C(36525) * TS_DAY_MS) /* a century */

static void add_figure(struct buf *text, const char *name, const char *kind, const char *help, unsigned long value)
{
    buf_printf(text, "# HELP %s %s\n# TYPE %s %s\n%s %lu\n", name, help, name, kind, name, value);
}

static void add_http_figures(const struct http *http, struct buf *text)
{
    struct http_stats stats;

    http_stats(http, &stats);
    add_figure(text, "tessera_http_connections", "gauge", "Open connections.", stats.connections);
    add_figure(text, "tessera_http_connections_total", "counter", "Connections accepted.", stats.connections_total);
    add_figure(text, "tessera_http_connections_refused_total", "counter", "Connections over a limit.",
               stats.connections_refused);
    add_figure(text, "tessera_http_connections_killed_total", "counter", "Connections ended by a guard.",
               stats.connections_killed);
    add_figure(text, "tessera_http_requests_in_flight", "gauge", "Requests being served.", stats.requests);
    add_figure(text, "tessera_http_requests_refused_total", "counter", "Requests refused before they were served.",
               stats.requests_refused);
    buf_add_literal(text, "# HELP tessera_http_requests_total Requests answered, by class of status.\n"
                          "# TYPE tessera_http_requests_total counter\n");
    for (int class = 2; class <= 5; class ++)
        buf_printf(text, "tessera_http_requests_total{status=\"%dxx\"} %lu\n", class, stats.replies_by_class[class]);
}

static void answer_metrics(struct admin *admin, struct http_request *request)
{
    struct http_reply reply = { .status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8" };

    add_http_figures(admin->public_http, &request->out);
    if (admin->metrics)
        admin->metrics(&request->out, admin->data);
    reply.body = request->out.data;
    reply.body_size = request->out.size;
    http_reply(request, &reply);
}

static void answer_clock(struct admin *admin, struct http_request *request)
{
    struct http_reply reply = { .status = 200, .content_type = "application/json; charset=utf-8", .body = "{}" };
    struct json_error error;
    struct json *body, *advance;

    if (json_parse(&request->arena, request->body, request->body_size, &body, &error) != 0)
        body = NULL;
    advance = json_find(body, "advanceMs");
    if (!advance || !advance->is_integer || advance->integer < 0 || advance->integer > CLOCK_ADVANCE_MS_MAX) {
        gateway_error(request, 400, "BAD_REQUEST", "Send {\"advanceMs\": N}, N from 0 to a century.");
        return;
    }
    if (admin->advance_clock(advance->integer, admin->data) != 0) {
        gateway_error(request, 503, "UNAVAILABLE", "What fell due could not all be done; try again.");
        return;
    }
    reply.body_size = strlen(reply.body);
    http_reply(request, &reply);
}

void admin_serve(struct http_request *request, void *data)
{
    struct admin *admin = data;

    if (gateway_health(admin->gateway, request))
        return;
    if (strcmp(request->path, "/metrics") == 0 && request->method == HTTP_GET)
        answer_metrics(admin, request);
    else if (admin->advance_clock && strcmp(request->path, "/clock") == 0 && request->method == HTTP_POST)
        answer_clock(admin, request);
    else if (!admin->control || !admin->control(request, admin->data))
        gateway_error(request, 404, "NOT_FOUND", "There is nothing here.");
}
