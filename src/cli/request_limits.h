/* --limits: what one GraphQL request may cost, by name. */
#ifndef CLI_REQUEST_LIMITS_H
#define CLI_REQUEST_LIMITS_H

#include "base/buf.h"
#include "graphql/graphql.h"

/*
 * Change *limits by "cost=20000,aliases=10"; NULL changes nothing.
 * Return: 0; TS_EINVALID and one line in *ret_problem.
 */
int request_limits_read(const char *text, struct gql_limits *limits, struct buf *ret_problem);

#endif
