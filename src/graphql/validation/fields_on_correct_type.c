/* Section 5.3.1: fields exist on the type they are asked of. */
#include "graphql/validation/rules.h"

/* A type that has the field, and how many of the possible types are or implement it. */
struct candidate {
    const struct type *type;
    unsigned count;
};

/* Types by their names, and those that would be shown. */
struct candidates {
    struct candidate *items;
    size_t count;
    struct table by_name;
    const struct candidate *best[SUGGESTIONS_MAX];
    size_t best_count;
};

static void candidate_add(struct validation *validation, struct candidates *candidates, const struct type *type)
{
    struct candidate *found = table_find(&candidates->by_name, type->name);

    validation->suggest_work++;
    if (!found) {
        found = &candidates->items[candidates->count++];
        found->type = type;
        (void)table_add(&candidates->by_name, type->name, found);
    }
    found->count++;
}

/* The more common first, then interfaces before what implements them, then by name. */
static bool is_before(const struct candidate *left, const struct candidate *right)
{
    if (left->count != right->count)
        return left->count > right->count;
    if (left->type->kind == TYPE_INTERFACE && type_implements(right->type, left->type))
        return true;
    if (right->type->kind == TYPE_INTERFACE && type_implements(left->type, right->type))
        return false;
    return suggest_compare(left->type->name, right->type->name) < 0;
}

/* Its place among the best, if it has one. */
static void candidates_rank(struct candidates *candidates, const struct candidate *candidate)
{
    size_t at = candidates->best_count;

    for (; at && is_before(candidate, candidates->best[at - 1]); at--) {
        if (at < SUGGESTIONS_MAX)
            candidates->best[at] = candidates->best[at - 1];
    }
    if (at < SUGGESTIONS_MAX)
        candidates->best[at] = candidate;
    candidates->best_count += candidates->best_count < SUGGESTIONS_MAX;
}

static const char *suggest_best(struct validation *validation, struct candidates *candidates)
{
    const char *names[SUGGESTIONS_MAX];

    for (size_t i = 0; i < candidates->count; i++)
        candidates_rank(candidates, &candidates->items[i]);
    for (size_t i = 0; i < candidates->best_count; i++)
        names[i] = candidates->best[i]->type->name;
    return suggest_these(validation->arena, "to use an inline fragment on ", names, candidates->best_count);
}

/* Types below an abstract one that have the field. */
static const char *suggest_types(struct validation *validation, const struct type *parent, const char *name)
{
    struct candidates candidates = { .count = 0 };
    size_t room = 0;

    for (unsigned i = 0; i < parent->possible_count; i++)
        room += 1 + parent->possible[i]->interface_count;
    validation->suggest_work += room;
    if (!type_is_abstract(parent) || validation->suggest_work > SUGGEST_WORK_MAX)
        return "";
    candidates.items = TS_NEW_ARRAY(validation->arena, struct candidate, room);
    table_init(&candidates.by_name, validation->arena);
    for (unsigned i = 0; i < parent->possible_count; i++) {
        const struct type *type = parent->possible[i];

        if (!table_find(&type->field_table, name))
            continue;
        candidate_add(validation, &candidates, type);
        for (unsigned j = 0; j < type->interface_count; j++) {
            if (table_find(&type->interfaces[j]->field_table, name))
                candidate_add(validation, &candidates, type->interfaces[j]);
        }
    }
    return suggest_best(validation, &candidates);
}

static const char *suggestion(struct validation *validation, const struct type *parent, const char *name)
{
    const char **names, *types;

    if (!validation->schema->suggestions)
        return "";
    types = suggest_types(validation, parent, name);
    if (*types)
        return types;
    names = TS_NEW_ARRAY(validation->arena, const char *, parent->field_count);
    for (unsigned i = 0; i < parent->field_count; i++)
        names[i] = parent->fields[i].hidden ? "" : parent->fields[i].name;
    return validation_suggest(validation, "", name, names, parent->field_count);
}

static void enter(struct validation *validation, const struct node *node)
{
    const struct type *parent = validation->parent;

    if (parent && !validation->field)
        (void)validation_error(validation, node, "Cannot query field \"%s\" on type \"%s\".%s",
                               name_shown(validation, node->name), parent->name,
                               suggestion(validation, parent, node->name));
}

const struct validation_rule fields_on_correct_type = { "FieldsOnCorrectType", KIND(NODE_FIELD), enter, NULL };
