/*
 * SDL texts to types. Definitions and extensions of one name are gathered as parts first, so that the order of texts
 * does not matter; a second definition of a root type (each module has its slice of Query) is one more part too.
 */
#include "graphql/type/schema.h"

#include <string.h>

#include "graphql/error.h"
#include "graphql/language/parser.h"

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

const struct input_value *field_argument(const struct field *field, const char *name)
{
    for (unsigned i = 0; i < field->argument_count; i++) {
        if (strcmp(field->arguments[i].name, name) == 0)
            return &field->arguments[i];
    }
    return NULL;
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

bool type_is_possible(const struct type *abstract, const struct type *object)
{
    for (unsigned i = 0; i < abstract->possible_count; i++) {
        if (abstract->possible[i] == object)
            return true;
    }
    return false;
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

static bool type_implements(const struct type *type, const struct type *interface)
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

static const char *const location_names[DIRECTIVE_LOCATION_COUNT] = {
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
};

const char *directive_location_name(enum directive_location location)
{
    return location_names[location];
}

/* Building. */

static struct place place_of(const struct gql_source *source, const struct node *node)
{
    return (struct place){ source, node->offset };
}

static enum type_kind kind_of_definition(const struct node *node)
{
    return (enum type_kind)(node->kind - NODE_SCALAR_DEFINITION);
}

static bool is_root_name(const char *name)
{
    return strcmp(name, "Query") == 0 || strcmp(name, "Mutation") == 0 || strcmp(name, "Subscription") == 0;
}

static enum scalar_kind scalar_of_name(const char *name)
{
    static const char *const names[] = {
        [SCALAR_INT] = "Int",
        [SCALAR_FLOAT] = "Float",
        [SCALAR_STRING] = "String",
        [SCALAR_BOOLEAN] = "Boolean",
        [SCALAR_ID] = "ID",
        [SCALAR_DATE_TIME] = "DateTime",
        [SCALAR_DECIMAL] = "Decimal",
        [SCALAR_CURRENCY_CODE] = "CurrencyCode",
        [SCALAR_TIME_ZONE] = "TimeZone",
        [SCALAR_URL] = "URL",
    };

    for (unsigned i = SCALAR_INT; i <= SCALAR_URL; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum scalar_kind)i;
    }
    return SCALAR_UNKNOWN;
}

static struct type *type_new(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct type *type = TS_NEW(&schema->arena, struct type);

    type->name = node->name;
    type->description = node->text;
    type->kind = kind_of_definition(node);
    type->place = place_of(source, node);
    type->ref = (struct type_ref){ .kind = REF_NAMED, .type = type };
    type->builtin = source == &schema->sources[0];
    type->hidden = source == &schema->sources[1];
    table_init(&type->field_table, &schema->arena);
    table_init(&type->value_table, &schema->arena);
    table_init(&type->input_table, &schema->arena);
    if (type->kind == TYPE_SCALAR) {
        type->scalar = scalar_of_name(type->name);
        if (type->scalar == SCALAR_UNKNOWN)
            schema_problem(schema, type->place, "scalar %s is none that the engine knows", type->name);
    }
    schema->types[schema->type_count++] = type;
    table_set(&schema->type_table, type->name, type);
    return type;
}

static void type_add_part(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                          const struct node *node)
{
    struct type_part *part = TS_NEW(&schema->arena, struct type_part), **end = &type->parts;

    part->node = node;
    part->source = source;
    while (*end)
        end = &(*end)->next;
    *end = part;
}

static void define_type(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct type *type = schema_type(schema, node->name);

    if (!type)
        type = type_new(schema, source, node);
    else if (type->kind != kind_of_definition(node))
        schema_problem(schema, place_of(source, node), "%s is already another kind of type", node->name);
    else if (!node->extension && !is_root_name(node->name) && type->kind != TYPE_SCALAR)
        schema_problem(schema, place_of(source, node), "there is already a type %s", node->name);
    if (type->kind == kind_of_definition(node))
        type_add_part(schema, type, source, node);
    if (node->text)
        type->description = node->text;
}

static bool is_type_definition(const struct node *node)
{
    return node->kind >= NODE_SCALAR_DEFINITION && node->kind <= NODE_INPUT_DEFINITION;
}

/* An extension needs its type, whichever text defines it: definitions first, then extensions. */
static void gather_types(struct gql_schema *schema, struct document *documents, bool extensions)
{
    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = documents[i].definitions; node; node = node->next) {
            if (!is_type_definition(node) || node->extension != extensions)
                continue;
            if (extensions && !schema_type(schema, node->name) && !is_root_name(node->name))
                schema_problem(schema, place_of(&schema->sources[i], node), "there is no type %s to extend",
                               node->name);
            else
                define_type(schema, &schema->sources[i], node);
        }
    }
}

