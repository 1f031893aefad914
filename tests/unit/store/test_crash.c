/*
 * Random schedules over the store of tests: a few fibers write while it may crash before any document or answer. After
 * each crash the next instance must find every acknowledged write, of the others only whole documents, and of an
 * ORDERED write no document without those before it. CRASH_SEED=n runs one schedule alone.
 */
#include "store/crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/fiber.h"
#include "store_test.h"

enum { SCHEDULES = 2500, WORKERS = 3, ROUNDS = 12, ITEMS_MAX = 5, KEYS = 8, LEDGER_MAX = WORKERS * ROUNDS * ITEMS_MAX };

/* One document that somebody tried to write; its `number` is its own, so it is known again anywhere. */
struct tried {
    char id[8];
    int64_t version, number;
    unsigned write; /* items of one ts_store_write() share it */
    bool ordered, acknowledged, refused, found;
};

static uint64_t now; /* the seed of the schedule that runs */

/* Named when a schedule fails: cmocka leaves the test by a jump, and this runs after it. */
static int tell_seed(void **state)
{
    (void)state;
    print_message("the last schedule was CRASH_SEED=%llu\n", (unsigned long long)now);
    return 0;
}

static struct {
    uint64_t state;
    struct tried tried[LEDGER_MAX];
    unsigned count, writes, working;
    struct fiber *boss; /* waits for them */
} run;

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
static uint64_t random_next(void *data)
{
    uint64_t *state = data, bits = *state += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static unsigned draw(unsigned below)
{
    return (unsigned)(random_next(&run.state) % below);
}

/* A write of a few documents, each put onto the version that was just read. */
static int write_some(struct ts_call *call)
{
    struct ts_write writes[ITEMS_MAX] = { 0 };
    struct tried *tried[ITEMS_MAX];
    unsigned count = 1 + draw(ITEMS_MAX), write = ++run.writes;
    bool ordered = draw(2);
    int r = 0;

    for (unsigned i = 0; i < count; i++) {
        Note__Note *note = TS_NEW(call->arena, Note__Note);
        struct ts_doc doc;

        tried[i] = &run.tried[run.count++];
        *tried[i] = (struct tried){ .number = run.count, .write = write, .ordered = ordered };
        snprintf(tried[i]->id, sizeof(tried[i]->id), "k%u", draw(KEYS));
        r = ts_store_get(call, &notes, tried[i]->id, &doc);
        if (r) {
            tried[i]->refused = true;
            count = i;
            break;
        }
        tried[i]->version = doc.version + 1;
        *note = note_make("ann", tried[i]->number);
        writes[i] = (struct ts_write){ &notes, tried[i]->id, doc.version, &note->base, TS_WRITE_SKIPPED };
    }
    if (!r)
        r = ts_store_write(call, writes, count, ordered ? TS_WRITE_ORDERED : TS_WRITE_INDEPENDENT);
    for (unsigned i = 0; !r && i < count; i++) {
        tried[i]->acknowledged = writes[i].result == TS_WRITE_OK;
        tried[i]->refused = !tried[i]->acknowledged;
    }
    return r;
}

static void work(void *data)
{
    struct ts_call call = *(const struct ts_call *)data;

    for (unsigned round = 0; round < ROUNDS; round++) {
        int r = write_some(&call);

        if (r == TS_ECRASHED)
            break;
        assert_true(r == 0 || r == TS_EUNKNOWN);
    }
    if (--run.working == 0)
        fiber_wake(run.boss);
}

static void work_all(struct ts_call *call)
{
    run.working = WORKERS;
    for (unsigned i = 0; i < WORKERS; i++)
        fiber_spawn(call->runtime->loop, work, call);
    run.boss = fiber_self();
    while (run.working)
        fiber_suspend(); /* not a yield: the clock moves when there is nothing to do */
}

static struct tried *find_tried(const char *id, const struct ts_doc *doc)
{
    const Note__Note *note = (const Note__Note *)(const void *)doc->body;

    assert_in_range(note->number, 1, run.count);
    assert_string_equal(run.tried[note->number - 1].id, id);
    assert_int_equal(run.tried[note->number - 1].version, doc->version);
    return &run.tried[note->number - 1];
}

/* All versions are whole, 1 to the newest, and the index knows the newest alone. */
static void check_document(struct ts_call *call, const char *id)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .limit = 1 };
    struct ts_page page = { 0 }, found = { 0 };

    assert_int_equal(ts_store_history(call, &notes, id, 0, TS_SCAN_MAX, &page), 0);
    for (size_t i = 0; i < page.count; i++) {
        struct tried *tried = find_tried(id, &page.docs[i]);

        assert_int_equal(page.docs[i].version, page.count - i);
        assert_false(tried->refused);
        tried->found = true;
        scan.equal[0] = TS_INT(tried->number);
        assert_int_equal(ts_store_scan(call, &scan, &found), 0);
        assert_int_equal(found.count, i == 0);
    }
}

