/* Comparing messages by their descriptors, and hiding what must not be shown. */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#include "common/v1/common.pb-c.h"
#include "tessera/money.h"

#define HIDDEN "…"

bool field_is_hidden(const ProtobufCMessage *message, const char *name)
{
    static const char *const words[] = { "secret", "token", "email", "attendee", "nonce", "_key", "redirect" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(name, words[i]))
            return true;
    }
    /* Who has an e-mail address is a person, whose name is personal too. */
    return strcmp(name, "name") == 0 && protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "email");
}

static const void *member(const ProtobufCMessage *message, unsigned offset)
{
    return (const char *)message + offset;
}

static bool field_is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)member(message, field->quantifier_offset) > 0;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *pointer;

        memcpy(&pointer, member(message, field->offset), sizeof(pointer));
        return pointer && pointer != field->default_value;
    }
    return *(const protobuf_c_boolean *)member(message, field->quantifier_offset);
}

static const char *enum_text(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, int32_t number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);

    return value ? value->name : ts_printf(arena, "%" PRId32, number);
}

static const char *message_text(struct ts_arena *arena, const ProtobufCMessage *message)
{
    char buffer[TS_MONEY_TEXT_SIZE];
    const Common__Money *money = (const Common__Money *)message;

    if (message->descriptor != &common__money__descriptor || !money->currency)
        return HIDDEN;
    return ts_printf(arena, "%s %s", ts_money_format(money->minor, money->currency, buffer), money->currency);
}

/* One value of any scalar type. */
static const char *value_text(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)at;
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_text(arena, *(ProtobufCMessage *const *)at);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_text(arena, field, *(const int32_t *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at ? "true" : "false";
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        return ts_printf(arena, "%" PRId32, *(const int32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return ts_printf(arena, "%" PRId64, *(const int64_t *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return ts_printf(arena, "%.10g", *(const double *)at);
    default:
        return HIDDEN;
    }
}

static const char *strings_text(struct ts_arena *arena, char *const *strings, size_t count)
{
    const char *text = strings[0];

    for (size_t i = 1; i < count; i++)
        text = ts_printf(arena, "%s, %s", text, strings[i]);
    return text;
}

/* A field of a message in words; NULL when it is not set. */
static const char *field_text(struct ts_arena *arena, const ProtobufCMessage *message,
                              const ProtobufCFieldDescriptor *field)
{
    size_t count;

    if (!message || !field_is_set(message, field))
        return NULL;
    if (field_is_hidden(message, field->name))
        return HIDDEN;
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return value_text(arena, field, member(message, field->offset));
    count = *(const size_t *)member(message, field->quantifier_offset);
    if (field->type == PROTOBUF_C_TYPE_STRING && count <= 100)
        return strings_text(arena, *(char *const *const *)member(message, field->offset), count);
    return ts_printf(arena, "%zu", count);
}

static bool texts_differ(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) != 0 : left != right;
}

size_t changes_of(struct ts_arena *arena, const ProtobufCMessage *before, const ProtobufCMessage *after,
                  Audit__AuditChange ***ret_changes)
{
    const ProtobufCMessage *either = after ? after : before;
    unsigned field_count = either ? either->descriptor->n_fields : 0;
    Audit__AuditChange **changes = TS_NEW_ARRAY(arena, Audit__AuditChange *, field_count);
    size_t count = 0;

    for (unsigned i = 0; i < field_count; i++) {
        const ProtobufCFieldDescriptor *field = &either->descriptor->fields[i];
        const char *from = field_text(arena, before, field), *to = field_text(arena, after, field);
        Audit__AuditChange *change;

        if (!texts_differ(from, to))
            continue;
        change = TS_NEW(arena, Audit__AuditChange);
        audit__audit_change__init(change);
        change->field = (char *)field->name;
        change->from = (char *)from;
        change->to = (char *)to;
        changes[count++] = change;
    }
    *ret_changes = changes;
    return count;
}

const char *message_string(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    if (!field || field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    return *(char *const *)member(message, field->offset);
}
