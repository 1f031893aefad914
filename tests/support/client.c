#include "support/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "gateway/resolve.h"
#include "graphql/graphql.h"
#include "host/modules.h"
#include "tessera/limits.h"

enum { SOURCES_MAX = 64, SERVICES_MAX = 256, EVENTS_MAX = 256 };

struct client {
    struct gql_schema *schema;
};

struct client *client_new(void)
{
    struct gql_source sources[SOURCES_MAX];
    const ProtobufCServiceDescriptor *services[SERVICES_MAX + 1] = { NULL };
    const ProtobufCMessageDescriptor *events[EVENTS_MAX + 1] = { NULL };
    struct gql_config config = { .sources = sources, .services = services, .events = events, .introspection = true };
    struct client *client = calloc(1, sizeof(*client));
    struct buf problems;
    size_t count = 0, event_count = 0;

    assert_non_null(client);
    buf_init(&problems, 1 << 16);
    for (const struct module_schema *schema = ts_schemas; schema->name; schema++)
        sources[config.source_count++] = (struct gql_source){ schema->name, schema->package, schema->text };
    for (size_t i = 0; ts_modules[i]; i++)
        for (const struct ts_service *service = ts_modules[i]->services; service && service->descriptor; service++)
            services[count++] = service->descriptor;
    for (size_t i = 0; ts_modules[i]; i++)
        for (size_t j = 0; ts_modules[i]->events && ts_modules[i]->events[j]; j++)
            events[event_count++] = ts_modules[i]->events[j];
    client->schema = gql_schema_new(&config, &problems);
    if (!client->schema)
        fail_msg("%.*s", (int)problems.size, problems.data);
    buf_done(&problems);
    return client;
}

void client_free(struct client *client)
{
    gql_schema_free(client->schema);
    free(client);
}

struct gql_schema *client_schema(const struct client *client)
{
    return client->schema;
}

/* The response as JSON; what the engine used meanwhile is gone when this returns. */
static const struct json *execute(struct client *client, struct ts_call *call, const char *query)
{
    struct http_request request = { .deadline_ms = call->deadline_ms };
    struct session session = { call->principal, call->trace, call->request_id, call->locale };
    struct gql_request wish = { .query = query, .query_size = strlen(query) };
    struct json_error error;
    struct json *response = NULL;
    struct resolve resolve;
    struct buf body;

    arena_init(&request.arena);
    buf_init(&body, TS_MESSAGE_SIZE_MAX);
    resolve_init(&resolve, call->runtime, &request.arena, &session, call->deadline_ms);
    (void)gql_execute(client->schema, &resolve.env, &wish, &body); /* the body says it all */
    assert_int_equal(
        json_parse(call->arena, ts_memdup(call->arena, body.data, body.size), body.size, &response, &error), 0);
    buf_done(&body);
    arena_done(&request.arena);
    return response;
}

const struct json *client_ask(struct client *client, struct ts_call *call, const char *format, ...)
{
    const char *query;
    va_list args;

    va_start(args, format);
    query = ts_vprintf(call->arena, format, args);
    va_end(args);
    return execute(client, call, query);
}

static const struct json *step(const struct json *at, const char *name)
{
    char *end;
    unsigned long position = strtoul(name, &end, 10);

    if (!at || at->type != JSON_ARRAY || *end)
        return json_find(at, name);
    for (at = at->first; at && position; position--)
        at = at->next;
    return at;
}

const struct json *client_find(const struct json *response, const char *path)
{
    char name[128];

    while (*path && response) {
        size_t size = strcspn(path, ".");

        assert_true(size < sizeof(name));
        memcpy(name, path, size);
        name[size] = '\0';
        response = step(response, name);
        path += size + (path[size] == '.');
    }
    return response;
}

const char *client_text(const struct json *response, const char *path)
{
    const struct json *value = client_find(response, path);

    if (!value)
        fail_msg("nothing at %s; errors: %s", path,
                 client_find(response, "errors.0") ? client_text(response, "errors.0.message") : "none");
    if (value->type == JSON_TRUE || value->type == JSON_FALSE)
        return value->type == JSON_TRUE ? "true" : "false";
    return value->type == JSON_NULL ? NULL : value->text;
}

const struct json *client_fine(const struct json *response, const char *mutation)
{
    char path[160];

    if (client_find(response, "errors.0"))
        fail_msg("%s: %s", mutation, client_text(response, "errors.0.message"));
    snprintf(path, sizeof(path), "data.%s.userErrors.0.message", mutation);
    if (client_find(response, path))
        fail_msg("%s: %s", mutation, client_text(response, path));
    return response;
}
