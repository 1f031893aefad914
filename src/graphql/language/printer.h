/* Trees back to GraphQL text. */
#ifndef GRAPHQL_LANGUAGE_PRINTER_H
#define GRAPHQL_LANGUAGE_PRINTER_H

#include "base/buf.h"
#include "graphql/language/ast.h"
#include "tessera/arena.h"

/* Append a value: {a: 1, b: ["x"]}; block strings as plain ones. */
void value_print(const struct node *value, struct buf *ret_text);

/* The same in the arena, as it was written, cut to what a message should show. */
const char *value_text(struct ts_arena *arena, const struct node *value);

#endif
