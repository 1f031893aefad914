/*
 * The order of an execution (specification section 6.2): root fields of a query side by side, those of a mutation one
 * after the other, each with all its joins before the next.
 */
#include "graphql/execution/execute.h"

#include <string.h>

#include "graphql/execution/execution.h"
#include "graphql/execution/values.h"
#include "tessera/limits.h"

/* Who may ask at all. Return: false and the root's failure noted. */
static bool root_allowed(const struct execution *execution, const struct rule *rule, struct root *root)
{
    if ((rule->grants & GRANT_PUBLIC) || execution->env->principal == GQL_SIGNED_IN)
        return true;
    root->failure = "Sign in to use this.";
    root->code = "UNAUTHENTICATED";
    return false;
}

static void root_gather_nodes(struct execution *execution, const struct plan_field *field, struct root *root)
{
    const struct node *ids = execution_argument(execution, field, 0);
    unsigned count = 0;

    for (const struct node *id = ids && ids->kind == NODE_LIST ? ids->children : NULL; id; id = id->next)
        count++;
    if (count > TS_PAGE_SIZE_MAX) {
        root->failure = ts_printf(execution->arena, "At most %d ids at once.", TS_PAGE_SIZE_MAX);
        root->code = ERROR_INPUT;
        return;
    }
    batch_gather_nodes(execution, field);
}

struct gql_rpc *root_prepare(struct execution *execution, unsigned index)
{
    const struct plan_field *field = &execution->plan->root->fields[index];
    const struct rule *rule = field->field->rule;
    struct root *root = &execution->roots[index];

    if (!rule || !execution_includes(execution, field) || !root_allowed(execution, rule, root))
        return NULL;
    if (rule->kind == RULE_NODES) {
        root_gather_nodes(execution, field, root);
        return NULL;
    }
    root->failure = arguments_problem(execution, field, &root->failed);
    if (!root->failure)
        root->failure = request_build(execution, field, rule, NULL, &root->rpc);
    if (root->failure) {
        root->code = ERROR_INPUT;
        return NULL;
    }
    ahead_ask(execution, field, (ProtobufCMessage *)root->rpc.request);
    root->called = true;
    return &root->rpc;
}

static const Common__Grant *root_grant(const struct root *root, const struct rule *rule)
{
    return rule->reply_grant ? (const Common__Grant *)message_child(root->rpc.reply, rule->reply_grant) : NULL;
}

void root_gather(struct execution *execution, unsigned index)
{
    const struct plan_field *field = &execution->plan->root->fields[index];
    const struct rule *rule = field->field->rule;
    const struct root *root = &execution->roots[index];
    struct found found;

    if (!root->called || root->rpc.error || !root->rpc.reply || !field->selections)
        return;
    ahead_take(execution, field, root->rpc.reply, root_grant(root, rule));
    path_find(execution->arena, &rule->value, root->rpc.reply, &found);
    for (size_t i = 0; found.at && i < (rule->value.repeated ? found.count : 1); i++) {
        const ProtobufCMessage *message = rule->value.count ? found_message(&found, i) : root->rpc.reply;
        const struct selection *selection = selection_for(field, &message);

        if (selection && selection->has_joins)
            batch_gather(execution, selection, &message, 1, root_grant(root, rule));
    }
}

/* True if no right of the caller's shows in the answer. */
static bool shows_public_only(const struct execution *execution)
{
    for (unsigned i = 0; i < execution->plan->root->count; i++) {
        const struct root *root = &execution->roots[i];
        const struct rule *rule = execution->plan->root->fields[i].field->rule;
        const Common__Grant *grant;

        if (!root->called)
            continue; /* introspection, or left out */
        if (root->rpc.error || !root->rpc.reply)
            return false;
        grant = root_grant(root, rule);
        if (grant && grant->kind != COMMON__GRANT__KIND__PUBLIC)
            return false;
    }
    return true;
}

/* Whether this very answer may be kept, of a plan whose answers may. */
static void note_freshness(struct execution *execution)
{
    const struct freshness *freshness = &execution->plan->freshness;

    if (freshness->max_age_s == 0 || execution->env->has_errors || execution->env->principal != GQL_ANYONE ||
        !shows_public_only(execution))
        return;
    execution->env->fresh_s = (unsigned)freshness->max_age_s;
    execution->env->fresh_private = freshness->is_private;
}

static void run_query(struct execution *execution)
{
    unsigned count = execution->plan->root->count;
    struct gql_rpc **rpcs = TS_NEW_ARRAY(execution->arena, struct gql_rpc *, count);
    size_t rpc_count = 0;

    for (unsigned i = 0; i < count; i++) {
        rpcs[rpc_count] = root_prepare(execution, i);
        rpc_count += rpcs[rpc_count] != NULL;
    }
    if (rpc_count)
        execution->env->call_all(execution->env, rpcs, rpc_count);
    for (unsigned i = 0; i < count; i++)
        root_gather(execution, i);
    batch_run(execution);
}

static void run_mutation(struct execution *execution)
{
    for (unsigned i = 0; i < execution->plan->root->count; i++) {
        struct gql_rpc *rpc = root_prepare(execution, i);

        if (rpc)
            execution->env->call_all(execution->env, &rpc, 1);
        root_gather(execution, i);
        batch_run(execution);
    }
}

void execution_init(struct execution *execution, struct gql_schema *schema, struct gql_env *env,
                    const struct plan *plan)
{
    *execution = (struct execution){ .schema = schema, .env = env, .arena = env->arena, .plan = plan };
    error_list_init(&execution->errors, env->arena, schema->limits.errors);
    execution->roots = TS_NEW_ARRAY(env->arena, struct root, plan->root->count);
    execution->uses = TS_NEW_ARRAY(env->arena, struct batch_use *, plan->field_count);
}

static enum gql_outcome refuse(const struct execution *execution, const struct document *document, struct buf *body)
{
    if (arena_is_spent(execution->arena))
        return GQL_EXHAUSTED;
    buf_add_char(body, '{');
    error_list_write(&execution->errors, document->text, document->size, body);
    buf_add_char(body, '}');
    return GQL_REFUSED;
}

enum gql_outcome execute_plan(struct gql_schema *schema, struct gql_env *env, const struct plan *plan,
                              const struct document *document, const struct json *variables, struct buf *ret_body)
{
    struct execution execution;
    size_t start = ret_body->size;

    execution_init(&execution, schema, env, plan);
    if (!variables_coerce(plan, env->arena, variables, &execution.errors, &execution.variables))
        return refuse(&execution, document, ret_body);
    execution_decide(&execution);
    if (plan->cost_varies && !cost_check(&execution, &execution.errors))
        return refuse(&execution, document, ret_body);
    if (plan->operation->operation == OPERATION_MUTATION)
        run_mutation(&execution);
    else
        run_query(&execution);
    if (arena_is_spent(env->arena))
        return GQL_EXHAUSTED;
    buf_add_literal(ret_body, "{\"data\":");
    write_data(&execution, ret_body);
    if (arena_is_spent(env->arena)) { /* schemas are read while they are written */
        buf_cut(ret_body, start);
        return GQL_EXHAUSTED;
    }
    env->has_errors = execution.errors.count > 0;
    if (env->has_errors) {
        buf_add_char(ret_body, ',');
        error_list_write(&execution.errors, document->text, document->size, ret_body);
    }
    buf_add_char(ret_body, '}');
    note_freshness(&execution);
    return GQL_EXECUTED;
}
