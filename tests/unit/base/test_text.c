/* Names, slugs, URLs, zones: both sides of each rule. */
#include "support/test.h"

#include <string.h>

#include "base/arena.h"
#include "tessera/limits.h"
#include "tessera/text.h"

static void text_trim__drops_blanks_and_controls_at_both_ends_only(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(ts_text_trim(&arena, " \t a  b\xc2\xa0\n"), "a  b");
    assert_string_equal(ts_text_trim(&arena, "\xe3\x80\x80 "), "");
    assert_string_equal(ts_text_trim(&arena, ""), "");
    assert_null(ts_text_trim(&arena, NULL));
    arena_done(&arena);
}

static void text_is_line__wants_something_that_shows(void **state)
{
    (void)state;
    assert_true(ts_text_is_line("a", 1));
    assert_true(ts_text_is_line("\xe2\x82\xac", 3));
    assert_false(ts_text_is_line("ab", 1));
    assert_false(ts_text_is_line(NULL, 9));
    assert_false(ts_text_is_line("", 9));
    assert_false(ts_text_is_line(" \xc2\xa0 ", 9));
}

static void text_is_line__refuses_control_characters(void **state)
{
    (void)state;
    assert_false(ts_text_is_line("a\nb", 9));
    assert_false(ts_text_is_line("a\x7f", 9));
    assert_false(ts_text_is_line("a\xc2\x85", 9));
    assert_false(ts_text_is_line("a\xe2\x80\xa8", 9));
}

static void text_is_prose__allows_line_ends_and_emptiness(void **state)
{
    (void)state;
    assert_true(ts_text_is_prose("", 0));
    assert_true(ts_text_is_prose("a\r\n\tb", 9));
    assert_false(ts_text_is_prose("a\x01", 9));
    assert_false(ts_text_is_prose("a\xc2\x85", 9));
    assert_false(ts_text_is_prose("ab", 1));
    assert_false(ts_text_is_prose(NULL, 9));
}

static void text_is_slug__is_a_dns_label_in_lower_case(void **state)
{
    char longest[TS_SLUG_SIZE_MAX + 2];

    (void)state;
    assert_true(ts_text_is_slug("a"));
    assert_true(ts_text_is_slug("0-9--z"));
    assert_false(ts_text_is_slug(NULL));
    assert_false(ts_text_is_slug(""));
    assert_false(ts_text_is_slug("-a"));
    assert_false(ts_text_is_slug("a-"));
    assert_false(ts_text_is_slug("A"));
    assert_false(ts_text_is_slug("a_b"));
    memset(longest, 'a', sizeof(longest));
    longest[TS_SLUG_SIZE_MAX + 1] = '\0';
    assert_false(ts_text_is_slug(longest));
    longest[TS_SLUG_SIZE_MAX] = '\0';
    assert_true(ts_text_is_slug(longest));
}

static void text_is_url__wants_http_and_a_host(void **state)
{
    (void)state;
    assert_true(ts_text_is_url("https://a.example/x?y=1#z", 100));
    assert_true(ts_text_is_url("http://a", 8));
    assert_false(ts_text_is_url("http://ab", 8));
    assert_false(ts_text_is_url("ftp://a", 100));
    assert_false(ts_text_is_url("javascript:alert(1)", 100));
    assert_false(ts_text_is_url("https://", 100));
    assert_false(ts_text_is_url("https:///x", 100));
    assert_false(ts_text_is_url("https://a b", 100));
    assert_false(ts_text_is_url("https://a/\"", 100));
    assert_false(ts_text_is_url(NULL, 100));
}

static void text_is_time_zone__knows_the_first_the_last_and_links(void **state)
{
    (void)state;
    assert_true(ts_text_is_time_zone("Africa/Abidjan"));
    assert_true(ts_text_is_time_zone("Zulu"));
    assert_true(ts_text_is_time_zone("Europe/Berlin"));
    assert_true(ts_text_is_time_zone("Asia/Calcutta"));
    assert_true(ts_text_is_time_zone("UTC"));
    assert_false(ts_text_is_time_zone("europe/berlin"));
    assert_false(ts_text_is_time_zone("Europe/Atlantis"));
    assert_false(ts_text_is_time_zone(""));
    assert_false(ts_text_is_time_zone(NULL));
}

