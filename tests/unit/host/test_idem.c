/* Idempotency records: found again, told apart, kept over a restart and the hour. */
#include "host/idem.h"

#include <string.h>

#include "probe/v1/probe.pb-c.h"
#include "store/crash.h"
#include "support/fiber_test.h"
#include "tessera/bus.h"
#include "tessera/clock.h"
#include "tessera/idem.h"
#include "tessera/limits.h"

static const struct ts_principal anonymous = { TS_PRINCIPAL_ANONYMOUS, "anonymous" };
static const struct ts_principal owner = { TS_PRINCIPAL_OWNER, "owner" };
static int64_t fixed_ms;

enum { KEYS_MAX = 2000 };

static int64_t fixed_wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return fixed_ms;
}

static void run_body(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    (*body)(call);
}

static void run_on(const struct crash_options *options, fiber_test_plain **body)
{
    static const struct ts_collection *const collections[] = { &idem_collection, NULL };
    struct store_message message;
    struct ts_runtime runtime;

    runtime_init(&runtime, loop_new());
    runtime.store = crash_store_open(runtime.loop, options, NULL);
    assert_int_equal(store_add(runtime.store, collections, &message), 0);
    (void)idem_new(&runtime, KEYS_MAX);
    fixed_ms = 1000 * (int64_t)TS_HOUR_MS - 1;
    runtime.wall_ms = fixed_wall_ms;
    fiber_test_run(&runtime, run_body, body);
    idem_free(runtime.idem);
    store_close(runtime.store);
    loop_free(runtime.loop);
}

/* The process owns its store. */
static void entry(void **state)
{
    static const struct crash_options options = { .exact = true };

    run_on(&options, *state);
}

/* Others write it, too. */
static void entry_shared(void **state)
{
    static const struct crash_options options = { 0 };

    run_on(&options, *state);
}

#define idem_unit_test(body) idem_entry(body, entry)
#define idem_shared_unit_test(body) idem_entry(body, entry_shared)
#define idem_entry(body, entry)                                                                                        \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

static Probe__EchoRequest input(const char *text)
{
    Probe__EchoRequest request = PROBE__ECHO_REQUEST__INIT;

    request.text = (char *)text;
    return request;
}

/* Find, and when it is new, write. */
static int use(struct ts_call *call, const char *scope, const char *text, const char **ret_id)
{
    Probe__EchoRequest request = input(text);
    struct ts_write write;
    int r = ts_idem_find(call, scope, &request.base, ret_id);

    if (r || !ts_idem_write(call, scope, &request.base, *ret_id, &write))
        return r;
    assert_int_equal(ts_store_write(call, &write, 1, TS_WRITE_ORDERED), 0);
    return write.result == TS_WRITE_CONFLICT ? 100 : 0;
}

static void ts_idem_find__finds_what_was_written(struct ts_call *call)
{
    const char *id = "evt_1";

    call->idempotency_key = "k1";
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_NEW);
    id = "evt_2";
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_FOUND);
    assert_string_equal(id, "evt_1");
    assert_int_equal(use(call, "createEvent", "b", &id), TS_IDEM_REUSED);
}

static void ts_idem_find__scope_principal_and_key_tell_apart(struct ts_call *call)
{
    const char *id = "evt_1";

    call->idempotency_key = "k1";
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_NEW);
    assert_int_equal(use(call, "createEven", "a", &id), TS_IDEM_NEW);
    call->principal = &owner;
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_NEW);
    call->idempotency_key = "k2";
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_NEW);
    assert_int_equal(use(call, "createEvent", "a", &id), TS_IDEM_FOUND);
}

static void ts_idem_find__without_a_key_is_new_and_writes_nothing(struct ts_call *call)
{
    Probe__EchoRequest request = input("a");
    const char *id = "evt_1";
    struct ts_write write;

    assert_int_equal(ts_idem_find(call, "createEvent", &request.base, &id), TS_IDEM_NEW);
    assert_false(ts_idem_write(call, "createEvent", &request.base, id, &write));
}

static void ts_idem_find__bounds_the_keys_length(struct ts_call *call)
{
    char key[202];
    const char *id = "evt_1";

    memset(key, 'k', sizeof(key));
    key[201] = 0;
    call->idempotency_key = key;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_SHORT);
    call->idempotency_key = key + 1;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    call->idempotency_key = "";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_SHORT);
    call->principal = &anonymous;
    call->idempotency_key = "123456789012345678901";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_SHORT);
    call->idempotency_key = "1234567890123456789012";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
}

