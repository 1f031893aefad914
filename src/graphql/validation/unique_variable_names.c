/* Section 5.8.1: no two variables of an operation have one name. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *operation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct node *node = operation->arguments; node; node = node->next) {
        const struct node *first = table_add(&names, node->name, (void *)node);

        if (first)
            error_locate(
                validation_error(validation, first, "There can be only one variable named \"$%s\".", node->name),
                node->offset);
    }
}

const struct validation_rule unique_variable_names = { "UniqueVariableNames", KIND(NODE_OPERATION), enter, NULL };
