#include "tessera/language.h"

#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/money.h"

static void ts_language_of__goes_by_the_language_alone(void **state)
{
    static const struct {
        const char *tag;
        enum ts_language language;
        bool known;
    } cases[] = {
        { "en", TS_ENGLISH, true },          { "de", TS_GERMAN, true },    { "de-AT", TS_GERMAN, true },
        { "DE", TS_GERMAN, true },           { "fr-CA", TS_FRENCH, true }, { "ja-JP", TS_JAPANESE, true },
        { "ar-u-nu-latn", TS_ARABIC, true }, { "nl", TS_ENGLISH, false },  { "deu", TS_ENGLISH, false },
        { "d", TS_ENGLISH, false },          { "", TS_ENGLISH, false },    { NULL, TS_ENGLISH, false },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        assert_int_equal(ts_language_of(cases[i].tag), cases[i].language);
        assert_int_equal(ts_language_is_known(cases[i].tag), cases[i].known);
    }
    for (enum ts_language language = TS_ENGLISH; language < TS_LANGUAGES; language++)
        assert_int_equal(ts_language_of(ts_language_tag(language)), language);
}

static void ts_language_path__has_the_languages_tag_in_front(void **state)
{
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    assert_string_equal(ts_language_path(arena, TS_ENGLISH, "order/X"), "order/X");
    assert_string_equal(ts_language_path(arena, TS_ARABIC, "order/X"), "ar/order/X");
    ts_arena_free(arena);
}

static void ts_words_fill__fills_each_name_once(void **state)
{
    static const struct ts_word words[] = { { "title", "{place} & {" }, { "place", "Ulm" }, { NULL, NULL } };
    static const struct {
        const char *text, *filled;
    } cases[] = {
        { "{title} in {place}.", "{place} & { in Ulm." },
        { "{place}{place}", "UlmUlm" },
        { "no name", "no name" },
        { "{other} {plac} {places} {} { {place", "{other} {plac} {places} {} { {place" },
        { "", "" },
    };
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++)
        assert_string_equal(ts_words_fill(arena, cases[i].text, words), cases[i].filled);
    ts_arena_free(arena);
}

static void ts_money_local__has_the_languages_point(void **state)
{
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    assert_string_equal(ts_money_local(arena, TS_ENGLISH, 1250, "EUR"), "12.50 EUR");
    assert_string_equal(ts_money_local(arena, TS_GERMAN, 1250, "EUR"), "12,50 EUR");
    assert_string_equal(ts_money_local(arena, TS_FRENCH, 12345, "KWD"), "12,345 KWD");
    assert_string_equal(ts_money_local(arena, TS_JAPANESE, 1250, "JPY"), "1250 JPY");
    assert_string_equal(ts_money_local(arena, TS_GERMAN, 1250, "JPY"), "1250 JPY");
    assert_string_equal(ts_money_local(arena, TS_ARABIC, -5, "EUR"), "-0.05 EUR");
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ts_language_of__goes_by_the_language_alone),
        cmocka_unit_test(ts_language_path__has_the_languages_tag_in_front),
        cmocka_unit_test(ts_words_fill__fills_each_name_once),
        cmocka_unit_test(ts_money_local__has_the_languages_point),
    };

    return cmocka_run_group_tests_name("base/language", tests, NULL, NULL);
}