static void check_all(struct ts_call *call)
{
    for (unsigned key = 0; key < KEYS; key++)
        check_document(call, ts_printf(call->arena, "k%u", key));
    for (unsigned i = 0; i < run.count; i++) {
        const struct tried *tried = &run.tried[i];

        assert_true(tried->found || !tried->acknowledged);
        if (i && tried->ordered && tried->write == run.tried[i - 1].write)
            assert_true(run.tried[i - 1].found || !tried->found);
    }
}

static void mark_crashed(void *data)
{
    ((struct ts_runtime *)data)->crashed = true;
}

static void on_arrived(struct loop_timer *timer)
{
    (void)timer; /* that the clock got there is all */
}

/* What is on its way arrives. */
static void wait_for_strays(struct loop *loop)
{
    struct loop_timer timer = { .run = on_arrived };

    loop_timer_start(loop, &timer, CRASH_STRAY_MS_MAX + 1);
    while (timer.slot)
        loop_run_once(loop, /* wait= */ true);
}

static void run_schedule(struct fixture *fixture, uint64_t seed)
{
    struct crash_options options = { .random = random_next, .data = &run.state };
    struct store_message message;

    memset(&run, 0, sizeof(run));
    run.state = seed;
    options.crash_per_million = 1000u << draw(6);
    options.delay_ms_max = draw(4) ? 0 : 5;
    options.travel_ms_max = draw(4) ? 0 : 5;
    options.unknown_per_million = draw(4) ? 0 : 100000;
    store_close(fixture->runtime.store);
    fixture->runtime.store = crash_store_open(fixture->loop, &options, NULL);
    assert_int_equal(store_add(fixture->runtime.store, note_collections, &message), 0);
    fixture_run(fixture, work_all);
    crash_store_crash(fixture->runtime.store);
    wait_for_strays(fixture->loop);
    fixture_reopen(fixture);
    fixture_run(fixture, check_all);
}

static void crash_store__keeps_what_it_acknowledged(void **state)
{
    const char *only = getenv("CRASH_SEED");
    unsigned crashes = 0, documents = 0;
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, /* sqlite= */ false);
    loop_clock_stop(fixture.loop);
    for (uint64_t seed = only ? strtoull(only, NULL, 10) : 1; seed <= SCHEDULES || only; seed++) {
        now = seed;
        run_schedule(&fixture, seed);
        crashes += run.writes < WORKERS * ROUNDS;
        documents += run.count;
        if (only)
            break;
    }
    print_message("%u schedules, %u crashes, %u documents tried\n", only ? 1 : SCHEDULES, crashes, documents);
    assert_true(only || crashes > SCHEDULES / 4);
    fixture_done(&fixture);
}

static void fail_at(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc = { 0 };

    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    assert_int_equal(ts_store_insert(call, &notes, "b", &note.base), TS_EUNAVAILABLE);
    assert_int_equal(ts_store_get(call, &notes, "b", &doc), 0);
    assert_int_equal(doc.version, 0);
    assert_int_equal(ts_store_insert(call, &notes, "b", &note.base), 0);
}

static void crash_store__fails_the_nth_request(void **state)
{
    struct crash_options options = { .fail_nth = 2 };
    struct store_message message;
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, /* sqlite= */ false);
    store_close(fixture.runtime.store);
    fixture.runtime.store = crash_store_open(fixture.loop, &options, NULL);
    assert_int_equal(store_add(fixture.runtime.store, note_collections, &message), 0);
    fixture_run(&fixture, fail_at);
    fixture_done(&fixture);
}

/* Two processes, each with a call of its own. */
struct twins {
    struct crash_options options;
    struct fixture fixture;
    struct ts_runtime other;
    uint64_t state;
};

static struct ts_call other_call(const struct ts_call *call, struct ts_runtime *other)
{
    struct ts_call twin = *call;

    twin.runtime = other;
    return twin;
}

static size_t found(struct ts_call *call, int64_t number, bool exact)
{
    struct ts_scan scan = {
        .collection = &notes, .index = "number", .equal = { TS_INT(number) }, .limit = 5, .exact = exact
    };
    struct ts_page page = { 0 };

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    return page.count;
}

