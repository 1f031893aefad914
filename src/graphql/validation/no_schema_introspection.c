/* No rule of the specification: introspection may be off. */
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct gql_schema *schema = validation->schema;

    if (!schema->introspection &&
        (validation->field == &schema->meta_schema || validation->field == &schema->meta_type))
        (void)validation_error(validation, node,
                               "GraphQL introspection has been disabled, but the requested query contained the field "
                               "\"%s\".",
                               node->name);
}

const struct validation_rule no_schema_introspection = { "NoSchemaIntrospection", KIND(NODE_FIELD), enter, NULL };
