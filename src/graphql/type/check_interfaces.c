/* Objects and interfaces that implement interfaces (IsValidImplementation, section 3.6.1). */
#include <string.h>

#include "graphql/type/check.h"

#define problem(schema, place, ...) schema_problem((schema), (place), __VA_ARGS__)

/* The interface's own interfaces are named by the type too. */
static void check_ancestors(struct gql_schema *schema, const struct type *type, const struct type *interface)
{
    for (unsigned i = 0; i < interface->interface_count; i++) {
        const struct type *above = interface->interfaces[i];

        if (above == type)
            problem(schema, type->place, "Type %s cannot implement %s because it would create a circular reference.",
                    type->name, interface->name);
        else if (!type_implements(type, above))
            problem(schema, type->place, "Type %s must implement %s because it is implemented by %s.", type->name,
                    above->name, interface->name);
    }
}

static void check_field_arguments(struct gql_schema *schema, const struct type *interface, const struct field *wanted,
                                  const struct type *type, const struct field *field)
{
    struct ts_arena *arena = &schema->arena;

    for (unsigned i = 0; i < wanted->argument_count; i++) {
        const struct input_value *expected = &wanted->arguments[i];
        const struct input_value *argument = field_argument(field, expected->name);

        if (!argument)
            problem(schema, field->place, "Interface field argument %s.%s(%s:) expected but %s.%s does not provide it.",
                    interface->name, wanted->name, expected->name, type->name, field->name);
        else if (!type_ref_equal(argument->type, expected->type))
            problem(schema, argument->place,
                    "Interface field argument %s.%s(%s:) expects type %s but %s.%s(%s:) is type %s.", interface->name,
                    wanted->name, expected->name, type_ref_print(arena, expected->type), type->name, field->name,
                    argument->name, type_ref_print(arena, argument->type));
    }
    for (unsigned i = 0; i < field->argument_count; i++) {
        const struct input_value *argument = &field->arguments[i];

        if (input_is_required(argument) && !field_argument(wanted, argument->name))
            problem(schema, argument->place,
                    "Object field %s.%s includes required argument %s that is missing from the Interface field %s.%s.",
                    type->name, field->name, argument->name, interface->name, wanted->name);
    }
}

static void check_fields(struct gql_schema *schema, const struct type *type, const struct type *interface)
{
    for (unsigned i = 0; i < interface->field_count; i++) {
        const struct field *wanted = &interface->fields[i];
        const struct field *field = table_find(&type->field_table, wanted->name);

        if (!field) {
            problem(schema, type->place, "Interface field %s.%s expected but %s does not provide it.", interface->name,
                    wanted->name, type->name);
            continue;
        }
        if (!type_ref_is_subtype(field->type, wanted->type))
            problem(schema, field->place, "Interface field %s.%s expects type %s but %s.%s is type %s.",
                    interface->name, wanted->name, type_ref_print(&schema->arena, wanted->type), type->name,
                    field->name, type_ref_print(&schema->arena, field->type));
        check_field_arguments(schema, interface, wanted, type, field);
    }
}

/* One name of an `implements` list. Return: the interface, or NULL and a problem. */
static const struct type *check_name(struct gql_schema *schema, const struct type *type, struct place place,
                                     const char *name, struct table *seen)
{
    const struct type *interface = schema_type(schema, name);

    if (interface->kind != TYPE_INTERFACE)
        problem(schema, place, "Type %s must only implement Interface types, it cannot implement %s.", type->name,
                name);
    else if (interface == type)
        problem(schema, place, "Type %s cannot implement itself because it would create a circular reference.",
                type->name);
    else if (table_add(seen, name, (void *)interface))
        problem(schema, place, "Type %s can only implement %s once.", type->name, name);
    else
        return interface;
    return NULL;
}

void check_interfaces(struct gql_schema *schema, const struct type *type)
{
    struct table seen;

    table_init(&seen, &schema->arena);
    for (const struct type_part *part = type->parts; part; part = part->next) {
        for (const struct node *node = part->node->arguments; node; node = node->next) {
            const struct place place = { part->source, node->offset };
            const struct type *interface = check_name(schema, type, place, node->name, &seen);

            if (!interface)
                continue;
            check_ancestors(schema, type, interface);
            check_fields(schema, type, interface);
        }
    }
}
