#include "gateway/shell.h"

#include <string.h>

#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/language.h"

static void shell_page__is_in_the_language_of_the_path(void **state)
{
    static const struct {
        const char *path, *begin;
    } cases[] = {
        { "/", "<!DOCTYPE html><html lang=\"en\"><head>" },
        { "", "<!DOCTYPE html><html lang=\"en\"><head>" },
        { "/e/a/b", "<!DOCTYPE html><html lang=\"en\"><head>" },
        { "/de", "<!DOCTYPE html><html lang=\"de\"><head>" },
        { "/fr/account", "<!DOCTYPE html><html lang=\"fr\"><head>" },
        { "/embed/ja/e/a/b", "<!DOCTYPE html><html lang=\"ja\"><head>" },
        { "/embed", "<!DOCTYPE html><html lang=\"en\"><head>" },
        { "/ar/", "<!DOCTYPE html><html lang=\"ar\" dir=\"rtl\"><head>" },
        { "/design", "<!DOCTYPE html><html lang=\"en\"><head>" },
    };
    struct ts_arena *arena = ts_arena_new();

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++)
        assert_memory_equal(shell_page(arena, cases[i].path), cases[i].begin, strlen(cases[i].begin));
    ts_arena_free(arena);
}

/* From its title on: the rest says which language it is. */
static void shell_page__says_something_else_in_each(void **state)
{
    struct ts_arena *arena = ts_arena_new();
    const char *pages[TS_LANGUAGES];

    (void)state;
    for (enum ts_language language = TS_ENGLISH; language < TS_LANGUAGES; language++) {
        pages[language] = strstr(shell_page(arena, ts_printf(arena, "/%s/", ts_language_tag(language))), "<title>");
        assert_null(strstr(pages[language], "(null)"));
        for (enum ts_language other = TS_ENGLISH; other < language; other++)
            assert_string_not_equal(pages[language], pages[other]);
    }
    ts_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shell_page__is_in_the_language_of_the_path),
        cmocka_unit_test(shell_page__says_something_else_in_each),
    };

    return cmocka_run_group_tests_name("gateway/shell", tests, NULL, NULL);
}
