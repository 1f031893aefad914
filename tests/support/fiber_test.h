/*
 * Test bodies that run on a fiber, with a real call. A cmocka assertion that fails there would longjmp across stacks;
 * linked with this file it ends the test from the loop's stack instead (the fiber is left asleep for ever).
 *
 *     static void ts_sleep__waits(struct ts_call *call) { … assert_int_equal(ts_sleep(call, 5), 0); … }
 *     cmocka_unit_test(…) of a test made by ON_FIBER(ts_sleep__waits)
 */
#ifndef SUPPORT_FIBER_TEST_H
#define SUPPORT_FIBER_TEST_H

#include "loop/fiber.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "support/test.h"
#include "tessera/call.h"

enum { FIBER_TEST_MS_MAX = 120000 }; /* past it the test fails instead of hanging */

/*
 * Run `body(call, data)` on a fiber of `runtime` and the loop until it has ended. The call is SYSTEM's, with an arena
 * of its own and a deadline of FIBER_TEST_MS_MAX; the body may change its fields.
 */
void fiber_test_run(struct ts_runtime *runtime, void (*body)(struct ts_call *call, void *data), void *data);

/* The same on a fresh loop and a real runtime that end with it. */
void fiber_test_run_alone(void (*body)(struct ts_call *call, void *data), void *data);

/* In a cmocka test: RUN_ON_FIBER(body), for a body without data. */
#define RUN_ON_FIBER(body) fiber_test_run_alone(fiber_test_body, &(fiber_test_plain *){ (body) })
typedef void fiber_test_plain(struct ts_call *call);
void fiber_test_body(struct ts_call *call, void *data);

/* A table entry: cmocka runs `body` on a fiber. */
void fiber_test_entry(void **state);
#define fiber_unit_test(body)                                                                                          \
    {                                                                                                                  \
#body, fiber_test_entry, NULL, NULL, &(fiber_test_plain *)                                                     \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

#endif
