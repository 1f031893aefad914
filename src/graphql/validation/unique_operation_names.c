/* Section 5.2.2.1: no two operations have one name. */
#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

static void check(struct validation *validation, struct table *names, const struct node *node)
{
    const struct node *first = table_add(names, node->name, (void *)node);
    struct error_item *item;

    if (!first)
        return;
    item = validation_error(validation, node, "There can be only one operation named \"%s\".", node->name);
    item->offset_count = 0;
    error_locate(item, locate_name(validation->arena, validation->document, first));
    error_locate(item, locate_name(validation->arena, validation->document, node));
}

static void finish(struct validation *validation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct definition *definition = validation->definitions; definition && validation->operation_count > 1;
         definition = definition->next) {
        if (definition->node->kind == NODE_OPERATION && definition->node->name)
            check(validation, &names, definition->node);
    }
}

const struct validation_rule unique_operation_names = { "UniqueOperationNames", 0, NULL, finish };
