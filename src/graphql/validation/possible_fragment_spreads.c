/* Section 5.5.2.3: a fragment's type and its place have objects in common. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const char *condition = node->text;
    const struct type *type;

    if (node->kind == NODE_FRAGMENT_SPREAD) {
        const struct definition *fragment = table_find(&validation->fragments, node->name);

        condition = fragment ? fragment->node->text : NULL;
    }
    type = condition ? schema_type(validation->schema, condition) : NULL;
    if (!type || !type_is_composite(type) || !validation->parent || types_overlap(type, validation->parent))
        return;
    if (node->kind == NODE_FRAGMENT_SPREAD)
        (void)validation_error(validation, node,
                               "Fragment \"%s\" cannot be spread here as objects of type \"%s\" can never be of type "
                               "\"%s\".",
                               name_shown(validation, node->name), validation->parent->name, type->name);
    else
        (void)validation_error(validation, node,
                               "Fragment cannot be spread here as objects of type \"%s\" can never be of type \"%s\".",
                               validation->parent->name, type->name);
}

const struct validation_rule possible_fragment_spreads = { "PossibleFragmentSpreads",
                                                           KIND(NODE_FRAGMENT_SPREAD) | KIND(NODE_INLINE_FRAGMENT),
                                                           enter, NULL };
