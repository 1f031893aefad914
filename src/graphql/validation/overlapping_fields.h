/* The two halves of section 5.3.2: whether fields conflict, and which pairs are named. */
#ifndef GRAPHQL_VALIDATION_OVERLAPPING_FIELDS_H
#define GRAPHQL_VALIDATION_OVERLAPPING_FIELDS_H

#include "graphql/validation/validate.h"

/* Name the pairs of fields that conflict, as far as the budget goes. Return: how many were named. */
unsigned conflicts_report(struct validation *validation);

/* Arguments or object fields: the same names with the same values, in any order when they are few. */
bool members_equal(const struct node *left, const struct node *right);

/* SameResponseShape of two types; of composite ones the selections decide. */
bool shapes_equal(const struct type_ref *left, const struct type_ref *right);

#endif
