/* See keep.h. A round is a task of the bus; its pages are requests to the store like any other, one after the other. */
#include "host/keep.h"

#include <stdlib.h>
#include <string.h>

#include "bus/bus.h"
#include "host/lead.h"
#include "loop/loop.h"
#include "store/store.h"
#include "tessera/clock.h"
#include "tessera/memory.h"

struct keep {
    struct ts_runtime *runtime;
    const struct ts_module *const *modules;
    const struct ts_collection *const *own;
    const struct lead *lead; /* NULL: there are no other processes */
    struct loop_timer timer;
    int64_t next_ms; /* of the next round, on the domain's clock */
    bool started, running;
};

int64_t keep_term_ms(const struct ts_collection *collection, const char *retention)
{
    const char *term = collection->keep_term;

    for (const char *at = term ? retention : NULL; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t size = strlen(term);
        long days = strncmp(at, term, size) == 0 && at[size] == '=' ? strtol(at + size + 1, NULL, 10) : 0;
        int64_t said_ms = days * (int64_t)TS_DAY_MS;

        if (said_ms > 0) /* what it says was checked at the start */
            return said_ms > collection->keep_min_ms ? said_ms : collection->keep_min_ms;
    }
    return collection->keep_ms;
}

static int keep_collection(struct ts_call *call, const struct keep *keep, const struct ts_collection *declared)
{
    const struct store_collection *collection = store_find(call->runtime->store, declared->name);
    int64_t before_ms = ts_now_ms(call) - keep_term_ms(declared, ts_setting(call, TS_SETTING_RETENTION));
    const char *cursor = "";
    size_t count;
    int r = 0;

    while (r == 0 && cursor && keep->started) {
        r = store_drop_old(call, collection, before_ms, KEEP_PAGE, &cursor, &count);
        ts_yield(call);
    }
    return r;
}

/* Those of one owner that are not kept for ever. */
static int keep_list(struct ts_call *call, const struct keep *keep, const struct ts_collection *const *collections)
{
    int r = 0;

    for (; collections && *collections && r == 0; collections++)
        r = (*collections)->keep_ms ? keep_collection(call, keep, *collections) : 0;
    return r;
}

static int round_run(struct ts_call *call, void *data)
{
    const struct keep *keep = data;
    int r = 0;

    call->deadline_ms = INT64_MAX; /* however much there is */
    if (keep->modules[0] && lead_is_ours(keep->lead, keep->modules[0]))
        r = keep_list(call, keep, keep->own);
    for (size_t i = 0; keep->modules[i] && r == 0; i++) {
        if (lead_is_ours(keep->lead, keep->modules[i]))
            r = keep_list(call, keep, keep->modules[i]->collections);
    }
    return r;
}

static void ring(struct keep *keep)
{
    int64_t wait_ms = keep->next_ms - runtime_now_ms(keep->runtime);

    if (keep->started)
        loop_timer_start(keep->runtime->loop, &keep->timer, wait_ms > 0 ? wait_ms : 0);
}

/* What failed, the next round does. */
static void round_done(void *data, int result)
{
    struct keep *keep = data;

    (void)result;
    keep->running = false;
    keep->next_ms = runtime_now_ms(keep->runtime) + KEEP_ROUND_MS;
    ring(keep);
}

static void on_ring(struct loop_timer *timer)
{
    struct keep *keep = (struct keep *)((char *)timer - offsetof(struct keep, timer));

    if (!keep->started || keep->running || keep->runtime->crashed)
        return;
    if (keep->next_ms > runtime_now_ms(keep->runtime)) {
        ring(keep);
        return;
    }
    keep->running = true;
    bus_spawn(keep->runtime->bus, &(struct bus_task){ .module = keep->modules[0],
                                                      .operation = "keep",
                                                      .timeout_ms = KEEP_ROUND_MS,
                                                      .run = round_run,
                                                      .done = round_done,
                                                      .data = keep });
}

struct keep *keep_new(struct ts_runtime *runtime, const struct ts_module *const *modules,
                      const struct ts_collection *const *own)
{
    struct keep *keep = ts_memory_new(1, sizeof(*keep));

    *keep = (struct keep){ .runtime = runtime, .modules = modules, .own = own, .timer.run = on_ring };
    return keep;
}

void keep_start(struct keep *keep, const struct lead *lead)
{
    keep->lead = lead;
    keep->started = true;
    keep->next_ms = runtime_now_ms(keep->runtime) + KEEP_FIRST_MS;
    ring(keep);
}

void keep_stop(struct keep *keep)
{
    keep->started = false;
    loop_timer_stop(keep->runtime->loop, &keep->timer);
}

void keep_free(struct keep *keep)
{
    if (!keep)
        return;
    keep_stop(keep);
    ts_memory_free(keep);
}

void keep_kick(struct keep *keep)
{
    if (!keep->running)
        ring(keep);
}

bool keep_busy(const struct keep *keep)
{
    return keep->started && !keep->runtime->crashed &&
           (keep->running || keep->next_ms <= runtime_now_ms(keep->runtime));
}
