/* Bottom up: telemetry, store, keys, modules, schema; closed the other way round. */
#include "cli/instance.h"

#include <string.h>
#include <unistd.h>

#include "bus/bus.h"
#include "bus/rate.h"
#include "bus/security.h"
#include "graphql/graphql.h"
#include "host/host.h"
#include "host/keys.h"
#include "host/modules.h"
#include "store/sqlite.h"
#include "telemetry/metrics.h"

#define GATEWAY "gateway" /* the front, as --modules names it */

enum { SERVICES_MAX = 2 * INSTANCE_MODULES_MAX, EVENTS_MAX = 4 * INSTANCE_MODULES_MAX };

static const struct ts_module *module_find(const char *name, size_t size)
{
    for (size_t i = 0; ts_modules[i]; i++)
        if (strlen(ts_modules[i]->name) == size && memcmp(ts_modules[i]->name, name, size) == 0)
            return ts_modules[i];
    return NULL;
}

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

bool instance_has_gateway(const char *modules)
{
    return is_listed(modules, GATEWAY);
}

static bool is_gateway(const char *name, size_t size)
{
    return size == strlen(GATEWAY) && memcmp(name, GATEWAY, size) == 0;
}

/* The modules of the list, in the table's order, whatever order it has. */
static int choose_modules(struct instance *instance, const char *list, struct buf *problem)
{
    size_t count = 0, away_count = 0;

    for (const char *at = list; at && *at;) {
        size_t size = strcspn(at, ",");

        if (!is_gateway(at, size) && !module_find(at, size)) {
            buf_printf(problem, "--modules: there is no module \"%.*s\"\n", (int)size, at);
            return TS_EINVALID;
        }
        at += size + (at[size] == ',');
    }
    for (size_t i = 0; ts_modules[i] && i < INSTANCE_MODULES_MAX; i++) {
        if (is_listed(list, ts_modules[i]->name))
            instance->modules[count++] = ts_modules[i];
        else
            instance->away[away_count++] = ts_modules[i];
    }
    return 0;
}

static int open_store(struct instance *instance, const struct instance_config *config, struct buf *problem)
{
    struct sqlite_options options = { 0 };
    struct store_message message = { "" };
    struct store **store = &instance->runtime.store;
    int r = mongo_uri_is_one(config->store)
                ? mongo_store_open(instance->loop, config->store, &config->mongo, store, &message)
                : sqlite_store_open(instance->loop, config->store, &options, store, &message);

    if (r)
        buf_printf(problem, "%s\n", message.text);
    else
        store_measure(instance->runtime.store, instance->runtime.metrics);
    return r;
}

/* The schema is whole even where only some modules run: the others are a call away. */
static struct gql_schema *compose_schema(struct gql_config *config, struct buf *problem)
{
    struct gql_source sources[INSTANCE_MODULES_MAX];
    const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1] = { NULL };
    const ProtobufCMessageDescriptor *events[EVENTS_MAX + 1] = { NULL };
    size_t source_count = 0, service_count = 0, event_count = 0;

    for (const struct module_schema *schema = ts_schemas; schema->name && source_count < INSTANCE_MODULES_MAX; schema++)
        sources[source_count++] = (struct gql_source){ schema->name, schema->package, schema->text };
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++)
            if (service_count < SERVICES_MAX)
                services[service_count++] = service->descriptor;
    for (size_t i = 0; ts_modules[i]; i++)
        for (size_t j = 0; ts_modules[i]->events && ts_modules[i]->events[j] && event_count < EVENTS_MAX; j++)
            events[event_count++] = ts_modules[i]->events[j];
    config->sources = sources;
    config->source_count = source_count;
    config->services = services;
    config->events = events;
    return gql_schema_new(config, problem);
}

struct gql_schema *instance_schema_new(const struct gql_limits *limits, bool suggestions, struct buf *ret_problem)
{
    struct gql_config config = { .introspection = true, .suggestions = suggestions, .limits = limits };

    return compose_schema(&config, ret_problem);
}

static int open_schema(struct instance *instance, const struct instance_config *instance_config, struct buf *problem)
{
    struct gql_config config = {
        .limits = instance_config->limits,
        .introspection = instance_config->introspection,
        .suggestions = instance_config->suggestions,
    };

    instance->schema = compose_schema(&config, problem);
    return instance->schema ? 0 : TS_EINTERNAL;
}

/* What is limited by operation must be one. */
static int check_rates(const struct instance *instance, struct buf *problem)
{
    const char *name;

    for (size_t i = 0; (name = rates_operation(instance->runtime.rates, i)); i++) {
        if (!gql_schema_has_operation(instance->schema, name)) {
            buf_printf(problem, "--rates: \"%s\" is no rate, and no query or mutation\n", name);
            return TS_EINVALID;
        }
    }
    return 0;
}

static int open_rates(struct instance *instance, const struct instance_config *config, struct buf *problem)
{
    static const struct rates_config usual = { .text = NULL };

    instance->runtime.rates = rates_new(&instance->runtime, config->rates ? config->rates : &usual, problem);
    return instance->runtime.rates ? 0 : TS_EINVALID;
}

int instance_open(struct instance *instance, const struct instance_config *config, struct buf *ret_problem)
{
    struct ts_runtime *runtime = &instance->runtime;
    struct host_config host = {
        .modules = instance->modules,
        .away = instance->away,
        .transport = config->wire ? &bus_wire : &bus_local,
        .net = config->net,
    };
    int r;

    *instance = (struct instance){ .loop = loop_new() };
    runtime_init(runtime, instance->loop);
    runtime->sandbox = config->sandbox;
    runtime->origin = config->origin;
    memcpy(runtime->settings, config->settings, sizeof(runtime->settings));
    log_init(&instance->log, runtime, STDERR_FILENO, config->log_level);
    runtime->log = &instance->log;
    runtime->metrics = metrics_new();
    runtime->security = security_new(runtime);
    r = choose_modules(instance, config->modules, ret_problem);
    r = r ? r : open_rates(instance, config, ret_problem);
    r = r ? r : open_store(instance, config, ret_problem);
    r = r ? r : keys_open(runtime, config->keys_path, ret_problem);
    r = r ? r : client_open(runtime, &config->outbound, ret_problem);
    r = r ? r : host_start(runtime, &host, &instance->host, ret_problem);
    r = r ? r : open_schema(instance, config, ret_problem);
    return r ? r : check_rates(instance, ret_problem);
}

int instance_stop(struct instance *instance, int64_t wait_ms)
{
    int r = host_stop(instance->host, wait_ms);

    if (r)
        log_say(&instance->log, TS_LOG_ERROR, "stop-late",
                "Something still runs; what it has not answered may be lost.");
    else
        instance->host = NULL;
    return r;
}

int instance_close(struct instance *instance, int64_t wait_ms)
{
    int r;

    if (!instance->loop)
        return 0;
    r = instance_stop(instance, wait_ms);
    if (r)
        return r;
    if (instance->schema)
        gql_schema_free(instance->schema);
    client_close(&instance->runtime);
    if (instance->runtime.keys)
        keys_close(&instance->runtime);
    store_close(instance->runtime.store);
    loop_free(instance->loop);
    rates_free(instance->runtime.rates);
    security_free(instance->runtime.security);
    metrics_free(instance->runtime.metrics);
    log_done(&instance->log);
    *instance = (struct instance){ 0 };
    return 0;
}
