/*
 * Metrics of one instance in Prometheus' sense: counters, gauges, histograms of durations, found by name and labels,
 * written out as text exposition 0.0.4. Adding is an atomic increment, so any thread may.
 */
#ifndef TELEMETRY_METRICS_H
#define TELEMETRY_METRICS_H

#include <stdint.h>

#include "base/buf.h"
#include "tessera/log.h"

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* The metric called `name` with the text `labels` (NULL: none); made when it is new. Strings are copied. */
struct ts_metric *metrics_get(struct metrics *metrics, enum ts_metric_kind kind, const char *name, const char *labels,
                              const char *help);

/* A histogram of durations in seconds, from 50 µs to 10 s; the name ends in _seconds. */
struct ts_metric *metrics_get_histogram(struct metrics *metrics, const char *name, const char *labels,
                                        const char *help);
void metric_observe_ns(struct ts_metric *metric, uint64_t duration_ns);

int64_t metric_value(const struct ts_metric *metric);

/* Append the exposition: families in the order they were made. */
void metrics_write(const struct metrics *metrics, struct buf *ret_text);

#endif
