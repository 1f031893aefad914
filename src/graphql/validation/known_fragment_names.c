/* Section 5.5.2.1: fragments that are spread exist. */
#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    struct error_item *item;

    if (table_find(&validation->fragments, node->name))
        return;
    item = validation_error(validation, node, "Unknown fragment \"%s\".", name_shown(validation, node->name));
    item->offset_count = 0;
    error_locate(item, locate_name(validation->arena, validation->document, node));
}

const struct validation_rule known_fragment_names = { "KnownFragmentNames", KIND(NODE_FRAGMENT_SPREAD), enter, NULL };
