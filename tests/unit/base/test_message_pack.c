/* Packed, a message is what protobuf-c makes of it, byte by byte: all kinds that there are, and shapes that none has.
 */
#include "base/message_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "descriptors.h"
#include "shapes.pb-c.h"
#include "shapes3.pb-c.h"
#include "support/any.h"
#include "support/test.h"
#include "tessera/cleanup.h"

static struct ts_arena arena;

static uint8_t *pack_by_library(const ProtobufCMessage *message, size_t *ret_size)
{
    uint8_t *bytes;

    *ret_size = protobuf_c_message_get_packed_size(message);
    bytes = ts_alloc(&arena, *ret_size);
    assert_int_equal(protobuf_c_message_pack(message, bytes), *ret_size);
    return bytes;
}

/* In `room` bytes, of which none before or behind is touched: ASan would see it. */
static void assert_packs(const ProtobufCMessage *message, const uint8_t *expected, size_t size, size_t room)
{
    uint8_t *memory = malloc(room);

    assert_int_equal(message_pack(message, memory, room), size);
    if (room >= size && size)
        assert_memory_equal(memory + room - size, expected, size);
    free(memory);
}

static void assert_as_by_library(const ProtobufCMessage *message)
{
    size_t size, packed_size;
    const uint8_t *expected = pack_by_library(message, &size), *bytes;

    assert_int_equal(message_pack(message, NULL, 0), size);
    assert_packs(message, expected, size, size);
    assert_packs(message, expected, size, size + 3);
    bytes = ts_message_pack(&arena, message, &packed_size);
    assert_int_equal(packed_size, size);
    assert_memory_equal(bytes, expected, size);
}

/* Where there is less room than it takes, it says so. */
static void assert_counts(const ProtobufCMessage *message)
{
    size_t size;
    const uint8_t *expected = pack_by_library(message, &size);

    for (size_t room = size; room > 0; room -= room > 64 ? room / 4 : 1)
        assert_packs(message, expected, size, room - 1);
}

/* ---- the tests */

static void message_pack__gives_the_librarys_bytes_for_all_messages(void **state)
{
    (void)state;
    srand(11);
    for (unsigned i = 0; i < 10 * TS_ARRAY_SIZE(descriptors); i++) {
        const ProtobufCMessage *message = any_message(&arena, descriptors[i % TS_ARRAY_SIZE(descriptors)]);

        assert_as_by_library(message);
        assert_counts(message);
        arena_reset(&arena);
    }
}

static void message_pack__gives_the_librarys_bytes_for_all_shapes(void **state)
{
    const ProtobufCMessageDescriptor *const kinds[] = {
        &shapes__everything__descriptor,
        &shapes__demand__descriptor,
        &shapes3__plain__descriptor,
    };

    (void)state;
    srand(12);
    for (unsigned i = 0; i < 600; i++) {
        const ProtobufCMessage *message = any_message(&arena, kinds[i % TS_ARRAY_SIZE(kinds)]);

        assert_as_by_library(message);
        assert_counts(message);
        arena_reset(&arena);
    }
}

/* A length of one byte more lies in what another counts, and makes that one byte longer, too. */
static void message_pack__counts_in_as_many_bytes_as_it_takes(void **state)
{
    static const size_t borders[] = { 127, 16383 };
    Shapes__Everything outer = SHAPES__EVERYTHING__INIT, inner = SHAPES__EVERYTHING__INIT,
                       most = SHAPES__EVERYTHING__INIT;

    (void)state;
    most.inner = &outer;
    outer.inner = &inner;
    for (size_t i = 0; i < TS_ARRAY_SIZE(borders); i++) {
        for (size_t size = borders[i] - 12; size < borders[i] + 3; size++) {
            inner.text = memset(ts_alloc(&arena, size + 1), 't', size);
            assert_as_by_library(&most.base);
            inner.text = NULL;
            inner.close_flags = TS_NEW_ARRAY(&arena, protobuf_c_boolean, size);
            inner.n_close_flags = size;
            assert_as_by_library(&most.base);
            inner.n_close_flags = 0;
            arena_reset(&arena);
        }
    }
}

