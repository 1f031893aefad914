/* JSON in and out: the tree, and every way of being refused. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "support/test.h"
#include "tessera/cleanup.h"
#include "tessera/err.h"
#include "tessera/json.h"

static struct ts_arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* Exactly sized memory, so that reading past the end is seen. */
static int parse_bytes(const char *text, size_t size, struct json **ret_json, struct json_error *ret_error)
{
    char *copy = malloc(size ? size : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, text, size);
    r = json_parse(&arena, copy, size, ret_json, ret_error);
    free(copy);
    return r;
}

static struct json *parse(const char *text)
{
    struct json_error error = { 0, NULL };
    struct json *json = NULL;

    if (parse_bytes(text, strlen(text), &json, &error))
        fail_msg("%s: %s at %zu", text, error.message, error.offset);
    return json;
}

static void json_parse__builds_the_tree_in_order(void **state)
{
    struct json *json = parse(" { \"a\" : [ 1 , true, false, null, \"x\" ] , \"b\" : { } , \"\" : -2.5e1 } ");
    struct json *a = json_find(json, "a"), *item = a->first;

    (void)state;
    assert_int_equal(json->type, JSON_OBJECT);
    assert_int_equal(json->size, 3);
    assert_ptr_equal(json->first, a);
    assert_int_equal(a->size, 5);
    assert_int_equal(item->type, JSON_NUMBER);
    assert_int_equal((item = item->next)->type, JSON_TRUE);
    assert_int_equal((item = item->next)->type, JSON_FALSE);
    assert_int_equal((item = item->next)->type, JSON_NULL);
    assert_string_equal((item = item->next)->text, "x");
    assert_null(item->next);
    assert_null(item->name);
    assert_int_equal(json_find(json, "b")->size, 0);
    assert_true(json_find(json, "")->number == -25.0);
    assert_null(json_find(json, "c"));
    assert_null(json_find(a, "a"));
    assert_null(json_find(NULL, "a"));
}

static void json_parse__tells_integers_from_other_numbers(void **state)
{
    static const struct {
        const char *text;
        bool is_integer;
        int64_t integer;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999999", false, 0 },
        { "1.0", false, 0 },
        { "1e2", false, 0 },
        { "1E+2", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct json *json = parse(cases[i].text);

        assert_int_equal(json->is_integer, cases[i].is_integer);
        assert_int_equal(json->integer, cases[i].integer);
        assert_string_equal(json->text, cases[i].text);
        assert_true(json->number == strtod(cases[i].text, NULL));
    }
}

static void json_parse__resolves_escapes(void **state)
{
    static const char *const cases[][2] = {
        { "\"\"", "" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"\\u0041\\u00e9\\u20AC\"", "A\303\251\342\202\254" },
        { "\"\\ud83d\\ude00!\"", "\360\237\230\200!" },
        { "\"\303\251\"", "\303\251" },
        { "\"\\u0001\"", "\001" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct json *json = parse(cases[i][0]);

        assert_string_equal(json->text, cases[i][1]);
        assert_int_equal(json->size, strlen(cases[i][1]));
    }
}

static void json_parse__refuses_with_place_and_reason(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *message;
    } cases[] = {
        { "", 0, "unexpected end" },
        { "  ", 2, "unexpected end" },
        { "nul", 0, "unexpected character" },
        { "True", 0, "unexpected character" },
        { "1 2", 2, "text after the value" },
        { "{} x", 3, "text after the value" },
        { "[1,]", 3, "unexpected character" },
        { "[1 2]", 3, "',' or the end is expected" },
        { "[1", 2, "unexpected end" },
        { "[", 1, "unexpected end" },
        { "[}", 1, "unexpected character" },
        { "[,1]", 1, "unexpected character" },
        { "{,}", 1, "a name in quotes is expected" },
        { "{a:1}", 1, "a name in quotes is expected" },
        { "{\"a\"}", 4, "':' is expected" },
        { "{\"a\":}", 5, "unexpected character" },
        { "{\"a\":1,}", 7, "a name in quotes is expected" },
        { "{\"a\":1,\"a\":2}", 13, "duplicate name in object" },
        { "{\"a\":1,\"\\u0061\":2}", 18, "duplicate name in object" },
        { "\"abc", 1, "unterminated string or control character in it" },
        { "\"a\nb\"", 1, "unterminated string or control character in it" },
        { "\"a\\", 1, "unterminated string or control character in it" },
        { "\"\\x\"", 3, "unknown escape" },
        { "\"\\u12\"34", 6, "malformed \\u escape" },
        { "\"\\u00g0\"", 6, "malformed \\u escape" },
        { "\"\\u0000\"", 7, "U+0000 is not allowed" },
        { "\"\\ud800\"", 7, "lone surrogate" },
        { "\"\\udc00\"", 7, "lone surrogate" },
        { "\"\\ud800\\u0041\"", 13, "lone surrogate" },
        { "\"\300\200\"", 1, "invalid UTF-8" },
        { "\"\377\"", 1, "invalid UTF-8" },
        { "01", 1, "text after the value" },
        { "-", 1, "malformed number" },
        { "1.", 2, "malformed number" },
        { ".5", 0, "unexpected character" },
        { "1e", 2, "malformed number" },
        { "1e+", 3, "malformed number" },
        { "+1", 0, "unexpected character" },
        { "NaN", 0, "unexpected character" },
        { "'a'", 0, "unexpected character" },
        { "// x", 0, "unexpected character" },
        { "\357\273\277{}", 0, "unexpected character" },
    };

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct json_error error = { 0, NULL };
        struct json *json = NULL;

        assert_int_equal(parse_bytes(cases[i].text, strlen(cases[i].text), &json, &error), TS_EINVALID);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.offset, cases[i].offset);
        assert_null(json);
    }
}