static void ts_idem_find__survives_a_restart_for_a_day(struct ts_call *call)
{
    struct ts_runtime *runtime = call->runtime;
    const char *id = "evt_1";

    call->idempotency_key = "k1";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    idem_free(runtime->idem);
    (void)idem_new(runtime, KEYS_MAX);
    fixed_ms += TS_DAY_MS;
    id = NULL;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    assert_string_equal(id, "evt_1");
    fixed_ms += 2 * TS_HOUR_MS;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
}

/* Sold out yesterday, sold today: the key is kept from today. */
static void ts_idem_find__keeps_a_key_from_when_it_was_used(struct ts_call *call)
{
    Probe__EchoRequest request = input("a");
    const char *id = "evt_1";

    call->idempotency_key = "k1";
    assert_int_equal(ts_idem_find(call, "s", &request.base, &id), TS_IDEM_NEW);
    fixed_ms += TS_DAY_MS;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    fixed_ms += TS_DAY_MS;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
}

static void ts_idem_write__conflicts_over_the_full_hour(struct ts_call *call)
{
    Probe__EchoRequest request = input("a");
    const char *left = "evt_1", *right = "evt_2";
    struct ts_write writes[2];

    call->idempotency_key = "k1";
    assert_int_equal(ts_idem_find(call, "s", &request.base, &left), TS_IDEM_NEW);
    fixed_ms += 2;
    assert_int_equal(ts_idem_find(call, "s", &request.base, &right), TS_IDEM_NEW);
    assert_true(ts_idem_write(call, "s", &request.base, right, &writes[1]));
    assert_true(ts_idem_write(call, "s", &request.base, left, &writes[0]));
    assert_int_equal(ts_store_write(call, writes, 2, TS_WRITE_INDEPENDENT), 0);
    assert_int_equal(writes[0].result, TS_WRITE_OK);
    assert_int_equal(writes[1].result, TS_WRITE_CONFLICT);
    assert_int_equal(ts_idem_find(call, "s", &request.base, &right), TS_IDEM_FOUND);
    assert_string_equal(right, "evt_1");
}

static void use_many(struct ts_call *call, int count)
{
    const char *id = "evt_many";

    for (int i = 0; i < count; i++) {
        call->idempotency_key = ts_printf(call->arena, "many-%d", i);
        assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    }
}

static void forget(struct ts_call *call)
{
    struct ts_runtime *runtime = call->runtime;

    idem_free(runtime->idem);
    (void)idem_new(runtime, KEYS_MAX);
}

static void ts_idem_find__loads_more_than_a_page(struct ts_call *call)
{
    const char *id = NULL;

    use_many(call, TS_SCAN_MAX + 100);
    forget(call);
    for (int i = 0; i < TS_SCAN_MAX + 100; i += TS_SCAN_MAX + 99) { /* the first and the last */
        call->idempotency_key = ts_printf(call->arena, "many-%d", i);
        assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    }
}

static void ts_idem_find__loads_again_after_a_store_error(struct ts_call *call)
{
    const char *id = NULL;

    use_many(call, TS_SCAN_MAX + 100);
    for (uint64_t nth = 1; nth <= 2; nth++) { /* the first page, the second */
        forget(call);
        crash_store_fail(call->runtime->store, nth);
        assert_int_equal(use(call, "s", "a", &id), TS_EUNAVAILABLE);
        assert_true(crash_store_failed(call->runtime->store));
        assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    }
}

static int use_one(struct ts_call *call, void *item)
{
    const char *id = NULL;

    call->idempotency_key = item;
    return use(call, "s", "a", &id);
}

static void ts_idem_find__who_comes_during_the_load_waits_for_it(struct ts_call *call)
{
    char keys_text[3][8] = { "many-1", "many-2", "many-3" };
    void *keys[] = { keys_text[0], keys_text[1], keys_text[2] };

    use_many(call, 10);
    forget(call);
    assert_int_equal(ts_all(call, use_one, keys, 1), TS_IDEM_FOUND);
    forget(call);
    assert_int_equal(ts_all(call, use_one, keys, 3), TS_IDEM_FOUND); /* the first; each is the same */
    crash_store_fail(call->runtime->store, 1);
    forget(call);
    assert_int_equal(ts_all(call, use_one, keys, 3), TS_EUNAVAILABLE);
    assert_int_equal(ts_all(call, use_one, keys, 3), TS_IDEM_FOUND);
}

