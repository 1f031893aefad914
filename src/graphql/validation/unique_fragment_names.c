/* Section 5.5.1.1: no two fragments have one name. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct definition *first = table_find(&validation->fragments, node->name);

    if (first && first->node != node)
        error_locate(
            validation_error(validation, first->node, "There can be only one fragment named \"%s\".", node->name),
            node->offset);
}

const struct validation_rule unique_fragment_names = { "UniqueFragmentNames", KIND(NODE_FRAGMENT), enter, NULL };
