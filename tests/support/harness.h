/*
 * A whole instance in process: loop, clock, bus, store of tests, host and modules. Each test gets a fresh one and runs
 * on a fiber, with a call as the owner that it may turn into somebody else's.
 *
 *     static const struct ts_module *const modules[] = { &catalog_module, &fake_inventory, NULL };
 *     static void create_event__makes_a_draft(struct ts_call *call) { … catalog_create_event(call, &request, &reply) …
 * } harness_unit_test(create_event__makes_a_draft, modules)          in the table; all of them are ts_modules of
 * host/modules.h
 *
 * The bus is `local`, or what the environment says: TESSERA_TEST_BUS=wire, or nats for a real server between any two.
 * So is the store: TESSERA_TEST_STORE=mongodb gives each instance a database of a real server.
 */
#ifndef SUPPORT_HARNESS_H
#define SUPPORT_HARNESS_H

#include "support/fiber_test.h"
#include "tessera/module.h"

struct harness;

/* The instance starts at this domain time: 2026-06-01T12:00:00Z. */
#define HARNESS_NOW_MS INT64_C(1780315200000)

struct harness *harness_new(const struct ts_module *const *modules);
void harness_free(struct harness *harness);

/*
 * One life of an instance whose store may crash: on what the life before left (NULL: nothing), which it takes.
 * harness_end() ends it, crashed or not. Return: what is left, for the next life or crash_state_free().
 */
struct crash_options;
struct crash_state;
struct harness *harness_begin(const struct ts_module *const *modules, const struct crash_options *options,
                              struct crash_state *before);
struct crash_state *harness_end(struct harness *harness);

/* Run `body` on a fiber with a call as the owner. */
void harness_run(struct harness *harness, void (*body)(struct ts_call *call, void *data), void *data);

/* The instance that a test's call belongs to. */
struct harness *harness_of(const struct ts_call *call);

/* Who asks from now on, and with which idempotency key (NULL: none). */
void harness_as(struct ts_call *call, enum ts_principal_kind kind);
void harness_key(struct ts_call *call, const char *key);

/*
 * Move the domain's clock, on the test's fiber, and wait until all that fell due has run. Between, it stands still;
 * stop a second before a document falls due rather than a millisecond, or the host looks each millisecond whether it
 * did.
 */
void harness_advance(struct ts_call *call, int64_t duration_ms);

/*
 * The n-th request to the store from now on fails as UNAVAILABLE, nothing done (0: none will). A real server's does
 * not: there a test goes its way without the failure.
 */
void harness_store_fail(struct harness *harness, uint64_t nth);

/* True once the request that was to fail did. */
bool harness_store_failed(const struct harness *harness);

/* True on a real server: what happens between two turns of the loop is not the same each time. */
bool harness_store_is_real(const struct harness *harness);

/* A table entry of cmocka: `body` on a fresh instance with these modules. */
struct harness_test {
    void (*body)(struct ts_call *call);
    const struct ts_module *const *modules;
};
void harness_entry(void **state);
#define harness_unit_test(body, modules)                                                                               \
    {                                                                                                                  \
#body, harness_entry, NULL, NULL, &(struct harness_test)                                                       \
        {                                                                                                              \
            (body), (modules)                                                                                          \
        }                                                                                                              \
    }

/* Assert that a reply (with `refusals`) refuses exactly once, with this code at this path. */
#define harness_assert_refused(reply, code_word, path_text)                                                            \
    do {                                                                                                               \
        assert_int_equal((reply)->n_refusals, 1);                                                                      \
        assert_int_equal((reply)->refusals[0]->code, COMMON__ERROR_CODE__##code_word);                                 \
        assert_string_equal(harness_path((reply)->refusals[0]->path, (reply)->refusals[0]->n_path), path_text);        \
    } while (0)

/* The steps of a path with dots between them; valid until the next one. */
const char *harness_path(char *const *steps, size_t count);

#endif
