/*
 * Offsets that nodes do not keep, for messages: the text is read once more from the node on, which costs nothing as
 * long as nothing is wrong.
 */
#ifndef GRAPHQL_LANGUAGE_LOCATE_H
#define GRAPHQL_LANGUAGE_LOCATE_H

#include "graphql/language/ast.h"
#include "tessera/arena.h"

/* Of the name of an OPERATION, FRAGMENT, VARIABLE_DEFINITION or FRAGMENT_SPREAD, which begin with something else. */
uint32_t locate_name(struct ts_arena *arena, const struct document *document, const struct node *node);

/* Of the brace that opens the selection of a FIELD or OPERATION. */
uint32_t locate_selections(struct ts_arena *arena, const struct document *document, const struct node *field);

#endif
