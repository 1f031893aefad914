/*
 * What a query costs in the engine alone: rpcs are answered from memory. Prints nanoseconds of CPU per request for a
 * cached plan, and for documents that are refused, beside the bound of 60 us + 30 ns a byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/graphql/shop.h"
#include "base/json.h"

static double now_ns(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void measure(struct shop *shop, const char *name, const char *query, unsigned rounds)
{
    size_t size = strlen(query);
    double start = now_ns(), each;

    for (unsigned i = 0; i < rounds; i++)
        (void)shop_ask(shop, query, NULL);
    each = (now_ns() - start) / rounds;
    printf("graphql %-24s %9.0f ns  (%zu bytes, %.1f ns a byte, bound when refused %.0f ns)\n", name, each, size,
           each / (double)size, 60e3 + 30 * (double)size);
}

static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    char *text = malloc(strlen(before) + strlen(piece) * count + strlen(after) + 1), *at = text;

    if (!text)
        abort();
    at = stpcpy(at, before);
    while (count--)
        at = stpcpy(at, piece);
    (void)stpcpy(at, after);
    return text;
}

static void measure_made(struct shop *shop, const char *name, char *query, unsigned rounds)
{
    measure(shop, name, query, rounds);
    free(query);
}

int main(void)
{
    struct shop shop;

    shop_init(&shop);
    measure(&shop, "one object", "{ item(id: \"itm_1\") { id title } }", 300000);
    measure(&shop, "list with a join", "{ items { nodes { id title maker { name } } } }", 50000);
    measure(&shop, "refused: syntax", "{ item(id: \"itm_1\") { id title }", 50000);
    measure(&shop, "refused: unknown field", "{ item(id: \"itm_1\") { id titel } }", 50000);
    measure_made(&shop, "refused: 10,000 deep", repeat("", "{a", 10000, ""), 1000);
    measure_made(&shop, "refused: tokens", repeat("{", "a ", 20000, "}"), 200);
    measure_made(&shop, "refused: 9,990 unknown", repeat("{", "a ", 9990, "}"), 200);
    measure_made(&shop, "refused: late conflict", repeat("{ item {", "id ", 9900, "id: title } }"), 100);
    measure_made(&shop, "refused: merged objects", repeat("{", "item{id} ", 2400, "item{id:title} }"), 100);
    measure_made(&shop, "refused: long string", repeat("{ item(id: \"", "aaaaaaaaaa", 100000, ") }"), 20);
    shop_done(&shop);
    return 0;
}
