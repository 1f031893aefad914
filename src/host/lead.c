/* Who is there, by what was heard of late; see lead.h. */
#include "host/lead.h"

#include <string.h>

#include "base/hex.h"
#include "bus/bus.h"
#include "host/v1/present.pb-c.h"
#include "loop/loop.h"
#include "store/store.h"
#include "tessera/memory.h"

enum {
    TELL_MS = 1000,
    MISSED_MS = 3500,  /* who has said nothing for so long is gone */
    OTHERS_MAX = 64,   /* more need not be known: the least of those decide */
    PROCESS_SIZE = 17, /* sixteen hex digits and NUL */
};

struct other {
    char process[PROCESS_SIZE];
    int64_t heard_ms;
    uint64_t modules; /* a bit for each of ours that it runs too */
};

struct lead {
    struct ts_runtime *runtime;
    const struct ts_module *const *modules;
    struct bus_watcher watcher;
    struct loop_timer timer;
    char process[PROCESS_SIZE];
    struct other others[OTHERS_MAX];
    size_t other_count;
};

static bool is_present(const struct lead *lead, const struct other *other)
{
    return loop_now_ms(lead->runtime->loop) < other->heard_ms + MISSED_MS;
}

/* A place for somebody: his own, else one of who is gone. NULL: there is none. */
static struct other *place_of(struct lead *lead, const char *process)
{
    struct other *gone = NULL;

    for (size_t i = 0; i < lead->other_count; i++) {
        if (!strcmp(lead->others[i].process, process))
            return &lead->others[i];
        if (!is_present(lead, &lead->others[i]))
            gone = &lead->others[i];
    }
    return gone || lead->other_count == OTHERS_MAX ? gone : &lead->others[lead->other_count++];
}

static uint64_t shared_modules(const struct lead *lead, const Host__Present *present)
{
    uint64_t shared = 0;

    for (size_t i = 0; lead->modules[i] && i < 64; i++) {
        for (size_t j = 0; j < present->n_modules; j++)
            shared |= strcmp(lead->modules[i]->name, present->modules[j]) ? 0 : UINT64_C(1) << i;
    }
    return shared;
}

static void on_heard(struct bus_watcher *watcher, const ProtobufCMessage *event)
{
    struct lead *lead = container_of(watcher, struct lead, watcher);
    const Host__Present *present = (const Host__Present *)event;
    struct other *other;

    if (event->descriptor != &host__present__descriptor || !present->process ||
        strlen(present->process) != PROCESS_SIZE - 1 || !strcmp(present->process, lead->process))
        return;
    other = place_of(lead, present->process);
    if (!other)
        return;
    memcpy(other->process, present->process, PROCESS_SIZE);
    other->heard_ms = loop_now_ms(lead->runtime->loop);
    other->modules = shared_modules(lead, present);
}

static bool is_led_by_others(const struct lead *lead, size_t module, const char *below)
{
    for (size_t i = 0; i < lead->other_count; i++) {
        const struct other *other = &lead->others[i];

        if (other->modules & (UINT64_C(1) << module) && is_present(lead, other) &&
            (!below || strcmp(other->process, below) < 0))
            return true;
    }
    return false;
}

static size_t number_of(const struct lead *lead, const struct ts_module *module)
{
    size_t number = 0;

    while (lead->modules[number] && lead->modules[number] != module)
        number++;
    return number;
}

bool lead_is_ours(const struct lead *lead, const struct ts_module *module)
{
    return !lead || !is_led_by_others(lead, number_of(lead, module), lead->process);
}

bool lead_has_others(const struct lead *lead, const struct ts_module *module)
{
    return lead && is_led_by_others(lead, number_of(lead, module), NULL);
}

static bool leads_any(const struct lead *lead)
{
    for (size_t i = 0; lead->modules[i]; i++) {
        if (lead_is_ours(lead, lead->modules[i]))
            return true;
    }
    return false;
}

/* Who cannot write leaves the lead to others. */
static void tell(struct lead *lead)
{
    struct ts_call call = { .runtime = lead->runtime };
    Host__Present present = HOST__PRESENT__INIT;
    char *names[64];

    if (store_problem(lead->runtime->store))
        return;
    present.process = lead->process;
    present.modules = names;
    for (size_t i = 0; lead->modules[i] && i < 64; i++)
        names[present.n_modules++] = (char *)lead->modules[i]->name;
    ts_publish(&call, &present.base);
}

static void on_tell(struct loop_timer *timer)
{
    struct lead *lead = container_of(timer, struct lead, timer);

    tell(lead);
    store_sweep(lead->runtime->store, leads_any(lead));
    loop_timer_start(lead->runtime->loop, timer, TELL_MS);
}

struct lead *lead_new(struct ts_runtime *runtime, const struct ts_module *const *modules)
{
    struct lead *lead = ts_memory_new(1, sizeof(*lead));
    uint8_t random[(PROCESS_SIZE - 1) / 2];

    lead->runtime = runtime;
    lead->modules = modules;
    lead->watcher = (struct bus_watcher){ .heard = on_heard, .own = &host__present__descriptor };
    lead->timer.run = on_tell;
    runtime->random(runtime, random, sizeof(random));
    hex_put(lead->process, random, sizeof(random)); /* and a NUL, which is there */
    return lead;
}

void lead_start(struct lead *lead)
{
    if (store_ops(lead->runtime->store)->exact)
        return;
    bus_watch(lead->runtime->bus, &lead->watcher);
    on_tell(&lead->timer);
}

void lead_stop(struct lead *lead)
{
    if (!lead)
        return;
    loop_timer_stop(lead->runtime->loop, &lead->timer);
}

void lead_free(struct lead *lead)
{
    if (!lead)
        return;
    lead_stop(lead);
    bus_unwatch(&lead->watcher);
    ts_memory_free(lead);
}
