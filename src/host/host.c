/* Modules are started one after the other on one fiber, since start() may wait for the store. */
#include "host/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "host/due.h"
#include "host/idem.h"
#include "host/keep.h"
#include "host/lead.h"
#include "host/password.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "store/store.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum {
    START_MS_MAX = 600000, /* migrations and rebuilt indexes are waited for */
    CANCEL_MS_MAX = 2000,  /* a shield's second, and a slow disk's last write */
};

struct host {
    struct ts_runtime *runtime;
    const struct ts_module *const *modules, *const *away;
    size_t started;
    void *states[64];
    char *settings[TS_SETTING_COUNT]; /* those set since; NULL: as at the start */
    struct lead *lead;                /* NULL: there are no other processes */
    struct keep *keep;
    struct buf *problems;
    bool ended;
    int result;
};

static int module_add(struct host *host, const struct ts_module *module)
{
    struct store_message message;
    int r = module->collections ? store_add(host->runtime->store, module->collections, &message) : 0;

    if (r) {
        buf_printf(host->problems, "%s: %s\n", module->name, message.text);
        return r;
    }
    due_add(host->runtime->due, module);
    return bus_add(host->runtime->bus, module, host->problems);
}

static const struct ts_collection *const own_collections[] = { &idem_collection, NULL };

static int host_add_own(struct host *host)
{
    struct store_message message;
    int r = store_add(host->runtime->store, own_collections, &message);

    if (r)
        buf_printf(host->problems, "host: %s\n", message.text);
    return r;
}

/* Everything is declared before anything starts, and all problems are told at once. */
static int host_add_all(struct host *host)
{
    int result = host_add_own(host);

    for (size_t i = 0; host->modules[i]; i++) {
        int r = module_add(host, host->modules[i]);

        result = result ? result : r;
    }
    for (size_t i = 0; host->away && host->away[i]; i++) {
        int r = bus_add_away(host->runtime->bus, host->away[i], host->problems);

        result = result ? result : r;
    }
    return result;
}

static int host_start_modules(struct ts_call *call, void *data)
{
    struct host *host = data;

    for (size_t i = 0; host->modules[i]; i++) {
        const struct ts_module *module = host->modules[i];
        int r;

        call->module = module;
        call->deadline_ms = loop_now_ms(host->runtime->loop) + START_MS_MAX;
        r = module->check ? module->check(call) : 0;
        if (r == 0 && module->start)
            r = module->start(call, &host->states[i]);
        if (r) {
            buf_printf(host->problems, "%s: did not start: %s%s%s\n", module->name, ts_error_name(r),
                       call->failure ? ": " : "", call->failure ? call->failure : "");
            return r < 0 ? r : TS_EINTERNAL;
        }
        bus_set_state(host->runtime->bus, module, host->states[i]);
        host->started = i + 1;
    }
    return 0;
}

static void on_started(void *data, int result)
{
    struct host *host = data;

    host->result = result;
    host->ended = true;
}

static int host_run_start(struct host *host)
{
    bus_spawn(host->runtime->bus, &(struct bus_task){ .operation = "start",
                                                      .timeout_ms = START_MS_MAX,
                                                      .run = host_start_modules,
                                                      .done = on_started,
                                                      .data = host });
    while (!host->ended)
        loop_run_once(host->runtime->loop, /* wait= */ true);
    return host->result;
}

int host_start(struct ts_runtime *runtime, const struct host_config *config, struct host **ret_host,
               struct buf *ret_problems)
{
    struct host *host = calloc(1, sizeof(*host));
    int r;

    if (!host)
        abort();
    host->runtime = runtime;
    host->modules = config->modules;
    host->away = config->away;
    host->problems = ret_problems;
    (void)bus_new(runtime, config->transport); /* they set their place in the runtime */
    (void)due_new(runtime);
    (void)idem_new(runtime, TS_IDEMPOTENCY_KEYS_MAX);
    host->keep = keep_new(runtime, config->modules, own_collections);
    r = host_add_all(host);
    r = r ? r : host_run_start(host);
    if (r) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): its only task has ended, so it is freed */
        (void)host_stop(host, 0);
        return r;
    }
    if (config->net) {
        bus_join(runtime->bus, config->net);
        host->lead = lead_new(runtime, config->modules);
        lead_start(host->lead);
    }
    due_start(runtime->due, host->lead);
    keep_start(host->keep, host->lead);
    *ret_host = host;
    return 0;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text)); /* it may be a secret */
    ts_memory_free(text);
}

