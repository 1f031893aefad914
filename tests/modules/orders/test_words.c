/* What mails to buyers say: all of it in each language, with the same words to be filled in. */
#include "words.h"

#include <string.h>

#include "support/test.h"
#include "tessera/cleanup.h"

enum { TEXTS = sizeof(struct words) / sizeof(const char *) };

/* A table is texts alone. */
static const char *text_of(enum ts_language language, size_t at)
{
    const char *text;

    memcpy(&text, (const char *)words_of(language) + at * sizeof(text), sizeof(text));
    return text;
}

/* Is each {word} of `text` in `other`? */
static bool has_words_of(const char *text, const char *other, struct ts_arena *arena)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        if (!strchr(at, '}') || !strstr(other, ts_strndup(arena, at, (size_t)(strchr(at, '}') + 1 - at))))
            return false;
    }
    return true;
}

static void words_of__say_all_in_each_language(void **state)
{
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    for (size_t i = 0; i < TEXTS * TS_LANGUAGES; i++) {
        const char *english = text_of(TS_ENGLISH, i / TS_LANGUAGES),
                   *text = text_of(i % TS_LANGUAGES, i / TS_LANGUAGES);

        if (!english || !text)
            fail_msg("%s: nothing for the text after \"%s\"", ts_language_tag(i % TS_LANGUAGES),
                     i < TS_LANGUAGES ? "" : text_of(TS_ENGLISH, i / TS_LANGUAGES - 1));
        if (!has_words_of(english, text, arena) || !has_words_of(text, english, arena))
            fail_msg("\"%s\" has not the words of \"%s\"", text, english);
    }
    ts_arena_free(arena);
}

static void words_title__is_the_events_own_or_a_translation(void **state)
{
    Catalog__EventTranslation brazil = CATALOG__EVENT_TRANSLATION__INIT, german = brazil, austrian = brazil;
    Catalog__EventTranslation *translations[] = { &brazil, &german, &austrian };
    Catalog__Event event = CATALOG__EVENT__INIT;

    (void)state;
    event.title = "Night";
    event.translations = translations;
    event.n_translations = TS_ARRAY_SIZE(translations);
    brazil.language = "pt-BR", brazil.title = "Noite";
    german.language = "de", german.title = "Nacht";
    austrian.language = "de-AT", austrian.title = "Nochd";
    assert_string_equal(words_title(&event, TS_GERMAN), "Nacht");
    assert_string_equal(words_title(&event, TS_ENGLISH), "Night"); /* not "Noite", though nobody writes that either */
    assert_string_equal(words_title(&event, TS_FRENCH), "Night");
    event.language = "de";
    assert_string_equal(words_title(&event, TS_GERMAN), "Night");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of__say_all_in_each_language),
        cmocka_unit_test(words_title__is_the_events_own_or_a_translation),
    };

    return cmocka_run_group_tests_name("orders/words", tests, NULL, NULL);
}
