/*
 * What SDL says, looked at before types are made of it: names that are defined once, names that exist, extensions of
 * what is there, directives where they may stand with the arguments they take. All texts of a schema count as one
 * document. Other engines call this SDL validation; the messages are theirs.
 */
#include <string.h>

#include "graphql/suggest.h"
#include "graphql/type/check.h"

/* A type's definition and what its parts have named so far. */
struct sdl_type {
    const struct node *node;
    bool builtin;
    struct table children;   /* fields or values */
    struct table directives; /* that are not repeatable */
};

struct sdl_directive {
    const struct node *node;
    bool builtin;
};

struct sdl {
    struct gql_schema *schema;
    struct ts_arena *arena;
    const struct gql_source *source; /* being looked at */
    struct table types, directives;
    const char **names; /* of types, in order */
    size_t name_count;
    struct table schema_directives; /* of the schema's definition and extensions */
    const struct node *roots[3];
    const struct node *schema_definition;
    size_t suggest_work;
};

#define problem(sdl, node, ...)                                                                                        \
    schema_problem((sdl)->schema, (struct place){ (sdl)->source, (node)->offset }, __VA_ARGS__)

static const char *suggest_type(struct sdl *sdl, const char *name)
{
    return suggest_names(sdl->arena, "", name, sdl->names, sdl->name_count, &sdl->suggest_work);
}

/* Definitions of types. */

static bool is_root_name(const char *name)
{
    return strcmp(name, "Query") == 0 || strcmp(name, "Mutation") == 0 || strcmp(name, "Subscription") == 0;
}

/* Where rules are used each module has its slice of the roots, and names the scalars it needs. */
static bool may_repeat(const struct sdl *sdl, const struct sdl_type *type, const struct node *node)
{
    if (type->builtin)
        return true;
    return !sdl->schema->plain && type->node->kind == node->kind &&
           (is_root_name(node->name) || node->kind == NODE_SCALAR_DEFINITION);
}

static void define_type(struct sdl *sdl, const struct node *node)
{
    struct sdl_type *type = table_find(&sdl->types, node->name);

    if (type) {
        if (!may_repeat(sdl, type, node))
            problem(sdl, node, "There can be only one type named \"%s\".", node->name);
        return;
    }
    type = TS_NEW(sdl->arena, struct sdl_type);
    type->node = node;
    type->builtin = sdl->source == &sdl->schema->sources[0];
    table_init(&type->children, sdl->arena);
    table_init(&type->directives, sdl->arena);
    (void)table_add(&sdl->types, node->name, type);
    sdl->names[sdl->name_count++] = node->name;
}

static void define_directive(struct sdl *sdl, const struct node *node)
{
    struct sdl_directive *directive = table_find(&sdl->directives, node->name);

    if (directive && !directive->builtin) {
        problem(sdl, node, "There can be only one directive named \"@%s\".", node->name);
        return;
    }
    directive = TS_NEW(sdl->arena, struct sdl_directive);
    *directive = (struct sdl_directive){ node, sdl->source == &sdl->schema->sources[0] };
    table_set(&sdl->directives, node->name, directive);
}

static void define(struct sdl *sdl, const struct node *node)
{
    if (node->kind == NODE_DIRECTIVE_DEFINITION) {
        define_directive(sdl, node);
    } else if (node->kind == NODE_SCHEMA_DEFINITION && !node->extension) {
        if (sdl->schema_definition && sdl->schema->plain)
            problem(sdl, node, "Must provide only one schema definition.");
        sdl->schema_definition = node;
    } else if (is_type_definition(node) && (!node->extension || (!sdl->schema->plain && is_root_name(node->name)))) {
        define_type(sdl, node);
    }
}

/* Names that are used. */

static void check_type_name(struct sdl *sdl, const struct node *node)
{
    while (node->type)
        node = node->type;
    if (!table_find(&sdl->types, node->name))
        problem(sdl, node, "Unknown type \"%s\".%s", node->name, suggest_type(sdl, node->name));
}

static bool is_given(const struct node *directive, const char *name)
{
    const struct node *argument = directive->arguments;

    while (argument && strcmp(argument->name, name) != 0)
        argument = argument->next;
    return argument != NULL;
}

static const char *type_text(struct ts_arena *arena, const struct node *type)
{
    if (type->kind == NODE_NAMED_TYPE)
        return type->name;
    return ts_printf(arena, type->kind == NODE_LIST_TYPE ? "[%s]" : "%s!", type_text(arena, type->type));
}

