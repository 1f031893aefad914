/*
 * Subscriptions (specification section 6.2.3). What the specification calls the source stream is somebody else's: the
 * gateway hears events and says when to execute. Here is one execution: the root's rpc, the joins below, and a response
 * of a state, or one for each item that a stream's rpc has found since its last cursor.
 */
#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "graphql/execution/execution.h"
#include "graphql/execution/subscription.h"
#include "graphql/execution/values.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

struct gql_subscription {
    struct gql_schema *schema;
    struct cached *cached; /* referenced */
    const struct plan *plan;
    struct buf variables; /* JSON: an object of those that the operation defines, in its order */
    char *key;
    char *cursor; /* of a stream, once executed */
};

enum { VARIABLES_SIZE_MAX = 64 << 10 }; /* kept as long as the subscription lives */

static const struct plan_field *root_field(const struct gql_subscription *subscription)
{
    return &subscription->plan->root->fields[0];
}

static const struct subscribe_rule *subscribe_rule(const struct gql_subscription *subscription)
{
    return root_field(subscription)->field->rule->subscribe;
}

static void write_variables(struct buf *text, const struct plan *plan, const struct json **given)
{
    char separator = '{';

    for (unsigned i = 0; i < plan->variable_count; i++) {
        if (!given[i])
            continue;
        buf_add_char(text, separator);
        json_write_string(text, plan->variables[i].name, strlen(plan->variables[i].name));
        buf_add_char(text, ':');
        json_write(text, given[i]);
        separator = ',';
    }
    if (separator == ',')
        buf_add_char(text, '}');
}

/* The key where an argument tells it. */
static void take_argument(struct gql_subscription *subscription, const struct execution *execution)
{
    int index = subscribe_rule(subscription)->argument;
    const struct node *value;

    if (index < 0)
        return;
    value = execution_argument(execution, root_field(subscription), (unsigned)index);
    if (value && value->text)
        subscription->key = ts_memory_string(value->text);
}

static struct gql_subscription *prepared_new(struct gql_schema *schema, struct cached *cached, const struct plan *plan,
                                             const struct json **given)
{
    struct gql_subscription *subscription = ts_memory_new(1, sizeof(*subscription));

    *subscription = (struct gql_subscription){ .schema = schema, .cached = cached, .plan = plan };
    cached->refs++;
    buf_init(&subscription->variables, VARIABLES_SIZE_MAX);
    write_variables(&subscription->variables, plan, given);
    return subscription;
}

struct gql_subscription *subscription_prepare(struct gql_schema *schema, struct gql_env *env, struct cached *cached,
                                              const struct plan *plan, const struct json *variables,
                                              struct error_list *errors)
{
    struct gql_subscription *subscription;
    struct execution execution;

    if (plan->root->count != 1 || !plan->root->fields[0].field->rule) {
        error_locate(error_add(errors, ERROR_VALIDATION, "A subscription selects one field."), plan->operation->offset);
        return NULL;
    }
    execution_init(&execution, schema, env, plan);
    if (!variables_coerce(plan, env->arena, variables, errors, &execution.variables))
        return NULL;
    execution_decide(&execution);
    if (plan->cost_varies && !cost_check(&execution, errors))
        return NULL;
    subscription = prepared_new(schema, cached, plan, variables_given(plan, env->arena, variables));
    if (subscription->variables.full) {
        (void)error_add(errors, "LIMIT_EXCEEDED", "The variables of a subscription are at most %d bytes.",
                        VARIABLES_SIZE_MAX);
        gql_subscription_free(subscription);
        return NULL;
    }
    take_argument(subscription, &execution);
    return subscription;
}

void gql_subscription_free(struct gql_subscription *subscription)
{
    if (!subscription)
        return;
    cached_unref(subscription->cached);
    buf_done(&subscription->variables);
    ts_memory_free(subscription->key);
    ts_memory_free(subscription->cursor);
    ts_memory_free(subscription);
}

static const char *operation_name(const struct gql_subscription *subscription)
{
    const char *name = subscription->plan->operation->name;

    return name ? name : "";
}

