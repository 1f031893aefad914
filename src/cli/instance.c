/* Bottom up: telemetry, store, bus, modules, schema; closed the other way round. */
#include "cli/instance.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus.h"
#include "graphql/graphql.h"
#include "host/modules.h"
#include "store/sqlite.h"
#include "telemetry/metrics.h"

enum { SERVICES_MAX = 2 * INSTANCE_MODULES_MAX, START_MS_MAX = 30000 };

/* Whether `name` stands in the list (NULL: everything does). */
static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);

    if (!list)
        return true;
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    return false;
}

static bool is_module(const char *name, size_t size)
{
    for (size_t i = 0; ts_modules[i]; i++)
        if (strlen(ts_modules[i]->name) == size && memcmp(ts_modules[i]->name, name, size) == 0)
            return true;
    return false;
}

static int check_list(const char *list, struct buf *problem)
{
    while (list && *list) {
        size_t size = strcspn(list, ",");

        if (!is_module(list, size)) {
            buf_printf(problem, "--modules: there is no module \"%.*s\"\n", (int)size, list);
            return TS_EINVALID;
        }
        list += size + (list[size] == ',');
    }
    return 0;
}

static int open_store(struct instance *instance, const char *path, struct buf *problem)
{
    struct sqlite_options options = { 0 };
    struct store_message message = { "" };
    int r = sqlite_store_open(instance->loop, path, &options, &instance->runtime.store, &message);

    if (r)
        buf_printf(problem, "%s\n", message.text);
    return r;
}

static int add_module(struct instance *instance, const struct ts_module *module, struct buf *problem)
{
    struct store_message message = { "" };
    int r = bus_add(instance->runtime.bus, module, problem);

    if (r == 0 && module->collections) {
        r = store_add(instance->runtime.store, module->collections, &message);
        if (r)
            buf_printf(problem, "%s: %s\n", module->name, message.text);
    }
    return r;
}

struct start {
    const struct ts_module *module;
    void *state;
    bool done;
    int result;
};

static int run_start(struct ts_call *call, void *data)
{
    struct start *start = data;

    return start->module->start(call, &start->state);
}

static void on_started(void *data, int result)
{
    struct start *start = data;

    start->done = true;
    start->result = result;
}

static int start_module(struct instance *instance, size_t number, struct buf *problem)
{
    const struct ts_module *module = ts_modules[number];
    struct start start = { .module = module };

    if (!module->start)
        return 0;
    bus_spawn(instance->runtime.bus, &(struct bus_task){ .module = module,
                                                         .operation = "start",
                                                         .timeout_ms = START_MS_MAX,
                                                         .run = run_start,
                                                         .done = on_started,
                                                         .data = &start });
    while (!start.done)
        loop_run_once(instance->loop, /* wait= */ true);
    if (start.result) {
        buf_printf(problem, "module %s did not start: %s\n", module->name, ts_error_name(start.result));
        return start.result;
    }
    instance->states[number] = start.state;
    bus_set_state(instance->runtime.bus, module, start.state);
    return 0;
}

static void stop_modules(struct instance *instance)
{
    for (size_t i = INSTANCE_MODULES_MAX; i-- > 0;)
        if (instance->states[i] && ts_modules[i]->stop)
            ts_modules[i]->stop(instance->states[i]);
}

static int open_modules(struct instance *instance, const char *list, struct buf *problem)
{
    int r = check_list(list, problem), one;

    for (size_t i = 0; ts_modules[i] && r != TS_EDATALOSS; i++) {
        one = is_listed(list, ts_modules[i]->name) ? add_module(instance, ts_modules[i], problem) : 0;
        r = r ? r : one;
    }
    for (size_t i = 0; ts_modules[i] && r == 0; i++)
        if (is_listed(list, ts_modules[i]->name))
            r = start_module(instance, i, problem);
    return r;
}

/* The schema is whole even where only some modules run: the others are a call away. */
static int open_schema(struct instance *instance, bool introspection, struct buf *problem)
{
    struct gql_source sources[INSTANCE_MODULES_MAX];
    const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1];
    size_t source_count = 0, service_count = 0;
    struct gql_config config = { .sources = sources, .services = services, .introspection = introspection };

    for (const struct module_schema *schema = ts_schemas; schema->name && source_count < INSTANCE_MODULES_MAX; schema++)
        sources[source_count++] = (struct gql_source){ schema->name, schema->package, schema->text };
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++)
            if (service_count < SERVICES_MAX)
                services[service_count++] = service->descriptor;
    services[service_count] = NULL;
    config.source_count = source_count;
    config.suggestions = introspection;
    instance->schema = gql_schema_new(&config, problem);
    return instance->schema ? 0 : TS_EINTERNAL;
}

int instance_open(struct instance *instance, const struct instance_config *config, struct buf *ret_problem)
{
    struct ts_runtime *runtime = &instance->runtime;
    int r;

    *instance = (struct instance){ .loop = loop_new() };
    runtime_init(runtime, instance->loop);
    runtime->sandbox = config->sandbox;
    log_init(&instance->log, runtime, STDERR_FILENO, config->log_level);
    runtime->log = &instance->log;
    runtime->metrics = metrics_new();
    runtime->bus = bus_new(runtime, config->wire ? &bus_wire : &bus_local);
    r = open_store(instance, config->store_path, ret_problem);
    r = r ? r : open_modules(instance, config->modules, ret_problem);
    return r ? r : open_schema(instance, config->introspection, ret_problem);
}

void instance_close(struct instance *instance)
{
    if (!instance->loop)
        return;
    if (instance->schema)
        gql_schema_free(instance->schema);
    stop_modules(instance);
    if (instance->runtime.bus)
        bus_free(instance->runtime.bus);
    store_close(instance->runtime.store);
    loop_free(instance->loop);
    metrics_free(instance->runtime.metrics);
    log_done(&instance->log);
    *instance = (struct instance){ 0 };
}
