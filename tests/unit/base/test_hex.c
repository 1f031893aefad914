#include "base/hex.h"

#include <stdio.h>

#include "support/test.h"

static void hex_put__spells_bytes_as_printf_does(void **state)
{
    uint8_t bytes[40];
    char put[2 * sizeof(bytes) + 1], expected[2 * sizeof(bytes) + 1];

    (void)state;
    for (unsigned round = 0; round < 256; round++) {
        size_t size = round % sizeof(bytes);

        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(round + i * 37);
            (void)snprintf(expected + 2 * i, 3, "%02x", bytes[i]); /* it fits */
        }
        memset(put, '?', sizeof(put));
        hex_put(put, bytes, size);
        assert_memory_equal(put, expected, 2 * size);
        assert_int_equal(put[2 * size], '?');
    }
}

static void hex_put_number__begins_with_the_highest_digit(void **state)
{
    char put[16];

    (void)state;
    hex_put_number(put, UINT64_C(0x0123456789abcdef));
    assert_memory_equal(put, "0123456789abcdef", 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_put__spells_bytes_as_printf_does),
        cmocka_unit_test(hex_put_number__begins_with_the_highest_digit),
    };

    return cmocka_run_group_tests_name("base/hex", tests, NULL, NULL);
}
