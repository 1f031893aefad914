/* Messages out of bytes: however they are cut, and what is refused with which code. */
#include "gateway/ws_frame.h"

#include "base/buf.h"
#include "support/test.h"

struct heard {
    struct buf text; /* "opcode:code:text;" for each message */
    unsigned stop_after;
};

static bool take(void *data, const struct ws_message *message)
{
    struct heard *heard = data;

    buf_printf(&heard->text, "%d:%u:%.*s;", (int)message->opcode, message->code, (int)message->size,
               message->text ? message->text : "");
    return heard->stop_after == 0 || --heard->stop_after > 0;
}

/* One frame, masked with a key that is not all zero. */
static void add_frame(struct buf *bytes, unsigned first, const char *payload, size_t size)
{
    static const uint8_t key[4] = { 0x12, 0x00, 0xff, 0x80 };
    uint8_t header[WS_HEADER_SIZE_MAX];
    size_t header_size = ws_header(WS_TEXT, size, header);

    header[0] = (uint8_t)first;
    header[1] |= 0x80;
    buf_add(bytes, header, header_size);
    buf_add(bytes, key, sizeof(key));
    for (size_t i = 0; i < size; i++)
        buf_add_char(bytes, (char)((uint8_t)payload[i] ^ key[i % 4]));
}

static void add_text_frame(struct buf *bytes, unsigned first, const char *payload)
{
    add_frame(bytes, first, payload, strlen(payload));
}

struct fixture {
    struct ws_reader reader;
    struct ws_pool pool;
    struct heard heard;
    struct buf bytes;
    const char *problem;
};

static void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->pool.take = take;
    buf_init(&fixture->heard.text, 1 << 20);
    buf_init(&fixture->bytes, 1 << 20);
}

static void fixture_done(struct fixture *fixture)
{
    ws_reader_done(&fixture->reader);
    ws_pool_done(&fixture->pool);
    buf_done(&fixture->heard.text);
    buf_done(&fixture->bytes);
}

/* Feed in pieces of at most `step` bytes. */
static unsigned feed(struct fixture *fixture, size_t step)
{
    unsigned code = 0;

    for (size_t at = 0; at < fixture->bytes.size && code == 0; at += step) {
        size_t left = fixture->bytes.size - at;

        code = ws_reader_feed(&fixture->reader, &fixture->pool, fixture->bytes.data + at, left < step ? left : step,
                              &fixture->heard, &fixture->problem);
    }
    return code;
}

static void assert_heard(const struct fixture *fixture, const char *expected)
{
    assert_int_equal(fixture->heard.text.size, strlen(expected));
    assert_memory_equal(fixture->heard.text.data, expected, strlen(expected));
}

static void ws_reader__hears_the_same_however_bytes_are_cut(void **state)
{
    (void)state;
    for (size_t step = 1; step < 80; step++) {
        struct fixture fixture;

        fixture_init(&fixture);
        add_text_frame(&fixture.bytes, 0x81, "one");
        add_text_frame(&fixture.bytes, 0x01, "tw");
        add_text_frame(&fixture.bytes, 0x89, "ping");
        add_text_frame(&fixture.bytes, 0x00, "");
        add_text_frame(&fixture.bytes, 0x8a, "");
        add_text_frame(&fixture.bytes, 0x80, "o \xc3\xbc");
        add_text_frame(&fixture.bytes, 0x81, "");
        add_text_frame(&fixture.bytes, 0x88,
                       "\x03\xe8"
                       "bye");
        assert_int_equal(feed(&fixture, step), 0);
        assert_heard(&fixture, "1:0:one;9:0:ping;10:0:;1:0:two \xc3\xbc;1:0:;8:1000:bye;");
        assert_null(fixture.reader.parser);
        fixture_done(&fixture);
    }
}

static void ws_reader__keeps_nothing_while_quiet(void **state)
{
    struct fixture fixture;
    struct ws_parser *parser;
    struct ws_reader other = { 0 };

    (void)state;
    fixture_init(&fixture);
    add_text_frame(&fixture.bytes, 0x81, "whole");
    assert_int_equal(feed(&fixture, 1000), 0);
    assert_null(fixture.reader.parser);
    parser = fixture.pool.spare;
    assert_non_null(parser);

    /* Half a header, half a payload, half a message: each holds the parser, and the rest gives it back. */
    for (size_t cut = 1; cut < fixture.bytes.size; cut++) {
        assert_int_equal(
            ws_reader_feed(&fixture.reader, &fixture.pool, fixture.bytes.data, cut, &fixture.heard, &fixture.problem),
            0);
        assert_ptr_equal(fixture.reader.parser, parser);
        assert_null(fixture.pool.spare);
        assert_int_equal(ws_reader_feed(&other, &fixture.pool, fixture.bytes.data, fixture.bytes.size, &fixture.heard,
                                        &fixture.problem),
                         0);
        ws_pool_done(&fixture.pool);
        assert_int_equal(ws_reader_feed(&fixture.reader, &fixture.pool, fixture.bytes.data + cut,
                                        fixture.bytes.size - cut, &fixture.heard, &fixture.problem),
                         0);
        assert_ptr_equal(fixture.pool.spare, parser);
    }
    fixture_done(&fixture);
}

static void ws_reader__stops_when_told(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    add_text_frame(&fixture.bytes, 0x81, "one");
    add_text_frame(&fixture.bytes, 0x81, "two");
    fixture.heard.stop_after = 1;
    assert_int_equal(feed(&fixture, 1000), 0);
    assert_heard(&fixture, "1:0:one;");
    assert_null(fixture.reader.parser);
    fixture_done(&fixture);
}

