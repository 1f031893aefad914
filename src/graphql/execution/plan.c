/*
 * Making plans (specification section 6.3, CollectFields and field merging, done ahead of time). Conditions on
 * variables stay as chains on the merged occurrences; those on constants are decided here.
 */
#include "graphql/execution/plan.h"

#include <limits.h>
#include <string.h>

#include "graphql/execution/ahead.h"
#include "graphql/language/names.h"

enum { VARIABLES_FEW = 8 }; /* looked for one after the other */

struct planner {
    const struct gql_schema *schema;
    const struct plan *plan;
    struct ts_arena *arena;
    struct error_list *errors;
    struct table fragments;
    unsigned field_count, selection_count, step_count;
    bool conditional, failed;
};

/* A planned field while its occurrences gather. */
struct draft {
    struct draft *next;
    struct plan_field field;
    struct occurrence **end;
};

struct drafts {
    const struct type *object;
    struct table by_name;
    struct table spread; /* fragments already spread without a condition */
    struct draft *first, **end;
    struct occurrence *elsewhere;
    unsigned count;
};

static void planner_limit(struct planner *planner, const struct node *node, const char *code, const char *message)
{
    if (!planner->failed)
        error_locate(error_add(planner->errors, code, "%s", message), node->offset);
    planner->failed = true;
}

/* What validation refuses too. */
static void planner_fail(struct planner *planner, const struct node *node, const char *message)
{
    planner_limit(planner, node, ERROR_VALIDATION, message);
}

/* One @skip or @include. Return: false when it leaves the node out for good. */
static bool apply_directive(struct planner *planner, const struct node *node, bool expected,
                            const struct condition **condition)
{
    const struct node *value = node_argument(node, "if");
    struct condition *inner;

    if (!value)
        return true;
    if (value->kind == NODE_BOOLEAN)
        return value->flag == expected;
    if (value->kind != NODE_VARIABLE)
        return true;
    inner = TS_NEW(planner->arena, struct condition);
    *inner = (struct condition){ *condition, value, expected };
    *condition = inner;
    return true;
}

static bool apply_directives(struct planner *planner, const struct node *node, const struct condition **condition)
{
    for (const struct node *directive = node->directives; directive; directive = directive->next) {
        bool skip = strcmp(directive->name, "skip") == 0;

        if ((skip || strcmp(directive->name, "include") == 0) && !apply_directive(planner, directive, !skip, condition))
            return false;
    }
    return true;
}

static const char *response_name(const struct node *field)
{
    return field->text ? field->text : field->name;
}

static void plan_key(struct planner *planner, struct plan_field *field)
{
    size_t size = strlen(field->name);
    char *key = ts_alloc(planner->arena, size + sizeof(",\"\":") + KEY_STEP + KEY_STEP);

    memcpy(key, ",\"", 2);
    memcpy(key + 2, field->name, size);
    memcpy(key + 2 + size, "\":", 2);
    field->key = key;
    field->key_size = size + 4;
    field->room = size + 4 + KEY_STEP + VALUE_ROOM;
}

static struct draft *draft_new(struct planner *planner, struct drafts *drafts, const struct node *node)
{
    struct draft *draft = TS_NEW(planner->arena, struct draft);

    draft->field.name = response_name(node);
    plan_key(planner, &draft->field);
    draft->field.field = schema_field(planner->schema, drafts->object, node->name);
    draft->field.conditional = true;
    draft->field.index = planner->field_count++;
    draft->end = &draft->field.occurrences;
    if (!draft->field.field)
        planner_fail(
            planner, node,
            ts_printf(planner->arena, "Cannot query field \"%s\" on type \"%s\".", node->name, drafts->object->name));
    if (planner->field_count > planner->schema->limits.fields)
        planner_limit(planner, node, ERROR_COMPLEXITY, "The query selects too many fields.");
    *drafts->end = draft;
    drafts->end = &draft->next;
    drafts->count++;
    return draft;
}

