/*
 * An instance with catalog and inventory on the store of tests, which may crash and start again on what is left; and a
 * shop to sell from. Everything random comes from one seed, the wall clock stands still and is moved by hand. With
 * TESSERA_TEST_STORE=mongodb its documents are on a real server: a twin is a second process on the same database.
 */
#ifndef INVENTORY_RIG_H
#define INVENTORY_RIG_H

#include "catalog/v1/catalog.rpc.h"
#include "host/host.h"
#include "inventory/v1/inventory.rpc.h"
#include "store/crash.h"
#include "support/checker.h"
#include "support/fiber_test.h"
#include "support/mongo.h"
#include "tessera/clock.h"
#include "tessera/id.h"

#define RIG_NOW_MS INT64_C(1780315200000) /* 2026-06-01T12:00:00Z */
#define KEY "a-key-with-enough-characters"

struct rig {
    struct ts_runtime runtime; /* first: rig_of() */
    struct crash_options options;
    struct crash_state *left;
    char uri[MONGO_URI_SIZE]; /* "": the store of tests */
    struct store *store;
    struct host *host;
    uint64_t random_state;
    int64_t clock_offset_ms;
    bool crashed;
    struct rig *twin_of; /* NULL: the documents are its own */
    struct keys *keys;   /* one for all lives and twins */
    const struct ts_module *const *modules;
};

/* A running instance on an empty store. */
struct rig *rig_new(uint64_t seed);
/* The same with other modules than catalog and inventory. */
struct rig *rig_new_of(uint64_t seed, const struct ts_module *const *modules);
void rig_free(struct rig *rig);

/* A second process on the documents of `rig`; it must end first. A call as its own: twin_call(). */
struct rig *rig_twin(struct rig *rig, uint64_t seed);
struct ts_call twin_call(const struct ts_call *call, struct rig *twin);
/* From now on its scans miss for up to so long what its twins wrote, as a real server's may. */
void rig_lag(struct rig *rig, unsigned lag_ms_max);
struct rig *rig_of(const struct ts_call *call);

/* Run on a fiber, with a call as the owner. */
void rig_run(struct rig *rig, void (*body)(struct ts_call *call, void *data), void *data);

/*
 * Run on two processes on one store, each with these modules and in a sandbox, whose scans lag so far behind each
 * other. `other` is the twin's call, as the owner.
 */
void rig_run_pair(const struct ts_module *const *modules, unsigned lag_ms_max,
                  void (*body)(struct ts_call *call, struct ts_call *other));

/* After a crash, or to forget what is in memory: end this instance, start the next on what the store has. */
void rig_restart(struct rig *rig);

/* Numbers for tests, from the seed: below `below`. */
uint64_t rig_draw(struct rig *rig, uint64_t below);

/* The same on an instance of its own, as an entry of cmocka's table. */
void rig_entry(void **state);
#define rig_unit_test(body)                                                                                            \
    {                                                                                                                  \
#body, rig_entry, NULL, NULL, &(fiber_test_plain *)                                                            \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

/* Assert that the documents are right. */
void rig_check(struct ts_call *call, struct checker_report *ret_report);

/* ---- who asks */

void as_buyer(struct ts_call *call);
void as_owner(struct ts_call *call);
void as_system(struct ts_call *call);

/* ---- a shop: each asserts that it went well */

struct shop {
    char organizer[TS_ID_SIZE], event[TS_ID_SIZE], date[TS_ID_SIZE];
};
struct id {
    char text[TS_ID_SIZE];
};

/* A published event in thirty days, in EUR, without quotas or types. */
struct shop shop_open(struct ts_call *call);
/* size -1: unlimited */
struct id shop_quota(struct ts_call *call, const struct shop *shop, int32_t size);
/* A type that takes a place in each of the quotas (NULL-terminated). */
struct id shop_type(struct ts_call *call, const struct shop *shop, const char *price, struct id *quotas, size_t count);

/* ---- calls: replies as they come */

const Inventory__HoldTicketsReply *buy(struct ts_call *call, const struct shop *shop, const struct id *type,
                                       int32_t quantity);
const Inventory__HoldStateReply *keep(struct ts_call *call, const char *hold_id, const char *order_id,
                                      int64_t until_ms);
const Inventory__HoldStateReply *sell(struct ts_call *call, const char *hold_id, const char *order_id);
const Inventory__HoldStateReply *give_back(struct ts_call *call, const char *hold_id, const char *order_id, bool sold);
const Inventory__QuotaCounts *counts(struct ts_call *call, const struct id *quota);
void advance(struct ts_call *call, int64_t duration_ms);

#define assert_refused(reply, code_word, path_text)                                                                    \
    do {                                                                                                               \
        assert_int_equal((reply)->n_refusals, 1);                                                                      \
        assert_int_equal((reply)->refusals[0]->code, COMMON__ERROR_CODE__##code_word);                                 \
        assert_string_equal(refusal_path((reply)->refusals[0]), path_text);                                            \
    } while (0)
const char *refusal_path(const Common__Refusal *refusal);

#endif
