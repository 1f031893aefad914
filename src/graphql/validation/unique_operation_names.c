/* Section 5.2.2.1: no two operations have one name. */
#include "graphql/validation/rules.h"

static void finish(struct validation *validation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct definition *definition = validation->definitions; definition; definition = definition->next) {
        const struct node *node = definition->node, *first;

        if (node->kind != NODE_OPERATION || !node->name)
            continue;
        first = table_add(&names, node->name, (void *)node);
        if (first)
            error_locate(
                validation_error(validation, first, "There can be only one operation named \"%s\".", node->name),
                node->offset);
    }
}

const struct validation_rule unique_operation_names = { "UniqueOperationNames", 0, NULL, finish };