static void collect_field(struct planner *planner, struct drafts *drafts, const struct node *node,
                          const struct condition *condition)
{
    struct draft *draft = table_find(&drafts->by_name, response_name(node));
    struct occurrence *occurrence = TS_NEW(planner->arena, struct occurrence);

    if (!draft) {
        draft = draft_new(planner, drafts, node);
        table_set(&drafts->by_name, draft->field.name, draft);
    }
    occurrence->node = node;
    occurrence->condition = condition;
    occurrence->place = planner->step_count;
    *draft->end = occurrence;
    draft->end = &occurrence->next;
    draft->field.conditional &= condition != NULL;
    planner->conditional |= condition != NULL;
}

static bool condition_applies(struct planner *planner, const struct type *object, const char *type_condition)
{
    const struct type *type = type_condition ? schema_type(planner->schema, type_condition) : object;

    return type && (type == object || type_is_possible(type, object));
}

static void collect(struct planner *planner, struct drafts *drafts, const struct node *selections,
                    const struct condition *outer, unsigned depth);

/* What a fragment selects, if it is for this type. */
static void collect_fragment(struct planner *planner, struct drafts *drafts, const struct node *fragment,
                             const struct condition *condition, unsigned depth)
{
    struct occurrence *occurrence;

    if (condition_applies(planner, drafts->object, fragment->text)) {
        collect(planner, drafts, fragment->children, condition, depth + 1);
    } else if (condition) {
        occurrence = TS_NEW(planner->arena, struct occurrence);
        *occurrence = (struct occurrence){ drafts->elsewhere, fragment, condition, 0 };
        drafts->elsewhere = occurrence;
        planner->conditional = true;
    }
}

static void collect_spread(struct planner *planner, struct drafts *drafts, const struct node *node,
                           const struct condition *condition, unsigned depth)
{
    const struct node *fragment = table_find(&planner->fragments, node->name);

    if (!fragment) {
        planner_fail(planner, node, ts_printf(planner->arena, "Unknown fragment \"%s\".", node->name));
        return;
    }
    if (table_find(&drafts->spread, node->name))
        return;
    if (!condition)
        table_set(&drafts->spread, node->name, (void *)fragment);
    collect_fragment(planner, drafts, fragment, condition, depth);
}

static void collect(struct planner *planner, struct drafts *drafts, const struct node *selections,
                    const struct condition *outer, unsigned depth)
{
    for (const struct node *node = selections; node && !planner->failed; node = node->next) {
        const struct condition *condition = outer;

        if (++planner->step_count > planner->schema->limits.steps || depth > planner->schema->limits.depth)
            planner_limit(planner, node, ERROR_COMPLEXITY, "The query is too complex.");
        else if (!apply_directives(planner, node, &condition))
            continue;
        else if (node->kind == NODE_FIELD)
            collect_field(planner, drafts, node, condition);
        else if (node->kind == NODE_FRAGMENT_SPREAD)
            collect_spread(planner, drafts, node, condition, depth);
        else
            collect_fragment(planner, drafts, node, condition, depth);
    }
}

static void drafts_init(struct planner *planner, struct drafts *drafts, const struct type *object)
{
    *drafts = (struct drafts){ .object = object };
    drafts->end = &drafts->first;
    table_init(&drafts->by_name, planner->arena);
    table_init(&drafts->spread, planner->arena);
}

static struct selection *plan_drafts(struct planner *planner, struct drafts *drafts, const struct node *holder,
                                     unsigned depth);

/* The selection of all occurrences' children, for one concrete type of the field's value. */
static struct selection *plan_children(struct planner *planner, const struct plan_field *field,
                                       const struct type *object, unsigned depth)
{
    struct drafts *drafts = TS_NEW(planner->arena, struct drafts);

    drafts_init(planner, drafts, object);
    for (const struct occurrence *occurrence = field->occurrences; occurrence; occurrence = occurrence->next)
        collect(planner, drafts, occurrence->node->children, occurrence->condition, 0);
    return plan_drafts(planner, drafts, field->occurrences->node, depth);
}

