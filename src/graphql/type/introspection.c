/*
 * One reader per meta type. A __Type is a struct type_ref (which may be LIST or NON_NULL), a __Field a struct field,
 * and so on. What rules.graphql brought is not shown.
 */
#include "graphql/type/introspection.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "graphql/language/printer.h"
#include "graphql/type/schema.h"

enum { DEFAULT_TEXT_MAX = 4096, BUILTIN_SCALARS_MAX = 5 };

static struct resolved text(const char *string)
{
    return (struct resolved){ .kind = string ? RESOLVED_TEXT : RESOLVED_NULL, .at = string };
}

static struct resolved truth(bool value)
{
    return (struct resolved){ .kind = RESOLVED_BOOLEAN, .truth = value };
}

/* An object of the meta type called `type`. */
static struct resolved object(const struct question *question, const char *type, const void *at)
{
    return (struct resolved){ .kind = at ? RESOLVED_OBJECT : RESOLVED_NULL,
                              .type = schema_type(question->schema, type),
                              .at = at };
}

static struct resolved type_object(const struct question *question, const struct type_ref *ref)
{
    return object(question, "__Type", ref);
}

/* A list with room for `room` objects of the meta type called `type`. */
static struct resolved list_new(const struct question *question, const char *type, size_t room)
{
    return (struct resolved){ .kind = RESOLVED_LIST,
                              .type = schema_type(question->schema, type),
                              .items = TS_NEW_ARRAY(question->arena, struct resolved, room) };
}

static void list_add(struct resolved *list, const void *at)
{
    list->items[list->count++] = (struct resolved){ .kind = RESOLVED_OBJECT, .type = list->type, .at = at };
}

/* The argument includeDeprecated, which is the only one wherever it is. */
static bool shows_deprecated(const struct question *question)
{
    return question->field->argument_count && question->arguments[0] && question->arguments[0]->flag;
}

static const struct resolved null_value = { .kind = RESOLVED_NULL };

static const void *root_ref(const struct gql_schema *schema, enum operation_kind kind)
{
    return schema->roots[kind] ? &schema->roots[kind]->ref : NULL;
}

/* All types as they are listed: tools compare and print schemas in this order. */
struct type_list {
    struct resolved list;
    const struct type *scalars[BUILTIN_SCALARS_MAX]; /* of the language, once each */
    unsigned scalar_count;
};

static void list_scalar(struct type_list *types, const struct type *type)
{
    if (type->kind != TYPE_SCALAR || !type->builtin)
        return;
    for (unsigned i = 0; i < types->scalar_count; i++) {
        if (types->scalars[i] == type)
            return;
    }
    assert(types->scalar_count < BUILTIN_SCALARS_MAX);
    types->scalars[types->scalar_count++] = type;
    list_add(&types->list, &type->ref);
}

static void list_scalars_of(struct type_list *types, const struct input_value *inputs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        list_scalar(types, inputs[i].type->type);
}

/* A type of the schema's own, then the scalars of the language that nothing before it has used. */
static void list_type(struct type_list *types, const struct type *type)
{
    list_add(&types->list, &type->ref);
    for (unsigned i = 0; i < type->field_count; i++) {
        if (type->fields[i].hidden)
            continue;
        list_scalar(types, type->fields[i].type->type);
        list_scalars_of(types, type->fields[i].arguments, type->fields[i].argument_count);
    }
    list_scalars_of(types, type->inputs, type->input_count);
}

static void list_scalars_of_directives(struct type_list *types, const struct gql_schema *schema, bool builtin)
{
    for (unsigned i = 0; i < schema->directive_count; i++) {
        const struct directive *directive = schema->directives[i];

        if (!directive->hidden && directive->builtin == builtin)
            list_scalars_of(types, directive->arguments, directive->argument_count);
    }
}

/* The schema's own, what directives need beside, the rest of the language's. */
static struct resolved read_all_types(const struct question *question)
{
    const struct gql_schema *schema = question->schema;
    struct type_list types = { .list = list_new(question, "__Type", schema->type_count) };

