/* Countries and their zones. */
#include "import/place.h"

#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"

static void country_code__knows_what_people_write(void **state)
{
    static const struct {
        const char *text, *code;
    } cases[] = {
        { "DE", "DE" },      { "de", "DE" },          { "DEU", "DE" },
        { "Germany", "DE" }, { "deutschland", "DE" }, { "United States", "US" },
        { "U.S.A.", "US" },  { "UK", "GB" },          { "Scotland", "GB" },
        { "日本", "JP" },    { "Japan", "JP" },       { "Österreich", "AT" },
        { "France", "FR" },  { "Narnia", NULL },      { "", NULL },
        { "D", NULL },       { "|", NULL },           { "Germany ", NULL },
        { NULL, NULL },
    };
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        const char *code = country_code(&arena, cases[i].text);

        assert_int_equal(code != NULL, cases[i].code != NULL);
        if (code)
            assert_string_equal(code, cases[i].code);
    }
    arena_done(&arena);
}

static void country_zones__begins_with_where_most_people_live(void **state)
{
    static const char *const firsts[][2] = { { "US", "America/New_York" }, { "AU", "Australia/Sydney" },
                                             { "RU", "Europe/Moscow" },    { "ES", "Europe/Madrid" },
                                             { "DE", "Europe/Berlin" },    { "JP", "Asia/Tokyo" } };
    struct ts_arena arena;
    struct country_zone *zones;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(firsts); i++)
        assert_string_equal(country_zones(&arena, firsts[i][0])->name, firsts[i][1]);
    zones = country_zones(&arena, "JP");
    assert_true(zones->latitude > 35.6 && zones->latitude < 35.7); /* +353916+1394441 */
    assert_true(zones->longitude > 139.7 && zones->longitude < 139.8);
    assert_null(zones->next);
    assert_null(country_zones(&arena, "XX"));
    assert_null(country_zones(&arena, NULL));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(country_code__knows_what_people_write),
        cmocka_unit_test(country_zones__begins_with_where_most_people_live),
    };

    return cmocka_run_group_tests_name("import/place", tests, NULL, NULL);
}