static unsigned chain_length(const struct node *node)
{
    unsigned count = 0;

    for (; node; node = node->next)
        count++;
    return count;
}

static const char *deprecation_of(const struct node *node)
{
    const struct node *directive = node_directive(node, "deprecated");
    const struct node *reason = node_argument(directive, "reason");

    if (!directive)
        return NULL;
    return reason && reason->kind == NODE_STRING ? reason->text : "No longer supported";
}

static const struct type_ref *resolve_ref(struct gql_schema *schema, const struct gql_source *source,
                                          const struct node *node)
{
    const struct type_ref *ref = schema_type_ref(schema, &schema->arena, node);

    if (ref)
        return ref;
    while (node->type)
        node = node->type;
    schema_problem(schema, place_of(source, node), "there is no type %s", node->name);
    return &schema_type(schema, "String")->ref;
}

static void input_value_init(struct gql_schema *schema, const struct gql_source *source, const struct node *node,
                             struct input_value *value)
{
    *value = (struct input_value){ .name = node->name,
                                   .description = node->text,
                                   .deprecation = deprecation_of(node),
                                   .type = resolve_ref(schema, source, node->type),
                                   .default_value = node->value,
                                   .node = node,
                                   .place = place_of(source, node) };
    if (!type_is_input(value->type->type))
        schema_problem(schema, value->place, "%s: %s is no input type", node->name, value->type->type->name);
}

static struct input_value *build_arguments(struct gql_schema *schema, const struct gql_source *source,
                                           const struct node *nodes, unsigned *ret_count)
{
    struct input_value *arguments = TS_NEW_ARRAY(&schema->arena, struct input_value, chain_length(nodes));
    unsigned count = 0;

    for (const struct node *node = nodes; node; node = node->next)
        input_value_init(schema, source, node, &arguments[count++]);
    *ret_count = count;
    return arguments;
}

static void check_name(struct gql_schema *schema, struct place place, const char *name)
{
    if (place.source != &schema->sources[0] && name[0] == '_' && name[1] == '_')
        schema_problem(schema, place, "%s: names that begin with \"__\" are reserved", name);
}

static void build_field(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                        const struct node *node)
{
    struct field *field = &type->fields[type->field_count++];

    *field = (struct field){ .name = node->name,
                             .description = node->text,
                             .deprecation = deprecation_of(node),
                             .parent = type,
                             .type = resolve_ref(schema, source, node->type),
                             .node = node,
                             .place = place_of(source, node),
                             .hidden = node_directive(node, "http") != NULL };
    field->arguments = build_arguments(schema, source, node->arguments, &field->argument_count);
    check_name(schema, field->place, field->name);
    if (field->type->type->kind == TYPE_INPUT)
        schema_problem(schema, field->place, "%s.%s: %s is an input type", type->name, field->name,
                       field->type->type->name);
    if (!field->hidden && table_add(&type->field_table, field->name, field))
        schema_problem(schema, field->place, "%s.%s is defined twice", type->name, field->name);
}

static void build_enum_value(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                             const struct node *node)
{
    struct enum_value *value = &type->values[type->value_count++];

    *value = (struct enum_value){ node->name, node->text, deprecation_of(node) };
    if (strcmp(node->name, "true") == 0 || strcmp(node->name, "false") == 0 || strcmp(node->name, "null") == 0)
        schema_problem(schema, place_of(source, node), "%s.%s: not a name for an enum value", type->name, node->name);
    if (table_add(&type->value_table, value->name, value))
        schema_problem(schema, place_of(source, node), "%s.%s is defined twice", type->name, value->name);
}

static void build_input(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                        const struct node *node)
{
    struct input_value *input = &type->inputs[type->input_count++];

    input_value_init(schema, source, node, input);
    check_name(schema, input->place, input->name);
    if (table_add(&type->input_table, input->name, input))
        schema_problem(schema, input->place, "%s.%s is defined twice", type->name, input->name);
}

static void build_member(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                         const struct node *node)
{
    struct type *member = schema_type(schema, node->name);

    if (!member || member->kind != TYPE_OBJECT)
        schema_problem(schema, place_of(source, node), "%s: %s is no object type", type->name, node->name);
    else
        type->possible[type->possible_count++] = member;
}

static void build_interface(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                            const struct node *node)
{
    struct type *interface = schema_type(schema, node->name);

    if (!interface || interface->kind != TYPE_INTERFACE)
        schema_problem(schema, place_of(source, node), "%s: %s is no interface", type->name, node->name);
    else
        type->interfaces[type->interface_count++] = interface;
}

typedef void build_child(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                         const struct node *node);

static void build_children(struct gql_schema *schema, struct type *type, build_child *build)
{
    for (const struct type_part *part = type->parts; part; part = part->next) {
        for (const struct node *node = part->node->children; node; node = node->next)
            build(schema, type, part->source, node);
    }
}

