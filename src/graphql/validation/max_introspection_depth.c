/* No rule of the specification: lists of lists in introspection multiply; tools ask for two. Fragments are followed. */
#include <string.h>

#include "graphql/validation/rules.h"

/* How a fragment fared: a bit for each number of lists around it. */
struct verdict {
    uint64_t checked, exceeded;
};

enum {
    LISTS_MAX = 63,
    NESTED_SHARE = 2, /* fields, and fragments between them: so many times limits.depth, for the stack's sake */
};

/* The lists by which introspection goes in circles. */
static bool is_circular(const struct node *node)
{
    static const char *const names[] = { "fields", "interfaces", "possibleTypes", "inputFields" };

    for (size_t i = 0; node->kind == NODE_FIELD && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(node->name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool exceeds(struct validation *validation, const struct node *selections, unsigned lists);

/* In a document each fragment is looked at once for each number of lists around it, so circles end. */
static bool fragment_exceeds(struct validation *validation, const struct node *spread, unsigned lists)
{
    const struct definition *fragment = table_find(&validation->fragments, spread->name);
    struct verdict *verdict = table_find(&validation->verdicts, spread->name);

    if (!fragment)
        return false;
    if (!verdict) {
        verdict = TS_NEW(validation->arena, struct verdict);
        (void)table_add(&validation->verdicts, spread->name, verdict);
    }
    if (!(verdict->checked >> lists & 1)) {
        verdict->checked |= UINT64_C(1) << lists;
        if (exceeds(validation, fragment->node->children, lists))
            verdict->exceeded |= UINT64_C(1) << lists;
    }
    return verdict->exceeded >> lists & 1;
}

static bool exceeds(struct validation *validation, const struct node *selections, unsigned lists)
{
    bool found = validation->depth >= NESTED_SHARE * validation->schema->limits.depth;

    validation->depth++;
    for (const struct node *node = selections; node && !found; node = node->next) {
        unsigned inner = lists + is_circular(node);

        if (inner >= validation->schema->limits.circles || inner > LISTS_MAX)
            found = true;
        else if (node->kind == NODE_FRAGMENT_SPREAD)
            found = fragment_exceeds(validation, node, inner);
        else
            found = exceeds(validation, node->children, inner);
    }
    validation->depth--;
    return found;
}

static void enter(struct validation *validation, const struct node *node)
{
    if (node->name[0] != '_' || (strcmp(node->name, "__schema") != 0 && strcmp(node->name, "__type") != 0))
        return;
    if (!validation->verdicts.arena)
        table_init(&validation->verdicts, validation->arena);
    if (exceeds(validation, node->children, 0))
        validation_error(validation, node, "Maximum introspection depth exceeded")->code = ERROR_CIRCLES;
}

const struct validation_rule max_introspection_depth = { "MaxIntrospectionDepth", KIND(NODE_FIELD), enter, NULL };
