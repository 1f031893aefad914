/* Requests to an engine under a fuzzer: exact bounds for the sanitizer, and what every answer must be. */
#ifndef TESTS_FUZZ_ENGINE_H
#define TESTS_FUZZ_ENGINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "fuzz.h"
#include "graphql/graphql.h"

struct engine {
    struct gql_env env; /* first: call_all gets it */
    struct gql_schema *schema;
    struct ts_arena arena;
    struct buf body;
};

static inline void engine_init(struct engine *engine, const struct gql_config *config)
{
    arena_init(&engine->arena);
    buf_init(&engine->body, 4 << 20);
    engine->env = (struct gql_env){ .arena = &engine->arena, .request_id = "req_1" };
    engine->schema = gql_schema_new(config, &engine->body);
    if (!engine->schema)
        (void)fprintf(stderr, "%.*s", (int)engine->body.size, engine->body.data);
    CLAIM(engine->schema);
}

/* Whatever comes in, one JSON object goes out; that it was executed and that it has data go together. */
static inline void engine_ask(struct engine *engine, const struct gql_request *request)
{
    struct buf *body = &engine->body;
    enum gql_outcome outcome;

    buf_clear(body);
    outcome = gql_execute(engine->schema, &engine->env, request, body);
    CLAIM(body->full || (body->size > 2 && body->data[0] == '{' && body->data[body->size - 1] == '}'));
    CLAIM(body->full || outcome == GQL_EXECUTED || memmem(body->data, body->size, "{\"errors\":[{\"message\":\"", 23));
}

#endif
