/*
 * Input values (specification sections 3.5-3.12, 6.1.2, 6.4.1): what fits a type, and variables from JSON. A coerced
 * variable is a tree of the same nodes as a literal, so that everything after has one kind of value.
 */
#ifndef GRAPHQL_EXECUTION_VALUES_H
#define GRAPHQL_EXECUTION_VALUES_H

#include "base/json.h"
#include "graphql/error.h"
#include "graphql/execution/plan.h"

/*
 * Check a value that is neither null nor variable against a scalar or enum. `json`: what it was made of when it came
 * in a variable; NULL: it is a literal.
 * Return: NULL when it fits; else a message in the arena.
 */
const char *leaf_problem(struct ts_arena *arena, const struct type *type, const struct node *value,
                         const struct json *json);

/* The request's variables by index of the plan's; NULL: not given. One pass, however many there are. */
const struct json **variables_given(const struct plan *plan, struct ts_arena *arena, const struct json *variables);

/*
 * Coerce the request's variables by the plan's definitions.
 * Return: true and *ret_values by index (NULL: not given, no default); false and errors added.
 */
bool variables_coerce(const struct plan *plan, struct ts_arena *arena, const struct json *variables,
                      struct error_list *errors, const struct node ***ret_values);

#endif
