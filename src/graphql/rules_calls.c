/* Rpcs and joins: the method, what fills its request, and where in its reply the answer is. */
#include <string.h>

#include "graphql/rules_inside.h"

static bool bind_method(struct binder *binder, struct place place, const char *method, struct rule *rule)
{
    const ProtobufCServiceDescriptor *const *service = binder->schema->services;
    const char *dot = method ? strchr(method, '.') : NULL;

    for (; dot && service && *service; service++) {
        if (strlen((*service)->short_name) != (size_t)(dot - method) ||
            strncmp((*service)->short_name, method, (size_t)(dot - method)) != 0)
            continue;
        for (unsigned i = 0; i < (*service)->n_methods; i++) {
            if (strcmp((*service)->methods[i].name, dot + 1) != 0)
                continue;
            rule->service = *service;
            rule->method_index = i;
            rule->request = (*service)->methods[i].input;
            rule->reply = (*service)->methods[i].output;
            return true;
        }
    }
    problem(binder, place, "there is no rpc \"%s\"", method ? method : "");
    return false;
}

const ProtobufCFieldDescriptor *grant_field(const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, "grant");

    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    return strcmp(((const ProtobufCMessageDescriptor *)field->descriptor)->name, "common.v1.Grant") == 0 ? field : NULL;
}

static bool shows_refusals(const struct type *type)
{
    for (unsigned i = 0; i < type->field_count; i++) {
        const char *name = string_argument(node_directive(type->fields[i].node, "field"), "name");

        if (strcmp(name ? name : type->fields[i].name, "refusals") == 0)
            return true;
    }
    return false;
}

static void bind_arguments(struct binder *binder, const struct field *field, struct rule *rule)
{
    const ProtobufCFieldDescriptor *clear;
    struct type *input;

    rule->request_grant = grant_field(rule->request);
    clear = protobuf_c_message_descriptor_get_field_by_name(rule->request, "clear");
    if (clear && clear->type == PROTOBUF_C_TYPE_STRING && clear->label == PROTOBUF_C_LABEL_REPEATED)
        rule->clear = clear;
    input = field->argument_count == 1 ? field->arguments[0].type->type : NULL;
    if (input && input->kind == TYPE_INPUT && strcmp(field->arguments[0].name, "input") == 0) {
        rule->spread = bind_inputs(binder, field->place, input, rule->request, /* request= */ true);
        return;
    }
    rule->bindings = TS_NEW_ARRAY(binder->arena, struct input_binding, field->argument_count);
    for (unsigned i = 0; i < field->argument_count; i++)
        rule->bindings[i] = bind_input(binder, &field->arguments[i], rule->request, /* request= */ true);
}

/* A list whose items are responses, one each. */
static bool is_stream(const struct field *field)
{
    return node_argument(node_directive(field->node, "subscribe"), "cursor") != NULL;
}

void bind_rpc(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    const char *reply = string_argument(directive, "reply");

    rule->kind = RULE_RPC;
    rule->weight = 1;
    if (!bind_method(binder, field->place, string_argument(directive, "method"), rule))
        return;
    rule->operation = field->name;
    rule->reply_grant = grant_field(rule->reply);
    bind_arguments(binder, field, rule);
    if (reply && !bind_path(binder, field->place, rule->reply, reply, field->type->type, &rule->value))
        return;
    rule->refusals = protobuf_c_message_descriptor_get_field_by_name(rule->reply, "refusals");
    if (!reply && shows_refusals(field->type->type))
        rule->refusals = NULL;
    if (!field->hidden) /* @http: the reply is the answer, the field's type says nothing */
        check_value(binder, field, rule, rule->reply, rule->value.repeated && !is_stream(field));
}

bool is_string(const ProtobufCFieldDescriptor *field)
{
    return field && field->type == PROTOBUF_C_TYPE_STRING;
}

bool bind_batch(struct binder *binder, struct place place, const struct node *directive, struct rule *rule)
{
    const char *keys = string_argument(directive, "keys"), *items = string_argument(directive, "items");
    const char *by = string_argument(directive, "by");
    const struct type *text = schema_type(binder->schema, "String");

    rule->kind = RULE_JOIN;
    rule->weight = 1;
    if (!bind_method(binder, place, string_argument(directive, "method"), rule))
        return false;
    rule->keys = protobuf_c_message_descriptor_get_field_by_name(rule->request, keys ? keys : "");
    rule->items = protobuf_c_message_descriptor_get_field_by_name(rule->reply, items ? items : "");
    if (!is_string(rule->keys) || rule->keys->label != PROTOBUF_C_LABEL_REPEATED) {
        problem(binder, place, "message %s has no repeated string \"%s\"", rule->request->name, keys ? keys : "");
        return false;
    }
    if (!rule->items || rule->items->type != PROTOBUF_C_TYPE_MESSAGE ||
        rule->items->label != PROTOBUF_C_LABEL_REPEATED) {
        problem(binder, place, "message %s has no repeated message \"%s\"", rule->reply->name, items ? items : "");
        return false;
    }
    if (!bind_path(binder, place, rule->items->descriptor, by ? by : "", text, &rule->by))
        return false;
    if (!is_string(path_end(&rule->by)) || rule->by.repeated) {
        problem(binder, place, "\"%s\" is no string", by);
        return false;
    }
    return true;
}

void bind_join(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    const char *key = string_argument(directive, "key"), *value = string_argument(directive, "value");
    bool is_list = list_depth(field->type) > 0;

    if (!bind_batch(binder, field->place, directive, rule) || !field->parent->message)
        return;
    rule->operation = ts_printf(binder->arena, "%s.%s", field->parent->name, field->name);
    bind_arguments(binder, field, rule);
    if (!bind_path(binder, field->place, field->parent->message, key ? key : "", schema_type(binder->schema, "String"),
                   &rule->key))
        return;
    if (!is_string(path_end(&rule->key)))
        problem(binder, field->place, "%s.%s: the key \"%s\" is no string", field->parent->name, field->name, key);
    if (value && !bind_path(binder, field->place, rule->items->descriptor, value, field->type->type, &rule->value))
        return;
    rule->refusals = protobuf_c_message_descriptor_get_field_by_name(rule->reply, "refusals");
    rule->shape = rule->key.repeated ? JOIN_KEYS : rule->value.repeated ? JOIN_VALUE : is_list ? JOIN_GROUP : JOIN_ONE;
    if ((rule->shape == JOIN_GROUP || rule->shape == JOIN_KEYS) && path_end(&rule->value) &&
        path_end(&rule->value)->type != PROTOBUF_C_TYPE_MESSAGE)
        problem(binder, field->place, "%s.%s: a list of items' values must be one of messages", field->parent->name,
                field->name);
    bind_ahead(binder, field, directive, rule);
    if (rule->key.repeated && rule->value.repeated)
        problem(binder, field->place, "%s.%s: key and value are both lists", field->parent->name, field->name);
    check_value(binder, field, rule, rule->items->descriptor, rule->shape != JOIN_ONE);
}
