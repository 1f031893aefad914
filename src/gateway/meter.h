/* Durations of requests and operations, by few and bounded labels. */
#ifndef GATEWAY_METER_H
#define GATEWAY_METER_H

#include <stdint.h>

#include "gateway/http.h"
#include "graphql/graphql.h"

struct metrics;
struct meter;

/* Counts into `metrics`, which outlive it. */
struct meter *meter_new(struct metrics *metrics);
void meter_free(struct meter *meter);

/* An answered request. */
void meter_request(struct meter *meter, const struct http_request *request, uint64_t duration_ns);

/* An operation of GraphQL that has ended so. */
void meter_operation(struct meter *meter, const struct gql_env *env, enum gql_outcome outcome, uint64_t duration_ns);

#endif
