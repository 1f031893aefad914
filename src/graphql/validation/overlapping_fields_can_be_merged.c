/*
 * Section 5.3.2: fields of one response name can be merged.
 *
 * Comparing all pairs is quadratic, and so is what most engines do. Both halves of the check are equivalences, so here
 * each field is compared with the first of its group only: all fields of one name must have one shape; all those that
 * may stand on one object must be one field with one set of arguments. Fragments may still multiply the sets; a budget
 * of steps bounds that. Which pairs are told to the client is the business of overlapping_fields_conflicts.c.
 */
#include <string.h>

#include "graphql/validation/overlapping_fields.h"
#include "graphql/validation/rules.h"

enum { ARGUMENTS_ANY_ORDER_MAX = 32 }; /* more are compared in the order given: sorting costs and nobody needs it */

/* One field of a merged set, and the field whose selection it stands in. */
struct entry {
    struct entry *next, *part_next;
    const struct entry *outer;
    const struct node *node;
    const struct type *parent; /* NULL: unknown */
    const struct field *field; /* NULL: unknown */
};

struct group {
    struct group *next;
    struct entry *first, **end;
};

/* Fields by response name, in order of appearance. */
struct set {
    struct table by_name;
    struct table spread;
    struct group *first, **end;
    unsigned depth; /* fragments in each other, while it is gathered */
};

static const char *response_name(const struct node *field)
{
    return field->text ? field->text : field->name;
}

static void set_init(struct validation *validation, struct set *set)
{
    *set = (struct set){ .first = NULL };
    set->end = &set->first;
    table_init(&set->by_name, validation->arena);
    table_init(&set->spread, validation->arena);
}

/* The same plain leaf once more says nothing new. */
static bool repeats(const struct entry *first, const struct node *node, const struct type *parent)
{
    return !node->children && !node->arguments && !first->node->children && !first->node->arguments &&
           first->parent == parent && strcmp(first->node->name, node->name) == 0;
}

static void set_add(struct validation *validation, struct set *set, const struct node *node, const struct type *parent,
                    const struct entry *outer)
{
    struct group *group = table_find(&set->by_name, response_name(node));
    struct entry *entry;

    if (group && repeats(group->first, node, parent))
        return;
    entry = TS_NEW(validation->arena, struct entry);
    if (!group) {
        group = TS_NEW(validation->arena, struct group);
        group->end = &group->first;
        *set->end = group;
        set->end = &group->next;
        (void)table_add(&set->by_name, response_name(node), group);
    }
    *entry = (struct entry){ NULL, NULL,   outer,
                             node, parent, parent ? schema_field(validation->schema, parent, node->name) : NULL };
    *group->end = entry;
    group->end = &entry->next;
}

static void set_gather(struct validation *validation, struct set *set, const struct node *selections,
                       const struct type *parent, const struct entry *outer);

static void set_spread(struct validation *validation, struct set *set, const struct node *node,
                       const struct entry *outer)
{
    const struct definition *fragment = table_find(&validation->fragments, node->name);

    if (!fragment || table_add(&set->spread, node->name, (void *)fragment))
        return;
    set_gather(validation, set, fragment->node->children, schema_type(validation->schema, fragment->node->text), outer);
}

static void set_gather(struct validation *validation, struct set *set, const struct node *selections,
                       const struct type *parent, const struct entry *outer)
{
    if (!selections || validation_too_deep(validation, set->depth, selections))
        return;
    set->depth++;
    for (const struct node *node = selections; node && validation_step(validation, node); node = node->next) {
        if (node->kind == NODE_FIELD)
            set_add(validation, set, node, parent, outer);
        else if (node->kind == NODE_FRAGMENT_SPREAD)
            set_spread(validation, set, node, outer);
        else
            set_gather(validation, set, node->children,
                       node->text ? schema_type(validation->schema, node->text) : parent, outer);
    }
    set->depth--;
}

/* Conflicts. */

static unsigned outer_count(const struct entry *left, const struct entry *right)
{
    unsigned count = 0;

    while (left->outer && right->outer && left->outer->node != right->outer->node) {
        left = left->outer;
        right = right->outer;
        count++;
    }
    return count;
}

/* From the outermost field on which both ways differ down to the conflict. */
static void locate_way(struct error_item *item, const struct entry *entry, unsigned count)
{
    if (count)
        locate_way(item, entry->outer, count - 1);
    error_locate(item, entry->node->offset);
}

