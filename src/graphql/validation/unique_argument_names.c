/* Section 5.4.2: no argument is given twice. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *holder)
{
    struct table names;

    if (!holder->arguments || !holder->arguments->next)
        return;
    table_init(&names, validation->arena);
    for (const struct node *node = holder->arguments; node; node = node->next) {
        const struct node *first = table_add(&names, node->name, (void *)node);

        if (first)
            error_locate(
                validation_error(validation, first, "There can be only one argument named \"%s\".", node->name),
                node->offset);
    }
}

const struct validation_rule unique_argument_names = { "UniqueArgumentNames", KIND(NODE_FIELD) | KIND(NODE_DIRECTIVE),
                                                       enter, NULL };
