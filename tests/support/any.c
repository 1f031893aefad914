#include "support/any.h"

#include <stdlib.h>
#include <string.h>

#include "base/message.h"

enum { DEPTH_MAX = 3 };

unsigned any_roll(unsigned sides)
{
    return (unsigned)rand() % sides;
}

/* Short ones mostly; seldom one where its length takes a byte more. */
static char *text_any(struct ts_arena *arena)
{
    static const char *const texts[] = { "", "a", "Straße", "a longer text that fills more than sixteen bytes" };
    static const size_t sizes[] = { 127, 128, 16383, 16384 };
    size_t size = sizes[any_roll(4)];

    if (any_roll(64) > 0)
        return ts_strdup(arena, texts[any_roll(4)]);
    return memset(ts_alloc(arena, size + 1), 't', size);
}

/* As many bits as it happens, negative ones too; often 0. */
static uint64_t number_any(void)
{
    uint64_t number = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();

    return any_roll(4) ? number >> any_roll(64) : 0;
}

static ProtobufCMessage *message_any(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                     unsigned depth);

static void value_any(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, char *to, unsigned depth)
{
    ProtobufCBinaryData bytes = { any_roll(20), NULL };
    uint64_t number = number_any();

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)to = text_any(arena);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)to = message_any(arena, field->descriptor, depth + 1);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        bytes.data = memset(ts_alloc(arena, bytes.len + 1), 'b', bytes.len);
        memcpy(to, &bytes, sizeof(bytes));
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)to = (protobuf_c_boolean)any_roll(2);
        return;
    default:
        memcpy(to, &number, message_element_size(field));
    }
}

static void list_any(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, char *message, unsigned depth)
{
    size_t count = any_roll(4);
    char *list = ts_alloc(arena, count * 16);
    size_t step = message_element_size(field);

    for (size_t i = 0; i < count; i++)
        value_any(arena, field, list + i * step, depth);
    memcpy(message + field->quantifier_offset, &count, sizeof(count));
    memcpy(message + field->offset, &list, sizeof(list));
}

/* Seldom a case that points to nothing. */
static void choose_any(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, char *message, unsigned depth)
{
    if (member_is_pointer(field) && any_roll(8) == 0)
        memset(message + field->offset, 0, sizeof(void *));
    else
        value_any(arena, field, message + field->offset, depth);
    memcpy(message + field->quantifier_offset, &field->id, sizeof(uint32_t));
}

static void field_any(struct ts_arena *arena, const ProtobufCFieldDescriptor *field, char *message, unsigned depth)
{
    bool there = any_roll(3) != 0;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH_MAX)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        list_any(arena, field, message, depth);
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (there)
            choose_any(arena, field, message, depth);
    } else {
        if (there || !member_is_pointer(field))
            value_any(arena, field, message + field->offset, depth);
        if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !member_is_pointer(field))
            *(protobuf_c_boolean *)(message + field->quantifier_offset) = there;
    }
}

static void add_unknown(struct ts_arena *arena, ProtobufCMessage *message)
{
    ProtobufCMessageUnknownField *fields = ts_alloc(arena, 2 * sizeof(*fields));

    fields[0] = (ProtobufCMessageUnknownField){ 1900, PROTOBUF_C_WIRE_TYPE_VARINT, 1, ts_memdup(arena, "\x07", 1) };
    fields[1] = (ProtobufCMessageUnknownField){ any_roll(2) ? 1901 : UINT32_MAX, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
                                                3, ts_memdup(arena, "\x02hi", 3) };
    message->n_unknown_fields = 2;
    message->unknown_fields = fields;
}

static ProtobufCMessage *message_any(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                     unsigned depth)
{
    ProtobufCMessage *message = ts_alloc(arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        field_any(arena, &descriptor->fields[i], (char *)message, depth);
    if (any_roll(4) == 0)
        add_unknown(arena, message);
    return message;
}

ProtobufCMessage *any_message(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    return message_any(arena, descriptor, 0);
}
