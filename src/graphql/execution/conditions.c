/*
 * What @skip and @include leave of a plan, and in which order: decided once for an execution, by its variables. A field
 * stands where the first of its occurrences that is left stood, so the order may be another than the plan's.
 */
#include <stdlib.h>

#include "graphql/execution/execution.h"

struct decision {
    struct execution *execution;
    const struct node *null; /* the first condition that is null, in the selection being decided */
};

/* The outermost decides first: below what is left out nothing is asked. */
static bool holds(struct decision *decision, const struct condition *condition)
{
    const struct node *value;

    if (!condition)
        return true;
    if (!holds(decision, condition->outer))
        return false;
    value = execution_value(decision->execution, condition->variable);
    if (value && value->kind == NODE_BOOLEAN)
        return value->flag == condition->expected;
    if (!decision->null)
        decision->null = condition->variable;
    return false;
}

bool condition_holds(struct execution *execution, const struct condition *condition)
{
    struct decision decision = { execution, NULL };

    return holds(&decision, condition);
}

static void decide_selection(struct execution *execution, const struct selection *selection);

/* Return: the place of its first occurrence that is left. */
static unsigned decide_field(struct decision *decision, const struct plan_field *field)
{
    const struct type *type = field->field->type->type;
    unsigned place = 0;

    for (const struct occurrence *occurrence = field->occurrences; occurrence; occurrence = occurrence->next) {
        if (!holds(decision, occurrence->condition) || place)
            continue;
        decision->execution->included[field->index] = true;
        place = occurrence->place;
    }
    for (unsigned i = 0; place && field->selections && i < type->possible_count; i++)
        decide_selection(decision->execution, field->selections[i]);
    return place;
}

/* Where a field stands, and which of the plan's it is. */
struct placed {
    unsigned place, index;
};

static int placed_compare(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;

    return a->place != b->place ? (a->place > b->place) - (a->place < b->place)
                                : (a->index > b->index) - (a->index < b->index);
}

static unsigned *order_of(struct execution *execution, struct placed *fields, unsigned count)
{
    unsigned *order = TS_NEW_ARRAY(execution->arena, unsigned, count);

    qsort(fields, count, sizeof(*fields), placed_compare);
    for (unsigned i = 0; i < count; i++)
        order[i] = fields[i].index;
    return order;
}

static void decide_selection(struct execution *execution, const struct selection *selection)
{
    struct placed *fields =
        selection->reorders ? TS_NEW_ARRAY(execution->arena, struct placed, selection->count) : NULL;
    struct decision decision = { execution, NULL };

    for (unsigned i = 0; i < selection->count; i++) {
        unsigned place = decide_field(&decision, &selection->fields[i]);

        if (fields)
            fields[i] = (struct placed){ place, i };
    }
    for (const struct occurrence *fragment = selection->elsewhere; fragment; fragment = fragment->next)
        (void)holds(&decision, fragment->condition);
    if (fields)
        execution->orders[selection->index] = order_of(execution, fields, selection->count);
    execution->nulls[selection->index] = decision.null;
}

void execution_decide(struct execution *execution)
{
    const struct plan *plan = execution->plan;

    if (!plan->conditional)
        return;
    execution->included = TS_NEW_ARRAY(execution->arena, bool, plan->field_count);
    execution->orders = TS_NEW_ARRAY(execution->arena, const unsigned *, plan->selection_count);
    execution->nulls = TS_NEW_ARRAY(execution->arena, const struct node *, plan->selection_count);
    decide_selection(execution, plan->root);
}
