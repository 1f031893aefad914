/*
 * The walk. It keeps what rules ask for (parent type, field, expected input) in struct validation, saves it on the way
 * in and restores it on the way out; nesting is bounded by the parser, so it recurses.
 */
#include "graphql/validation/validate.h"

#include <string.h>

struct error_item *validation_error(struct validation *validation, const struct node *node, const char *format, ...)
{
    struct error_item *item;
    va_list args;

    va_start(args, format);
    item = error_vadd(validation->errors, ERROR_VALIDATION, format, args);
    va_end(args);
    error_locate(item, node->offset);
    return item;
}

const struct type_ref *validation_type(const struct validation *validation, const struct node *node)
{
    const struct type_ref *type = schema_type_ref(validation->schema, validation->arena, node);

    return type && !type->type->hidden ? type : NULL;
}

const char *validation_suggest(struct validation *validation, const char *what, const char *name,
                               const char *const *names, size_t count)
{
    if (!validation->schema->suggestions)
        return "";
    return suggest_names(validation->arena, what, name, names, count, &validation->suggest_work);
}

static void enter(struct validation *validation, const struct node *node)
{
    for (const struct validation_rule *const *rule = specified_rules; *rule; rule++) {
        if ((*rule)->kinds & KIND(node->kind))
            (*rule)->enter(validation, node);
    }
}

/* Values. */

static void walk_value(struct validation *validation, const struct node *value, const struct type_ref *type,
                       bool has_default);

static void walk_object(struct validation *validation, const struct node *value, const struct type_ref *type)
{
    const struct type *object = type && type->type->kind == TYPE_INPUT ? type->type : NULL;

    for (const struct node *member = value->children; member && !validation->errors->full; member = member->next) {
        const struct input_value *input = object ? type_input(object, member->name) : NULL;

        validation->input_object = object;
        validation->input_object_nullable = type && type->kind == REF_NAMED;
        enter(validation, member);
        walk_value(validation, member->value, input ? input->type : NULL, input && input->default_value);
    }
}

static void note_usage(struct validation *validation, const struct node *value, const struct type_ref *type,
                       bool has_default)
{
    struct variable_usage *usage = TS_NEW(validation->arena, struct variable_usage);
    const struct type *object = validation->input_object;
    bool one_of = object && object->one_of && validation->input_object_nullable;

    *usage = (struct variable_usage){ NULL, value, type, has_default, one_of ? object : NULL };
    *validation->definition->usages_end = usage;
    validation->definition->usages_end = &usage->next;
    validation->definition->usage_count++;
}

/* A list where none is wanted is wrong as a whole; variables in it are still asked for their types. */
static void walk_list(struct validation *validation, const struct node *value, const struct type_ref *type)
{
    bool judged = validation->judged;

    validation->judged |= type && type->kind != REF_LIST;
    for (const struct node *item = value->children; item && !validation->errors->full; item = item->next) {
        validation->input_object = NULL;
        walk_value(validation, item, type && type->kind == REF_LIST ? type->of : type, false);
    }
    validation->judged = judged;
}

static void walk_value(struct validation *validation, const struct node *value, const struct type_ref *type,
                       bool has_default)
{
    const struct type_ref *nullable = type ? type_ref_nullable(type) : NULL;

    if (value->kind == NODE_VARIABLE) {
        note_usage(validation, value, type, has_default);
        return;
    }
    validation->input_object = NULL;
    validation->input = type;
    enter(validation, value);
    if (value->kind == NODE_OBJECT) {
        walk_object(validation, value, type);
        return;
    }
    if (value->kind != NODE_LIST)
        return;
    walk_list(validation, value, nullable);
}

/* Of a field or a directive; the other is NULL, and so is one that is not known. */
static void walk_arguments(struct validation *validation, const struct node *holder, const struct field *field,
                           const struct directive *directive)
{
    for (const struct node *node = holder->arguments; node && !validation->errors->full; node = node->next) {
        const struct input_value *found = field       ? field_argument(field, node->name)
                                          : directive ? directive_argument(directive, node->name)
                                                      : NULL;

        validation->argument = found;
        validation->holder = holder;
        enter(validation, node);
        validation->input_object = NULL;
        walk_value(validation, node->value, found ? found->type : NULL, found && found->default_value);
    }
    validation->argument = NULL;
}

