/*
 * The type system (specification section 3) as structs: made once from SDL texts, then only read. All of it lives in
 * the schema's arena. What an object field's rule became is in rules.h.
 */
#ifndef GRAPHQL_TYPE_SCHEMA_H
#define GRAPHQL_TYPE_SCHEMA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "graphql/graphql.h"
#include "graphql/language/ast.h"
#include "graphql/language/directive_location.h"
#include "graphql/table.h"

struct rule;
struct node_rule;
struct http_rule;

enum type_kind { TYPE_SCALAR, TYPE_OBJECT, TYPE_INTERFACE, TYPE_UNION, TYPE_ENUM, TYPE_INPUT };

enum scalar_kind {
    SCALAR_CUSTOM, /* of a plain schema: any value fits */
    SCALAR_INT,
    SCALAR_FLOAT,
    SCALAR_STRING,
    SCALAR_BOOLEAN,
    SCALAR_ID,
    SCALAR_DATE_TIME,
    SCALAR_DECIMAL,
    SCALAR_CURRENCY_CODE,
    SCALAR_TIME_ZONE,
    SCALAR_URL,
};

/* Where something was defined, for problems found at start. */
struct place {
    const struct gql_source *source;
    uint32_t offset;
};

enum ref_kind { REF_NAMED, REF_LIST, REF_NON_NULL };

/* A type as a field or argument names it: Event, [Event], Event!. */
struct type_ref {
    enum ref_kind kind;
    const struct type_ref *of; /* of LIST and NON_NULL */
    struct type *type;         /* the innermost, whatever the kind */
};

struct input_value {
    const char *name, *description, *deprecation;
    const struct type_ref *type;
    const struct node *default_value;
    const struct node *node;
    struct place place;
};

struct field {
    const char *name, *description, *deprecation;
    const struct type *parent;
    const struct type_ref *type;
    struct input_value *arguments;
    unsigned argument_count;
    struct table argument_table; /* where they are many */
    const struct node *node;
    struct place place;
    const struct rule *rule; /* what says its value; NULL: */
    gql_resolve *resolve;    /* this does; NULL too: a field of a schema that is not executed */
    bool hidden;             /* not published: @http */
};

struct enum_value {
    const char *name, *description, *deprecation;
    const struct node *node;
    struct place place;
};

/* The node and source of one definition or extension of a type. */
struct type_part {
    struct type_part *next;
    const struct node *node;
    const struct gql_source *source;
};

struct type {
    const char *name, *description;
    enum type_kind kind;
    enum scalar_kind scalar;
    struct type_part *parts;
    struct place place;
    struct type_ref ref; /* naming this very type */

    struct field *fields; /* objects and interfaces */
    unsigned field_count;
    struct table field_table;
    struct type **interfaces;
    unsigned interface_count;
    struct type **possible; /* objects that an interface or union may be; an object is its own only one */
    unsigned possible_count;
    uint64_t *possible_bits; /* the same by type index; NULL for what is not abstract */
    unsigned possible_words;
    unsigned index; /* among all types */
    struct enum_value *values;
    unsigned value_count;
    struct table value_table;
    struct input_value *inputs; /* fields of an input object */
    unsigned input_count;
    struct table input_table;
    bool one_of;
    const char *specified_by;
    bool hidden;  /* not published: of rules.graphql, or a built-in scalar that nothing uses */
    bool builtin; /* of builtin.graphql */

    /* by rules */
    const ProtobufCMessageDescriptor *message; /* of objects */
    unsigned grants;                           /* bits 1 << GrantKind; 0: not said */
    const struct node_rule *node_rule;
    struct enum_map *enum_maps;
    struct input_map *input_maps;
};

struct directive {
    const char *name, *description;
    struct input_value *arguments;
    unsigned argument_count;
    struct table argument_table; /* where they are many */
    bool repeatable, hidden, builtin;
    uint32_t locations; /* bits by enum directive_location */
    const struct node *node;
    struct place place;
};

struct plan_cache;

struct gql_schema {
    struct ts_arena arena;
    bool introspection, suggestions;
    struct gql_limits limits;
    bool plain;           /* no rules: any SDL */
    gql_resolve *resolve; /* of a plain schema, or NULL */
    const ProtobufCServiceDescriptor *const *services;
    const ProtobufCMessageDescriptor *const *events;
    const struct gql_source *sources; /* builtin, rules (not of a plain schema), then the caller's; copied */
    size_t source_count;
    const struct gql_source *rules_source; /* NULL: plain */
    struct document *documents;            /* by source */
    const char *description;

    struct type **types; /* in the order of definition */
    unsigned type_count;
    struct table type_table;
    struct directive **directives;
    unsigned directive_count;
    struct table directive_table;
    struct type *roots[3]; /* by enum operation_kind; NULL when absent */
    struct field meta_schema, meta_type, meta_typename;
    const struct type_ref *boolean_ref;

    struct http_rule *http_rules;
    struct plan_cache *cache;
    struct buf *problems; /* while building */
};

/* SDL to types, checked by the specification's own rules; rules are bound after. Problems go to schema->problems. */
void schema_build(struct gql_schema *schema);

/* "query", "mutation", "subscription" */
const char *operation_word(enum operation_kind kind);

/* "name:line: message" */
void schema_problem(struct gql_schema *schema, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct type *schema_type(const struct gql_schema *schema, const char *name);
struct directive *schema_directive(const struct gql_schema *schema, const char *name);

/* The type that a NAMED, LIST or NON_NULL type node names, in `arena`; NULL when there is no such type. */
const struct type_ref *schema_type_ref(const struct gql_schema *schema, struct ts_arena *arena,
                                       const struct node *node);

/* The field `name` of an object, interface or (only __typename) union, meta fields included; or NULL. */
const struct field *schema_field(const struct gql_schema *schema, const struct type *type, const char *name);

const struct input_value *type_input(const struct type *type, const char *name);
const struct enum_value *type_value(const struct type *type, const char *name);
const struct input_value *field_argument(const struct field *field, const char *name);
const struct input_value *directive_argument(const struct directive *directive, const char *name);
bool type_is_composite(const struct type *type); /* object, interface or union */
bool type_is_abstract(const struct type *type);
bool type_is_input(const struct type *type); /* scalar, enum or input object */
bool type_is_possible(const struct type *abstract, const struct type *object);
/* True if some object may be both. */
bool types_overlap(const struct type *left, const struct type *right);
bool type_implements(const struct type *type, const struct type *interface);

/* "[Event!]!", in the arena. */
const char *type_ref_print(struct ts_arena *arena, const struct type_ref *ref);
/* The same without its outer "!". */
const struct type_ref *type_ref_nullable(const struct type_ref *ref);
/* True if a value of `sub` may stand where `super` is asked for (covariance). */
bool type_ref_is_subtype(const struct type_ref *sub, const struct type_ref *super);
bool type_ref_equal(const struct type_ref *left, const struct type_ref *right);

/* No default and not nullable. */
bool input_is_required(const struct input_value *input);

/* The directive node of a definition, and its argument's value; or NULL. */
const struct node *node_directive(const struct node *node, const char *name);
const struct node *node_argument(const struct node *node, const char *name);

#endif
