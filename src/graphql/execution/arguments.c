/*
 * What validation cannot know of arguments: whether the variables in them were given, where a default lets a nullable
 * one stand for what must not be null (specification section 6.4.1).
 */
#include "graphql/execution/execution.h"
#include "graphql/language/names.h"
#include "graphql/language/printer.h"

static bool value_fits(const struct execution *execution, const struct type_ref *type, const struct node *value);

static bool list_fits(const struct execution *execution, const struct type_ref *item, const struct node *list)
{
    if (list->kind != NODE_LIST)
        return value_fits(execution, item, list);
    for (const struct node *value = list->children; value; value = value->next) {
        bool missing = value->kind == NODE_VARIABLE && !execution_value(execution, value);

        if (missing ? item->kind == REF_NON_NULL : !value_fits(execution, item, value))
            return false;
    }
    return true;
}

static bool object_fits(const struct execution *execution, const struct type *type, const struct node *object)
{
    struct names members;
    unsigned given = 0;

    names_init(&members, execution->arena, object->children);
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];
        const struct node *member = names_find(&members, input->name);
        const struct node *value = member ? execution_value(execution, member->value) : NULL;

        if (!value && !input->default_value && input->type->kind == REF_NON_NULL)
            return false;
        if (value && !value_fits(execution, input->type, value))
            return false;
        if (value && value->kind == NODE_NULL && type->one_of)
            return false;
        given += value != NULL;
    }
    return !type->one_of || given == 1;
}

/* A variable's value was coerced by its own type: only null is left to see. */
static bool value_fits(const struct execution *execution, const struct type_ref *type, const struct node *value)
{
    bool literal = value->kind != NODE_VARIABLE;

    value = execution_value(execution, value);
    if (!value || value->kind == NODE_NULL)
        return value && type->kind != REF_NON_NULL;
    type = type_ref_nullable(type);
    if (!literal || (type->kind == REF_NAMED && type->type->kind != TYPE_INPUT))
        return true;
    return type->kind == REF_LIST ? list_fits(execution, type->of, value) : object_fits(execution, type->type, value);
}

static const char *argument_problem(const struct execution *execution, const struct input_value *argument,
                                    const struct node *literal)
{
    const struct node *value = execution_value(execution, literal);
    bool required = argument->type->kind == REF_NON_NULL;

    if (!value && !argument->default_value && required)
        return ts_printf(execution->arena,
                         "Argument \"%s\" of required type \"%s\" was provided the variable \"$%s\" which was not "
                         "provided a runtime value.",
                         argument->name, type_ref_print(execution->arena, argument->type), literal->name);
    if (value && value->kind == NODE_NULL && required)
        return ts_printf(execution->arena, "Argument \"%s\" of non-null type \"%s\" must not be null.", argument->name,
                         type_ref_print(execution->arena, argument->type));
    if (value && !value_fits(execution, argument->type, literal))
        return ts_printf(execution->arena, "Argument \"%s\" has invalid value %s.", argument->name,
                         value_text(execution->arena, literal));
    return NULL;
}

const char *arguments_problem(const struct execution *execution, const struct plan_field *field,
                              const struct node **ret_node)
{
    for (unsigned i = 0; field->risky && i < field->field->argument_count; i++) {
        const struct node *literal = field->arguments[i];
        const char *problem =
            literal ? argument_problem(execution, &field->field->arguments[i], literal) : NULL; /* else validated */

        if (!problem)
            continue;
        *ret_node = literal;
        return problem;
    }
    return NULL;
}