uint64_t gql_subscription_hash(const struct gql_subscription *subscription)
{
    const struct document *document = &subscription->cached->document;
    const char *name = operation_name(subscription);

    return hash_bytes(document->text, document->size) ^ hash_bytes(name, strlen(name)) * 3 ^
           (subscription->variables.size ? hash_bytes(subscription->variables.data, subscription->variables.size) * 5
                                         : 0);
}

static bool bytes_equal(const char *left, size_t left_size, const char *right, size_t right_size)
{
    return left_size == right_size && (left_size == 0 || memcmp(left, right, left_size) == 0);
}

bool gql_subscription_equal(const struct gql_subscription *left, const struct gql_subscription *right)
{
    const struct document *one = &left->cached->document, *other = &right->cached->document;

    return strcmp(operation_name(left), operation_name(right)) == 0 &&
           bytes_equal(left->variables.data, left->variables.size, right->variables.data, right->variables.size) &&
           bytes_equal(one->text, one->size, other->text, other->size);
}

const char *gql_subscription_field(const struct gql_subscription *subscription)
{
    return root_field(subscription)->field->name;
}

bool gql_subscription_is_stream(const struct gql_subscription *subscription)
{
    return subscribe_rule(subscription)->cursor_in != NULL;
}

const ProtobufCMessageDescriptor *gql_subscription_event(const struct gql_subscription *subscription, unsigned n,
                                                         const ProtobufCFieldDescriptor **ret_field)
{
    const struct subscribe_rule *rule = subscribe_rule(subscription);

    if (!rule->events[n])
        return NULL;
    *ret_field = rule->keys[n];
    return rule->events[n];
}

const char *gql_subscription_key(const struct gql_subscription *subscription)
{
    return subscription->key;
}

void gql_subscription_parts(const struct gql_subscription *subscription,
                            struct gql_text ret_parts[GQL_SUBSCRIPTION_PARTS])
{
    const struct document *document = &subscription->cached->document;
    const char *name = operation_name(subscription);

    ret_parts[0] = (struct gql_text){ document->text, document->size };
    ret_parts[1] = (struct gql_text){ name, strlen(name) };
    ret_parts[2] = (struct gql_text){ subscription->variables.data, subscription->variables.size };
}

const char *gql_subscription_cursor(const struct gql_subscription *subscription)
{
    return subscription->cursor;
}

void gql_subscription_go_on(struct gql_subscription *subscription, const char *cursor)
{
    ts_memory_free(subscription->cursor);
    subscription->cursor = cursor ? ts_memory_string(cursor) : NULL;
}

/* One execution. */

static void write_errors(const struct gql_subscription *subscription, const struct execution *execution,
                         struct buf *body)
{
    const struct document *document = &subscription->cached->document;

    error_list_write(&execution->errors, document->text, document->size, body);
}

/* What the root's field shows of an rpc that did not answer, as an errors-only response. */
static void write_refusal(const struct gql_subscription *subscription, struct execution *execution, struct buf *body)
{
    const struct gql_rpc *rpc = &execution->roots[0].rpc;
    struct buf data;

    buf_init(&data, 4096);
    if (execution->roots[0].failure || (rpc->error && rpc->error != TS_ENOTFOUND))
        write_data(execution, &data);
    else
        error_locate(error_add(&execution->errors, "NOT_FOUND", "There is nothing to subscribe to."),
                     root_field(subscription)->occurrences->node->offset);
    buf_done(&data);
    buf_add_char(body, '{');
    write_errors(subscription, execution, body);
    buf_add_char(body, '}');
}

/* A right that is lost, or a thing that is gone, stays so; the rest is the machine's failure and passes. */
static enum gql_progress progress_of(const struct root *root)
{
    switch (root->rpc.error) {
    case 0:
    case TS_ENOTFOUND:
    case TS_EDENIED:
    case TS_EUNAUTHENTICATED:
    case TS_EINVALID:
        return GQL_ENDED;
    default:
        return GQL_FAILED;
    }
}

