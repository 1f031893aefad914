/* The making of subscriptions, for the engine's front. */
#ifndef GRAPHQL_EXECUTION_SUBSCRIPTION_H
#define GRAPHQL_EXECUTION_SUBSCRIPTION_H

#include "graphql/error.h"
#include "graphql/execution/plan_cache.h"
#include "graphql/graphql.h"

/*
 * The variables are coerced once, to see that they fit. Return: the subscription, which references `cached`; NULL and
 * errors added.
 */
struct gql_subscription *subscription_prepare(struct gql_schema *schema, struct gql_env *env, struct cached *cached,
                                              const struct plan *plan, const struct json *variables,
                                              struct error_list *errors);

#endif
