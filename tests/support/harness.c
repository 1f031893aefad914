#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "bus/bus.h"
#include "bus/rate.h"
#include "bus/security.h"
#include "host/host.h"
#include "host/keys.h"
#include "store/crash.h"
#include "store/mongo.h"
#include "support/mongo.h"
#include "support/nats.h"
#include "support/patient.h"
#include "telemetry/metrics.h"

struct harness {
    struct ts_runtime runtime;
    struct store *store;
    bool is_mongo;
    struct host *host;
    struct crash_options options;
};

static const struct ts_principal principals[] = {
    [TS_PRINCIPAL_ANONYMOUS] = { TS_PRINCIPAL_ANONYMOUS, "anonymous" },
    [TS_PRINCIPAL_OWNER] = { TS_PRINCIPAL_OWNER, "owner" },
    [TS_PRINCIPAL_SYSTEM] = { TS_PRINCIPAL_SYSTEM, "system" },
    [TS_PRINCIPAL_USER] = { TS_PRINCIPAL_USER, "usr_01jwnrc0000000000000000000", "ses_01jwnrc0000000000000000000" },
};

/* ---- the instance */

static int64_t wall_ms(struct ts_runtime *runtime)
{
    (void)runtime;
    return HARNESS_NOW_MS;
}

/* As the environment says. Over NATS each call goes out to the server, and comes back to us, who serve it. */
static void choose_bus(struct host_config *config)
{
    static struct nats_server server; /* of all tests of the program */
    const char *name = getenv("TESSERA_TEST_BUS");

    config->transport = name && strcmp(name, "wire") == 0 ? &bus_wire : &bus_local;
    if (!name || strcmp(name, "nats") != 0)
        return;
    if (!nats_server_found())
        exit(77);
    if (!server.pid) {
        nats_server_init(&server);
        nats_server_start(&server);
    }
    config->transport = &bus_nats;
    config->net = &server.net;
}

/* As the environment says: the store of tests, or a database of a real server, which neither fails nor crashes. */
static struct store *choose_store(struct harness *harness, const struct crash_options *options,
                                  struct crash_state *before)
{
    struct store_message message = { "" };
    char uri[MONGO_URI_SIZE];
    struct store *store;

    if (!mongo_wanted())
        return crash_store_open(harness->runtime.loop, options, before);
    assert_false(before || options->random);
    harness->is_mongo = true;
    if (mongo_store_open(harness->runtime.loop, mongo_server_fresh(mongo_server_shared(), uri), NULL, &store, &message))
        fail_msg("%s", message.text);
    return store;
}

static void await_bus(struct ts_runtime *runtime)
{
    const struct ts_metric *connected =
        metrics_get(runtime->metrics, TS_METRIC_GAUGE, "tessera_bus_connected", NULL, "");

    while (!metric_value(connected))
        loop_run_once(runtime->loop, /* wait= */ true);
}

static void on_crash(void *data)
{
    ((struct harness *)data)->runtime.crashed = true;
}

/* The options' own randomness, whose data the crash would get otherwise. */
static uint64_t options_random(void *data)
{
    struct harness *harness = data;

    return harness->options.random(harness->options.data);
}

/* Of all lives: a store that has been written knows another installation by its secret. */
static struct keys *keys_of_all(void)
{
    static struct ts_runtime reader;
    struct buf problems;

    if (reader.keys)
        return reader.keys;
    buf_init(&problems, 1 << 16);
    assert_int_equal(keys_open(&reader, NULL, &problems), 0);
    buf_done(&problems);
    return reader.keys;
}

struct harness *harness_begin(const struct ts_module *const *modules, const struct crash_options *options,
                              struct crash_state *before)
{
    struct harness *harness = calloc(1, sizeof(*harness));
    struct host_config config = { .modules = modules };
    struct crash_options own = options ? *options : (struct crash_options){ 0 }, calm;
    struct buf problems;

    assert_non_null(harness);
    harness->options = own;
    own.random = own.random ? options_random : NULL;
    own.on_crash = on_crash;
    own.data = harness;
    buf_init(&problems, 1 << 16);
    runtime_init(&harness->runtime, loop_new());
    harness->runtime.wall_ms = wall_ms;
    harness->runtime.metrics = metrics_new();
    harness->runtime.security = security_new(&harness->runtime);
    harness->runtime.rates = rates_new(&harness->runtime, &(struct rates_config){ .text = NULL }, &problems);
    calm = own;
    calm.crash_per_million = 0; /* who dies before the start has promised nobody anything */
    harness->store = harness->runtime.store = choose_store(harness, &calm, before);
    harness->runtime.keys = keys_of_all();
    choose_bus(&config);
    if (host_start(&harness->runtime, &config, &harness->host, &problems))
        fail_msg("%.*s", (int)problems.size, problems.data);
    if (harness->is_mongo)
        patient_bus(harness->runtime.bus);
    else
        crash_store_weather(harness->store, &own);
    if (config.net)
        await_bus(&harness->runtime);
    buf_done(&problems);
    return harness;
}

struct harness *harness_new(const struct ts_module *const *modules)
{
    return harness_begin(modules, NULL, NULL);
}

struct crash_state *harness_end(struct harness *harness)
{
    struct crash_state *state = NULL;

    assert_int_equal(host_stop(harness->host, /* wait_ms= */ 10000), 0);
    if (harness->is_mongo)
        store_close(harness->store);
    else
        state = crash_store_take(harness->store);
    rates_free(harness->runtime.rates);
    security_free(harness->runtime.security);
    metrics_free(harness->runtime.metrics);
    loop_free(harness->runtime.loop);
    free(harness);
    return state;
}

void harness_free(struct harness *harness)
{
    crash_state_free(harness_end(harness));
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

void harness_advance(struct ts_call *call, int64_t duration_ms)
{
    assert_int_equal(host_clock_advance(harness_of(call)->host, duration_ms), 0);
}

/* ---- a store that fails */

void harness_store_fail(struct harness *harness, uint64_t nth)
{
    if (!harness->is_mongo)
        crash_store_fail(harness->store, nth);
}

bool harness_store_failed(const struct harness *harness)
{
    return !harness->is_mongo && crash_store_failed(harness->store);
}

bool harness_store_is_real(const struct harness *harness)
{
    return harness->is_mongo;
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
