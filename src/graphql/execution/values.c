/* Variables: JSON to nodes by their types, with the path of whatever does not fit. */
#include "graphql/execution/values.h"

#include <string.h>

#include "graphql/execution/inspect.h"
#include "graphql/suggest.h"

struct coercion {
    struct ts_arena *arena;
    struct error_list *errors;
    unsigned list_max; /* 0: no limit */
    bool suggestions;
    const struct plan_variable *variable;
    const struct json *shown_value; /* the last that a message showed: it may have many errors */
    const char *shown;
    size_t suggest_work;
    bool failed;
};

/* Where in a variable's value: a chain from the innermost outwards. */
struct step {
    const struct step *outer;
    const char *name; /* NULL: an index */
    size_t index;
};

static struct node *member_new(struct ts_arena *arena, const char *name, struct node *value)
{
    struct node *member = TS_NEW(arena, struct node);

    member->kind = NODE_OBJECT_FIELD;
    member->name = name;
    member->value = value;
    return member;
}

/* JSON parsing bounds the depth. */
static struct node *node_of_json(struct ts_arena *arena, const struct json *json)
{
    static const uint8_t kinds[] = {
        [JSON_NULL] = NODE_NULL,     [JSON_FALSE] = NODE_BOOLEAN, [JSON_TRUE] = NODE_BOOLEAN,
        [JSON_NUMBER] = NODE_FLOAT,  [JSON_STRING] = NODE_STRING, [JSON_ARRAY] = NODE_LIST,
        [JSON_OBJECT] = NODE_OBJECT,
    };
    struct node *node = TS_NEW(arena, struct node), **end = &node->children;

    node->kind = kinds[json->type];
    node->flag = json->type == JSON_TRUE;
    node->text = json->text;
    if (json->type == JSON_NUMBER && json->is_integer)
        node->kind = NODE_INT;
    for (const struct json *child = json->first; child; child = child->next) {
        struct node *value = node_of_json(arena, child);

        *end = json->type == JSON_OBJECT ? member_new(arena, child->name, value) : value;
        end = &(*end)->next;
    }
    return node;
}

/* As messages name it, which may be many. */
static const char *variable_name(const struct coercion *coercion)
{
    return text_shown(coercion->arena, coercion->variable->name);
}

static const char *step_text(struct ts_arena *arena, const struct step *step)
{
    const char *outer;

    if (!step->outer)
        return text_shown(arena, step->name);
    outer = step_text(arena, step->outer);
    return step->name ? ts_printf(arena, "%s.%s", outer, step->name) : ts_printf(arena, "%s[%zu]", outer, step->index);
}

static struct node *coercion_fail(struct coercion *coercion, const struct step *step, const struct json *value,
                                  const char *problem)
{
    const char *where = step->outer ? ts_printf(coercion->arena, " at \"%s\"", step_text(coercion->arena, step)) : "";

    if (coercion->shown_value != value)
        coercion->shown = json_inspect(coercion->arena, value);
    coercion->shown_value = value;
    error_locate(error_add(coercion->errors, ERROR_INPUT, "Variable \"$%s\" got invalid value %s%s; %s",
                           variable_name(coercion), coercion->shown, where, problem),
                 coercion->variable->node->offset);
    coercion->failed = true;
    return NULL;
}

/* ` Did you mean …?` of a name that a client gave. */
static const char *suggest(struct coercion *coercion, const char *what, const char *name, const char **names,
                           size_t count)
{
    if (!coercion->suggestions)
        return "";
    return suggest_names(coercion->arena, what, name, names, count, &coercion->suggest_work);
}

/* NULL when it failed. */
static struct node *coerce(struct coercion *coercion, const struct type_ref *type, const struct json *value,
                           const struct step *step);

static struct node *list_fail(struct coercion *coercion, const struct step *step)
{
    error_locate(error_add(coercion->errors, ERROR_LIST,
                           "Variable \"$%s\" has a list of more than %u values at \"%s\".", variable_name(coercion),
                           coercion->list_max, step_text(coercion->arena, step)),
                 coercion->variable->node->offset);
    coercion->failed = true;
    return NULL;
}

