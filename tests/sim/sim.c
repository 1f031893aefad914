/* One seed, from its first draw to the last check. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "book.h"
#include "tessera/memory.h"

/*
 * 2026-06-01T12:12:00Z. Where the store is shared, or a write may arrive late, all that people ask is asked within one
 * hour, clocks that are wrong by ten minutes included: around the full hour is the known gap of host/idem.c.
 */
#define WORLD_BEGINS_MS INT64_C(1780315920000)

enum {
    JUMPED_MS_MAX = 1 * TS_MINUTE_MS,      /* while people ask, before the last jump: so there is one */
    JUMPED_MS_MAX_EXACT = 18 * TS_HOUR_MS, /* a key is remembered for a day */
    SETTLE_MS = 16000,                     /* the due engine looks each five seconds; a half-done step waits fifteen */
    SETTLE_ROUNDS = 30,                    /* each of which a lifetime of a hold, or more, goes by */
    STRAYS_MS = 6000,                      /* until the last message has arrived */
};

/* ---- drawing */

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
uint64_t sim_random(struct sim *sim)
{
    uint64_t bits = sim->draws += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

unsigned sim_draw(struct sim *sim, unsigned below)
{
    return (unsigned)(sim_random(sim) % below);
}

bool sim_fault(struct sim *sim, unsigned percent)
{
    return percent && !sim->calm && sim_draw(sim, 100) < percent;
}

/* In half of the seeds nothing of it, else up to `max`. */
static unsigned draw_knob(struct sim *sim, unsigned max)
{
    unsigned value = 1 + sim_draw(sim, max);

    return sim_draw(sim, 2) ? value : 0;
}

static void draw_knobs(struct sim *sim)
{
    struct sim_knobs *knobs = &sim->knobs;

    knobs->instances = 1 + sim_draw(sim, SIM_INSTANCES_MAX);
    knobs->wire = sim_draw(sim, 2);
    knobs->buyers = 2 + sim_draw(sim, 7);
    knobs->gates = 1 + sim_draw(sim, 3);
    knobs->rounds = 2 + sim_draw(sim, 6);
    knobs->crash = draw_knob(sim, 4000);
    knobs->unknown = draw_knob(sim, 20000);
    knobs->lose = draw_knob(sim, 10);
    knobs->twice = draw_knob(sim, 15);
    knobs->hop = draw_knob(sim, 60);
    knobs->hop_lose = draw_knob(sim, 6);
    knobs->hop_twice = draw_knob(sim, 6);
    knobs->hint_lose = draw_knob(sim, 50);
    knobs->sale_cut = draw_knob(sim, 20);
    knobs->delay_ms = sim_draw(sim, 4) ? 30 : 1500;
    knobs->travel_ms = draw_knob(sim, sim_draw(sim, 4) ? 20 : 800);
    knobs->answer_ms = draw_knob(sim, sim_draw(sim, 4) ? 20 : 800);
    knobs->skew_ms = draw_knob(sim, 3) * INT64_C(200000);
    knobs->jumps = sim_draw(sim, 2);
    knobs->power_cuts = sim_draw(sim, 4) == 0;
    knobs->scan_lag_ms = draw_knob(sim, sim_draw(sim, 2) ? 60 : 3000);
    knobs->exact = knobs->instances == 1 && sim_draw(sim, 2);
    if (!knobs->exact)
        return;
    knobs->unknown = knobs->travel_ms = knobs->scan_lag_ms = 0; /* a process and its own file */
    knobs->hop = 0;
}

/* ---- time */

int64_t sim_now_ms(const struct sim *sim)
{
    return WORLD_BEGINS_MS + loop_now_ms(sim->loop) - sim->start_ms + sim->jumped_ms;
}

void sim_jump(struct sim *sim, int64_t jump_ms)
{
    sim->jumped_ms += jump_ms;
    sim->jumps++;
    sim_count(sim, COUNT_jumps);
    trace_line(sim, "the clock jumps by %lld ms", (long long)jump_ms);
    world_wake(sim);
}

struct pause {
    struct loop_timer timer; /* first */
    struct fiber *fiber;
    bool over;
};

static void on_pause_over(struct loop_timer *timer)
{
    struct pause *pause = (struct pause *)timer;

    pause->over = true;
    fiber_wake(pause->fiber);
}

void sim_pause(struct sim *sim, int64_t pause_ms)
{
    struct pause pause = { .timer.run = on_pause_over, .fiber = fiber_self() };

    loop_timer_start(sim->loop, &pause.timer, pause_ms);
    while (!pause.over)
        fiber_suspend();
}

/* ---- what is wrong */

static struct sim *sim_running; /* for who is called by a signal */

void sim_problem(struct sim *sim, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "seed %llu: ", (unsigned long long)sim->seed);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nagain: ./dev sim --seed %llu\n", (unsigned long long)sim->seed);
    _exit(1);
}

