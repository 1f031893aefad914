/* Section 5.4.3: required arguments are given. */
#include "graphql/validation/rules.h"
#include <string.h>

static bool given(const struct node *holder, const char *name)
{
    for (const struct node *node = holder->arguments; node; node = node->next) {
        if (strcmp(node->name, name) == 0)
            return true;
    }
    return false;
}

static bool is_required(const struct input_value *argument)
{
    return argument->type->kind == REF_NON_NULL && !argument->default_value;
}

static void enter(struct validation *validation, const struct node *node)
{
    const struct directive *directive = node->kind == NODE_DIRECTIVE ? validation->directive : NULL;
    const struct field *field = node->kind == NODE_FIELD ? validation->field : NULL;

    for (unsigned i = 0; field && i < field->argument_count; i++) {
        if (is_required(&field->arguments[i]) && !given(node, field->arguments[i].name))
            (void)validation_error(
                validation, node, "Field \"%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
                field->name, field->arguments[i].name, type_ref_print(validation->arena, field->arguments[i].type));
    }
    for (unsigned i = 0; directive && i < directive->argument_count; i++) {
        if (is_required(&directive->arguments[i]) && !given(node, directive->arguments[i].name))
            (void)validation_error(
                validation, node,
                "Directive \"@%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
                directive->name, directive->arguments[i].name,
                type_ref_print(validation->arena, directive->arguments[i].type));
    }
}

const struct validation_rule provided_required_arguments = { "ProvidedRequiredArguments",
                                                             KIND(NODE_FIELD) | KIND(NODE_DIRECTIVE), enter, NULL };
