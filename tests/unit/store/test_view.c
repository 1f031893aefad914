/* Views: when one is made anew, who shares it, how long it lives. */
#include "tessera/view.h"

#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "store_test.h"

enum { TOO_MUCH = (1 << 20) + 1 };

static const struct ts_collection *const of_shared[] = { &shared_notes, NULL };
static const struct ts_collection *const of_both[] = { &shared_notes, &quiet_notes, NULL };
static const struct ts_collection stranger = { .name = "strangers", .message = &note__note__descriptor };
static const struct ts_collection *const of_stranger[] = { &shared_notes, &stranger, NULL };

/* How a view of these tests is made, and how often it was. */
static struct {
    unsigned made;
    int fails_with;
    bool writes; /* to the collection, while it is being made */
    size_t size;
} making;

struct sum {
    int64_t total;
    const char *newest; /* id, as the store gave it */
    struct ts_arena *arena;
};

static void put(struct ts_call *call, const struct ts_collection *collection, const char *id, int64_t version,
                int64_t number)
{
    Note__Note note = note_make("o", number);

    assert_int_equal(ts_store_put(call, collection, id, version, &note.base), 0);
}

static int make_sum(struct ts_call *call, const void *question, void **ret_data)
{
    struct ts_scan all = { .collection = &shared_notes, .index = "number", .limit = 10 };
    struct sum *sum = TS_NEW(call->arena, struct sum);
    struct ts_page page;
    int r = ts_store_scan(call, &all, &page);

    sum->arena = call->arena;
    making.made++;
    assert_string_equal(question, "how many?");
    if (making.size)
        (void)ts_alloc(call->arena, making.size);
    for (size_t i = 0; r == 0 && i < page.count; i++) {
        sum->total += ((const Note__Note *)page.docs[i].body)->number;
        sum->newest = page.docs[i].id;
    }
    if (making.writes)
        put(call, &shared_notes, "late", 0, 1000);
    *ret_data = sum;
    return r ? r : making.fails_with;
}

static const struct ts_view sums = { .of = of_shared, .make = make_sum };
static const struct ts_view sums_of_both = { .of = of_both, .make = make_sum };
static const struct ts_view sums_of_stranger = { .of = of_stranger, .make = make_sum };

static const struct sum *read_sum(struct ts_call *call, const struct ts_view *view, const char *key)
{
    void *sum;

    assert_int_equal(ts_view_read(call, view, key, "how many?", &sum), 0);
    assert_non_null(((struct sum *)sum)->arena);
    return sum;
}

static bool is_exact(struct ts_call *call)
{
    return store_ops(call->runtime->store)->exact;
}

static void begin(struct ts_call *call)
{
    memset(&making, 0, sizeof(making));
    put(call, &shared_notes, "a", 0, 1);
}

static void view__is_made_once_for_all_readers(struct ts_call *call)
{
    const struct sum *first, *second;

    begin(call);
    first = read_sum(call, &sums, "k");
    second = read_sum(call, &sums, "k");
    assert_int_equal(second->total, 1);
    assert_int_equal(making.made, is_exact(call) ? 1 : 2);
    assert_true((first == second) == is_exact(call));
}

static void view__is_made_anew_after_a_write(struct ts_call *call)
{
    begin(call);
    assert_int_equal(read_sum(call, &sums, "k")->total, 1);
    put(call, &shared_notes, "b", 0, 2);
    assert_int_equal(read_sum(call, &sums, "k")->total, 3);
    put(call, &shared_notes, "b", 1, 5);
    assert_int_equal(read_sum(call, &sums, "k")->total, 6);
    assert_int_equal(making.made, 3);
}

static void view__minds_each_of_its_collections_and_no_other(struct ts_call *call)
{
    Note__Note note = note_make("o", 1);

    begin(call);
    (void)read_sum(call, &sums, "k");
    (void)read_sum(call, &sums_of_both, "k");
    making.made = 0;
    assert_int_equal(ts_store_insert(call, &quiet_notes, "q", &note.base), 0);
    (void)read_sum(call, &sums, "k");
    assert_int_equal(making.made, is_exact(call) ? 0 : 1);
    (void)read_sum(call, &sums_of_both, "k");
    assert_int_equal(making.made, is_exact(call) ? 1 : 2);
}

static void view__of_another_key_is_another(struct ts_call *call)
{
    begin(call);
    assert_true(read_sum(call, &sums, "k") != read_sum(call, &sums, "l"));
    assert_int_equal(making.made, 2);
}

static void view__without_a_key_is_the_callers_alone(struct ts_call *call)
{
    begin(call);
    assert_true(read_sum(call, &sums, NULL) != read_sum(call, &sums, NULL));
    assert_int_equal(making.made, 2);
}

static void view__overtaken_while_it_was_made_is_not_kept(struct ts_call *call)
{
    begin(call);
    making.writes = true;
    assert_int_equal(read_sum(call, &sums, "k")->total, 1);
    making.writes = false;
    assert_int_equal(read_sum(call, &sums, "k")->total, 1001);
}

