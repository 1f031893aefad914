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

/* `count` lower-case hex digits that are not all zero. */
static bool is_hex(const char *text, size_t count)
{
    unsigned char other = 0, some = 0;

    for (size_t i = 0; i < count; i++) { /* without a branch, so that many go at once */
        unsigned char byte = (unsigned char)text[i];

        other |= !(((unsigned char)(byte - '0') < 10) | ((unsigned char)(byte - 'a') < 6));
        some |= byte ^ '0';
    }
    return !other && some;
}

bool traceparent_read(const char *text, struct ts_trace *trace)
{
    if (!text || strlen(text) != 55 || memcmp(text, "00-", 3) != 0 || text[35] != '-' || text[52] != '-')
        return false;
    if (!is_hex(text + 3, 32) || !is_hex(text + 36, 16) || strspn(text + 53, "0123456789abcdef") != 2)
        return false;
    memcpy(trace->trace_id, text + 3, 32);
    memcpy(trace->parent_id, text + 36, 16);
    trace->sampled = (text[54] - (text[54] <= '9' ? '0' : 'a' - 10)) & 1;
    return true;
}

char *traceparent_write(const struct ts_trace *trace, char *buffer)
{
    char *at = buffer;

    memcpy(at, "00-", 3);
    memcpy(at + 3, trace->trace_id, 32);
    at[35] = '-';
    memcpy(at + 36, trace->span_id, 16);
    memcpy(at + 52, trace->sampled ? "-01" : "-00", 4);
    return buffer;
}