static void conflict(struct validation *validation, const struct entry *left, const struct entry *right,
                     const char *reason)
{
    unsigned count = outer_count(left, right);
    const struct entry *at = left;
    struct error_item *item;

    for (unsigned i = 0; i < count; i++, at = at->outer)
        reason = ts_printf(validation->arena, "subfields \"%s\" conflict because %s",
                           name_shown(validation, response_name(at->node)), reason);
    item = validation_error(validation, at->node,
                            "Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch both if "
                            "this was intentional.",
                            name_shown(validation, response_name(at->node)), reason);
    item->offset_count = 0;
    locate_way(item, left, count);
    locate_way(item, right, count);
}

static bool nodes_equal(const struct node *left, const struct node *right);

bool members_equal(const struct node *left, const struct node *right)
{
    const struct node *in_order = right;
    unsigned left_count = 0, right_count = 0;

    for (const struct node *node = right; node; node = node->next)
        right_count++;
    for (const struct node *node = left; node; node = node->next, left_count++) {
        const struct node *other = in_order;

        if (!other)
            return false;
        if (strcmp(other->name, node->name) != 0 && right_count <= ARGUMENTS_ANY_ORDER_MAX) {
            for (other = right; other && strcmp(other->name, node->name) != 0; other = other->next)
                ;
        }
        if (!other || strcmp(other->name, node->name) != 0 || !nodes_equal(node->value, other->value))
            return false;
        in_order = in_order->next;
    }
    return left_count == right_count;
}

static bool items_equal(const struct node *left, const struct node *right)
{
    while (left && right && nodes_equal(left, right)) {
        left = left->next;
        right = right->next;
    }
    return !left && !right;
}

static bool nodes_equal(const struct node *left, const struct node *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case NODE_LIST:
        return items_equal(left->children, right->children);
    case NODE_OBJECT:
        return members_equal(left->children, right->children);
    case NODE_VARIABLE:
    case NODE_ENUM:
        return strcmp(left->name, right->name) == 0;
    case NODE_BOOLEAN:
        return left->flag == right->flag;
    case NODE_NULL:
        return true;
    default:
        return left->flag == right->flag && strcmp(left->text, right->text) == 0;
    }
}

static bool check_same_field(struct validation *validation, const struct entry *left, const struct entry *right)
{
    if (strcmp(left->node->name, right->node->name) != 0) {
        conflict(validation, left, right,
                 ts_printf(validation->arena, "\"%s\" and \"%s\" are different fields",
                           name_shown(validation, left->node->name), name_shown(validation, right->node->name)));
        return false;
    }
    if (left->node != right->node && !members_equal(left->node->arguments, right->node->arguments)) {
        conflict(validation, left, right, "they have differing arguments");
        return false;
    }
    return true;
}

bool shapes_equal(const struct type_ref *left, const struct type_ref *right)
{
    while (left->kind == right->kind && left->kind != REF_NAMED) {
        left = left->of;
        right = right->of;
    }
    if (left->kind != right->kind)
        return false;
    return left->type == right->type || (type_is_composite(left->type) && type_is_composite(right->type));
}

static bool check_same_shape(struct validation *validation, const struct entry *left, const struct entry *right)
{
    if (!left->field || !right->field || shapes_equal(left->field->type, right->field->type))
        return true;
    conflict(validation, left, right,
             ts_printf(validation->arena, "they return conflicting types \"%s\" and \"%s\"",
                       type_ref_print(validation->arena, left->field->type),
                       type_ref_print(validation->arena, right->field->type)));
    return false;
}

typedef void check_set(struct validation *validation, const struct set *set);

static const struct type *entry_type(const struct entry *entry)
{
    return entry->field ? entry->field->type->type : NULL;
}

/* The entries of a group that stand on one object type, or may stand on any. */
struct part {
    struct part *next;
    struct entry *first, **end;
};

static void gather_below(struct validation *validation, struct set *set, const struct entry *entry)
{
    set_gather(validation, set, entry->node->children, entry_type(entry), entry);
}

/* They are one field by now: leaves all, or none is. */
static void gather_part(struct validation *validation, struct set *set, const struct part *part)
{
    for (const struct entry *entry = part->first; entry && entry->node->children; entry = entry->part_next)
        gather_below(validation, set, entry);
}

/* What was gathered below `node`. */
static void check_gathered(struct validation *validation, const struct set *set, const struct node *node,
                           check_set *check)
{
    validation->depth++;
    if (set->first && !validation_too_deep(validation, validation->depth, node))
        check(validation, set);
    validation->depth--;
}

