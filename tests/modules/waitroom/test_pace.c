/* How many go in, and what those who wait are told. */
#include "support/test.h"

#include <string.h>

#include "pace.h"

#define NOW INT64_C(1780315200000)
enum { MINUTE = 60000 };

/* ---- the rate */

static int64_t admitted_in(int32_t per_minute, int32_t permille, int64_t duration_ms, int64_t step_ms)
{
    struct pace pace = { .at_ms = NOW, .permille = permille };
    int64_t admitted = 0;

    for (int64_t at_ms = step_ms; at_ms <= duration_ms; at_ms += step_ms) {
        int32_t turns;

        pace_earn(&pace, per_minute, NOW + at_ms);
        turns = pace_turns(&pace, INT32_MAX);
        pace.credit -= turns * TURN_COST;
        admitted += turns;
    }
    return admitted;
}

static void pace__lets_in_what_the_rate_says_and_never_more(void **state)
{
    static const int32_t rates[] = { 1, 7, 59, 60, 61, 600, 60000 };

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        assert_int_equal(admitted_in(rates[i], PACE_FULL, 10 * MINUTE, STEP_MS), 10 * rates[i]);
        assert_int_equal(admitted_in(rates[i], PACE_FULL / 2, 10 * MINUTE, STEP_MS), 5 * rates[i]);
        assert_true(admitted_in(rates[i], PACE_FULL, 10 * MINUTE, 977) <= 10 * rates[i]);
        assert_true(admitted_in(rates[i], PACE_FULL, 10 * MINUTE, 7001) <= 10 * rates[i]);
    }
}

static void pace__does_not_save_up_while_nobody_comes(void **state)
{
    struct pace pace = { .at_ms = NOW, .permille = PACE_FULL };

    (void)state;
    pace_earn(&pace, 600, NOW + 24 * 60 * INT64_C(60000));
    assert_int_equal(pace_turns(&pace, INT32_MAX), 600 * PACE_BURST_MS / MINUTE + 1);
    pace = (struct pace){ .at_ms = NOW, .permille = PACE_FULL };
    pace_earn(&pace, 1, NOW + 24 * 60 * INT64_C(60000));
    assert_int_equal(pace_turns(&pace, INT32_MAX), 1);
}

static void pace__a_clock_that_goes_back_gives_nothing(void **state)
{
    struct pace pace = { .at_ms = NOW, .permille = PACE_FULL };

    (void)state;
    pace_earn(&pace, 600, NOW - MINUTE);
    assert_int_equal(pace.credit, 0);
    assert_int_equal(pace.at_ms, NOW);
}

static void pace_turns__keeps_to_what_active_buyers_leave(void **state)
{
    struct pace pace = { .credit = 10 * TURN_COST };

    (void)state;
    assert_int_equal(pace_turns(&pace, 3), 3);
    assert_int_equal(pace_turns(&pace, 0), 0);
    assert_int_equal(pace_turns(&pace, -5), 0);
    pace.credit = -TURN_COST;
    assert_int_equal(pace_turns(&pace, 3), 0);
}

static void pace_adapt__slows_at_once_and_comes_back_gently(void **state)
{
    struct pace pace = { .permille = PACE_FULL };
    unsigned seconds = 0;

    (void)state;
    pace_adapt(&pace, PACE_SLOW_MS);
    assert_int_equal(pace.permille, PACE_FULL);
    pace_adapt(&pace, PACE_SLOW_MS + 1);
    assert_int_equal(pace.permille, 750);
    for (int i = 0; i < 100; i++)
        pace_adapt(&pace, 10 * PACE_SLOW_MS);
    assert_int_equal(pace.permille, PACE_LOWEST);
    while (pace.permille < PACE_FULL) {
        pace_adapt(&pace, -1);
        seconds++;
    }
    assert_true(seconds > 30 && seconds < 60);
    assert_int_equal(pace.permille, PACE_FULL);
}

/* ---- turns */

static void steps_turn_ms__tells_when_a_place_was_called(void **state)
{
    static struct steps steps;

    (void)state;
    memset(&steps, 0, sizeof(steps));
    assert_int_equal(steps_turn_ms(&steps, 0), -1);
    for (uint32_t i = 0; i < 10; i++)
        steps_add(&steps, NOW + i * 1000, 5 * i);
    assert_int_equal(steps_turn_ms(&steps, 0), NOW + 1000);
    assert_int_equal(steps_turn_ms(&steps, 4), NOW + 1000);
    assert_int_equal(steps_turn_ms(&steps, 5), NOW + 2000);
    assert_int_equal(steps_turn_ms(&steps, 44), NOW + 9000);
    assert_int_equal(steps_turn_ms(&steps, 45), -1);
    steps_shift(&steps, 12); /* one more stands before rank 12 */
    assert_int_equal(steps_turn_ms(&steps, 15), NOW + 3000);
    assert_int_equal(steps_turn_ms(&steps, 9), NOW + 2000);
    for (uint32_t i = 10; i < 2000; i++)
        steps_add(&steps, NOW + i * 1000, 5 * i);
    assert_int_equal(steps_turn_ms(&steps, 100), -1);
    assert_int_equal(steps_turn_ms(&steps, 5 * 1999 - 1), NOW + 1999 * 1000);
}

