/*
 * Two stores given the same random writes, erasures and scans must answer the same, word for word: SQLite's trees and
 * the sorted lists of the tests' store were written apart. A difference names its seed.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "store_test.h"

enum { SEEDS = 40, STEPS = 120, KEYS = 12, WRITES_MAX = 4 };

static struct fixture twins[2];
static struct buf heard[2]; /* what each answered */
static uint64_t seed;

struct mouth {
    struct ts_call *call;
    struct buf *heard;
    uint64_t state;
};

static unsigned draw(struct mouth *mouth, unsigned below)
{
    mouth->state = mouth->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(mouth->state >> 33) % below;
}

static const char *draw_id(struct mouth *mouth)
{
    return ts_printf(mouth->call->arena, "k%u", draw(mouth, KEYS));
}

static Note__Note *draw_note(struct mouth *mouth)
{
    static char *words[] = { (char *)(uintptr_t) "a", (char *)(uintptr_t) "ab", (char *)(uintptr_t) "b" };
    Note__Note *note = TS_NEW(mouth->call->arena, Note__Note);

    note__note__init(note);
    note->owner = draw(mouth, 4) ? words[draw(mouth, 3)] : NULL;
    note->has_number = draw(mouth, 4) != 0;
    note->number = (int64_t)draw(mouth, 5) - 2;
    note->n_tags = draw(mouth, 4);
    note->tags = words;
    return note;
}

static void write_some(struct mouth *mouth)
{
    struct ts_write writes[WRITES_MAX] = { 0 };
    unsigned count = 1 + draw(mouth, WRITES_MAX);
    int r;

    for (unsigned i = 0; i < count; i++) {
        struct ts_doc doc = { 0 };

        writes[i].collection = &notes;
        writes[i].id = draw_id(mouth);
        writes[i].body = &draw_note(mouth)->base;
        if (draw(mouth, 4))
            assert_int_equal(ts_store_get(mouth->call, &notes, writes[i].id, &doc), 0);
        writes[i].version = doc.version;
    }
    r = ts_store_write(mouth->call, writes, count, draw(mouth, 2) ? TS_WRITE_ORDERED : TS_WRITE_INDEPENDENT);
    buf_printf(mouth->heard, "write %d", r);
    for (unsigned i = 0; i < count; i++)
        buf_printf(mouth->heard, " %d", (int)writes[i].result);
}

static void say_page(struct mouth *mouth, const struct ts_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const Note__Note *note = (const Note__Note *)(const void *)page->docs[i].body;

        buf_printf(mouth->heard, " %s@%d%s", page->docs[i].id, (int)page->docs[i].version,
                   page->docs[i].erased ? "x" : "");
        if (note)
            buf_printf(mouth->heard, "(%s,%d)", note->owner ? note->owner : "-", (int)note->number);
    }
    buf_printf(mouth->heard, " %s %s", page->more ? "more" : "end", page->cursor ? page->cursor : "-");
}

static void scan_some(struct mouth *mouth)
{
    static const char *const indexes[] = { NULL, "owner", "tags", "number" };
    struct ts_scan scan = { .collection = &notes, .limit = 1 + draw(mouth, 4) };
    unsigned index = draw(mouth, 4);
    struct ts_page page = { 0 };
    int64_t count = 0;

    scan.index = indexes[index];
    scan.descending = draw(mouth, 2);
    scan.keys_only = draw(mouth, 3) == 0;
    if (index == 3 && draw(mouth, 2))
        scan.from = TS_INT((int64_t)draw(mouth, 5) - 2);
    if ((index == 1 || index == 2) && draw(mouth, 2))
        scan.equal[0] = TS_STRING("a");
    if (index == 0 && draw(mouth, 2))
        scan.to = TS_STRING("k5");
    assert_int_equal(ts_store_count(mouth->call, &scan, 100, &count), 0);
    buf_printf(mouth->heard, "count %d", (int)count);
    do {
        assert_int_equal(ts_store_scan(mouth->call, &scan, &page), 0);
        say_page(mouth, &page);
        scan.cursor = page.cursor;
    } while (page.more);
}

static void step(struct mouth *mouth)
{
    unsigned kind = draw(mouth, 20);
    struct ts_page page = { 0 };

    if (kind < 11) {
        write_some(mouth);
    } else if (kind < 17) {
        scan_some(mouth);
    } else if (kind < 19) {
        assert_int_equal(ts_store_history(mouth->call, &notes, draw_id(mouth), draw(mouth, 4), 3, &page), 0);
        buf_add_literal(mouth->heard, "history");
        say_page(mouth, &page);
    } else {
        buf_printf(mouth->heard, "erase %d", ts_store_erase(mouth->call, &notes, draw_id(mouth)));
    }
    buf_add_char(mouth->heard, '\n');
}

static void talk(struct ts_call *call, void *data)
{
    struct mouth mouth = { call, data, seed };

    for (unsigned i = 0; i < STEPS; i++)
        step(&mouth);
}

static void stores__answer_the_same(void **state)
{
    (void)state;
    for (seed = 1; seed <= SEEDS; seed++) {
        for (unsigned i = 0; i < 2; i++) {
            fixture_init(&twins[i], /* sqlite= */ i == 0);
            buf_init(&heard[i], 4 << 20);
            fiber_test_run(&twins[i].runtime, talk, &heard[i]);
            buf_add_char(&heard[i], '\0');
            fixture_done(&twins[i]);
        }
        assert_false(heard[0].full);
        if (strcmp(heard[0].data, heard[1].data) != 0)
            fail_msg("seed %d: SQLite said\n%s\nthe tests' store said\n%s", (int)seed, heard[0].data, heard[1].data);
        buf_done(&heard[0]);
        buf_done(&heard[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores__answer_the_same),
    };

    return cmocka_run_group_tests_name("store/twin", tests, NULL, NULL);
}
