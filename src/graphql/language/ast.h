/*
 * The abstract syntax tree of documents and of SDL. One node type serves all kinds: walkers stay generic and nodes
 * small. Lists are chains by `next`. Nodes and their strings live in the arena given to the parser.
 *
 *   kind                 name          text               arguments        children            type, value
 *   OPERATION            name or NULL                     variable defs    selections
 *   FRAGMENT             name          type condition                      selections
 *   FIELD                name          alias or NULL      arguments        selections or NULL
 *   FRAGMENT_SPREAD      name
 *   INLINE_FRAGMENT                    condition or NULL                   selections
 *   VARIABLE_DEFINITION  name                                                                  type, default
 *   ARGUMENT, OBJECT_FIELD  name                                                               value
 *   DIRECTIVE            name                             arguments
 *   NAMED_TYPE           name                                                                  (LIST, NON_NULL: type)
 *   VARIABLE, ENUM       name
 *   INT FLOAT STRING                   spelling or value
 *   BOOLEAN                                                (flag)
 *   LIST, OBJECT                                                           items, OBJECT_FIELDs
 *   definitions          name          description        interfaces (NAMED_TYPE; DIRECTIVE_DEFINITION: arguments,
 *                                                         FIELD_DEFINITION: arguments)
 *                                                         children: fields, values, members, locations
 */
#ifndef GRAPHQL_LANGUAGE_AST_H
#define GRAPHQL_LANGUAGE_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum node_kind {
    NODE_DOCUMENT,
    NODE_OPERATION,
    NODE_FRAGMENT,
    NODE_VARIABLE_DEFINITION,
    NODE_FIELD,
    NODE_FRAGMENT_SPREAD,
    NODE_INLINE_FRAGMENT,
    NODE_ARGUMENT,
    NODE_DIRECTIVE,
    NODE_NAMED_TYPE,
    NODE_LIST_TYPE,
    NODE_NON_NULL_TYPE,
    NODE_VARIABLE,
    NODE_INT,
    NODE_FLOAT,
    NODE_STRING,
    NODE_BOOLEAN,
    NODE_NULL,
    NODE_ENUM,
    NODE_LIST,
    NODE_OBJECT,
    NODE_OBJECT_FIELD,
    NODE_SCHEMA_DEFINITION,
    NODE_OPERATION_TYPE,
    NODE_SCALAR_DEFINITION,
    NODE_OBJECT_DEFINITION,
    NODE_INTERFACE_DEFINITION,
    NODE_UNION_DEFINITION,
    NODE_ENUM_DEFINITION,
    NODE_INPUT_DEFINITION,
    NODE_FIELD_DEFINITION,
    NODE_INPUT_VALUE_DEFINITION,
    NODE_ENUM_VALUE_DEFINITION,
    NODE_DIRECTIVE_DEFINITION,
    NODE_KIND_COUNT,
};

enum operation_kind { OPERATION_QUERY, OPERATION_MUTATION, OPERATION_SUBSCRIPTION };

struct node {
    uint8_t kind;      /* enum node_kind */
    uint8_t operation; /* of OPERATION, OPERATION_TYPE: enum operation_kind */
    bool flag;         /* BOOLEAN: its value; DIRECTIVE_DEFINITION: repeatable; STRING: block; OPERATION: shorthand */
    bool extension;    /* definitions: `extend` */
    uint32_t offset;   /* of its first token in the text */
    struct node *next;
    const char *name;
    const char *text;
    struct node *arguments;
    struct node *directives;
    struct node *children;
    struct node *type;
    struct node *value;
};

struct document {
    const char *text;
    size_t size;
    struct node *definitions;
    unsigned token_count, alias_count, field_count;
};

#endif
