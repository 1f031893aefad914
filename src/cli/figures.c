/* Read at each scrape from whoever keeps them; see figures.h. */
#include "cli/figures.h"

#include "graphql/graphql.h"
#include "host/host.h"
#include "telemetry/metrics.h"
#include "telemetry/process.h"

void figures_write(const struct instance *instance, struct buf *ret_text)
{
    struct gql_stats plans;

    buf_add_literal(ret_text, "# HELP tessera_build_info The program that runs; always 1.\n"
                              "# TYPE tessera_build_info gauge\n"
                              "tessera_build_info{version=\"" TESSERA_VERSION "\"} 1\n");
    process_write_metrics(ret_text);
    metrics_write(instance->runtime.metrics, ret_text);
    host_write_metrics(instance->host, ret_text);
    gql_schema_stats(instance->schema, &plans);
    buf_printf(ret_text,
               "# HELP tessera_graphql_plan_cache_total Look-ups of plans in their cache.\n"
               "# TYPE tessera_graphql_plan_cache_total counter\n"
               "tessera_graphql_plan_cache_total{result=\"hit\"} %lu\n"
               "tessera_graphql_plan_cache_total{result=\"miss\"} %lu\n",
               plans.plans_hit, plans.plans_missed);
}
