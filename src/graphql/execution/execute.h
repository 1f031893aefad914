/* Running a plan: calls first, level by level, then one pass of writing. */
#ifndef GRAPHQL_EXECUTION_EXECUTE_H
#define GRAPHQL_EXECUTION_EXECUTE_H

#include "graphql/execution/plan.h"

/* Execute and write the whole response; `text` is the document that the plan came from. */
enum gql_outcome execute_plan(struct gql_schema *schema, struct gql_env *env, const struct plan *plan,
                              const struct document *document, const struct json *variables, struct buf *ret_body);

#endif
