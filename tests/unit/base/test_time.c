/* RFC 3339 both ways. */
#include "tessera/clock.h"

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

static void ts_time_parse__reads_times(void **state)
{
    static const struct {
        const char *text;
        int64_t time_ms;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.001Z", 1 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "2026-11-23T20:48:00.000Z", INT64_C(1795466880000) },
        { "2026-11-23t20:48:00z", INT64_C(1795466880000) },
        { "2026-11-23T21:48:00+01:00", INT64_C(1795466880000) },
        { "2026-11-23T15:18:00-05:30", INT64_C(1795466880000) },
        { "2026-11-23T20:48:00-00:00", INT64_C(1795466880000) },
        { "2026-11-23T20:48:00.5Z", INT64_C(1795466880500) },
        { "2026-11-23T20:48:00.123456789Z", INT64_C(1795466880123) },
        { "2000-02-29T00:00:00Z", INT64_C(951782400000) },
        { "2024-02-29T12:00:00Z", INT64_C(1709208000000) },
        { "2016-12-31T23:59:60Z", INT64_C(1483228799999) },
        { "2017-01-01T00:59:60.5+01:00", INT64_C(1483228799999) },
        { "0001-01-01T00:00:00Z", INT64_C(-62135596800000) },
        { "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        int64_t time_ms = 0;

        assert_int_equal(ts_time_parse(cases[i].text, &time_ms), 0);
        assert_int_equal(time_ms, cases[i].time_ms);
    }
}

static void ts_time_parse__refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T20:48Z",
        "2026-11-23T20:48:00",
        "2026-11-23 20:48:00Z",
        "2026-11-23T20:48:00+01",
        "2026-11-23T20:48:00+0100",
        "2026-11-23T20:48:00+24:00",
        "2026-11-23T20:48:00+01:60",
        "2026-11-23T20:48:00ZZ",
        "2026-11-23T20:48:00Z ",
        " 2026-11-23T20:48:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T20:60:00Z",
        "2026-11-23T20:48:61Z",
        "2026-11-23T20:48:60Z",
        "2016-12-31T23:59:60+01:00",
        "2026-00-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-23T20:48:00.Z",
        "2026-11-23T20:48:00.1234567890Z",
        "2026-11-23T20:48:00,5Z",
        "2026-1-23T20:48:00Z",
        "+2026-11-23T20:48:00Z",
        "-2026-11-23T20:48:00Z",
        "20261123T204800Z",
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(bad); i++) {
        int64_t time_ms = 77;

        if (ts_time_parse(bad[i], &time_ms) != TS_EINVALID)
            fail_msg("accepted %s", bad[i]);
        assert_int_equal(time_ms, 77);
    }
}

static void ts_time_format__is_read_back_the_same(void **state)
{
    char buffer[25];

    (void)state;
    assert_string_equal(ts_time_format(INT64_C(1795466880000), buffer), "2026-11-23T20:48:00.000Z");
    assert_string_equal(ts_time_format(-1, buffer), "1969-12-31T23:59:59.999Z");
    /* Each day of all years, at another time of it. */
    for (int64_t time_ms = INT64_C(-62135596800000); time_ms < INT64_C(253402300800000);
         time_ms += INT64_C(86400000) + 23) {
        int64_t again = 0;

        assert_int_equal(ts_time_parse(ts_time_format(time_ms, buffer), &again), 0);
        assert_int_equal(again, time_ms);
    }
}

static void ts_time_format__stays_within_the_years_1_to_9999(void **state)
{
    char buffer[25];

    (void)state;
    assert_string_equal(ts_time_format(INT64_MIN, buffer), "0001-01-01T00:00:00.000Z");
    assert_string_equal(ts_time_format(INT64_MAX, buffer), "9999-12-31T23:59:59.999Z");
}

static void ts_time_local__goes_by_the_zones_clocks(void **state)
{
    static const struct {
        const char *time, *zone, *text;
        enum ts_language language;
    } cases[] = {
        { "2026-06-01T18:00:00Z", "Europe/Berlin", "Mon 1 June 2026, 20:00 (Europe/Berlin)" },
        { "2026-12-31T23:30:00Z", "Europe/Berlin", "Fri 1 January 2027, 00:30 (Europe/Berlin)" },
        { "2027-01-01T04:59:59Z", "America/New_York", "Thu 31 December 2026, 23:59 (America/New_York)" },
        { "1969-12-31T23:59:59Z", "Etc/UTC", "Wed 31 December 1969, 23:59 (Etc/UTC)" },
        { "2026-06-01T18:00:00Z", "Mars/Olympus", "Mon 1 June 2026, 18:00 (UTC)" },
        { "2026-03-02T18:05:00Z", "Europe/Berlin", "Mo., 2. März 2026, 19:05 (Europe/Berlin)", TS_GERMAN },
        { "2026-08-09T18:05:00Z", "Europe/Paris", "dim. 9 août 2026, 20:05 (Europe/Paris)", TS_FRENCH },
        { "2026-12-31T18:05:00Z", "Asia/Tokyo", "2027年1月1日(金) 03:05 (Asia/Tokyo)", TS_JAPANESE },
        { "2026-02-04T18:05:00Z", "Africa/Cairo", "الأربعاء، 4 فبراير 2026، 20:05 (Africa/Cairo)", TS_ARABIC },
    };
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        int64_t time_ms;

        assert_int_equal(ts_time_parse(cases[i].time, &time_ms), 0);
        assert_string_equal(ts_time_local(&arena, cases[i].language, time_ms, cases[i].zone), cases[i].text);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_time_parse__reads_times),
        cmocka_unit_test(ts_time_parse__refuses_what_is_none),
        cmocka_unit_test(ts_time_format__is_read_back_the_same),
        cmocka_unit_test(ts_time_format__stays_within_the_years_1_to_9999),
        cmocka_unit_test(ts_time_local__goes_by_the_zones_clocks),
    };

    return cmocka_run_group_tests_name("base/time", tests, NULL, NULL);
}