static void check_shapes(struct validation *validation, const struct set *set)
{
    for (const struct group *group = set->first; group && !validation->errors->full; group = group->next) {
        struct set *below = TS_NEW(validation->arena, struct set);
        const struct entry *entry = group->first->next;

        while (entry && check_same_shape(validation, group->first, entry))
            entry = entry->next;
        if (entry)
            continue;
        set_init(validation, below);
        for (entry = group->first; entry; entry = entry->next)
            gather_below(validation, below, entry);
        check_gathered(validation, below, group->first->node, check_shapes);
    }
}

/* A group by its objects: entries of one meet those that may stand on any, and no others. */
struct parts {
    struct part any;
    struct part *first, **end;
};

static void part_add(struct part *part, struct entry *entry)
{
    if (!part->end)
        part->end = &part->first;
    *part->end = entry;
    part->end = &entry->part_next;
    entry->part_next = NULL;
}

static void parts_init(struct validation *validation, struct parts *parts, const struct group *group)
{
    struct table by_object;

    *parts = (struct parts){ .first = NULL };
    parts->end = &parts->first;
    table_init(&by_object, validation->arena);
    for (struct entry *entry = group->first; entry; entry = entry->next) {
        struct part *part = &parts->any;

        if (group->first->next && entry->parent && entry->parent->kind == TYPE_OBJECT) { /* most are alone */
            part = table_find(&by_object, entry->parent->name);
            if (!part) {
                part = TS_NEW(validation->arena, struct part);
                (void)table_add(&by_object, entry->parent->name, part);
                *parts->end = part;
                parts->end = &part->next;
            }
        }
        part_add(part, entry);
    }
}

static bool check_part(struct validation *validation, const struct entry *first, const struct part *part)
{
    for (const struct entry *entry = part->first; entry; entry = entry->part_next) {
        if (entry != first && !check_same_field(validation, first, entry))
            return false;
    }
    return true;
}

static void check_fields(struct validation *validation, const struct set *set);

/* The merged selections of a part, with those that may stand on any object. */
static void check_part_below(struct validation *validation, const struct parts *parts, const struct part *part)
{
    struct set *below = TS_NEW(validation->arena, struct set);

    set_init(validation, below);
    gather_part(validation, below, &parts->any);
    if (part)
        gather_part(validation, below, part);
    check_gathered(validation, below, (parts->any.first ? &parts->any : part)->first->node, check_fields);
}

static void check_fields(struct validation *validation, const struct set *set)
{
    for (const struct group *group = set->first; group && !validation->errors->full; group = group->next) {
        struct parts parts;

        parts_init(validation, &parts, group);
        if (!check_part(validation, parts.any.first, &parts.any))
            continue;
        if (!parts.first && parts.any.first)
            check_part_below(validation, &parts, NULL);
        for (const struct part *part = parts.first; part && !validation->errors->full; part = part->next) {
            if (check_part(validation, parts.any.first ? parts.any.first : part->first, part))
                check_part_below(validation, &parts, part);
        }
    }
}

/* Operation by operation; errors go where validation->errors points. */
static void check_all(struct validation *validation)
{
    for (const struct definition *definition = validation->definitions; definition && !validation->errors->full;
         definition = definition->next) {
        const struct node *node = definition->node;
        unsigned before = validation->errors->count;
        struct set set;

        if (node->kind != NODE_OPERATION)
            continue;
        set_init(validation, &set);
        set_gather(validation, &set, node->children, validation->schema->roots[node->operation], NULL);
        check_fields(validation, &set);
        if (validation->errors->count == before)
            check_shapes(validation, &set);
    }
}

static void add_all(struct validation *validation, const struct error_list *found)
{
    for (const struct error_item *item = found->first; item; item = item->next) {
        struct error_item *copy = error_add(validation->errors, item->code, "%s", item->message);

        for (unsigned i = 0; i < item->offset_count; i++)
            error_locate(copy, item->offsets[i]);
    }
}

/* What is wrong already is only told more of, pair by pair. Else all is compared, and pairs are told when need be. */
static void finish(struct validation *validation)
{
    struct error_list *errors = validation->errors, found;

    if (errors->count) {
        (void)conflicts_report(validation);
        return;
    }
    error_list_init(&found, validation->arena, validation->schema->limits.errors);
    validation->errors = &found;
    check_all(validation);
    validation->errors = errors;
    if (found.count && (validation->steps >= validation->schema->limits.steps || !conflicts_report(validation)))
        add_all(validation, &found);
}

const struct validation_rule overlapping_fields_can_be_merged = { "OverlappingFieldsCanBeMerged", 0, NULL, finish };