static void url_escape__leaves_what_is_unreserved(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(ts_url_escape(&arena, "azAZ09-._~"), "azAZ09-._~");
    assert_string_equal(ts_url_escape(&arena, " +/?&=%#\r\n\xc3\xa9"), "%20%2B%2F%3F%26%3D%25%23%0D%0A%C3%A9");
    assert_string_equal(ts_url_escape(&arena, ""), "");
    arena_done(&arena);
}

static void text_is_email__takes_addresses(void **state)
{
    (void)state;
    assert_true(ts_text_is_email("a@b.cd"));
    assert_true(ts_text_is_email("first.last+tag@mail.example.org"));
    assert_true(ts_text_is_email("jos\xc3\xa9@b\xc3\xbc"
                                 "cher.example"));
    assert_true(ts_text_is_email("!#$%&'*+-/=?^_`{|}~@a-b.example"));
}

static void text_is_email__refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "a",
        "@b.cd",
        "a@",
        "a@b",
        "a@@b.cd",
        "a b@c.de",
        "a@b .cd",
        ".a@b.cd",
        "a.@b.cd",
        "a..b@c.de",
        "a@.b.cd",
        "a@b..cd",
        "a@b.cd.",
        "a@-b.cd",
        "a@b-.cd",
        "a\n@b.cd",
        "a@b.cd\n",
        "a@b_c.de",
        "<a@b.cd>",
        "a,b@c.de",
        "\"a\"@b.cd",
        "a@[1.2.3.4]",
        "a\x7f@b.cd",
        "a@b\xc2\x85.cd",
        "a\xe2\x80\xa8@b.cd",
        "a@b.cd\xc2\xa0",
    };

    (void)state;
    assert_false(ts_text_is_email(NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ts_text_is_email(bad[i]));
}

static void text_is_email__ends_at_254_bytes_and_64_and_63(void **state)
{
    char email[300];
    size_t size;

    (void)state;
    memset(email, 'a', sizeof(email));
    strcpy(email + 64, "@b.cd");
    assert_true(ts_text_is_email(email));
    memset(email, 'a', sizeof(email));
    strcpy(email + 65, "@b.cd");
    assert_false(ts_text_is_email(email));
    for (int extra = 0; extra < 2; extra++) {
        strcpy(email, "a@");
        size = 2;
        while (size + 51 <= 252) {
            memset(email + size, 'b', 49);
            email[size + 49] = '.';
            size += 50;
        }
        memset(email + size, 'c', 300 - size);
        email[254 + extra] = '\0';
        assert_int_equal(ts_text_is_email(email), extra == 0);
    }
    strcpy(email, "a@");
    memset(email + 2, 'b', 64);
    strcpy(email + 66, ".cd");
    assert_false(ts_text_is_email(email));
    strcpy(email + 65, ".cd");
    assert_true(ts_text_is_email(email));
}

static void text_lower__changes_ascii_letters_alone(void **state)
{
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(ts_text_lower(&arena, "AZaz@[`{09\xc3\x84"), "azaz@[`{09\xc3\x84");
    assert_string_equal(ts_text_lower(&arena, ""), "");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_trim__drops_blanks_and_controls_at_both_ends_only),
        cmocka_unit_test(text_is_line__wants_something_that_shows),
        cmocka_unit_test(text_is_line__refuses_control_characters),
        cmocka_unit_test(text_is_prose__allows_line_ends_and_emptiness),
        cmocka_unit_test(text_is_slug__is_a_dns_label_in_lower_case),
        cmocka_unit_test(text_is_url__wants_http_and_a_host),
        cmocka_unit_test(url_escape__leaves_what_is_unreserved),
        cmocka_unit_test(text_is_email__takes_addresses),
        cmocka_unit_test(text_is_email__refuses_what_is_none),
        cmocka_unit_test(text_lower__changes_ascii_letters_alone),
        cmocka_unit_test(text_is_email__ends_at_254_bytes_and_64_and_63),
        cmocka_unit_test(text_is_time_zone__knows_the_first_the_last_and_links),
    };

    return cmocka_run_group_tests_name("unit/base/text", tests, NULL, NULL);
}
