/* Scalars and enums as JSON, from a protobuf struct's memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "graphql/execution/execution.h"
#include "tessera/clock.h"

void write_double(struct buf *body, double number)
{
    char text[32];

    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, number); /* always fits */
        if (strtod(text, NULL) == number)
            break;
    }
    buf_add_string(body, text);
}

static void write_time(struct buf *body, int64_t time_ms)
{
    char text[sizeof("\"2030-06-01T18:00:00.000Z\"")];
    enum { LENGTH = sizeof(text) - 1 };

    text[0] = '"';
    (void)ts_time_format(time_ms, text + 1);
    text[LENGTH - 1] = '"';
    buf_add(body, text, LENGTH);
}

static int64_t leaf_integer(const void *at, const ProtobufCFieldDescriptor *element)
{
    switch (element->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return *(const uint32_t *)at;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return *(const int64_t *)at;
    default:
        return *(const int32_t *)at;
    }
}

/* A value of the enum; one that GraphQL does not know counts as not set. */
static bool write_enum(struct buf *body, const struct plan_field *field, const void *at)
{
    const struct rule *rule = field->field->rule;
    int index = rule->enum_map ? enum_map_index(rule->enum_map, *(const int *)at) : -1;

    if (index < 0)
        return false;
    buf_add_char(body, '"');
    buf_add_string(body, field->field->type->type->values[index].name);
    buf_add_char(body, '"');
    return true;
}

bool write_leaf(struct buf *body, const struct plan_field *field, const void *at,
                const ProtobufCFieldDescriptor *element)
{
    const struct type *type = field->field->type->type;
    const char *text;

    if (type->kind == TYPE_ENUM)
        return write_enum(body, field, at);
    switch (type->scalar) {
    case SCALAR_INT:
        if (leaf_integer(at, element) < INT32_MIN || leaf_integer(at, element) > INT32_MAX)
            return false;
        buf_add_int(body, leaf_integer(at, element));
        return true;
    case SCALAR_DATE_TIME:
        write_time(body, *(const int64_t *)at);
        return true;
    case SCALAR_FLOAT: {
        double number = element->type == PROTOBUF_C_TYPE_FLOAT ? *(const float *)at : *(const double *)at;

        if (!isfinite(number))
            return false;
        write_double(body, number);
        return true;
    }
    case SCALAR_BOOLEAN:
        buf_add_string(body, *(const protobuf_c_boolean *)at ? "true" : "false");
        return true;
    default:
        text = *(const char *const *)at;
        if (!text)
            return false;
        json_write_string(body, text, strlen(text));
        return true;
    }
}
