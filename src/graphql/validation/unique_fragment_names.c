/* Section 5.5.1.1: no two fragments have one name. */
#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

/* Of one name the last definition counts: once another is found the names are gone through from the first on. */
static void report(struct validation *validation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct definition *definition = validation->definitions; definition; definition = definition->next) {
        const struct node *node = definition->node, *first;
        struct error_item *item;

        if (node->kind != NODE_FRAGMENT)
            continue;
        first = table_add(&names, node->name, (void *)node);
        if (!first)
            continue;
        item = validation_error(validation, node, "There can be only one fragment named \"%s\".", node->name);
        item->offset_count = 0;
        error_locate(item, locate_name(validation->arena, validation->document, first));
        error_locate(item, locate_name(validation->arena, validation->document, node));
    }
}

static void finish(struct validation *validation)
{
    size_t count = 0;

    for (const struct definition *definition = validation->definitions; definition; definition = definition->next)
        count += definition->node->kind == NODE_FRAGMENT;
    if (count != validation->fragments.count)
        report(validation);
}

const struct validation_rule unique_fragment_names = { "UniqueFragmentNames", 0, NULL, finish };
