/* Names of organizers and events as slugs. */
#include "import/slug.h"

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/text.h"

static void slug_of__spells_latin_letters(void **state)
{
    static const struct {
        const char *name;
        size_t size_max;
        const char *slug;
    } cases[] = {
        { "Café Übersee & Söhne", 63, "cafe-uebersee-soehne" },
        { "  --O'Neill’s--  ", 63, "oneills" },
        { "Łódź Straße Øre Þór", 63, "lodz-strasse-ore-thor" },
        { "青い鳥 Live 2026", 63, "live-2026" },
        { "青い鳥", 63, "" },
        { "abc def", 4, "abc" },
        { "abc def", 5, "abc-d" },
        { "\xc3", 63, "" },
        { "", 63, "" },
    };
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        const char *slug = slug_of(&arena, cases[i].name, cases[i].size_max);

        assert_string_equal(slug, cases[i].slug);
        assert_true(!*slug || ts_text_is_slug(slug));
    }
    assert_string_equal(slug_of_host(&arena, "https://www.bluenote.jp/x?y", 63), "bluenote-jp");
    assert_string_equal(slug_of_host(&arena, "bluenote", 63), "");
    assert_string_equal(slug_of_host(&arena, NULL, 63), "");
    assert_string_equal(slug_of_hash(&arena, "event", "a"), "event-e40c292c");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slug_of__spells_latin_letters),
    };

    return cmocka_run_group_tests_name("import/slug", tests, NULL, NULL);
}
