/* What types say (section 3): each kind has parts, of the right kind, with names that are not reserved. */
#include <string.h>

#include "graphql/type/check.h"

#define problem(schema, place, ...) schema_problem((schema), (place), __VA_ARGS__)

static void check_name(struct gql_schema *schema, struct place place, const char *name)
{
    if (name[0] == '_' && name[1] == '_' && place.source != &schema->sources[0])
        problem(schema, place, "Name \"%s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
                name);
}

void check_root_problem(struct gql_schema *schema, struct place place, unsigned operation, const char *name)
{
    static const char *const words[] = { "Query", "Mutation", "Subscription" };

    problem(schema, place, "%s root type must be Object type%s, it cannot be %s.", words[operation],
            operation == OPERATION_QUERY ? "" : " if provided", name);
}

static void check_roots(struct gql_schema *schema, size_t problems)
{
    static const char *const lists[] = { "",
                                         "",
                                         "query and mutation",
                                         "",
                                         "query and subscription",
                                         "mutation and subscription",
                                         "query, mutation, and subscription" };
    struct type *const *roots = schema->roots;
    unsigned first = 0, shared = 0;

    if (!roots[OPERATION_QUERY] && schema->problems->size == problems)
        problem(schema, (struct place){ 0 }, "Query root type must be provided.");
    if (roots[0] && roots[0] == roots[1])
        shared = roots[1] == roots[2] ? 6 : 2;
    else if (roots[0] && roots[0] == roots[2])
        shared = 4;
    else if (roots[1] && roots[1] == roots[2])
        shared = 5, first = 1;
    if (shared)
        problem(schema, roots[first]->place, "All root types must be different, \"%s\" type is used as %s root types.",
                roots[first]->name, lists[shared]);
}

/* `owner`: "Query.event(id:)", "EventFilter.word" or "@skip(if:)"; `what`: how a required one is called. */
static void check_input(struct gql_schema *schema, const struct input_value *input, const char *owner, const char *what)
{
    check_name(schema, input->place, input->name);
    if (!type_is_input(input->type->type)) {
        problem(schema, input->place, "The type of %s must be Input Type but got: %s.", owner,
                type_ref_print(&schema->arena, input->type));
        return;
    }
    if (input_is_required(input) && input->deprecation)
        problem(schema, input->place, "Required %s %s cannot be deprecated.", what, owner);
    check_default(schema, input, owner);
}

static void check_arguments(struct gql_schema *schema, const struct input_value *arguments, unsigned count,
                            const char *owner)
{
    for (unsigned i = 0; i < count; i++)
        check_input(schema, &arguments[i], ts_printf(&schema->arena, "%s(%s:)", owner, arguments[i].name), "argument");
}

static void check_fields(struct gql_schema *schema, const struct type *type)
{
    if (!type->field_count)
        problem(schema, type->place, "Type %s must define one or more fields.", type->name);
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];

        check_name(schema, field->place, field->name);
        if (field->type->type->kind == TYPE_INPUT)
            problem(schema, field->place, "The type of %s.%s must be Output Type but got: %s.", type->name, field->name,
                    type_ref_print(&schema->arena, field->type));
        check_arguments(schema, field->arguments, field->argument_count,
                        ts_printf(&schema->arena, "%s.%s", type->name, field->name));
    }
}

static void check_members(struct gql_schema *schema, const struct type *type)
{
    bool any = false;
    struct table seen;

    table_init(&seen, &schema->arena);
    for (const struct type_part *part = type->parts; part; part = part->next) {
        for (const struct node *node = part->node->children; node; node = node->next) {
            const struct place place = { part->source, node->offset };

            any = true;
            if (table_add(&seen, node->name, (void *)node))
                problem(schema, place, "Union type %s can only include type %s once.", type->name, node->name);
            else if (schema_type(schema, node->name)->kind != TYPE_OBJECT)
                problem(schema, place, "Union type %s can only include Object types, it cannot include %s.", type->name,
                        node->name);
        }
    }
    if (!any)
        problem(schema, type->place, "Union type %s must define one or more member types.", type->name);
}

static void check_values(struct gql_schema *schema, const struct type *type)
{
    if (!type->value_count)
        problem(schema, type->place, "Enum type %s must define one or more values.", type->name);
    for (unsigned i = 0; i < type->value_count; i++)
        check_name(schema, type->values[i].place, type->values[i].name);
}

static void check_inputs(struct gql_schema *schema, const struct type *type)
{
    if (!type->input_count)
        problem(schema, type->place, "Input Object type %s must define one or more fields.", type->name);
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];

        check_input(schema, input, ts_printf(&schema->arena, "%s.%s", type->name, input->name), "input field");
        if (type->one_of && input->type->kind == REF_NON_NULL)
            problem(schema, input->place, "OneOf input field %s.%s must be nullable.", type->name, input->name);
        if (type->one_of && input->default_value)
            problem(schema, input->place, "OneOf input field %s.%s cannot have a default value.", type->name,
                    input->name);
    }
}

