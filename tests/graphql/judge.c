/*
 * The engine as a judge of requests, to compare it with another implementation: each line of stdin is a JSON object
 * with `query` and perhaps `variables`; each line of stdout has the outcome and the response. The schema is the real
 * one. No module runs: every rpc answers that it is unavailable, so data is never the point. README.md says how to
 * compare.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "graphql/graphql.h"
#include "host/modules.h"
#include "tessera/err.h"

enum { SOURCES_MAX = 64, SERVICES_MAX = 64, TEXT_SIZE_MAX = 16 << 20 };

static void call_all(struct gql_env *env, struct gql_rpc *const *rpcs, size_t count)
{
    (void)env;
    for (size_t i = 0; i < count; i++) {
        rpcs[i]->error = TS_EUNAVAILABLE;
        rpcs[i]->failure = "Nobody is here.";
    }
}

static void keep_going(struct gql_env *env)
{
    (void)env;
}

static struct gql_schema *schema_new(void)
{
    struct gql_source sources[SOURCES_MAX];
    const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1] = { NULL };
    struct gql_config config = { .sources = sources, .services = services, .introspection = true, .suggestions = true };
    struct gql_schema *schema;
    struct buf problems;
    size_t count = 0;

    for (const struct module_schema *slice = ts_schemas; slice->name && config.source_count < SOURCES_MAX; slice++)
        sources[config.source_count++] = (struct gql_source){ slice->name, slice->package, slice->text };
    for (size_t i = 0; ts_modules[i]; i++) {
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++) {
            if (count < SERVICES_MAX)
                services[count++] = service->descriptor;
        }
    }
    buf_init(&problems, TEXT_SIZE_MAX);
    schema = gql_schema_new(&config, &problems);
    if (!schema)
        (void)fprintf(stderr, "%.*s", (int)problems.size, problems.data);
    buf_done(&problems);
    return schema;
}

static void judge(struct gql_schema *schema, struct ts_arena *arena, const char *line, size_t size)
{
    static const char *const outcomes[] = { "executed", "refused", "not a query" };
    struct gql_env env = { .arena = arena, .principal = GQL_SIGNED_IN, .call_all = call_all, .yield = keep_going };
    const struct json *query;
    struct json *input;
    struct json_error error;
    struct gql_request request;
    struct buf body;
    enum gql_outcome outcome;

    if (json_parse(arena, line, size, &input, &error) || !(query = json_find(input, "query")) || !query->text) {
        (void)printf("{\"outcome\":\"no request\"}\n");
        return;
    }
    request = (struct gql_request){ .query = query->text, .query_size = strlen(query->text) };
    request.variables = json_find(input, "variables");
    buf_init(&body, TEXT_SIZE_MAX);
    outcome = gql_execute(schema, &env, &request, &body);
    (void)printf("{\"outcome\":\"%s\",\"body\":%.*s}\n", outcomes[outcome], (int)body.size, body.data);
    buf_done(&body);
}

int main(void)
{
    struct gql_schema *schema = schema_new();
    struct ts_arena arena;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (!schema)
        return 1;
    arena_init(&arena);
    while ((size = getline(&line, &room, stdin)) > 0) {
        judge(schema, &arena, line, (size_t)size);
        arena_reset(&arena);
    }
    arena_done(&arena);
    gql_schema_free(schema);
    free(line);
    return 0;
}
