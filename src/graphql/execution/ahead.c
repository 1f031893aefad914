#include "graphql/execution/ahead.h"

#include "graphql/execution/execution.h"

static struct ahead *find(struct ts_arena *arena, const struct rule *root, const struct plan_field *field)
{
    const struct rule *rule = field->field->rule;
    struct ahead *ahead;

    if (!rule_brings(root, rule))
        return NULL;
    ahead = TS_NEW(arena, struct ahead);
    ahead->field = field;
    ahead->asked = rule_member(root->request, rule->ahead, PROTOBUF_C_TYPE_BOOL);
    ahead->brought = rule_member(root->reply, rule->ahead, PROTOBUF_C_TYPE_MESSAGE);
    ahead->kept = rule_member(root->reply, "ahead", PROTOBUF_C_TYPE_BOOL);
    return ahead;
}

/* Through plain fields only: a join's own objects come later. */
static void walk(struct ts_arena *arena, const struct rule *root, const struct plan_field *field, struct ahead **list)
{
    const struct type *type = field->field->type->type;

    for (unsigned i = 0; field->selections && i < type->possible_count; i++) {
        const struct selection *selection = field->selections[i];

        for (unsigned j = 0; j < selection->count; j++) {
            const struct plan_field *below = &selection->fields[j];
            const struct rule *rule = below->field->rule;
            struct ahead *ahead = rule && rule->kind == RULE_JOIN ? find(arena, root, below) : NULL;

            if (ahead) {
                ahead->next = *list;
                *list = ahead;
            } else if (rule && rule->kind == RULE_PLAIN) {
                walk(arena, root, below, list);
            }
        }
    }
}

const struct ahead *ahead_plan(struct ts_arena *arena, const struct plan_field *root)
{
    const struct rule *rule = root->field->rule;
    struct ahead *list = NULL;

    if (rule && rule->kind == RULE_RPC)
        walk(arena, rule, root, &list);
    return list;
}

void ahead_ask(const struct execution *execution, const struct plan_field *field, ProtobufCMessage *request)
{
    for (const struct ahead *ahead = field->ahead; ahead; ahead = ahead->next) {
        if (!execution_includes(execution, ahead->field))
            continue;
        *(protobuf_c_boolean *)((char *)request + ahead->asked->offset) = 1;
        *(protobuf_c_boolean *)((char *)request + ahead->asked->quantifier_offset) = 1;
    }
}

void ahead_take(struct execution *execution, const struct plan_field *field, const ProtobufCMessage *reply,
                const Common__Grant *grant)
{
    const protobuf_c_boolean *kept = field->ahead ? message_member(reply, field->ahead->kept) : NULL;

    if (!kept || !*kept)
        return;
    for (const struct ahead *ahead = field->ahead; ahead; ahead = ahead->next) {
        if (execution_includes(execution, ahead->field) && grant_allows(grant, ahead->field->field->rule->grants))
            batch_bring(execution, ahead->field, grant, reply, ahead->brought);
    }
}
