/* Events and tasks of our own. */
#include <string.h>

#include "bus/bus.h"
#include "probe/v1/probe.rpc.h"
#include "support/faults.h"
#include "support/fiber_test.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

static struct {
    int heard, heard_other, running, running_max;
    int64_t last_version;
    const void *state;
    enum ts_principal_kind principal;
} seen;

static int on_happened(struct ts_call *call, const ProtobufCMessage *event)
{
    if (++seen.running > seen.running_max)
        seen.running_max = seen.running;
    (void)ts_sleep(call, 1);
    seen.running--;
    seen.heard++;
    seen.last_version = ((const Probe__Happened *)event)->version;
    seen.state = call->state;
    seen.principal = call->principal->kind;
    return TS_EABORTED; /* an event's failure is nobody's */
}

static int on_happened_too(struct ts_call *call, const ProtobufCMessage *event)
{
    (void)call;
    (void)event;
    seen.heard_other++;
    return 0;
}

static const struct ts_listener listeners[] = { { &probe__happened__descriptor, on_happened }, { NULL } };
static const struct ts_listener other_listeners[] = { { &probe__happened__descriptor, on_happened_too }, { NULL } };
static const struct ts_module module = { .name = "probe", .listeners = listeners };
static const struct ts_module other = { .name = "other", .listeners = other_listeners };

static void run_body(struct ts_call *call, void *data)
{
    fiber_test_plain **body = data;

    (*body)(call);
}

static void entry(void **state)
{
    struct ts_runtime runtime;
    struct loop *loop = loop_new();
    struct bus *bus;
    struct buf problems;

    memset(&seen, 0, sizeof(seen));
    runtime_init(&runtime, loop);
    runtime.metrics = metrics_new();
    bus = bus_new(&runtime, &bus_local);
    buf_init(&problems, 1000);
    assert_int_equal(bus_add(bus, &module, &problems), 0);
    assert_int_equal(bus_add(bus, &other, &problems), 0);
    bus_set_state(bus, &module, &seen);
    fiber_test_run(&runtime, run_body, *state);
    bus_free(bus);
    metrics_free(runtime.metrics);
    loop_free(loop);
}

static int64_t figure(struct ts_call *call, const char *name, const char *labels)
{
    return metric_value(metrics_get(call->runtime->metrics, TS_METRIC_COUNTER, name, labels, ""));
}

#define bus_unit_test(body)                                                                                            \
    {                                                                                                                  \
#body, entry, NULL, NULL, &(fiber_test_plain *)                                                                \
        {                                                                                                              \
            (body)                                                                                                     \
        }                                                                                                              \
    }

static void wait_until_idle(struct ts_call *call)
{
    while (bus_busy(call->runtime->bus))
        assert_int_equal(ts_sleep(call, 1), 0);
}

static void ts_publish__reaches_each_listener_after_the_next_wait(struct ts_call *call)
{
    Probe__Happened event = PROBE__HAPPENED__INIT;

    event.has_version = true;
    event.version = 7;
    ts_publish(call, &event.base);
    event.version = 8; /* it was copied */
    assert_int_equal(seen.heard + seen.heard_other, 0);
    wait_until_idle(call);
    assert_int_equal(seen.heard, 1);
    assert_int_equal(seen.heard_other, 1);
    assert_int_equal(seen.last_version, 7);
    assert_ptr_equal(seen.state, &seen);
    assert_int_equal(seen.principal, TS_PRINCIPAL_SYSTEM);
}

static void ts_publish__runs_few_at_once_and_drops_the_oldest(struct ts_call *call)
{
    enum { EXTRA = 10 };
    Probe__Happened event = PROBE__HAPPENED__INIT;

    event.has_version = true;
    for (int i = 0; i < TS_EVENT_QUEUE_MAX / 2 + EXTRA; i++) {
        event.version = i;
        ts_publish(call, &event.base);
    }
    assert_int_equal(bus_busy(call->runtime->bus), TS_EVENT_QUEUE_MAX);
    wait_until_idle(call);
    assert_int_equal(seen.heard, TS_EVENT_QUEUE_MAX / 2);
    assert_true(seen.running_max <= BUS_EVENT_FIBERS_MAX);
    assert_true(seen.running_max > 1);
}