static struct node *coerce_list(struct coercion *coercion, const struct type_ref *type, const struct json *value,
                                const struct step *step)
{
    struct node *list = TS_NEW(coercion->arena, struct node), **end = &list->children;
    struct step inner = { step, NULL, 0 };

    list->kind = NODE_LIST;
    if (value->type != JSON_ARRAY) {
        list->children = coerce(coercion, type->of, value, step);
        return list;
    }
    for (const struct json *item = value->first; item && !coercion->errors->full; item = item->next, inner.index++) {
        if (inner.index == coercion->list_max && coercion->list_max)
            return list_fail(coercion, step);
        *end = coerce(coercion, type->of, item, &inner);
        if (*end)
            end = &(*end)->next;
    }
    return list;
}

/* What an object gives: its members by index of the type's inputs, NULL where there is none. */
struct given {
    const struct json **members;
    bool more; /* others, which the type does not have */
};

static struct given members_given(struct coercion *coercion, const struct type *type, const struct json *value)
{
    struct given given = { TS_NEW_ARRAY(coercion->arena, const struct json *, type->input_count), false };

    for (const struct json *member = value->first; member; member = member->next) {
        const struct input_value *input = type_input(type, member->name);

        if (input)
            given.members[input - type->inputs] = member;
        else
            given.more = true;
    }
    return given;
}

/* Of the members that the type has just one, and not null. */
static void check_one_of(struct coercion *coercion, const struct type *type, const struct json *value,
                         const struct json *const *members, const struct step *step)
{
    const struct json *first = NULL;
    unsigned count = 0;

    for (unsigned i = 0; i < type->input_count; i++) {
        count += members[i] != NULL;
        first = first ? first : members[i];
    }
    if (count != 1)
        (void)coercion_fail(
            coercion, step, value,
            ts_printf(coercion->arena, "Exactly one key must be specified for OneOf type \"%s\".", type->name));
    if (first && first->type == JSON_NULL) {
        const struct step inner = { step, first->name, 0 };

        (void)coercion_fail(coercion, &inner, first,
                            ts_printf(coercion->arena, "Field \"%s\" must be non-null.", first->name));
    }
}

static void name_unknown(struct coercion *coercion, const struct type *type, const struct json *value,
                         const struct step *step)
{
    const char **names = TS_NEW_ARRAY(coercion->arena, const char *, type->input_count);

    for (unsigned i = 0; i < type->input_count; i++)
        names[i] = type->inputs[i].name;
    for (const struct json *member = value->first; member && !coercion->errors->full; member = member->next) {
        if (type_input(type, member->name))
            continue;
        (void)coercion_fail(coercion, step, value,
                            ts_printf(coercion->arena, "Field \"%s\" is not defined by type \"%s\".%s",
                                      text_shown(coercion->arena, member->name), type->name,
                                      suggest(coercion, "", member->name, names, type->input_count)));
    }
}

static struct node *coerce_object(struct coercion *coercion, const struct type *type, const struct json *value,
                                  const struct step *step)
{
    struct node *object, **end;
    struct given given;

    if (value->type != JSON_OBJECT)
        return coercion_fail(coercion, step, value,
                             ts_printf(coercion->arena, "Expected type \"%s\" to be an object.", type->name));
    object = TS_NEW(coercion->arena, struct node);
    object->kind = NODE_OBJECT;
    end = &object->children;
    given = members_given(coercion, type, value);
    for (unsigned i = 0; i < type->input_count && !coercion->errors->full; i++) {
        const struct input_value *input = &type->inputs[i];
        const struct json *member = given.members[i];
        const struct step inner = { step, input->name, 0 };

        if (member) {
            *end = member_new(coercion->arena, input->name, coerce(coercion, input->type, member, &inner));
            end = &(*end)->next;
        } else if (!input->default_value && input->type->kind == REF_NON_NULL) {
            (void)coercion_fail(coercion, step, value,
                                ts_printf(coercion->arena, "Field \"%s\" of required type \"%s\" was not provided.",
                                          input->name, type_ref_print(coercion->arena, input->type)));
        }
    }
    if (given.more)
        name_unknown(coercion, type, value, step);
    if (type->one_of)
        check_one_of(coercion, type, value, given.members, step);
    return object;
}

