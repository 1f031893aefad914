/*
 * Time and what is said about it: the live line, histograms, the table. A histogram's buckets are an HDR's: the powers
 * of two of microseconds, each cut into 32, so that a figure is at most 3 % too high from 1 µs to an hour.
 */
#include <stdarg.h>
#include <unistd.h>

#include "stampede.h"

enum { PARTS_BITS = 5, PARTS = 1 << PARTS_BITS, POWERS = 32, BUCKETS = PARTS * (POWERS - PARTS_BITS + 1), BAR = 40 };

struct histogram {
    unsigned long buckets[BUCKETS];
    unsigned long count;
    int64_t max_us;
};

static const char *const op_names[OP_COUNT] = {
    [OP_BROWSE] = "browse", [OP_JOIN] = "join", [OP_PLACE] = "place", [OP_HOLD] = "hold",   [OP_RELEASE] = "release",
    [OP_ORDER] = "order",   [OP_PAY] = "pay",   [OP_FIND] = "find",   [OP_STAFF] = "owner",
};

static struct histogram by_op[OP_COUNT], queue, all; /* queue: for a connection of ours */
static int64_t started_us, shown_us, ended_us;
static unsigned long shown_answered, ended_answered;
static bool is_live;

int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

_Noreturn void give_up(const char *what)
{
    fprintf(stderr, "%stessera-stampede: %s\n", is_live ? "\r\033[K" : "", what);
    exit(2);
}

bool violated(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("VIOLATED: ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    return false;
}

void count(struct counts *counts, const char *name)
{
    size_t i = 0;

    while (i < counts->size && strcmp(counts->rows[i].name, name) != 0)
        i++;
    if (i == sizeof(counts->rows) / sizeof(counts->rows[0]))
        i--;
    else if (i == counts->size) {
        snprintf(counts->rows[i].name, sizeof(counts->rows[i].name), "%s", name);
        counts->size++;
    }
    counts->rows[i].count++;
}

unsigned long counts_sum(const struct counts *counts)
{
    unsigned long sum = 0;

    for (size_t i = 0; i < counts->size; i++)
        sum += counts->rows[i].count;
    return sum;
}

static size_t bucket_of(int64_t us)
{
    unsigned power;

    if (us < PARTS)
        return us < 0 ? 0 : (size_t)us;
    power = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
    if (power >= POWERS)
        return BUCKETS - 1;
    return (power - PARTS_BITS + 1UL) * PARTS + ((size_t)us >> (power - PARTS_BITS)) % PARTS;
}

/* The most that a bucket holds. */
static int64_t bucket_us(size_t bucket)
{
    size_t power = bucket / PARTS;

    return power == 0 ? (int64_t)bucket : (int64_t)((bucket % PARTS + PARTS + 1) << (power - 1)) - 1;
}

static void histogram_add(struct histogram *histogram, int64_t us)
{
    histogram->buckets[bucket_of(us)]++;
    histogram->count++;
    if (us > histogram->max_us)
        histogram->max_us = us;
}

static double percentile_ms(const struct histogram *histogram, double percent)
{
    unsigned long seen = 0;

    for (size_t i = 0; i < BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen && (double)seen >= (double)histogram->count * percent / 100)
            return (double)(bucket_us(i) < histogram->max_us ? bucket_us(i) : histogram->max_us) / 1e3;
    }
    return 0;
}

void watch_start(void)
{
    started_us = shown_us = now_us();
    shown_answered = tally.answered;
    is_live = isatty(STDERR_FILENO);
}

void watch_note(enum op op, int64_t waited_us, int64_t took_us)
{
    histogram_add(&by_op[op], took_us);
    if (op == OP_STAFF)
        return;
    histogram_add(&queue, waited_us);
    histogram_add(&all, took_us);
}

void watch_progress(void)
{
    int64_t now = now_us();

    if (!is_live || ended_us || now - shown_us < 1000000)
        return;
    fprintf(stderr, "\r\033[K%5.0f s  arrived %lu  gone %lu  held %lu  sold %lu  refused %lu  failed %lu  %.0f req/s",
            (double)(now - started_us) / 1e6, tally.arrived, tally.gone, tally.held, tally.paid,
            counts_sum(&tally.refusals), counts_sum(&tally.failures),
            (double)(tally.answered - shown_answered) * 1e6 / (double)(now - shown_us));
    shown_us = now;
    shown_answered = tally.answered;
}

void watch_end(void)
{
    ended_us = now_us();
    ended_answered = tally.answered;
    if (is_live)
        fputs("\r\033[K", stderr);
}

static void print_counts(const char *title, const struct counts *counts)
{
    printf("%-12s %8lu", title, counts_sum(counts));
    for (size_t i = 0; i < counts->size; i++)
        printf("%s%s %lu", i ? ", " : "   ", counts->rows[i].name, counts->rows[i].count);
    putchar('\n');
}

static void print_histogram(const char *name, const struct histogram *histogram)
{
    if (!histogram->count)
        return;
    printf("%-12s %8lu", name, histogram->count);
    for (size_t i = 0; i < 4; i++)
        printf(" %9.2f", percentile_ms(histogram, (const double[]){ 50, 90, 99, 99.9 }[i]));
    printf(" %9.2f\n", (double)histogram->max_us / 1e3);
}

/* All requests, one bar for each power of two. */
static void print_bars(void)
{
    unsigned long sums[BUCKETS / PARTS] = { 0 }, most = 1;

    for (size_t i = 0; i < BUCKETS; i++)
        sums[i / PARTS] += all.buckets[i];
    for (size_t i = 0; i < BUCKETS / PARTS; i++)
        most = sums[i] > most ? sums[i] : most;
    for (size_t i = 0; i < BUCKETS / PARTS; i++)
        if (sums[i])
            printf("  <= %9.2f ms %9lu  %.*s\n", (double)bucket_us(i * PARTS + PARTS - 1) / 1e3, sums[i],
                   (int)((sums[i] * BAR + most - 1) / most), "****************************************");
}

void watch_print(void)
{
    double seconds = (double)(ended_us - started_us) / 1e6;

    printf("arrived      %8lu   buyers, %lu of them bots; %lu people were sent away for good\n", tally.arrived,
           tally.bots, tally.refused_for_good);
    if (tally.returned)
        printf("                        %lu of them came back, and count twice, once carts had lapsed\n",
               tally.returned);
    if (flags.room)
        printf("let in       %8lu   people by the waiting room, %u a minute\n", tally.passes, flags.room);
    printf("held         %8lu   tickets in %lu carts; %lu given back, %lu left behind\n", tally.held, tally.holds,
           tally.released, tally.left);
    printf("sold         %8lu   tickets in %lu paid orders of %lu; %lu cards declined\n", tally.paid, tally.paid_orders,
           tally.orders, tally.declined);
    print_counts("refused", &tally.refusals);
    print_counts("errors", &tally.failures);
    printf("5xx          %8lu\nunanswered   %8lu\n", tally.server_errors, tally.unanswered);
    printf("requests     %8lu   in %.1f s of sale: %.0f req/s\n\n", ended_answered, seconds,
           (double)ended_answered / seconds);
    printf("%-12s %8s %9s %9s %9s %9s %9s\n", "ms", "count", "p50", "p90", "p99", "p99.9", "max");
    for (int op = 0; op < OP_COUNT; op++)
        print_histogram(op_names[op], &by_op[op]);
    print_histogram("all buyers", &all);
    print_histogram("our queue", &queue);
    puts("\nall buyers, from the request's first byte to the answer's last:");
    print_bars();
    putchar('\n');
}
