/*
 * Input objects: defaults that fit their types, and two kinds of circles (section 3.10.1): objects that no finite value
 * fits, and defaults that lead back to themselves. Both searches keep a stack of their own, for types may be many.
 */
#include <string.h>

#include "graphql/execution/values.h"
#include "graphql/language/printer.h"
#include "graphql/type/check.h"

#define problem(schema, place, ...) schema_problem((schema), (place), __VA_ARGS__)

/* Values. */

/* Where in a value: ".filter.words[2]" is " at .filter.words[2]" in a message. */
static const char *wrong(struct gql_schema *schema, const char *path, const char *what)
{
    return ts_printf(&schema->arena, "%s%s: %s", *path ? " at " : "", path, what);
}

static const char *value_problem_at(struct gql_schema *schema, const struct type_ref *type, const struct node *value,
                                    const char *path);

static const struct node *member_of(const struct node *object, const char *name)
{
    const struct node *member = object->children;

    while (member && strcmp(member->name, name) != 0)
        member = member->next;
    return member;
}

static const char *one_of_problem(struct gql_schema *schema, const struct type *type, const struct node *value,
                                  const char *path)
{
    if (!value->children || value->children->next || value->children->value->kind == NODE_NULL)
        return wrong(schema, path,
                     ts_printf(&schema->arena,
                               "Within OneOf Input Object type \"%s\", exactly one field must be specified, and the "
                               "value for that field must be non-null.",
                               type->name));
    return NULL;
}

static const char *object_problem(struct gql_schema *schema, const struct type *type, const struct node *value,
                                  const char *path)
{
    const char *found = NULL;

    if (value->kind != NODE_OBJECT)
        return wrong(schema, path,
                     ts_printf(&schema->arena, "Expected value of type \"%s\" to be an object, found: %s.", type->name,
                               value_text(&schema->arena, value)));
    for (unsigned i = 0; i < type->input_count && !found; i++) {
        const struct input_value *input = &type->inputs[i];
        const struct node *member = member_of(value, input->name);

        if (member)
            found = value_problem_at(schema, input->type, member->value,
                                     ts_printf(&schema->arena, "%s.%s", path, input->name));
        else if (input_is_required(input))
            found = wrong(schema, path,
                          ts_printf(&schema->arena,
                                    "Expected value of type \"%s\" to include required field \"%s\", found: %s.",
                                    type->name, input->name, value_text(&schema->arena, value)));
    }
    for (const struct node *member = value->children; member && !found; member = member->next) {
        if (!type_input(type, member->name))
            found = wrong(schema, path,
                          ts_printf(&schema->arena,
                                    "Expected value of type \"%s\" not to include unknown field \"%s\", found: %s.",
                                    type->name, member->name, value_text(&schema->arena, value)));
    }
    return found || !type->one_of ? found : one_of_problem(schema, type, value, path);
}

static const char *list_problem(struct gql_schema *schema, const struct type_ref *type, const struct node *value,
                                const char *path)
{
    const char *found = NULL;
    unsigned index = 0;

    if (value->kind != NODE_LIST)
        return value_problem_at(schema, type->of, value, path);
    for (const struct node *item = value->children; item && !found; item = item->next)
        found = value_problem_at(schema, type->of, item, ts_printf(&schema->arena, "%s[%u]", path, index++));
    return found;
}

/* Nesting is bounded by the parser. */
static const char *value_problem_at(struct gql_schema *schema, const struct type_ref *type, const struct node *value,
                                    const char *path)
{
    const struct type_ref *nullable = type_ref_nullable(type);
    const char *leaf;

    if (value->kind == NODE_NULL)
        return nullable == type
                   ? NULL
                   : wrong(schema, path,
                           ts_printf(&schema->arena, "Expected value of non-null type \"%s\" not to be null.",
                                     type_ref_print(&schema->arena, type)));
    if (nullable->kind == REF_LIST)
        return list_problem(schema, nullable, value, path);
    if (nullable->type->kind == TYPE_INPUT)
        return object_problem(schema, nullable->type, value, path);
    leaf = leaf_problem(&schema->arena, nullable->type, value, /* json= */ NULL);
    return leaf ? wrong(schema, path, leaf) : NULL;
}

