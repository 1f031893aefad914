/* Variables: JSON to nodes, then nodes against types, with the path of whatever does not fit. */
#include "graphql/execution/values.h"

#include <string.h>

#include "graphql/language/printer.h"

struct coercion {
    struct ts_arena *arena;
    struct error_list *errors;
    unsigned list_max; /* 0: no limit */
    const struct plan_variable *variable;
    bool failed;
};

/* Where in a variable's value: a chain from the innermost outwards. */
struct step {
    const struct step *outer;
    const char *name; /* NULL: an index */
    size_t index;
};

/* JSON parsing bounds the depth. */
static struct node *node_of_json(struct ts_arena *arena, const struct json *json)
{
    static const uint8_t kinds[] = {
        [JSON_NULL] = NODE_NULL,     [JSON_FALSE] = NODE_BOOLEAN, [JSON_TRUE] = NODE_BOOLEAN,
        [JSON_NUMBER] = NODE_FLOAT,  [JSON_STRING] = NODE_STRING, [JSON_ARRAY] = NODE_LIST,
        [JSON_OBJECT] = NODE_OBJECT,
    };
    struct node *node = TS_NEW(arena, struct node), **end = &node->children;

    node->kind = kinds[json->type];
    node->flag = json->type == JSON_TRUE;
    node->text = json->text;
    if (json->type == JSON_NUMBER && json->is_integer)
        node->kind = NODE_INT;
    for (const struct json *child = json->first; child; child = child->next) {
        struct node *value = node_of_json(arena, child), *item = value;

        if (json->type == JSON_OBJECT) {
            item = TS_NEW(arena, struct node);
            item->kind = NODE_OBJECT_FIELD;
            item->name = child->name;
            item->value = value;
        }
        *end = item;
        end = &item->next;
    }
    return node;
}

static const char *step_text(struct ts_arena *arena, const struct step *step)
{
    const char *outer;

    if (!step->outer)
        return step->name;
    outer = step_text(arena, step->outer);
    return step->name ? ts_printf(arena, "%s.%s", outer, step->name) : ts_printf(arena, "%s[%zu]", outer, step->index);
}

static struct node *coercion_fail(struct coercion *coercion, const struct step *step, const struct node *value,
                                  const char *problem)
{
    const char *where = step->outer ? ts_printf(coercion->arena, " at \"%s\"", step_text(coercion->arena, step)) : "";
    struct error_item *error = error_add(coercion->errors, ERROR_INPUT, "Variable \"$%s\" got invalid value %s%s; %s",
                                         coercion->variable->name, value_text(coercion->arena, value), where, problem);

    error_locate(error, coercion->variable->node->offset);
    coercion->failed = true;
    return (struct node *)value;
}

static struct node *coerce(struct coercion *coercion, const struct type_ref *type, struct node *value,
                           const struct step *step);

static struct node *list_fail(struct coercion *coercion, const struct step *step, struct node *value)
{
    error_locate(error_add(coercion->errors, ERROR_LIST,
                           "Variable \"$%s\" has a list of more than %u values at \"%s\".", coercion->variable->name,
                           coercion->list_max, step_text(coercion->arena, step)),
                 coercion->variable->node->offset);
    coercion->failed = true;
    return value;
}

static struct node *coerce_list(struct coercion *coercion, const struct type_ref *type, struct node *value,
                                const struct step *step)
{
    struct node **end = &value->children, *list;
    struct step inner = { step, NULL, 0 };

    if (value->kind != NODE_LIST) {
        list = TS_NEW(coercion->arena, struct node);
        list->kind = NODE_LIST;
        list->children = coerce(coercion, type->of, value, step);
        return list;
    }
    for (; *end && !coercion->errors->full; end = &(*end)->next, inner.index++) {
        if (inner.index == coercion->list_max && coercion->list_max)
            return list_fail(coercion, step, value);
        struct node *next = (*end)->next;

        *end = coerce(coercion, type->of, *end, &inner);
        (*end)->next = next;
    }
    return value;
}

static struct node *object_member(const struct node *object, const char *name)
{
    struct node *member = object->children;

    while (member && strcmp(member->name, name) != 0)
        member = member->next;
    return member;
}

static void check_one_of(struct coercion *coercion, const struct type *type, const struct node *value,
                         const struct step *step)
{
    if (!type->one_of)
        return;
    if (!value->children || value->children->next)
        (void)coercion_fail(
            coercion, step, value,
            ts_printf(coercion->arena, "Exactly one key must be specified for OneOf type \"%s\".", type->name));
    else if (value->children->value->kind == NODE_NULL)
        (void)coercion_fail(coercion, step, value,
                            ts_printf(coercion->arena, "Field \"%s\" must be non-null.", value->children->name));
}

