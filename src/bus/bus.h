/*
 * The bus of one instance: which module serves which protobuf service and listens to which event. Calls come in by
 * ts_call() (tessera/bus.h): at depth 0 from the edge, which is where they are admitted or refused; nested ones always
 * get through, so that what was begun can end.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/list.h"
#include "loop/runtime.h"
#include "tessera/module.h"

enum {
    BUS_IN_FLIGHT_MAX = 2048,  /* calls from the edge into one module; half of what the gateway admits in all */
    BUS_EVENT_FIBERS_MAX = 64, /* events being handled at once; the rest waits in the queue */
    BUS_SLOW_MS = 100,         /* a hop that took longer has a line in the log; others only at debug or when sampled */
    BUS_UNSENT_MAX = 64 << 20, /* bytes that wait for NATS to take them; past it calls are refused, events dropped */
};

struct bus_route;

/*
 * How a call travels; same behaviour, whichever. `callee` is ready to be handed to the handler.
 * Return: 0 and *ret_reply in callee->arena; a ts_error, its words in callee->failure if there are any.
 */
struct bus_transport {
    const char *name;
    int (*call)(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                const ProtobufCMessage **ret_reply);
};
extern const struct bus_transport bus_local; /* by pointer, on the caller's fiber */
extern const struct bus_transport bus_wire;  /* encoded and decoded both ways, in process */
extern const struct bus_transport bus_nats;  /* over NATS, to whoever serves it; see bus_join() */

/* One rpc: who serves it. */
struct bus_route {
    const ProtobufCMethodDescriptor *method;
    const struct ts_service *service;
    unsigned method_index;
    int deadline_ms;
    const char *subject; /* "tessera.door.v1.Door.CheckIn": where it is asked for at NATS */
    const char *name;    /* "door.v1.Door.CheckIn" */
    struct bus_module *module;
    struct ts_metric *calls, *failures, *seconds; /* NULL without metrics */
};

/* The runtime's log and metrics are used when it has them. Sets runtime->bus. */
struct bus *bus_new(struct ts_runtime *runtime, const struct bus_transport *transport);
/* Nothing may be in flight. Events that wait are dropped. */
void bus_free(struct bus *bus);

/*
 * Register a module's services and listeners. Each rpc needs exactly one row with a handler and a deadline of at most
 * TS_CALL_MS_MAX, each service exactly one module.
 * Return: 0; TS_EINVALID, and one line for each problem in *ret_problems.
 */
int bus_add(struct bus *bus, const struct ts_module *module, struct buf *ret_problems);

/*
 * Register a module that runs in other processes: its services, for calls to it, and its events, which come from there.
 * Return: as bus_add().
 */
int bus_add_away(struct bus *bus, const struct ts_module *module, struct buf *ret_problems);

/* The module's state, once its start() made it. */
void bus_set_state(struct bus *bus, const struct ts_module *module, void *state);

/* The n-th rpc, in order of registration; NULL past the last. */
const struct bus_route *bus_route_at(const struct bus *bus, size_t n);

/* The handler, then its refusals moved into the reply: the callee's end of each transport. */
int bus_serve(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
              ProtobufCMessage *reply);

/*
 * A root call of our own: a fiber with an arena and a trace, as SYSTEM. `run` is the whole of it; `done`, when given,
 * is called after with its result, arena gone, still on the fiber. The struct is copied; operation must outlive it.
 */
struct bus_task {
    const struct ts_module *module; /* whose state the call has; NULL: none */
    const char *operation;
    int64_t timeout_ms;
    int (*run)(struct ts_call *call, void *data);
    void (*done)(void *data, int result);
    void *data;
};
void bus_spawn(struct bus *bus, const struct bus_task *task);

/*
 * Someone beside the modules who hears every event, at once and on its publisher's stack: `heard` must not wait, keeps
 * nothing of the event, and does its work later (a timer, a task). For who turns many hints into little work; embed it.
 */
struct bus_watcher {
    struct list link; /* private */
    void (*heard)(struct bus_watcher *watcher, const ProtobufCMessage *event);
    const ProtobufCMessageDescriptor *own; /* an event that no module knows of; NULL: none */
};
void bus_watch(struct bus *bus, struct bus_watcher *watcher);
/* Does nothing when it does not watch (any more). */
void bus_unwatch(struct bus_watcher *watcher);

/* Where NATS is, and who we are to it. Borrowed for the life of the bus. */
struct bus_net {
    const char *url;  /* "nats://host:port" */
    const char *host; /* its host alone, for the log */
    const char *name; /* ours, in the server's lists and in the subject of our answers: no blank, no dot */
    bool tls;
    const char *ca, *cert, *key; /* files, PEM; NULL: the system's authorities, no certificate */
};

/*
 * Join other processes over NATS, which need not be there yet: from now on calls to modules that are away go out, calls
 * from there to modules that are here are served, and events go both ways. Away from it, calls out fail at once as
 * UNAVAILABLE; it is tried again for ever. Once, after all modules were added.
 */
void bus_join(struct bus *bus, const struct bus_net *net);

/*
 * Take no more calls from other processes; `left` is called once those that came are answered and with NATS, or after
 * `wait_ms`. Our own calls still go out. Without bus_join() it is called at once.
 */
void bus_leave(struct bus *bus, int64_t wait_ms, void (*left)(void *data), void *data);

/* Why other processes cannot be reached, as /readyz says it (static); NULL: they can, or there are none. */
const char *bus_problem(const struct bus *bus);

/* Tasks and events that run or wait. */
size_t bus_busy(const struct bus *bus);

#endif
