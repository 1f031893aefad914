/* Section 5.2.4.1: a subscription has one root field, which is no introspection, and no conditions on it. */
#include <string.h>

#include "graphql/language/locate.h"
#include "graphql/validation/rules.h"

/* The fields that the subscription's root selects, fragments spread out. */
struct root_fields {
    const struct type *root;
    struct table spread;
    const struct node **fields, **conditions; /* @skip and @include */
    size_t field_count, condition_count, room;
    unsigned depth; /* fragments in each other: the stack bounds it */
};

static bool applies(const struct validation *validation, const struct root_fields *found, const char *condition)
{
    const struct type *type = condition ? schema_type(validation->schema, condition) : found->root;

    return type && type_is_composite(type) && type_is_possible(type, found->root);
}

/* True for a selection that depends on a condition, which is noted. */
static bool note_condition(struct root_fields *found, const struct node *node)
{
    const struct node *directive = node_directive(node, "skip");

    directive = directive ? directive : node_directive(node, "include");
    if (directive && found->condition_count < found->room)
        found->conditions[found->condition_count++] = directive;
    return directive != NULL;
}

static void gather(struct validation *validation, struct root_fields *found, const struct node *selections)
{
    if (!selections || validation_too_deep(validation, found->depth, selections))
        return;
    found->depth++;
    for (const struct node *node = selections; node && found->field_count < found->room; node = node->next) {
        const struct definition *fragment;

        if (note_condition(found, node))
            continue;
        if (node->kind == NODE_FIELD) {
            found->fields[found->field_count++] = node;
        } else if (node->kind == NODE_INLINE_FRAGMENT) {
            if (applies(validation, found, node->text))
                gather(validation, found, node->children);
        } else {
            fragment = table_find(&validation->fragments, node->name);
            if (fragment && applies(validation, found, fragment->node->text) &&
                !table_add(&found->spread, node->name, (void *)fragment))
                gather(validation, found, fragment->node->children);
        }
    }
    found->depth--;
}

static const char *name_of(struct validation *validation, const struct node *operation)
{
    return operation->name
               ? ts_printf(validation->arena, "Subscription \"%s\"", text_shown(validation->arena, operation->name))
               : "Anonymous Subscription";
}

static const char *response_name(const struct node *field)
{
    return field->text ? field->text : field->name;
}

static void locate_all(struct error_item *item, const struct node *const *nodes, size_t count)
{
    item->offset_count = 0;
    for (size_t i = 0; i < count; i++)
        error_locate(item, nodes[i]->offset);
}

/* All fields but those that answer as the first one does. */
static void check_single(struct validation *validation, const struct node *operation, const struct root_fields *found)
{
    struct error_item *item = NULL;

    for (size_t i = 1; i < found->field_count; i++) {
        if (strcmp(response_name(found->fields[i]), response_name(found->fields[0])) == 0)
            continue;
        if (!item) {
            item = validation_error(validation, operation, "%s must select only one top level field.",
                                    name_of(validation, operation));
            item->offset_count = 0;
        }
        error_locate(item, found->fields[i]->offset);
    }
    if (!found->field_count) {
        item = validation_error(validation, operation, "%s must select one top level field.",
                                name_of(validation, operation));
        item->offset_count = 0;
        error_locate(item, locate_selections(validation->arena, validation->document, operation));
    }
}

static void check_introspection(struct validation *validation, const struct node *operation,
                                const struct root_fields *found)
{
    for (size_t i = 0; i < found->field_count; i++) {
        if (strncmp(found->fields[i]->name, "__", 2) == 0)
            (void)validation_error(validation, found->fields[i], "%s must not select an introspection top level field.",
                                   name_of(validation, operation));
    }
}

static void check_operation(struct validation *validation, const struct node *operation)
{
    struct root_fields found = { .root = validation->schema->roots[OPERATION_SUBSCRIPTION] };

    found.room = validation->document->field_count + 1;
    found.fields = TS_NEW_ARRAY(validation->arena, const struct node *, found.room);
    found.conditions = TS_NEW_ARRAY(validation->arena, const struct node *, found.room);
    table_init(&found.spread, validation->arena);
    gather(validation, &found, operation->children);
    if (found.condition_count) {
        locate_all(validation_error(validation, operation,
                                    "%s must not use `@skip` or `@include` directives in the top level selection.",
                                    name_of(validation, operation)),
                   found.conditions, found.condition_count);
        return;
    }
    check_single(validation, operation, &found);
    check_introspection(validation, operation, &found);
}

static void enter(struct validation *validation, const struct node *node)
{
    if (node->operation == OPERATION_SUBSCRIPTION && validation->schema->roots[OPERATION_SUBSCRIPTION])
        check_operation(validation, node);
}

const struct validation_rule single_field_subscriptions = { "SingleFieldSubscriptions", KIND(NODE_OPERATION), enter,
                                                            NULL };