static void check_type(struct gql_schema *schema, const struct type *type)
{
    check_name(schema, type->place, type->name);
    switch (type->kind) {
    case TYPE_SCALAR:
        break;
    case TYPE_OBJECT:
    case TYPE_INTERFACE:
        check_fields(schema, type);
        check_interfaces(schema, type);
        break;
    case TYPE_UNION:
        check_members(schema, type);
        break;
    case TYPE_ENUM:
        check_values(schema, type);
        break;
    case TYPE_INPUT:
        check_inputs(schema, type);
        break;
    }
}

/*
 * Directives as they are applied: their arguments' values. Of a schema that is executed for others (schema->resolve)
 * this and directives in circles are no concern: other servers do not look, so their schemas may have either.
 */

static void check_applied(struct gql_schema *schema, const struct gql_source *source, const struct node *owner)
{
    for (const struct node *node = owner->directives; node; node = node->next) {
        const struct directive *directive = schema_directive(schema, node->name);

        for (unsigned i = 0; directive && i < directive->argument_count; i++) {
            const struct input_value *argument = &directive->arguments[i];
            const struct node *value = node_argument(node, argument->name);
            const char *wrong = value ? value_problem(schema, argument->type, value) : NULL;

            if (wrong)
                problem(schema, ((struct place){ source, value->offset }), "Argument @%s(%s:) has an invalid value%s",
                        node->name, argument->name, wrong);
        }
    }
}

/* A definition and everything in it; nesting is fields and their arguments. */
static void check_all_applied(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    check_applied(schema, source, node);
    for (const struct node *child = node->children; child; child = child->next)
        check_all_applied(schema, source, child);
    for (const struct node *argument = node->arguments; argument; argument = argument->next)
        check_all_applied(schema, source, argument);
}

/* Directives that need themselves to be understood (section 3.13). */

struct reach {
    struct gql_schema *schema;
    const struct directive *from;
    struct table seen; /* types and directives, "@" in front of these */
    bool found;
};

static void reach_node(struct reach *reach, const struct node *node);

static void reach_type(struct reach *reach, const struct node *type)
{
    const struct type *named;

    while (type->type)
        type = type->type;
    named = schema_type(reach->schema, type->name);
    if (named->builtin || table_add(&reach->seen, named->name, (void *)named))
        return;
    for (const struct type_part *part = named->parts; part; part = part->next)
        reach_node(reach, part->node);
}

static void reach_directives(struct reach *reach, const struct node *node)
{
    for (node = node->directives; node && !reach->found; node = node->next) {
        const struct directive *directive = schema_directive(reach->schema, node->name);

        reach->found |= directive == reach->from;
        if (!table_add(&reach->seen, ts_printf(&reach->schema->arena, "@%s", node->name), (void *)directive))
            reach_node(reach, directive->node);
    }
}

/* A definition's directives, and the types and directives of the inputs in it. */
static void reach_node(struct reach *reach, const struct node *node)
{
    reach_directives(reach, node);
    if (node->kind == NODE_INPUT_VALUE_DEFINITION)
        reach_type(reach, node->type);
    for (const struct node *child = node->children; child && !reach->found; child = child->next)
        if (child->kind == NODE_INPUT_VALUE_DEFINITION || child->kind == NODE_ENUM_VALUE_DEFINITION)
            reach_node(reach, child);
    for (const struct node *argument = node->arguments; argument && !reach->found; argument = argument->next)
        if (argument->kind == NODE_INPUT_VALUE_DEFINITION)
            reach_node(reach, argument);
}

static void check_directive(struct gql_schema *schema, const struct directive *directive)
{
    struct reach reach = { .schema = schema, .from = directive };

    if (!directive->builtin)
        check_name(schema, directive->place, directive->name);
    check_arguments(schema, directive->arguments, directive->argument_count,
                    ts_printf(&schema->arena, "@%s", directive->name));
    if (directive->builtin || schema->resolve)
        return;
    table_init(&reach.seen, &schema->arena);
    reach_node(&reach, directive->node);
    if (reach.found)
        problem(schema, directive->place, "Directive @%s must not reference itself, directly or through others.",
                directive->name);
}

void check_types(struct gql_schema *schema)
{
    size_t problems = schema->problems->size;

    check_roots(schema, problems);
    for (unsigned i = 0; i < schema->directive_count; i++)
        check_directive(schema, schema->directives[i]);
    for (unsigned i = 0; i < schema->type_count; i++)
        check_type(schema, schema->types[i]);
    check_input_cycles(schema);
    for (size_t i = 0; i < schema->source_count && !schema->resolve; i++) {
        for (const struct node *node = schema->documents[i].definitions; node; node = node->next)
            check_all_applied(schema, &schema->sources[i], node);
    }
}