uint64_t sim_running_seed(void)
{
    return sim_running ? sim_running->seed : 0;
}

/* ---- people */

struct person {
    struct client client;
    void (*live)(struct client *client);
};

static void person_main(void *data)
{
    struct person *person = data;

    person->live(&person->client);
    person->client.sim->people--;
    ts_arena_free(person->client.arena);
    ts_memory_free(person);
}

void people_spawn(struct sim *sim, void (*live)(struct client *client), const char *name, unsigned number,
                  enum ts_principal_kind kind)
{
    struct person *person = ts_memory_new(1, sizeof(*person));

    person->live = live;
    person->client = (struct client){ .sim = sim, .kind = kind, .number = number };
    snprintf(person->client.name, sizeof(person->client.name), "%s", name);
    person->client.arena = ts_arena_new();
    sim->people++;
    fiber_spawn(sim->loop, person_main, person);
}

/* ---- looking at the documents */

typedef void look(struct sim *sim, struct ts_call *call);

/* On a fiber. */
static void look_now(struct sim *sim, look *run)
{
    static const struct ts_principal system = { TS_PRINCIPAL_SYSTEM, "system" };
    struct ts_arena *arena = ts_arena_new();
    struct ts_call call = { .arena = arena,
                            .principal = &system,
                            .operation = "look",
                            .locale = "en",
                            .deadline_ms = INT64_MAX,
                            .runtime = world_observer(sim) };

    run(sim, &call);
    ts_arena_free(arena);
}

struct looking {
    struct sim *sim;
    look *run;
    bool ended;
};

static void looking_main(void *data)
{
    struct looking *looking = data;

    look_now(looking->sim, looking->run);
    looking->ended = true;
}

bool sim_may_jump(const struct sim *sim)
{
    return sim->knobs.jumps && sim->jumped_ms < (sim->knobs.exact ? JUMPED_MS_MAX_EXACT : JUMPED_MS_MAX);
}

/* Bad things that are no one message's: a process ends, all do at once, clocks are set. */
static void nature_live(struct client *client)
{
    struct sim *sim = client->sim;

    while (sim->people > 1) {
        unsigned what = sim_draw(sim, 12);
        unsigned slot = sim_draw(sim, sim->knobs.instances);

        sim_pause(sim, 1 + sim_draw(sim, 4000));
        if (what == 0 && sim->knobs.crash)
            world_crash(sim, slot);
        if (what == 1)
            world_step_clock(sim, slot);
        if (what == 2 && sim_may_jump(sim))
            sim_jump(sim, sim->knobs.exact && sim_draw(sim, 4) == 0 ? 3 * TS_HOUR_MS : 16 * TS_MINUTE_MS);
        if (what == 4)
            look_now(sim, check_moment);
        if (what != 3 || !sim->knobs.power_cuts)
            continue;
        sim_count(sim, COUNT_power_cuts);
        for (unsigned i = 0; i < sim->knobs.instances; i++)
            world_crash(sim, i);
    }
}

/* The main stack's: everything goes on until `*over` or for `wait_ms`. */
static void run_until(struct sim *sim, const bool *over, int64_t wait_ms)
{
    int64_t end_ms = loop_now_ms(sim->loop) + wait_ms;

    while (!*over && loop_now_ms(sim->loop) < end_ms) {
        world_tend(sim);
        loop_run_once(sim->loop, /* wait= */ true);
    }
}