static int64_t counted(struct ts_call *call, int64_t number)
{
    struct ts_scan scan = { .collection = &notes, .index = "number", .equal = { TS_INT(number) }, .limit = 1 };
    int64_t count = -1;

    assert_int_equal(ts_store_count(call, &scan, 10, &count), 0);
    return count;
}

static size_t found_by_id(struct ts_call *call)
{
    struct ts_scan scan = { .collection = &notes, .limit = 5 };
    struct ts_page page = { 0 };

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    return page.count;
}

static struct twins twins;

static void write_beside(struct ts_call *call)
{
    struct ts_call other = other_call(call, &twins.other);
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc = { 0 };

    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), 0);
    assert_int_equal(found(call, 1, false), 1);
    assert_int_equal(found(&other, 1, false), 0);
    assert_int_equal(found(&other, 1, true), 1);
    assert_int_equal(found_by_id(&other), 0);
    assert_int_equal(counted(&other, 1), 0);
    assert_int_equal(ts_store_get(&other, &notes, "a", &doc), 0);
    assert_int_equal(doc.version, 1);
}

static void move_beside(struct ts_call *call)
{
    struct ts_call other = other_call(call, &twins.other);
    Note__Note note = note_make("ann", 2);

    assert_int_equal(found(&other, 1, false), 1);
    assert_int_equal(found_by_id(&other), 1);
    assert_int_equal(ts_store_put(call, &notes, "a", 1, &note.base), 0);
    assert_int_equal(found(&other, 1, false), 0); /* its head stands there, it does not */
    assert_int_equal(counted(&other, 1), 1);      /* heads are counted */
    assert_int_equal(found(&other, 2, false), 0);
    assert_int_equal(found(&other, 2, true), 1);
    assert_int_equal(found_by_id(&other), 1);
    note.number = 3;
    assert_int_equal(ts_store_put(&other, &notes, "a", 2, &note.base), 0);
    assert_int_equal(found(&other, 3, false), 1); /* its own */
    assert_int_equal(found(call, 3, false), 0);
}

static void crash_store__scans_lag_behind_twins(void **state)
{
    struct store_message message;

    (void)state;
    twins = (struct twins){ .state = 1 };
    twins.options =
        (struct crash_options){ .random = random_next, .data = &twins.state, .scan_lag_ms_max = CRASH_STRAY_MS_MAX };
    fixture_init(&twins.fixture, /* sqlite= */ false);
    loop_clock_stop(twins.fixture.loop);
    store_close(twins.fixture.runtime.store);
    twins.fixture.runtime.store = crash_store_open(twins.fixture.loop, &twins.options, NULL);
    assert_int_equal(store_add(twins.fixture.runtime.store, note_collections, &message), 0);
    runtime_init(&twins.other, twins.fixture.loop);
    twins.other.store = crash_store_twin(twins.fixture.runtime.store, &twins.options);
    assert_int_equal(store_add(twins.other.store, note_collections, &message), 0);
    fixture_run(&twins.fixture, write_beside);
    wait_for_strays(twins.fixture.loop);
    fixture_run(&twins.fixture, move_beside);
    store_close(twins.other.store);
    fixture_done(&twins.fixture);
}

static void meet_crash(struct ts_call *call)
{
    Note__Note note = note_make("ann", 1);
    struct ts_doc doc;

    crash_store_crash(call->runtime->store);
    assert_true(call->runtime->crashed);
    assert_int_equal(ts_store_insert(call, &notes, "a", &note.base), TS_ECRASHED);
    assert_int_equal(ts_store_get(call, &notes, "a", &doc), TS_ECRASHED);
}

static void crash_store__tells_its_crash_once(void **state)
{
    struct store_message message;
    struct fixture fixture;
    struct crash_options options = { .on_crash = mark_crashed, .data = &fixture.runtime };

    (void)state;
    fixture_init(&fixture, /* sqlite= */ false);
    store_close(fixture.runtime.store);
    fixture.runtime.store = crash_store_open(fixture.loop, &options, NULL);
    assert_int_equal(store_add(fixture.runtime.store, note_collections, &message), 0);
    fixture_run(&fixture, meet_crash);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(crash_store__keeps_what_it_acknowledged, tell_seed),
        cmocka_unit_test(crash_store__fails_the_nth_request),
        cmocka_unit_test(crash_store__scans_lag_behind_twins),
        cmocka_unit_test(crash_store__tells_its_crash_once),
    };

    return cmocka_run_group_tests_name("store/crash", tests, NULL, NULL);
}
