/*
 * Rates: who may do what how often. A table of names, which --rates changes; the edge's own (operations of GraphQL) are
 * counted by account, API key or address, whichever who asks has, and some by the operation as well.
 */
#ifndef BUS_RATE_H
#define BUS_RATE_H

#include "base/bucket.h"
#include "base/buf.h"
#include "tessera/rate.h"

struct rates;
struct ts_runtime;

enum { RATE_OPERATIONS_MAX = 32, RATE_NAME_SIZE = 64 };

struct rates_config {
    const char
        *text; /* "guess=30/60,mutations-address=0": so many in so many seconds; 0: no limit. NULL: as they are */
    bool off;  /* of those by who asks, none applies that `text` does not name */
    bool counts_private; /* addresses of private networks are people's */
};

/* For runtime->rates. Return: NULL and one line in *ret_problem. */
struct rates *rates_new(struct ts_runtime *runtime, const struct rates_config *config, struct buf *ret_problem);
void rates_free(struct rates *rates);

/* The operations that `text` names, which may be none of the schema's. NULL: no more. */
const char *rates_operation(const struct rates *rates, size_t number);

/*
 * At the edge: one operation, a root field or what is as good as one.
 * Return: 0; TS_EEXHAUSTED, as ts_rate_take().
 */
int rate_charge(struct ts_call *call, const char *operation, bool is_mutation);

#endif
