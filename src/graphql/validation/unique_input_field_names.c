/* Section 5.6.3: no field of an input object is given twice. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

static void enter(struct validation *validation, const struct node *object)
{
    struct table names;

    if (!has_doubles(validation->arena, object->children))
        return;
    table_init(&names, validation->arena);
    for (const struct node *node = object->children; node; node = node->next) {
        const struct node *first = table_add(&names, node->name, (void *)node);

        if (first)
            error_locate(validation_error(validation, first, "There can be only one input field named \"%s\".",
                                          name_shown(validation, node->name)),
                         node->offset);
    }
}

const struct validation_rule unique_input_field_names = { "UniqueInputFieldNames", KIND(NODE_OBJECT), enter, NULL };
