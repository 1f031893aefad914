/* A copy is what unpacking would make of it, for messages of all shapes that are stored. */
#include "base/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "catalog/v1/catalog.pb-c.h"
#include "inventory/v1/inventory.pb-c.h"
#include "orders/v1/orders.pb-c.h"
#include "payments/v1/payments.pb-c.h"
#include "shapes.pb-c.h"
#include "support/test.h"

enum { ROUNDS = 400, DEPTH_MAX = 3 };

static struct ts_arena arena;

static unsigned roll(unsigned sides)
{
    return (unsigned)rand() % sides;
}

/* ---- any message, with values also where has_ says that there is none */

static ProtobufCMessage *message_any(const ProtobufCMessageDescriptor *descriptor, unsigned depth);

static void value_any(const ProtobufCFieldDescriptor *field, char *to, unsigned depth)
{
    static const char *const texts[] = { "", "a", "Straße", "a longer text that fills more than sixteen bytes" };
    ProtobufCBinaryData bytes = { roll(20), NULL };
    uint64_t number = (uint64_t)rand() << roll(33);

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)to = ts_strdup(&arena, texts[roll(4)]);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)to = message_any(field->descriptor, depth + 1);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        bytes.data = memset(ts_alloc(&arena, bytes.len + 1), 'b', bytes.len);
        memcpy(to, &bytes, sizeof(bytes));
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)to = (protobuf_c_boolean)roll(2);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(to, &number, sizeof(number));
        return;
    default:
        memcpy(to, &(uint32_t){ (uint32_t)number >> 1 }, sizeof(uint32_t));
    }
}

static void list_any(const ProtobufCFieldDescriptor *field, char *message, unsigned depth)
{
    size_t count = roll(4);
    char *list = ts_alloc(&arena, count * 16);
    size_t step = message_element_size(field);

    for (size_t i = 0; i < count; i++)
        value_any(field, list + i * step, depth);
    memcpy(message + field->quantifier_offset, &count, sizeof(count));
    memcpy(message + field->offset, &list, sizeof(list));
}

static void field_any(const ProtobufCFieldDescriptor *field, char *message, unsigned depth)
{
    bool there = roll(3) != 0;

    if (field->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH_MAX)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        list_any(field, message, depth);
    } else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        if (!there)
            return;
        value_any(field, message + field->offset, depth);
        memcpy(message + field->quantifier_offset, &field->id, sizeof(uint32_t));
    } else {
        if (there || !member_is_pointer(field))
            value_any(field, message + field->offset, depth);
        if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !member_is_pointer(field))
            *(protobuf_c_boolean *)(message + field->quantifier_offset) = there;
    }
}

static void add_unknown(ProtobufCMessage *message)
{
    ProtobufCMessageUnknownField *fields = ts_alloc(&arena, 2 * sizeof(*fields));

    fields[0] = (ProtobufCMessageUnknownField){ 1900, PROTOBUF_C_WIRE_TYPE_VARINT, 1, ts_memdup(&arena, "\x07", 1) };
    fields[1] =
        (ProtobufCMessageUnknownField){ 1901, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, 3, ts_memdup(&arena, "\x02hi", 3) };
    message->n_unknown_fields = 2;
    message->unknown_fields = fields;
}

