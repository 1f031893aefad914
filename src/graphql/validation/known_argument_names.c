/* Section 5.4.1: arguments that are given exist. */
#include "graphql/validation/rules.h"

static const char *suggestion(struct validation *validation, const char *name, const struct input_value *arguments,
                              unsigned count)
{
    const char **names;

    if (!validation->schema->suggestions)
        return "";
    names = TS_NEW_ARRAY(validation->arena, const char *, count);
    for (unsigned i = 0; i < count; i++)
        names[i] = arguments[i].name;
    return validation_suggest(validation, "", name, names, count);
}

static void enter(struct validation *validation, const struct node *node)
{
    const struct directive *directive = validation->directive;
    const struct field *field = validation->field;

    if (validation->argument)
        return;
    if (validation->in_directive) {
        if (directive)
            (void)validation_error(validation, node, "Unknown argument \"%s\" on directive \"@%s\".%s",
                                   name_shown(validation, node->name), directive->name,
                                   suggestion(validation, node->name, directive->arguments, directive->argument_count));
    } else if (field) {
        (void)validation_error(validation, node, "Unknown argument \"%s\" on field \"%s.%s\".%s",
                               name_shown(validation, node->name), validation->parent->name, field->name,
                               suggestion(validation, node->name, field->arguments, field->argument_count));
    }
}

const struct validation_rule known_argument_names = { "KnownArgumentNames", KIND(NODE_ARGUMENT), enter, NULL };