static void check_names(struct coercion *coercion, const struct type *type, const struct node *value,
                        const struct step *step)
{
    for (const struct node *member = value->children; member && !coercion->errors->full; member = member->next) {
        if (!type_input(type, member->name))
            (void)coercion_fail(coercion, step, value,
                                ts_printf(coercion->arena, "Field \"%s\" is not defined by type \"%s\".",
                                          text_shown(coercion->arena, member->name), type->name));
    }
}

static struct node *coerce_object(struct coercion *coercion, const struct type *type, struct node *value,
                                  const struct step *step)
{
    if (value->kind != NODE_OBJECT)
        return coercion_fail(coercion, step, value,
                             ts_printf(coercion->arena, "Expected type \"%s\" to be an object.", type->name));
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];
        struct node *member = object_member(value, input->name);
        struct step inner = { step, input->name, 0 };

        if (member)
            member->value = coerce(coercion, input->type, member->value, &inner);
        else if (!input->default_value && input->type->kind == REF_NON_NULL)
            (void)coercion_fail(coercion, step, value,
                                ts_printf(coercion->arena, "Field \"%s\" of required type \"%s\" was not provided.",
                                          input->name, type_ref_print(coercion->arena, input->type)));
    }
    check_names(coercion, type, value, step);
    check_one_of(coercion, type, value, step);
    return value;
}

static struct node *coerce_leaf(struct coercion *coercion, const struct type *type, struct node *value,
                                const struct step *step)
{
    const char *problem = leaf_problem(coercion->arena, type, value, /* json= */ true);

    if (problem)
        return coercion_fail(coercion, step, value, problem);
    if (type->kind == TYPE_ENUM) {
        value->kind = NODE_ENUM;
        value->name = value->text;
    }
    return value;
}

static struct node *coerce(struct coercion *coercion, const struct type_ref *type, struct node *value,
                           const struct step *step)
{
    if (value->kind == NODE_NULL) {
        if (type->kind == REF_NON_NULL)
            return coercion_fail(coercion, step, value,
                                 ts_printf(coercion->arena, "Expected non-nullable type \"%s\" not to be null.",
                                           type_ref_print(coercion->arena, type)));
        return value;
    }
    type = type_ref_nullable(type);
    if (type->kind == REF_LIST)
        return coerce_list(coercion, type, value, step);
    if (type->type->kind == TYPE_INPUT)
        return coerce_object(coercion, type->type, value, step);
    return coerce_leaf(coercion, type->type, value, step);
}

/* A variable that is absent or null where it may not be; `kind` and `problem` are the words around its type. */
static const struct node *variable_fail(struct coercion *coercion, const char *kind, const char *problem)
{
    const struct plan_variable *variable = coercion->variable;

    error_locate(error_add(coercion->errors, ERROR_INPUT, "Variable \"$%s\" of %s type \"%s\" %s.", variable->name,
                           kind, type_ref_print(coercion->arena, variable->type), problem),
                 variable->node->offset);
    coercion->failed = true;
    return NULL;
}

static const struct node *coerce_variable(struct coercion *coercion, const struct json *given)
{
    const struct plan_variable *variable = coercion->variable;
    const struct step step = { NULL, variable->name, 0 };

    if (given && given->type == JSON_NULL && variable->type->kind == REF_NON_NULL)
        return variable_fail(coercion, "non-null", "must not be null");
    if (given)
        return coerce(coercion, variable->type, node_of_json(coercion->arena, given), &step);
    if (variable->default_value || variable->type->kind != REF_NON_NULL)
        return variable->default_value;
    return variable_fail(coercion, "required", "was not provided");
}

bool variables_coerce(const struct plan *plan, struct ts_arena *arena, const struct json *variables,
                      struct error_list *errors, const struct node ***ret_values)
{
    struct coercion coercion = { .arena = arena, .errors = errors, .list_max = plan->list_max };
    const struct node **values = TS_NEW_ARRAY(arena, const struct node *, plan->variable_count);

    for (unsigned i = 0; i < plan->variable_count && !errors->full; i++) {
        coercion.variable = &plan->variables[i];
        values[i] = coerce_variable(&coercion, json_find(variables, coercion.variable->name));
    }
    *ret_values = values;
    return !coercion.failed;
}
