/*
 * How calls between modules travel: within an instance by one of the real transports, or to another instance, as pods
 * that share the work of a service would: late, never, twice, or answered by nobody. Hints, too, go to all others.
 */
#include <string.h>

#include "bus/inside.h"
#include "sim.h"
#include "store/crash.h"
#include "tessera/memory.h"

enum { HOP_MS_MAX = 40 };

static size_t route_number(const struct bus *bus, const struct bus_route *route)
{
    size_t number = 0;

    while (bus_route_at(bus, number) != route)
        number++;
    return number;
}

/* The other instance's handler, as the callee that it would have made. */
static int call_there(struct instance *there, const struct bus_route *route, struct ts_call *callee,
                      const ProtobufCMessage *request, const ProtobufCMessage **ret_reply)
{
    struct bus *bus = there->runtime.bus;
    const struct bus_route *own = bus_route_at(bus, route_number(callee->runtime->bus, route));
    struct ts_call call = *callee;
    int r;

    call.runtime = &there->runtime;
    call.state = own->module->state;
    r = bus_wire.call(own, &call, request, ret_reply);
    callee->failure = call.failure;
    callee->failed_with = call.failed_with;
    callee->failure_logged = call.failure_logged;
    return r;
}

static int hop(struct sim *sim, const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
               const ProtobufCMessage **ret_reply)
{
    struct instance *there;
    int r;

    sim_pause(sim, sim_draw(sim, HOP_MS_MAX));
    if (callee->runtime->crashed)
        return TS_ECRASHED;
    there = world_any(sim);
    if (!there || sim_fault(sim, sim->knobs.hop_lose)) {
        sim_count(sim, COUNT_hops_lost);
        return ts_fail(callee, TS_EUNAVAILABLE, "nobody heard the call");
    }
    sim_count(sim, COUNT_hops);
    if (sim_fault(sim, sim->knobs.hop_twice))
        net_send_copy(sim, route->service->descriptor, route->method_index, request, callee);
    trace_line(sim, "hop to %u.%u: %s", there->slot, there->life, route->name);
    r = call_there(there, route, callee, request, ret_reply);
    if (callee->runtime->crashed)
        return TS_ECRASHED;
    if (there->runtime.crashed || sim_fault(sim, sim->knobs.hop_lose)) {
        sim_count(sim, COUNT_hops_lost);
        return ts_fail(callee, TS_EDEADLINE, "nobody heard the answer");
    }
    return r;
}

/* The worst moment for who sells: the places are the buyer's, and his order has not heard of it. */
static bool ends_with_the_sale(struct sim *sim, const struct bus_route *route)
{
    return strcmp(route->name, "inventory.v1.Inventory.SellHold") == 0 && sim_fault(sim, sim->knobs.sale_cut);
}

static int hop_call(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                    const ProtobufCMessage **ret_reply)
{
    struct instance *here = instance_of(callee->runtime);
    struct sim *sim = here->sim;
    int r;

    if (callee->depth > 1 && sim->knobs.hop && sim_fault(sim, sim->knobs.hop))
        r = hop(sim, route, callee, request, ret_reply);
    else
        r = (sim->knobs.wire ? &bus_wire : &bus_local)->call(route, callee, request, ret_reply);
    if (r || here->runtime.crashed || !ends_with_the_sale(sim, route))
        return r;
    sim_count(sim, COUNT_sales_cut);
    crash_store_crash(here->store);
    return TS_ECRASHED;
}

const struct bus_transport hop_transport = { "hop", hop_call };

/* ---- hints */

struct hint {
    struct loop_timer timer;
    struct sim *sim;
    unsigned slot;
    const ProtobufCMessageDescriptor *descriptor;
    size_t size;
    uint8_t bytes[];
};

static bool passing_on; /* what is published now was heard elsewhere */

static void on_hint(struct loop_timer *timer)
{
    struct hint *hint = (struct hint *)timer;
    struct instance *instance = world_at(hint->sim, hint->slot);
    struct ts_arena *arena = ts_arena_new();

    if (instance && !instance->runtime.crashed) {
        ProtobufCMessage *event =
            protobuf_c_message_unpack(hint->descriptor, ts_arena_allocator(arena), hint->size, hint->bytes);

        passing_on = true;
        events_tell(instance->runtime.bus, event, /* from_others= */ true);
        passing_on = false;
        sim_count(hint->sim, COUNT_hints);
    }
    ts_arena_free(arena);
    ts_memory_free(hint);
}

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    struct instance *instance = container_of(watcher, struct instance, watcher);
    struct sim *sim = instance->sim;

    for (unsigned i = 0; i < SIM_INSTANCES_MAX && !passing_on; i++) {
        size_t size = protobuf_c_message_get_packed_size(event);
        struct hint *hint;

        if (i == instance->slot || !world_at(sim, i) || sim_fault(sim, sim->knobs.hint_lose))
            continue;
        hint = ts_memory_new(1, sizeof(*hint) + size);
        *hint = (struct hint){ .sim = sim, .slot = i, .descriptor = event->descriptor, .size = size };
        hint->timer.run = on_hint;
        protobuf_c_message_pack(event, hint->bytes);
        loop_timer_start(sim->loop, &hint->timer, sim_draw(sim, 200));
    }
}

void hop_watch(struct instance *instance)
{
    instance->watcher.heard = on_heard;
    bus_watch(instance->runtime.bus, &instance->watcher);
}
