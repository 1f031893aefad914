/* The words of directive locations. */
#include "graphql/language/directive_location.h"

#include <string.h>

static const char *const location_names[DIRECTIVE_LOCATION_COUNT] = {
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
};

const char *directive_location_name(enum directive_location location)
{
    return location_names[location];
}

int directive_location_find(const char *name)
{
    for (int i = 0; i < DIRECTIVE_LOCATION_COUNT; i++) {
        if (strcmp(location_names[i], name) == 0)
            return i;
    }
    return -1;
}
