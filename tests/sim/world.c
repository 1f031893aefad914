/*
 * Instances: each is all modules on a host, over its own front of the one store. One that crashes is left behind with
 * its fibers, whose waits all end as CRASHED; another takes its slot. The documents belong to a keeper, a store that
 * nobody writes through.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bus/inside.h"
#include "host/due.h"
#include "host/host.h"
#include "host/idem.h"
#include "host/keys.h"
#include "host/modules.h"
#include "loop/sleeper.h"
#include "sim.h"
#include "store/crash.h"
#include "telemetry/metrics.h"
#include "tessera/memory.h"

enum { RESTART_MS_MAX = 4000 };

struct slot {
    struct loop_timer timer;   /* rings when it is to start, so that the clock gets there */
    struct instance *instance; /* NULL: down */
    int64_t start_at_ms;
    unsigned lives;
};

struct world {
    struct store *keeper;
    struct ts_runtime observer; /* whose store is the keeper */
    struct slot slots[SIM_INSTANCES_MAX];
    unsigned count;
    struct instance *dead;
};

struct instance *instance_of(struct ts_runtime *runtime)
{
    return (struct instance *)runtime;
}

static int64_t wall_ms(struct ts_runtime *runtime)
{
    struct instance *instance = instance_of(runtime);

    return sim_now_ms(instance->sim) + instance->skew_ms;
}

static void random_bytes(struct ts_runtime *runtime, void *bytes, size_t size)
{
    struct sim *sim = instance_of(runtime)->sim;
    uint8_t *at = bytes;

    for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
        uint64_t drawn = sim_random(sim);

        memcpy(at + i, &drawn, size - i < sizeof(drawn) ? size - i : sizeof(drawn));
    }
}

static uint64_t store_random(void *data)
{
    return sim_random(((struct instance *)data)->sim);
}

static void on_start_time(struct loop_timer *timer)
{
    (void)timer; /* that the loop went round is all */
}

static void on_crash(void *data)
{
    struct instance *instance = data;
    struct sim *sim = instance->sim;
    struct slot *slot = &sim->world->slots[instance->slot];

    trace_line(sim, "instance %u.%u crashes", instance->slot, instance->life);
    sim_count(sim, COUNT_crashes);
    instance->is_up = false;
    instance->runtime.crashed = true;
    sleepers_wake(&instance->runtime);
    instance->next_dead = sim->world->dead;
    sim->world->dead = instance;
    slot->instance = NULL;
    slot->start_at_ms = loop_now_ms(sim->loop) + 1 + sim_draw(sim, RESTART_MS_MAX);
    slot->timer.run = on_start_time;
    loop_timer_start(sim->loop, &slot->timer, slot->start_at_ms - loop_now_ms(sim->loop));
}

/* None when it is calm, and while it starts but that what others wrote is not found at once. */
static struct crash_options weather(struct instance *instance)
{
    const struct sim_knobs *knobs = &instance->sim->knobs;
    struct crash_options options = {
        .random = store_random, .data = instance, .exact = knobs->exact, .on_crash = on_crash
    };

    if (instance->sim->calm)
        return options;
    options.scan_lag_ms_max = knobs->scan_lag_ms;
    if (!instance->is_up)
        return options;
    options.crash_per_million = knobs->crash;
    options.unknown_per_million = knobs->unknown;
    options.travel_ms_max = knobs->travel_ms;
    options.delay_ms_max = knobs->answer_ms;
    return options;
}

void world_weather(struct sim *sim)
{
    for (unsigned i = 0; i < sim->world->count; i++) {
        struct instance *instance = world_at(sim, i);
        struct crash_options options;

        if (!instance)
            continue;
        options = weather(instance);
        crash_store_weather(instance->store, &options);
    }
}

/*
 * One ticket key for all instances and runs, read once: by keys_open() from a file, which stands in memory. Reading it
 * for each instance would be a third of the simulator's time.
 */
static struct keys *ticket_keys(struct sim *sim)
{
    static const uint8_t seed[32] = { "the simulator's ticket key" };
    static struct ts_runtime reader;
    EVP_PKEY *key;
    struct buf problem;
    char path[64];
    FILE *file;

    if (reader.keys)
        return reader.keys;
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
    file = fdopen(memfd_create("ticket-key", 0), "w");
    if (!key || !file || PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1 || fflush(file))
        sim_problem(sim, "there is no ticket key");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
    buf_init(&problem, 1000);
    if (keys_open(&reader, path, &problem))
        sim_problem(sim, "%.*s", (int)problem.size, problem.data);
    buf_done(&problem);
    EVP_PKEY_free(key);
    (void)fclose(file); /* it was read */
    return reader.keys;
}