static bool has_variable(const struct node *value)
{
    if (value->kind == NODE_VARIABLE)
        return true;
    if (value->kind == NODE_OBJECT_FIELD)
        return has_variable(value->value);
    for (const struct node *child = value->children; child; child = child->next) {
        if (has_variable(child))
            return true;
    }
    return false;
}

/* A variable that is itself an argument is a risk only where null is none of the argument's values but of its own. */
static bool is_risky(const struct planner *planner, const struct input_value *argument, const struct node *value)
{
    const struct plan_variable *variable;

    if (value->kind != NODE_VARIABLE)
        return has_variable(value);
    if (argument->type->kind != REF_NON_NULL)
        return false;
    variable = plan_variable(planner->plan, value->name);
    return !variable || variable->node->type->kind != NODE_NON_NULL_TYPE;
}

static void plan_arguments(struct planner *planner, struct plan_field *field)
{
    struct names given;

    if (!field->field->argument_count)
        return;
    names_init(&given, planner->arena, field->occurrences->node->arguments);
    field->arguments = TS_NEW_ARRAY(planner->arena, const struct node *, field->field->argument_count);
    for (unsigned i = 0; i < field->field->argument_count; i++) {
        const struct input_value *argument = &field->field->arguments[i];
        const struct node *node = names_find(&given, argument->name);

        field->arguments[i] = node ? node->value : NULL;
        field->risky |= field->arguments[i] && is_risky(planner, argument, field->arguments[i]);
    }
}

static bool field_has_joins(const struct plan_field *field)
{
    const struct type *type = field->field->type->type;
    const struct rule *rule = field->field->rule;

    if (rule && (rule->kind == RULE_JOIN || rule->kind == RULE_NODES))
        return true;
    for (unsigned i = 0; rule && field->selections && i < type->possible_count; i++) {
        if (field->selections[i]->has_joins)
            return true;
    }
    return false;
}

/* The member of the parent's message that a leaf shows as it is, or NULL. */
static const ProtobufCFieldDescriptor *plan_member(const struct field *field)
{
    const struct rule *rule = field->rule;

    if (!rule || rule->kind != RULE_PLAIN || rule->value.count != 1 || rule->value.repeated ||
        type_ref_nullable(field->type)->kind == REF_LIST || type_is_composite(field->type->type) ||
        rule->value.steps[0]->type == PROTOBUF_C_TYPE_MESSAGE)
        return NULL;
    return rule->value.steps[0];
}

/* Objects, or a list of them, that a path leads to without branching. */
static enum way plan_object_way(const struct field *field)
{
    const struct type_ref *type = type_ref_nullable(field->type);
    const struct path *path = &field->rule->value;
    bool is_list = type->kind == REF_LIST;

    if (path->repeated != is_list || (is_list && type_ref_nullable(type->of)->kind == REF_LIST) ||
        (is_list && path->steps[path->count - 1]->label != PROTOBUF_C_LABEL_REPEATED))
        return WAY_LONG;
    return is_list ? WAY_OBJECTS : WAY_OBJECT;
}

/* The pointer that a path is, without a say of others in whether it is set; NULL: it is none. */
static const ProtobufCFieldDescriptor *plain_pointer(const struct path *path)
{
    const ProtobufCFieldDescriptor *member = path->count == 1 ? path->steps[0] : NULL;
    bool is_pointer = member && (member->type == PROTOBUF_C_TYPE_STRING || member->type == PROTOBUF_C_TYPE_MESSAGE) &&
                      member->label != PROTOBUF_C_LABEL_REPEATED && !(member->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);

    return is_pointer ? member : NULL;
}

