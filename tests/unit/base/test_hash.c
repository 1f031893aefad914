#include "base/hash.h"

#include "support/test.h"

static void hash_seeded__tells_sizes_bytes_and_seeds_apart(void **state)
{
    uint64_t seen[3 * 65];
    size_t count = 0;
    char bytes[64] = { 0 };

    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++)
        for (size_t size = 0; size <= sizeof(bytes); size++)
            seen[count++] = hash_seeded(seed, bytes, size);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
}

/* Each bit of the input matters, and to about half of the bits that come out. */
static void hash_seeded__spreads_each_bit(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 40; size++) {
        char bytes[40] = "evt_01jd7zq3k8e6m9s5r2t4v6w8x0";
        uint64_t before = hash_seeded(7, bytes, size);

        for (size_t bit = 0; bit < size * 8; bit++) {
            uint64_t changed;

            bytes[bit / 8] ^= (char)(1 << bit % 8);
            changed = before ^ hash_seeded(7, bytes, size);
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            assert_in_range(__builtin_popcountll(changed), 8, 56);
        }
    }
}

static void hash_seeded__reads_no_byte_but_those_given(void **state)
{
    char left[48], right[48];

    (void)state;
    memset(left, 1, sizeof(left));
    memset(right, 2, sizeof(right));
    for (size_t size = 0; size <= 30; size++) {
        memset(left + 3, 9, size);
        memset(right + 3, 9, size);
        assert_int_equal(hash_seeded(1, left + 3, size), hash_seeded(1, right + 3, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_seeded__tells_sizes_bytes_and_seeds_apart),
        cmocka_unit_test(hash_seeded__spreads_each_bit),
        cmocka_unit_test(hash_seeded__reads_no_byte_but_those_given),
    };

    return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
