/* Section 5.3.3: leaves have no selection, everything else has one. */
#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

/* At the brace, not at what is in it. */
static void report_selections(struct validation *validation, const struct node *node, const struct field *field)
{
    struct error_item *item =
        validation_error(validation, node, "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
                         node->name, type_ref_print(validation->arena, field->type));

    item->offset_count = 0;
    error_locate(item, locate_selections(validation->arena, validation->document, node));
}

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
        report_selections(validation, node, field);
}

const struct validation_rule scalar_leafs = { "ScalarLeafs", KIND(NODE_FIELD), enter, NULL };
