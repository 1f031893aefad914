/* Terms: their words, their bounds, and both sides of the moment at which they are over. */
#include "rules.h"

#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"

static void terms_parse__takes_what_is_named_and_leaves_the_rest(void **state)
{
    int names = 0;

    (void)state;
    assert_true(terms_parse(NULL, &names));
    assert_int_equal(names, 1095);
    assert_true(terms_parse("mails=1", &names));
    assert_int_equal(names, 1095);
    assert_true(terms_parse("sessions=2,names=3650,mails=7", &names));
    assert_int_equal(names, 3650);
}

static void terms_parse__refuses_what_it_cannot_mean(void **state)
{
    static const char *const texts[] = { "names",
                                         "names=",
                                         "names=0",
                                         "names=3651",
                                         "names=-1",
                                         "names=1d",
                                         "names=1,",
                                         "names=1;",
                                         "logs=3",
                                         "names= 1",
                                         "names=1,,mails=2",
                                         ",",
                                         "names=99999999999999999999" };
    int names = 1;

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(texts); i++)
        assert_false(terms_parse(texts[i], &names));
    assert_int_equal(names, 1); /* untouched */
}

static void session_is_recent__for_a_quarter_of_an_hour(void **state)
{
    (void)state;
    assert_true(session_is_recent(1000, 1000));
    assert_true(session_is_recent(1000, 1000 + RECENT_MINUTES * (int64_t)TS_MINUTE_MS - 1));
    assert_false(session_is_recent(1000, 1000 + RECENT_MINUTES * (int64_t)TS_MINUTE_MS));
}

static void names_are_old__to_the_millisecond(void **state)
{
    (void)state;
    assert_false(names_are_old(5, 2, 2 * (int64_t)TS_DAY_MS + 4));
    assert_true(names_are_old(5, 2, 2 * (int64_t)TS_DAY_MS + 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_parse__takes_what_is_named_and_leaves_the_rest),
        cmocka_unit_test(terms_parse__refuses_what_it_cannot_mean),
        cmocka_unit_test(session_is_recent__for_a_quarter_of_an_hour),
        cmocka_unit_test(names_are_old__to_the_millisecond),
    };

    return cmocka_run_group_tests_name("privacy/rules", tests, NULL, NULL);
}
