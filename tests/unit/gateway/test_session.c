/* Who asks, and under which ids. */
#include "gateway/session.h"

#include <string.h>

#include "loop/runtime.h"
#include "support/test.h"
#include "telemetry/trace.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"

static void random_seven(struct ts_runtime *runtime, void *bytes, size_t size)
{
    (void)runtime;
    memset(bytes, 7, size);
}

static int init(struct http_request *request, struct session *ret_session)
{
    struct ts_runtime runtime = { .random = random_seven };
    struct credentials credentials = { .users = NULL };

    owner_set(&credentials.owner, "correct-horse");
    arena_init(&request->arena);
    return session_init(request, &runtime, &credentials, ret_session);
}

static void session_init__knows_the_owner(void **state)
{
    struct http_request request = { .authorization = "bearer correct-horse" };
    struct session session;

    (void)state;
    assert_int_equal(init(&request, &session), 0);
    assert_int_equal(session.principal->kind, TS_PRINCIPAL_OWNER);
    arena_done(&request.arena);
}

static void session_init__refuses_what_is_not_the_token(void **state)
{
    static const char *const rows[] = {
        "Bearer correct-hors", "Bearer correct-horse2", "Basic correct-horse", "Bearer ", "Bearer", "",
        "correct-horse",       "Bearer correct horse"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_request request = { .authorization = rows[i] };
        struct session session;

        assert_int_equal(init(&request, &session), TS_EUNAUTHENTICATED);
        assert_int_equal(session.principal->kind, TS_PRINCIPAL_ANONYMOUS);
        arena_done(&request.arena);
    }
}

static void session_init__continues_a_valid_trace_only(void **state)
{
    static const struct {
        const char *traceparent;
        bool continued, sampled;
    } rows[] = {
        { "00-" TRACE "-b7ad6b7169203331-01", true, true },
        { "00-" TRACE "-b7ad6b7169203331-00", true, false },
        { "00-" TRACE "-b7ad6b7169203331-0f", true, true },
        { "01-" TRACE "-b7ad6b7169203331-01", false, false },
        { "00-" TRACE "-0000000000000000-01", false, false },
        { "00-00000000000000000000000000000000-b7ad6b7169203331-01", false, false },
        { "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false },
        { "00-" TRACE "-b7ad6b7169203331-01x", false, false },
        { "00-" TRACE "_b7ad6b7169203331-01", false, false },
        { "00-" TRACE "-b7ad6b7169203331-0g", false, false },
        { NULL, false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_request request = { .traceparent = rows[i].traceparent };
        struct session session;
        char out[56];

        assert_int_equal(init(&request, &session), 0);
        assert_int_equal(strcmp(session.trace.trace_id, TRACE) == 0, rows[i].continued);
        assert_int_equal(session.trace.sampled, rows[i].sampled);
        assert_string_equal(session.trace.span_id, "0707070707070707");
        assert_int_equal(strlen(session.trace.parent_id), rows[i].continued ? 16 : 0);
        assert_int_equal(strlen(traceparent_write(&session.trace, out)), 55);
        arena_done(&request.arena);
    }
}

static void session_init__takes_a_request_id_that_is_plain(void **state)
{
    struct http_request given = { .request_id = "abc-1.2_X" }, odd = { .request_id = "a b" }, none = { 0 };
    struct session session;

    (void)state;
    init(&given, &session);
    assert_string_equal(session.request_id, "abc-1.2_X");
    arena_done(&given.arena);
    init(&odd, &session);
    assert_string_equal(session.request_id, "0707070707070707");
    arena_done(&odd.arena);
    init(&none, &session);
    assert_string_equal(session.request_id, "0707070707070707");
    arena_done(&none.arena);
}

static void session_init__takes_the_first_language_that_we_write(void **state)
{
    static const struct {
        const char *accept_language, *locale;
    } cases[] = {
        { "de-CH, en;q=0.5", "de-CH" },
        { "nl, fr-BE;q=0.8,en;q=0.5", "fr-BE" },
        { "nl;q=0.9,da", "nl" },
        { "*", "en" },
        { "*, ja", "ja" },
        { "", "en" },
        { NULL, "en" },
        { " , ,;", "en" },
        { "123456789012345678901234567890123456", "en" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct http_request request = { .accept_language = cases[i].accept_language };
        struct session session;

        init(&request, &session);
        assert_string_equal(session.locale, cases[i].locale);
        arena_done(&request.arena);
    }
}

static void owner_token_ok__wants_visible_characters_of_a_length(void **state)
{
    char long_token[OWNER_TOKEN_SIZE_MAX + 2];

    (void)state;
    assert_true(owner_token_ok("12345678"));
    assert_false(owner_token_ok("1234567"));
    assert_false(owner_token_ok("1234 5678"));
    assert_false(owner_token_ok("1234567\xc3\xa9"));
    memset(long_token, 'a', sizeof(long_token));
    long_token[OWNER_TOKEN_SIZE_MAX] = '\0';
    assert_true(owner_token_ok(long_token));
    long_token[OWNER_TOKEN_SIZE_MAX] = 'a';
    long_token[OWNER_TOKEN_SIZE_MAX + 1] = '\0';
    assert_false(owner_token_ok(long_token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_init__knows_the_owner),
        cmocka_unit_test(session_init__refuses_what_is_not_the_token),
        cmocka_unit_test(session_init__continues_a_valid_trace_only),
        cmocka_unit_test(session_init__takes_a_request_id_that_is_plain),
        cmocka_unit_test(session_init__takes_the_first_language_that_we_write),
        cmocka_unit_test(owner_token_ok__wants_visible_characters_of_a_length),
    };

    return cmocka_run_group_tests_name("gateway/session", tests, NULL, NULL);
}
