/* The rules by their file. */
#ifndef GRAPHQL_VALIDATION_RULES_H
#define GRAPHQL_VALIDATION_RULES_H

#include "graphql/validation/validate.h"

extern const struct validation_rule executable_definitions;
extern const struct validation_rule fields_on_correct_type;
extern const struct validation_rule fragments_on_composite_types;
extern const struct validation_rule known_argument_names;
extern const struct validation_rule known_directives;
extern const struct validation_rule known_fragment_names;
extern const struct validation_rule known_operation_types;
extern const struct validation_rule known_type_names;
extern const struct validation_rule lone_anonymous_operation;
extern const struct validation_rule max_introspection_depth;
extern const struct validation_rule no_fragment_cycles;
extern const struct validation_rule no_schema_introspection;
extern const struct validation_rule no_undefined_variables;
extern const struct validation_rule no_unused_fragments;
extern const struct validation_rule no_unused_variables;
extern const struct validation_rule overlapping_fields_can_be_merged;
extern const struct validation_rule possible_fragment_spreads;
extern const struct validation_rule provided_required_arguments;
extern const struct validation_rule scalar_leafs;
extern const struct validation_rule single_field_subscriptions;
extern const struct validation_rule unique_argument_names;
extern const struct validation_rule unique_directives_per_location;
extern const struct validation_rule unique_fragment_names;
extern const struct validation_rule unique_input_field_names;
extern const struct validation_rule unique_operation_names;
extern const struct validation_rule unique_variable_names;
extern const struct validation_rule values_of_correct_type;
extern const struct validation_rule variables_are_input_types;
extern const struct validation_rule variables_in_allowed_position;

#endif
