/* Figures of this process under the names that every Prometheus client library gives them. */
#ifndef TELEMETRY_PROCESS_H
#define TELEMETRY_PROCESS_H

#include "base/buf.h"

void process_write_metrics(struct buf *ret_text);

#endif