static void json_parse__refuses_a_nul_byte(void **state)
{
    struct json_error error;
    struct json *json;

    (void)state;
    assert_int_equal(parse_bytes("\"a\0b\"", 5, &json, &error), TS_EINVALID);
    assert_int_equal(parse_bytes("1\0", 2, &json, &error), TS_EINVALID);
}

static void json_parse__refuses_the_65th_level(void **state)
{
    char text[2 * (JSON_DEPTH_MAX + 1) + 1] = { 0 };
    struct json_error error;
    struct json *json;

    (void)state;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    (void)parse(text);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    assert_int_equal(parse_bytes(text, strlen(text), &json, &error), TS_EINVALID);
    assert_string_equal(error.message, "nested too deeply");
    assert_int_equal(error.offset, JSON_DEPTH_MAX);
}

static void json_parse__finds_duplicates_among_many_names(void **state)
{
    struct json_error error;
    struct json *json;
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    buf_add_char(&buf, '{');
    for (int i = 0; i < 20000; i++)
        buf_printf(&buf, "\"k%d\":%d,", i, i);
    buf_add_literal(&buf, "\"z\":1}");
    assert_int_equal(parse_bytes(buf.data, buf.size, &json, &error), 0);
    assert_int_equal(json->size, 20001);
    buf_cut(&buf, buf.size - 6);
    buf_add_literal(&buf, "\"k77\":1}");
    assert_int_equal(parse_bytes(buf.data, buf.size, &json, &error), TS_EINVALID);
    assert_string_equal(error.message, "duplicate name in object");
    buf_done(&buf);
}

/* Escapes are looked for eight bytes at a time: each kind at each place among them, beside bytes of every kind. */
static void count_pause(void *data)
{
    ++*(unsigned *)data;
}

/* The pauses in a text of `count` pieces; a '#' in each stands for its number. */
static unsigned pauses(const char *before, const char *piece, size_t count, const char *after)
{
    size_t number_at = strcspn(piece, "#");
    struct json_error error = { 0, NULL };
    struct json *json = NULL;
    unsigned paused = 0;
    struct buf text;

    buf_init(&text, 1 << 20);
    buf_add_string(&text, before);
    for (size_t i = 0; i < count; i++) {
        buf_add(&text, piece, number_at);
        if (!piece[number_at])
            continue;
        buf_add_int(&text, (int64_t)i);
        buf_add_string(&text, piece + number_at + 1);
    }
    buf_add_string(&text, after);
    if (json_parse_pausing(&arena, text.data, text.size, (struct json_pause){ count_pause, &paused }, &json, &error))
        fail_msg("%s at %zu", error.message, error.offset);
    buf_done(&text);
    return paused;
}

