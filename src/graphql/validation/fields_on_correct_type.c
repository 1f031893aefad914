/* Section 5.3.1: fields exist on the type they are asked of. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct type *parent = validation->parent;
    const char **names;

    if (!parent || validation->field)
        return;
    names = TS_NEW_ARRAY(validation->arena, const char *, parent->field_count);
    for (unsigned i = 0; i < parent->field_count; i++)
        names[i] = parent->fields[i].hidden ? "" : parent->fields[i].name;
    (void)validation_error(validation, node, "Cannot query field \"%s\" on type \"%s\".%s", node->name, parent->name,
                           validation_suggest(validation, node->name, names, parent->field_count));
}

const struct validation_rule fields_on_correct_type = { "FieldsOnCorrectType", KIND(NODE_FIELD), enter, NULL };