static const char *suggest_enum_value(struct coercion *coercion, const struct type *type, const struct json *value)
{
    const char **names;

    if (type->kind != TYPE_ENUM)
        return "";
    names = TS_NEW_ARRAY(coercion->arena, const char *, type->value_count);
    for (unsigned i = 0; i < type->value_count; i++)
        names[i] = type->values[i].name;
    return suggest(coercion, "the enum value ",
                   value->type == JSON_STRING ? value->text : json_inspect(coercion->arena, value), names,
                   type->value_count);
}

static struct node *coerce_leaf(struct coercion *coercion, const struct type *type, const struct json *json,
                                const struct step *step)
{
    struct node *value = node_of_json(coercion->arena, json);
    const char *problem = leaf_problem(coercion->arena, type, value, json);

    if (problem)
        return coercion_fail(coercion, step, json,
                             ts_printf(coercion->arena, "%s%s", problem, suggest_enum_value(coercion, type, json)));
    if (type->kind == TYPE_ENUM) {
        value->kind = NODE_ENUM;
        value->name = value->text;
    } else if (type->scalar == SCALAR_ID && value->kind == NODE_FLOAT) {
        value->text = number_text(coercion->arena, json->number);
    }
    return value;
}

static struct node *coerce(struct coercion *coercion, const struct type_ref *type, const struct json *value,
                           const struct step *step)
{
    if (value->type == JSON_NULL) {
        if (type->kind == REF_NON_NULL)
            return coercion_fail(coercion, step, value,
                                 ts_printf(coercion->arena, "Expected non-nullable type \"%s\" not to be null.",
                                           type_ref_print(coercion->arena, type)));
        return node_of_json(coercion->arena, value);
    }
    type = type_ref_nullable(type);
    if (type->kind == REF_LIST)
        return coerce_list(coercion, type, value, step);
    if (type->type->kind == TYPE_INPUT)
        return coerce_object(coercion, type->type, value, step);
    return coerce_leaf(coercion, type->type, value, step);
}

/* A variable that is absent or null where it may not be; `kind` and `problem` are the words around its type. */
static const struct node *variable_fail(struct coercion *coercion, const char *kind, const char *problem)
{
    const struct plan_variable *variable = coercion->variable;

    error_locate(error_add(coercion->errors, ERROR_INPUT, "Variable \"$%s\" of %s type \"%s\" %s.",
                           variable_name(coercion), kind, type_ref_print(coercion->arena, variable->type), problem),
                 variable->node->offset);
    coercion->failed = true;
    return NULL;
}

static const struct node *coerce_variable(struct coercion *coercion, const struct json *given)
{
    const struct plan_variable *variable = coercion->variable;
    const struct step step = { NULL, variable->name, 0 };

    if (given && given->type == JSON_NULL && variable->type->kind == REF_NON_NULL)
        return variable_fail(coercion, "non-null", "must not be null");
    if (given)
        return coerce(coercion, variable->type, given, &step);
    if (variable->default_value || variable->type->kind != REF_NON_NULL)
        return variable->default_value;
    return variable_fail(coercion, "required", "was not provided");
}

const struct json **variables_given(const struct plan *plan, struct ts_arena *arena, const struct json *variables)
{
    const struct json **given = TS_NEW_ARRAY(arena, const struct json *, plan->variable_count);

    if (!plan->variable_count || !variables || variables->type != JSON_OBJECT)
        return given;
    for (const struct json *member = variables->first; member; member = member->next) {
        const struct plan_variable *variable = plan_variable(plan, member->name);

        if (variable)
            given[variable - plan->variables] = member;
    }
    return given;
}

bool variables_coerce(const struct plan *plan, struct ts_arena *arena, const struct json *variables,
                      struct error_list *errors, const struct node ***ret_values)
{
    struct coercion coercion = {
        .arena = arena, .errors = errors, .list_max = plan->list_max, .suggestions = plan->suggestions
    };
    const struct node **values = TS_NEW_ARRAY(arena, const struct node *, plan->variable_count);
    const struct json **given = variables_given(plan, arena, variables);

    for (unsigned i = 0; i < plan->variable_count && !errors->full; i++) {
        coercion.variable = &plan->variables[i];
        values[i] = coerce_variable(&coercion, given[i]);
    }
    *ret_values = values;
    return !coercion.failed;
}
