/*
 * The simulator: the real modules, several instances of all of them on one store, in one thread, on a clock that jumps
 * from timer to timer. Everything that happens is drawn from one number, the seed, so that what went wrong once goes
 * wrong again. People (buyer.c, staff.c, guest.c, gate.c) ask over a bad network (net.c); instances (world.c) crash,
 * are wrong about the time, and call each other over a bad bus (hop.c); the store is store/crash.h. What people were
 * told is kept in the book (book.h), and in the end check.c lays it beside the documents.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bus/bus.h"
#include "count.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "store/store.h"
#include "tessera/call.h"
#include "tessera/clock.h"
#include "tessera/id.h"

enum { SIM_INSTANCES_MAX = 3 };

/* How bad the weather is, drawn per seed; each fault is off in many seeds, so that it does not hide another. */
struct sim_knobs {
    unsigned instances;
    bool exact; /* one process that owns its store, as on SQLite: the front's caches answer */
    bool wire;  /* the bus between modules of one instance encodes */
    unsigned buyers, gates;
    unsigned rounds; /* of each person */
    /* per million */
    unsigned crash, unknown;
    /* per cent, of messages between people and instances, and of calls between instances */
    unsigned lose, twice, hop, hop_lose, hop_twice, hint_lose;
    unsigned sale_cut; /* per cent, of sold holds: who sold it ends before it tells the order */
    unsigned delay_ms, travel_ms, answer_ms;
    unsigned scan_lag_ms; /* until scans meet what other instances wrote */
    int64_t skew_ms;      /* of an instance's clock, either way */
    bool jumps, power_cuts;
};

struct sim {
    uint64_t seed, draws;
    struct loop *loop;
    int64_t start_ms, jumped_ms; /* loop's clock at the start; what the world's clock has jumped since */
    unsigned jumps;
    struct sim_knobs knobs;
    bool calm; /* no more faults */
    unsigned people;
    struct world *world;
    struct trace *trace;
    struct book *book;
    uint64_t *counts; /* by enum sim_count, over all seeds */
};

/* Run one seed; what is wrong ends the process. The hash of its trace as hex. */
void sim_run(uint64_t seed, uint64_t counts[SIM_COUNT_MAX], char ret_hash[65]);

/* The seed that runs now, 0 for none: for who is called by a signal. */
uint64_t sim_running_seed(void);

/* ---- drawing: one draw per statement, in no order that the compiler chooses */

uint64_t sim_random(struct sim *sim);
/* Below `below`, which is not 0. */
unsigned sim_draw(struct sim *sim, unsigned below);
/* In so many of a hundred cases; never when it is calm. */
bool sim_fault(struct sim *sim, unsigned percent);

static inline void sim_count(struct sim *sim, enum sim_count what)
{
    sim->counts[what]++;
}

/* Something that must not be: say what, and which command shows it again, and end. */
void sim_problem(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* The world's time, Unix ms; instances may think otherwise. */
int64_t sim_now_ms(const struct sim *sim);
/* On a fiber: let so much of the loop's time pass. */
void sim_pause(struct sim *sim, int64_t pause_ms);
/* The world's clock jumps forward for all. */
void sim_jump(struct sim *sim, int64_t jump_ms);
/* May somebody make it jump once more? */
bool sim_may_jump(const struct sim *sim);

/* ---- trace.c: what happened, hashed */

struct trace *trace_new(uint64_t seed);
void trace_free(struct trace *trace, char ret_hash[65]);
void trace_line(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace_bytes(struct sim *sim, const void *bytes, size_t size);
extern bool trace_is_shown; /* print each line */

/* ---- world.c: instances */

struct instance {
    struct ts_runtime runtime; /* first: instance_of() */
    struct sim *sim;
    unsigned slot, life;
    struct store *store;
    struct host *host;
    struct bus_watcher watcher;
    int64_t skew_ms;
    bool is_up; /* started and not crashed */
    struct instance *next_dead;
};

struct instance *instance_of(struct ts_runtime *runtime);
void world_new(struct sim *sim);
/* Everything is over: nobody runs. */
void world_free(struct sim *sim);
/* One that only reads documents, by a store without faults. */
struct ts_runtime *world_observer(struct sim *sim);
/* From the loop's own stack: start what is to start. */
void world_tend(struct sim *sim);
/* One that is up, drawn; NULL when there is none. */
struct instance *world_any(struct sim *sim);
struct instance *world_at(struct sim *sim, unsigned slot);
/* Now: what is on its way may be lost. It starts again after a while. */
void world_crash(struct sim *sim, unsigned slot);
/* Its clock is set, to a wrong time perhaps. */
void world_step_clock(struct sim *sim, unsigned slot);
/* The weather changed: stores are as bad as it is now. */
void world_weather(struct sim *sim);
/* From now on so many. */
void world_resize(struct sim *sim, unsigned instances);
/* All of them end and start anew. */
void world_restart(struct sim *sim);
/* All sleepers and due engines look again. */
void world_wake(struct sim *sim);

/* hop.c: how calls between modules travel. */
extern const struct bus_transport hop_transport;
void hop_watch(struct instance *instance);

/* ---- net.c: people ask */

struct client {
    struct sim *sim;
    char name[24];
    struct ts_arena *arena; /* emptied by client_forget() */
    enum ts_principal_kind kind;
    unsigned number;
};

/* Nothing was heard: it may have been done, or be done later. Other failures are the ts_error that was answered. */
enum { NET_SILENT = 1 };

/* Ask a method by its name. Return: 0 and *ret_reply in the client's arena; NET_SILENT; a ts_error. */
int net_ask(struct client *client, const ProtobufCServiceDescriptor *service, const char *method,
            const ProtobufCMessage *request, const char *key, const ProtobufCMessage **ret_reply);

/* A message on its way to any instance, as `principal` and not waited for; `request` is copied. */
void net_send_copy(struct sim *sim, const ProtobufCServiceDescriptor *service, unsigned method,
                   const ProtobufCMessage *request, const struct ts_call *like);

/* ---- people: each lives on a fiber of its own until its rounds are over */

void people_spawn(struct sim *sim, void (*live)(struct client *client), const char *name, unsigned number,
                  enum ts_principal_kind kind);

void promoter_open(struct client *client); /* makes the events, in fair weather */
void promoter_live(struct client *client);
void buyer_live(struct client *client);
void staff_live(struct client *client);
void staff_settle(struct client *client); /* sizes as last asked for, in fair weather */
void guests_live(struct client *client);  /* one thing, now and then, by staff */
void guests_settle(struct client *client);
void gate_live(struct client *client);
void drain_live(struct client *client); /* buys all that is left, in fair weather */

/* ---- check.c */

/* At any time: what must hold in each moment. On a fiber of an instance's call. */
void check_moment(struct sim *sim, struct ts_call *call);
/* When all is settled. */
void check_end(struct sim *sim, struct ts_call *call);
/* After drain_live(): every place is sold. */
void check_drained(struct sim *sim, struct ts_call *call);
/* Is anything still to follow? */
bool check_is_settled(struct sim *sim, struct ts_call *call);

#endif
