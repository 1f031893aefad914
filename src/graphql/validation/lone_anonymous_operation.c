/* Section 5.2.3.1: an operation without a name is the only one. */
#include "graphql/validation/rules.h"

static void finish(struct validation *validation)
{
    unsigned count = 0;

    for (const struct definition *definition = validation->definitions; definition; definition = definition->next)
        count += definition->node->kind == NODE_OPERATION;
    for (const struct definition *definition = validation->definitions; definition && count > 1;
         definition = definition->next) {
        if (definition->node->kind == NODE_OPERATION && !definition->node->name)
            (void)validation_error(validation, definition->node,
                                   "This anonymous operation must be the only defined "
                                   "operation.");
    }
}

const struct validation_rule lone_anonymous_operation = { "LoneAnonymousOperation", 0, NULL, finish };
