/*
 * SDL texts to types. Definitions and extensions of one name are gathered as parts first, so that the order of texts
 * does not matter; where rules are used, a second definition of a root type (each module has its slice of Query) is one
 * more part too. What check_sdl.c found sound is built here and then judged by check_types.c.
 */
#include <string.h>

#include "graphql/error.h"
#include "graphql/language/parser.h"
#include "graphql/type/check.h"
#include "graphql/type/introspection.h"
#include "graphql/type/schema.h"

enum { ARGUMENTS_FEW = 8 }; /* looked for one after the other */

static struct place place_of(const struct gql_source *source, const struct node *node)
{
    return (struct place){ source, node->offset };
}

static enum scalar_kind scalar_of_name(const char *name, enum scalar_kind last)
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

    for (unsigned i = SCALAR_INT; i <= last; i++) {
        if (strcmp(names[i], name) == 0)
            return (enum scalar_kind)i;
    }
    return SCALAR_CUSTOM;
}

static struct type *type_new(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct type *type = TS_NEW(&schema->arena, struct type);

    type->name = node->name;
    type->description = node->text;
    type->kind = definition_kind(node);
    type->place = place_of(source, node);
    type->ref = (struct type_ref){ .kind = REF_NAMED, .type = type };
    type->builtin = source == &schema->sources[0];
    type->hidden = source == schema->rules_source;
    type->index = schema->type_count;
    table_init(&type->field_table, &schema->arena);
    table_init(&type->value_table, &schema->arena);
    table_init(&type->input_table, &schema->arena);
    if (type->kind == TYPE_SCALAR)
        type->scalar = scalar_of_name(type->name, schema->plain ? SCALAR_ID : SCALAR_URL);
    if (type->kind == TYPE_SCALAR && type->scalar == SCALAR_CUSTOM && !schema->plain)
        schema_problem(schema, type->place, "scalar %s is none that the engine knows", type->name);
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

/* A built-in type written out once more, as tools print schemas, changes nothing. */
static void define_type(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct type *type = schema_type(schema, node->name);

    if (!type)
        type = type_new(schema, source, node);
    else if (type->builtin && !node->extension)
        return;
    type_add_part(schema, type, source, node);
    if (node->text)
        type->description = node->text;
}

/* An extension needs its type, whichever text defines it: definitions first, then extensions. */
static void gather_types(struct gql_schema *schema, bool extensions)
{
    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = schema->documents[i].definitions; node; node = node->next) {
            if (is_type_definition(node) && node->extension == extensions)
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

static const struct type_ref *resolve_ref(struct gql_schema *schema, const struct node *node)
{
    const struct type_ref *ref = schema_type_ref(schema, &schema->arena, node);

    return ref ? ref : &schema_type(schema, "String")->ref; /* check_sdl.c has refused it; building goes on */
}

static void input_value_init(struct gql_schema *schema, const struct gql_source *source, const struct node *node,
                             struct input_value *value)
{
    *value = (struct input_value){ .name = node->name,
                                   .description = node->text,
                                   .deprecation = deprecation_of(node),
                                   .type = resolve_ref(schema, node->type),
                                   .default_value = node->value,
                                   .node = node,
                                   .place = place_of(source, node) };
}

/* Arguments, and a table of them where they are more than one wants to go through. */
static struct input_value *build_arguments(struct gql_schema *schema, const struct gql_source *source,
                                           const struct node *nodes, unsigned *ret_count, struct table *ret_table)
{
    struct input_value *arguments = TS_NEW_ARRAY(&schema->arena, struct input_value, chain_length(nodes));
    unsigned count = 0;

    for (const struct node *node = nodes; node; node = node->next)
        input_value_init(schema, source, node, &arguments[count++]);
    *ret_count = count;
    table_init(ret_table, &schema->arena);
    for (unsigned i = 0; count > ARGUMENTS_FEW && i < count; i++)
        (void)table_add(ret_table, arguments[i].name, &arguments[i]);
    return arguments;
}

static void build_field(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                        const struct node *node)
{
    struct field *field = &type->fields[type->field_count++];

    *field = (struct field){ .name = node->name,
                             .description = node->text,
                             .deprecation = deprecation_of(node),
                             .parent = type,
                             .type = resolve_ref(schema, node->type),
                             .node = node,
                             .place = place_of(source, node),
                             .resolve = type->builtin ? introspection_resolve : schema->resolve,
                             .hidden = !schema->plain && node_directive(node, "http") != NULL };
    field->arguments = build_arguments(schema, source, node->arguments, &field->argument_count, &field->argument_table);
    if (!field->hidden)
        (void)table_add(&type->field_table, field->name, field);
}

static void build_enum_value(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                             const struct node *node)
{
    struct enum_value *value = &type->values[type->value_count++];

    *value = (struct enum_value){ node->name, node->text, deprecation_of(node), node, place_of(source, node) };
    (void)schema;
    (void)table_add(&type->value_table, value->name, value);
}

static void build_input(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                        const struct node *node)
{
    struct input_value *input = &type->inputs[type->input_count++];

    input_value_init(schema, source, node, input);
    (void)table_add(&type->input_table, input->name, input);
}

/* Wrong members and interfaces are kept out here and named by check_types.c, which reads the parts once more. */
static void build_member(struct gql_schema *schema, struct type *type, const struct gql_source *source,
                         const struct node *node)
{
    struct type *member = schema_type(schema, node->name);

    (void)source;
    if (member && member->kind == TYPE_OBJECT)
        type->possible[type->possible_count++] = member;
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
        for (const struct node *node = part->node->arguments; node; node = node->next) {
            struct type *interface = schema_type(schema, node->name);

            if (interface && interface->kind == TYPE_INTERFACE && !type_implements(type, interface))
                type->interfaces[type->interface_count++] = interface;
        }
    }
}

static const struct node *type_directive(const struct type *type, const char *name)
{
    const struct node *directive = NULL;

    for (const struct type_part *part = type->parts; part && !directive; part = part->next)
        directive = node_directive(part->node, name);
    return directive;
}

static void build_type(struct gql_schema *schema, struct type *type)
{
    unsigned count = count_children(type);
    const struct node *url;

    switch (type->kind) {
    case TYPE_SCALAR:
        url = node_argument(type_directive(type, "specifiedBy"), "url");
        type->specified_by = url ? url->text : NULL;
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
        type->one_of = type_directive(type, "oneOf") != NULL;
        build_children(schema, type, build_input);
        break;
    }
}

/* Room for what interfaces may be: counted first, for there may be thousands of types. */
static void count_possible(struct gql_schema *schema)
{
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];

        for (unsigned j = 0; type->kind == TYPE_OBJECT && j < type->interface_count; j++)
            type->interfaces[j]->possible_count++;
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];

        if (type->kind != TYPE_OBJECT && type->kind != TYPE_INTERFACE)
            continue;
        type->possible = TS_NEW_ARRAY(&schema->arena, struct type *, type->possible_count + 1);
        type->possible_count = 0;
    }
}