const char *value_problem(struct gql_schema *schema, const struct type_ref *type, const struct node *value)
{
    return value_problem_at(schema, type, value, "");
}

void check_default(struct gql_schema *schema, const struct input_value *input, const char *owner)
{
    const char *found = input->default_value ? value_problem(schema, input->type, input->default_value) : NULL;

    if (found)
        problem(schema, input->place, "%s has invalid default value%s", owner, found);
}

/* Objects without a finite value. */

/* An input object on the way: which of its fields is being followed. */
struct step {
    const struct type *type;
    unsigned next; /* field to follow */
};

struct circles {
    struct gql_schema *schema;
    bool *finite;         /* by type index: some value fits */
    unsigned char *state; /* by type index: UNSEEN, OPEN or DONE */
    struct step *stack;
    size_t depth;
};

enum { UNSEEN, OPEN, DONE };

/* The input object that a value of this field cannot do without, or NULL. */
static const struct type *needed(const struct type *type, const struct input_value *input)
{
    const struct type_ref *ref = input->type;

    if (type->one_of)
        return ref->kind == REF_NAMED && ref->type->kind == TYPE_INPUT ? ref->type : NULL;
    return ref->kind == REF_NON_NULL && ref->of->kind == REF_NAMED && ref->type->kind == TYPE_INPUT ? ref->type : NULL;
}

/* All fields, or one of a OneOf, need nothing that is not finite. */
static bool is_finite(const struct circles *circles, const struct type *type)
{
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct type *target = needed(type, &type->inputs[i]);
        bool fits = !target || circles->finite[target->index];

        if (fits == type->one_of)
            return fits;
    }
    return !type->one_of || !type->input_count;
}

/* Until nothing more turns out finite. Most are at once, so rounds are few. */
static void find_finite(struct circles *circles)
{
    bool more = true;

    while (more) {
        more = false;
        for (unsigned i = 0; i < circles->schema->type_count; i++) {
            const struct type *type = circles->schema->types[i];

            if (type->kind != TYPE_INPUT || circles->finite[i] || !is_finite(circles, type))
                continue;
            circles->finite[i] = more = true;
        }
    }
}

static void report_circle(const struct circles *circles, const struct type *target)
{
    struct ts_arena *arena = &circles->schema->arena;
    const char *names = "", *fields = "";
    size_t from = circles->depth;
    bool one_of = false;

    while (circles->stack[--from].type != target)
        ;
    for (size_t i = from; i < circles->depth; i++) {
        const struct step *step = &circles->stack[i];
        const char *field = step->type->inputs[step->next - 1].name;

        one_of |= step->type->one_of;
        names = ts_printf(arena, "%s%s%s", names, *names ? "." : "", field);
        fields = ts_printf(arena, "%s%s%s.%s", fields, *fields ? ", " : "", step->type->name, field);
    }
    if (one_of)
        problem(circles->schema, target->place,
                "Input Object %s cannot be provided a finite value because it references itself through fields: %s.",
                target->name, fields);
    else
        problem(circles->schema, target->place,
                "Cannot reference Input Object \"%s\" within itself through a series of non-null fields: \"%s\".",
                target->name, names);
}

static void follow(struct circles *circles, const struct type *start)
{
    circles->state[start->index] = OPEN;
    circles->stack[circles->depth++] = (struct step){ start, 0 };
    while (circles->depth) {
        struct step *top = &circles->stack[circles->depth - 1];
        const struct type *target;

        if (top->next == top->type->input_count) {
            circles->state[top->type->index] = DONE;
            circles->depth--;
            continue;
        }
        target = needed(top->type, &top->type->inputs[top->next++]);
        if (!target || circles->finite[target->index] || circles->state[target->index] == DONE)
            continue;
        if (circles->state[target->index] == OPEN) {
            report_circle(circles, target);
            continue;
        }
        circles->state[target->index] = OPEN;
        circles->stack[circles->depth++] = (struct step){ target, 0 };
    }
}

