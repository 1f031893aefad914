/* Section 5.2.4.1: a subscription has one root field, no introspection, no conditions. */
#include "graphql/validation/rules.h"
#include <string.h>

struct search {
    const struct node *operation;
    const char *name; /* response name of the first field */
    bool several;
};

static void check_selection(struct validation *validation, struct search *search, const struct node *selections,
                            unsigned depth)
{
    for (const struct node *node = selections; node && depth < validation->schema->limits.depth; node = node->next) {
        const char *name = node->text ? node->text : node->name;
        const struct definition *fragment;

        if (++validation->steps > validation->schema->limits.steps)
            return;
        if (node->kind == NODE_INLINE_FRAGMENT) {
            check_selection(validation, search, node->children, depth + 1);
        } else if (node->kind == NODE_FRAGMENT_SPREAD) {
            fragment = table_find(&validation->fragments, node->name);
            check_selection(validation, search, fragment ? fragment->node->children : NULL, depth + 1);
        } else {
            search->several |= search->name && strcmp(search->name, name) != 0;
            search->name = search->name ? search->name : name;
            if (strncmp(node->name, "__", 2) == 0)
                (void)validation_error(validation, node,
                                       "Subscription must not select an introspection top level "
                                       "field.");
        }
        if (node->directives)
            (void)validation_error(validation, node, "Subscription must not use directives on its top level fields.");
    }
}

static void enter(struct validation *validation, const struct node *node)
{
    struct search search = { .operation = node };

    if (node->operation != OPERATION_SUBSCRIPTION)
        return;
    check_selection(validation, &search, node->children, 0);
    if (!search.several)
        return;
    if (node->name)
        (void)validation_error(validation, node, "Subscription \"%s\" must select only one top level field.",
                               node->name);
    else
        (void)validation_error(validation, node, "Anonymous Subscription must select only one top level field.");
}

const struct validation_rule single_field_subscriptions = { "SingleFieldSubscriptions", KIND(NODE_OPERATION), enter,
                                                            NULL };