/* Objects are their own only possibility; interfaces gather those that name them. */
static void gather_possible(struct gql_schema *schema)
{
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

static void index_possible(struct gql_schema *schema)
{
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];

        if (!type_is_abstract(type))
            continue;
        type->possible_words = schema->type_count / 64 + 1;
        type->possible_bits = TS_NEW_ARRAY(&schema->arena, uint64_t, type->possible_words);
        for (unsigned j = 0; j < type->possible_count; j++)
            type->possible_bits[type->possible[j]->index / 64] |= UINT64_C(1) << type->possible[j]->index % 64;
    }
}

/* One that tools printed along replaces the built-in one of its name. */
static void build_directive(struct gql_schema *schema, const struct gql_source *source, const struct node *node)
{
    struct directive *directive = schema_directive(schema, node->name);

    if (!directive) {
        directive = TS_NEW(&schema->arena, struct directive);
        (void)table_add(&schema->directive_table, node->name, directive);
        schema->directives[schema->directive_count++] = directive;
    }
    directive->name = node->name;
    directive->description = node->text;
    directive->repeatable = node->flag;
    directive->builtin = source == &schema->sources[0];
    directive->hidden = source == schema->rules_source;
    directive->node = node;
    directive->place = place_of(source, node);
    directive->arguments =
        build_arguments(schema, source, node->arguments, &directive->argument_count, &directive->argument_table);
    directive->locations = 0;
    for (const struct node *location = node->children; location; location = location->next)
        directive->locations |= 1u << directive_location_find(location->name);
}

static void build_directives(struct gql_schema *schema, size_t definition_count)
{
    schema->directives = TS_NEW_ARRAY(&schema->arena, struct directive *, definition_count);
    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = schema->documents[i].definitions; node; node = node->next) {
            if (node->kind == NODE_DIRECTIVE_DEFINITION)
                build_directive(schema, &schema->sources[i], node);
        }
    }
}

