/* Section 5.8.1: no two variables of an operation have one name. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

static void enter(struct validation *validation, const struct node *operation)
{
    if (has_doubles(validation->arena, operation->arguments))
        report_doubles(validation, operation->arguments, "variable named \"$");
}

const struct validation_rule unique_variable_names = { "UniqueVariableNames", KIND(NODE_OPERATION), enter, NULL };
