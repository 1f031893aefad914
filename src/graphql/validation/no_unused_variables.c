/* Section 5.8.4: variables that are defined are used. */
#include "graphql/validation/rules.h"

static void note_usages(struct validation *validation, struct definition *reached, void *data)
{
    struct table *used = data;

    (void)validation;
    for (const struct variable_usage *usage = reached->usages; usage; usage = usage->next)
        (void)table_add(used, usage->node->name, (void *)usage->node);
}

static void finish(struct validation *validation)
{
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        const struct node *operation = definition->node;
        struct table used;

        if (operation->kind != NODE_OPERATION || !operation->arguments)
            continue;
        table_init(&used, validation->arena);
        validation_reach(validation, definition, note_usages, &used);
        for (const struct node *node = operation->arguments; node; node = node->next) {
            if (table_find(&used, node->name))
                continue;
            if (operation->name)
                (void)validation_error(validation, node, "Variable \"$%s\" is never used in operation \"%s\".",
                                       name_shown(validation, node->name), name_shown(validation, operation->name));
            else
                (void)validation_error(validation, node, "Variable \"$%s\" is never used.",
                                       name_shown(validation, node->name));
        }
    }
}

const struct validation_rule no_unused_variables = { "NoUnusedVariables", 0, NULL, finish };
