/*
 * tessera-sim COUNT | --seed SEED | --from SEED COUNT: seeds 1 to COUNT, that one, or COUNT from SEED on. Each seed's
 * hash with --hashes, each step with --trace. --each-happens: fail unless each kind of thing happened.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

enum { SEED_S_MAX = 50 }; /* a seed takes milliseconds */

static const char *const count_names[SIM_COUNT_MAX] = {
#define X(name) #name,
    SIM_COUNTS(X)
#undef X
};

struct options {
    uint64_t first, count;
    bool hashes, each_happens;
};

/* An assertion of the product, or a loop without end: say whose. */
static void on_signal(int number)
{
    char line[160];
    int size = snprintf(line, sizeof(line), "seed %llu: signal %d\nagain: ./dev sim --seed %llu\n",
                        (unsigned long long)sim_running_seed(), number, (unsigned long long)sim_running_seed());

    if (write(STDERR_FILENO, line, (size_t)size) != size)
        _exit(3);
    _exit(1);
}

static bool read_options(int argc, char **argv, struct options *ret_options)
{
    *ret_options = (struct options){ .first = 1 };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            ret_options->first = strtoull(argv[++i], NULL, 10);
            ret_options->count = 1;
        } else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc) {
            ret_options->first = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--hashes") == 0) {
            ret_options->hashes = true;
        } else if (strcmp(argv[i], "--trace") == 0) {
            trace_is_shown = true;
        } else if (strcmp(argv[i], "--each-happens") == 0) {
            ret_options->each_happens = true;
        } else if (strspn(argv[i], "0123456789") == strlen(argv[i]) && *argv[i]) {
            ret_options->count = strtoull(argv[i], NULL, 10);
        } else {
            return false;
        }
    }
    return ret_options->count > 0;
}

/* Return: whether each of them happened. */
static bool print_counts(const uint64_t counts[SIM_COUNT_MAX])
{
    bool all = true;

    for (unsigned i = 0; i < SIM_COUNT_MAX; i++) {
        printf("%s%s %llu", i == 0 ? "" : i % 8 == 0 ? ",\n" : ", ", count_names[i], (unsigned long long)counts[i]);
        all = all && counts[i];
    }
    printf("\n");
    for (unsigned i = 0; i < SIM_COUNT_MAX; i++) {
        if (!counts[i])
            printf("never: %s\n", count_names[i]);
    }
    return all;
}

int main(int argc, char **argv)
{
    uint64_t counts[SIM_COUNT_MAX] = { 0 };
    struct options options;
    char hash[65];
    bool all;

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: tessera-sim [--from SEED] COUNT | --seed SEED [--hashes] [--trace] [--each-happens]\n");
        return 2;
    }
    signal(SIGABRT, on_signal);
    signal(SIGALRM, on_signal);
#if !defined(__SANITIZE_ADDRESS__)
    signal(SIGSEGV, on_signal);
#endif
    for (uint64_t i = 0; i < options.count; i++) {
        alarm(SEED_S_MAX);
        sim_run(options.first + i, counts, hash);
        if (options.hashes || options.count == 1)
            printf("%llu %s\n", (unsigned long long)(options.first + i), hash);
    }
    all = print_counts(counts);
    printf("%llu seeds, nothing wrong\n", (unsigned long long)options.count);
    return options.each_happens && !all ? 1 : 0;
}