static const char *suggest_argument(struct sdl *sdl, const char *name, const struct node *definition)
{
    const char **names;
    size_t count = 0;

    for (const struct node *node = definition->arguments; node; node = node->next)
        count++;
    names = TS_NEW_ARRAY(sdl->arena, const char *, count);
    count = 0;
    for (const struct node *node = definition->arguments; node; node = node->next)
        names[count++] = node->name;
    return suggest_names(sdl->arena, "", name, names, count, &sdl->suggest_work);
}

/* An object's fields are given once, however deep it stands. */
static void check_value_names(struct sdl *sdl, const struct node *value)
{
    struct table names;

    table_init(&names, sdl->arena);
    for (const struct node *node = value->children; node; node = node->next) {
        if (node->kind == NODE_OBJECT_FIELD && table_add(&names, node->name, (void *)node))
            problem(sdl, node, "There can be only one input field named \"%s\".", node->name);
        check_value_names(sdl, node->kind == NODE_OBJECT_FIELD ? node->value : node);
    }
}

static void check_arguments(struct sdl *sdl, const struct node *node, const struct node *definition)
{
    struct table names;

    table_init(&names, sdl->arena);
    for (const struct node *argument = node->arguments; argument; argument = argument->next) {
        const struct node *known = definition ? definition->arguments : NULL;

        while (known && strcmp(known->name, argument->name) != 0)
            known = known->next;
        if (definition && !known)
            problem(sdl, argument, "Unknown argument \"%s\" on directive \"@%s\".%s", argument->name, node->name,
                    suggest_argument(sdl, argument->name, definition));
        if (table_add(&names, argument->name, (void *)argument))
            problem(sdl, argument, "There can be only one argument named \"%s\".", argument->name);
        check_value_names(sdl, argument->value);
    }
    for (const struct node *known = definition ? definition->arguments : NULL; known; known = known->next) {
        if (known->type->kind == NODE_NON_NULL_TYPE && !known->value && !is_given(node, known->name))
            problem(sdl, node, "Directive \"@%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
                    node->name, known->name, type_text(sdl->arena, known->type));
    }
}

static bool stands_on(const struct node *definition, enum directive_location location)
{
    for (const struct node *node = definition->children; node; node = node->next) {
        if (strcmp(node->name, directive_location_name(location)) == 0)
            return true;
    }
    return false;
}

/* `seen`: what stands at this place already, or NULL for one that has no other parts. */
static void check_directives(struct sdl *sdl, const struct node *owner, enum directive_location location,
                             struct table *seen)
{
    struct table here;

    if (!owner->directives)
        return;
    table_init(&here, sdl->arena);
    for (const struct node *node = owner->directives; node; node = node->next) {
        const struct sdl_directive *directive = table_find(&sdl->directives, node->name);

        if (!directive)
            problem(sdl, node, "Unknown directive \"@%s\".", node->name);
        else if (!stands_on(directive->node, location))
            problem(sdl, node, "Directive \"@%s\" may not be used on %s.", node->name,
                    directive_location_name(location));
        if (directive && !directive->node->flag && table_add(seen ? seen : &here, node->name, (void *)node))
            problem(sdl, node, "The directive \"@%s\" can only be used once at this location.", node->name);
        check_arguments(sdl, node, directive ? directive->node : NULL);
    }
}

/* Parts of types. */

static void check_input(struct sdl *sdl, const struct node *node, enum directive_location location)
{
    check_type_name(sdl, node->type);
    check_directives(sdl, node, location, NULL);
    if (node->value)
        check_value_names(sdl, node->value);
}

/* `owner`: "Query.event" or "@skip". */
static void check_argument_definitions(struct sdl *sdl, const struct node *arguments, const char *owner)
{
    struct table names;

    table_init(&names, sdl->arena);
    for (const struct node *node = arguments; node; node = node->next) {
        if (table_add(&names, node->name, (void *)node))
            problem(sdl, node, "Argument \"%s(%s:)\" can only be defined once.", owner, node->name);
        check_input(sdl, node, LOCATION_ARGUMENT_DEFINITION);
    }
}

