/* Section 5.8.5: a variable's type fits where it is used. */
#include "graphql/validation/rules.h"

struct search {
    struct table variables; /* definitions by name */
};

/* AreTypesCompatible, a default taking the place of null. */
static bool usage_allowed(const struct node *variable, const struct type_ref *type, const struct variable_usage *usage)
{
    bool has_default = variable->value && variable->value->kind != NODE_NULL;

    if (usage->type->kind == REF_NON_NULL && type->kind != REF_NON_NULL)
        return (has_default || usage->has_default) && type_ref_is_subtype(type, usage->type->of);
    return type_ref_is_subtype(type, usage->type);
}

static void check_usage(struct validation *validation, const struct node *variable, const struct type_ref *type,
                        const struct variable_usage *usage)
{
    const char *text;

    if (!usage_allowed(variable, type, usage))
        error_locate(validation_error(validation, variable,
                                      "Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".",
                                      name_shown(validation, variable->name), type_ref_print(validation->arena, type),
                                      type_ref_print(validation->arena, usage->type)),
                     usage->node->offset);
    if (!usage->one_of || type->kind == REF_NON_NULL)
        return;
    text = type_ref_print(validation->arena, type);
    error_locate(validation_error(validation, variable,
                                  "Variable \"$%s\" is of type \"%s\" but must be non-nullable to be used for OneOf "
                                  "Input Object \"%s\".",
                                  name_shown(validation, variable->name), text, usage->one_of->name),
                 usage->node->offset);
}

static void check_usages(struct validation *validation, struct definition *reached, void *data)
{
    const struct search *search = data;

    for (const struct variable_usage *usage = reached->usages; usage; usage = usage->next) {
        const struct node *variable = table_find(&search->variables, usage->node->name);
        const struct type_ref *type = variable ? validation_type(validation, variable->type) : NULL;

        if (type && usage->type)
            check_usage(validation, variable, type, usage);
    }
}

static void finish(struct validation *validation)
{
    for (struct definition *definition = validation->definitions; definition; definition = definition->next) {
        struct search search;

        if (definition->node->kind != NODE_OPERATION || !definition->node->arguments)
            continue;
        table_init(&search.variables, validation->arena);
        for (const struct node *node = definition->node->arguments; node; node = node->next)
            table_set(&search.variables, node->name, (void *)node); /* of one name the last counts */
        validation_reach(validation, definition, check_usages, &search);
    }
}

const struct validation_rule variables_in_allowed_position = { "VariablesInAllowedPosition", 0, NULL, finish };
