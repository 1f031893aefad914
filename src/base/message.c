/*
 * Deep copies of messages, by their descriptors: the copy is as if it had been packed and unpacked, in a tenth of the
 * time. Where there is no room for a piece, it is only counted.
 */
#include "base/message.h"

#include <string.h>

enum { ALIGN = 16 };

/* Where the pieces of one copy lie, one after the other. */
struct room {
    char *at;
    size_t size, used; /* used > size: some had none */
};

static void *room_take(struct room *room, const void *bytes, size_t size)
{
    size_t start = room->used;

    room->used += (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (room->used > room->size || !room->at)
        return NULL;
    return size ? memcpy(room->at + start, bytes, size) : room->at + start;
}

static ProtobufCMessage *copy_message(struct room *room, const ProtobufCMessage *message);

size_t message_element_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default: /* 32 bits, and enums */
        return sizeof(uint32_t);
    }
}

/* Put what `from` points to into the room, and its address into `to`, which is a copy of `from` (NULL: counting). */
static void copy_pointed(struct room *room, const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    const void *pointer = *(const void *const *)from;
    void *copy;

    if (!pointer || pointer == field->default_value)
        return;
    copy = field->type == PROTOBUF_C_TYPE_MESSAGE ? (void *)copy_message(room, pointer)
                                                  : room_take(room, pointer, strlen(pointer) + 1);
    if (to)
        *(void **)to = copy;
}

static void copy_bytes(struct room *room, const ProtobufCBinaryData *from, ProtobufCBinaryData *to)
{
    uint8_t *copy = from->len ? room_take(room, from->data, from->len) : NULL;

    if (to)
        to->data = copy;
}

/* One value and what it points to. */
static void copy_value(struct room *room, const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    if (member_is_pointer(field))
        copy_pointed(room, field, from, to);
    else if (field->type == PROTOBUF_C_TYPE_BYTES)
        copy_bytes(room, from, to);
}

static void copy_list(struct room *room, const ProtobufCFieldDescriptor *field, size_t count, const char *from,
                      void *to)
{
    size_t size = message_element_size(field);
    char *list = room_take(room, from, count * size);

    for (size_t i = 0; i < count; i++)
        copy_value(room, field, from + i * size, list ? list + i * size : NULL); /* NULL: no room */
    if (to)
        *(char **)to = list;
}

/* A call of memcpy() for a size that is not known here costs more than what it copies. */
static void copy_few(const char *from, char *to, size_t size)
{
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (size == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else
        memcpy(to, from, size);
}

/* Its has_, count or case. */
static void copy_quantifier(const ProtobufCFieldDescriptor *field, const char *from, char *to)
{
    from += field->quantifier_offset;
    to += field->quantifier_offset;
    if (!field->quantifier_offset)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy(to, from, sizeof(size_t));
    else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        memcpy(to, from, sizeof(uint32_t));
    else
        *(protobuf_c_boolean *)to = *(const protobuf_c_boolean *)from;
}

static void copy_field(struct room *room, const ProtobufCFieldDescriptor *field, const char *from, char *to)
{
    void *copy = to ? to + field->offset : NULL;
    const void *value;
    size_t count;

    if (to)
        copy_quantifier(field, from, to);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        count = message_list((const ProtobufCMessage *)from, field, &value);
        if (count)
            copy_list(room, field, count, value, copy);
    } else if ((value = message_member((const ProtobufCMessage *)from, field))) {
        if (copy)
            copy_few(value, copy, message_element_size(field));
        copy_value(room, field, value, copy);
    }
}

/* Fields that a newer program wrote. */
static void copy_unknown(struct room *room, const ProtobufCMessage *message, ProtobufCMessage *copy)
{
    ProtobufCMessageUnknownField *fields;

    if (!message->n_unknown_fields)
        return;
    fields = room_take(room, message->unknown_fields, message->n_unknown_fields * sizeof(*fields));
    for (unsigned i = 0; i < message->n_unknown_fields; i++) {
        uint8_t *data = room_take(room, message->unknown_fields[i].data, message->unknown_fields[i].len);

        if (fields)
            fields[i].data = data;
    }
    if (copy) {
        copy->n_unknown_fields = message->n_unknown_fields;
        copy->unknown_fields = fields;
    }
}

static ProtobufCMessage *copy_message(struct room *room, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    ProtobufCMessage *copy = room_take(room, message, descriptor->sizeof_message);

    if (copy)
        protobuf_c_message_init(descriptor, copy);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        copy_field(room, &descriptor->fields[i], (const char *)message, (char *)copy);
    copy_unknown(room, message, copy);
    return copy;
}

size_t message_copy(const ProtobufCMessage *message, void *memory, size_t size)
{
    struct room room = { memory, size, 0 };

    (void)copy_message(&room, message);
    return room.used;
}

ProtobufCMessage *ts_message_dup(struct ts_arena *arena, const ProtobufCMessage *message)
{
    size_t size = message_copy(message, NULL, 0);
    ProtobufCMessage *copy = ts_alloc(arena, size);

    (void)message_copy(message, copy, size);
    return copy;
}