static void walk_directives(struct validation *validation, const struct node *owner, enum directive_location location)
{
    for (const struct node *node = owner->directives; node && !validation->errors->full; node = node->next) {
        struct directive *directive = schema_directive(validation->schema, node->name);

        validation->directive = directive && !directive->hidden ? directive : NULL;
        validation->location = location;
        validation->in_directive = true;
        enter(validation, node);
        walk_arguments(validation, node, NULL, validation->directive);
    }
    validation->directive = NULL;
    validation->in_directive = false;
}

/* Selections. */

static void walk_selections(struct validation *validation, const struct type *parent, const struct node *selections);

static void walk_field(struct validation *validation, const struct type *parent, const struct node *node)
{
    const struct field *field = parent ? schema_field(validation->schema, parent, node->name) : NULL;

    validation->parent = parent;
    validation->field = field;
    enter(validation, node);
    walk_directives(validation, node, LOCATION_FIELD);
    walk_arguments(validation, node, field, NULL);
    walk_selections(validation, field && type_is_composite(field->type->type) ? field->type->type : NULL,
                    node->children);
}

static void walk_spread(struct validation *validation, const struct type *parent, const struct node *node)
{
    struct fragment_spread *spread = TS_NEW(validation->arena, struct fragment_spread);

    spread->node = node;
    *validation->definition->spreads_end = spread;
    validation->definition->spreads_end = &spread->next;
    validation->definition->spread_count++;
    validation->parent = parent;
    enter(validation, node);
    walk_directives(validation, node, LOCATION_FRAGMENT_SPREAD);
}

/* What a type condition names, where it may be one. */
static const struct type *condition_type(const struct validation *validation, const char *name)
{
    const struct type *type = schema_type(validation->schema, name);

    return type && !type->hidden && type_is_composite(type) ? type : NULL;
}

static void walk_inline_fragment(struct validation *validation, const struct type *parent, const struct node *node)
{
    validation->parent = parent;
    enter(validation, node);
    if (node->type)
        enter(validation, node->type);
    walk_directives(validation, node, LOCATION_INLINE_FRAGMENT);
    walk_selections(validation, node->text ? condition_type(validation, node->text) : parent, node->children);
}

static void walk_selections(struct validation *validation, const struct type *parent, const struct node *selections)
{
    for (const struct node *node = selections; node && !validation->errors->full; node = node->next) {
        if (node->kind == NODE_FIELD)
            walk_field(validation, parent, node);
        else if (node->kind == NODE_FRAGMENT_SPREAD)
            walk_spread(validation, parent, node);
        else
            walk_inline_fragment(validation, parent, node);
    }
}

static void walk_type(struct validation *validation, const struct node *type)
{
    while (type->type)
        type = type->type;
    enter(validation, type);
}

static void walk_variables(struct validation *validation, const struct node *operation)
{
    for (const struct node *node = operation->arguments; node && !validation->errors->full; node = node->next) {
        enter(validation, node);
        walk_type(validation, node->type);
        if (node->value) {
            const struct type_ref *type = validation_type(validation, node->type);

            validation->input_object = NULL;
            walk_value(validation, node->value, type && type_is_input(type->type) ? type : NULL, false);
        }
        walk_directives(validation, node, LOCATION_VARIABLE_DEFINITION);
    }
}

static void walk_definition(struct validation *validation, struct definition *definition)
{
    const struct node *node = definition->node;

    validation->definition = definition;
    enter(validation, node);
    if (node->kind == NODE_FRAGMENT) {
        enter(validation, node->type);
        walk_directives(validation, node, LOCATION_FRAGMENT_DEFINITION);
        walk_selections(validation, condition_type(validation, node->text), node->children);
        return;
    }
    walk_variables(validation, node);
    walk_directives(validation, node, (enum directive_location)(LOCATION_QUERY + node->operation));
    walk_selections(validation, validation->schema->roots[node->operation], node->children);
}

