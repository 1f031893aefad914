/* Section 5.7.3: a directive stands once on a node, unless it is repeatable. */
#include "graphql/validation/rules.h"
#include <string.h>

/* limits.c bounds the directives of a node, so pairs are few. */
static void enter(struct validation *validation, const struct node *owner)
{
    for (const struct node *node = owner->directives; node; node = node->next) {
        const struct directive *directive = schema_directive(validation->schema, node->name);
        const struct node *first = owner->directives;

        while (strcmp(first->name, node->name) != 0)
            first = first->next;
        if (first != node && directive && !directive->repeatable)
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
