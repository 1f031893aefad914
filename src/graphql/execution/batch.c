/*
 * Joins, level by level. Gathering walks the objects found so far and puts each join's key into a batch; running sends
 * all batches of the level at once, indexes the replies by key and gathers again from their items. Fields whose rpc,
 * arguments and grant are equal share one batch, whatever their aliases and places.
 */
#include <string.h>

#include "graphql/execution/execution.h"
#include "tessera/limits.h"

/* A planned field that gathers from the batch's items. */
struct batch_user {
    struct batch_user *next;
    const struct plan_field *field;
    const struct rule *rule;
};

static bool grant_equal(const Common__Grant *left, const Common__Grant *right)
{
    if (left == right)
        return true;
    return left && right && left->kind == right->kind && left->has_kind == right->has_kind &&
           strcmp(left->subject ? left->subject : "", right->subject ? right->subject : "") == 0;
}

static bool path_equal(const struct path *left, const struct path *right)
{
    return left->count == right->count &&
           (!left->count || memcmp(left->steps, right->steps, left->count * sizeof(left->steps[0])) == 0);
}

static bool rule_equal(const struct rule *left, const struct rule *right)
{
    return left == right ||
           (left->service == right->service && left->method_index == right->method_index && left->keys == right->keys &&
            left->items == right->items && path_equal(&left->by, &right->by));
}

/* Equal requests, keys not yet filled in. */
static bool request_equal(struct ts_arena *arena, const ProtobufCMessage *left, const ProtobufCMessage *right)
{
    size_t size = protobuf_c_message_get_packed_size(left);
    uint8_t *bytes;

    if (size != protobuf_c_message_get_packed_size(right))
        return false;
    bytes = ts_alloc(arena, size * 2);
    protobuf_c_message_pack(left, bytes);
    protobuf_c_message_pack(right, bytes + size);
    return memcmp(bytes, bytes + size, size) == 0;
}

static void batch_add_user(struct execution *execution, struct batch *batch, const struct plan_field *field,
                           const struct rule *rule, const Common__Grant *grant)
{
    struct batch_user *user = TS_NEW(execution->arena, struct batch_user);
    struct batch_use *use = TS_NEW(execution->arena, struct batch_use);

    *user = (struct batch_user){ batch->users, field, rule };
    batch->users = user;
    *use = (struct batch_use){ execution->uses[field->index], batch, rule, grant };
    execution->uses[field->index] = use;
}

struct batch *batch_find(const struct execution *execution, const struct plan_field *field, const struct rule *rule,
                         const Common__Grant *grant)
{
    for (const struct batch_use *use = execution->uses[field->index]; use; use = use->next) {
        if (grant_equal(use->batch->grant, grant) && rule_equal(use->batch->rule, rule))
            return use->batch;
    }
    return NULL;
}

static struct batch *batch_new(struct execution *execution, const struct rule *rule, const Common__Grant *grant,
                               const struct gql_rpc *rpc)
{
    struct batch *batch = TS_NEW(execution->arena, struct batch);

    *batch = (struct batch){
        .next = execution->pending, .rule = rule, .grant = grant, .rpc = *rpc, .items_field = rule->items
    };
    table_init(&batch->key_set, execution->arena);
    table_init(&batch->items, execution->arena);
    execution->pending = batch;
    return batch;
}

/* The batch that a field's keys go into, made or shared. */
static struct batch *batch_for(struct execution *execution, const struct plan_field *field, const struct rule *rule,
                               const Common__Grant *grant)
{
    struct batch *batch = batch_of(execution, field, rule, grant);
    struct gql_rpc rpc;
    const char *failure;

    if (batch)
        return batch;
    failure = request_build(execution, field, rule, rule->item_grant ? NULL : grant, &rpc);
    for (batch = execution->pending; batch && !failure; batch = batch->next) {
        if (rule_equal(batch->rule, rule) && grant_equal(batch->grant, grant) && !batch->rpc.error &&
            request_equal(execution->arena, batch->rpc.request, rpc.request))
            break;
    }
    if (!batch)
        batch = batch_new(execution, rule, grant, &rpc);
    if (failure) {
        batch->rpc.error = TS_EINVALID;
        batch->rpc.failure = failure;
    }
    batch_add_user(execution, batch, field, rule, grant);
    return batch;
}

static void batch_add_key(struct execution *execution, struct batch *batch, const char *key)
{
    if (!key || !*key || table_add(&batch->key_set, key, batch))
        return;
    if (batch->key_count == batch->key_room) {
        size_t room = batch->key_room ? batch->key_room * 2 : 8;
        const char **keys = TS_NEW_ARRAY(execution->arena, const char *, room);

        if (batch->key_count)
            memcpy(keys, batch->keys, batch->key_count * sizeof(*keys));
        batch->keys = keys;
        batch->key_room = room;
    }
    batch->keys[batch->key_count++] = key;
}