static void look_at(struct sim *sim, look *run)
{
    struct looking looking = { .sim = sim, .run = run };

    fiber_spawn(sim->loop, looking_main, &looking);
    run_until(sim, &looking.ended, TS_HOUR_MS);
    if (!looking.ended)
        sim_problem(sim, "looking at the documents does not end");
}

/* ---- the acts */

static void run_people(struct sim *sim)
{
    int64_t end_ms = loop_now_ms(sim->loop) + TS_HOUR_MS;

    while (sim->people) {
        world_tend(sim);
        loop_run_once(sim->loop, /* wait= */ true);
        if (loop_now_ms(sim->loop) > end_ms)
            sim_problem(sim, "people wait for ever");
    }
}

static void act_open(struct sim *sim)
{
    sim->calm = true;
    world_tend(sim);
    people_spawn(sim, promoter_open, "promoter", 0, TS_PRINCIPAL_OWNER);
    run_people(sim);
}

static void act_sell(struct sim *sim)
{
    world_restart(sim);
    world_resize(sim, sim->knobs.instances);
    world_tend(sim);
    sim->calm = false;
    world_weather(sim);
    for (unsigned i = 0; i < sim->knobs.buyers; i++)
        people_spawn(sim, buyer_live, "buyer", i, TS_PRINCIPAL_ANONYMOUS);
    for (unsigned i = 0; i < sim->knobs.gates; i++)
        people_spawn(sim, gate_live, "gate", i, TS_PRINCIPAL_OWNER);
    for (unsigned i = 0; i < 2; i++) { /* who get in each other's way */
        people_spawn(sim, staff_live, "staff", i, TS_PRINCIPAL_OWNER);
        people_spawn(sim, promoter_live, "promoter", i, TS_PRINCIPAL_OWNER);
    }
    people_spawn(sim, nature_live, "nature", 0, TS_PRINCIPAL_SYSTEM);
    run_people(sim);
}

static bool settled;

static void look_settled(struct sim *sim, struct ts_call *call)
{
    settled = check_is_settled(sim, call);
}

/* One instance, whose clock is right, in fair weather, until nothing is left to follow. */
static void act_settle(struct sim *sim)
{
    const bool never = false;
    unsigned quiet = 0;

    sim->calm = true;
    world_weather(sim);
    run_until(sim, &never, STRAYS_MS);
    world_restart(sim);
    sim->knobs.skew_ms = 0;
    world_resize(sim, 1);
    world_tend(sim);
    look_at(sim, check_moment);
    for (unsigned i = 0; i < SETTLE_ROUNDS && quiet < 2; i++) {
        sim_jump(sim, i % 3 == 2 ? 8 * (int64_t)TS_DAY_MS : 16 * TS_MINUTE_MS);
        run_until(sim, &never, SETTLE_MS);
        settled = false;
        look_at(sim, look_settled);
        quiet = settled ? quiet + 1 : 0;
    }
    if (!settled)
        sim_problem(sim, "it does not settle");
}

static void act_end(struct sim *sim)
{
    const bool never = false;

    look_at(sim, check_end);
    people_spawn(sim, staff_settle, "staff", 0, TS_PRINCIPAL_OWNER);
    run_people(sim);
    people_spawn(sim, drain_live, "drain", 0, TS_PRINCIPAL_ANONYMOUS);
    run_people(sim);
    run_until(sim, &never, STRAYS_MS);
    look_at(sim, check_moment);
    look_at(sim, check_drained);
}

void sim_run(uint64_t seed, uint64_t counts[SIM_COUNT_MAX], char ret_hash[65])
{
    struct sim sim = { .seed = seed, .draws = seed, .counts = counts };

    sim_running = &sim;
    sim.loop = loop_new();
    loop_clock_stop(sim.loop);
    sim.start_ms = loop_now_ms(sim.loop);
    sim.trace = trace_new(seed);
    sim.book = book_new();
    draw_knobs(&sim);
    world_new(&sim);
    act_open(&sim);
    act_sell(&sim);
    act_settle(&sim);
    act_end(&sim);
    world_free(&sim);
    trace_free(sim.trace, ret_hash);
    book_free(sim.book);
    loop_free(sim.loop);
    sim_running = NULL;
}
