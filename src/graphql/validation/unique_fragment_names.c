/* Section 5.5.1.1: no two fragments have one name. */
#include "graphql/validation/rules.h"
#include "graphql/validation/unique_names.h"

/* Of one name the last definition counts: once another is found the names are gone through from the first on. */
static void report(struct validation *validation)
{
    struct table names;

    table_init(&names, validation->arena);
    for (const struct definition *definition = validation->definitions; definition; definition = definition->next) {
        if (definition->node->kind == NODE_FRAGMENT)
            report_second(validation, &names, definition->node, "fragment");
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