static enum way plan_join_way(const struct field *field)
{
    const struct rule *rule = field->rule;
    bool is_list = type_ref_nullable(field->type)->kind == REF_LIST;

    if (rule->key.repeated)
        return WAY_LONG;
    if (!type_is_composite(field->type->type))
        return rule->shape == JOIN_ONE && rule->value.count && !is_list ? WAY_JOINED_LEAF : WAY_LONG;
    switch (rule->shape) {
    case JOIN_ONE:
        return plan_object_way(field) == WAY_OBJECT ? WAY_JOINED : WAY_LONG;
    case JOIN_VALUE:
        return plan_object_way(field) == WAY_OBJECTS ? WAY_JOINED_LIST : WAY_LONG;
    case JOIN_GROUP:
        return is_list && !rule->value.repeated ? WAY_JOINED_GROUP : WAY_LONG;
    default:
        return WAY_LONG;
    }
}

static bool is_shown_as_it_is(const struct plan_field *field)
{
    const struct type *type = field->field->type->type;

    return type->kind == TYPE_SCALAR && field->member->type == PROTOBUF_C_TYPE_STRING &&
           plain_pointer(&field->field->rule->value) && type->scalar != SCALAR_INT && type->scalar != SCALAR_FLOAT &&
           type->scalar != SCALAR_BOOLEAN && type->scalar != SCALAR_DATE_TIME;
}

static enum way plan_leaf_way(const struct plan_field *field)
{
    const struct type *type = field->field->type->type;

    if (is_shown_as_it_is(field))
        return WAY_STRING;
    return type->kind == TYPE_SCALAR && type->scalar == SCALAR_DATE_TIME ? WAY_TIME : WAY_MEMBER;
}

static enum way plan_way(const struct planner *planner, const struct plan_field *field)
{
    const struct rule *rule = field->field->rule;

    if (field->field == &planner->schema->meta_typename)
        return WAY_NAME;
    if (field->member)
        return plan_leaf_way(field);
    if (!rule)
        return WAY_LONG;
    if (rule->kind == RULE_MONEY)
        return WAY_MONEY;
    if (rule->kind == RULE_JOIN)
        return plan_join_way(field->field);
    if (rule->kind != RULE_PLAIN || !type_is_composite(field->field->type->type))
        return WAY_LONG;
    if (plan_object_way(field->field) == WAY_OBJECT && field->field->type->type->kind == TYPE_OBJECT &&
        plain_pointer(&rule->value))
        return WAY_CHILD;
    return plan_object_way(field->field);
}

static void plan_field_finish(struct planner *planner, struct plan_field *field, unsigned depth)
{
    const struct type *type = field->field->type->type;

    plan_arguments(planner, field);
    field->member = plan_member(field->field);
    field->way = plan_way(planner, field);
    field->nullable = field->field->type->kind != REF_NON_NULL;
    if (field->way == WAY_STRING || field->way == WAY_CHILD)
        field->offset = plain_pointer(&field->field->rule->value)->offset;
    if (!type_is_composite(type))
        return;
    if (!field->occurrences->node->children) {
        planner_fail(planner, field->occurrences->node,
                     ts_printf(planner->arena, "Field \"%s\" must have a selection of subfields.", field->name));
        return;
    }
    field->selections = TS_NEW_ARRAY(planner->arena, struct selection *, type->possible_count);
    for (unsigned i = 0; i < type->possible_count && !planner->failed; i++)
        field->selections[i] = plan_children(planner, field, type->possible[i], depth + 1);
    if (type->kind == TYPE_OBJECT && !planner->failed)
        field->only = field->selections[0];
}

