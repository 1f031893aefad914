/*
 * What @skip and @include leave of a plan, and in which order: decided once for an execution, by its variables. A field
 * stands where the first of its occurrences that is left stood, so the order may be another than the plan's.
 */
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

/* Insertion: nearly all are in order. */
static unsigned *order_of(struct execution *execution, const unsigned *places, unsigned count)
{
    unsigned *order = TS_NEW_ARRAY(execution->arena, unsigned, count);

    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;

        for (; at && places[order[at - 1]] > places[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return order;
}

static void decide_selection(struct execution *execution, const struct selection *selection)
{
    unsigned *places = selection->reorders ? TS_NEW_ARRAY(execution->arena, unsigned, selection->count) : NULL;
    struct decision decision = { execution, NULL };

    for (unsigned i = 0; i < selection->count; i++) {
        unsigned place = decide_field(&decision, &selection->fields[i]);

        if (places)
            places[i] = place;
    }
    for (const struct occurrence *fragment = selection->elsewhere; fragment; fragment = fragment->next)
        (void)holds(&decision, fragment->condition);
    if (places)
        execution->orders[selection->index] = order_of(execution, places, selection->count);
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
