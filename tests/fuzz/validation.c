/*
 * Documents against two schemas, as the first byte says: the public one of all modules, whose calls all fail, and a
 * nasty one (nasty.h), whose fields all have values. What passes validation is planned and executed.
 */
#include "engine.h"

#include "fuzz.h"
#include "graphql/fixed.h"
#include "host/modules.h"
#include "nasty.h"
#include "tessera/err.h"

enum { SOURCES_MAX = 64, SERVICES_MAX = 64, EVENTS_MAX = 64 };

static void fail_all(struct gql_env *env, struct gql_rpc *const *rpcs, size_t count)
{
    (void)env;
    for (size_t i = 0; i < count; i++) {
        CLAIM(rpcs[i]->service && rpcs[i]->request && rpcs[i]->operation);
        rpcs[i]->error = TS_EUNAVAILABLE;
        rpcs[i]->failure = "away";
    }
}

static void public_init(struct engine *engine)
{
    static struct gql_source sources[SOURCES_MAX];
    static const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1];
    static const ProtobufCMessageDescriptor *events[EVENTS_MAX + 1];
    struct gql_config config = {
        .sources = sources, .services = services, .events = events, .introspection = true, .suggestions = true
    };
    size_t count = 0, event_count = 0;

    for (const struct module_schema *slice = ts_schemas; slice->name && config.source_count < SOURCES_MAX; slice++)
        sources[config.source_count++] = (struct gql_source){ slice->name, slice->package, slice->text };
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++)
            services[count++] = service->descriptor;
    for (size_t i = 0; ts_modules[i]; i++)
        for (size_t j = 0; ts_modules[i]->events && ts_modules[i]->events[j]; j++)
            events[event_count++] = ts_modules[i]->events[j];
    CLAIM(count <= SERVICES_MAX && event_count <= EVENTS_MAX);
    engine_init(engine, &config);
    engine->env.call_all = fail_all;
}

static void nasty_init(struct engine *engine)
{
    const struct gql_source source = { .name = "nasty", .text = nasty_sdl };
    const struct gql_config config = { .sources = &source,
                                       .source_count = 1,
                                       .introspection = true,
                                       .suggestions = true,
                                       .plain = true,
                                       .resolve = fixed_resolve };

    engine_init(engine, &config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine engines[2];
    struct gql_request request = { .query_size = size - 1 };
    struct engine *engine;
    char *copy;

    if (!engines[0].schema) {
        public_init(&engines[0]);
        nasty_init(&engines[1]);
    }
    if (!size)
        return 0;
    engine = &engines[data[0] & 1];
    engine->env.principal = data[0] & 2 ? GQL_SIGNED_IN : GQL_ANYONE;
    copy = malloc(size); /* exact bounds: the text is not terminated */
    CLAIM(copy);
    memcpy(copy, data + 1, size - 1);
    request.query = copy;
    arena_reset(&engine->arena);
    engine_ask(engine, &request);
    engine_ask(engine, &request); /* from the cache now, if it was good */
    free(copy);
    return 0;
}