static void gather_definitions(struct validation *validation)
{
    struct definition **end = &validation->definitions;

    table_init(&validation->fragments, validation->arena);
    for (const struct node *node = validation->document->definitions; node; node = node->next) {
        struct definition *definition;

        if (node->kind != NODE_OPERATION && node->kind != NODE_FRAGMENT)
            continue; /* executable_definitions says so */
        definition = TS_NEW(validation->arena, struct definition);
        definition->node = node;
        definition->usages_end = &definition->usages;
        definition->spreads_end = &definition->spreads;
        *end = definition;
        end = &definition->next;
        validation->operation_count += node->kind == NODE_OPERATION;
        if (node->kind == NODE_FRAGMENT)
            table_set(&validation->fragments, node->name, definition); /* a double is unique_fragment_names' */
    }
}

bool validation_step(struct validation *validation, const struct node *node)
{
    if (++validation->steps < validation->schema->limits.steps)
        return true;
    if (validation->steps == validation->schema->limits.steps)
        validation_error(validation, node, "The document is too complex to validate.")->code = ERROR_COMPLEXITY;
    return false;
}

bool validation_too_deep(struct validation *validation, unsigned depth, const struct node *node)
{
    const struct gql_limits *limits = &validation->schema->limits;

    if (depth <= limits->depth)
        return false;
    if (validation->steps < limits->steps)
        validation_error(validation, node, "The query is nested deeper than %u levels.", limits->depth)->code =
            ERROR_DEPTH;
    validation->steps = limits->steps;
    return true;
}

/* Count what is seen in a definition that an operation reaches. Return: false and an error when that was too much. */
static bool reach_counts(struct validation *validation, const struct definition *definition)
{
    unsigned most = validation->schema->limits.reach + VALIDATION_REACH_EACH * validation->document->token_count;

    validation->reach += definition->spread_count + VALIDATION_REACH_EACH * definition->usage_count;
    if (validation->reach <= most)
        return true;
    if (validation->steps < validation->schema->limits.steps)
        validation_error(validation, definition->node, "The document is too complex to validate.")->code =
            ERROR_COMPLEXITY;
    validation->steps = validation->schema->limits.steps; /* nothing more is followed */
    return false;
}

void validation_reach(struct validation *validation, struct definition *from,
                      void (*visit)(struct validation *validation, struct definition *reached, void *data), void *data)
{
    struct definition **stack = validation->reach_stack;
    size_t depth = 0;

    if (!stack) /* one for all: operations times fragments are many */
        stack = TS_NEW_ARRAY(validation->arena, struct definition *, validation->fragments.count + 1);
    validation->reach_stack = stack;
    from->mark = ++validation->mark;
    stack[depth++] = from;
    while (depth && !validation->errors->full) {
        struct definition *definition = stack[--depth];

        if (!reach_counts(validation, definition))
            return;
        visit(validation, definition, data);
        for (const struct fragment_spread *spread = definition->spreads; spread; spread = spread->next) {
            struct definition *next = table_find(&validation->fragments, spread->node->name);

            if (!next || next->mark == validation->mark)
                continue;
            next->mark = validation->mark;
            stack[depth++] = next;
        }
    }
}

bool validate_document(const struct gql_schema *schema, struct ts_arena *arena, const struct document *document,
                       struct error_list *errors)
{
    struct validation validation = { .schema = schema, .arena = arena, .document = document, .errors = errors };
    unsigned before = errors->count;

    gather_definitions(&validation);
    if (!validate_limits(&validation))
        return false;
    for (struct definition *definition = validation.definitions; definition && !errors->full;
         definition = definition->next)
        walk_definition(&validation, definition);
    for (const struct validation_rule *const *rule = specified_rules; *rule && !errors->full; rule++) {
        if ((*rule)->finish)
            (*rule)->finish(&validation);
    }
    return errors->count == before;
}