static void gather_keys(struct execution *execution, struct batch *batch, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        batch_add_key(execution, batch, keys[i]);
}

/* The keys that parents have; the batch is made once there is one. */
static void gather_join(struct execution *execution, const struct plan_field *field,
                        const ProtobufCMessage *const *messages, size_t count, const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    struct batch *batch = batch_of(execution, field, rule, grant);

    if (batch && batch->ahead)
        return;
    for (size_t i = 0; i < count; i++) {
        const char *one = NULL;
        struct found keys = { .at = &one, .count = 1 };

        if (rule->key.repeated)
            path_find(execution->arena, &rule->key, messages[i], &keys);
        else
            one = path_string(execution->arena, &rule->key, messages[i]);
        if (!keys.at || !keys.count || (!rule->key.repeated && !one))
            continue;
        if (!batch)
            batch = batch_for(execution, field, rule, grant);
        gather_keys(execution, batch, keys.at, keys.count);
    }
}

const struct selection *selection_find(const struct plan_field *field, const ProtobufCMessage **message)
{
    const struct type *type = field->field->type->type;
    const ProtobufCMessageDescriptor *descriptor = (*message)->descriptor;

    for (unsigned i = 0; i < type->possible_count; i++) {
        if (type->possible[i]->message == descriptor)
            return field->selections[i];
    }
    /* A message that wraps one of several: the member that is set says which type it is. */
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &descriptor->fields[i];
        const ProtobufCMessage *child = NULL;

        if (member->type == PROTOBUF_C_TYPE_MESSAGE && member->label != PROTOBUF_C_LABEL_REPEATED)
            child = message_child(*message, member);
        for (unsigned j = 0; child && j < type->possible_count; j++) {
            if (type->possible[j]->message == child->descriptor) {
                *message = child;
                return field->selections[j];
            }
        }
    }
    return NULL;
}

/* The messages of one field's value. */
static void gather_values(struct execution *execution, const struct plan_field *field,
                          const ProtobufCMessage *const *messages, size_t count, const Common__Grant *grant)
{
    execution_steps(execution, (unsigned)count);
    if (field->only && field->only->has_joins)
        batch_gather(execution, field->only, messages, count, grant);
    for (size_t i = 0; !field->only && i < count; i++) {
        const ProtobufCMessage *message = messages[i];
        const struct selection *selection = selection_find(field, &message);

        if (selection && selection->has_joins)
            batch_gather(execution, selection, &message, 1, grant);
    }
}

/* What the messages' paths lead to: one message each, or a list. */
static void gather_found(struct execution *execution, const struct plan_field *field, const struct path *path,
                         const ProtobufCMessage *const *messages, size_t count, const Common__Grant *grant)
{
    const ProtobufCMessage **children;
    size_t child_count = 0;

    if (!path->count) {
        gather_values(execution, field, messages, count, grant);
        return;
    }
    children = path->repeated ? NULL : TS_NEW_ARRAY(execution->arena, const ProtobufCMessage *, count);
    for (size_t i = 0; i < count; i++) {
        struct found found;

        path_find(execution->arena, path, messages[i], &found);
        if (found.at && path->repeated)
            gather_values(execution, field, found.at, found.count, grant);
        else if (found.at)
            children[child_count++] = *(const ProtobufCMessage *const *)found.at;
    }
    gather_values(execution, field, children, child_count, grant);
}

/* True if some selection of the field leads to joins. */
static bool leads_to_joins(const struct plan_field *field)
{
    for (unsigned i = 0; field->selections && i < field->field->type->type->possible_count; i++) {
        if (field->selections[i]->has_joins)
            return true;
    }
    return false;
}

void batch_gather(struct execution *execution, const struct selection *selection,
                  const ProtobufCMessage *const *messages, size_t count, const Common__Grant *grant)
{
    for (unsigned i = 0; i < selection->count; i++) {
        const struct plan_field *field = &selection->fields[i];
        const struct rule *rule = field->field->rule;

        if (!rule || !execution_includes(execution, field) || !grant_allows(grant, rule->grants))
            continue;
        if (rule->kind == RULE_JOIN)
            gather_join(execution, field, messages, count, grant);
        else if (rule->kind == RULE_PLAIN && leads_to_joins(field))
            gather_found(execution, field, &rule->value, messages, count, grant);
    }
}

const struct node_rule *node_rule_of(const struct execution *execution, const struct plan_field *field, const char *id,
                                     const struct type **ret_type)
{
    const struct type *type = field->field->type->type;
    const char *end = strchr(id, '_');

    (void)execution;
    for (unsigned i = 0; end && i < type->possible_count; i++) {
        const struct node_rule *rule = type->possible[i]->node_rule;

        if (rule && strlen(rule->prefix) == (size_t)(end - id) && strncmp(rule->prefix, id, (size_t)(end - id)) == 0) {
            *ret_type = type->possible[i];
            return rule;
        }
    }
    return NULL;
}

