/* Bounds on what one document may ask for, checked before the rules, which rely on them. */
#include <string.h>

#include "graphql/validation/validate.h"

static bool refuse(struct validation *validation, const struct node *node, const char *code, const char *what,
                   unsigned most)
{
    validation_error(validation, node, "Too many %s: at most %u are accepted.", what, most)->code = code;
    return false;
}

static bool check_directives(struct validation *validation, const struct node *node)
{
    unsigned count = 0;

    for (const struct node *directive = node->directives; directive; directive = directive->next) {
        if (++count > validation->schema->limits.directives)
            return refuse(validation, directive, ERROR_DIRECTIVES, "directives at one place",
                          validation->schema->limits.directives);
    }
    return true;
}

static bool check_selections(struct validation *validation, const struct node *selections)
{
    for (const struct node *node = selections; node; node = node->next) {
        if (!check_directives(validation, node) || !check_selections(validation, node->children))
            return false;
    }
    return true;
}

bool validate_limits(struct validation *validation)
{
    const struct gql_limits *limits = &validation->schema->limits;
    const struct node *first = validation->document->definitions;
    unsigned operation_count = 0;

    if (validation->document->alias_count > limits->aliases)
        return refuse(validation, first, ERROR_ALIASES, "aliases in the document", limits->aliases);
    for (const struct node *node = first; node; node = node->next) {
        operation_count += node->kind == NODE_OPERATION;
        if (operation_count > limits->operations)
            return refuse(validation, node, ERROR_OPERATIONS, "operations in the document", limits->operations);
        if (!check_directives(validation, node) || !check_selections(validation, node->children))
            return false;
        for (const struct node *variable = node->arguments; variable; variable = variable->next) {
            if (!check_directives(validation, variable))
                return false;
        }
    }
    return true;
}
