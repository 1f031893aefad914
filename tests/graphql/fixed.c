/* The values of fixed.h, by the type of the field alone. */
#include "graphql/fixed.h"

#include <string.h>

#include "graphql/type/schema.h"

enum { LIST_COUNT = 2 };

const struct gql_limits fixed_limits = {
    .tokens = 1 << 24,
    .depth = 1000, /* what recurses has eight megabytes of stack */
    .aliases = 1 << 24,
    .operations = 1 << 20,
    .directives = 1 << 20,
    .circles = 3, /* as graphql-js does by default */
    .steps = 1 << 26,
    .reach = 1 << 28,
    .fields = 1 << 22,
    .objects = 1 << 24,
    .errors = 1 << 20,
};

static void scalar_value(const struct type *type, struct resolved *value)
{
    switch (type->scalar) {
    case SCALAR_INT:
        *value = (struct resolved){ .kind = RESOLVED_INT, .integer = 2 };
        break;
    case SCALAR_FLOAT:
        *value = (struct resolved){ .kind = RESOLVED_FLOAT, .number = 3.14 };
        break;
    case SCALAR_BOOLEAN:
        *value = (struct resolved){ .kind = RESOLVED_BOOLEAN, .truth = true };
        break;
    default:
        *value = (struct resolved){ .kind = RESOLVED_TEXT, .at = type->scalar == SCALAR_ID ? "id" : "str" };
        break;
    }
}

/* Of a union the first by name, of an interface the last; an object has itself only. */
static const struct type *object_type(const struct type *type)
{
    const struct type *chosen = NULL;

    for (unsigned i = 0; i < type->possible_count; i++) {
        int order = chosen ? strcmp(type->possible[i]->name, chosen->name) : 0;

        if (!chosen || (type->kind == TYPE_UNION ? order < 0 : order > 0))
            chosen = type->possible[i];
    }
    return chosen;
}

static void value_of(const struct question *question, const struct type_ref *ref, struct resolved *value)
{
    const struct type *type = ref->type;

    ref = type_ref_nullable(ref);
    if (ref->kind == REF_LIST) {
        *value = (struct resolved){ .kind = RESOLVED_LIST, .count = LIST_COUNT };
        value->items = TS_NEW_ARRAY(question->arena, struct resolved, LIST_COUNT);
        for (size_t i = 0; i < LIST_COUNT; i++)
            value_of(question, ref->of, &value->items[i]);
    } else if (type->kind == TYPE_SCALAR) {
        scalar_value(type, value);
    } else if (type->kind == TYPE_ENUM) {
        *value = (struct resolved){ .kind = RESOLVED_TEXT, .at = type->values[0].name };
    } else {
        *value = (struct resolved){ .kind = RESOLVED_OBJECT, .type = object_type(type) };
    }
}

void fixed_resolve(const struct question *question, struct resolved *ret_value)
{
    value_of(question, question->field->type, ret_value);
}
