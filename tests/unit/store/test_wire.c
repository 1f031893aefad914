/*
 * Writes over a wire that breaks. Whatever is lost or said wrongly on the way: what was written once is there once, its
 * writer is told so or that nobody knows, and only a version that somebody else wrote is a conflict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_test.h"
#include "support/mongo_relay.h"
#include "tessera/limits.h"

enum { PATIENCE_MS = 1500 };

static struct mongo_relay relay;
static unsigned database_count;

/* What a fault that does not end comes to. */
static const struct expectation {
    const char *name;
    bool done;  /* it was written all the same */
    int result; /* what its writer hears */
} expectations[MONGO_FAULT_COUNT] = {
    [MONGO_FAULT_NONE] = { "none", true, 0 },
    [MONGO_FAULT_CUT_BEFORE] = { "cut before", false, TS_EUNKNOWN },
    [MONGO_FAULT_CUT_AFTER] = { "cut after", true, TS_EUNKNOWN },
    [MONGO_FAULT_CUT_REPLY] = { "cut in the reply", true, TS_EUNKNOWN },
    [MONGO_FAULT_SLOW] = { "slow", true, 0 },
    [MONGO_FAULT_DUPLICATE] = { "duplicate", true, 0 },
    [MONGO_FAULT_PHANTOM] = { "phantom", false, TS_EUNAVAILABLE },
    [MONGO_FAULT_STEPPED] = { "stepped down", true, TS_EUNKNOWN },
    [MONGO_FAULT_STEPPED_IDLE] = { "stepped down before", false, TS_EUNKNOWN },
    [MONGO_FAULT_CONCERN] = { "no majority", true, TS_EUNKNOWN },
};

static int begin(void **state)
{
    struct store_message message = { "" };
    struct mongo_server *server = mongo_server_shared();
    char database[16];

    (void)state;
    (void)snprintf(database, sizeof(database), "wire%u", database_count++);
    fixture_init(&the_fixture, /* sqlite= */ false);
    store_close(the_fixture.runtime.store);
    mongo_relay_start(&relay, server->plain_port);
    (void)mongo_server_plain_uri(relay.port, database, the_fixture.uri);
    if (fixture_open_mongo(&the_fixture, &message))
        fail_msg("%s", message.text);
    return 0;
}

static int end(void **state)
{
    int r = on_fixture_end(state);

    mongo_relay_stop(&relay);
    return r;
}

static size_t version_count(struct ts_call *call, const char *id)
{
    struct ts_page page;

    assert_int_equal(ts_store_history(call, &notes, id, /* before= */ 0, /* limit= */ 10, &page), 0);
    return page.count;
}

static int put(struct ts_call *call, const char *id, int64_t version, int64_t number)
{
    Note__Note note = note_make("ada", number);

    return ts_store_put(call, &notes, id, version, &note.base);
}

static void is_there(struct ts_call *call, const char *id, int64_t version, int64_t number)
{
    struct ts_doc doc;

    assert_int_equal(ts_store_get(call, &notes, id, &doc), 0);
    assert_int_equal(doc.version, version);
    if (version)
        assert_int_equal(((const Note__Note *)doc.body)->number, number);
}

static const char *id_of(struct ts_call *call, const char *what, int fault)
{
    return ts_printf(call->arena, "%s%d", what, fault);
}

/* Once, and three times. */
static void write__is_done_once_whatever_breaks_for_a_moment(struct ts_call *call)
{
    for (unsigned times = 1; times <= 3; times += 2) {
        for (int fault = 0; fault < MONGO_FAULT_COUNT; fault++) {
            const char *id = id_of(call, times == 1 ? "once" : "thrice", fault);
            int r;

            mongo_relay_break(&relay, (enum mongo_fault)fault, times);
            r = put(call, id, 0, fault);
            if (r || !mongo_relay_struck(&relay))
                fail_msg("%s: %d, %u", expectations[fault].name, r, mongo_relay_struck(&relay));
            mongo_relay_break(&relay, MONGO_FAULT_NONE, 0);
            is_there(call, id, 1, fault);
            assert_int_equal(version_count(call, id), 1);
        }
    }
}

