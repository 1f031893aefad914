/* What the rpcs of root fields bring along for joins: `ahead` of @join. */
#include <string.h>

#include "graphql/rules_inside.h"

const ProtobufCFieldDescriptor *rule_member(const ProtobufCMessageDescriptor *message, const char *name,
                                            ProtobufCType type)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);

    return field && field->type == type ? field : NULL;
}

bool rule_brings(const struct rule *root, const struct rule *join)
{
    const ProtobufCFieldDescriptor *brought;

    if (!join->ahead || !rule_member(root->request, join->ahead, PROTOBUF_C_TYPE_BOOL) ||
        !rule_member(root->reply, "ahead", PROTOBUF_C_TYPE_BOOL))
        return false;
    brought = rule_member(root->reply, join->ahead, PROTOBUF_C_TYPE_MESSAGE);
    return brought && brought->label == PROTOBUF_C_LABEL_REPEATED && brought->descriptor == join->items->descriptor;
}

static bool somebody_brings(const struct gql_schema *schema, const struct rule *join)
{
    const struct type *query = schema->roots[OPERATION_QUERY];

    for (unsigned i = 0; query && i < query->field_count; i++) {
        const struct rule *rule = query->fields[i].rule;

        if (rule && rule->kind == RULE_RPC && rule->request && rule->reply && rule_brings(rule, join))
            return true;
    }
    return false;
}

void bind_ahead(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    rule->ahead = string_argument(directive, "ahead");
    if (rule->ahead && (rule->key.repeated || field->argument_count))
        problem(binder, field->place, "%s.%s: ahead is for one key and no arguments", field->parent->name, field->name);
}

void check_ahead(struct binder *binder, const struct field *field)
{
    const struct rule *rule = field->rule;

    if (rule && rule->kind == RULE_JOIN && rule->ahead && rule->items && !somebody_brings(binder->schema, rule))
        problem(binder, field->place,
                "%s.%s: no rpc of Query has a bool \"%s\" in its request, and in its reply a bool \"ahead\" and "
                "repeated %s of that name",
                field->parent->name, field->name, rule->ahead,
                ((const ProtobufCMessageDescriptor *)rule->items->descriptor)->name);
}
