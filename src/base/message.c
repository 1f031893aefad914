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

static void *room_take(struct room *room, size_t size)
{
    size_t start = room->used;

    room->used += (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return room->used <= room->size ? room->at + start : NULL;
}

/* `size` is not 0. */
static void *room_copy(struct room *room, const void *bytes, size_t size)
{
    void *copy = room_take(room, size);

    return copy ? memcpy(copy, bytes, size) : NULL;
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

/* The copy's values are at `to`; NULL: they have no room and are only counted. */
static void copy_pointer(struct room *room, const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    const void *pointer = *(const void *const *)from;

    if (pointer != field->default_value) /* NULL when there is none */
        pointer = field->type == PROTOBUF_C_TYPE_MESSAGE ? (void *)copy_message(room, pointer)
                                                         : room_copy(room, pointer, strlen(pointer) + 1);
    if (to)
        *(const void **)to = pointer;
}

static void copy_bytes(struct room *room, const ProtobufCBinaryData *from, ProtobufCBinaryData *to)
{
    uint8_t *copy = from->len ? room_copy(room, from->data, from->len) : NULL;

    if (to)
        *to = (ProtobufCBinaryData){ from->len, copy };
}

static void copy_number(const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    if (message_element_size(field) == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, sizeof(uint32_t));
}

/* One value and what it points to. */
static void copy_value(struct room *room, const ProtobufCFieldDescriptor *field, const void *from, void *to)
{
    if (member_is_pointer(field))
        copy_pointer(room, field, from, to);
    else if (field->type == PROTOBUF_C_TYPE_BYTES)
        copy_bytes(room, from, to);
    else if (to)
        copy_number(field, from, to);
}

/* A list of `count` values that begins at `from`. Return: where its copy begins. */
static char *copy_list(struct room *room, const ProtobufCFieldDescriptor *field, size_t count, const char *from)
{
    size_t size = message_element_size(field);
    char *list = room_take(room, count * size);

    for (size_t i = 0; i < count; i++)
        copy_value(room, field, from + i * size, list ? list + i * size : NULL);
    return list;
}

static void copy_repeated(struct room *room, const ProtobufCFieldDescriptor *field, const char *from, char *to)
{
    const void *elements;
    size_t count = message_list((const ProtobufCMessage *)from, field, &elements);
    char *list = count ? copy_list(room, field, count, elements) : NULL;

    if (!to || !count)
        return;
    memcpy(to + field->offset, &list, sizeof(list));
    memcpy(to + field->quantifier_offset, &count, sizeof(count));
}

/* What is set, and its has_ or case. */
static void copy_member(struct room *room, const ProtobufCFieldDescriptor *field, const char *from, char *to)
{
    copy_value(room, field, from + field->offset, to ? to + field->offset : NULL);
    if (to && field->quantifier_offset)
        memcpy(to + field->quantifier_offset, from + field->quantifier_offset, sizeof(uint32_t));
}

/* Fields that a newer program wrote. */
static void copy_unknown(struct room *room, const ProtobufCMessage *message, ProtobufCMessage *copy)
{
    ProtobufCMessageUnknownField *fields;

    if (!message->n_unknown_fields)
        return;
    fields = room_copy(room, message->unknown_fields, message->n_unknown_fields * sizeof(*fields));
    for (unsigned i = 0; i < message->n_unknown_fields; i++) {
        uint8_t *data = room_copy(room, message->unknown_fields[i].data, message->unknown_fields[i].len);

        if (fields)
            fields[i].data = data;
    }
    if (copy) {
        copy->n_unknown_fields = message->n_unknown_fields;
        copy->unknown_fields = fields;
    }
}

/* What is not set stays as initialized. */
static ProtobufCMessage *copy_message(struct room *room, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const ProtobufCFieldDescriptor *end = descriptor->fields + descriptor->n_fields;
    ProtobufCMessage *copy = room_take(room, descriptor->sizeof_message);

    if (copy)
        descriptor->message_init(copy);
    for (const ProtobufCFieldDescriptor *field = descriptor->fields; field < end; field++) {
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            copy_repeated(room, field, (const char *)message, (char *)copy);
        else if (message_member(message, field))
            copy_member(room, field, (const char *)message, (char *)copy);
    }
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
