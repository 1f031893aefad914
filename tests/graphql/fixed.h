/*
 * Values for any schema: Int 2, Float 3.14, String "str", Boolean true, ID "id", a custom scalar "str", an enum's first
 * value, a list of two, a union's first member by name, an interface's last implementing object by name; never null.
 */
#ifndef TESTS_GRAPHQL_FIXED_H
#define TESTS_GRAPHQL_FIXED_H

#include "graphql/graphql.h"

gql_resolve fixed_resolve;

/* No bound that a test could meet by accident. */
extern const struct gql_limits fixed_limits;

#endif
