/*
 * Tokens to a tree (specification appendix C). Linear in the text; nesting is bounded, so recursion is too.
 */
#ifndef GRAPHQL_LANGUAGE_PARSER_H
#define GRAPHQL_LANGUAGE_PARSER_H

#include "graphql/error.h"
#include "graphql/language/ast.h"

struct gql_limits;

/* An executable document. Return: true and *ret_document; false and one syntax error added. */
bool parse_executable(struct ts_arena *arena, const char *text, size_t size, const struct gql_limits *limits,
                      struct error_list *errors, struct document *ret_document);

/* A type system document, extensions included. */
bool parse_type_system(struct ts_arena *arena, const char *text, size_t size, struct error_list *errors,
                       struct document *ret_document);

#endif
