/* The bus' own fields, for the files of this folder. */
#ifndef BUS_INSIDE_H
#define BUS_INSIDE_H

#include "base/arena.h"
#include "base/list.h"
#include "bus/bus.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "tessera/wait.h"

enum { BUS_TURN_LISTS = 256 }; /* by hash: with BUS_IN_FLIGHT_MAX turns each is 8 long */

struct bus_module {
    const struct ts_module *module;
    void *state;
    unsigned in_flight; /* calls from the edge */
    bool is_away;       /* other processes run it */
};

/* The rpcs of one service, in the descriptor's order. */
struct bus_service {
    const ProtobufCServiceDescriptor *descriptor;
    struct bus_route *routes;
};

/* A module's interest in an event. */
struct bus_listener {
    struct list link;
    const struct ts_module *module;
    const struct ts_listener *listener;
    struct ts_metric *events, *failures; /* NULL without metrics */
};

struct bus {
    struct ts_runtime *runtime;
    const struct bus_transport *transport;
    struct ts_arena arena; /* what lives as long as the bus */
    struct bus_module *modules[64];
    struct bus_service services[64];
    size_t module_count, service_count;

    struct list turns[BUS_TURN_LISTS]; /* of struct turn, oldest first */

    struct nats *nats; /* NULL: nobody else is there */

    struct list listeners; /* in order of registration */
    struct list watchers;  /* the same */
    struct list events;    /* deliveries that wait, oldest first */
    size_t event_count, events_running, tasks_running;
    struct loop_job deliver;
    struct ts_metric *dropped; /* events; NULL without metrics */
};

/* One call's place among those with its idempotency key. */
struct turn {
    struct list link;
    uint64_t hash;
    struct ts_waiters waiters; /* calls that come next */
};

extern const struct ts_principal bus_system;

struct bus_module *bus_module_find(const struct bus *bus, const struct ts_module *module);
const struct bus_route *bus_route_find(const struct bus *bus, const ProtobufCServiceDescriptor *service,
                                       unsigned method_index);

/* ts_call() on a known route, by this transport. */
int call_by(struct ts_call *call, const struct bus_route *route, const struct bus_transport *transport,
            const ProtobufCMessage *request, const ProtobufCMessage **ret_reply);

/* Move the refusals noted in `call` into the reply. Return: 0; TS_EINTERNAL when the reply has no place for them. */
int refusals_attach(struct ts_call *call, ProtobufCMessage *reply);
/* So that calls copied from this one note theirs in the same place. */
void refusals_share(struct ts_call *call);

void turns_init(struct bus *bus);
/* Wait until no earlier call with this key runs. Return: 0; TS_EDEADLINE; TS_ECRASHED. Whichever: end it. */
int turn_begin(struct ts_call *call, struct turn *turn);
void turn_end(struct turn *turn);

/* An event, ours or another process', to the listeners and watchers here. */
void events_tell(struct bus *bus, const ProtobufCMessage *event, bool from_others);
/* What somebody here may want to hear, by its full name; NULL: nobody here knows it. */
const ProtobufCMessageDescriptor *events_find(const struct bus *bus, const char *name);
void events_count_dropped(struct bus *bus);
void events_init(struct bus *bus);
void events_listen(struct bus *bus, const struct ts_module *module);
void events_done(struct bus *bus);

/* To other processes, when there is NATS. */
void nats_publish(struct nats *nats, const ProtobufCMessage *event);
/* Runs the loop until nothing of it is left. NULL is fine. */
void nats_free(struct nats *nats);

#endif