/* `holder`: the field or operation whose selection it is. */
static struct selection *plan_drafts(struct planner *planner, struct drafts *drafts, const struct node *holder,
                                     unsigned depth)
{
    struct selection *selection = TS_NEW(planner->arena, struct selection);

    selection->type = drafts->object;
    selection->index = planner->selection_count++;
    selection->elsewhere = drafts->elsewhere;
    selection->fields = TS_NEW_ARRAY(planner->arena, struct plan_field, drafts->count);
    selection->grants = UINT_MAX;
    if (depth >= planner->schema->limits.depth) /* the outermost is 0 here and 1 to the parser */
        planner_limit(planner, holder, ERROR_DEPTH, "The query is nested too deeply.");
    for (struct draft *draft = drafts->first; draft && !planner->failed; draft = draft->next) {
        struct plan_field *field = &selection->fields[selection->count++];

        *field = draft->field;
        selection->reorders |= field->occurrences->condition && field->occurrences->next;
        plan_field_finish(planner, field, depth);
        if (!planner->failed && field->field->rule)
            selection->grants &= field->field->rule->grants;
        if (!planner->failed)
            selection->has_joins |= field_has_joins(field);
    }
    selection->end = selection->fields + selection->count;
    return selection;
}

static void plan_variables(struct planner *planner, struct plan *plan)
{
    const struct node *node;

    for (node = plan->operation->arguments; node; node = node->next)
        plan->variable_count++;
    plan->variables = TS_NEW_ARRAY(planner->arena, struct plan_variable, plan->variable_count);
    plan->variable_count = 0;
    table_init(&plan->variable_table, planner->arena);
    for (node = plan->operation->arguments; node; node = node->next) {
        struct plan_variable *variable = &plan->variables[plan->variable_count++];

        *variable = (struct plan_variable){ node->name, schema_type_ref(planner->schema, planner->arena, node->type),
                                            node->value, node };
        if (!variable->type)
            planner_fail(planner, node, ts_printf(planner->arena, "Variable \"$%s\" has an unknown type.", node->name));
    }
    for (unsigned i = 0; plan->variable_count > VARIABLES_FEW && i < plan->variable_count; i++)
        (void)table_add(&plan->variable_table, plan->variables[i].name, &plan->variables[i]);
}

const struct plan_variable *plan_variable(const struct plan *plan, const char *name)
{
    if (plan->variable_count > VARIABLES_FEW)
        return table_find(&plan->variable_table, name);
    for (unsigned i = 0; i < plan->variable_count; i++) {
        if (strcmp(plan->variables[i].name, name) == 0)
            return &plan->variables[i];
    }
    return NULL;
}

struct plan *plan_new(const struct gql_schema *schema, struct ts_arena *arena, const struct document *document,
                      const struct node *operation, struct error_list *errors)
{
    struct plan *plan = TS_NEW(arena, struct plan);
    struct planner planner = { .schema = schema, .plan = plan, .arena = arena, .errors = errors };
    struct drafts drafts;

    table_init(&planner.fragments, arena);
    for (const struct node *node = document->definitions; node; node = node->next) {
        if (node->kind == NODE_FRAGMENT)
            (void)table_add(&planner.fragments, node->name, (void *)node);
    }
    plan->operation = operation;
    plan->list_max = schema->limits.list;
    plan->suggestions = schema->suggestions;
    plan_variables(&planner, plan);
    drafts_init(&planner, &drafts, schema->roots[operation->operation]);
    collect(&planner, &drafts, operation->children, NULL, 0);
    plan->root = plan_drafts(&planner, &drafts, operation, 0);
    for (unsigned i = 0; !planner.failed && i < plan->root->count; i++)
        plan->root->fields[i].ahead = ahead_plan(arena, &plan->root->fields[i]);
    plan->field_count = planner.field_count;
    plan->selection_count = planner.selection_count;
    plan->conditional = planner.conditional;
    if (!planner.failed && operation->operation == OPERATION_QUERY)
        plan->freshness = freshness_of(plan->root);
    if (!planner.failed && !cost_plan(schema, plan, errors))
        planner.failed = true;
    return planner.failed ? NULL : plan;
}
