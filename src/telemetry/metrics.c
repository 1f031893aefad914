/* Metrics live in families of one name; a map finds each by "name{labels}". */
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "loop/runtime.h"
#include "tessera/cleanup.h"

static const struct {
    uint64_t ns;
    const char *seconds;
} bounds[] = {
    { 50000, "0.00005" },  { 100000, "0.0001" },  { 250000, "0.00025" }, { 500000, "0.0005" },  { 1000000, "0.001" },
    { 2500000, "0.0025" }, { 5000000, "0.005" },  { 10000000, "0.01" },  { 25000000, "0.025" }, { 50000000, "0.05" },
    { 100000000, "0.1" },  { 250000000, "0.25" }, { 500000000, "0.5" },  { 1000000000, "1" },   { 2500000000, "2.5" },
    { 5000000000, "5" },   { 10000000000, "10" },
};

enum { KIND_HISTOGRAM = TS_METRIC_GAUGE + 1, BOUNDS = TS_ARRAY_SIZE(bounds), KEY_SIZE_MAX = 512 };

struct family {
    const char *name, *help;
    int kind;
    struct list link, metrics;
};

struct ts_metric {
    const char *labels; /* NULL: none */
    struct list link;
    _Atomic int64_t value;     /* of a histogram: nanoseconds, summed */
    _Atomic uint64_t counts[]; /* of a histogram: below each bound and not below the one before; last, above all */
};

struct metrics {
    struct ts_arena arena;
    struct map families, metrics;
    struct list order;
};

struct metrics *metrics_new(void)
{
    struct ts_arena arena;
    struct metrics *metrics;

    arena_init(&arena);
    metrics = TS_NEW(&arena, struct metrics);
    metrics->arena = arena; /* it lives in its own arena */
    metrics->arena.allocator.allocator_data = &metrics->arena;
    map_init(&metrics->families);
    map_init(&metrics->metrics);
    list_init(&metrics->order);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    struct ts_arena arena;

    if (!metrics)
        return;
    map_done(&metrics->families);
    map_done(&metrics->metrics);
    arena = metrics->arena;
    arena_done(&arena);
}

static struct family *family_get(struct metrics *metrics, int kind, const char *name, const char *help)
{
    struct family *family = map_find(&metrics->families, name);

    if (family) {
        assert(family->kind == kind);
        return family;
    }
    family = TS_NEW(&metrics->arena, struct family);
    *family = (struct family){ ts_strdup(&metrics->arena, name), ts_strdup(&metrics->arena, help), kind, { 0 }, { 0 } };
    list_init(&family->metrics);
    list_add_end(&metrics->order, &family->link);
    map_put(&metrics->families, family->name, family);
    return family;
}

/* Name and labels are ours, so they fit. */
static void write_key(char key[KEY_SIZE_MAX], const char *name, const char *labels)
{
    size_t name_size = strlen(name), labels_size = strlen(labels);

    if (name_size + labels_size + 2 > KEY_SIZE_MAX)
        abort();
    memcpy(key, name, name_size);
    key[name_size] = '{';
    memcpy(key + name_size + 1, labels, labels_size + 1);
}

static struct ts_metric *metric_get(struct metrics *metrics, int kind, const char *name, const char *labels,
                                    const char *help)
{
    struct family *family = family_get(metrics, kind, name, help);
    size_t counts = kind == KIND_HISTOGRAM ? BOUNDS + 1 : 0;
    struct ts_metric *metric;
    char key[KEY_SIZE_MAX];

    write_key(key, name, labels ? labels : "");
    metric = map_find(&metrics->metrics, key);
    if (metric)
        return metric;
    metric = ts_alloc(&metrics->arena, sizeof(*metric) + counts * sizeof(metric->counts[0]));
    metric->labels = ts_strdup(&metrics->arena, labels);
    list_add_end(&family->metrics, &metric->link);
    map_put(&metrics->metrics, ts_strdup(&metrics->arena, key), metric);
    return metric;
}

struct ts_metric *metrics_get(struct metrics *metrics, enum ts_metric_kind kind, const char *name, const char *labels,
                              const char *help)
{
    return metric_get(metrics, (int)kind, name, labels, help);
}

struct ts_metric *metrics_get_histogram(struct metrics *metrics, const char *name, const char *labels, const char *help)
{
    return metric_get(metrics, KIND_HISTOGRAM, name, labels, help);
}

void ts_metric_add(struct ts_metric *metric, int64_t value)
{
    atomic_fetch_add_explicit(&metric->value, value, memory_order_relaxed);
}

void ts_metric_set(struct ts_metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

int64_t metric_value(const struct ts_metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

void metric_observe_ns(struct ts_metric *metric, uint64_t duration_ns)
{
    unsigned bucket = 0;

    while (bucket < BOUNDS && duration_ns > bounds[bucket].ns)
        bucket++;
    atomic_fetch_add_explicit(&metric->counts[bucket], 1, memory_order_relaxed);
    ts_metric_add(metric, (int64_t)duration_ns);
}

struct ts_metric *ts_metric_new(struct ts_call *call, enum ts_metric_kind kind, const char *name, const char *labels,
                                const char *help)
{
    return metrics_get(call->runtime->metrics, kind, name, labels, help);
}

static void histogram_write(const struct family *family, const struct ts_metric *metric, struct buf *text)
{
    const char *labels = metric->labels ? metric->labels : "", *comma = metric->labels ? "," : "";
    uint64_t total = 0;

    for (unsigned i = 0; i <= BOUNDS; i++) {
        total += atomic_load_explicit(&metric->counts[i], memory_order_relaxed);
        buf_printf(text, "%s_bucket{%s%sle=\"%s\"} %lu\n", family->name, labels, comma,
                   i < BOUNDS ? bounds[i].seconds : "+Inf", total);
    }
    buf_printf(text, metric->labels ? "%s_sum{%s} %.9f\n" : "%s_sum%s %.9f\n", family->name, labels,
               (double)metric_value(metric) / 1e9);
    buf_printf(text, metric->labels ? "%s_count{%s} %lu\n" : "%s_count%s %lu\n", family->name, labels, total);
}

void metrics_write(const struct metrics *metrics, struct buf *ret_text)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };

    LIST_EACH (link, &metrics->order) {
        struct family *family = container_of(link, struct family, link);

        buf_printf(ret_text, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
                   kinds[family->kind]);
        LIST_EACH (member, &family->metrics) {
            struct ts_metric *metric = container_of(member, struct ts_metric, link);

            if (family->kind == KIND_HISTOGRAM)
                histogram_write(family, metric, ret_text);
            else
                buf_printf(ret_text, metric->labels ? "%s{%s} %ld\n" : "%s%s %ld\n", family->name,
                           metric->labels ? metric->labels : "", metric_value(metric));
        }
    }
}
