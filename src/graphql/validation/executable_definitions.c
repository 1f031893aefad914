/* Section 5.1.1: a document that is executed defines operations and fragments only. */
#include "graphql/validation/rules.h"

static void finish(struct validation *validation)
{
    for (const struct node *node = validation->document->definitions; node; node = node->next) {
        if (node->kind == NODE_OPERATION || node->kind == NODE_FRAGMENT)
            continue;
        if (node->kind == NODE_SCHEMA_DEFINITION)
            (void)validation_error(validation, node, "The schema definition is not executable.");
        else
            (void)validation_error(validation, node, "The \"%s\" definition is not executable.",
                                   name_shown(validation, node->name));
    }
}

const struct validation_rule executable_definitions = { "ExecutableDefinitions", 0, NULL, finish };