static void json_parse_pausing__pauses_in_whatever_is_long(void **state)
{
    (void)state;
    assert_int_equal(pauses("[0", ",#", 100, "]"), 0);
    assert_in_range(pauses("[0", ",#", 10000, "]"), 10000 / 256, 10000 / 200);
    assert_in_range(pauses("\"", "\\n", 10000, "\""), 10000 / 256, 10000 / 200);
    assert_in_range(pauses("{\"n\":0", ",\"n#\":0", 10000, "}"), 20000 / 256, 20000 / 200); /* read, and told apart */
}

static void json_write_string__finds_escapes_wherever_they_stand(void **state)
{
    static const struct {
        char byte;
        const char *escape;
    } special[] = { { '"', "\\\"" },  { '\\', "\\\\" },    { '\n', "\\n" },
                    { 1, "\\u0001" }, { 0x1f, "\\u001f" }, { 0x7f, "\\u007f" } };
    static const char fillers[] = { 'a', ' ', '!', '#', '[', ']', '~', (char)0xc3, (char)0xff };
    char text[32], expected[64];
    struct buf buf;

    (void)state;
    buf_init(&buf, 256);
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]) * sizeof(fillers) * 24; i++) {
        size_t at = i % 24, kind = i / 24 % 6, filler = i / 24 / 6;

        memset(text, fillers[filler], 24);
        text[at] = special[kind].byte;
        memset(expected, fillers[filler], sizeof(expected));
        expected[0] = '"';
        strcpy(expected + 1 + at, special[kind].escape);
        memset(expected + 1 + at + strlen(special[kind].escape), fillers[filler], 24 - at - 1);
        expected[24 + strlen(special[kind].escape)] = '"';
        buf_clear(&buf);
        json_write_string(&buf, text, 24);
        assert_int_equal(buf.size, 25 + strlen(special[kind].escape));
        assert_memory_equal(buf.data, expected, buf.size);
    }
    buf_done(&buf);
}

static void json_write_string__is_read_back_the_same(void **state)
{
    char all[256 + 3], *at = all;
    struct json_error error;
    struct json *json;
    struct buf buf;

    (void)state;
    for (int i = 1; i < 128; i++)
        *at++ = (char)i;
    memcpy(at, "\303\251", 3);
    buf_init(&buf, 4096);
    json_write_string(&buf, all, strlen(all));
    assert_int_equal(parse_bytes(buf.data, buf.size, &json, &error), 0);
    assert_string_equal(json->text, all);
    buf_clear(&buf);
    json_write_string(&buf, "a\"\\\n\001", 5);
    assert_int_equal(buf.size, 15);
    assert_memory_equal(buf.data, "\"a\\\"\\\\\\n\\u0001\"", 15);
    buf_done(&buf);
}

/* What both must be like: the slow, plain way to say it. NULL: something in it needs an escape. */
static const char *spelt(const char *text, size_t size, char *buffer)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\' || text[i] == 0x7f)
            return NULL;
    buffer[0] = buffer[size + 1] = '"';
    memcpy(buffer + 1, text, size);
    return buffer;
}

static void put_one(const char *text, size_t size, size_t room)
{
    char expected[128], put[128];
    const char *plain = spelt(text, size, expected);
    const char *end;

    memset(put, '?', sizeof(put));
    end = json_put_plain(put, text, size);
    assert_int_equal(end != NULL, plain != NULL);
    if (end)
        assert_memory_equal(put, expected, size + 2);
    assert_int_equal(put[size + 2], '?');
    memset(put, '?', sizeof(put));
    end = json_put_text(put, put + room, text);
    for (size_t i = room; i < sizeof(put); i++)
        assert_int_equal(put[i], '?');
    if (!end)
        return; /* it may give up on anything */
    assert_non_null(plain);
    assert_int_equal(end - put, size + 2);
    assert_memory_equal(put, expected, size + 2);
}