void batch_gather_nodes(struct execution *execution, const struct plan_field *field)
{
    const struct node *ids = execution_argument(execution, field, 0);
    const struct node *id = ids && ids->kind == NODE_LIST ? ids->children : ids;

    for (; id; id = ids->kind == NODE_LIST ? id->next : NULL) {
        const struct node *value = execution_value(execution, id);
        const struct type *type;
        const struct node_rule *rule = value && value->text ? node_rule_of(execution, field, value->text, &type) : NULL;

        execution_step(execution);
        if (rule)
            batch_add_key(execution, batch_for(execution, field, &rule->join, NULL), value->text);
    }
}

/* Items of one key keep their order. */
static void batch_index(struct batch *batch)
{
    batch->indexed = true;
    for (size_t i = batch->list_count; i-- > 0;) {
        struct batch_item *item = &batch->list[i];

        if (!item->key)
            continue;
        item->next = table_find(&batch->items, item->key);
        table_set(&batch->items, item->key, item);
    }
}

const struct batch_item *batch_look_up(struct batch *batch, const char *key)
{
    if (!key)
        return NULL;
    if (!batch->indexed)
        batch_index(batch);
    return table_find(&batch->items, key);
}

static void batch_list(struct execution *execution, struct batch *batch)
{
    const void *elements;
    size_t count = message_list(batch->rpc.reply, batch->items_field, &elements);

    batch->list = TS_NEW_ARRAY(execution->arena, struct batch_item, count);
    batch->list_count = count;
    batch->answered = batch->ahead || !reply_refusal(batch->rule, batch->rpc.reply);
    execution_steps(execution, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        batch->list[i].message = ((const ProtobufCMessage *const *)elements)[i];
        batch->list[i].key = path_string(execution->arena, &batch->rule->by, batch->list[i].message);
    }
}

/* Each item brings a grant of its own. */
static void gather_granted(struct execution *execution, const struct batch_user *user,
                           const ProtobufCMessage *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gather_found(execution, user->field, &user->rule->value, &items[i], 1,
                     (const Common__Grant *)message_child(items[i], user->rule->item_grant));
}

static void batch_gather_items(struct execution *execution, struct batch *batch)
{
    const void *elements;
    size_t count = message_list(batch->rpc.reply, batch->items_field, &elements);

    for (const struct batch_user *user = batch->users; user; user = user->next) {
        if (!leads_to_joins(user->field))
            continue;
        if (user->rule->item_grant)
            gather_granted(execution, user, elements, count);
        else
            gather_found(execution, user->field, &user->rule->value, elements, count, batch->grant);
    }
}

void batch_bring(struct execution *execution, const struct plan_field *field, const Common__Grant *grant,
                 const ProtobufCMessage *reply, const ProtobufCFieldDescriptor *items)
{
    struct batch *batch = TS_NEW(execution->arena, struct batch);

    *batch = (struct batch){
        .rule = field->field->rule, .grant = grant, .rpc.reply = reply, .items_field = items, .ahead = true
    };
    table_init(&batch->items, execution->arena);
    batch_add_user(execution, batch, field, batch->rule, grant);
    batch_list(execution, batch);
    batch_gather_items(execution, batch);
}

static void batch_fill_keys(struct batch *batch)
{
    char *request = (char *)batch->rpc.request;

    *(const char ***)(request + batch->rule->keys->offset) = batch->keys;
    *(size_t *)(request + batch->rule->keys->quantifier_offset) = batch->key_count;
}

static void run_level(struct execution *execution, struct batch *level)
{
    struct gql_rpc **rpcs;
    size_t count = 0;

    for (const struct batch *batch = level; batch; batch = batch->next)
        count++;
    rpcs = TS_NEW_ARRAY(execution->arena, struct gql_rpc *, count);
    count = 0;
    for (struct batch *batch = level; batch; batch = batch->next) {
        if (batch->rpc.error || !batch->key_count)
            continue;
        if (batch->key_count > TS_GET_MAX) { /* what modules read at once */
            batch->rpc.error = TS_EEXHAUSTED;
            batch->rpc.failure = "Too many objects in one request.";
            continue;
        }
        batch_fill_keys(batch);
        batch->rpc.keys = batch->key_count;
        rpcs[count++] = &batch->rpc;
    }
    if (count)
        execution->env->call_all(execution->env, rpcs, count);
}

void batch_run(struct execution *execution)
{
    while (execution->pending && !arena_is_spent(execution->arena)) {
        struct batch *level = execution->pending;

        execution->pending = NULL;
        run_level(execution, level);
        for (struct batch *batch = level; batch; batch = batch->next) {
            if (batch->rpc.error || !batch->rpc.reply)
                continue;
            batch_list(execution, batch);
            batch_gather_items(execution, batch);
        }
    }
}
