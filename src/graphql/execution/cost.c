/*
 * What an operation costs, counted before anything is called: the weight of each rpc and join (@cost), times the things
 * that it is asked for. Plans are counted once, at worst: variables at their largest, whatever may be left out there.
 * Only what is too much at worst and depends on variables is counted again for each request.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "graphql/execution/execution.h"
#include "tessera/limits.h"

enum { LIST_SIZE = 10 }; /* of a list that says nothing: dates, ticket types, positions are few */

#define COST_MAX (UINT64_C(1) << 40) /* as good as endless; products of it still fit */

struct counting {
    const struct execution *execution; /* NULL: at worst, for a plan */
    bool varies;
};

static uint64_t cap(uint64_t cost)
{
    return cost < COST_MAX ? cost : COST_MAX;
}

static const struct node *argument(struct counting *counting, const struct plan_field *field, unsigned index)
{
    const struct node *value = field->arguments[index];

    if (counting->execution)
        return execution_argument(counting->execution, field, index);
    counting->varies |= value && value->kind == NODE_VARIABLE;
    return value ? value : field->field->arguments[index].default_value;
}

/* What `first`, `last` or `ids` says; modules refuse more than a page. */
static uint64_t argument_size(const struct node *value)
{
    uint64_t size = 0;

    for (const struct node *item = value->children; value->kind == NODE_LIST && item; item = item->next)
        size++;
    if (value->kind == NODE_INT)
        size = value->text[0] == '-' ? 1 : strtoull(value->text, NULL, 10);
    else if (value->kind != NODE_LIST)
        size = TS_PAGE_SIZE_MAX; /* a variable, at worst */
    return size < TS_PAGE_SIZE_MAX ? size : TS_PAGE_SIZE_MAX;
}

static bool is_size(const char *name)
{
    return strcmp(name, "first") == 0 || strcmp(name, "last") == 0 || strcmp(name, "ids") == 0;
}

static bool is_list(const struct type_ref *type)
{
    return type_ref_nullable(type)->kind == REF_LIST;
}

/* How many things the field's selection is for. */
static uint64_t field_size(struct counting *counting, const struct plan_field *field, const struct rule *rule)
{
    uint64_t size = 0;
    bool is_paged = false;

    for (unsigned i = 0; i < field->field->argument_count; i++) {
        const struct node *value;

        if (!is_size(field->field->arguments[i].name))
            continue;
        is_paged = true;
        value = argument(counting, field, i);
        if (value && value->kind != NODE_NULL && argument_size(value) > size)
            size = argument_size(value);
    }
    if (size)
        return size;
    if (rule->list_size)
        return rule->list_size;
    if (is_paged)
        return TS_PAGE_SIZE_DEFAULT;
    return rule->kind != RULE_PLAIN && is_list(field->field->type) ? LIST_SIZE
                                                                   : 1; /* plain ones come with their page */
}

static uint64_t selection_cost(struct counting *counting, const struct selection *selection);

/* Of the type that costs most. */
static uint64_t children_cost(struct counting *counting, const struct plan_field *field)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < field->field->type->type->possible_count; i++) {
        uint64_t cost = selection_cost(counting, field->selections[i]);

        most = cost > most ? cost : most;
    }
    return most;
}

static uint64_t field_cost(struct counting *counting, const struct plan_field *field)
{
    const struct rule *rule = field->field->rule;
    uint64_t below;

    if (!rule)
        return 0; /* introspection, or a schema without rules */
    below = field->selections ? children_cost(counting, field) : 0;
    return cap(rule->weight + (below ? field_size(counting, field, rule) * below : 0));
}

static uint64_t selection_cost(struct counting *counting, const struct selection *selection)
{
    uint64_t cost = 0;

    for (unsigned i = 0; i < selection->count; i++) {
        const struct plan_field *field = &selection->fields[i];

        if (counting->execution && !execution_includes(counting->execution, field))
            continue;
        counting->varies |= field->conditional;
        cost = cap(cost + field_cost(counting, field));
    }
    return cost;
}

static void refuse(const struct gql_schema *schema, const struct plan *plan, uint64_t cost, struct error_list *errors)
{
    error_locate(
        error_add(errors, ERROR_COST,
                  "The operation costs %llu, at most %u are accepted: ask for fewer things at once, or for less "
                  "of each in a list.",
                  (unsigned long long)cost, schema->limits.cost),
        plan->operation->offset);
}

bool cost_plan(const struct gql_schema *schema, struct plan *plan, struct error_list *errors)
{
    struct counting counting = { 0 };
    uint64_t cost;

    if (!schema->limits.cost)
        return true;
    cost = selection_cost(&counting, plan->root);
    if (cost <= schema->limits.cost)
        return true;
    plan->cost_varies = counting.varies;
    if (!counting.varies)
        refuse(schema, plan, cost, errors);
    return counting.varies;
}

bool cost_check(const struct execution *execution, struct error_list *errors)
{
    struct counting counting = { .execution = execution };
    uint64_t cost = selection_cost(&counting, execution->plan->root);

    assert(execution->plan->cost_varies);
    if (cost <= execution->schema->limits.cost)
        return true;
    refuse(execution->schema, execution->plan, cost, errors);
    return false;
}
