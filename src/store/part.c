/* Walking the wire's fields: a key (number and type), then a value whose length its type tells. */
#include "store/part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

enum { VARINT_SIZE_MAX = 10, NAME_SIZE_MAX = 64 };

/* One field as it lies there. */
struct wire_field {
    uint32_t number;
    unsigned type;
    size_t size;       /* all of it */
    size_t value_size; /* of WIRE_BYTES; the value is the last of it */
};

/* Return: its size; 0 if it is none. */
static size_t read_varint(const uint8_t *bytes, size_t size, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size && i < VARINT_SIZE_MAX; i++) {
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
        if (!(bytes[i] & 0x80)) {
            *ret_value = value;
            return i + 1;
        }
    }
    return 0;
}

static size_t write_varint(uint8_t *bytes, uint64_t value)
{
    size_t size = 0;

    for (; value > 0x7f; value >>= 7)
        bytes[size++] = (uint8_t)(value | 0x80);
    bytes[size++] = (uint8_t)value;
    return size;
}

/* Return: false when the bytes begin with no field. */
static bool read_field(const uint8_t *bytes, size_t size, struct wire_field *ret_field)
{
    uint64_t key = 0, length = 0;
    size_t at = read_varint(bytes, size, &key), more = 0;

    if (!at || key >> 3 == 0 || key >> 3 > UINT32_MAX)
        return false;
    *ret_field = (struct wire_field){ .number = (uint32_t)(key >> 3), .type = (unsigned)(key & 7) };
    switch (ret_field->type) {
    case WIRE_VARINT:
        more = read_varint(bytes + at, size - at, &length);
        length = 0;
        break;
    case WIRE_BYTES:
        more = read_varint(bytes + at, size - at, &length);
        break;
    case WIRE_64:
        more = 8;
        break;
    case WIRE_32:
        more = 4;
        break;
    default:
        break;
    }
    if (!more || more > size - at || length > size - at - more)
        return false;
    ret_field->value_size = (size_t)length;
    ret_field->size = at + more + (size_t)length;
    return true;
}

static bool is_message(const uint8_t *bytes, size_t size)
{
    struct wire_field field;

    for (size_t at = 0; at < size; at += field.size) {
        if (!read_field(bytes + at, size - at, &field))
            return false;
    }
    return true;
}

/* Drop every field of this number. Return: the size then. */
static size_t drop(uint8_t *bytes, size_t size, uint32_t number)
{
    struct wire_field field;
    size_t at = 0;

    while (at < size && read_field(bytes + at, size - at, &field)) {
        if (field.number != number) {
            at += field.size;
            continue;
        }
        memmove(bytes + at, bytes + at + field.size, size - at - field.size);
        size -= field.size;
    }
    return size;
}

/* Strip the element whose field begins the bytes; those behind it move up. Return: the size of all then. */
static size_t strip_element(uint8_t *bytes, size_t size, const struct wire_field *field, uint32_t inner)
{
    uint8_t *value = bytes + (field->size - field->value_size);
    size_t head, left = 0;

    if (inner) {
        if (!is_message(value, field->value_size))
            return size;
        left = drop(value, field->value_size, inner);
    }
    if (left == field->value_size)
        return size;
    head = write_varint(bytes, (uint64_t)field->number << 3 | WIRE_BYTES);
    head += write_varint(bytes + head, left);
    memmove(bytes + head, value, left);
    memmove(bytes + head + left, bytes + field->size, size - field->size);
    return size - field->size + head + left;
}

static size_t strip(const struct store_part *part, uint8_t *bytes, size_t size)
{
    struct wire_field field;
    int32_t element = 0;

    if (part->element < 0)
        return drop(bytes, size, part->field);
    for (size_t at = 0; at < size && read_field(bytes + at, size - at, &field); at += field.size) {
        if (field.number != part->field || field.type != WIRE_BYTES || element++ != part->element)
            continue;
        return at + strip_element(bytes + at, size - at, &field, part->inner);
    }
    return size;
}

size_t part_strip(const struct store_part *parts, size_t count, uint8_t *body, size_t size)
{
    if (!is_message(body, size))
        return size;
    for (size_t i = 0; i < count; i++)
        size = strip(&parts[i], body, size);
    return size;
}

static const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *message, const char *name,
                                                  size_t size)
{
    char text[NAME_SIZE_MAX];

    if (!size || size >= sizeof(text))
        return NULL;
    memcpy(text, name, size);
    text[size] = '\0';
    return protobuf_c_message_descriptor_get_field_by_name(message, text);
}

bool part_find(const ProtobufCMessageDescriptor *message, const char *words, struct store_part *ret_part)
{
    size_t size = strcspn(words, "[");
    const ProtobufCFieldDescriptor *field = field_find(message, words, size), *inner = NULL;
    int element = -1, used = 0;

    if (!field)
        return false;
    if (words[size]) {
        const char *rest;

        if (field->label != PROTOBUF_C_LABEL_REPEATED || sscanf(words + size, "[%d]%n", &element, &used) != 1 ||
            !used || element < 0)
            return false;
        rest = words + size + used;
        if (*rest && field->type == PROTOBUF_C_TYPE_MESSAGE && *rest == '.')
            inner = field_find(field->descriptor, rest + 1, strlen(rest + 1));
        if (*rest ? !inner : field->type != PROTOBUF_C_TYPE_STRING)
            return false;
    }
    *ret_part = (struct store_part){ field->id, element, inner ? inner->id : 0 };
    return true;
}

void part_print(const struct store_part *part, char text[STORE_PART_TEXT_SIZE])
{
    if (part->element < 0)
        (void)snprintf(text, STORE_PART_TEXT_SIZE, "%" PRIu32, part->field);
    else if (!part->inner)
        (void)snprintf(text, STORE_PART_TEXT_SIZE, "%" PRIu32 "[%" PRId32 "]", part->field, part->element);
    else
        (void)snprintf(text, STORE_PART_TEXT_SIZE, "%" PRIu32 "[%" PRId32 "].%" PRIu32, part->field, part->element,
                       part->inner);
}

bool part_parse(const char *text, struct store_part *ret_part)
{
    struct store_part part = { 0, -1, 0 };
    int read = sscanf(text, "%" SCNu32 "[%" SCNd32 "].%" SCNu32, &part.field, &part.element, &part.inner);
    char same[STORE_PART_TEXT_SIZE];

    if (read < 1)
        return false;
    part_print(&part, same);
    if (strcmp(same, text) != 0)
        return false;
    *ret_part = part;
    return true;
}