static bool host_check(struct host *host)
{
    struct ts_arena arena;
    struct ts_call call = { .runtime = host->runtime, .arena = &arena };
    bool ok = true;

    arena_init(&arena);
    for (size_t i = 0; i < host->started && ok; i++)
        ok = !host->modules[i]->check || host->modules[i]->check(&call) == 0;
    arena_done(&arena);
    return ok;
}

bool host_set(struct host *host, enum ts_setting setting, const char *value)
{
    const char **place = &host->runtime->settings[setting], *before = *place;
    char *copy = ts_memory_string(value);

    *place = copy;
    if (!host_check(host)) {
        *place = before;
        wipe(copy);
        return false;
    }
    wipe(host->settings[setting]);
    host->settings[setting] = copy;
    return true;
}

static void on_alarm(struct loop_timer *timer)
{
    (void)timer; /* that the loop went round is all */
}

static bool host_busy(const struct host *host)
{
    return due_busy(host->runtime->due) || keep_busy(host->keep) || bus_busy(host->runtime->bus);
}

static bool host_runs(const struct host *host)
{
    struct fiber_stats fibers;

    fiber_stats(host->runtime->loop, &fibers);
    return fibers.running || bus_busy(host->runtime->bus);
}

/* Run the loop until nothing runs here, for at most `wait_ms`. Return: whether that is so. */
static bool host_drain(const struct host *host, int64_t wait_ms)
{
    struct loop *loop = host->runtime->loop;
    struct loop_timer alarm = { .run = on_alarm };
    int64_t end_ms = loop_now_ms(loop) + wait_ms;

    loop_timer_start(loop, &alarm, wait_ms);
    while (host_runs(host) && loop_now_ms(loop) < end_ms)
        loop_run_once(loop, /* wait= */ true);
    loop_timer_stop(loop, &alarm);
    return !host_runs(host);
}

void host_cancel(struct host *host)
{
    due_stop(host->runtime->due);
    keep_stop(host->keep);
    runtime_cancel(host->runtime);
}

int host_stop(struct host *host, int64_t wait_ms)
{
    if (!host)
        return 0;
    due_stop(host->runtime->due);
    keep_stop(host->keep);
    lead_stop(host->lead);
    if (!host_drain(host, wait_ms)) {
        host_cancel(host);
        if (!host_drain(host, CANCEL_MS_MAX))
            return TS_EDEADLINE;
    }
    for (size_t i = host->started; i-- > 0;)
        if (host->modules[i]->stop)
            host->modules[i]->stop(host->states[i]);
    idem_free(host->runtime->idem);
    passwords_free(host->runtime);
    due_free(host->runtime->due);
    keep_free(host->keep);
    lead_free(host->lead);
    bus_free(host->runtime->bus);
    for (size_t i = 0; i < TS_SETTING_COUNT; i++)
        wipe(host->settings[i]);
    free(host);
    return 0;
}

/* One real millisecond on a fiber. */
struct pause {
    struct loop_timer timer;
    struct fiber *fiber;
    bool over;
};

static void on_pause_over(struct loop_timer *timer)
{
    struct pause *pause = (struct pause *)timer;

    pause->over = true;
    fiber_wake(pause->fiber);
}

static void pause_millisecond(struct loop *loop)
{
    struct pause pause = { .timer.run = on_pause_over, .fiber = fiber_self() };

    loop_timer_start(loop, &pause.timer, 1);
    while (!pause.over)
        fiber_suspend();
}

int host_clock_advance(struct host *host, int64_t advance_ms)
{
    struct loop *loop = host->runtime->loop;
    int64_t end_ms = loop_now_ms(loop) + TS_REQUEST_MS_MAX;

    if (advance_ms < 0)
        return TS_EINVALID;
    runtime_clock_advance(host->runtime, advance_ms);
    due_kick(host->runtime->due);
    keep_kick(host->keep);
    do {
        if (host->runtime->cancelled)
            return TS_ECANCELLED;
        if (loop_now_ms(loop) >= end_ms)
            return TS_EDEADLINE;
        pause_millisecond(loop);
    } while (host_busy(host));
    return 0;
}

void host_write_metrics(const struct host *host, struct buf *ret_text)
{
    struct loop *loop = host->runtime->loop;
    struct fiber_stats stats;

    fiber_stats(loop, &stats);
    buf_printf(ret_text,
               "# HELP tessera_loop_lag_seconds Longest time the loop was held since the last scrape.\n"
               "# TYPE tessera_loop_lag_seconds gauge\ntessera_loop_lag_seconds %.6f\n"
               "# HELP tessera_fibers_running Fibers that have begun and not ended.\n"
               "# TYPE tessera_fibers_running gauge\ntessera_fibers_running %zu\n",
               (double)loop_lag_ns(loop) / 1e9, stats.running);
}
