/* Registration: modules, services and rpcs, checked once so that no call needs to. */
#include "bus/bus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bus/inside.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"

const struct ts_principal bus_system = { TS_PRINCIPAL_SYSTEM, "system" };

struct bus *bus_new(struct ts_runtime *runtime, const struct bus_transport *transport)
{
    struct bus *bus = calloc(1, sizeof(*bus));

    if (!bus)
        abort();
    bus->runtime = runtime;
    bus->transport = transport;
    arena_init(&bus->arena);
    turns_init(bus);
    events_init(bus);
    runtime->bus = bus;
    return bus;
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    nats_free(bus->nats);
    events_done(bus);
    arena_done(&bus->arena);
    bus->runtime->bus = NULL;
    free(bus);
}

struct bus_module *bus_module_find(const struct bus *bus, const struct ts_module *module)
{
    for (size_t i = 0; i < bus->module_count; i++)
        if (bus->modules[i]->module == module)
            return bus->modules[i];
    return NULL;
}

/* A dozen services: looking at each pointer is faster than any table. */
const struct bus_route *bus_route_find(const struct bus *bus, const ProtobufCServiceDescriptor *service,
                                       unsigned method_index)
{
    for (size_t i = 0; i < bus->service_count; i++)
        if (bus->services[i].descriptor == service)
            return method_index < service->n_methods ? &bus->services[i].routes[method_index] : NULL;
    return NULL;
}

const struct bus_route *bus_route_at(const struct bus *bus, size_t n)
{
    for (size_t i = 0; i < bus->service_count; i++) {
        if (n < bus->services[i].descriptor->n_methods)
            return &bus->services[i].routes[n];
        n -= bus->services[i].descriptor->n_methods;
    }
    return NULL;
}

static void route_add_metrics(struct bus *bus, struct bus_route *route)
{
    struct metrics *metrics = bus->runtime->metrics;
    const char *labels = ts_printf(&bus->arena, "method=\"%s\"", route->name);

    if (!metrics)
        return;
    route->calls = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_bus_calls_total", labels, "Calls over the bus.");
    route->failures = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_bus_failures_total", labels,
                                  "Calls over the bus that failed; refusals are not failures.");
    route->seconds = metrics_get_histogram(metrics, "tessera_bus_call_seconds", labels, "Duration of calls.");
}

static int route_init(struct bus *bus, struct bus_route *route, struct buf *problems)
{
    const ProtobufCServiceDescriptor *descriptor = route->service->descriptor;
    const char *module = route->module->module->name;

    route->method = &descriptor->methods[route->method_index];
    route->subject = ts_printf(&bus->arena, "tessera.%s.%s", descriptor->name, route->method->name);
    route->name = strchr(route->subject, '.') + 1;
    route->deadline_ms = route->service->deadline_ms(route->service->rows, route->method_index);
    route_add_metrics(bus, route);
    if (route->deadline_ms <= 0)
        buf_printf(problems, "%s: rpc %s has no row with a handler and a deadline\n", module, route->name);
    else if (route->deadline_ms > TS_CALL_MS_MAX)
        buf_printf(problems, "%s: rpc %s: its deadline is over %d ms\n", module, route->name, TS_CALL_MS_MAX);
    else
        return 0;
    return TS_EINVALID;
}

static int service_add(struct bus *bus, struct bus_module *module, const struct ts_service *service,
                       struct buf *problems)
{
    const ProtobufCServiceDescriptor *descriptor = service->descriptor;
    struct bus_service *added = &bus->services[bus->service_count];
    int result = 0;

    if (bus_route_find(bus, descriptor, 0)) {
        buf_printf(problems, "%s: service %s is served already\n", module->module->name, descriptor->name);
        return TS_EINVALID;
    }
    assert(bus->service_count < TS_ARRAY_SIZE(bus->services));
    added->descriptor = descriptor;
    added->routes = TS_NEW_ARRAY(&bus->arena, struct bus_route, descriptor->n_methods);
    bus->service_count++;
    for (unsigned i = 0; i < descriptor->n_methods; i++) {
        added->routes[i] = (struct bus_route){ .service = service, .method_index = i, .module = module };
        if (route_init(bus, &added->routes[i], problems))
            result = TS_EINVALID;
    }
    return result;
}

static int module_add(struct bus *bus, const struct ts_module *module, bool is_away, struct buf *problems)
{
    struct bus_module *added = TS_NEW(&bus->arena, struct bus_module);
    int result = 0;

    assert(bus->module_count < TS_ARRAY_SIZE(bus->modules));
    added->module = module;
    added->is_away = is_away;
    bus->modules[bus->module_count++] = added;
    for (const struct ts_service *service = module->services; service && service->descriptor; service++)
        if (service_add(bus, added, service, problems))
            result = TS_EINVALID;
    return result;
}

int bus_add(struct bus *bus, const struct ts_module *module, struct buf *ret_problems)
{
    int result = module_add(bus, module, /* is_away= */ false, ret_problems);

    events_listen(bus, module);
    return result;
}

int bus_add_away(struct bus *bus, const struct ts_module *module, struct buf *ret_problems)
{
    return module_add(bus, module, /* is_away= */ true, ret_problems);
}

void bus_set_state(struct bus *bus, const struct ts_module *module, void *state)
{
    bus_module_find(bus, module)->state = state;
}
