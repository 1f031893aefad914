/*
 * The store of tests and of the simulator: in memory, deterministic, and as bad as a store may be. It may crash between
 * any two documents of a write and keep any prefix, or of an INDEPENDENT write any subset; it loses what it had not
 * begun; it fails a chosen request; requests and answers travel, and overtake each other; a write may end as UNKNOWN,
 * done, not done, or done later; what was on its way in a crash may still arrive. What it has answered it never loses.
 *
 *     store = crash_store_open(loop, &options, NULL);  …  crash_store_crash(store);  state = crash_store_take(store);
 *     store = crash_store_open(loop, &options, state);     the next instance starts on what was left
 */
#ifndef STORE_CRASH_H
#define STORE_CRASH_H

#include "store/store.h"

enum { CRASH_STRAY_MS_MAX = 5000 };

struct crash_state; /* what survived: all documents, no collections and no requests */

struct crash_options {
    /* Random 64 bits; NULL: nothing bad ever happens. */
    uint64_t (*random)(void *data);
    void *data;
    unsigned crash_per_million;   /* before each document, and before each answer */
    unsigned travel_ms_max;       /* until a request takes effect; 0: at the end of the tick */
    unsigned delay_ms_max;        /* of an answer; 0: at the end of the tick */
    unsigned unknown_per_million; /* a write's: it ends as UNKNOWN, and may be done CRASH_STRAY_MS_MAX later */
    /*
     * Its scans may miss for so long what others wrote, and what ended as UNKNOWN, as MongoDB's heads follow behind the
     * answer: a document that is new, or stands at a new place. Of what it wrote itself, this is for others. 0:
     * neither.
     */
    unsigned scan_lag_ms_max;
    bool exact;        /* the front's cache may answer: nobody else has these documents */
    uint64_t fail_nth; /* this request, counted from 1, fails as UNAVAILABLE, nothing done; 0: none */
    /* Told once, when it crashes: set ts_runtime.crashed. After it each request ends as TS_ECRASHED. */
    void (*on_crash)(void *data);
};

/* Takes `before`, which may be NULL. */
struct store *crash_store_open(struct loop *loop, const struct crash_options *options, struct crash_state *before);

/* Another process on the same documents; it has to be closed (store_close()) before `other` is taken. */
struct store *crash_store_twin(struct store *other, const struct crash_options *options);

/* From now on these, but for `exact`. */
void crash_store_weather(struct store *store, const struct crash_options *options);

/* Crash now, with whatever is on its way. */
void crash_store_crash(struct store *store);

/* The n-th request from now fails as UNAVAILABLE, nothing done; 0: none. And whether it did. */
void crash_store_fail(struct store *store, uint64_t nth);
bool crash_store_failed(const struct store *store);

/* The same, but a write ends as UNKNOWN, done or not. */
void crash_store_fail_unknown(struct store *store, uint64_t nth, bool done);

/* What is left; the store is closed. Requests must have ended: after a crash each does, at its answer's time. */
struct crash_state *crash_store_take(struct store *store);
void crash_state_free(struct crash_state *state);

#endif