static void write_response(const struct gql_subscription *subscription, struct execution *execution, struct buf *body)
{
    buf_add_literal(body, "{\"data\":");
    write_data(execution, body);
    if (execution->errors.count) {
        execution->env->has_errors = true;
        buf_add_char(body, ',');
        write_errors(subscription, execution, body);
    }
    buf_add_char(body, '}');
}

/* What the reply tells beside its value: key and cursor. Return: how many responses there are. */
static size_t take_reply(struct gql_subscription *subscription, const struct execution *execution)
{
    const struct subscribe_rule *rule = subscribe_rule(subscription);
    const ProtobufCMessage *reply = execution->roots[0].rpc.reply;
    struct found found;

    if (!subscription->key && rule->value.count) {
        path_find(execution->arena, &rule->value, reply, &found);
        if (found_string(&found))
            subscription->key = ts_memory_string(found_string(&found));
    }
    path_find(execution->arena, &root_field(subscription)->field->rule->value, reply, &found);
    if (!rule->cursor_out)
        return found.at != NULL;
    ts_memory_free(subscription->cursor);
    subscription->cursor = ts_memory_string(*(const char *const *)message_member(reply, rule->cursor_out));
    return found.at ? found.count : 0;
}

/* Call what is to be called. Return: false when there is no value. */
static bool run(struct gql_subscription *subscription, struct execution *execution)
{
    const struct subscribe_rule *rule = subscribe_rule(subscription);
    const struct root *root = &execution->roots[0];
    struct gql_rpc *rpc = root_prepare(execution, 0);
    struct found found;

    if (!rpc)
        return false;
    if (rule->cursor_in)
        *(char **)((char *)rpc->request + rule->cursor_in->offset) = subscription->cursor;
    execution->env->call_all(execution->env, &rpc, 1);
    if (root->rpc.error || !root->rpc.reply)
        return false;
    if (rule->cursor_out)
        return message_member(root->rpc.reply, rule->cursor_out) != NULL;
    path_find(execution->arena, &root_field(subscription)->field->rule->value, root->rpc.reply, &found);
    return found.at != NULL;
}

/* Parsed and coerced before: they fit. */
static void take_variables(const struct gql_subscription *subscription, struct execution *execution)
{
    const struct buf *text = &subscription->variables;
    struct json *variables = NULL;
    struct json_error error;
    bool fits = text->size == 0 || json_parse(execution->arena, text->data, text->size, &variables, &error) == 0;

    fits = fits &&
           variables_coerce(execution->plan, execution->arena, variables, &execution->errors, &execution->variables);
    assert(fits);
}

enum gql_progress gql_subscription_execute(struct gql_subscription *subscription, struct gql_env *env,
                                           void (*deliver)(void *data, const char *response, size_t size), void *data,
                                           struct buf *ret_body)
{
    struct execution execution;
    bool is_first = !subscription->cursor;
    size_t count;

    env->operation_type = "subscription";
    execution_init(&execution, subscription->schema, env, subscription->plan);
    take_variables(subscription, &execution);
    execution_decide(&execution);
    if (!run(subscription, &execution)) {
        env->has_errors = true;
        write_refusal(subscription, &execution, ret_body);
        return progress_of(&execution.roots[0]);
    }
    count = take_reply(subscription, &execution);
    if (gql_subscription_is_stream(subscription) && is_first)
        return GQL_GOES_ON;
    root_gather(&execution, 0);
    batch_run(&execution);
    for (size_t i = 0; i < count; i++) {
        execution.stream_item = i;
        error_list_init(&execution.errors, env->arena, execution.schema->limits.errors);
        buf_clear(ret_body);
        write_response(subscription, &execution, ret_body);
        if (ret_body->full) {
            buf_clear(ret_body);
            gql_error_body(ret_body, "TOO_LARGE", "The answer is too large: ask for less.");
            return GQL_ENDED;
        }
        deliver(data, ret_body->data, ret_body->size);
    }
    return count >= TS_PAGE_SIZE_MAX ? GQL_MORE : GQL_GOES_ON;
}
