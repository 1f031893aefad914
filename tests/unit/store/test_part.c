/* Parts of encoded messages: their words, and taking them out of bytes that may be anything. */
#include "store/part.h"

#include <string.h>

#include "note.pb-c.h"
#include "support/test.h"
#include "tessera/cleanup.h"

static void part_print__is_what_part_parse_reads(void **state)
{
    static const struct store_part parts[] = { { 8, -1, 0 }, { 12, 2, 0 }, { 12, 0, 7 }, { 536870911, 99, 15 } };
    char text[STORE_PART_TEXT_SIZE];
    struct store_part read;

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(parts); i++) {
        part_print(&parts[i], text);
        assert_true(part_parse(text, &read));
        assert_int_equal(read.field, parts[i].field);
        assert_int_equal(read.element, parts[i].element);
        assert_int_equal(read.inner, parts[i].inner);
    }
}

static void part_parse__refuses_what_is_none(void **state)
{
    static const char *const texts[] = { "", "x", "8 ", "8x", "12[", "12[1", "12[1]x", "12[1].", "-1", "12.7" };
    struct store_part read;

    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(texts); i++)
        assert_false(part_parse(texts[i], &read));
}

static void part_find__knows_fields_by_name(void **state)
{
    struct store_part part;

    (void)state;
    assert_true(part_find(&note__note__descriptor, "text", &part));
    assert_int_equal(part.field, 10);
    assert_int_equal(part.element, -1);
    assert_true(part_find(&note__note__descriptor, "people[3].age", &part));
    assert_int_equal(part.field, 11);
    assert_int_equal(part.element, 3);
    assert_int_equal(part.inner, 2);
}

/* A name so long that the length of its person takes two bytes, and one byte once the name is gone. */
static void part_strip__shortens_lengths(void **state)
{
    Note__Person long_one = NOTE__PERSON__INIT, short_one = NOTE__PERSON__INIT;
    Note__Person *people[] = { &long_one, &short_one };
    Note__Note note = NOTE__NOTE__INIT, *left;
    const struct store_part part = { 11, 0, 1 };
    char name[301];
    uint8_t body[400];
    size_t size;

    (void)state;
    memset(name, 'n', 300);
    name[300] = '\0';
    long_one.name = name;
    long_one.has_age = true;
    long_one.age = 7;
    short_one.name = (char *)"bo";
    note.n_people = 2;
    note.people = people;
    note.text = (char *)"behind";
    size = note__note__pack(&note, body);
    assert_true(size < sizeof(body));
    size = part_strip(&part, 1, body, size);
    assert_true(size < 40);
    left = note__note__unpack(NULL, size, body);
    assert_non_null(left);
    assert_null(left->people[0]->name);
    assert_int_equal(left->people[0]->age, 7);
    assert_string_equal(left->people[1]->name, "bo");
    assert_string_equal(left->text, "behind");
    note__note__free_unpacked(left, NULL);
}

/* Every prefix of a message, and every byte of it changed: nothing is read or written outside, nothing grows. */
static void part_strip__takes_bytes_that_are_no_message(void **state)
{
    static const uint8_t whole[] = {
        0x0a, 3, 'a', 'n', 'n', 0x10, 1, 0x5a, 6, 0x0a, 2, 'b', 'o', 0x10, 9, 0x52, 1, 't'
    };
    static const struct store_part parts[] = { { 1, -1, 0 }, { 11, 0, 1 }, { 10, 0, 0 } };
    uint8_t *body;

    (void)state;
    for (size_t size = 0; size <= sizeof(whole); size++) {
        for (size_t at = 0; at < size; at++) {
            for (unsigned byte = 0; byte < 256; byte += 3) {
                body = test_malloc(size);
                memcpy(body, whole, size);
                body[at] = (uint8_t)byte;
                assert_true(part_strip(parts, TS_ARRAY_SIZE(parts), body, size) <= size);
                test_free(body);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_print__is_what_part_parse_reads),
        cmocka_unit_test(part_parse__refuses_what_is_none),
        cmocka_unit_test(part_find__knows_fields_by_name),
        cmocka_unit_test(part_strip__shortens_lengths),
        cmocka_unit_test(part_strip__takes_bytes_that_are_no_message),
    };

    return cmocka_run_group_tests_name("store/part", tests, NULL, NULL);
}
