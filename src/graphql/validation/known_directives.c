/* Sections 5.7.1 and 5.7.2: directives exist and stand where they may. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct directive *directive = validation->directive;

    if (!directive)
        (void)validation_error(validation, node, "Unknown directive \"@%s\".", name_shown(validation, node->name));
    else if (!(directive->locations & 1u << validation->location))
        (void)validation_error(validation, node, "Directive \"@%s\" may not be used on %s.", node->name,
                               directive_location_name(validation->location));
}

const struct validation_rule known_directives = { "KnownDirectives", KIND(NODE_DIRECTIVE), enter, NULL };
