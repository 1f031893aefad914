/* @subscribe, bound to descriptors: which events make a subscription field be read again, and whose. */
#include <string.h>

#include "graphql/rules_inside.h"

static const ProtobufCMessageDescriptor *find_event(const struct gql_schema *schema, const char *name)
{
    const ProtobufCMessageDescriptor *const *event = schema->events;

    while (event && *event && strcmp((*event)->name, name) != 0)
        event++;
    return event ? *event : NULL;
}

static const ProtobufCFieldDescriptor *find_string(const ProtobufCMessageDescriptor *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);

    return is_string(field) && field->label != PROTOBUF_C_LABEL_REPEATED ? field : NULL;
}

static void bind_events(struct binder *binder, const struct field *field, const struct node *directive,
                        struct subscribe_rule *rule)
{
    const struct node *events = node_argument(directive, "events"), *name;
    const char *key = string_argument(directive, "key");
    unsigned count = 0;

    for (name = events && events->kind == NODE_LIST ? events->children : NULL; name; name = name->next) {
        const ProtobufCMessageDescriptor *event = find_event(binder->schema, name->text ? name->text : "");

        if (!event || count == SUBSCRIBE_EVENTS_MAX) {
            problem(binder, field->place,
                    event ? "%s: more events than a subscription may have: %s"
                          : "%s: no module publishes an event \"%s\"",
                    field->name, name->text ? name->text : "");
            continue;
        }
        rule->events[count] = event;
        rule->keys[count] = find_string(event, key ? key : "");
        if (!rule->keys[count++])
            problem(binder, field->place, "%s: event %s has no string \"%s\"", field->name, event->name,
                    key ? key : "");
    }
    if (!count)
        problem(binder, field->place, "%s: @subscribe needs an event", field->name);
}

/* Whose key: an argument's value, or a string in the reply. */
static void bind_key(struct binder *binder, const struct field *field, const struct node *directive,
                     struct subscribe_rule *rule)
{
    const char *argument = string_argument(directive, "argument"), *value = string_argument(directive, "value");

    rule->argument = -1;
    if (!argument == !value) {
        problem(binder, field->place, "%s: @subscribe needs an argument or a value, not both", field->name);
        return;
    }
    if (value) {
        if (bind_path(binder, field->place, field->rule->reply, value, schema_type(binder->schema, "String"),
                      &rule->value) &&
            (!is_string(path_end(&rule->value)) || rule->value.repeated))
            problem(binder, field->place, "%s: \"%s\" is no string", field->name, value);
        return;
    }
    for (unsigned i = 0; i < field->argument_count; i++)
        if (strcmp(field->arguments[i].name, argument) == 0)
            rule->argument = (int)i;
    if (rule->argument < 0 || field->arguments[rule->argument].type->kind != REF_NON_NULL ||
        field->arguments[rule->argument].type->type->kind != TYPE_SCALAR)
        problem(binder, field->place, "%s: there is no required argument \"%s\"", field->name, argument);
}

static void bind_cursor(struct binder *binder, const struct field *field, const struct node *directive,
                        struct subscribe_rule *rule)
{
    const char *cursor = string_argument(directive, "cursor");

    if (!cursor)
        return;
    rule->cursor_in = find_string(field->rule->request, cursor);
    rule->cursor_out = find_string(field->rule->reply, cursor);
    if (!rule->cursor_in || !rule->cursor_out)
        problem(binder, field->place, "%s: request and reply need a string \"%s\"", field->name, cursor);
    if (!field->rule->value.repeated || path_end(&field->rule->value)->type != PROTOBUF_C_TYPE_MESSAGE)
        problem(binder, field->place, "%s: a stream's value is a list of messages", field->name);
}

void bind_subscribe(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    struct subscribe_rule *subscribe = TS_NEW(binder->arena, struct subscribe_rule);

    if (!directive) {
        problem(binder, field->place, "%s: a subscription needs @subscribe", field->name);
        return;
    }
    if (field->parent != binder->schema->roots[OPERATION_SUBSCRIPTION]) {
        problem(binder, field->place, "%s: @subscribe is for fields of Subscription", field->name);
        return;
    }
    if (rule->kind != RULE_RPC || !rule->reply || rule->spread) {
        problem(binder, field->place, "%s: a subscription needs an @rpc with plain arguments", field->name);
        return;
    }
    bind_events(binder, field, directive, subscribe);
    bind_key(binder, field, directive, subscribe);
    bind_cursor(binder, field, directive, subscribe);
    rule->subscribe = subscribe;
}