static void instance_start(struct sim *sim, unsigned number)
{
    struct slot *slot = &sim->world->slots[number];
    struct instance *instance = ts_memory_new(1, sizeof(*instance));
    struct crash_options options;
    struct buf problems;

    buf_init(&problems, 1 << 16);
    runtime_init(&instance->runtime, sim->loop);
    instance->runtime.wall_ms = wall_ms;
    instance->runtime.random = random_bytes;
    instance->runtime.metrics = metrics_new();
    instance->runtime.sandbox = true;
    instance->sim = sim;
    instance->slot = number;
    instance->life = ++slot->lives;
    options = weather(instance);
    instance->store = instance->runtime.store = crash_store_twin(sim->world->keeper, &options);
    slot->instance = instance;
    if (sim->knobs.skew_ms)
        world_step_clock(sim, number);
    instance->runtime.keys = ticket_keys(sim);
    if (host_start(&instance->runtime, &(struct host_config){ .modules = ts_modules, .transport = &hop_transport },
                   &instance->host, &problems))
        sim_problem(sim, "no start: %.*s", (int)problems.size, problems.data);
    buf_done(&problems);
    hop_watch(instance);
    instance->is_up = true;
    options = weather(instance);
    crash_store_weather(instance->store, &options);
    sim_count(sim, COUNT_starts);
    trace_line(sim, "instance %u.%u is up", number, instance->life);
}

void world_tend(struct sim *sim)
{
    struct world *world = sim->world;

    for (unsigned i = 0; i < world->count; i++) {
        if (!world->slots[i].instance && world->slots[i].start_at_ms <= loop_now_ms(sim->loop))
            instance_start(sim, i);
    }
}

struct instance *world_at(struct sim *sim, unsigned slot)
{
    struct instance *instance = sim->world->slots[slot].instance;

    return instance && instance->is_up ? instance : NULL;
}

struct instance *world_any(struct sim *sim)
{
    unsigned first = sim_draw(sim, sim->world->count);

    for (unsigned i = 0; i < sim->world->count; i++) {
        struct instance *instance = world_at(sim, (first + i) % sim->world->count);

        if (instance)
            return instance;
    }
    return NULL;
}

void world_crash(struct sim *sim, unsigned slot)
{
    struct instance *instance = world_at(sim, slot);

    if (instance)
        crash_store_crash(instance->store);
}

void world_step_clock(struct sim *sim, unsigned slot)
{
    struct instance *instance = sim->world->slots[slot].instance;

    if (!instance || !sim->knobs.skew_ms)
        return;
    instance->skew_ms = (int64_t)sim_draw(sim, (unsigned)(2 * sim->knobs.skew_ms + 1)) - sim->knobs.skew_ms;
    sim_count(sim, COUNT_clock_steps);
    trace_line(sim, "instance %u's clock is wrong by %lld ms", slot, (long long)instance->skew_ms);
}

void world_resize(struct sim *sim, unsigned instances)
{
    sim->world->count = instances;
}

void world_restart(struct sim *sim)
{
    for (unsigned i = 0; i < sim->world->count; i++) {
        world_crash(sim, i);
        sim->world->slots[i].start_at_ms = 0;
    }
}

void world_wake(struct sim *sim)
{
    for (unsigned i = 0; i < sim->world->count; i++) {
        struct instance *instance = world_at(sim, i);

        if (!instance)
            continue;
        sleepers_wake(&instance->runtime);
        due_kick(instance->runtime.due);
    }
}

/* The keeper knows all collections, so that who looks at the documents need not ask an instance. */
static void observer_init(struct sim *sim)
{
    static const struct ts_collection *const own[] = { &idem_collection, NULL };
    struct world *world = sim->world;
    struct store_message message;
    int r = store_add(world->keeper, own, &message);

    for (unsigned i = 0; r == 0 && ts_modules[i]; i++)
        r = ts_modules[i]->collections ? store_add(world->keeper, ts_modules[i]->collections, &message) : 0;
    if (r)
        sim_problem(sim, "%s", message.text);
    runtime_init(&world->observer, sim->loop);
    world->observer.store = world->keeper;
}

struct ts_runtime *world_observer(struct sim *sim)
{
    return &sim->world->observer;
}

void world_new(struct sim *sim)
{
    sim->world = ts_memory_new(1, sizeof(*sim->world));
    sim->world->keeper = crash_store_open(sim->loop, NULL, NULL);
    sim->world->count = 1;
    observer_init(sim);
}

static void instance_free(struct instance *instance)
{
    if (!instance->is_up)
        events_done(instance->runtime.bus); /* they waited when it crashed: nobody takes them */
    if (host_stop(instance->host, /* wait_ms= */ 60000))
        sim_problem(instance->sim, "instance %u.%u does not end", instance->slot, instance->life);
    store_close(instance->store);
    metrics_free(instance->runtime.metrics);
    ts_memory_free(instance);
}

void world_free(struct sim *sim)
{
    struct world *world = sim->world;

    for (unsigned i = 0; i < SIM_INSTANCES_MAX; i++) {
        loop_timer_stop(sim->loop, &world->slots[i].timer);
        if (world->slots[i].instance)
            instance_free(world->slots[i].instance);
    }
    while (world->dead) {
        struct instance *dead = world->dead;

        world->dead = dead->next_dead;
        instance_free(dead);
    }
    crash_state_free(crash_store_take(world->keeper));
    ts_memory_free(world);
}
