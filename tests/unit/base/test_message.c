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
#include "support/any.h"
#include "support/test.h"

enum { ROUNDS = 400 };

static struct ts_arena arena;

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
    else if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        assert_memory_equal(left + field->quantifier_offset, right + field->quantifier_offset, sizeof(uint32_t));
    else
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
        const ProtobufCMessage *message = any_message(&arena, kinds[i % 5]);
        size_t size = message_copy(message, NULL, 0), packed_size;
        const uint8_t *bytes = packed(message, &packed_size);
        uint8_t *memory;

        for (size_t room = size - 1; room > 0; room -= room > 64 ? room / 4 : 1) {
            memory = malloc(room); /* a byte more would be seen */
            assert_int_equal(message_copy(message, memory, room), size);
            free(memory);
        }
        memory = malloc(size);
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
