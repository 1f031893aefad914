/* Section 5.7.3: a directive stands once on a node, unless it is repeatable. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

static void enter(struct validation *validation, const struct node *owner)
{
    struct table names;

    if (!has_doubles(validation->arena, owner->directives))
        return;
    table_init(&names, validation->arena);
    for (const struct node *node = owner->directives; node; node = node->next) {
        const struct directive *directive = schema_directive(validation->schema, node->name);
        const struct node *first = table_add(&names, node->name, (void *)node);

        if (first && directive && !directive->repeatable)
            error_locate(validation_error(validation, first,
                                          "The directive \"@%s\" can only be used once at this location.", node->name),
                         node->offset);
    }
}

const struct validation_rule unique_directives_per_location = { "UniqueDirectivesPerLocation",
                                                                KIND(NODE_OPERATION) | KIND(NODE_FRAGMENT) |
                                                                    KIND(NODE_FIELD) | KIND(NODE_FRAGMENT_SPREAD) |
                                                                    KIND(NODE_INLINE_FRAGMENT) |
                                                                    KIND(NODE_VARIABLE_DEFINITION),
                                                                enter, NULL };
