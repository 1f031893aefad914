/* The front of graphql.h: schemas made and ended, requests led through parse, validate, plan and execute. */
#include <string.h>

#include "graphql/execution/execute.h"
#include "graphql/execution/execution.h"
#include "graphql/execution/plan_cache.h"
#include "graphql/execution/subscription.h"
#include "graphql/graphql.h"
#include "graphql/language/parser.h"
#include "graphql/rules.h"
#include "graphql/type/builtin.h"
#include "graphql/type/schema.h"
#include "graphql/validation/validate.h"
#include "tessera/cleanup.h"
#include "tessera/memory.h"

const struct gql_limits gql_limits_default = {
    .tokens = 10000,  /* ten times the largest document of our own clients */
    .depth = 64,      /* the parser and the rules recurse: the fiber's stack bounds it */
    .aliases = 64,    /* they are how one request repeats a costly field */
    .operations = 50, /* each is checked with all fragments it reaches */
    .directives = 8,
    .circles = 3, /* tools ask for two */
    .steps = 100000,
    .reach = 4000,     /* and some for each token: operations that share fragments multiply them */
    .fields = 20000,   /* bounds a plan's memory */
    .list = 1000,      /* the longest that a module takes is 500 */
    .cost = 200000,    /* a page of pages, ten below each, a join below those: its keys, at worst */
    .objects = 100000, /* a response of some megabytes */
    .errors = 50,      /* more help nobody and cost bytes */
};

static void schema_sources(struct gql_schema *schema, const struct gql_config *config)
{
    struct gql_source *sources = TS_NEW_ARRAY(&schema->arena, struct gql_source, config->source_count + 2);
    size_t count = 0;

    sources[count++] = (struct gql_source){ "builtin.graphql", NULL, builtin_sdl };
    if (!config->plain) {
        schema->rules_source = &sources[count];
        sources[count++] = (struct gql_source){ "rules.graphql", NULL, rules_sdl };
    }
    for (size_t i = 0; i < config->source_count; i++, count++) {
        sources[count].name = ts_strdup(&schema->arena, config->sources[i].name);
        sources[count].package = ts_strdup(&schema->arena, config->sources[i].package);
        sources[count].text = ts_strdup(&schema->arena, config->sources[i].text);
    }
    schema->sources = sources;
    schema->source_count = count;
}

struct gql_schema *gql_schema_new(const struct gql_config *config, struct buf *ret_problems)
{
    struct gql_schema *schema = ts_memory_new(1, sizeof(*schema));
    size_t problems = ret_problems->size;

    arena_init(&schema->arena);
    schema->introspection = config->introspection;
    schema->suggestions = config->suggestions;
    schema->limits = config->limits ? *config->limits : gql_limits_default;
    schema->plain = config->plain;
    schema->resolve = config->resolve;
    schema->services = config->services;
    schema->events = config->events;
    schema->problems = ret_problems;
    schema->cache = plan_cache_new();
    schema_sources(schema, config);
    schema_build(schema);
    if (ret_problems->size == problems && !config->plain)
        rules_bind(schema);
    schema->problems = NULL;
    if (ret_problems->size == problems)
        return schema;
    gql_schema_free(schema);
    return NULL;
}

void gql_schema_free(struct gql_schema *schema)
{
    if (!schema)
        return;
    plan_cache_free(schema->cache);
    arena_done(&schema->arena);
    ts_memory_free(schema);
}

bool gql_schema_has_operation(const struct gql_schema *schema, const char *name)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(schema->roots); i++)
        if (schema->roots[i] && schema_field(schema, schema->roots[i], name))
            return true;
    return false;
}

void gql_schema_stats(const struct gql_schema *schema, struct gql_stats *ret_stats)
{
    *ret_stats = (struct gql_stats){ schema->cache->hits, schema->cache->misses };
}

static enum gql_outcome refuse(const struct error_list *errors, const char *text, size_t size, struct buf *body)
{
    if (arena_is_spent(errors->arena))
        return GQL_EXHAUSTED;
    buf_add_char(body, '{');
    error_list_write(errors, text, size, body);
    buf_add_char(body, '}');
    return GQL_REFUSED;
}

