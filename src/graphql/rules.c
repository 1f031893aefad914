/*
 * Binding rules to descriptors. One binder walks all object types: their message, their grants, then each field by its
 * directive. Every problem is reported with its place and binding goes on, so that one start shows them all. What of a
 * message fits what of GraphQL is said in rules_values.c, what an rpc or join is made of in rules_calls.c.
 */
#include "graphql/rules.h"

#include <stdlib.h>
#include <string.h>

#include "graphql/rules_inside.h"
#include "tessera/cleanup.h"

const char *string_argument(const struct node *directive, const char *name)
{
    const struct node *value = node_argument(directive, name);

    return value && value->kind == NODE_STRING ? value->text : NULL;
}

static void gather_message(struct binder *binder, const ProtobufCMessageDescriptor *message)
{
    if (table_add(&binder->messages, message->name, (void *)message))
        return;
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (message->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            gather_message(binder, message->fields[i].descriptor);
    }
}

static void gather_messages(struct binder *binder)
{
    const ProtobufCServiceDescriptor *const *service = binder->schema->services;

    for (; service && *service; service++) {
        for (unsigned i = 0; i < (*service)->n_methods; i++) {
            gather_message(binder, (*service)->methods[i].input);
            gather_message(binder, (*service)->methods[i].output);
        }
    }
}

static void bind_money(struct binder *binder, const struct field *field, struct rule *rule)
{
    const ProtobufCMessageDescriptor *message = field->parent->message;

    rule->kind = RULE_MONEY;
    if (strcmp(message->name, "common.v1.Money") != 0) {
        problem(binder, field->place, "%s.%s: @money needs a common.v1.Money, not %s", field->parent->name, field->name,
                message->name);
        return;
    }
    rule->minor = protobuf_c_message_descriptor_get_field_by_name(message, "minor");
    rule->currency = protobuf_c_message_descriptor_get_field_by_name(message, "currency");
    if (field->type->type->kind != TYPE_SCALAR || list_depth(field->type))
        problem(binder, field->place, "%s.%s: @money is one decimal", field->parent->name, field->name);
}

static void bind_plain(struct binder *binder, const struct field *field, struct rule *rule)
{
    const char *renamed = string_argument(node_directive(field->node, "field"), "name");
    const char *name = renamed ? renamed : snake(binder->arena, field->name);

    rule->kind = RULE_PLAIN;
    if (field->argument_count)
        problem(binder, field->place, "%s.%s: a plain field has no use for arguments", field->parent->name,
                field->name);
    if (bind_path(binder, field->place, field->parent->message, name, field->type->type, &rule->value))
        check_value(binder, field, rule, field->parent->message, rule->value.repeated);
}

static void bind_nodes(struct binder *binder, const struct field *field, struct rule *rule)
{
    const char *argument = list_depth(field->type) ? "ids" : "id";

    rule->kind = RULE_NODES;
    rule->weight = 1;
    rule->operation = field->name;
    if (!type_is_abstract(field->type->type) || list_depth(field->type) > 1)
        problem(binder, field->place, "@nodes is for an interface or a list of it");
    if (field->argument_count != 1 || strcmp(field->arguments[0].name, argument) != 0)
        problem(binder, field->place, "@nodes needs the argument %s alone", argument);
}

/* Grants, types, everything. */

static unsigned grants_of(const struct node *node)
{
    const struct node *grants = node_argument(node_directive(node, "allow"), "grants");
    unsigned bits = 0;

    for (const struct node *grant = grants ? grants->children : NULL; grant; grant = grant->next) {
        if (grant->kind != NODE_ENUM)
            continue;
        bits |= strcmp(grant->name, "PUBLIC") == 0  ? GRANT_PUBLIC | GRANT_BUYER | GRANT_STAFF
                : strcmp(grant->name, "BUYER") == 0 ? GRANT_BUYER
                                                    : GRANT_STAFF;
    }
    return bits;
}

static void bind_cost(const struct node *directive, struct rule *rule)
{
    const struct node *weight = node_argument(directive, "weight"), *list = node_argument(directive, "list");

    if (weight && weight->kind == NODE_INT)
        rule->weight = (unsigned)strtoul(weight->text, NULL, 10);
    if (list && list->kind == NODE_INT)
        rule->list_size = (unsigned)strtoul(list->text, NULL, 10);
}

bool is_root(const struct gql_schema *schema, const struct type *type)
{
    return type == schema->roots[0] || type == schema->roots[1] || type == schema->roots[2];
}

const struct node *type_directive(const struct type *type, const char *name)
{
    for (const struct type_part *part = type->parts; part; part = part->next) {
        const struct node *directive = node_directive(part->node, name);

        if (directive)
            return directive;
    }
    return NULL;
}

static void bind_field_grants(struct binder *binder, const struct field *field, struct rule *rule)
{
    bool own = node_directive(field->node, "allow") != NULL;

    rule->grants = own ? grants_of(field->node) : field->parent->grants;
    if (!rule->grants)
        problem(binder, field->place, "%s.%s: nothing says who may see it (@allow)", field->parent->name, field->name);
    if (is_root(binder->schema, field->parent) && rule->grants == GRANT_BUYER)
        problem(binder, field->place, "%s.%s: BUYER alone means nothing on a root field", field->parent->name,
                field->name);
}