static unsigned count_children(const struct type *type)
{
    unsigned count = 0;

    for (const struct type_part *part = type->parts; part; part = part->next)
        count += chain_length(part->node->children);
    return count;
}

static void build_interfaces(struct gql_schema *schema, struct type *type)
{
    unsigned count = 0;

    for (const struct type_part *part = type->parts; part; part = part->next)
        count += chain_length(part->node->arguments);
    type->interfaces = TS_NEW_ARRAY(&schema->arena, struct type *, count);
    for (const struct type_part *part = type->parts; part; part = part->next) {
        for (const struct node *node = part->node->arguments; node; node = node->next)
            build_interface(schema, type, part->source, node);
    }
}

static void build_scalar(struct type *type)
{
    for (const struct type_part *part = type->parts; part; part = part->next) {
        const struct node *url = node_argument(node_directive(part->node, "specifiedBy"), "url");

        if (url)
            type->specified_by = url->text;
    }
}

static void build_type(struct gql_schema *schema, struct type *type)
{
    unsigned count = count_children(type);

    check_name(schema, type->place, type->name);
    if (!count && type->kind != TYPE_SCALAR)
        schema_problem(schema, type->place, "type %s is empty", type->name);
    switch (type->kind) {
    case TYPE_SCALAR:
        build_scalar(type);
        break;
    case TYPE_OBJECT:
    case TYPE_INTERFACE:
        type->fields = TS_NEW_ARRAY(&schema->arena, struct field, count);
        build_children(schema, type, build_field);
        build_interfaces(schema, type);
        break;
    case TYPE_UNION:
        type->possible = TS_NEW_ARRAY(&schema->arena, struct type *, count);
        build_children(schema, type, build_member);
        break;
    case TYPE_ENUM:
        type->values = TS_NEW_ARRAY(&schema->arena, struct enum_value, count);
        build_children(schema, type, build_enum_value);
        break;
    case TYPE_INPUT:
        type->inputs = TS_NEW_ARRAY(&schema->arena, struct input_value, count);
        type->one_of = node_directive(type->parts->node, "oneOf") != NULL;
        build_children(schema, type, build_input);
        break;
    }
}

/* Objects are their own only possibility; interfaces gather those that name them. */
static void gather_possible(struct gql_schema *schema)
{
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];

        if (type->kind == TYPE_OBJECT || type->kind == TYPE_INTERFACE)
            type->possible = TS_NEW_ARRAY(&schema->arena, struct type *, schema->type_count);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];

        if (type->kind != TYPE_OBJECT)
            continue;
        type->possible[type->possible_count++] = type;
        for (unsigned j = 0; j < type->interface_count; j++) {
            struct type *interface = type->interfaces[j];

            interface->possible[interface->possible_count++] = type;
        }
    }
}

/* IsValidImplementation (section 3.6): the interface's fields with fitting types and the same arguments. */
static void check_interface(struct gql_schema *schema, const struct type *type, const struct type *interface)
{
    for (unsigned i = 0; i < interface->field_count; i++) {
        const struct field *wanted = &interface->fields[i];
        const struct field *field = table_find(&type->field_table, wanted->name);

        if (!field || !type_ref_is_subtype(field->type, wanted->type)) {
            schema_problem(schema, type->place, "type %s: field %s of interface %s is not there or does not fit",
                           type->name, wanted->name, interface->name);
            continue;
        }
        for (unsigned j = 0; j < wanted->argument_count; j++) {
            const struct input_value *argument = field_argument(field, wanted->arguments[j].name);

            if (!argument || !type_ref_equal(argument->type, wanted->arguments[j].type))
                schema_problem(schema, field->place, "%s.%s: argument %s of interface %s is not there or differs",
                               type->name, field->name, wanted->arguments[j].name, interface->name);
        }
    }
}

static void check_interfaces(struct gql_schema *schema)
{
    for (unsigned i = 0; i < schema->type_count; i++) {
        for (unsigned j = 0; j < schema->types[i]->interface_count; j++)
            check_interface(schema, schema->types[i], schema->types[i]->interfaces[j]);
    }
}

static uint32_t directive_locations(struct gql_schema *schema, const struct gql_source *source,
                                    const struct node *nodes)
{
    uint32_t locations = 0;

    for (const struct node *node = nodes; node; node = node->next) {
        unsigned i = 0;

        while (i < DIRECTIVE_LOCATION_COUNT && strcmp(location_names[i], node->name) != 0)
            i++;
        if (i == DIRECTIVE_LOCATION_COUNT)
            schema_problem(schema, place_of(source, node), "%s is no directive location", node->name);
        else
            locations |= 1u << i;
    }
    return locations;
}

