/* Section 5.2.3.1: an operation without a name is the only one. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    if (!node->name && validation->operation_count > 1)
        (void)validation_error(validation, node, "This anonymous operation must be the only defined operation.");
}

const struct validation_rule lone_anonymous_operation = { "LoneAnonymousOperation", KIND(NODE_OPERATION), enter, NULL };