/* GetOperation (specification section 6.1): by name, or the only one. */
static const struct node *find_operation(const struct document *document, const char *name, struct error_list *errors)
{
    const struct node *found = NULL;

    for (const struct node *node = document->definitions; node; node = node->next) {
        if (node->kind != NODE_OPERATION)
            continue;
        if (!name && found) {
            (void)error_add(errors, ERROR_OPERATION,
                            "Must provide operation name if query contains multiple operations.");
            return NULL;
        }
        if (!name || (node->name && strcmp(node->name, name) == 0))
            found = node;
    }
    if (!found && name)
        (void)error_add(errors, ERROR_OPERATION, "Unknown operation named \"%s\".", text_shown(errors->arena, name));
    else if (!found)
        (void)error_add(errors, ERROR_OPERATION, "Must provide an operation.");
    return found;
}

/* Add the time since *since_ns to a figure and go on from now; nothing when nobody wants to know. */
static void trace_lap(const struct gql_env *env, uint64_t *since_ns, uint64_t *figure_ns)
{
    uint64_t now_ns = env->trace ? env->trace->now_ns() : 0;

    if (figure_ns)
        *figure_ns += now_ns - *since_ns;
    *since_ns = now_ns;
}

/* Parse and validate what the cache does not have. */
static bool document_read(struct gql_schema *schema, struct gql_env *env, struct cached *cached,
                          const struct gql_request *request, struct error_list *errors)
{
    struct gql_trace nobody = { 0 }, *trace = env->trace ? env->trace : &nobody;
    uint64_t at_ns;
    bool ok;

    trace_lap(env, &at_ns, NULL);
    ok = parse_executable(&cached->arena, cached->document.text, request->query_size, &schema->limits, errors,
                          &cached->document);
    trace_lap(env, &at_ns, &trace->parse_ns);
    ok = ok && validate_document(schema, env->arena, &cached->document, errors);
    trace_lap(env, &at_ns, &trace->validate_ns);
    return ok;
}

/* Parsed and validated, from the cache or made now; NULL and errors. */
static struct cached *find_document(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                                    struct error_list *errors)
{
    uint64_t hash;
    struct cached *cached = plan_cache_find(schema->cache, request->query, request->query_size, &hash);

    if (cached) {
        if (env->trace)
            env->trace->cached = true;
        return cached;
    }
    cached = cached_new(request->query, request->query_size, hash);
    if (document_read(schema, env, cached, request, errors)) {
        plan_cache_add(schema->cache, cached);
        return cached;
    }
    cached_unref(cached);
    return NULL;
}

/* The operation's plan, made when it is asked for the first time. */
static const struct plan *find_plan(struct gql_schema *schema, struct gql_env *env, struct cached *cached,
                                    const struct node *operation, struct error_list *errors)
{
    struct plan *plan = cached->plans;
    uint64_t at_ns;

    while (plan && plan->operation != operation)
        plan = plan->next;
    if (plan)
        return plan;
    trace_lap(env, &at_ns, NULL);
    plan = plan_new(schema, &cached->arena, &cached->document, operation, errors);
    if (env->trace) {
        trace_lap(env, &at_ns, &env->trace->plan_ns);
        env->trace->cached = false;
    }
    if (!plan) {
        plan_cache_forget(schema->cache, cached);
        return NULL;
    }
    plan->next = cached->plans;
    cached->plans = plan;
    plan_cache_grown(schema->cache, cached);
    return plan;
}

static const char *const operation_words[] = { "query", "mutation", "subscription" };

static enum gql_outcome refuse_kind(const struct gql_schema *schema, const struct node *operation, bool queries_only,
                                    struct error_list *errors)
{
    if (operation->operation == OPERATION_SUBSCRIPTION && !schema->resolve && schema->roots[OPERATION_SUBSCRIPTION]) {
        error_locate(error_add(errors, ERROR_OPERATION,
                               "A subscription is answered over WebSocket (graphql-transport-ws) or as an event stream "
                               "(text/event-stream), not by a single response."),
                     operation->offset);
        return GQL_REFUSED;
    }
    if (!schema->roots[operation->operation]) {
        error_locate(error_add(errors, ERROR_OPERATION, "Schema is not configured to execute %s operation.",
                               operation_words[operation->operation]),
                     operation->offset);
        return GQL_REFUSED;
    }
    if (queries_only && operation->operation != OPERATION_QUERY) {
        error_locate(error_add(errors, ERROR_OPERATION, "Only a query can be sent this way, not a %s.",
                               operation_words[operation->operation]),
                     operation->offset);
        return GQL_NOT_A_QUERY;
    }
    return GQL_EXECUTED;
}

