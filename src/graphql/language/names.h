/* The nodes of a chain by name, for who asks for one after the other: arguments, fields of an object. */
#ifndef GRAPHQL_LANGUAGE_NAMES_H
#define GRAPHQL_LANGUAGE_NAMES_H

#include "graphql/language/ast.h"
#include "graphql/table.h"

struct names {
    struct ts_arena *arena;
    const struct node *chain;
    enum { NAMES_NEW, NAMES_FEW, NAMES_MANY } state;
    struct table table; /* MANY */
};

/* Costs nothing before the first question. */
void names_init(struct names *names, struct ts_arena *arena, const struct node *chain);

/* The first of this name, or NULL. */
const struct node *names_find(struct names *names, const char *name);

#endif