static ProtobufCMessage *message_any(const ProtobufCMessageDescriptor *descriptor, unsigned depth)
{
    ProtobufCMessage *message = ts_alloc(&arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        field_any(&descriptor->fields[i], (char *)message, depth);
    if (roll(4) == 0)
        add_unknown(message);
    return message;
}

/* ---- two messages, field by field */

static void assert_same(const ProtobufCMessage *left, const ProtobufCMessage *right);

static void assert_same_value(const ProtobufCFieldDescriptor *field, const void *left, const void *right)
{
    const ProtobufCBinaryData *bytes = left, *other = right;

    if (member_is_pointer(field)) {
        const void *one = *(const void *const *)left, *two = *(const void *const *)right;

        assert_int_equal(one == NULL, two == NULL);
        if (one && field->type == PROTOBUF_C_TYPE_MESSAGE)
            assert_same(one, two);
        else if (one)
            assert_string_equal(one, two);
        assert_int_equal(one == field->default_value, two == field->default_value);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        assert_int_equal(bytes->len, other->len);
        if (bytes->len)
            assert_memory_equal(bytes->data, other->data, bytes->len);
    } else if (field->type == PROTOBUF_C_TYPE_BOOL) {
        assert_int_equal(*(const protobuf_c_boolean *)left, *(const protobuf_c_boolean *)right);
    } else {
        assert_memory_equal(left, right, sizeof(uint32_t));
    }
}

/* The lists' packed forms are compared by assert_same(); here that each has what the other points to. */
static void assert_same_field(const ProtobufCFieldDescriptor *field, const char *left, const char *right)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        assert_memory_equal(left + field->quantifier_offset, right + field->quantifier_offset, sizeof(size_t));
    else if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        assert_same_value(field, left + field->offset, right + field->offset);
}

static uint8_t *packed(const ProtobufCMessage *message, size_t *ret_size)
{
    uint8_t *bytes;

    *ret_size = protobuf_c_message_get_packed_size(message);
    bytes = ts_alloc(&arena, *ret_size);
    protobuf_c_message_pack(message, bytes);
    return bytes;
}

static void assert_same(const ProtobufCMessage *left, const ProtobufCMessage *right)
{
    size_t left_size, right_size;
    const uint8_t *left_bytes = packed(left, &left_size), *right_bytes = packed(right, &right_size);

    assert_ptr_equal(left->descriptor, right->descriptor);
    assert_int_equal(left_size, right_size);
    assert_memory_equal(left_bytes, right_bytes, left_size);
    assert_int_equal(left->n_unknown_fields, right->n_unknown_fields);
    for (unsigned i = 0; i < left->descriptor->n_fields; i++)
        assert_same_field(&left->descriptor->fields[i], (const char *)left, (const char *)right);
}

/* ---- the tests */

static void message_copy__is_as_unpacked(void **state)
{
    const ProtobufCMessageDescriptor *const kinds[] = {
        &shapes__everything__descriptor, &orders__order__descriptor,     &inventory__hold__descriptor,
        &catalog__event__descriptor,     &payments__payment__descriptor,
    };

    (void)state;
    srand(7);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const ProtobufCMessage *message = message_any(kinds[i % 5], 0);
        size_t size = message_copy(message, NULL, 0), packed_size;
        const uint8_t *bytes = packed(message, &packed_size);
        uint8_t *memory = malloc(size); /* a byte more would be seen */

        for (size_t room = size - 1; room > 0; room -= room > 64 ? room / 4 : 1)
            assert_int_equal(message_copy(message, memory, room), size); /* is refused, and writes nothing beyond */
        assert_int_equal(message_copy(message, memory, size), size);
        assert_same((ProtobufCMessage *)memory,
                    protobuf_c_message_unpack(message->descriptor, ts_arena_allocator(&arena), packed_size, bytes));
        free(memory);
        arena_reset(&arena);
    }
}

/* What the original pointed to may be gone. */
static void ts_message_dup__shares_nothing(void **state)
{
    Shapes__Everything *message, *copy;
    char text[] = "before";
    char *texts[] = { text };
    Shapes__Everything inner = SHAPES__EVERYTHING__INIT;

    (void)state;
    message = ts_alloc(&arena, sizeof(*message));
    shapes__everything__init(message);
    inner.text = text;
    message->text = text;
    message->n_texts = 1;
    message->texts = texts;
    message->inner = &inner;
    copy = (Shapes__Everything *)ts_message_dup(&arena, &message->base);
    memcpy(text, "after!", 6);
    inner.text = NULL;
    assert_string_equal(copy->text, "before");
    assert_string_equal(copy->texts[0], "before");
    assert_string_equal(copy->inner->text, "before");
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_copy__is_as_unpacked),
        cmocka_unit_test(ts_message_dup__shares_nothing),
    };

    return cmocka_run_group_tests_name("base/message", tests, setup, teardown);
}
