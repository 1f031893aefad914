/* Section 5.2.2.1: no two operations have one name. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

static void finish(struct validation *validation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct definition *definition = validation->definitions; definition && validation->operation_count > 1;
         definition = definition->next) {
        if (definition->node->kind == NODE_OPERATION && definition->node->name)
            report_second(validation, &names, definition->node, "operation");
    }
}

const struct validation_rule unique_operation_names = { "UniqueOperationNames", 0, NULL, finish };