static void message_pack__spells_numbers_at_all_borders(void **state)
{
    Shapes__Everything message = SHAPES__EVERYTHING__INIT;

    (void)state;
    message.has_number = message.has_far_sided = message.has_large = message.has_small = message.has_sided = true;
    message.has_count_of = message.has_color = message.has_beyond_two_bytes = true;
    for (unsigned bit = 0; bit < 64; bit++) {
        for (uint64_t value = (UINT64_C(1) << bit) - 1; value != (UINT64_C(1) << bit) + 2; value++) {
            message.number = message.far_sided = (int64_t)value;
            message.large = value;
            message.small = message.sided = message.beyond_two_bytes = (int32_t)value;
            message.count_of = (uint32_t)value;
            message.color = (Shapes__Color)value;
            assert_as_by_library(&message.base);
            message.number = message.far_sided = -(int64_t)(value / 2);
            message.small = message.sided = -(int32_t)(value & INT32_MAX);
            assert_as_by_library(&message.base);
        }
        arena_reset(&arena);
    }
}

static void message_pack__leaves_out_what_the_library_takes_for_zero(void **state)
{
    Shapes3__Plain message = SHAPES3__PLAIN__INIT, inner = SHAPES3__PLAIN__INIT;

    (void)state;
    message.rough = -0.0F;
    message.real = -0.0;
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 0);
    message.text = NULL;
    message.blob.data = (uint8_t[]){ 1 };
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 0);
    message.number = INT64_C(1) << 32;
    message.wide_fixed = UINT64_C(1) << 63;
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), (1 + 5) + (1 + 8));
    message.number = 0;
    message.wide_fixed = 0;
    message.inner = &inner; /* is not nothing, though there is nothing in it */
    message.choice_case = SHAPES3__PLAIN__CHOICE_COUNT;
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 3 + 3);
}

/* A case that is chosen, and points to nothing; a text that is the default itself, and one that says the same. */
static void message_pack__leaves_out_what_points_to_nothing_new(void **state)
{
    Shapes__Everything message = SHAPES__EVERYTHING__INIT;

    (void)state;
    message.choice_case = SHAPES__EVERYTHING__CHOICE_NESTED;
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 0);
    message.named = ts_strdup(&arena, message.named);
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 2 + strlen("nobody"));
    message.named = NULL;
    assert_as_by_library(&message.base);
    assert_int_equal(message_pack(&message.base, NULL, 0), 0);
}

static void ts_message_pack__takes_what_the_message_needs(void **state)
{
    Shapes__Everything message = SHAPES__EVERYTHING__INIT;
    size_t size = 0, before = 0, text_size = 0;

    (void)state;
    while (size < 3000) {
        message.text = memset(ts_alloc(&arena, text_size + 1), 't', text_size);
        assert_as_by_library(&message.base);
        before = arena.used;
        (void)ts_message_pack(&arena, &message.base, &size);
        assert_true(arena.used - before < size + 64);
        arena_reset(&arena);
        text_size += size > 1900 && size < 2100 ? 1 : 50; /* the guess ends there */
    }
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
        cmocka_unit_test(message_pack__gives_the_librarys_bytes_for_all_messages),
        cmocka_unit_test(message_pack__gives_the_librarys_bytes_for_all_shapes),
        cmocka_unit_test(message_pack__counts_in_as_many_bytes_as_it_takes),
        cmocka_unit_test(message_pack__spells_numbers_at_all_borders),
        cmocka_unit_test(message_pack__leaves_out_what_the_library_takes_for_zero),
        cmocka_unit_test(message_pack__leaves_out_what_points_to_nothing_new),
        cmocka_unit_test(ts_message_pack__takes_what_the_message_needs),
    };

    return cmocka_run_group_tests_name("base/message_pack", tests, setup, teardown);
}
