/* Section 5.8.3: variables that are used, also in fragments, are defined. */
#include "graphql/validation/rules.h"

struct search {
    const struct node *operation;
    struct table defined;
};

static void check_usages(struct validation *validation, struct definition *reached, void *data)
{
    struct search *search = data;
    const char *operation = search->operation->name;

    for (const struct variable_usage *usage = reached->usages; usage; usage = usage->next) {
        const char *name = usage->node->name;
        struct error_item *item;

        if (table_find(&search->defined, name))
            continue;
        name = name_shown(validation, name);
        if (operation)
            item = validation_error(validation, usage->node, "Variable \"$%s\" is not defined by operation \"%s\".",
                                    name, name_shown(validation, operation));
        else
            item = validation_error(validation, usage->node, "Variable \"$%s\" is not defined.", name);
        error_locate(item, search->operation->offset);
    }
}

static void finish(struct validation *validation)
{
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        struct search search = { .operation = definition->node };

        if (definition->node->kind != NODE_OPERATION)
            continue;
        table_init(&search.defined, validation->arena);
        for (const struct node *node = definition->node->arguments; node; node = node->next)
            (void)table_add(&search.defined, node->name, (void *)node);
        validation_reach(validation, definition, check_usages, &search);
    }
}

const struct validation_rule no_undefined_variables = { "NoUndefinedVariables", 0, NULL, finish };