static enum gql_outcome execute_document(struct gql_schema *schema, struct gql_env *env,
                                         const struct gql_request *request, struct cached *cached, struct buf *body)
{
    const struct document *document = &cached->document;
    const struct node *operation;
    const struct plan *plan;
    struct error_list errors;
    enum gql_outcome outcome;

    error_list_init(&errors, env->arena, schema->limits.errors);
    operation = find_operation(document, request->operation_name, &errors);
    if (!operation)
        return refuse(&errors, document->text, document->size, body);
    env->operation_type = operation_words[operation->operation];
    outcome = refuse_kind(schema, operation, request->queries_only, &errors);
    if (outcome != GQL_EXECUTED)
        return refuse(&errors, document->text, document->size, body) == GQL_EXHAUSTED ? GQL_EXHAUSTED : outcome;
    plan = find_plan(schema, env, cached, operation, &errors);
    if (!plan)
        return refuse(&errors, document->text, document->size, body);
    if (arena_is_spent(env->arena) || arena_is_spent(&cached->arena))
        return GQL_EXHAUSTED;
    return execute_plan(schema, env, plan, document, request->variables, body);
}

enum gql_outcome gql_execute(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                             struct buf *ret_body)
{
    struct error_list errors;
    struct cached *cached;
    enum gql_outcome outcome;

    error_list_init(&errors, env->arena, schema->limits.errors);
    cached = find_document(schema, env, request, &errors);
    if (!cached)
        return refuse(&errors, request->query, request->query_size, ret_body);
    if (arena_is_spent(&cached->arena))
        outcome = GQL_EXHAUSTED;
    else
        outcome = execute_document(schema, env, request, cached, ret_body);
    cached_unref(cached);
    return outcome;
}

static const char *first_problem(const struct error_list *errors, const char *text, size_t size)
{
    const struct error_item *error = errors->first;
    unsigned line, column;

    if (!error || !error->offset_count)
        return error ? error->message : NULL;
    error_position(text, size, error->offsets[0], &line, &column);
    return ts_printf(errors->arena, "%s (line %u, column %u)", error->message, line, column);
}

const char *gql_check(struct gql_schema *schema, struct ts_arena *arena, const char *text, size_t size)
{
    const struct gql_request request = { .query = text, .query_size = size };
    struct gql_env env = { .arena = arena };
    struct error_list errors;
    struct cached *cached;

    error_list_init(&errors, arena, schema->limits.errors);
    cached = find_document(schema, &env, &request, &errors);
    for (const struct node *node = cached ? cached->document.definitions : NULL; node; node = node->next) {
        if (node->kind == NODE_OPERATION && schema->roots[node->operation])
            (void)find_plan(schema, &env, cached, node, &errors); /* the errors say it */
    }
    cached_unref(cached);
    return first_problem(&errors, text, size);
}

static enum gql_outcome subscribe_document(struct gql_schema *schema, struct gql_env *env,
                                           const struct gql_request *request, struct cached *cached,
                                           struct gql_subscription **ret_subscription, struct error_list *errors)
{
    const struct node *operation = find_operation(&cached->document, request->operation_name, errors);
    const struct plan *plan;

    if (!operation)
        return GQL_REFUSED;
    env->operation_type = operation_words[operation->operation];
    if (operation->operation != OPERATION_SUBSCRIPTION) {
        error_locate(error_add(errors, ERROR_OPERATION, "Only a subscription can be sent this way, not a %s.",
                               operation_words[operation->operation]),
                     operation->offset);
        return GQL_NOT_A_SUBSCRIPTION;
    }
    plan = find_plan(schema, env, cached, operation, errors);
    *ret_subscription = plan ? subscription_prepare(schema, env, cached, plan, request->variables, errors) : NULL;
    return *ret_subscription ? GQL_EXECUTED : GQL_REFUSED;
}

enum gql_outcome gql_subscribe(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                               struct gql_subscription **ret_subscription, struct buf *ret_body)
{
    struct error_list errors;
    struct cached *cached;
    enum gql_outcome outcome = GQL_REFUSED;

    error_list_init(&errors, env->arena, schema->limits.errors);
    cached = find_document(schema, env, request, &errors);
    if (cached)
        outcome = subscribe_document(schema, env, request, cached, ret_subscription, &errors);
    if (outcome != GQL_EXECUTED && refuse(&errors, request->query, request->query_size, ret_body) == GQL_EXHAUSTED)
        gql_error_body(ret_body, "RESOURCE_EXHAUSTED", "This server is short of memory; try again.");
    cached_unref(cached);
    return outcome;
}
