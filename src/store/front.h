/*
 * The front from inside: what store.c (its life), read.c and write.c share. A request and everything that it points to
 * live on the waiting fiber or in its call's arena.
 */
#ifndef STORE_FRONT_H
#define STORE_FRONT_H

#include "store/backend.h"
#include "store/cache.h"
#include "store/scan_cache.h"
#include "store/store.h"
#include "store/view.h"

enum {
    HINTS = 128,
    COLLECTIONS_MAX = 256, /* all modules' together; a module has a handful */
};

struct store {
    struct loop *loop;
    const struct store_ops *ops;
    void *backend;
    struct cache *cache;
    struct scan_cache *scans;
    struct views *views;
    struct store_stats stats;
    uint64_t progress_ns; /* a write ended, or was handed over while none waited */
    uint64_t failed_ns;   /* the last write was refused by the backend, at this time; 0: it was not */
    struct {
        struct ts_metric *documents, *conflicts, *queued, *hits, *misses, *scans; /* NULL: nobody measures */
    } meters;
    unsigned collection_count;
    struct store_collection *collections[COLLECTIONS_MAX];
    const struct store_collection *hints[HINTS]; /* by address of the declaration: who was last found there */
    uint64_t changes[COLLECTIONS_MAX];           /* writes answered, by the collection's number */
};

/* One call's way to its store; NULL for a collection that no module added. */
const struct store_collection *store_collection_of(struct store *store, const struct ts_collection *declared);

void request_init(struct store_request *request, enum store_request_type type,
                  const struct store_collection *collection);

/* Hand the request over and wait for its end, whatever the deadline. Return: its result. */
int request_run(struct ts_call *call, struct store_request *request);

/* Add to one of the counters and to its metric, when there is one. */
void store_count(uint64_t *counter, struct ts_metric *metric, uint64_t number);

#endif
