/*
 * The modules' life: their collections, services and start() in table order; what falls due while they live; stop() in
 * reverse. The runtime's store, keys, log and metrics are opened by who has the options, before and outside.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/buf.h"
#include "bus/bus.h"
#include "loop/runtime.h"
#include "tessera/module.h"

struct host;

/*
 * Make the bus and start each module. Called on the loop's own stack; runs the loop until all have started.
 * `modules` ends with NULL and is borrowed.
 * Return: 0 and *ret_host; a ts_error, and what is wrong, one line each, in *ret_problems.
 */
int host_start(struct ts_runtime *runtime, const struct bus_transport *transport,
               const struct ts_module *const *modules, struct host **ret_host, struct buf *ret_problems);

/*
 * Stop in reverse: nothing new falls due, what runs ends (for at most `wait_ms`), then modules stop. On the loop's own
 * stack. NULL is fine.
 */
void host_stop(struct host *host, int64_t wait_ms);

/*
 * On a fiber: move the domain's clock forward, and wait until all that fell due by it, and what that made due in turn,
 * has run. Return: 0; TS_EINVALID for a negative step; TS_EDEADLINE if it has not ended within TS_REQUEST_MS_MAX.
 */
int host_clock_advance(struct host *host, int64_t advance_ms);

/* Append the figures of loop and fibers (Prometheus text); the lag is the longest tick since the last call. */
void host_write_metrics(const struct host *host, struct buf *ret_text);

/* Services of all modules, NULL-terminated, for gql_schema_new(). */
const ProtobufCServiceDescriptor *const *host_services(const struct host *host);

#endif
