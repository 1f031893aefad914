/* Who leads among those that are heard; time is the loop's, which a test moves. */
#include "host/lead.h"

#include "bus/bus.h"
#include "bus/inside.h"
#include "host/v1/present.pb-c.h"
#include "store/crash.h"
#include "support/fiber_test.h"

#define LEAST "0000000000000000"
#define MOST "ffffffffffffffff"

static const struct ts_module first = { .name = "first" }, second = { .name = "second" };
static const struct ts_module *const modules[] = { &first, &second, NULL };

struct town {
    struct ts_runtime runtime;
    struct lead *lead;
};

static struct town *town;

static int set_up(void **state)
{
    struct loop *loop = loop_new();

    (void)state;
    loop_clock_stop(loop);
    town = calloc(1, sizeof(*town));
    runtime_init(&town->runtime, loop);
    town->runtime.store = crash_store_open(loop, &(struct crash_options){ 0 }, NULL);
    (void)bus_new(&town->runtime, &bus_local);
    town->lead = lead_new(&town->runtime, modules);
    lead_start(town->lead);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lead_free(town->lead);
    bus_free(town->runtime.bus);
    store_close(town->runtime.store);
    loop_free(town->runtime.loop);
    free(town);
    return 0;
}

static void hear(const char *process, const char *module)
{
    Host__Present present = HOST__PRESENT__INIT;
    char *name = (char *)module;

    present.process = (char *)process;
    present.modules = &name;
    present.n_modules = 1;
    events_tell(town->runtime.bus, &present.base, /* from_others= */ true);
}

static void wait_ms(int64_t ms)
{
    int64_t end_ms = loop_now_ms(town->runtime.loop) + ms;

    while (loop_now_ms(town->runtime.loop) < end_ms)
        loop_run_once(town->runtime.loop, /* wait= */ true);
}

static void lead__is_who_hears_nobody(void **state)
{
    (void)state;
    assert_true(lead_is_ours(NULL, &first));
    assert_true(lead_is_ours(town->lead, &first));
    assert_false(lead_has_others(town->lead, &first));
}

static void lead__is_the_least_of_those_that_run_the_module(void **state)
{
    (void)state;
    hear(MOST, "first");
    assert_true(lead_is_ours(town->lead, &first));
    assert_true(lead_has_others(town->lead, &first));
    hear(LEAST, "first");
    assert_false(lead_is_ours(town->lead, &first));
    assert_true(lead_is_ours(town->lead, &second));
    assert_false(lead_has_others(town->lead, &second));
}

static void lead__comes_back_when_the_other_is_missed(void **state)
{
    (void)state;
    hear(LEAST, "first");
    wait_ms(2000);
    assert_false(lead_is_ours(town->lead, &first));
    hear(LEAST, "first");
    wait_ms(3000);
    assert_false(lead_is_ours(town->lead, &first));
    wait_ms(2000);
    assert_true(lead_is_ours(town->lead, &first));
}

/* A stranger's word is no process; more than are kept change nothing. */
static void lead__is_not_lost_to_nonsense(void **state)
{
    char process[17];

    (void)state;
    hear("0", "first");
    hear("", "first");
    assert_true(lead_is_ours(town->lead, &first));
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(process, sizeof(process), "f%015u", i);
        hear(process, "first");
    }
    assert_true(lead_is_ours(town->lead, &second));
    wait_ms(5000);
    hear(LEAST, "first");
    assert_false(lead_is_ours(town->lead, &first));
}

/* What it says of itself is heard by who watches. */
static unsigned told;

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    (void)watcher;
    told += event->descriptor == &host__present__descriptor && ((const Host__Present *)event)->n_modules == 2;
}

static void lead__says_each_second_that_it_is_there(void **state)
{
    struct bus_watcher watcher = { .heard = on_heard };

    (void)state;
    told = 0;
    bus_watch(town->runtime.bus, &watcher);
    wait_ms(3000);
    assert_in_range(told, 2, 3);
    lead_stop(town->lead);
    bus_unwatch(&watcher);
}

int main(void)
{
#define lead_unit_test(body) cmocka_unit_test_setup_teardown(body, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        lead_unit_test(lead__is_who_hears_nobody),
        lead_unit_test(lead__is_the_least_of_those_that_run_the_module),
        lead_unit_test(lead__comes_back_when_the_other_is_missed),
        lead_unit_test(lead__is_not_lost_to_nonsense),
        lead_unit_test(lead__says_each_second_that_it_is_there),
    };

    return cmocka_run_group_tests_name("host/lead", tests, NULL, NULL);
}
