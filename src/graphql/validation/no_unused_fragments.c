/* Section 5.5.1.4: every fragment is used by some operation. */
#include "graphql/validation/rules.h"

static void mark_used(struct validation *validation, struct definition *reached, void *data)
{
    (void)validation;
    (void)data;
    reached->used = true;
}

/* By name: of two with one name both are used. */
static bool is_used(const struct validation *validation, const struct node *fragment)
{
    const struct definition *definition = table_find(&validation->fragments, fragment->name);

    return definition->used;
}

static void finish(struct validation *validation)
{
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_OPERATION)
            validation_reach(validation, definition, mark_used, NULL);
    }
    for (const struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_FRAGMENT && !is_used(validation, definition->node))
            (void)validation_error(validation, definition->node, "Fragment \"%s\" is never used.",
                                   name_shown(validation, definition->node->name));
    }
}

const struct validation_rule no_unused_fragments = { "NoUnusedFragments", 0, NULL, finish };