static void write__that_came_second_is_a_conflict_whatever_breaks(struct ts_call *call)
{
    for (int fault = 0; fault < MONGO_FAULT_COUNT; fault++) {
        const char *id = id_of(call, "second", fault);
        int r;

        assert_int_equal(put(call, id, 0, 1), 0);
        assert_int_equal(put(call, id, 1, 2), 0);
        mongo_relay_break(&relay, (enum mongo_fault)fault, 1);
        r = put(call, id, 1, 3);
        mongo_relay_break(&relay, MONGO_FAULT_NONE, 0);
        if (r != TS_WRITE_CONFLICT)
            fail_msg("%s: %d", expectations[fault].name, r);
        is_there(call, id, 2, 2);
        assert_int_equal(version_count(call, id), 2);
    }
}

/* Until its deadline: then it is said that nobody knows, and who looks finds out. */
static void write__of_unknown_outcome_is_found_out_by_reading(struct ts_call *call)
{
    int64_t deadline_ms = call->deadline_ms;

    for (int fault = 0; fault < MONGO_FAULT_COUNT; fault++) {
        const struct expectation *expected = &expectations[fault];
        const char *id = id_of(call, "always", fault);
        int r;

        mongo_relay_break(&relay, (enum mongo_fault)fault, 1000);
        call->deadline_ms = loop_now_ms(the_fixture.loop) + PATIENCE_MS;
        r = put(call, id, 0, 1);
        call->deadline_ms = deadline_ms;
        mongo_relay_break(&relay, MONGO_FAULT_NONE, 0);
        if (r != expected->result)
            fail_msg("%s: %d instead of %d", expected->name, r, expected->result);
        is_there(call, id, expected->done, 1);
        assert_int_equal(put(call, id, 0, 2), expected->done ? TS_WRITE_CONFLICT : 0);
        assert_int_equal(version_count(call, id), 1);
    }
}

/* Many at once: what was told is so, of each. */
static void writes__of_many_are_told_apart(struct ts_call *call)
{
    enum { MANY = 8 };

    for (int fault = 0; fault < MONGO_FAULT_COUNT; fault++) {
        struct ts_write writes[MANY];
        Note__Note bodies[MANY];

        assert_int_equal(put(call, id_of(call, "many3-", fault), 0, 99), 0);
        for (int i = 0; i < MANY; i++) {
            bodies[i] = note_make("ada", i);
            writes[i] = (struct ts_write){ &notes, ts_printf(call->arena, "many%d-%d", i, fault), 0, &bodies[i].base,
                                           TS_WRITE_OK };
        }
        mongo_relay_break(&relay, (enum mongo_fault)fault, 1);
        assert_int_equal(ts_store_write(call, writes, MANY, TS_WRITE_INDEPENDENT), 0);
        mongo_relay_break(&relay, MONGO_FAULT_NONE, 0);
        for (int i = 0; i < MANY; i++) {
            if (writes[i].result != (i == 3 ? TS_WRITE_CONFLICT : TS_WRITE_OK))
                fail_msg("%s: the %d-th is %d", expectations[fault].name, i, writes[i].result);
            is_there(call, writes[i].id, 1, i == 3 ? 99 : i);
        }
    }
}

#define wire_unit_test(body)                                                                                           \
    {                                                                                                                  \
#body, on_fixture_run, begin, end, &(fiber_test_plain *)                                                       \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        wire_unit_test(write__is_done_once_whatever_breaks_for_a_moment),
        wire_unit_test(write__that_came_second_is_a_conflict_whatever_breaks),
        wire_unit_test(write__of_unknown_outcome_is_found_out_by_reading),
        wire_unit_test(writes__of_many_are_told_apart),
    };

    if (!mongo_server_found())
        return 77;
    return cmocka_run_group_tests_name("store/wire", tests, NULL, NULL);
}
