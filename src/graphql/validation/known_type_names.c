/* Sections 5.5.1.2 and 5.8.2: types that are named exist. */
#include "graphql/validation/rules.h"

static const char *suggestion(struct validation *validation, const char *name)
{
    const struct gql_schema *schema = validation->schema;
    const char **names;

    if (!schema->suggestions)
        return "";
    names = TS_NEW_ARRAY(validation->arena, const char *, schema->type_count);
    for (unsigned i = 0; i < schema->type_count; i++)
        names[i] = schema->types[i]->hidden ? "" : schema->types[i]->name;
    return validation_suggest(validation, "", name, names, schema->type_count);
}

static void enter(struct validation *validation, const struct node *node)
{
    const struct type *type = schema_type(validation->schema, node->name);

    if (!type || type->hidden)
        (void)validation_error(validation, node, "Unknown type \"%s\".%s", name_shown(validation, node->name),
                               suggestion(validation, node->name));
}

const struct validation_rule known_type_names = { "KnownTypeNames", KIND(NODE_NAMED_TYPE), enter, NULL };