    for (unsigned i = 0; i < schema->type_count; i++) {
        if (!schema->types[i]->hidden && !schema->types[i]->builtin)
            list_type(&types, schema->types[i]);
    }
    list_scalars_of_directives(&types, schema, /* builtin= */ false);
    list_scalars_of_directives(&types, schema, /* builtin= */ true);
    for (unsigned i = 0; i < schema->type_count; i++) {
        const struct type *type = schema->types[i];

        if (type->builtin && !type->hidden && type->kind != TYPE_SCALAR)
            list_add(&types.list, &type->ref);
    }
    return types.list;
}

static void list_directives(struct resolved *list, const struct gql_schema *schema, bool builtin)
{
    for (unsigned i = 0; i < schema->directive_count; i++) {
        if (!schema->directives[i]->hidden && schema->directives[i]->builtin == builtin)
            list_add(list, schema->directives[i]);
    }
}

static struct resolved read_schema(const struct question *question, const char *field)
{
    const struct gql_schema *schema = question->schema;
    struct resolved list;

    if (strcmp(field, "description") == 0)
        return text(schema->description);
    if (strcmp(field, "queryType") == 0)
        return type_object(question, root_ref(schema, OPERATION_QUERY));
    if (strcmp(field, "mutationType") == 0)
        return type_object(question, root_ref(schema, OPERATION_MUTATION));
    if (strcmp(field, "subscriptionType") == 0)
        return type_object(question, root_ref(schema, OPERATION_SUBSCRIPTION));
    if (strcmp(field, "types") == 0)
        return read_all_types(question);
    list = list_new(question, "__Directive", schema->directive_count);
    list_directives(&list, schema, /* builtin= */ false);
    list_directives(&list, schema, /* builtin= */ true);
    return list;
}

static struct resolved read_fields(const struct question *question, const struct type *type)
{
    struct resolved list = list_new(question, "__Field", type->field_count);

    for (unsigned i = 0; i < type->field_count; i++) {
        if (!type->fields[i].hidden && (shows_deprecated(question) || !type->fields[i].deprecation))
            list_add(&list, &type->fields[i]);
    }
    return list;
}

static struct resolved read_inputs(const struct question *question, const struct input_value *inputs, unsigned count)
{
    struct resolved list = list_new(question, "__InputValue", count);

    for (unsigned i = 0; i < count; i++) {
        if (shows_deprecated(question) || !inputs[i].deprecation)
            list_add(&list, &inputs[i]);
    }
    return list;
}

static struct resolved read_values(const struct question *question, const struct type *type)
{
    struct resolved list = list_new(question, "__EnumValue", type->value_count);

    for (unsigned i = 0; i < type->value_count; i++) {
        if (shows_deprecated(question) || !type->values[i].deprecation)
            list_add(&list, &type->values[i]);
    }
    return list;
}

static struct resolved read_types(const struct question *question, struct type *const *types, unsigned count)
{
    struct resolved list = list_new(question, "__Type", count);

    for (unsigned i = 0; i < count; i++)
        list_add(&list, &types[i]->ref);
    return list;
}

static struct resolved read_named_type(const struct question *question, const struct type *type, const char *field)
{
    bool composite = type->kind == TYPE_OBJECT || type->kind == TYPE_INTERFACE;

    if (strcmp(field, "name") == 0)
        return text(type->name);
    if (strcmp(field, "description") == 0)
        return text(type->description);
    if (strcmp(field, "specifiedByURL") == 0)
        return text(type->specified_by);
    if (strcmp(field, "fields") == 0)
        return composite ? read_fields(question, type) : null_value;
    if (strcmp(field, "interfaces") == 0)
        return composite ? read_types(question, type->interfaces, type->interface_count) : null_value;
    if (strcmp(field, "possibleTypes") == 0)
        return type_is_abstract(type) ? read_types(question, type->possible, type->possible_count) : null_value;
    if (strcmp(field, "enumValues") == 0)
        return type->kind == TYPE_ENUM ? read_values(question, type) : null_value;
    if (strcmp(field, "inputFields") == 0)
        return type->kind == TYPE_INPUT ? read_inputs(question, type->inputs, type->input_count) : null_value;
    if (strcmp(field, "isOneOf") == 0)
        return type->kind == TYPE_INPUT ? truth(type->one_of) : null_value;
    return null_value;
}

