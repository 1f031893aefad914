/* Fibers that wait for each other. */
#include "tessera/wait.h"

#include "support/fiber_test.h"
#include "tessera/clock.h"

struct sharing {
    struct ts_waiters waiters;
    struct ts_call *call;
    unsigned woken;
    char order[8];
};

static void wait_once(void *data)
{
    struct sharing *sharing = data;
    struct ts_call call = *sharing->call;

    assert_int_equal(ts_wait(&call, &sharing->waiters), 0);
    sharing->order[sharing->woken] = (char)('a' + sharing->woken);
    sharing->woken++;
}

static void ts_wake__wakes_all_in_their_order(struct ts_call *call)
{
    struct sharing sharing = { .call = call };

    for (unsigned i = 0; i < 3; i++)
        fiber_spawn(call->runtime->loop, wait_once, &sharing);
    fiber_yield();
    assert_int_equal(sharing.woken, 0);
    ts_wake(&sharing.waiters);
    assert_null(sharing.waiters.first);
    fiber_yield();
    assert_int_equal(sharing.woken, 3);
    assert_string_equal(sharing.order, "abc");
}

static void ts_wait__ends_at_the_deadline_and_leaves_the_list(struct ts_call *call)
{
    struct ts_waiters waiters = { 0 };

    call->deadline_ms = loop_now_ms(call->runtime->loop) + 5;
    assert_int_equal(ts_wait(call, &waiters), TS_EDEADLINE);
    assert_null(waiters.first);
    ts_wake(&waiters);
}

static void ts_wait__returns_crashed(struct ts_call *call)
{
    struct ts_waiters waiters = { 0 };

    call->runtime->crashed = true;
    assert_int_equal(ts_wait(call, &waiters), TS_ECRASHED);
    assert_null(waiters.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fiber_unit_test(ts_wake__wakes_all_in_their_order),
        fiber_unit_test(ts_wait__ends_at_the_deadline_and_leaves_the_list),
        fiber_unit_test(ts_wait__returns_crashed),
    };

    return cmocka_run_group_tests_name("loop/wait", tests, NULL, NULL);
}
