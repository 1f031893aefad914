/* New ids: increasing, of their time, in groups; random strings without a favourite. */
#include <string.h>

#include "support/fiber_test.h"
#include "tessera/clock.h"
#include "tessera/id.h"

static int64_t fixed_ms;

static int64_t fixed_wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return fixed_ms;
}

static void ts_id_new__increases_within_one_millisecond(struct ts_call *call)
{
    const char *before = "evt_";

    call->runtime->wall_ms = fixed_wall_ms;
    fixed_ms = INT64_C(1795466880000);
    for (int i = 0; i < 5000; i++) {
        const char *id = i % 2 ? ts_id_new(call, "evt") : ts_id_new_head(call, "evt");

        assert_true(ts_id_is(id, "evt"));
        assert_true(strcmp(before, id) < 0);
        assert_int_equal(ts_id_time_ms(id), fixed_ms);
        before = id;
    }
}

static void ts_id_new__increases_over_a_full_counter(struct ts_call *call)
{
    const char *before, *after;

    call->runtime->wall_ms = fixed_wall_ms;
    fixed_ms = INT64_C(1795466880000);
    (void)ts_id_new(call, "evt");
    call->runtime->id_counter = (UINT32_C(1) << 26) - 2;
    before = ts_id_new(call, "evt");
    after = ts_id_new(call, "evt");
    assert_true(strcmp(before, after) < 0);
    assert_int_equal(ts_id_time_ms(after), fixed_ms + 1);
    fixed_ms++; /* the clock catches up: no step back */
    assert_true(strcmp(after, ts_id_new(call, "evt")) < 0);
}

static void ts_id_bytes__and_back_is_the_same_id(struct ts_call *call)
{
    static const char *const spelled[] = { "evt_00000000000000000000000000", "evt_7zzzzzzzzzzzzzzzzzzzzzzzzz",
                                           "evt_01h2aabtyhfbxv13mppm33aser" };
    uint8_t bytes[16];

    for (size_t i = 0; i < 3; i++) {
        ts_id_bytes(spelled[i], bytes);
        assert_string_equal(ts_id_from_bytes(call, "evt", bytes), spelled[i]);
    }
    for (unsigned i = 0; i < 100; i++) {
        const char *id = ts_id_new(call, "tic");

        ts_id_bytes(id, bytes);
        assert_string_equal(ts_id_from_bytes(call, "tic", bytes), id);
    }
    ts_id_bytes(spelled[1], bytes);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(bytes[i], 0xff);
}

static void ts_id_new_head__ends_in_00_and_has_members(struct ts_call *call)
{
    const char *head = ts_id_new_head(call, "hld"), *member = ts_id_member(call, head, "pos", TS_ID_MEMBERS_MAX);

    assert_string_equal(head + TS_ID_LENGTH - 2, "00");
    assert_true(ts_id_is(member, "pos"));
    assert_string_equal(ts_id_head(call, member, "hld"), head);
}

static void ts_random_string__uses_each_letter_about_equally(struct ts_call *call)
{
    enum { COUNT = 100000 };
    const char *text = ts_random_string(call, "abcde", COUNT);
    int seen[5] = { 0 };

    assert_int_equal(strlen(text), COUNT);
    for (const char *at = text; *at; at++) {
        assert_in_range(*at, 'a', 'e');
        seen[*at - 'a']++;
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(seen[i], COUNT / 5 - 1000, COUNT / 5 + 1000);
    assert_string_equal(ts_random_string(call, "ab", 0), "");
}

static void ts_secret_new__differs_each_time(struct ts_call *call)
{
    const char *left = ts_secret_new(call), *right = ts_secret_new(call);

    assert_int_equal(strlen(left), 26);
    assert_string_not_equal(left, right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fiber_unit_test(ts_id_new__increases_within_one_millisecond),
        fiber_unit_test(ts_id_new__increases_over_a_full_counter),
        fiber_unit_test(ts_id_bytes__and_back_is_the_same_id),
        fiber_unit_test(ts_id_new_head__ends_in_00_and_has_members),
        fiber_unit_test(ts_random_string__uses_each_letter_about_equally),
        fiber_unit_test(ts_secret_new__differs_each_time),
    };

    return cmocka_run_group_tests_name("loop/id", tests, NULL, NULL);
}
