/*
 * Variables as JSON, coerced for an operation that has one of each type: the first byte chooses which of its variables
 * are required. Asking again gives the same answer.
 */
#include "engine.h"

#include "base/map.h"
#include "fuzz.h"
#include "graphql/fixed.h"
#include "nasty.h"
#include "tessera/cleanup.h"

static const char *const operations[] = {
    "query ($i: Int, $f: Float, $s: String, $b: Boolean, $id: ID, $k: Kind, $any: Any, $list: [[Int!]!]) {"
    " numbers(i: $i, f: $f, s: $s, b: $b, id: $id, k: $k, any: $any, list: $list) }",
    "query ($i: Int!, $f: Float!, $s: String!, $b: Boolean!, $id: ID!, $k: Kind!, $any: Any!, $list: [[Int!]!]!) {"
    " numbers(i: $i, f: $f, s: $s, b: $b, id: $id, k: $k, any: $any, list: $list) @include(if: $b) }",
    "query ($in: Deep = {must: \"m\"}, $i: Int = 7) { top(in: $in) { id } deep(in: {must: \"n\", value: $i, next: "
    "$in}) }",
    "query ($one: One, $ones: [One!], $c: Deep!) { either(one: $one) { __typename } other(ones: $ones) { __typename }"
    " more: either(one: {c: $c}) { __typename } }",
    "mutation ($one: One!, $in: [Deep] = [null]) { set(one: $one, in: $in) { id } }",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine engine;
    const struct gql_source source = { .name = "nasty", .text = nasty_sdl };
    const struct gql_config config = {
        .sources = &source, .source_count = 1, .plain = true, .suggestions = true, .resolve = fixed_resolve
    };
    struct gql_request request = { 0 };
    struct json_error error;
    struct json *variables;
    uint64_t first;

    if (!engine.schema)
        engine_init(&engine, &config);
    if (!size)
        return 0;
    request.query = operations[data[0] % TS_ARRAY_SIZE(operations)];
    request.query_size = strlen(request.query);
    arena_reset(&engine.arena);
    if (json_parse(&engine.arena, (const char *)data + 1, size - 1, &variables, &error) != 0 ||
        variables->type != JSON_OBJECT)
        return 0;
    request.variables = variables;
    engine_ask(&engine, &request);
    first = hash_bytes(engine.body.data, engine.body.size);
    engine_ask(&engine, &request);
    CLAIM(hash_bytes(engine.body.data, engine.body.size) == first);
    return 0;
}
