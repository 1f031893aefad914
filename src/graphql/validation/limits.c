/* Bounds on what one document may ask for, checked before the rules, which rely on them. */
#include <string.h>

#include "graphql/validation/validate.h"

static bool refuse(struct validation *validation, const struct node *node, const char *message)
{
    (void)validation_error(validation, node, "%s", message);
    return false;
}

static bool check_directives(struct validation *validation, const struct node *node)
{
    unsigned count = 0;

    for (const struct node *directive = node->directives; directive; directive = directive->next) {
        if (++count > VALIDATION_DIRECTIVES_MAX)
            return refuse(validation, directive, "Too many directives at one place: at most 8 are accepted.");
    }
    return true;
}

/* The lists by which introspection goes in circles; each step multiplies what is shown. */
static bool is_circular(const struct node *node)
{
    static const char *const names[] = { "fields", "interfaces", "possibleTypes", "inputFields" };

    for (size_t i = 0; node->kind == NODE_FIELD && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(node->name, names[i]) == 0)
            return true;
    }
    return false;
}

/* `circles`: how many of those lists are around, inside __schema or __type; -1 outside. Fragments count by themselves.
 */
static bool check_selections(struct validation *validation, const struct node *selections, int circles)
{
    for (const struct node *node = selections; node; node = node->next) {
        int inner = circles;

        if (node->kind == NODE_FIELD && (strcmp(node->name, "__schema") == 0 || strcmp(node->name, "__type") == 0))
            inner = 0;
        else if (circles >= 0)
            inner += is_circular(node);
        if (inner >= VALIDATION_CIRCLES_MAX)
            return refuse(validation, node, "Maximum introspection depth exceeded.");
        if (!check_directives(validation, node) || !check_selections(validation, node->children, inner))
            return false;
    }
    return true;
}

bool validate_limits(struct validation *validation)
{
    const struct node *first = validation->document->definitions;
    unsigned operation_count = 0;

    if (validation->document->alias_count > VALIDATION_ALIASES_MAX)
        return refuse(validation, first, "Too many aliases in the document: at most 64 are accepted.");
    for (const struct node *node = first; node; node = node->next) {
        operation_count += node->kind == NODE_OPERATION;
        if (operation_count > VALIDATION_OPERATIONS_MAX)
            return refuse(validation, node, "Too many operations in the document: at most 50 are accepted.");
        if (!check_directives(validation, node) || !check_selections(validation, node->children, -1))
            return false;
        for (const struct node *variable = node->arguments; variable; variable = variable->next) {
            if (!check_directives(validation, variable))
                return false;
        }
    }
    return true;
}
