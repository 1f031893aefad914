/*
 * From the end to the beginning: when a length is to be written, what it counts has been, so one walk is enough. Where
 * there is no room for a piece, it is only counted.
 */
#include "base/message_pack.h"

#include <string.h>

#include "base/message.h"

enum { GUESS = 2048 }; /* bytes on the stack; most documents take less */

static const uint8_t wire_types[] = {
    [PROTOBUF_C_TYPE_INT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_SINT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_SFIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
    [PROTOBUF_C_TYPE_INT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_SINT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_SFIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
    [PROTOBUF_C_TYPE_UINT32] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_FIXED32] = PROTOBUF_C_WIRE_TYPE_32BIT,
    [PROTOBUF_C_TYPE_UINT64] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_FIXED64] = PROTOBUF_C_WIRE_TYPE_64BIT,
    [PROTOBUF_C_TYPE_FLOAT] = PROTOBUF_C_WIRE_TYPE_32BIT,
    [PROTOBUF_C_TYPE_DOUBLE] = PROTOBUF_C_WIRE_TYPE_64BIT,
    [PROTOBUF_C_TYPE_BOOL] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_ENUM] = PROTOBUF_C_WIRE_TYPE_VARINT,
    [PROTOBUF_C_TYPE_STRING] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
    [PROTOBUF_C_TYPE_BYTES] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
    [PROTOBUF_C_TYPE_MESSAGE] = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
};

/* What is packed so far: the last bytes of a room. */
struct tail {
    uint8_t *end;
    size_t size, used; /* used > size: some had no room */
};

/* `size` is not 0. NULL: there is no room for it. */
static uint8_t *tail_take(struct tail *tail, size_t size)
{
    tail->used += size;
    return tail->used <= tail->size ? tail->end - tail->used : NULL;
}

static void put_bytes(struct tail *tail, const void *bytes, size_t size)
{
    uint8_t *at = size ? tail_take(tail, size) : NULL;

    if (at)
        memcpy(at, bytes, size);
}

static void put_varint(struct tail *tail, uint64_t value)
{
    size_t bits = 64 - (size_t)__builtin_clzll(value | 1);
    uint8_t *at = tail_take(tail, value < 0x80 ? 1 : (bits + 6) / 7);

    if (!at)
        return;
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at = (uint8_t)value;
}

static void put_tag(struct tail *tail, uint32_t id, unsigned wire_type)
{
    put_varint(tail, (uint64_t)id << 3 | wire_type);
}

static void put_message(struct tail *tail, const ProtobufCMessage *message);

static void put_pointed(struct tail *tail, const ProtobufCFieldDescriptor *field, const void *pointer)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        put_message(tail, pointer);
    else
        put_bytes(tail, pointer, strlen(pointer));
}

/* Text, bytes or a message, after how many bytes they are. */
static void put_counted(struct tail *tail, const ProtobufCFieldDescriptor *field, const void *value)
{
    const ProtobufCBinaryData *bytes = value;
    size_t before = tail->used;

    if (field->type == PROTOBUF_C_TYPE_BYTES)
        put_bytes(tail, bytes->data, bytes->len);
    else if (*(const void *const *)value)
        put_pointed(tail, field, *(const void *const *)value);
    put_varint(tail, tail->used - before);
}

static uint64_t varint_of(const ProtobufCFieldDescriptor *field, const void *value)
{
    const int32_t *number = value;
    const int64_t *wide = value;

    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return (uint64_t)*number; /* ten bytes when it is negative */
    case PROTOBUF_C_TYPE_UINT32:
        return (uint32_t)*number;
    case PROTOBUF_C_TYPE_SINT32:
        return (uint32_t)*number << 1 ^ (uint32_t)(*number >> 31);
    case PROTOBUF_C_TYPE_SINT64:
        return (uint64_t)*wide << 1 ^ (uint64_t)(*wide >> 63);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)value != 0;
    default: /* 64 bits, with a sign or without */
        return (uint64_t)*wide;
    }
}

static void put_value(struct tail *tail, const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (wire_types[field->type]) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        put_varint(tail, varint_of(field, value));
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        put_bytes(tail, value, sizeof(uint32_t));
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        put_bytes(tail, value, sizeof(uint64_t));
        break;
    default:
        put_counted(tail, field, value);
    }
}

static void put_list(struct tail *tail, const ProtobufCFieldDescriptor *field, size_t count, const char *elements)
{
    bool packed = field->flags & PROTOBUF_C_FIELD_FLAG_PACKED;
    size_t size = message_element_size(field), before = tail->used;

    while (count-- > 0) {
        put_value(tail, field, elements + count * size);
        if (!packed)
            put_tag(tail, field->id, wire_types[field->type]);
    }
    if (packed) {
        put_varint(tail, tail->used - before);
        put_tag(tail, field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    }
}

/* Of a field of proto3 without a has_: such a value is not packed. */
static bool is_nothing(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return **(const char *const *)value == '\0';
    case PROTOBUF_C_TYPE_FLOAT:
        return *(const float *)value == 0; /* -0, too */
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const double *)value == 0;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)value)->len == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return false;
    default:
        return memcmp(value, &(uint64_t){ 0 }, message_element_size(field)) == 0;
    }
}

/* Is there a value to pack? Not for repeated fields. */
static bool is_packed(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *value)
{
    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return true;
    if (!message_member(message, field) ||
        (member_is_pointer(field) && *(const void *const *)value == field->default_value))
        return false;
    return field->label == PROTOBUF_C_LABEL_OPTIONAL || field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ||
           !is_nothing(field, value);
}

static void put_field(struct tail *tail, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *value = (const char *)message + field->offset;
    size_t count;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        count = message_list(message, field, &value);
        if (count)
            put_list(tail, field, count, value);
    } else if (is_packed(message, field, value)) {
        put_value(tail, field, value);
        put_tag(tail, field->id, wire_types[field->type]);
    }
}

/* Those that a newer program wrote come after the others. */
static void put_message(struct tail *tail, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *fields = message->descriptor->fields;

    for (unsigned i = message->n_unknown_fields; i-- > 0;) {
        put_bytes(tail, message->unknown_fields[i].data, message->unknown_fields[i].len);
        put_tag(tail, message->unknown_fields[i].tag, message->unknown_fields[i].wire_type);
    }
    for (const ProtobufCFieldDescriptor *field = fields + message->descriptor->n_fields; field > fields;)
        put_field(tail, message, --field);
}

size_t message_pack(const ProtobufCMessage *message, uint8_t *room, size_t size)
{
    struct tail tail = { room ? room + size : NULL, size, 0 };

    put_message(&tail, message);
    return tail.used;
}

uint8_t *ts_message_pack(struct ts_arena *arena, const ProtobufCMessage *message, size_t *ret_size)
{
    uint8_t guess[GUESS], *bytes;
    size_t size = message_pack(message, guess, sizeof(guess));

    *ret_size = size;
    if (size <= sizeof(guess))
        return ts_memdup(arena, guess + sizeof(guess) - size, size);
    bytes = ts_alloc(arena, size);
    (void)message_pack(message, bytes, size);
    return bytes;
}
