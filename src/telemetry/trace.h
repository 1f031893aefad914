/*
 * Spans: each hop of a request has an id of its own, and knows its parent's. Ids only tell apart and protect nothing,
 * so they come from a generator seeded once per instance: a system call for each would cost more than the hop.
 */
#ifndef TELEMETRY_TRACE_H
#define TELEMETRY_TRACE_H

#include "loop/runtime.h"
#include "tessera/call.h"

/* A trace of our own: what no request caused. */
void trace_begin(struct ts_runtime *runtime, struct ts_trace *ret_trace);

/* The next hop: a new span whose parent is the one before. */
void trace_step(struct ts_runtime *runtime, struct ts_trace *trace);

/* "00-<32 hex>-<16 hex>-<2 hex>" of W3C Trace Context, version 00. */
enum { TRACEPARENT_SIZE = 56 };

/*
 * The trace that the text names, its span as the parent. Return: false when it names none (NULL, another version), and
 * then nothing is changed.
 */
bool traceparent_read(const char *text, struct ts_trace *ret_trace);

/* The same of this span; `buffer` has TRACEPARENT_SIZE bytes. Return: buffer. */
char *traceparent_write(const struct ts_trace *trace, char *buffer);

#endif
