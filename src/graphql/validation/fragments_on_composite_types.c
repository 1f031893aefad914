/* Section 5.5.1.3: fragments are on objects, interfaces and unions. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct type *type = node->text ? schema_type(validation->schema, node->text) : NULL;

    if (!type || type_is_composite(type))
        return;
    if (node->kind == NODE_FRAGMENT)
        (void)validation_error(validation, node->type, "Fragment \"%s\" cannot condition on non composite type \"%s\".",
                               name_shown(validation, node->name), node->text);
    else
        (void)validation_error(validation, node->type, "Fragment cannot condition on non composite type \"%s\".",
                               node->text);
}

const struct validation_rule fragments_on_composite_types = { "FragmentsOnCompositeTypes",
                                                              KIND(NODE_FRAGMENT) | KIND(NODE_INLINE_FRAGMENT), enter,
                                                              NULL };