/* ---- estimates */

static void estimate_wait__goes_by_the_rate_until_something_is_measured(void **state)
{
    static struct steps steps;
    struct pace pace = { .permille = PACE_FULL };
    struct estimate estimate;

    (void)state;
    memset(&steps, 0, sizeof(steps));
    estimate = estimate_wait(&steps, &pace, 60, 600, NOW);
    assert_int_equal(estimate.low_s, 600);
    assert_true(estimate.high_s > 600 && estimate.high_s < 1000);
    pace.permille = PACE_FULL / 2;
    assert_true(estimate_wait(&steps, &pace, 60, 600, NOW).high_s > 1200);
    assert_int_equal(estimate_wait(&steps, &pace, 60, 0, NOW).low_s, 0);
}

static void estimate_wait__says_so_when_nobody_can_tell(void **state)
{
    static struct steps steps;
    struct pace pace = { .permille = PACE_FULL };

    (void)state;
    memset(&steps, 0, sizeof(steps));
    for (int i = 0; i <= 300; i++)
        steps_add(&steps, NOW + i * 1000, 100);
    assert_int_equal(estimate_wait(&steps, &pace, 60, 600, NOW + 300 * 1000).high_s, -1);
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 31);
}

/*
 * A line of 20,000 moves at 600 a minute, of whom a part does not come, in fits and starts. At random times somebody
 * asks; what he was told is held against when he was in.
 */
static void estimate_wait__is_right_nine_times_in_ten(void **state)
{
    enum { PEOPLE = 20000, ASKED = 2000, RATE = 600 };
    static int64_t turn_s[PEOPLE];
    static struct {
        uint32_t rank;
        int64_t asked_s;
        struct estimate told;
    } asked[ASKED];
    static struct steps steps;
    struct pace pace = { .permille = PACE_FULL };
    uint64_t random = 1;
    uint32_t passed = 0, count = 0, before_high = 0, after_low = 0;

    (void)state;
    memset(&steps, 0, sizeof(steps));
    for (int64_t now_s = 0; passed < PEOPLE; now_s++) {
        uint32_t share = 60 + (uint32_t)(next_random(&random) % 60); /* per cent of the rate, this second */
        uint32_t moves = RATE / 60 * share / 100 + (now_s / 90 % 2 ? 3 : 0);

        for (; moves && passed < PEOPLE; moves--)
            turn_s[passed++] = now_s;
        steps_add(&steps, NOW + now_s * 1000, passed);
        while (now_s > 70 && passed < PEOPLE && count < ASKED && next_random(&random) % 2) {
            asked[count].rank = passed + (uint32_t)(next_random(&random) % (PEOPLE - passed));
            asked[count].asked_s = now_s;
            asked[count].told = estimate_wait(&steps, &pace, RATE, asked[count].rank - passed, NOW + now_s * 1000);
            count++;
        }
    }
    assert_true(count > ASKED / 2);
    for (uint32_t i = 0; i < count; i++) {
        int64_t waited_s = turn_s[asked[i].rank] - asked[i].asked_s;

        before_high += asked[i].told.high_s >= waited_s;
        after_low += asked[i].told.low_s <= waited_s + 1;
        assert_true(asked[i].told.high_s <= 2 * waited_s + 60); /* nor is it an excuse */
    }
    if (before_high * 10 < count * 9 || after_low * 10 < count * 9)
        fail_msg("of %u, %u were in before the time told, %u after the earliest", count, before_high, after_low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace__lets_in_what_the_rate_says_and_never_more),
        cmocka_unit_test(pace__does_not_save_up_while_nobody_comes),
        cmocka_unit_test(pace__a_clock_that_goes_back_gives_nothing),
        cmocka_unit_test(pace_turns__keeps_to_what_active_buyers_leave),
        cmocka_unit_test(pace_adapt__slows_at_once_and_comes_back_gently),
        cmocka_unit_test(steps_turn_ms__tells_when_a_place_was_called),
        cmocka_unit_test(estimate_wait__goes_by_the_rate_until_something_is_measured),
        cmocka_unit_test(estimate_wait__says_so_when_nobody_can_tell),
        cmocka_unit_test(estimate_wait__is_right_nine_times_in_ten),
    };

    return cmocka_run_group_tests_name("modules/waitroom/pace", tests, NULL, NULL);
}
