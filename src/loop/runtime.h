/*
 * The seam. Everything a module reaches through include/tessera/ ends here: clock, randomness, bus and store of one
 * instance. Production fills it with real ones; tests and the simulator with theirs, many instances in one thread.
 */
#ifndef LOOP_RUNTIME_H
#define LOOP_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/call.h"

struct bus;
struct due;
struct idem;
struct keys;
struct log;
struct loop;
struct metrics;
struct outbound;
struct password_queue;
struct rates;
struct security;
struct sleeper;
struct store;
struct ts_call;
struct ts_collection;

struct random_pool {
    uint8_t bytes[1024]; /* the first `left` are still to be given out */
    size_t left;
};

struct ts_runtime {
    struct loop *loop;
    int64_t (*wall_ms)(struct ts_runtime *runtime); /* Unix ms; the domain adds clock_offset_ms */
    void (*random)(struct ts_runtime *runtime, void *bytes, size_t size);
    int64_t clock_offset_ms; /* moved by tests: POST <admin>/clock */
    int64_t clock_last_ms;   /* the domain clock never runs backwards */
    uint64_t id_last_ms;     /* ids of a process strictly increase: last time and counter */
    uint32_t id_counter;
    uint64_t span_seed; /* of trace.h's ids; 0: not drawn yet */
    const char *origin; /* --web-origin; NULL: nobody said */
    bool sandbox;       /* --sandbox: sandbox payments buy on every event */
    const char *settings[TS_SETTING_COUNT];
    bool crashed;             /* a test crashed this instance: every wait returns TS_ECRASHED */
    bool cancelled;           /* it is about to end: every wait returns TS_ECANCELLED; see runtime_cancel() */
    int64_t cancelled_ms;     /* since then, on loop_now_ms() */
    struct sleeper *sleepers; /* fibers in ts_sleep() and ts_wait(), to look again when clock or life change */
    /* The store calls it, when set, for each document written here with a due_ms in an index "due". */
    void (*on_due)(struct ts_runtime *runtime, const struct ts_collection *collection, int64_t due_ms);
    struct bus *bus;
    struct store *store;
    struct due *due;
    struct idem *idem;
    struct keys *keys;
    struct password_queue *passwords; /* made when first needed */
    struct outbound *outbound;        /* NULL: other servers cannot be asked here */
    struct security *security;        /* NULL: nobody wants to know */
    struct rates *rates;              /* NULL: nothing is limited */
    struct log *log;
    struct metrics *metrics;
    struct random_pool random_pool; /* of the kernel's randomness */
};

/* The real clock and the kernel's randomness. */
void runtime_init(struct ts_runtime *runtime, struct loop *loop);

/* The domain's clock: the wall's plus what tests have moved it, never backwards. */
int64_t runtime_now_ms(struct ts_runtime *runtime);

/* Move the domain's clock forward; sleepers whose time came by it wake in this tick. */
void runtime_clock_advance(struct ts_runtime *runtime, int64_t advance_ms);

/*
 * May this call begin a wait? To be asked before each one, and after it where the instance may have crashed meanwhile.
 * Return: 0; TS_ECRASHED; TS_ECANCELLED; TS_EDEADLINE.
 */
int runtime_wait_check(const struct ts_call *call);

/* On a fiber, in a loop over what callers send: lets others run when this one has held the loop for a millisecond. */
void runtime_give_way(void);

/* Until when the call may wait, on loop_now_ms(): its deadline, or sooner when the instance is about to end. */
int64_t runtime_call_end_ms(const struct ts_call *call);

/*
 * The instance is about to end: waits under way and new ones return TS_ECANCELLED, but a write that was handed to the
 * store is awaited, and a shield has its second.
 */
void runtime_cancel(struct ts_runtime *runtime);

#endif
