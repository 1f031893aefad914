/* The cache alone: what it keeps, what it lets go of. */
#include "store/cache.h"

#include <stdio.h>
#include <string.h>

#include "note.pb-c.h"
#include "support/test.h"

static const struct store_collection things = { .number = 3 };

static void put(struct cache *cache, const char *id, int64_t version, size_t size)
{
    static const uint8_t zeros[4096];
    struct store_row row = { .collection = &things,
                             .id = id,
                             .version = version,
                             .stamp = { 1, "a", "o", "r" },
                             .body = zeros,
                             .body_size = size };

    (void)cache_put(cache, &row);
}

static int64_t version_of(struct cache *cache, const char *id)
{
    const struct cached *cached = cache_find(cache, &things, id);

    return cached ? cached->row.version : 0;
}

static void cache_find__gives_what_was_put(void **state)
{
    const struct store_collection other = { .number = 4 };
    struct cache *cache = cache_new(1 << 20, 7);
    const struct store_row *row;

    (void)state;
    put(cache, "an id longer than eight bytes", 2, 100);
    assert_non_null(cache_find(cache, &things, "an id longer than eight bytes"));
    row = &cache_find(cache, &things, "an id longer than eight bytes")->row;
    assert_string_equal(row->stamp.operation, "o");
    assert_int_equal(row->body_size, 100);
    assert_null(cache_find(cache, &things, "an id longer than eight byteS"));
    assert_null(cache_find(cache, &other, "an id longer than eight bytes"));
    cache_drop(cache, &things, "an id longer than eight bytes");
    assert_null(cache_find(cache, &things, "an id longer than eight bytes"));
    cache_free(cache);
}

static void cache_put__never_goes_back(void **state)
{
    struct store_row row = { .collection = &things, .id = "a", .stamp = { 1, "a", "o", "r" } };
    struct cache *cache = cache_new(1 << 20, 7);

    (void)state;
    put(cache, "a", 2, 10);
    put(cache, "a", 1, 10);
    assert_int_equal(version_of(cache, "a"), 2);
    put(cache, "a", 3, 10);
    assert_int_equal(version_of(cache, "a"), 3);
    row.version = 2;
    cache_take(cache, cached_copy(cache, &row, /* message= */ NULL));
    assert_int_equal(version_of(cache, "a"), 3);
    row.version = 4;
    cache_take(cache, cached_copy(cache, &row, /* message= */ NULL));
    assert_int_equal(version_of(cache, "a"), 4);
    cache_free(cache);
}

static void cache_put__lets_the_longest_unused_go(void **state)
{
    struct cache *cache = cache_new(40 << 10, 7);
    char id[16];

    (void)state;
    put(cache, "used", 1, 1000);
    for (int i = 0; i < 200; i++) {
        snprintf(id, sizeof(id), "i%d", i);
        put(cache, id, 1, 1000);
        assert_int_equal(version_of(cache, "used"), 1);
    }
    assert_int_equal(version_of(cache, "i0"), 0);
    assert_int_equal(version_of(cache, "i160"), 0);
    assert_int_equal(version_of(cache, "i175"), 1);
    cache_free(cache);
}

static void cache_put__leaves_out_what_would_empty_it(void **state)
{
    struct cache *cache = cache_new(16 << 10, 7);

    (void)state;
    put(cache, "small", 1, 10);
    put(cache, "large", 1, 4096);
    assert_int_equal(version_of(cache, "large"), 0);
    assert_int_equal(version_of(cache, "small"), 1);
    put(cache, "small", 2, 4096); /* grown: the old one must go too */
    assert_int_equal(version_of(cache, "small"), 0);
    cache_free(cache);
}

/* A message is kept as it was, instead of bytes; an entry that is held outlives what overtakes it. */
static void cache_take__keeps_a_message(void **state)
{
    struct cache *cache = cache_new(1 << 20, 7);
    struct store_row row = { .collection = &things, .id = "a", .version = 1, .stamp = { 1, "a", "o", "r" } };
    char owner[] = "ann";
    Note__Note note = NOTE__NOTE__INIT;
    struct cached *held;

    (void)state;
    note.owner = owner;
    note.number = 7;                                          /* without its has_: it is not there */
    held = cached_hold(cached_copy(cache, &row, &note.base)); /* body_size 0: the guess is too small */
    cache_take(cache, held);
    assert_ptr_equal(cache_find(cache, &things, "a"), held);
    owner[0] = 'A';
    assert_string_equal(((const Note__Note *)cached_body(cache, held))->owner, "ann");
    assert_int_equal(((const Note__Note *)cached_body(cache, held))->number, 0);
    assert_int_equal(held->row.body_size, 0);
    assert_true(held->size > sizeof(*held) + sizeof(note));
    row.version = 2;
    row.body_size = 1000; /* larger than needed */
    cache_take(cache, cached_copy(cache, &row, &note.base));
    assert_string_equal(((const Note__Note *)cached_body(cache, cache_find(cache, &things, "a")))->owner, "Ann");
    cache_free(cache);
    assert_string_equal(((const Note__Note *)cached_body(cache, held))->owner, "ann");
    cached_let_go(held);
}

static void cache_put__grows_its_table(void **state)
{
    struct cache *cache = cache_new(16 << 20, 7);
    char id[16];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "i%d", i);
        put(cache, id, i + 1, 10);
    }
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "i%d", i);
        assert_int_equal(version_of(cache, id), i + 1);
    }
    cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_find__gives_what_was_put),
        cmocka_unit_test(cache_put__never_goes_back),
        cmocka_unit_test(cache_put__lets_the_longest_unused_go),
        cmocka_unit_test(cache_put__leaves_out_what_would_empty_it),
        cmocka_unit_test(cache_take__keeps_a_message),
        cmocka_unit_test(cache_put__grows_its_table),
    };

    return cmocka_run_group_tests_name("store/cache", tests, NULL, NULL);
}
