/* Section 5.2.1.1: the schema has a root type for the operation. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    if (!validation->schema->roots[node->operation])
        (void)validation_error(validation, node, "The %s operation is not supported by the schema.",
                               operation_word((enum operation_kind)node->operation));
}

const struct validation_rule known_operation_types = { "KnownOperationTypes", KIND(NODE_OPERATION), enter, NULL };