static void ts_publish__counts_what_is_handled_what_fails_and_what_is_dropped(struct ts_call *call)
{
    static const char labels[] = "event=\"probe.v1.Happened\",module=\"probe\"";
    static const char other_labels[] = "event=\"probe.v1.Happened\",module=\"other\"";
    Probe__Happened event = PROBE__HAPPENED__INIT;

    ts_publish(call, &event.base);
    wait_until_idle(call);
    assert_int_equal(figure(call, "tessera_bus_events_total", labels), 1);
    assert_int_equal(figure(call, "tessera_bus_event_failures_total", labels), 1);
    assert_int_equal(figure(call, "tessera_bus_events_total", other_labels), 1);
    assert_int_equal(figure(call, "tessera_bus_event_failures_total", other_labels), 0);
    for (int i = 0; i < TS_EVENT_QUEUE_MAX / 2 + 3; i++)
        ts_publish(call, &event.base);
    assert_int_equal(figure(call, "tessera_bus_events_dropped_total", NULL), 6);
    wait_until_idle(call);
}

static void ts_publish__ends_with_the_instance(struct ts_call *call)
{
    Probe__Happened event = PROBE__HAPPENED__INIT;

    ts_publish(call, &event.base);
    runtime_cancel(call->runtime);
    ts_publish(call, &event.base);
    assert_int_equal(bus_busy(call->runtime->bus), 2); /* of the first */
    fiber_yield();
    fiber_yield();
    assert_int_equal(bus_busy(call->runtime->bus), 0);
    assert_int_equal(seen.heard + seen.heard_other, 0);
}

static void ts_publish__of_a_crashed_instance_is_swallowed(struct ts_call *call)
{
    Probe__Happened event = PROBE__HAPPENED__INIT;

    call->runtime->crashed = true;
    ts_publish(call, &event.base);
    assert_int_equal(bus_busy(call->runtime->bus), 0);
}

struct task_seen {
    int result;
    bool ran;
    struct ts_call call;
};

static int run_task(struct ts_call *call, void *data)
{
    struct task_seen *task = data;

    task->call = *call;
    task->ran = true;
    (void)ts_alloc(call->arena, 100000);
    (void)ts_sleep(call, 1);
    return TS_EABORTED;
}

static void on_task_done(void *data, int result)
{
    ((struct task_seen *)data)->result = result;
}

static void bus_spawn__runs_as_system_with_the_modules_state(struct ts_call *call)
{
    struct task_seen task = { 0 };

    bus_spawn(call->runtime->bus, &(struct bus_task){ .module = &module,
                                                      .operation = "due:errands",
                                                      .timeout_ms = 500,
                                                      .run = run_task,
                                                      .done = on_task_done,
                                                      .data = &task });
    wait_until_idle(call);
    assert_true(task.ran);
    assert_int_equal(task.result, TS_EABORTED);
    assert_ptr_equal(task.call.state, &seen);
    assert_string_equal(task.call.operation, "due:errands");
    assert_string_equal(task.call.principal->id, "system");
    assert_int_equal(task.call.depth, 0);
    assert_int_equal(strlen(task.call.trace.trace_id), 32);
    assert_string_not_equal(task.call.trace.trace_id, call->trace.trace_id);
    assert_null(task.call.request_id);
}

static void bus_spawn__without_memory_for_a_stack_begins_later(struct ts_call *call)
{
    struct task_seen task = { 0 };

    faults_begin(2, 2); /* after the task itself: its stack, twice */
    bus_spawn(
        call->runtime->bus,
        &(struct bus_task){
            .operation = "due:errands", .timeout_ms = 500, .run = run_task, .done = on_task_done, .data = &task });
    assert_int_equal(bus_busy(call->runtime->bus), 1);
    while (!task.ran)
        assert_int_equal(ts_sleep(call, 1), 0);
    assert_int_equal(faults_end(), 2);
    wait_until_idle(call);
    assert_int_equal(task.result, TS_EABORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        bus_unit_test(ts_publish__reaches_each_listener_after_the_next_wait),
        bus_unit_test(ts_publish__runs_few_at_once_and_drops_the_oldest),
        bus_unit_test(ts_publish__counts_what_is_handled_what_fails_and_what_is_dropped),
        bus_unit_test(ts_publish__ends_with_the_instance),
        bus_unit_test(ts_publish__of_a_crashed_instance_is_swallowed),
        bus_unit_test(bus_spawn__runs_as_system_with_the_modules_state),
        bus_unit_test(bus_spawn__without_memory_for_a_stack_begins_later),
    };

    return cmocka_run_group_tests_name("bus/event", tests, NULL, NULL);
}
