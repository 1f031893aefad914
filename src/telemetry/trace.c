/* Ids by splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). */
#include "telemetry/trace.h"

#include <string.h>

#include "base/hex.h"

static uint64_t next_id(struct ts_runtime *runtime)
{
    uint64_t id;

    if (!runtime->span_seed)
        runtime->random(runtime, &runtime->span_seed, sizeof(runtime->span_seed));
    id = runtime->span_seed += UINT64_C(0x9e3779b97f4a7c15);
    id = (id ^ (id >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    id = (id ^ (id >> 27)) * UINT64_C(0x94d049bb133111eb);
    id ^= id >> 31;
    return id ? id : 1; /* all zeros mean none */
}

static void put_id(char *at, uint64_t id)
{
    hex_put_number(at, id);
    at[16] = '\0';
}

void trace_begin(struct ts_runtime *runtime, struct ts_trace *ret_trace)
{
    *ret_trace = (struct ts_trace){ .sampled = false };
    put_id(ret_trace->trace_id, next_id(runtime));
    put_id(ret_trace->trace_id + 16, next_id(runtime));
    put_id(ret_trace->span_id, next_id(runtime));
}

void trace_step(struct ts_runtime *runtime, struct ts_trace *trace)
{
    memcpy(trace->parent_id, trace->span_id, sizeof(trace->parent_id));
    put_id(trace->span_id, next_id(runtime));
}
