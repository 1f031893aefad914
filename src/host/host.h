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

/* Which modules, and how they talk. All borrowed for the life of the host. */
struct host_config {
    const struct ts_module *const *modules; /* that run here; ends with NULL */
    const struct ts_module *const *away;    /* that run in other processes, likewise; NULL: none */
    const struct bus_transport *transport;  /* between those here */
    const struct bus_net *net;              /* to and from other processes; NULL: there are none */
};

/*
 * Make the bus, start each module, and only then join other processes. Called on the loop's own stack; runs the loop
 * until all have started.
 * Return: 0 and *ret_host; a ts_error, and what is wrong, one line each, in *ret_problems.
 */
int host_start(struct ts_runtime *runtime, const struct host_config *config, struct host **ret_host,
               struct buf *ret_problems);

/*
 * Stop in reverse: nothing new falls due; what runs may end by itself for `wait_ms`, then is cancelled; then modules
 * stop. Every fiber of the loop is waited for, the gateway's too. On the loop's own stack. NULL is fine.
 * Return: 0; TS_EDEADLINE when something runs on (a write that the disk does not end): all stays as it is, for it
 * stands on the host and on all below. Nothing it has not been told is lost by ending the process.
 */
int host_stop(struct host *host, int64_t wait_ms);

/* Cancel what runs now, and whatever else begins: runtime_cancel(), and nothing falls due any more. */
void host_cancel(struct host *host);

/*
 * On a fiber: move the domain's clock forward, and wait until all that fell due by it, and what that made due in turn,
 * has run. Return: 0; TS_EINVALID for a negative step; TS_EDEADLINE if it has not ended within TS_REQUEST_MS_MAX;
 * TS_ECANCELLED.
 */
int host_clock_advance(struct host *host, int64_t advance_ms);

/*
 * Set something while modules run: a copy of `value`, where each of them can use it. On the loop's own stack. Return:
 * false, and what was set stays.
 */
bool host_set(struct host *host, enum ts_setting setting, const char *value);

/* Append the figures of loop and fibers (Prometheus text); the lag is the longest tick since the last call. */
void host_write_metrics(const struct host *host, struct buf *ret_text);

#endif