static void build_directive(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct directive *directive = TS_NEW(&schema->arena, struct directive);

    directive->name = node->name;
    directive->description = node->text;
    directive->repeatable = node->flag;
    directive->hidden = source == &schema->sources[1];
    directive->arguments = build_arguments(schema, source, node->arguments, &directive->argument_count);
    directive->locations = directive_locations(schema, source, node->children);
    if (table_add(&schema->directive_table, directive->name, directive))
        schema_problem(schema, place_of(source, node), "directive @%s is defined twice", directive->name);
    else
        schema->directives[schema->directive_count++] = directive;
}

static void build_schema_definition(struct gql_schema *schema, const struct gql_source *source,
                                    const struct node *definition)
{
    if (definition->text)
        schema->description = definition->text;
    for (const struct node *node = definition->children; node; node = node->next) {
        struct type *type = schema_type(schema, node->type->name);

        if (!type || type->kind != TYPE_OBJECT)
            schema_problem(schema, place_of(source, node), "%s is no object type", node->type->name);
        else
            schema->roots[node->operation] = type;
    }
}

static void build_roots(struct gql_schema *schema)
{
    static const char *const names[] = { "Query", "Mutation", "Subscription" };

    for (unsigned i = 0; i < 3; i++) {
        struct type *type = schema_type(schema, names[i]);

        if (type && type->kind == TYPE_OBJECT)
            schema->roots[i] = type;
    }
}

static void build_other(struct gql_schema *schema, struct document *documents)
{
    size_t count = 0;

    for (size_t i = 0; i < schema->source_count; i++)
        count += chain_length(documents[i].definitions);
    schema->directives = TS_NEW_ARRAY(&schema->arena, struct directive *, count);
    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = documents[i].definitions; node; node = node->next) {
            if (node->kind == NODE_DIRECTIVE_DEFINITION)
                build_directive(schema, &schema->sources[i], node);
            else if (node->kind == NODE_SCHEMA_DEFINITION)
                build_schema_definition(schema, &schema->sources[i], node);
        }
    }
}

static void build_meta_fields(struct gql_schema *schema)
{
    const struct type_ref *string = &schema_type(schema, "String")->ref;
    struct type_ref *required = TS_NEW(&schema->arena, struct type_ref);
    struct type_ref *schema_ref = TS_NEW(&schema->arena, struct type_ref);
    struct input_value *name = TS_NEW(&schema->arena, struct input_value);

    *required = (struct type_ref){ REF_NON_NULL, string, string->type };
    *schema_ref =
        (struct type_ref){ REF_NON_NULL, &schema_type(schema, "__Schema")->ref, schema_type(schema, "__Schema") };
    *name = (struct input_value){ .name = "name", .type = required };
    schema->meta_typename = (struct field){ .name = "__typename", .type = required };
    schema->meta_schema = (struct field){ .name = "__schema", .type = schema_ref };
    schema->meta_type = (struct field){
        .name = "__type", .type = &schema_type(schema, "__Type")->ref, .arguments = name, .argument_count = 1
    };
    schema->boolean_ref = &schema_type(schema, "Boolean")->ref;
}

static bool parse_sources(struct gql_schema *schema, struct document *documents, size_t *ret_definition_count)
{
    bool good = true;

    for (size_t i = 0; i < schema->source_count; i++) {
        const struct gql_source *source = &schema->sources[i];
        struct error_list errors;

        error_list_init(&errors, &schema->arena, /* count_max= */ 1);
        if (!parse_type_system(&schema->arena, source->text, strlen(source->text), &errors, &documents[i])) {
            schema_problem(schema, (struct place){ source, errors.first->offsets[0] }, "%s", errors.first->message);
            good = false;
            continue;
        }
        *ret_definition_count += chain_length(documents[i].definitions);
    }
    return good;
}

void schema_build(struct gql_schema *schema)
{
    struct document *documents = TS_NEW_ARRAY(&schema->arena, struct document, schema->source_count);
    size_t definition_count = 0;

    table_init(&schema->type_table, &schema->arena);
    table_init(&schema->directive_table, &schema->arena);
    if (!parse_sources(schema, documents, &definition_count))
        return;
    schema->types = TS_NEW_ARRAY(&schema->arena, struct type *, definition_count);
    gather_types(schema, documents, /* extensions= */ false);
    gather_types(schema, documents, /* extensions= */ true);
    for (unsigned i = 0; i < schema->type_count; i++)
        build_type(schema, schema->types[i]);
    gather_possible(schema);
    check_interfaces(schema);
    build_roots(schema);
    build_other(schema, documents);
    build_meta_fields(schema);
    if (!schema->roots[OPERATION_QUERY])
        schema_problem(schema, (struct place){ 0 }, "there is no type Query");
}
