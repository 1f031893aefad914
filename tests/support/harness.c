#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "bus/bus.h"
#include "host/modules.h"
#include "store/crash.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

struct harness {
    struct ts_runtime runtime;
    struct store *store;
    const struct ts_module *const *modules;
};

static const struct ts_principal principals[] = {
    [TS_PRINCIPAL_ANONYMOUS] = { TS_PRINCIPAL_ANONYMOUS, "anonymous" },
    [TS_PRINCIPAL_OWNER] = { TS_PRINCIPAL_OWNER, "owner" },
    [TS_PRINCIPAL_SYSTEM] = { TS_PRINCIPAL_SYSTEM, "system" },
};

/* ---- the instance */

static int64_t wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return HARNESS_NOW_MS;
}

static void modules_start(struct ts_call *call, void *data)
{
    struct harness *harness = data;

    for (const struct ts_module *const *at = harness->modules; *at; at++) {
        void *state = NULL;

        if ((*at)->start)
            assert_int_equal((*at)->start(call, &state), 0);
        bus_set_state(harness->runtime.bus, *at, state);
    }
}

static const struct bus_transport *transport(void)
{
    const char *name = getenv("TESSERA_TEST_BUS");

    return name && strcmp(name, "wire") == 0 ? &bus_wire : &bus_local;
}

struct harness *harness_new(const struct ts_module *const *modules)
{
    struct harness *harness = calloc(1, sizeof(*harness));
    struct store_message message;
    struct buf problems;

    assert_non_null(harness);
    buf_init(&problems, 1 << 16);
    runtime_init(&harness->runtime, loop_new());
    harness->runtime.wall_ms = wall_ms;
    harness->modules = modules;
    harness->store = crash_store_open(harness->runtime.loop, NULL, NULL);
    harness->runtime.store = harness->store;
    bus_new(&harness->runtime, transport());
    for (const struct ts_module *const *at = harness->modules; *at; at++) {
        assert_int_equal(bus_add(harness->runtime.bus, *at, &problems), 0);
        assert_int_equal(store_add(harness->store, (*at)->collections, &message), 0);
    }
    buf_done(&problems);
    fiber_test_run(&harness->runtime, modules_start, harness);
    return harness;
}

void harness_free(struct harness *harness)
{
    while (bus_busy(harness->runtime.bus))
        loop_run_once(harness->runtime.loop, /* wait= */ true);
    bus_free(harness->runtime.bus);
    store_close(harness->store);
    loop_free(harness->runtime.loop);
    free(harness);
}

struct harness *harness_of(const struct ts_call *call)
{
    return (struct harness *)((char *)call->runtime - offsetof(struct harness, runtime));
}

/* ---- a test's body */

struct body {
    void (*run)(struct ts_call *call, void *data);
    void *data;
};

static void as_owner(struct ts_call *call, void *data)
{
    struct body *body = data;

    harness_as(call, TS_PRINCIPAL_OWNER);
    body->run(call, body->data);
}

void harness_run(struct harness *harness, void (*run)(struct ts_call *call, void *data), void *data)
{
    struct body body = { run, data };

    fiber_test_run(&harness->runtime, as_owner, &body);
}

static void entry_body(struct ts_call *call, void *data)
{
    ((struct harness_test *)data)->body(call);
}

void harness_entry(void **state)
{
    struct harness_test *test = *state;
    struct harness *harness = harness_new(test->modules);

    harness_run(harness, entry_body, test);
    harness_free(harness);
}

void harness_as(struct ts_call *call, enum ts_principal_kind kind)
{
    call->principal = &principals[kind];
}

void harness_key(struct ts_call *call, const char *key)
{
    call->idempotency_key = key;
}

/* ---- the clock */

/* Continue all that is due now, as the host does. Return: how many documents were. */
static size_t due_run(struct ts_call *call, const struct ts_due *due)
{
    struct ts_scan scan = { .collection = due->collection,
                            .index = "due",
                            .to = TS_INT(ts_now_ms(call) + 1),
                            .limit = TS_SCAN_MAX,
                            .keys_only = true };
    struct ts_page page;

    assert_int_equal(ts_store_scan(call, &scan, &page), 0);
    for (size_t i = 0; i < page.count; i++)
        assert_int_equal(due->handler(call, page.docs[i].id), 0);
    return page.count;
}

void harness_advance(struct ts_call *call, int64_t duration_ms)
{
    struct harness *harness = harness_of(call);
    size_t count;

    runtime_clock_advance(call->runtime, duration_ms);
    do {
        struct ts_call system = *call;

        count = 0;
        system.principal = &principals[TS_PRINCIPAL_SYSTEM];
        system.idempotency_key = NULL;
        for (const struct ts_module *const *at = harness->modules; *at; at++)
            for (const struct ts_due *due = (*at)->due; due && due->collection; due++)
                count += due_run(&system, due);
    } while (count);
}

/* ---- a store that fails */

void harness_store_fail(struct harness *harness, uint64_t nth)
{
    crash_store_fail(harness->store, nth);
}

bool harness_store_failed(const struct harness *harness)
{
    return crash_store_failed(harness->store);
}

/* ---- refusals */

const char *harness_path(char *const *steps, size_t count)
{
    static char path[256];
    size_t size = 0;

    path[0] = '\0';
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(path + size, sizeof(path) - size, "%s%s", i ? "." : "", steps[i]);
    return path;
}
