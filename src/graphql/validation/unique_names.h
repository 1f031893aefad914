/* What the rules about names given twice share. */
#ifndef GRAPHQL_VALIDATION_UNIQUE_NAMES_H
#define GRAPHQL_VALIDATION_UNIQUE_NAMES_H

#include "graphql/validation/validate.h"

/* True if two nodes of a chain have one name. Most chains are short: pairs, then, and no memory. */
bool has_doubles(struct ts_arena *arena, const struct node *chain);

/* One error for each name that a chain has more than once, at all its places; `what` is "argument named \"". */
void report_doubles(struct validation *validation, const struct node *chain, const char *what);

/* One error for a definition whose name is among `names` already, at both; else it is added. `what` is "fragment". */
void report_second(struct validation *validation, struct table *names, const struct node *definition, const char *what);

#endif
