/* Section 5.4.3: required arguments are given. */
#include "graphql/language/names.h"
#include "graphql/validation/rules.h"

static void enter(struct validation *validation, const struct node *node)
{
    const struct directive *directive = node->kind == NODE_DIRECTIVE ? validation->directive : NULL;
    const struct field *field = node->kind == NODE_FIELD ? validation->field : NULL;
    struct names given;

    names_init(&given, validation->arena, node->arguments);
    for (unsigned i = 0; field && i < field->argument_count; i++) {
        if (input_is_required(&field->arguments[i]) && !names_find(&given, field->arguments[i].name))
            (void)validation_error(
                validation, node, "Field \"%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
                field->name, field->arguments[i].name, type_ref_print(validation->arena, field->arguments[i].type));
    }
    for (unsigned i = 0; directive && i < directive->argument_count; i++) {
        if (input_is_required(&directive->arguments[i]) && !names_find(&given, directive->arguments[i].name))
            (void)validation_error(
                validation, node,
                "Directive \"@%s\" argument \"%s\" of type \"%s\" is required, but it was not provided.",
                directive->name, directive->arguments[i].name,
                type_ref_print(validation->arena, directive->arguments[i].type));
    }
}

const struct validation_rule provided_required_arguments = { "ProvidedRequiredArguments",
                                                             KIND(NODE_FIELD) | KIND(NODE_DIRECTIVE), enter, NULL };
