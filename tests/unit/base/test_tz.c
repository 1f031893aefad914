/* Wall clocks and instants: gaps, times that come twice, both hemispheres, half hours, the far future. */
#include "base/tz.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/err.h"

static int64_t seconds(const char *time)
{
    int64_t time_ms;

    assert_int_equal(ts_time_parse(time, &time_ms), 0);
    return time_ms / TS_SECOND_MS;
}

static void tz_utc_s__follows_the_zone(void **state)
{
    static const struct {
        const char *zone, *local, *utc; /* local with Z, as it is counted */
    } cases[] = {
        { "Europe/Berlin", "2026-01-15T20:00:00Z", "2026-01-15T19:00:00Z" },
        { "Europe/Berlin", "2026-07-15T20:00:00Z", "2026-07-15T18:00:00Z" },
        { "Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z" },
        { "Europe/Berlin", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z" }, /* the gap: 03:00 */
        { "Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z" }, /* 03:30 */
        { "Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z" },
        { "Europe/Berlin", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z" },
        { "Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z" }, /* twice: the first */
        { "Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z" },
        { "Europe/Berlin", "2096-07-15T20:00:00Z", "2096-07-15T18:00:00Z" }, /* by the footer */
        { "Europe/Berlin", "2096-12-15T20:00:00Z", "2096-12-15T19:00:00Z" },
        { "America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z" },
        { "America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z" },
        { "America/Los_Angeles", "2026-07-04T19:00:00Z", "2026-07-05T02:00:00Z" },
        { "Australia/Sydney", "2026-01-15T20:00:00Z", "2026-01-15T09:00:00Z" }, /* summer in January */
        { "Australia/Sydney", "2026-07-15T20:00:00Z", "2026-07-15T10:00:00Z" },
        { "Australia/Sydney", "2096-01-15T20:00:00Z", "2096-01-15T09:00:00Z" },
        { "Australia/Sydney", "2026-10-04T02:30:00Z", "2026-10-03T16:30:00Z" },
        { "Australia/Sydney", "2026-04-05T02:30:00Z", "2026-04-04T15:30:00Z" },
        { "Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z" }, /* a gap of half an hour */
        { "Asia/Kolkata", "2026-07-15T20:00:00Z", "2026-07-15T14:30:00Z" },
        { "Asia/Kathmandu", "2026-07-15T20:00:00Z", "2026-07-15T14:15:00Z" },
        { "America/St_Johns", "2026-07-15T20:00:00Z", "2026-07-15T22:30:00Z" },
        { "Asia/Tokyo", "2026-07-15T20:00:00Z", "2026-07-15T11:00:00Z" },
        { "America/Santiago", "2026-07-15T20:00:00Z", "2026-07-16T00:00:00Z" },
        { "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z" },  /* a day that never was */
        { "Europe/Dublin", "2026-07-15T20:00:00Z", "2026-07-15T19:00:00Z" }, /* winter is its exception */
        { "Europe/Dublin", "2096-01-15T20:00:00Z", "2096-01-15T20:00:00Z" },
        { "Africa/Casablanca", "2026-07-15T20:00:00Z", "2026-07-15T19:00:00Z" },
        { "Asia/Gaza", "2026-07-15T20:00:00Z", "2026-07-15T17:00:00Z" },
        { "America/Nuuk", "2096-07-15T20:00:00Z", "2096-07-15T21:00:00Z" }, /* M3.5.0/-1 */
        { "Etc/GMT-5", "2026-07-15T20:00:00Z", "2026-07-15T15:00:00Z" },
        { "Etc/UTC", "2026-07-15T20:00:00Z", "2026-07-15T20:00:00Z" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct ts_arena arena;
        struct tz *tz;

        arena_init(&arena);
        assert_int_equal(tz_load(&arena, cases[i].zone, &tz), 0);
        if (tz_utc_s(tz, seconds(cases[i].local)) != seconds(cases[i].utc))
            fail_msg("%s %s: expected %s, off by %d s", cases[i].zone, cases[i].local, cases[i].utc,
                     (int)(tz_utc_s(tz, seconds(cases[i].local)) - seconds(cases[i].utc)));
        arena_done(&arena);
    }
}

static void tz_load__refuses_what_is_no_zone(void **state)
{
    static const char *const names[] = { "", "Europe", "Europe/Nowhere", "../../../etc/passwd", "/etc/localtime" };
    struct ts_arena arena;
    struct tz *tz;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(names); i++)
        assert_int_equal(tz_load(&arena, names[i], &tz), TS_EINVALID);
    arena_done(&arena);
}

/* A header of version 2 with these counts. */
static size_t header(unsigned char *at, unsigned char times, unsigned char types, unsigned char names)
{
    memset(at, 0, 44);
    memcpy(at, "TZif2", 5);
    at[35] = times;
    at[39] = types;
    at[43] = names;
    return 44;
}

/* A whole file: empty first block, one type of +1:00, and a footer. Return: its size. */
static size_t file_of(unsigned char *bytes, const char *footer)
{
    size_t size = header(bytes, 0, 0, 0);

    size += header(bytes + size, 0, 1, 1);
    memcpy(bytes + size, "\0\0\x0e\x10\0\0\0", 7);
    size += 7;
    memcpy(bytes + size, footer, strlen(footer));
    return size + strlen(footer);
}

static void tz_parse__reads_every_form_of_rule(void **state)
{
    static const struct {
        const char *footer, *utc;
        int offset_s;
    } cases[] = {
        { "\n\n", "2026-07-01T00:00:00Z", 3600 },
        { "\nXXX-2\n", "2026-07-01T00:00:00Z", 7200 },
        { "\n<+0530>-5:30\n", "2026-07-01T00:00:00Z", 19800 },
        { "\nAAA3BBB,J60/0,J300/0\n", "2026-03-01T02:59:59Z", -10800 },
        { "\nAAA3BBB,J60/0,J300/0\n", "2026-03-01T03:00:00Z", -7200 },
        { "\nAAA3BBB,J60/0,J300/0\n", "2028-03-01T03:00:00Z", -7200 }, /* J never counts the leap day */
        { "\nAAA3BBB,J60/0,J300/0\n", "2028-02-29T03:00:00Z", -10800 },
        { "\nAAA3BBB,59/0,300/0\n", "2028-02-29T03:00:00Z", -7200 }, /* n does */
        { "\nAAA0BBB-1:00:01,0/0,365/25\n", "2026-07-01T00:00:00Z", 3601 },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        unsigned char bytes[256];
        struct ts_arena arena;
        struct tz *tz;

        arena_init(&arena);
        assert_int_equal(tz_parse(&arena, bytes, file_of(bytes, cases[i].footer), &tz), 0);
        assert_int_equal(tz_offset_s(tz, seconds(cases[i].utc)), cases[i].offset_s);
        arena_done(&arena);
    }
}

static void tz_parse__refuses_damage(void **state)
{
    static const char *const footers[] = {
        "",
        "\n",
        "XXX-2\n",
        "\nXX-2\n",
        "\nXXX\n",
        "\nXXX-\n",
        "\nXXX-200\n",
        "\n<XXX-2\n",
        "\nXXX-2YYY\n",
        "\nXXX-2YYY,M13.1.0,M1.1.0\n",
        "\nXXX-2YYY,M3.6.0,M1.1.0\n",
        "\nXXX-2YYY,M3.1.7,M1.1.0\n",
        "\nXXX-2YYY,J0,J10\n",
        "\nXXX-2YYY,366,1\n",
        "\nXXX-2YYY,1\n",
        "\nXXX-2 \n",
    };
    unsigned char bytes[256];
    struct ts_arena arena;
    struct tz *tz;
    size_t size;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(footers); i++)
        assert_int_equal(tz_parse(&arena, bytes, file_of(bytes, footers[i]), &tz), TS_EUNAVAILABLE);
    size = file_of(bytes, "\nXXX-2\n");
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(tz_parse(&arena, bytes, cut, &tz), TS_EUNAVAILABLE);
    bytes[4] = '1';
    assert_int_equal(tz_parse(&arena, bytes, size, &tz), TS_EUNAVAILABLE);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tz_utc_s__follows_the_zone),
        cmocka_unit_test(tz_load__refuses_what_is_no_zone),
        cmocka_unit_test(tz_parse__reads_every_form_of_rule),
        cmocka_unit_test(tz_parse__refuses_damage),
    };

    return cmocka_run_group_tests_name("base/tz", tests, NULL, NULL);
}
