/* Section 5.8.2: variables are of input types. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct type_ref *type = validation_type(validation, node->type);

    if (type && !type_is_input(type->type))
        (void)validation_error(validation, node->type, "Variable \"$%s\" cannot be non-input type \"%s\".",
                               name_shown(validation, node->name), type_ref_print(validation->arena, type));
}

const struct validation_rule variables_are_input_types = { "VariablesAreInputTypes", KIND(NODE_VARIABLE_DEFINITION),
                                                           enter, NULL };
