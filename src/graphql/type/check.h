/*
 * Whether SDL is a valid schema (specification section 3): check_sdl.c looks at what is written, before types are made;
 * check_types.c, check_interfaces.c and check_inputs.c at what the types say. Problems go to schema->problems.
 */
#ifndef GRAPHQL_TYPE_CHECK_H
#define GRAPHQL_TYPE_CHECK_H

#include "graphql/type/schema.h"

/* Names, extensions and directives of all documents. Nothing may be built when it finds problems. */
void check_sdl(struct gql_schema *schema);

/* The types that were built. */
void check_types(struct gql_schema *schema);

/* The root type `name` of an operation is no object. */
void check_root_problem(struct gql_schema *schema, struct place place, unsigned operation, const char *name);

/* The interfaces that an object or interface implements. */
void check_interfaces(struct gql_schema *schema, const struct type *type);

/* A default value, if there is one; `owner` is how messages name the input: "Query.a(b:)". */
void check_default(struct gql_schema *schema, const struct input_value *input, const char *owner);

/* Input objects that no finite value fits, and defaults that hold themselves. */
void check_input_cycles(struct gql_schema *schema);

/* What is wrong with a constant value, the innermost part first; NULL: it fits. */
const char *value_problem(struct gql_schema *schema, const struct type_ref *type, const struct node *value);

/* Of nodes that define types. */
static inline bool is_type_definition(const struct node *node)
{
    return node->kind >= NODE_SCALAR_DEFINITION && node->kind <= NODE_INPUT_DEFINITION;
}

static inline enum type_kind definition_kind(const struct node *node)
{
    return (enum type_kind)(node->kind - NODE_SCALAR_DEFINITION);
}

#endif
