/* The trace: a running SHA-256 over all that happened, which two runs of one seed must share. */
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

struct trace {
    EVP_MD_CTX *digest;
};

bool trace_is_shown;

struct trace *trace_new(uint64_t seed)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    if (!trace)
        abort();
    trace->digest = EVP_MD_CTX_new();
    if (!trace->digest || EVP_DigestInit_ex(trace->digest, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(trace->digest, &seed, sizeof(seed)) != 1)
        abort();
    return trace;
}

void trace_free(struct trace *trace, char ret_hash[65])
{
    uint8_t bytes[32];

    if (EVP_DigestFinal_ex(trace->digest, bytes, NULL) != 1)
        abort();
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(ret_hash + 2 * i, 3, "%02x", bytes[i]); /* it has room */
    EVP_MD_CTX_free(trace->digest);
    free(trace);
}

void trace_bytes(struct sim *sim, const void *bytes, size_t size)
{
    if (size && EVP_DigestUpdate(sim->trace->digest, bytes, size) != 1)
        abort();
}

void trace_line(struct sim *sim, const char *format, ...)
{
    char line[400];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    size = size < (int)sizeof(line) ? size : (int)sizeof(line) - 1;
    trace_bytes(sim, line, (size_t)size);
    if (trace_is_shown)
        printf("%9.3f %s\n", (double)(loop_now_ms(sim->loop) - sim->start_ms) / 1000, line);
}