static struct resolved read_type(const struct question *question, const struct type_ref *ref, const char *field)
{
    static const char *const kinds[] = { "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT" };

    if (strcmp(field, "kind") == 0)
        return text(ref->kind == REF_NAMED ? kinds[ref->type->kind] : ref->kind == REF_LIST ? "LIST" : "NON_NULL");
    if (ref->kind == REF_NAMED)
        return read_named_type(question, ref->type, field);
    return strcmp(field, "ofType") == 0 ? type_object(question, ref->of) : null_value;
}

static struct resolved read_field(const struct question *question, const struct field *subject, const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "args") == 0)
        return read_inputs(question, subject->arguments, subject->argument_count);
    if (strcmp(field, "type") == 0)
        return type_object(question, subject->type);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct resolved read_default(const struct question *question, const struct input_value *input)
{
    struct buf buf;
    const char *copy;

    if (!input->default_value)
        return null_value;
    buf_init(&buf, DEFAULT_TEXT_MAX);
    value_print(input->default_value, &buf);
    copy = ts_strndup(question->arena, buf.data, buf.size);
    buf_done(&buf);
    return text(copy);
}

static struct resolved read_input(const struct question *question, const struct input_value *subject, const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "type") == 0)
        return type_object(question, subject->type);
    if (strcmp(field, "defaultValue") == 0)
        return read_default(question, subject);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct resolved read_enum_value(const struct enum_value *subject, const char *field)
{
    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "isDeprecated") == 0)
        return truth(subject->deprecation != NULL);
    return text(subject->deprecation);
}

static struct resolved read_directive(const struct question *question, const struct directive *subject,
                                      const char *field)
{
    struct resolved list;

    if (strcmp(field, "name") == 0)
        return text(subject->name);
    if (strcmp(field, "description") == 0)
        return text(subject->description);
    if (strcmp(field, "isRepeatable") == 0)
        return truth(subject->repeatable);
    if (strcmp(field, "args") == 0)
        return read_inputs(question, subject->arguments, subject->argument_count);
    list = list_new(question, "__DirectiveLocation", DIRECTIVE_LOCATION_COUNT);
    for (const struct node *location = subject->node->children; location; location = location->next) {
        if (list.count < DIRECTIVE_LOCATION_COUNT)
            list.items[list.count++] = text(location->name);
    }
    return list;
}

/* What __type(name:) answers. */
static struct resolved read_named(const struct question *question)
{
    const char *name = question->arguments[0] ? question->arguments[0]->text : NULL;
    const struct type *type = name ? schema_type(question->schema, name) : NULL;

    return type && !type->hidden ? type_object(question, &type->ref) : null_value;
}

void introspection_resolve(const struct question *question, struct resolved *ret_value)
{
    const struct gql_schema *schema = question->schema;
    const char *type, *field = question->field->name;

    if (question->field == &schema->meta_schema) {
        *ret_value = object(question, "__Schema", schema);
        return;
    }
    if (question->field == &schema->meta_type) {
        *ret_value = read_named(question);
        return;
    }
    type = question->field->parent->name;
    if (strcmp(type, "__Schema") == 0)
        *ret_value = read_schema(question, field);
    else if (strcmp(type, "__Type") == 0)
        *ret_value = read_type(question, question->object, field);
    else if (strcmp(type, "__Field") == 0)
        *ret_value = read_field(question, question->object, field);
    else if (strcmp(type, "__InputValue") == 0)
        *ret_value = read_input(question, question->object, field);
    else if (strcmp(type, "__EnumValue") == 0)
        *ret_value = read_enum_value(question->object, field);
    else
        *ret_value = read_directive(question, question->object, field);
}
