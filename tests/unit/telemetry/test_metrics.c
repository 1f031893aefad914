/* Metrics as Prometheus reads them. */
#include "telemetry/metrics.h"

#include <string.h>

#include "support/test.h"

static void metrics_write__groups_families_in_order(void **state)
{
    struct metrics *metrics = metrics_new();
    struct ts_metric *ok = metrics_get(metrics, TS_METRIC_COUNTER, "a_total", "result=\"ok\"", "Things.");
    struct ts_metric *depth = metrics_get(metrics, TS_METRIC_GAUGE, "depth", NULL, "How deep.");
    struct ts_metric *bad = metrics_get(metrics, TS_METRIC_COUNTER, "a_total", "result=\"bad\"", "Things.");
    struct buf text;

    (void)state;
    buf_init(&text, 1 << 20);
    ts_metric_add(ok, 2);
    ts_metric_add(ok, 1);
    ts_metric_set(depth, -4);
    assert_ptr_equal(metrics_get(metrics, TS_METRIC_COUNTER, "a_total", "result=\"ok\"", ""), ok);
    assert_ptr_not_equal(bad, ok);
    assert_int_equal(metric_value(ok), 3);
    metrics_write(metrics, &text);
    buf_add_char(&text, 0);
    assert_string_equal(text.data, "# HELP a_total Things.\n# TYPE a_total counter\na_total{result=\"ok\"} 3\n"
                                   "a_total{result=\"bad\"} 0\n# HELP depth How deep.\n# TYPE depth gauge\ndepth -4\n");
    buf_done(&text);
    metrics_free(metrics);
}

static void metrics_histogram__counts_cumulatively_with_inclusive_bounds(void **state)
{
    struct metrics *metrics = metrics_new();
    struct ts_metric *plain = metrics_get_histogram(metrics, "t_seconds", NULL, "T.");
    struct ts_metric *labelled = metrics_get_histogram(metrics, "t_seconds", "m=\"x\"", "T.");
    struct buf text;

    (void)state;
    buf_init(&text, 1 << 20);
    metric_observe_ns(plain, 50000);
    metric_observe_ns(plain, 50001);
    metric_observe_ns(plain, UINT64_C(20000000000));
    metric_observe_ns(labelled, 0);
    metrics_write(metrics, &text);
    buf_add_char(&text, 0);
    assert_non_null(strstr(text.data, "t_seconds_bucket{le=\"0.00005\"} 1\nt_seconds_bucket{le=\"0.0001\"} 2\n"));
    assert_non_null(strstr(text.data, "t_seconds_bucket{le=\"10\"} 2\nt_seconds_bucket{le=\"+Inf\"} 3\n"
                                      "t_seconds_sum 20.000100001\nt_seconds_count 3\n"));
    assert_non_null(strstr(text.data, "t_seconds_bucket{m=\"x\",le=\"0.00005\"} 1\n"));
    assert_non_null(strstr(text.data, "t_seconds_sum{m=\"x\"} 0.000000000\nt_seconds_count{m=\"x\"} 1\n"));
    buf_done(&text);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_write__groups_families_in_order),
        cmocka_unit_test(metrics_histogram__counts_cumulatively_with_inclusive_bounds),
    };

    return cmocka_run_group_tests_name("telemetry/metrics", tests, NULL, NULL);
}
