/* Section 5.3.3: leaves have no selection, everything else has one. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct field *field = validation->field;

    if (!field || type_is_composite(field->type->type) == (node->children != NULL))
        return;
    if (!node->children)
        (void)validation_error(validation, node,
                               "Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean \"%s { "
                               "... }\"?",
                               node->name, type_ref_print(validation->arena, field->type), node->name);
    else
        (void)validation_error(validation, node->children,
                               "Field \"%s\" must not have a selection since type \"%s\" has no subfields.", node->name,
                               type_ref_print(validation->arena, field->type));
}

const struct validation_rule scalar_leafs = { "ScalarLeafs", KIND(NODE_FIELD), enter, NULL };
