/* What pages say to who is not signed in: all of it in each language, each in its own words. */
#include "problem.h"

#include <string.h>

#include "support/test.h"

static void assert_differ(const char *const texts[TS_LANGUAGES])
{
    for (enum ts_language one = TS_ENGLISH; one < TS_LANGUAGES; one++) {
        if (!texts[one] || !*texts[one])
            fail_msg("%s has nothing for \"%s\"", ts_language_tag(one), texts[TS_ENGLISH]);
        for (enum ts_language other = TS_ENGLISH; other < one; other++)
            assert_string_not_equal(texts[one], texts[other]);
    }
}

static void problem_text__says_each_in_each_language(void **state)
{
    const char *texts[TS_LANGUAGES], *titles[TS_LANGUAGES], *links[TS_LANGUAGES];

    (void)state;
    for (enum problem problem = PROBLEM_NONE + 1; problem < PROBLEMS; problem++) {
        for (enum ts_language language = TS_ENGLISH; language < TS_LANGUAGES; language++)
            texts[language] = problem_text(problem, language);
        assert_differ(texts);
    }
    for (enum ts_language language = TS_ENGLISH; language < TS_LANGUAGES; language++) {
        titles[language] = problem_title(language);
        links[language] = problem_again(language);
    }
    assert_differ(titles);
    assert_differ(links);
}

static void problem_text__tells_problems_apart(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROBLEMS * TS_LANGUAGES; i++) {
        enum problem one = i / TS_LANGUAGES;
        enum ts_language language = i % TS_LANGUAGES;

        for (enum problem other = PROBLEM_NONE + 1; other < one; other++)
            assert_string_not_equal(problem_text(one, language), problem_text(other, language));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problem_text__says_each_in_each_language),
        cmocka_unit_test(problem_text__tells_problems_apart),
    };

    return cmocka_run_group_tests_name("identity/problem", tests, NULL, NULL);
}