/* Defaults that hold themselves. */

/* An input field with a default: leads to those fields whose defaults are taken because the value leaves them out. */
struct defaults {
    struct gql_schema *schema;
    struct table states; /* by "Type.field": the state's address */
    const char **path;
    size_t depth;
};

enum { DEFAULTS_DEPTH_MAX = 200 }; /* defaults in defaults: the stack bounds it, and no message names more */

static void follow_field(struct defaults *defaults, const struct type *owner, const struct input_value *input);

/* Nesting of values is bounded by the parser, of fields by DEFAULTS_DEPTH_MAX. */
static void follow_value(struct defaults *defaults, const struct type *type, const struct node *value)
{
    for (const struct node *item = value->children; item && value->kind == NODE_LIST; item = item->next)
        follow_value(defaults, type, item);
    for (unsigned i = 0; value->kind == NODE_OBJECT && i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];
        const struct node *member = member_of(value, input->name);

        if (input->type->type->kind != TYPE_INPUT)
            continue;
        if (member)
            follow_value(defaults, input->type->type, member->value);
        else
            follow_field(defaults, type, input);
    }
}

static void report_default(struct defaults *defaults, const char *name)
{
    const char *via = "";
    size_t from = defaults->depth;

    while (strcmp(defaults->path[--from], name) != 0)
        ;
    for (size_t i = from + 1; i < defaults->depth; i++)
        via = ts_printf(&defaults->schema->arena, "%s%s%s", via,
                        *via ? ", " : " via the default values of: ", defaults->path[i]);
    problem(defaults->schema, (struct place){ 0 },
            "Invalid circular reference. The default value of Input Object field %s references itself%s.", name, via);
}

static void follow_field(struct defaults *defaults, const struct type *owner, const struct input_value *input)
{
    const char *name;
    unsigned char *state;

    if (!input->default_value || defaults->depth == DEFAULTS_DEPTH_MAX)
        return;
    name = ts_printf(&defaults->schema->arena, "%s.%s", owner->name, input->name);
    state = table_find(&defaults->states, name);
    if (state) {
        if (*state == OPEN)
            report_default(defaults, name);
        return;
    }
    state = ts_alloc(&defaults->schema->arena, 1);
    *state = OPEN;
    (void)table_add(&defaults->states, name, state);
    defaults->path[defaults->depth++] = name;
    follow_value(defaults, input->type->type, input->default_value);
    defaults->depth--;
    *state = DONE;
}

static void check_default_circles(struct gql_schema *schema)
{
    struct defaults defaults = { .schema = schema };

    table_init(&defaults.states, &schema->arena);
    defaults.path = TS_NEW_ARRAY(&schema->arena, const char *, DEFAULTS_DEPTH_MAX);
    for (unsigned i = 0; i < schema->type_count; i++) {
        const struct type *type = schema->types[i];

        for (unsigned j = 0; type->kind == TYPE_INPUT && j < type->input_count; j++) {
            if (type->inputs[j].type->type->kind == TYPE_INPUT)
                follow_field(&defaults, type, &type->inputs[j]);
        }
    }
}

void check_input_cycles(struct gql_schema *schema)
{
    struct circles circles = { .schema = schema };

    circles.finite = TS_NEW_ARRAY(&schema->arena, bool, schema->type_count);
    circles.state = TS_NEW_ARRAY(&schema->arena, unsigned char, schema->type_count);
    circles.stack = TS_NEW_ARRAY(&schema->arena, struct step, schema->type_count + 1);
    find_finite(&circles);
    for (unsigned i = 0; i < schema->type_count; i++) {
        if (schema->types[i]->kind == TYPE_INPUT && !circles.finite[i] && circles.state[i] == UNSEEN)
            follow(&circles, schema->types[i]);
    }
    check_default_circles(schema);
}