static void set_root(struct gql_schema *schema, struct place place, unsigned operation, const char *name)
{
    struct type *type = schema_type(schema, name);

    if (!type)
        return; /* check_sdl.c has refused it */
    schema->roots[operation] = type->kind == TYPE_OBJECT ? type : NULL;
    if (type->kind != TYPE_OBJECT)
        check_root_problem(schema, place, operation, name);
}

/* By the schema's definition and extensions, or by the types' names where there is no definition. */
static void build_roots(struct gql_schema *schema)
{
    static const char *const names[] = { "Query", "Mutation", "Subscription" };
    bool defined = false;

    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = schema->documents[i].definitions; node; node = node->next)
            defined |= node->kind == NODE_SCHEMA_DEFINITION && !node->extension;
    }
    for (unsigned i = 0; i < 3 && !defined; i++) {
        struct type *type = schema_type(schema, names[i]);

        if (type)
            set_root(schema, type->place, i, names[i]);
    }
    for (size_t i = 0; i < schema->source_count; i++) {
        for (const struct node *node = schema->documents[i].definitions; node; node = node->next) {
            if (node->kind != NODE_SCHEMA_DEFINITION)
                continue;
            schema->description = node->text ? node->text : schema->description;
            for (const struct node *root = node->children; root; root = root->next)
                set_root(schema, place_of(&schema->sources[i], root), root->operation, root->type->name);
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
    schema->meta_schema = (struct field){ .name = "__schema", .type = schema_ref, .resolve = introspection_resolve };
    schema->meta_type = (struct field){ .name = "__type",
                                        .type = &schema_type(schema, "__Type")->ref,
                                        .arguments = name,
                                        .argument_count = 1,
                                        .resolve = introspection_resolve };
    schema->boolean_ref = &schema_type(schema, "Boolean")->ref;
}

static void note_inputs(const struct input_value *inputs, unsigned count, bool *used)
{
    for (unsigned i = 0; i < count; i++)
        used[inputs[i].type->type->index] = true;
}

/* Built-in scalars that nothing uses are not part of the schema (section 3.5). */
static void hide_unused_scalars(struct gql_schema *schema)
{
    bool *used = TS_NEW_ARRAY(&schema->arena, bool, schema->type_count);

    for (unsigned i = 0; i < schema->type_count; i++) {
        const struct type *type = schema->types[i];

        note_inputs(type->inputs, type->input_count, used);
        for (unsigned j = 0; j < type->field_count; j++) {
            used[type->fields[j].type->type->index] = true;
            note_inputs(type->fields[j].arguments, type->fields[j].argument_count, used);
        }
    }
    for (unsigned i = 0; i < schema->directive_count; i++)
        note_inputs(schema->directives[i]->arguments, schema->directives[i]->argument_count, used);
    for (unsigned i = 0; i < schema->type_count; i++) {
        if (schema->types[i]->builtin && schema->types[i]->kind == TYPE_SCALAR)
            schema->types[i]->hidden = !used[i];
    }
}

static bool parse_sources(struct gql_schema *schema, size_t *ret_definition_count)
{
    bool good = true;

    schema->documents = TS_NEW_ARRAY(&schema->arena, struct document, schema->source_count);
    for (size_t i = 0; i < schema->source_count; i++) {
        const struct gql_source *source = &schema->sources[i];
        struct error_list errors;

        error_list_init(&errors, &schema->arena, /* count_max= */ 1);
        if (!parse_type_system(&schema->arena, source->text, strlen(source->text), &errors, &schema->documents[i])) {
            schema_problem(schema, (struct place){ source, errors.first->offsets[0] }, "%s", errors.first->message);
            good = false;
            continue;
        }
        *ret_definition_count += chain_length(schema->documents[i].definitions);
    }
    return good;
}

void schema_build(struct gql_schema *schema)
{
    size_t definition_count = 0, problems = schema->problems->size;

    table_init(&schema->type_table, &schema->arena);
    table_init(&schema->directive_table, &schema->arena);
    if (!parse_sources(schema, &definition_count))
        return;
    check_sdl(schema);
    if (schema->problems->size != problems)
        return;
    schema->types = TS_NEW_ARRAY(&schema->arena, struct type *, definition_count);
    gather_types(schema, /* extensions= */ false);
    gather_types(schema, /* extensions= */ true);
    for (unsigned i = 0; i < schema->type_count; i++)
        build_type(schema, schema->types[i]);
    count_possible(schema);
    gather_possible(schema);
    index_possible(schema);
    build_directives(schema, definition_count);
    build_roots(schema);
    build_meta_fields(schema);
    hide_unused_scalars(schema);
    check_types(schema);
}