static void bind_http(struct binder *binder, struct field *field, const struct node *directive)
{
    static const char *const sources[] = { "cookie", "header", "body" };
    const struct node *post = node_argument(directive, "post");
    struct http_rule *rule = TS_NEW(binder->arena, struct http_rule);
    const char *path = string_argument(directive, "path");

    if (!path || path[0] != '/') {
        problem(binder, field->place, "%s: @http needs a path", field->name);
        return;
    }
    if (field->rule->kind != RULE_RPC || !field->rule->reply ||
        strcmp(field->rule->reply->name, "common.v1.Blob") != 0 || !(field->rule->grants & GRANT_PUBLIC))
        problem(binder, field->place, "%s: @http needs an rpc that answers common.v1.Blob to PUBLIC", field->name);
    *rule = (struct http_rule){
        .next = binder->schema->http_rules,
        .path = path,
        .post = post && post->kind == NODE_BOOLEAN && post->flag,
        .cookie = string_argument(directive, "cookie"),
        .header = string_argument(directive, "header"),
        .body = string_argument(directive, "body"),
        .field = field,
    };
    for (size_t i = 0; i < TS_ARRAY_SIZE(sources); i++) {
        const char *name = string_argument(directive, sources[i]);

        if (name && !field_argument(field, name))
            problem(binder, field->place, "%s: @http has no argument for its %s", field->name, sources[i]);
    }
    if (rule->body && !rule->post)
        problem(binder, field->place, "%s: @http has a body only with post", field->name);
    binder->schema->http_rules = rule;
}

static void bind_field(struct binder *binder, struct field *field)
{
    struct rule *rule = TS_NEW(binder->arena, struct rule);
    const struct node *directive;

    field->rule = rule;
    if ((directive = node_directive(field->node, "rpc")))
        bind_rpc(binder, field, directive, rule);
    else if (node_directive(field->node, "nodes"))
        bind_nodes(binder, field, rule);
    else if (is_root(binder->schema, field->parent))
        problem(binder, field->place, "%s.%s: a root field needs @rpc or @nodes", field->parent->name, field->name);
    else if ((directive = node_directive(field->node, "join")))
        bind_join(binder, field, directive, rule);
    else if (!field->parent->message)
        return; /* reported with the type */
    else if (node_directive(field->node, "money"))
        bind_money(binder, field, rule);
    else
        bind_plain(binder, field, rule);
    bind_cost(node_directive(field->node, "cost"), rule);
    bind_freshness(binder, field, rule);
    bind_field_grants(binder, field, rule);
    if ((directive = node_directive(field->node, "http")))
        bind_http(binder, field, directive);
    directive = node_directive(field->node, "subscribe");
    if (directive || field->parent == binder->schema->roots[OPERATION_SUBSCRIPTION])
        bind_subscribe(binder, field, directive, rule);
}

static void bind_message(struct binder *binder, struct type *type)
{
    const char *said = string_argument(type_directive(type, "message"), "name");
    const char *name = said ? said : type->name;
    const char *package = type->place.source->package;

    if (!strchr(name, '.'))
        name = ts_printf(binder->arena, "%s.%s", package ? package : "", name);
    type->message = table_find(&binder->messages, name);
    if (!type->message)
        problem(binder, type->place, "type %s: there is no message %s in any rpc", type->name, name);
}

static void bind_node_rule(struct binder *binder, struct type *type, const struct node *directive)
{
    struct node_rule *rule = TS_NEW(binder->arena, struct node_rule);

    rule->prefix = string_argument(directive, "prefix");
    if (!rule->prefix || !bind_batch(binder, type->place, directive, &rule->join))
        return;
    rule->join.operation = ts_printf(binder->arena, "node.%s", type->name);
    rule->join.shape = JOIN_ONE;
    rule->join.item_grant = grant_field(rule->join.items->descriptor);
    if (type->message && rule->join.items->descriptor != type->message)
        problem(binder, type->place, "type %s: @node loads %s", type->name,
                ((const ProtobufCMessageDescriptor *)rule->join.items->descriptor)->name);
    type->node_rule = rule;
}

/* Messages and grants of all types come first: fields are checked against them. */
static void bind_type(struct binder *binder, struct type *type)
{
    const struct type_part *part;

    for (part = type->parts; part; part = part->next)
        type->grants |= grants_of(part->node);
    if (!is_root(binder->schema, type))
        bind_message(binder, type);
}

static bool is_bound(const struct type *type)
{
    return type->kind == TYPE_OBJECT && !type->builtin;
}

void rules_bind(struct gql_schema *schema)
{
    struct binder binder = { schema, &schema->arena, { 0 } };

    table_init(&binder.messages, &schema->arena);
    gather_messages(&binder);
    for (unsigned i = 0; i < schema->type_count; i++) {
        if (is_bound(schema->types[i]))
            bind_type(&binder, schema->types[i]);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];
        const struct node *node_directive = is_bound(type) ? type_directive(type, "node") : NULL;

        if (node_directive)
            bind_node_rule(&binder, type, node_directive);
        for (unsigned j = 0; is_bound(type) && j < type->field_count; j++)
            bind_field(&binder, &type->fields[j]);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        for (unsigned j = 0; is_bound(schema->types[i]) && j < schema->types[i]->field_count; j++)
            check_ahead(&binder, &schema->types[i]->fields[j]);
    }
}
