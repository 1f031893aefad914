/* Section 5.5.2.1: fragments that are spread exist. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    if (!table_find(&validation->fragments, node->name))
        (void)validation_error(validation, node, "Unknown fragment \"%s\".", node->name);
}

const struct validation_rule known_fragment_names = { "KnownFragmentNames", KIND(NODE_FRAGMENT_SPREAD), enter, NULL };
