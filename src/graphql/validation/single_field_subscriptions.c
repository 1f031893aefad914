/* Section 5.2.4.1: a subscription has one root field, which is no introspection, and no conditions on it. */
#include <string.h>

#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

struct root_field {
    struct root_field *next;
    const struct node *node;
};

/* The fields of one response name. */
struct group {
    struct group *next;
    struct root_field *first, **end;
};

/* What the subscription's root selects, fragments spread out. */
struct root {
    const struct node *operation;
    const struct type *type;
    struct table by_name, spread;
    struct group *first, **end;
    struct error_item *conditioned; /* the error that names @skip and @include; NULL: there is none */
    unsigned depth;                 /* fragments in each other */
};

static const char *name_of(struct validation *validation, const struct node *operation)
{
    return operation->name
               ? ts_printf(validation->arena, "Subscription \"%s\"", name_shown(validation, operation->name))
               : "Anonymous Subscription";
}

/* An error without a place yet. */
static struct error_item *report(struct validation *validation, const struct root *root, const char *problem)
{
    struct error_item *item =
        validation_error(validation, root->operation, "%s must %s", name_of(validation, root->operation), problem);

    item->offset_count = 0;
    return item;
}

static void locate_group(struct error_item *item, const struct group *group)
{
    for (const struct root_field *field = group->first; field; field = field->next)
        error_locate(item, field->node->offset);
}

/* Gathering. */

static bool applies(const struct validation *validation, const struct root *root, const char *condition)
{
    const struct type *type = condition ? schema_type(validation->schema, condition) : root->type;

    return type && type_is_composite(type) && type_is_possible(type, root->type);
}

/* True for a selection that depends on a condition, which is told. */
static bool is_conditioned(struct validation *validation, struct root *root, const struct node *node)
{
    const struct node *directive = node_directive(node, "skip");

    directive = directive ? directive : node_directive(node, "include");
    if (!directive)
        return false;
    if (!root->conditioned)
        root->conditioned =
            report(validation, root, "not use `@skip` or `@include` directives in the top level selection.");
    error_locate(root->conditioned, directive->offset);
    return true;
}

static void add_field(struct validation *validation, struct root *root, const struct node *node)
{
    const char *name = node->text ? node->text : node->name;
    struct root_field *field = TS_NEW(validation->arena, struct root_field);
    struct group *group = table_find(&root->by_name, name);

    if (!group) {
        group = TS_NEW(validation->arena, struct group);
        group->end = &group->first;
        *root->end = group;
        root->end = &group->next;
        (void)table_add(&root->by_name, name, group);
    }
    field->node = node;
    *group->end = field;
    group->end = &field->next;
}

static void gather(struct validation *validation, struct root *root, const struct node *selections)
{
    if (!selections || validation_too_deep(validation, root->depth, selections))
        return;
    root->depth++;
    for (const struct node *node = selections; node && validation_step(validation, node); node = node->next) {
        const struct definition *fragment;

        if (is_conditioned(validation, root, node))
            continue;
        if (node->kind == NODE_FIELD) {
            add_field(validation, root, node);
        } else if (node->kind == NODE_INLINE_FRAGMENT) {
            if (applies(validation, root, node->text))
                gather(validation, root, node->children);
        } else {
            fragment = table_find(&validation->fragments, node->name);
            if (fragment && applies(validation, root, fragment->node->text) &&
                !table_add(&root->spread, node->name, (void *)fragment))
                gather(validation, root, fragment->node->children);
        }
    }
    root->depth--;
}

/* All groups but the first are too many. */
static void check_single(struct validation *validation, const struct root *root)
{
    struct error_item *item;

    if (!root->first) {
        item = report(validation, root, "select one top level field.");
        error_locate(item, locate_selections(validation->arena, validation->document, root->operation));
    } else if (root->first->next) {
        item = report(validation, root, "select only one top level field.");
        for (const struct group *group = root->first->next; group; group = group->next)
            locate_group(item, group);
    }
}

static void check_introspection(struct validation *validation, const struct root *root)
{
    for (const struct group *group = root->first; group; group = group->next) {
        if (strncmp(group->first->node->name, "__", 2) == 0)
            locate_group(report(validation, root, "not select an introspection top level field."), group);
    }
}

static void enter(struct validation *validation, const struct node *node)
{
    struct root root = { .operation = node, .type = validation->schema->roots[OPERATION_SUBSCRIPTION] };

    if (node->operation != OPERATION_SUBSCRIPTION || !root.type)
        return;
    root.end = &root.first;
    table_init(&root.by_name, validation->arena);
    table_init(&root.spread, validation->arena);
    gather(validation, &root, node->children);
    if (root.conditioned || validation->steps >= validation->schema->limits.steps)
        return; /* what was gathered is not all */
    check_single(validation, &root);
    check_introspection(validation, &root);
}

const struct validation_rule single_field_subscriptions = { "SingleFieldSubscriptions", KIND(NODE_OPERATION), enter,
                                                            NULL };
