/* Fields one after the other; what is not set is not there. */
#include "base/message_json.h"

#include <string.h>

#include "base/json.h"
#include "base/message.h"
#include "tessera/clock.h"
#include "tessera/json.h"

enum { TIME_SIZE = 25, JSON_SIZE_MAX = 16 << 20 };

static const char time_unit[] = "_ms";

/* Is it a time that people shall read? */
static bool is_time(const ProtobufCFieldDescriptor *field, enum message_json how)
{
    size_t size = strlen(field->name), unit = sizeof(time_unit) - 1;

    return how == MESSAGE_JSON_PEOPLE && field->type == PROTOBUF_C_TYPE_INT64 && size > unit &&
           strcmp(field->name + size - unit, time_unit) == 0;
}

static void write_time(struct buf *line, int64_t time_ms)
{
    char text[TIME_SIZE];

    buf_printf(line, "\"%s\"", ts_time_format(time_ms, text));
}

static void write_number(struct buf *line, const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        buf_add_int(line, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        buf_add_int(line, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        buf_printf(line, "%.9g", (double)*(const float *)value);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        buf_printf(line, "%.17g", *(const double *)value);
        break;
    default: /* the 64-bit integers */
        buf_add_int(line, *(const int64_t *)value);
    }
}

static void write_enum(struct buf *line, const ProtobufCFieldDescriptor *field, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);

    if (value)
        buf_printf(line, "\"%s\"", value->name);
    else
        buf_add_int(line, number);
}

static void write_bytes(struct buf *line, const ProtobufCBinaryData *bytes)
{
    buf_add_literal(line, "\"");
    for (size_t i = 0; i < bytes->len; i++)
        buf_printf(line, "%02x", bytes->data[i]);
    buf_add_literal(line, "\"");
}

static void write_value(struct buf *line, const ProtobufCFieldDescriptor *field, const void *value,
                        enum message_json how)
{
    const char *string;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        string = *(char *const *)value;
        json_write_string(line, string, strlen(string));
        break;
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(line, value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        message_json_write(line, *(ProtobufCMessage *const *)value, how);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buf_add_string(line, *(const protobuf_c_boolean *)value ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(line, field, *(const int *)value);
        break;
    default:
        if (is_time(field, how))
            write_time(line, *(const int64_t *)value);
        else
            write_number(line, field, value);
    }
}

static void write_list(struct buf *line, const ProtobufCFieldDescriptor *field, const char *values, size_t count,
                       enum message_json how)
{
    buf_add_literal(line, "[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_literal(line, ",");
        write_value(line, field, values + i * message_element_size(field), how);
    }
    buf_add_literal(line, "]");
}

static int name_size(const ProtobufCFieldDescriptor *field, enum message_json how)
{
    return (int)(strlen(field->name) - (is_time(field, how) ? sizeof(time_unit) - 1 : 0));
}

void message_json_write(struct buf *line, const ProtobufCMessage *message, enum message_json how)
{
    const char *comma = "";

    buf_add_literal(line, "{");
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        const void *value = repeated ? NULL : message_member(message, field);
        size_t count = repeated ? message_list(message, field, &value) : value != NULL;

        if (!count)
            continue;
        buf_printf(line, "%s\"%.*s\":", comma, name_size(field, how), field->name);
        comma = ",";
        if (repeated)
            write_list(line, field, value, count, how);
        else
            write_value(line, field, value, how);
    }
    buf_add_literal(line, "}");
}

char *ts_json_message(struct ts_arena *arena, const ProtobufCMessage *message)
{
    struct buf line;
    char *text;

    buf_init(&line, JSON_SIZE_MAX);
    message_json_write(&line, message, MESSAGE_JSON_PEOPLE);
    text = line.full ? NULL : ts_strndup(arena, line.data, line.size); /* at least "{}" */
    buf_done(&line);
    return text;
}