static void check_child(struct sdl *sdl, const struct node *owner, const struct node *node, struct table *names)
{
    const char *what = node->kind == NODE_ENUM_VALUE_DEFINITION ? "Enum value" : "Field";

    if (node->kind == NODE_NAMED_TYPE) { /* a union's member */
        check_type_name(sdl, node);
        return;
    }
    if (names && table_add(names, node->name, (void *)node))
        problem(sdl, node, "%s \"%s.%s\" can only be defined once.", what, owner->name, node->name);
    if (node->kind == NODE_ENUM_VALUE_DEFINITION) {
        check_directives(sdl, node, LOCATION_ENUM_VALUE, NULL);
    } else if (node->kind == NODE_INPUT_VALUE_DEFINITION) {
        check_input(sdl, node, LOCATION_INPUT_FIELD_DEFINITION);
    } else {
        check_argument_definitions(sdl, node->arguments, ts_printf(sdl->arena, "%s.%s", owner->name, node->name));
        check_type_name(sdl, node->type);
        check_directives(sdl, node, LOCATION_FIELD_DEFINITION, NULL);
    }
}

static void check_extension(struct sdl *sdl, const struct node *node, const struct sdl_type *type)
{
    static const char *const kinds[] = { "scalar", "object", "interface", "union", "enum", "input object" };

    if (!type)
        problem(sdl, node, "Cannot extend type \"%s\" because it is not defined.%s", node->name,
                suggest_type(sdl, node->name));
    else if (type->node->kind != node->kind)
        problem(sdl, node, "Cannot extend non-%s type \"%s\".", kinds[definition_kind(node)], node->name);
}

static void check_type_definition(struct sdl *sdl, const struct node *node)
{
    static const enum directive_location locations[] = { LOCATION_SCALAR, LOCATION_OBJECT, LOCATION_INTERFACE,
                                                         LOCATION_UNION,  LOCATION_ENUM,   LOCATION_INPUT_OBJECT };
    struct sdl_type *type = table_find(&sdl->types, node->name);

    if (node->extension)
        check_extension(sdl, node, type);
    if (type && type->builtin && sdl->source != &sdl->schema->sources[0] && !node->extension)
        return; /* written out once more: the built-in one stands */
    check_directives(sdl, node, locations[definition_kind(node)], type ? &type->directives : NULL);
    if (node->kind == NODE_OBJECT_DEFINITION || node->kind == NODE_INTERFACE_DEFINITION) {
        for (const struct node *interface = node->arguments; interface; interface = interface->next)
            check_type_name(sdl, interface);
    }
    for (const struct node *child = node->children; child; child = child->next)
        check_child(sdl, node, child, type ? &type->children : NULL);
}

static void check_schema_definition(struct sdl *sdl, const struct node *node)
{
    check_directives(sdl, node, LOCATION_SCHEMA, &sdl->schema_directives);
    for (const struct node *root = node->children; root; root = root->next) {
        if (sdl->roots[root->operation])
            problem(sdl, root, "There can be only one %s type in schema.", operation_word(root->operation));
        sdl->roots[root->operation] = root;
        check_type_name(sdl, root->type);
    }
}

static void check_definition(struct sdl *sdl, const struct node *node)
{
    if (node->kind == NODE_SCHEMA_DEFINITION)
        check_schema_definition(sdl, node);
    else if (node->kind == NODE_DIRECTIVE_DEFINITION)
        check_argument_definitions(sdl, node->arguments, ts_printf(sdl->arena, "@%s", node->name));
    else
        check_type_definition(sdl, node);
}

static void each_definition(struct sdl *sdl, void (*visit)(struct sdl *sdl, const struct node *node))
{
    for (size_t i = 0; i < sdl->schema->source_count; i++) {
        sdl->source = &sdl->schema->sources[i];
        for (const struct node *node = sdl->schema->documents[i].definitions; node; node = node->next)
            visit(sdl, node);
    }
}

static void count_definition(struct sdl *sdl, const struct node *node)
{
    (void)node;
    sdl->name_count++;
}

void check_sdl(struct gql_schema *schema)
{
    struct sdl sdl = { .schema = schema, .arena = &schema->arena };

    table_init(&sdl.types, sdl.arena);
    table_init(&sdl.directives, sdl.arena);
    table_init(&sdl.schema_directives, sdl.arena);
    each_definition(&sdl, count_definition);
    sdl.names = TS_NEW_ARRAY(sdl.arena, const char *, sdl.name_count);
    sdl.name_count = 0;
    each_definition(&sdl, define);
    each_definition(&sdl, check_definition);
}
