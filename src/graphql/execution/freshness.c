/*
 * For how long an answer may be kept, from the rules of everything that its query selects, whatever @skip and @include
 * may leave out. Most queries select something that may not be kept at all, and the walk ends there.
 */
#include "graphql/execution/plan.h"

static void add_selection(struct freshness *all, const struct selection *selection);

static void add_field(struct freshness *all, const struct plan_field *field)
{
    const struct type *type = field->field->type->type;
    const struct rule *rule = field->field->rule;

    if (!rule)
        return; /* introspection: it adds nothing */
    all->is_private |= rule->freshness.is_private;
    if (rule->freshness.max_age_s != FRESHNESS_INHERITED &&
        (all->max_age_s == FRESHNESS_INHERITED || rule->freshness.max_age_s < all->max_age_s))
        all->max_age_s = rule->freshness.max_age_s;
    for (unsigned i = 0; field->selections && i < type->possible_count; i++)
        add_selection(all, field->selections[i]);
}

static void add_selection(struct freshness *all, const struct selection *selection)
{
    for (unsigned i = 0; i < selection->count && all->max_age_s != 0; i++)
        add_field(all, &selection->fields[i]);
}

struct freshness freshness_of(const struct selection *root)
{
    struct freshness all = { .max_age_s = FRESHNESS_INHERITED };

    add_selection(&all, root);
    if (all.max_age_s == FRESHNESS_INHERITED)
        all.max_age_s = 0; /* nothing but introspection */
    return all;
}
