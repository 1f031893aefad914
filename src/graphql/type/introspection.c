/*
 * One reader per meta type. A __Type is a struct type_ref (which may be LIST or NON_NULL), a __Field a struct field,
 * and so on. What rules.graphql brought is not shown.
 */
#include "graphql/type/introspection.h"

#include <string.h>

#include "base/buf.h"
#include "graphql/language/printer.h"

enum { DEFAULT_TEXT_MAX = 4096 };

static struct meta_value text(const char *string)
{
    return (struct meta_value){ .kind = string ? META_TEXT : META_NULL, .at = string };
}

static struct meta_value truth(bool value)
{
    return (struct meta_value){ .kind = META_BOOLEAN, .truth = value };
}

static struct meta_value object(const void *at)
{
    return (struct meta_value){ .kind = at ? META_OBJECT : META_NULL, .at = at };
}

/* A list with room for `room` objects. */
static struct meta_value list_new(const struct meta_reader *reader, size_t room)
{
    return (struct meta_value){ .kind = META_LIST, .at = TS_NEW_ARRAY(reader->arena, const void *, room) };
}

static void list_add(struct meta_value *list, const void *item)
{
    ((const void **)list->at)[list->count++] = item;
}

static const struct meta_value null_value = { .kind = META_NULL };

static const void *root_ref(const struct gql_schema *schema, enum operation_kind kind)
{
    return schema->roots[kind] ? &schema->roots[kind]->ref : NULL;
}

static struct meta_value read_schema(const struct meta_reader *reader, const char *field)
{
    const struct gql_schema *schema = reader->schema;
    struct meta_value list;

    if (strcmp(field, "description") == 0)
        return text(schema->description);
    if (strcmp(field, "queryType") == 0)
        return object(root_ref(schema, OPERATION_QUERY));
    if (strcmp(field, "mutationType") == 0)
        return object(root_ref(schema, OPERATION_MUTATION));
    if (strcmp(field, "subscriptionType") == 0)
        return object(root_ref(schema, OPERATION_SUBSCRIPTION));
    list = list_new(reader, schema->type_count + schema->directive_count);
    if (strcmp(field, "types") == 0) {
        for (unsigned i = 0; i < schema->type_count; i++) {
            if (!schema->types[i]->hidden)
                list_add(&list, &schema->types[i]->ref);
        }
    } else {
        for (unsigned i = 0; i < schema->directive_count; i++) {
            if (!schema->directives[i]->hidden)
                list_add(&list, schema->directives[i]);
        }
    }
    return list;
}

static struct meta_value read_fields(const struct meta_reader *reader, const struct type *type)
{
    struct meta_value list = list_new(reader, type->field_count);

    for (unsigned i = 0; i < type->field_count; i++) {
        if (!type->fields[i].hidden && (reader->include_deprecated || !type->fields[i].deprecation))
            list_add(&list, &type->fields[i]);
    }
    return list;
}

static struct meta_value read_inputs(const struct meta_reader *reader, const struct input_value *inputs, unsigned count)
{
    struct meta_value list = list_new(reader, count);

    for (unsigned i = 0; i < count; i++) {
        if (reader->include_deprecated || !inputs[i].deprecation)
            list_add(&list, &inputs[i]);
    }
    return list;
}

static struct meta_value read_values(const struct meta_reader *reader, const struct type *type)
{
    struct meta_value list = list_new(reader, type->value_count);

    for (unsigned i = 0; i < type->value_count; i++) {
        if (reader->include_deprecated || !type->values[i].deprecation)
            list_add(&list, &type->values[i]);
    }
    return list;
}

static struct meta_value read_types(const struct meta_reader *reader, struct type *const *types, unsigned count)
{
    struct meta_value list = list_new(reader, count);

    for (unsigned i = 0; i < count; i++)
        list_add(&list, &types[i]->ref);
    return list;
}

static struct meta_value read_named_type(const struct meta_reader *reader, const struct type *type, const char *field)
{
    bool composite = type->kind == TYPE_OBJECT || type->kind == TYPE_INTERFACE;