static void ts_idem_find__asks_the_store_for_what_memory_had_to_forget(struct ts_call *call)
{
    const char *id = "evt_1";

    call->idempotency_key = "first";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    fixed_ms += TS_HOUR_MS;
    use_many(call, KEYS_MAX + 10);
    id = NULL;
    call->idempotency_key = "first";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    assert_string_equal(id, "evt_1");
    assert_int_equal(use(call, "s", "b", &id), TS_IDEM_REUSED);
    call->idempotency_key = "never seen";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    forget(call); /* and after a restart, whose load meets as many */
    call->idempotency_key = "first";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    fixed_ms += 26 * (int64_t)TS_HOUR_MS;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
}

static void ts_idem_find__tells_when_the_store_cannot_be_asked(struct ts_call *call)
{
    const char *id = "evt_1";

    call->idempotency_key = "first";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    use_many(call, KEYS_MAX + 10);
    call->idempotency_key = "first";
    crash_store_fail(call->runtime->store, 1);
    assert_int_equal(use(call, "s", "a", &id), TS_EUNAVAILABLE);
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
}

/* The memory of another process, or of this one again. */
static void become(struct ts_call *call, struct idem *idem)
{
    call->runtime->idem = idem;
}

static void ts_idem_find__knows_what_another_process_wrote(struct ts_call *call)
{
    struct idem *own = call->runtime->idem, *other = idem_new(call->runtime, KEYS_MAX);
    const char *id = "evt_1";

    become(call, own);
    use_many(call, 1); /* its memory is loaded */
    become(call, other);
    call->idempotency_key = "first";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    become(call, own);
    fixed_ms += TS_HOUR_MS;
    id = "evt_2";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    assert_string_equal(id, "evt_1");
    become(call, other);
    idem_free(other);
    become(call, own);
}

static void ts_idem_find__knows_it_though_it_was_asked_here_in_vain(struct ts_call *call)
{
    struct idem *own = call->runtime->idem, *other = idem_new(call->runtime, KEYS_MAX);
    Probe__EchoRequest request = input("a");
    const char *id = "evt_1";

    become(call, own);
    call->idempotency_key = "first";
    assert_int_equal(ts_idem_find(call, "s", &request.base, &id), TS_IDEM_NEW);
    become(call, other);
    fixed_ms += TS_HOUR_MS;
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_NEW);
    become(call, own);
    id = "evt_2";
    assert_int_equal(use(call, "s", "a", &id), TS_IDEM_FOUND);
    assert_string_equal(id, "evt_1");
    become(call, other);
    idem_free(other);
    become(call, own);
}

static void ts_idem_refuse__names_the_field(struct ts_call *call)
{
    assert_int_equal(ts_idem_refuse(call, TS_IDEM_REUSED), TS_REFUSED);
    assert_int_equal(ts_idem_refuse(call, TS_IDEM_SHORT), TS_REFUSED);
    assert_int_equal(ts_refusal_count(call), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        idem_unit_test(ts_idem_find__finds_what_was_written),
        idem_unit_test(ts_idem_find__scope_principal_and_key_tell_apart),
        idem_unit_test(ts_idem_find__without_a_key_is_new_and_writes_nothing),
        idem_unit_test(ts_idem_find__bounds_the_keys_length),
        idem_unit_test(ts_idem_find__survives_a_restart_for_a_day),
        idem_unit_test(ts_idem_find__keeps_a_key_from_when_it_was_used),
        idem_unit_test(ts_idem_write__conflicts_over_the_full_hour),
        idem_unit_test(ts_idem_find__loads_more_than_a_page),
        idem_unit_test(ts_idem_find__loads_again_after_a_store_error),
        idem_unit_test(ts_idem_find__who_comes_during_the_load_waits_for_it),
        idem_unit_test(ts_idem_find__asks_the_store_for_what_memory_had_to_forget),
        idem_unit_test(ts_idem_find__tells_when_the_store_cannot_be_asked),
        idem_shared_unit_test(ts_idem_find__knows_what_another_process_wrote),
        idem_shared_unit_test(ts_idem_find__knows_it_though_it_was_asked_here_in_vain),
        idem_unit_test(ts_idem_refuse__names_the_field),
    };

    return cmocka_run_group_tests_name("host/idem", tests, NULL, NULL);
}