static void json_put__copies_what_needs_no_escape(void **state)
{
    static const char bytes[] = "az !#[]\xc3\xa9~\x1f\"\\\x7f\x01";
    _Alignas(16) char memory[128];

    (void)state;
    for (size_t size = 0; size <= 70; size++) {
        for (size_t align = 0; align < 17; align += 4) {
            char *text = memory + align;

            for (size_t i = 0; i < size * sizeof(bytes); i++) {
                memset(text, 'x', size);
                if (bytes[i % sizeof(bytes)])
                    text[i / sizeof(bytes)] = bytes[i % sizeof(bytes)];
                text[size] = '\0';
                put_one(text, size, 100);
            }
        }
    }
}

static void json_put_text__stays_within_its_room(void **state)
{
    _Alignas(16) char text[64];
    char put[128];
    size_t taken = 0;

    (void)state;
    for (size_t size = 0; size < 48; size++) {
        memset(text, 'x', size);
        text[size] = '\0';
        for (size_t room = 0; room < 80; room++)
            put_one(text, size, room);
        taken += json_put_text(put, put + sizeof(put), text) != NULL;
    }
    assert_int_equal(taken, 48); /* aligned and with room: it does not give up */
}

static const struct json *member(const struct json *object, const char *name)
{
    return ts_json_member(object, name);
}

static void ts_json__takes_what_is_not_there(void **state)
{
    static const char text[] =
        "{\"issuer\":\"https:\\/\\/a\",\"n\":7,\"half\":0.5,\"yes\":true,\"list\":[\"x\",2,{}],\"none\":null}";
    const struct json *json = ts_json_parse(&arena, text, strlen(text)), *list;
    int64_t number = -1;

    (void)state;
    assert_string_equal(ts_json_string(member(json, "issuer")), "https://a");
    assert_true(ts_json_integer(member(json, "n"), &number));
    assert_int_equal(number, 7);
    assert_true(ts_json_is_true(member(json, "yes")));
    list = member(json, "list");
    assert_string_equal(ts_json_string(ts_json_first(list)), "x");
    assert_true(ts_json_is_object(ts_json_next(ts_json_next(ts_json_first(list)))));
    assert_null(ts_json_next(ts_json_next(ts_json_next(ts_json_first(list)))));
    /* another type is as nothing */
    assert_null(ts_json_string(member(json, "n")));
    assert_null(ts_json_string(member(json, "none")));
    assert_null(ts_json_string(member(member(json, "issuer"), "issuer")));
    assert_null(ts_json_first(json));
    assert_false(ts_json_integer(member(json, "half"), &number));
    assert_false(ts_json_integer(member(json, "issuer"), &number));
    assert_false(ts_json_integer(NULL, &number));
    assert_false(ts_json_is_true(member(json, "n")));
    assert_false(ts_json_is_true(NULL));
    assert_false(ts_json_is_object(list));
    assert_int_equal(number, 7);
    assert_null(ts_json_parse(&arena, "{\"a\":1,\"a\":2}", 13));
    assert_null(ts_json_parse(&arena, "", 0));
    assert_string_equal(ts_json_quote(&arena, "a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
    assert_string_equal(ts_json_quote(&arena, ""), "\"\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_parse__builds_the_tree_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__tells_integers_from_other_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__resolves_escapes, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__refuses_with_place_and_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__refuses_a_nul_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__refuses_the_65th_level, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse__finds_duplicates_among_many_names, setup, teardown),
        cmocka_unit_test_setup_teardown(json_parse_pausing__pauses_in_whatever_is_long, setup, teardown),
        cmocka_unit_test(json_write_string__finds_escapes_wherever_they_stand),
        cmocka_unit_test(json_put__copies_what_needs_no_escape),
        cmocka_unit_test(json_put_text__stays_within_its_room),
        cmocka_unit_test_setup_teardown(json_write_string__is_read_back_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(ts_json__takes_what_is_not_there, setup, teardown),
    };

    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