    if (strcmp(field, "name") == 0)
        return text(type->name);
    if (strcmp(field, "description") == 0)
        return text(type->description);
    if (strcmp(field, "specifiedByURL") == 0)
        return text(type->specified_by);
    if (strcmp(field, "fields") == 0)
        return composite ? read_fields(reader, type) : null_value;
    if (strcmp(field, "interfaces") == 0)
        return composite ? read_types(reader, type->interfaces, type->interface_count) : null_value;
    if (strcmp(field, "possibleTypes") == 0)
        return type_is_abstract(type) ? read_types(reader, type->possible, type->possible_count) : null_value;
    if (strcmp(field, "enumValues") == 0)
        return type->kind == TYPE_ENUM ? read_values(reader, type) : null_value;
    if (strcmp(field, "inputFields") == 0)
        return type->kind == TYPE_INPUT ? read_inputs(reader, type->inputs, type->input_count) : null_value;
    if (strcmp(field, "isOneOf") == 0)
        return type->kind == TYPE_INPUT ? truth(type->one_of) : null_value;
    return null_value;
}

static struct meta_value read_type(const struct meta_reader *reader, const struct type_ref *ref, const char *field)
{
    static const char *const kinds[] = { "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT" };

    if (strcmp(field, "kind") == 0)
        return text(ref->kind == REF_NAMED ? kinds[ref->type->kind] : ref->kind == REF_LIST ? "LIST" : "NON_NULL");
    if (ref->kind == REF_NAMED)
        return read_named_type(reader, ref->type, field);
    return strcmp(field, "ofType") == 0 ? object(ref->of) : null_value;
}

static struct meta_value read_field(const struct meta_reader *reader, const struct field *subject, const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "args") == 0)
        return read_inputs(reader, subject->arguments, subject->argument_count);
    if (strcmp(field, "type") == 0)
        return object(subject->type);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct meta_value read_default(const struct meta_reader *reader, const struct input_value *input)
{
    struct buf buf;
    const char *copy;

    if (!input->default_value)
        return null_value;
    buf_init(&buf, DEFAULT_TEXT_MAX);
    value_print(input->default_value, &buf);
    copy = ts_strndup(reader->arena, buf.data, buf.size);
    buf_done(&buf);
    return text(copy);
}

static struct meta_value read_input(const struct meta_reader *reader, const struct input_value *subject,
                                    const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "type") == 0)
        return object(subject->type);
    if (strcmp(field, "defaultValue") == 0)
        return read_default(reader, subject);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct meta_value read_enum_value(const struct enum_value *subject, const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct meta_value read_directive(const struct meta_reader *reader, const struct directive *subject,
                                        const char *field)
{
    struct meta_value list;

    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "isRepeatable") == 0)
        return truth(subject->repeatable);
    if (strcmp(field, "args") == 0)
        return read_inputs(reader, subject->arguments, subject->argument_count);
    list = list_new(reader, DIRECTIVE_LOCATION_COUNT);
    list.words = true;
    for (unsigned i = 0; i < DIRECTIVE_LOCATION_COUNT; i++) {
        if (subject->locations & 1u << i)
            list_add(&list, directive_location_name((enum directive_location)i));
    }
    return list;
}

void introspection_read(const struct meta_reader *reader, const struct type *type, const void *object,
                        const char *field, struct meta_value *ret_value)
{
    if (strcmp(type->name, "__Schema") == 0)
        *ret_value = read_schema(reader, field);
    else if (strcmp(type->name, "__Type") == 0)
        *ret_value = read_type(reader, object, field);
    else if (strcmp(type->name, "__Field") == 0)
        *ret_value = read_field(reader, object, field);
    else if (strcmp(type->name, "__InputValue") == 0)
        *ret_value = read_input(reader, object, field);
    else if (strcmp(type->name, "__EnumValue") == 0)
        *ret_value = read_enum_value(object, field);
    else
        *ret_value = read_directive(reader, object, field);
}

const void *introspection_type(const struct gql_schema *schema, const char *name)
{
    const struct type *type = name ? schema_type(schema, name) : NULL;

    return type && !type->hidden ? &type->ref : NULL;
}
