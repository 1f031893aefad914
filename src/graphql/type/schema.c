/* Questions to a schema: names to types, fields and directives; how types relate. build.c makes what is asked here. */
#include "graphql/type/schema.h"

#include <string.h>

#include "graphql/error.h"

void schema_problem(struct gql_schema *schema, struct place place, const char *format, ...)
{
    unsigned line = 0, column = 0;
    va_list args;
    char *message;

    if (place.source)
        error_position(place.source->text, strlen(place.source->text), place.offset, &line, &column);
    va_start(args, format);
    message = ts_vprintf(&schema->arena, format, args);
    va_end(args);
    buf_printf(schema->problems, "%s:%u: %s\n", place.source ? place.source->name : "schema", line, message);
}

struct type *schema_type(const struct gql_schema *schema, const char *name)
{
    return table_find(&schema->type_table, name);
}

struct directive *schema_directive(const struct gql_schema *schema, const char *name)
{
    return table_find(&schema->directive_table, name);
}

const struct type_ref *schema_type_ref(const struct gql_schema *schema, struct ts_arena *arena, const struct node *node)
{
    struct type_ref *ref;
    struct type *type;

    if (node->kind == NODE_NAMED_TYPE) {
        type = schema_type(schema, node->name);
        return type ? &type->ref : NULL;
    }
    ref = TS_NEW(arena, struct type_ref);
    ref->kind = node->kind == NODE_LIST_TYPE ? REF_LIST : REF_NON_NULL;
    ref->of = schema_type_ref(schema, arena, node->type);
    if (!ref->of)
        return NULL;
    ref->type = ref->of->type;
    return ref;
}

const struct field *schema_field(const struct gql_schema *schema, const struct type *type, const char *name)
{
    if (name[0] == '_' && name[1] == '_') {
        if (strcmp(name, "__typename") == 0 && type_is_composite(type))
            return &schema->meta_typename;
        if (type == schema->roots[OPERATION_QUERY] && strcmp(name, "__schema") == 0)
            return &schema->meta_schema;
        if (type == schema->roots[OPERATION_QUERY] && strcmp(name, "__type") == 0)
            return &schema->meta_type;
    }
    return table_find(&type->field_table, name);
}

const struct input_value *type_input(const struct type *type, const char *name)
{
    return table_find(&type->input_table, name);
}

const struct enum_value *type_value(const struct type *type, const char *name)
{
    return table_find(&type->value_table, name);
}

static const struct input_value *argument_find(const struct input_value *arguments, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(arguments[i].name, name) == 0)
            return &arguments[i];
    }
    return NULL;
}

const struct input_value *field_argument(const struct field *field, const char *name)
{
    return field->argument_table.count ? table_find(&field->argument_table, name)
                                       : argument_find(field->arguments, field->argument_count, name);
}

const struct input_value *directive_argument(const struct directive *directive, const char *name)
{
    return directive->argument_table.count ? table_find(&directive->argument_table, name)
                                           : argument_find(directive->arguments, directive->argument_count, name);
}

bool type_is_composite(const struct type *type)
{
    return type->kind == TYPE_OBJECT || type_is_abstract(type);
}

bool type_is_abstract(const struct type *type)
{
    return type->kind == TYPE_INTERFACE || type->kind == TYPE_UNION;
}

bool type_is_input(const struct type *type)
{
    return type->kind == TYPE_SCALAR || type->kind == TYPE_ENUM || type->kind == TYPE_INPUT;
}

enum { BITS = 64 };

bool type_is_possible(const struct type *abstract, const struct type *object)
{
    if (abstract->kind == TYPE_OBJECT)
        return abstract == object;
    return abstract->possible_bits && (abstract->possible_bits[object->index / BITS] >> object->index % BITS & 1);
}

bool types_overlap(const struct type *left, const struct type *right)
{
    if (!left->possible_bits || !right->possible_bits)
        return left->possible_bits ? type_is_possible(left, right) : type_is_possible(right, left);
    for (unsigned i = 0; i < left->possible_words; i++) {
        if (left->possible_bits[i] & right->possible_bits[i])
            return true;
    }
    return left == right;
}

const char *type_ref_print(struct ts_arena *arena, const struct type_ref *ref)
{
    if (ref->kind == REF_NAMED)
        return ref->type->name;
    return ts_printf(arena, ref->kind == REF_LIST ? "[%s]" : "%s!", type_ref_print(arena, ref->of));
}

const struct type_ref *type_ref_nullable(const struct type_ref *ref)
{
    return ref->kind == REF_NON_NULL ? ref->of : ref;
}

bool type_ref_equal(const struct type_ref *left, const struct type_ref *right)
{
    while (left->kind == right->kind && left->kind != REF_NAMED) {
        left = left->of;
        right = right->of;
    }
    return left->kind == right->kind && left->type == right->type;
}

bool type_implements(const struct type *type, const struct type *interface)
{
    for (unsigned i = 0; i < type->interface_count; i++) {
        if (type->interfaces[i] == interface)
            return true;
    }
    return false;
}

bool type_ref_is_subtype(const struct type_ref *sub, const struct type_ref *super)
{
    for (;;) {
        if (super->kind == REF_NON_NULL) {
            if (sub->kind != REF_NON_NULL)
                return false;
            super = super->of;
            sub = sub->of;
        } else if (sub->kind == REF_NON_NULL) {
            sub = sub->of;
        } else if (super->kind == REF_LIST || sub->kind == REF_LIST) {
            if (super->kind != sub->kind)
                return false;
            super = super->of;
            sub = sub->of;
        } else {
            return sub->type == super->type || type_implements(sub->type, super->type) ||
                   (super->type->kind == TYPE_UNION && type_is_possible(super->type, sub->type));
        }
    }
}

bool input_is_required(const struct input_value *input)
{
    return input->type->kind == REF_NON_NULL && !input->default_value;
}

const struct node *node_directive(const struct node *node, const char *name)
{
    for (const struct node *directive = node->directives; directive; directive = directive->next) {
        if (strcmp(directive->name, name) == 0)
            return directive;
    }
    return NULL;
}

const struct node *node_argument(const struct node *node, const char *name)
{
    for (const struct node *argument = node ? node->arguments : NULL; argument; argument = argument->next) {
        if (strcmp(argument->name, name) == 0)
            return argument->value;
    }
    return NULL;
}

const char *operation_word(enum operation_kind kind)
{
    static const char *const words[] = { "query", "mutation", "subscription" };

    return words[kind];
}