static void ws_reader__takes_messages_up_to_the_limit(void **state)
{
    static char text[WS_MESSAGE_SIZE_MAX + 1];
    struct fixture fixture;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t step = 1000; step < 200000; step *= 3) {
        fixture_init(&fixture);
        add_frame(&fixture.bytes, 0x01, text, sizeof(text) - 10);
        add_frame(&fixture.bytes, 0x80, text, 9);
        add_frame(&fixture.bytes, 0x81, text, sizeof(text) - 1);
        assert_int_equal(feed(&fixture, step), 0);
        add_frame(&fixture.bytes, 0x01, text, 1);
        add_frame(&fixture.bytes, 0x80, text, sizeof(text) - 1);
        assert_int_equal(feed(&fixture, step), WS_TOO_BIG);
        assert_string_equal(fixture.problem, "The message is too large.");
        fixture_done(&fixture);
    }
}

static void ws_reader__refuses_what_the_protocol_forbids(void **state)
{
    static const struct {
        unsigned code;
        const char *bytes;
        size_t size;
    } rows[] = {
#define ROW(code, bytes) { code, bytes, sizeof(bytes) - 1 }
        ROW(WS_PROTOCOL_ERROR, "\x81\x02hi"),   /* not masked */
        ROW(WS_PROTOCOL_ERROR, "\xc1\x80mask"), /* reserved bits */
        ROW(WS_PROTOCOL_ERROR, "\xa1\x80mask"),
        ROW(WS_PROTOCOL_ERROR, "\x91\x80mask"),
        ROW(WS_PROTOCOL_ERROR, "\x83\x80mask"), /* opcodes that are none */
        ROW(WS_PROTOCOL_ERROR, "\x8b\x80mask"),
        ROW(WS_PROTOCOL_ERROR, "\x80\x80mask"),              /* continues nothing */
        ROW(WS_PROTOCOL_ERROR, "\x01\x80mask\x81\x80mask"),  /* begins inside another */
        ROW(WS_PROTOCOL_ERROR, "\x09\x80mask"),              /* a control frame in fragments */
        ROW(WS_PROTOCOL_ERROR, "\x89\xfe\x00\x7emask"),      /* and one too long */
        ROW(WS_PROTOCOL_ERROR, "\x81\xfe\x00\x05mask12345"), /* a length longer than it need be */
        ROW(WS_PROTOCOL_ERROR, "\x81\xff\x00\x00\x00\x00\x00\x00\xff\xffmask"),
        ROW(WS_PROTOCOL_ERROR, "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00mask"),
        ROW(WS_PROTOCOL_ERROR, "\x88\x81\x00\x00\x00\x00\x03"),     /* half a close code */
        ROW(WS_PROTOCOL_ERROR, "\x88\x82\x00\x00\x00\x00\x03\xed"), /* 1005 is never sent */
        ROW(WS_PROTOCOL_ERROR, "\x88\x82\x00\x00\x00\x00\x13\x88"), /* 5000 */
        ROW(WS_UNSUPPORTED, "\x82\x80mask"),
        ROW(WS_TOO_BIG, "\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00x"),
        ROW(WS_NOT_TEXT, "\x81\x81\x00\x00\x00\x00\xff"),
        ROW(WS_NOT_TEXT, "\x81\x83\x00\x00\x00\x00\xed\xa0\x80"), /* a surrogate */
        ROW(WS_NOT_TEXT, "\x88\x83\x00\x00\x00\x00\x03\xe8\xff"),
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t step = 1; step <= rows[i].size; step++) {
            struct fixture fixture;

            fixture_init(&fixture);
            buf_add(&fixture.bytes, rows[i].bytes, rows[i].size);
            assert_int_equal(feed(&fixture, step), rows[i].code);
            assert_non_null(fixture.problem);
            assert_int_equal(fixture.heard.text.size, 0);
            fixture_done(&fixture);
        }
}

static void ws_reader__takes_a_close_without_a_code(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    add_text_frame(&fixture.bytes, 0x88, "");
    assert_int_equal(feed(&fixture, 1000), 0);
    assert_heard(&fixture, "8:1005:;");
    fixture_done(&fixture);
}

static void ws_header__is_as_short_as_can_be(void **state)
{
    uint8_t header[WS_HEADER_SIZE_MAX];

    (void)state;
    assert_int_equal(ws_header(WS_TEXT, 0, header), 2);
    assert_memory_equal(header, "\x81\x00", 2);
    assert_int_equal(ws_header(WS_CLOSE, 125, header), 2);
    assert_memory_equal(header, "\x88\x7d", 2);
    assert_int_equal(ws_header(WS_TEXT, 126, header), 4);
    assert_memory_equal(header, "\x81\x7e\x00\x7e", 4);
    assert_int_equal(ws_header(WS_TEXT, 65535, header), 4);
    assert_memory_equal(header, "\x81\x7e\xff\xff", 4);
    assert_int_equal(ws_header(WS_TEXT, 65536, header), 10);
    assert_memory_equal(header, "\x81\x7f\0\0\0\0\0\x01\0\0", 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ws_reader__hears_the_same_however_bytes_are_cut),
        cmocka_unit_test(ws_reader__keeps_nothing_while_quiet),
        cmocka_unit_test(ws_reader__stops_when_told),
        cmocka_unit_test(ws_reader__takes_messages_up_to_the_limit),
        cmocka_unit_test(ws_reader__refuses_what_the_protocol_forbids),
        cmocka_unit_test(ws_reader__takes_a_close_without_a_code),
        cmocka_unit_test(ws_header__is_as_short_as_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
