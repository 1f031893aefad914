/* Sections 5.6.1, 5.6.2, 5.6.4 and 5.6.5: literals fit their types. */
#include "graphql/validation/rules.h"
#include <string.h>

#include "graphql/execution/values.h"
#include "graphql/language/names.h"
#include "graphql/language/printer.h"

static void wrong(struct validation *validation, const struct node *node)
{
    (void)validation_error(validation, node, "Expected value of type \"%s\", found %s.",
                           type_ref_print(validation->arena, validation->input), value_text(validation->arena, node));
}

/* One name, whatever comes twice: that is unique_input_field_names'. */
static void check_one_of(struct validation *validation, const struct node *node, const struct type *type)
{
    const struct node *last = node->children;

    for (const struct node *child = node->children; child && last; child = child->next)
        last = strcmp(child->name, node->children->name) == 0 ? child : NULL;
    if (!last)
        (void)validation_error(validation, node, "OneOf Input Object \"%s\" must specify exactly one key.", type->name);
    else if (last->value->kind == NODE_NULL)
        (void)validation_error(validation, node, "Field \"%s.%s\" must be non-null.", type->name, last->name);
}

static const char *suggest_value(struct validation *validation, const struct type *type, const struct node *node)
{
    const char **names;

    if (!validation->schema->suggestions || type->kind != TYPE_ENUM)
        return "";
    names = TS_NEW_ARRAY(validation->arena, const char *, type->value_count);
    for (unsigned i = 0; i < type->value_count; i++)
        names[i] = type->values[i].name;
    return validation_suggest(validation, "the enum value ",
                              node->kind == NODE_ENUM ? node->name : value_text(validation->arena, node), names,
                              type->value_count);
}

static void check_leaf(struct validation *validation, const struct node *node)
{
    const struct type *type = validation->input->type;
    const char *problem;

    if (type->kind != TYPE_SCALAR && type->kind != TYPE_ENUM) {
        wrong(validation, node);
        return;
    }
    problem = leaf_problem(validation->arena, type, node, /* json= */ NULL);
    if (problem)
        (void)validation_error(validation, node, "%s%s", problem, suggest_value(validation, type, node));
}

static void check_object(struct validation *validation, const struct node *node)
{
    const struct type *type = validation->input->type;
    struct names given;

    if (type->kind != TYPE_INPUT) {
        check_leaf(validation, node);
        return;
    }
    names_init(&given, validation->arena, node->children);
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];

        if (input_is_required(input) && !names_find(&given, input->name))
            (void)validation_error(validation, node, "Field \"%s.%s\" of required type \"%s\" was not provided.",
                                   type->name, input->name, type_ref_print(validation->arena, input->type));
    }
    if (type->one_of)
        check_one_of(validation, node, type);
}

static const char *suggest_field(struct validation *validation, const struct type *type, const char *name)
{
    const char **names;

    if (!validation->schema->suggestions)
        return "";
    names = TS_NEW_ARRAY(validation->arena, const char *, type->input_count);
    for (unsigned i = 0; i < type->input_count; i++)
        names[i] = type->inputs[i].name;
    return validation_suggest(validation, "", name, names, type->input_count);
}

static void check_member(struct validation *validation, const struct node *node)
{
    const struct type *type = validation->input_object;

    if (type && !type_input(type, node->name))
        (void)validation_error(validation, node, "Field \"%s\" is not defined by type \"%s\".%s",
                               name_shown(validation, node->name), type->name,
                               suggest_field(validation, type, node->name));
}

static void enter(struct validation *validation, const struct node *node)
{
    if (validation->judged)
        return;
    if (node->kind == NODE_OBJECT_FIELD) {
        check_member(validation, node);
        return;
    }
    if (!validation->input)
        return;
    if (node->kind == NODE_NULL) {
        if (validation->input->kind == REF_NON_NULL)
            wrong(validation, node);
    } else if (node->kind == NODE_LIST) {
        validation->input = type_ref_nullable(validation->input);
        if (validation->input->kind != REF_LIST)
            check_leaf(validation, node);
    } else if (node->kind == NODE_OBJECT) {
        check_object(validation, node);
    } else {
        check_leaf(validation, node);
    }
}

const struct validation_rule values_of_correct_type = { "ValuesOfCorrectType",
                                                        KIND(NODE_INT) | KIND(NODE_FLOAT) | KIND(NODE_STRING) |
                                                            KIND(NODE_BOOLEAN) | KIND(NODE_NULL) | KIND(NODE_ENUM) |
                                                            KIND(NODE_LIST) | KIND(NODE_OBJECT) |
                                                            KIND(NODE_OBJECT_FIELD),
                                                        enter, NULL };
