/* Log lines and metrics from a module. The host adds time, module, request id and trace; values never hold secrets or
 * personal data. Failures are logged by the bus, once: a module returns them. */
#ifndef TESSERA_LOG_H
#define TESSERA_LOG_H

#include "tessera/call.h"

enum ts_log_level { TS_LOG_DEBUG, TS_LOG_INFO, TS_LOG_WARN, TS_LOG_ERROR };

/* One line. `action` is ECS event.action: a short word in kebab-case that does not vary. */
void ts_log(struct ts_call *call, enum ts_log_level level, const char *action, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

enum ts_metric_kind { TS_METRIC_COUNTER, TS_METRIC_GAUGE };
struct ts_metric;

/*
 * A metric of this instance. `name` follows Prometheus' conventions (tessera_holds_created_total); `labels` is NULL or
 * the fixed text inside the braces (result="ok"). The same name and labels give the same metric.
 * Made in start() and kept in the state; it lives as long as the program, and is owned by it.
 * Return: the metric, never NULL.
 */
struct ts_metric *ts_metric_new(struct ts_call *call, enum ts_metric_kind kind, const char *name, const char *labels,
                                const char *help);

/* Add `value`; a counter only grows. */
void ts_metric_add(struct ts_metric *metric, int64_t value);

/* Set a gauge. */
void ts_metric_set(struct ts_metric *metric, int64_t value);

#endif
