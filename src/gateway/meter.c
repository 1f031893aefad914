/*
 * Histograms by OpenTelemetry's names and labels. Routes are patterns of ours, methods and statuses few, so there are
 * some dozen; each is found by comparing pointers and numbers, for spelling its labels costs more than counting.
 */
#include "gateway/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry/metrics.h"
#include "tessera/cleanup.h"

enum { SERIES_MAX = 128, LABELS_SIZE = 256 };

struct series {
    enum http_method method;
    const char *route; /* a literal, or the schema's */
    int status;
    struct ts_metric *seconds;
};

static const char *const types[] = { "query", "mutation", "subscription", "unknown" };
static const char *const outcomes[] = { "ok", "errors", "refused" };

struct meter {
    struct metrics *metrics;
    struct series series[SERIES_MAX];
    size_t count;
    struct ts_metric *operations[TS_ARRAY_SIZE(types)][TS_ARRAY_SIZE(outcomes)];
};

struct meter *meter_new(struct metrics *metrics)
{
    struct meter *meter = calloc(1, sizeof(*meter));
    char labels[LABELS_SIZE];

    if (!meter)
        abort();
    meter->metrics = metrics;
    for (size_t i = 0; i < TS_ARRAY_SIZE(types); i++) {
        for (size_t j = 0; j < TS_ARRAY_SIZE(outcomes); j++) {
            (void)snprintf(labels, sizeof(labels), "type=\"%s\",outcome=\"%s\"", types[i], outcomes[j]); /* it fits */
            meter->operations[i][j] = metrics_get_histogram(metrics, "tessera_graphql_operation_duration_seconds",
                                                            labels, "Duration of GraphQL operations.");
        }
    }
    return meter;
}

void meter_free(struct meter *meter)
{
    free(meter);
}

static struct ts_metric *series_new(struct meter *meter, const struct series *series)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "OPTIONS", "_OTHER" };
    char labels[LABELS_SIZE];

    (void)snprintf(labels, sizeof(labels), /* a route that is cut stays one */
                   "http_request_method=\"%s\",http_route=\"%.100s\",http_response_status_code=\"%d\"",
                   methods[series->method], series->route, series->status);
    return metrics_get_histogram(meter->metrics, "http_server_request_duration_seconds", labels,
                                 "Time from a request's head to its answer.");
}

void meter_request(struct meter *meter, const struct http_request *request, uint64_t duration_ns)
{
    struct series series = { request->method, request->route ? request->route : "", request->reply.status, NULL };
    size_t i = 0;

    while (i < meter->count && !(meter->series[i].method == series.method && meter->series[i].status == series.status &&
                                 meter->series[i].route == series.route))
        i++;
    series.seconds = i < meter->count ? meter->series[i].seconds : series_new(meter, &series);
    if (i == meter->count && i < SERIES_MAX)
        meter->series[meter->count++] = series;
    metric_observe_ns(series.seconds, duration_ns);
}

void meter_operation(struct meter *meter, const struct gql_env *env, enum gql_outcome outcome, uint64_t duration_ns)
{
    size_t type = 0, how = outcome != GQL_EXECUTED ? 2 : env->has_errors;

    while (type < TS_ARRAY_SIZE(types) - 1 && !(env->operation_type && strcmp(env->operation_type, types[type]) == 0))
        type++;
    metric_observe_ns(meter->operations[type][how], duration_ns);
}
