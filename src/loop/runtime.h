/*
 * The seam. Everything a module reaches through include/tessera/ ends here: clock, randomness, bus and store of one
 * instance. Production fills it with real ones; tests and the simulator with theirs, many instances in one thread.
 */
#ifndef LOOP_RUNTIME_H
#define LOOP_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus;
struct due;
struct idem;
struct keys;
struct log;
struct loop;
struct metrics;
struct store;

struct ts_runtime {
    struct loop *loop;
    int64_t (*wall_ms)(struct ts_runtime *runtime); /* Unix ms; the domain adds clock_offset_ms */
    void (*random)(struct ts_runtime *runtime, void *bytes, size_t size);
    int64_t clock_offset_ms; /* moved by tests: POST <admin>/clock */
    int64_t clock_last_ms;   /* the domain clock never runs backwards */
    uint64_t id_last_ms;     /* ids of a process strictly increase: last time and counter */
    uint32_t id_counter;
    bool crashed; /* a test crashed this instance: every wait returns TS_ECRASHED */
    struct bus *bus;
    struct store *store;
    struct due *due;
    struct idem *idem;
    struct keys *keys;
    struct log *log;
    struct metrics *metrics;
};

/* The real clock and the kernel's randomness. */
void runtime_init(struct ts_runtime *runtime, struct loop *loop);

#endif
