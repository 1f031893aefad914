/* Where a directive may stand (specification section 3.13). */
#ifndef GRAPHQL_LANGUAGE_DIRECTIVE_LOCATION_H
#define GRAPHQL_LANGUAGE_DIRECTIVE_LOCATION_H

/* In the order of __DirectiveLocation. */
enum directive_location {
    LOCATION_QUERY,
    LOCATION_MUTATION,
    LOCATION_SUBSCRIPTION,
    LOCATION_FIELD,
    LOCATION_FRAGMENT_DEFINITION,
    LOCATION_FRAGMENT_SPREAD,
    LOCATION_INLINE_FRAGMENT,
    LOCATION_VARIABLE_DEFINITION,
    LOCATION_SCHEMA,
    LOCATION_SCALAR,
    LOCATION_OBJECT,
    LOCATION_FIELD_DEFINITION,
    LOCATION_ARGUMENT_DEFINITION,
    LOCATION_INTERFACE,
    LOCATION_UNION,
    LOCATION_ENUM,
    LOCATION_ENUM_VALUE,
    LOCATION_INPUT_OBJECT,
    LOCATION_INPUT_FIELD_DEFINITION,
    DIRECTIVE_LOCATION_COUNT,
};

const char *directive_location_name(enum directive_location location);

/* Return: the location, or -1 for a word that is none. */
int directive_location_find(const char *name);

#endif
