/* Section 5.4.2: no argument is given twice. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

static void enter(struct validation *validation, const struct node *holder)
{
    if (has_doubles(validation->arena, holder->arguments))
        report_doubles(validation, holder->arguments, "argument named \"");
}

const struct validation_rule unique_argument_names = { "UniqueArgumentNames", KIND(NODE_FIELD) | KIND(NODE_DIRECTIVE),
                                                       enter, NULL };
