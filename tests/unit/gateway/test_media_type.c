/* Accept and Content-Type. */
#include "gateway/media_type.h"

#include "support/test.h"

static void media_type_negotiate__weighs_what_a_client_says(void **state)
{
    static const struct {
        const char *accept;
        enum media_type type;
    } rows[] = {
        { NULL, MEDIA_TYPE_JSON },
        { "", MEDIA_TYPE_JSON },
        { "*/*", MEDIA_TYPE_JSON },
        { "application/*", MEDIA_TYPE_JSON },
        { "application/json", MEDIA_TYPE_JSON },
        { "Application/JSON; charset=utf-8", MEDIA_TYPE_JSON },
        { "application/graphql-response+json", MEDIA_TYPE_GRAPHQL },
        { "application/graphql-response+json, application/json", MEDIA_TYPE_GRAPHQL },
        { "application/json, application/graphql-response+json", MEDIA_TYPE_GRAPHQL },
        { "application/graphql-response+json, application/json;q=0.9", MEDIA_TYPE_GRAPHQL },
        { "application/json;q=1, application/graphql-response+json;q=0.1", MEDIA_TYPE_JSON },
        { "application/json;q=0.5, application/graphql-response+json;q=0.501", MEDIA_TYPE_GRAPHQL },
        { "application/json;q=0.501, application/graphql-response+json;q=0.5", MEDIA_TYPE_JSON },
        { "application/graphql-response+json, */*", MEDIA_TYPE_GRAPHQL },
        { "application/graphql-response+json;q=0.2, */*", MEDIA_TYPE_JSON },
        { "application/json;q=0, */*", MEDIA_TYPE_GRAPHQL },
        { "application/json;q=0, application/*;q=0.1, */*;q=0", MEDIA_TYPE_GRAPHQL },
        { "*/*;q=0, application/json", MEDIA_TYPE_JSON },
        { "application/graphql-response+json;q=0, application/json", MEDIA_TYPE_JSON },
        { "application/graphql-response+json;q=nonsense", MEDIA_TYPE_GRAPHQL },
        { "application/graphql-response+json;q=0.1x, application/json;q=0.9", MEDIA_TYPE_GRAPHQL },
        { "application/json; q=0.000", MEDIA_TYPE_NONE },
        { "*/*;q=0", MEDIA_TYPE_NONE },
        { "text/html", MEDIA_TYPE_NONE },
        { "text/event-stream", MEDIA_TYPE_EVENTS },
        { "text/event-stream;q=0", MEDIA_TYPE_NONE },
        { "application/json;q=0.9, text/event-stream", MEDIA_TYPE_EVENTS },
        { "application/graphql-response+json, application/json, text/event-stream", MEDIA_TYPE_GRAPHQL },
        { "text/html, */*;q=0.8", MEDIA_TYPE_JSON },
        { ",,;,", MEDIA_TYPE_NONE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (media_type_negotiate(rows[i].accept) != rows[i].type)
            fail_msg("Accept: %s", rows[i].accept);
}

static void media_type_is_page__is_for_address_bars(void **state)
{
    (void)state;
    assert_true(media_type_is_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    assert_true(media_type_is_page(" Text/HTML ; charset=utf-8"));
    assert_false(media_type_is_page(NULL));
    assert_false(media_type_is_page(""));
    assert_false(media_type_is_page("*/*"));
    assert_false(media_type_is_page("text/html;q=0, */*"));
    assert_false(media_type_is_page("text/html, application/json"));
    assert_false(media_type_is_page("application/graphql-response+json;q=0.1, text/html"));
    assert_false(media_type_is_page("text/htm, text/html5"));
}

static void media_type_takes_gzip__unless_it_is_refused(void **state)
{
    static const struct {
        const char *accept_encoding;
        bool taken;
    } rows[] = {
        { NULL, false },
        { "", false },
        { "identity", false },
        { "gzip", true },
        { "GZIP", true },
        { "x-gzip", true },
        { "br, deflate", false },
        { "br;q=1.0, gzip;q=0.8, *;q=0.1", true },
        { "gzip;q=0", false },
        { "gzip;q=0.000, br", false },
        { "*", true },
        { "*;q=0", false },
        { "gzip;q=0, *", false },
        { "*;q=0, gzip;q=0.001", true },
        { "gzipped", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (media_type_takes_gzip(rows[i].accept_encoding) != rows[i].taken)
            fail_msg("Accept-Encoding: %s", rows[i].accept_encoding);
}

static void media_type_is_json__takes_utf8_only(void **state)
{
    (void)state;
    assert_true(media_type_is_json("application/json"));
    assert_true(media_type_is_json("application/JSON ; charset=UTF-8"));
    assert_true(media_type_is_json("application/json;charset=\"utf-8\""));
    assert_true(media_type_is_json("application/json;"));
    assert_true(media_type_is_json(" application/json\t; charset=utf-8 ")); /* failed with clang: order of arguments */
    assert_false(media_type_is_json("application/json; charset=latin1"));
    assert_false(media_type_is_json("application/jsonp"));
    assert_false(media_type_is_json("text/plain"));
    assert_false(media_type_is_json("application/x-www-form-urlencoded"));
    assert_false(media_type_is_json(""));
    assert_false(media_type_is_json(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_type_negotiate__weighs_what_a_client_says),
        cmocka_unit_test(media_type_is_page__is_for_address_bars),
        cmocka_unit_test(media_type_takes_gzip__unless_it_is_refused),
        cmocka_unit_test(media_type_is_json__takes_utf8_only),
    };

    return cmocka_run_group_tests_name("gateway/media_type", tests, NULL, NULL);
}