static void view__that_fails_is_not_kept(struct ts_call *call)
{
    void *sum;

    begin(call);
    making.fails_with = TS_EDENIED;
    assert_int_equal(ts_view_read(call, &sums, "k", "how many?", &sum), TS_EDENIED);
    making.fails_with = 0;
    assert_int_equal(read_sum(call, &sums, "k")->total, 1);
    assert_int_equal(making.made, 2);
}

static void view__too_large_is_not_kept(struct ts_call *call)
{
    begin(call);
    making.size = TOO_MUCH;
    (void)read_sum(call, &sums, "k");
    (void)read_sum(call, &sums, "k");
    assert_int_equal(making.made, 2);
}

static void view__that_has_grown_too_large_goes(struct ts_call *call)
{
    void *sum;

    begin(call);
    assert_int_equal(ts_view_read(call, &sums, "k", "how many?", &sum), 0);
    (void)ts_alloc(((struct sum *)sum)->arena, TOO_MUCH);
    (void)read_sum(call, &sums, "k");
    assert_int_equal(making.made, 2);
}

static void view__lives_as_long_as_its_reader(struct ts_call *call)
{
    const struct sum *old;

    begin(call);
    old = read_sum(call, &sums, "k");
    put(call, &shared_notes, "a", 1, 7);
    assert_int_equal(read_sum(call, &sums, "k")->total, 7);
    store_cache_clear(call->runtime->store);
    assert_int_equal(old->total, 1);
    assert_string_equal(old->newest, "a");
}

static void view__outlives_the_reader_that_made_it(struct ts_call *call)
{
    struct ts_arena *arena = call->arena, *own = ts_arena_new();

    begin(call);
    call->arena = own;
    (void)read_sum(call, &sums, "k");
    call->arena = arena;
    ts_arena_free(own);
    assert_string_equal(read_sum(call, &sums, "k")->newest, "a");
    assert_int_equal(making.made, is_exact(call) ? 1 : 2);
}

static void view__least_lately_read_goes_first(struct ts_call *call)
{
    char key[8];

    begin(call);
    (void)read_sum(call, &sums, "first");
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        (void)read_sum(call, &sums, key);
        if (i % 10 == 0)
            (void)read_sum(call, &sums, "first");
    }
    assert_int_equal(making.made, is_exact(call) ? 101 : 111);
    making.made = 0;
    (void)read_sum(call, &sums, "k99");
    (void)read_sum(call, &sums, "k0");
    assert_int_equal(making.made, is_exact(call) ? 1 : 2);
}

static void view__of_what_is_not_there_is_refused(struct ts_call *call)
{
    char key[TS_VIEW_KEY_SIZE_MAX + 2] = { 0 };
    void *sum;

    begin(call);
    assert_int_equal(ts_view_read(call, &sums_of_stranger, "k", "how many?", &sum), TS_EINVALID);
    memset(key, 'k', TS_VIEW_KEY_SIZE_MAX + 1);
    assert_int_equal(ts_view_read(call, &sums, key, "how many?", &sum), TS_EINVALID);
    key[TS_VIEW_KEY_SIZE_MAX] = '\0';
    assert_int_equal(ts_view_read(call, &sums, key, "how many?", &sum), 0);
    assert_int_equal(making.made, 1);
}

#define EACH_TEST(X)                                                                                                   \
    X(view__is_made_once_for_all_readers)                                                                              \
    X(view__is_made_anew_after_a_write)                                                                                \
    X(view__minds_each_of_its_collections_and_no_other)                                                                \
    X(view__of_another_key_is_another)                                                                                 \
    X(view__without_a_key_is_the_callers_alone)                                                                        \
    X(view__overtaken_while_it_was_made_is_not_kept)                                                                   \
    X(view__that_fails_is_not_kept)                                                                                    \
    X(view__too_large_is_not_kept)                                                                                     \
    X(view__that_has_grown_too_large_goes)                                                                             \
    X(view__lives_as_long_as_its_reader)                                                                               \
    X(view__outlives_the_reader_that_made_it)                                                                          \
    X(view__least_lately_read_goes_first)                                                                              \
    X(view__of_what_is_not_there_is_refused)

#define ON_SQLITE(test)                                                                                                \
    { "sqlite: " #test, on_fixture_run, on_sqlite_begin, on_fixture_end, &(fiber_test_plain *){ test } },
#define ON_CRASH(test)                                                                                                 \
    { "crash: " #test, on_fixture_run, on_crash_begin, on_fixture_end, &(fiber_test_plain *){ test } },

int main(void)
{
    const struct CMUnitTest tests[] = {
        // clang-format off
        EACH_TEST(ON_SQLITE)
        EACH_TEST(ON_CRASH)
        // clang-format on
    };

    return cmocka_run_group_tests_name("store/view", tests, NULL, NULL);
}
