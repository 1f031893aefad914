/* SDL that every schema begins with, built into the program: builtin.graphql and rules.graphql. */
#ifndef GRAPHQL_TYPE_BUILTIN_H
#define GRAPHQL_TYPE_BUILTIN_H

extern const char builtin_sdl[]; /* built-in scalars and directives, introspection */
extern const char rules_sdl[];   /* the rule directives */

#endif
