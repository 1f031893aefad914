/* The raw header block: what is served, and each way to be refused. */
#include "gateway/guard.h"

#include <string.h>

#include "support/test.h"

#define HOST "Host: a.example\r\n"

static const char *check(const char *block)
{
    int status;

    return guard_check(block, strlen(block), &status);
}

static void guard_check__asks_for_a_length_instead_of_chunks(void **state)
{
    static const char chunked[] = "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    static const char no_host[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    int status;

    (void)state;
    assert_non_null(guard_check(chunked, sizeof(chunked) - 1, &status));
    assert_int_equal(status, 411);
    assert_non_null(guard_check(no_host, sizeof(no_host) - 1, &status));
    assert_int_equal(status, 400);
}

static void guard_check__passes_ordinary_requests(void **state)
{
    static const char *const blocks[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
        "POST /graphql?a=b HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}",
        "GET / HTTP/1.1\r\nhost:[::1]:8080 \r\nX-Empty:\r\nX-Tab: a\tb\r\nX-High: \xc3\xa9\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        assert_null(check(blocks[i]));
    assert_null(check("GET / HTTP/1.0\r\n\r\n"));
}

static void guard_check__refuses_each_ambiguity(void **state)
{
    static const struct {
        const char *block, *word;
    } rows[] = {
        { "GET / HTTP/1.1\n" HOST "\r\n", "request line" },
        { "GET / HTTP/1.1\r\nHost: a\n\r\n", "line must end" },
        { "GET / HTTP/1.1\r\n" HOST "\n", "line must end" },
        { "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", "control character" },
        { "GET / HTTP/1.1\r\n" HOST "X\r: a\r\n\r\n", "header name" },
        { "GET / HTTP/1.1\r\n" HOST "\r\r\n\r\n", "no name" },
        { "GET /\r HTTP/1.1\r\n" HOST "\r\n", "malformed" },
        { "G\rET / HTTP/1.1\r\n" HOST "\r\n", "method" },
        { "GET / HTTP/1.1\r\r\n" HOST "\r\n", "malformed" },
        { "GET / HTTP/1.1\r\n" HOST "X: a\r\n folded\r\n\r\n", "Folded" },
        { "GET / HTTP/1.1\r\n" HOST "X: a\r\n\tfolded\r\n\r\n", "Folded" },
        { "GET http://a/ HTTP/1.1\r\n" HOST "\r\n", "target" },
        { "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", "target" },
        { "GET * HTTP/1.1\r\n" HOST "\r\n", "target" },
        { "G(T / HTTP/1.1\r\n" HOST "\r\n", "method" },
        { " / HTTP/1.1\r\n" HOST "\r\n", "method" },
        { "GET  / HTTP/1.1\r\n" HOST "\r\n", "target" },
        { "GET / a HTTP/1.1\r\n" HOST "\r\n", "malformed" },
        { "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", "malformed" },
        { "GET / HTTP/1.1\r\n\r\n", "missing" },
        { "GET / HTTP/1.1\r\n" HOST HOST "\r\n", "more than one Host" },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "Host header is malformed" },
        { "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "Host header is malformed" },
        { "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "Host header is malformed" },
        { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "Host header is malformed" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "more than one Content-Length" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", "Content-Length header is malformed" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", "Content-Length header is malformed" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", "Content-Length header is malformed" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length: 1000000000000000000\r\n\r\n",
          "Content-Length header is malformed" },
        { "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", "not accepted" },
        { "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n",
          "control character" },
        { "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
          "not accepted" },
        { "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "exclude" },
        { "GET / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\n", "header name" },
        { "GET / HTTP/1.1\r\n" HOST "X\x01: 1\r\n\r\n", "header name" },
        { "GET / HTTP/1.1\r\n" HOST ": 1\r\n\r\n", "no name" },
        { "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", "no name" },
        { "GET / HTTP/1.1\r\n" HOST "X: \x7f\r\n\r\n", "control character" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *problem = check(rows[i].block);

        if (!problem || !strstr(problem, rows[i].word))
            fail_msg("row %zu: %s, not %s", i, problem ? problem : "passes", rows[i].word);
    }
}

static void guard_check__refuses_chunks_in_http_1_0_and_other_versions(void **state)
{
    (void)state;
    assert_non_null(check("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));
    assert_non_null(check("GET / HTTP/1.2\r\n" HOST "\r\n"));
}

static void guard_check__refuses_a_nul(void **state)
{
    static const char block[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    int status;

    (void)state;
    assert_non_null(guard_check(block, sizeof(block) - 1, &status));
}

static void guard_check__never_reads_past_its_size(void **state)
{
    static const char block[] = "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n";
    int status;

    (void)state;
    for (size_t size = 0; size + 1 < sizeof(block); size++) {
        char *copy = test_malloc(size ? size : 1);

        memcpy(copy, block, size);
        assert_non_null(guard_check(copy, size, &status));
        test_free(copy);
    }
}

/* Each byte at each place, beside each other byte: a value is read a word at a time. */
static void guard_value_ok__judges_each_byte_alone(void **state)
{
    enum { SIZE = 19 };
    static const char beside[] = "a \t\x80\xff!~";
    char value[SIZE];

    (void)state;
    for (const char *with = beside; *with; with++) {
        for (size_t at = 0; at < SIZE; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                bool ok = byte == '\t' || (byte >= ' ' && byte != 0x7f);

                memset(value, *with, SIZE);
                value[at] = (char)byte;
                assert_int_equal(guard_value_ok(value, SIZE), ok);
                assert_true(guard_value_ok(value, at));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_check__passes_ordinary_requests),
        cmocka_unit_test(guard_check__asks_for_a_length_instead_of_chunks),
        cmocka_unit_test(guard_check__refuses_each_ambiguity),
        cmocka_unit_test(guard_check__refuses_chunks_in_http_1_0_and_other_versions),
        cmocka_unit_test(guard_check__refuses_a_nul),
        cmocka_unit_test(guard_check__never_reads_past_its_size),
        cmocka_unit_test(guard_value_ok__judges_each_byte_alone),
    };

    return cmocka_run_group_tests_name("gateway/guard", tests, NULL, NULL);
}
