/*
 * Counts of sold positions: see counts.h. Each event has one tally: a hash from 64-bit names (of an order; of a date
 * and type) to numbers. An order's number is the version last shown and whether it counted, so showing is idempotent
 * and its order does not matter.
 */
#include "counts.h"

#include <stdlib.h>
#include <string.h>

#include "tessera/memory.h"

struct tally {
    uint64_t *names; /* 0: free */
    int64_t *numbers;
    size_t count;
    size_t capacity; /* a power of two */
};

struct event_counts {
    char *event_id;
    struct tally tally;
    bool sealed;
};

struct counts {
    struct event_counts events[COUNTS_EVENTS_MAX];
    unsigned next; /* the place that is made free for the next event */
};

/* FNV-1a over up to two strings; never 0. */
static uint64_t name_of(char kind, const char *first, const char *second)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (unsigned char)kind;
    const char *parts[] = { first ? first : "", second ? second : "" };

    for (size_t i = 0; i < 2; i++) {
        for (const char *byte = parts[i]; *byte; byte++)
            hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
        hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
    }
    return hash ? hash : 1;
}

static size_t tally_slot(const struct tally *tally, uint64_t name)
{
    size_t slot = (size_t)(name ^ (name >> 32)) & (tally->capacity - 1);

    while (tally->names[slot] && tally->names[slot] != name)
        slot = (slot + 1) & (tally->capacity - 1);
    return slot;
}

static void tally_grow(struct tally *tally)
{
    struct tally old = *tally;

    tally->capacity = old.capacity ? old.capacity * 2 : 64;
    tally->names = ts_memory_new(tally->capacity, sizeof(*tally->names));
    tally->numbers = ts_memory_new(tally->capacity, sizeof(*tally->numbers));
    for (size_t i = 0; i < old.capacity; i++) {
        size_t slot;

        if (!old.names[i])
            continue;
        slot = tally_slot(tally, old.names[i]);
        tally->names[slot] = old.names[i];
        tally->numbers[slot] = old.numbers[i];
    }
    ts_memory_free(old.names);
    ts_memory_free(old.numbers);
}

/* The number under `name`, made 0 if it is new. */
static int64_t *tally_at(struct tally *tally, uint64_t name)
{
    size_t slot;

    if (tally->count * 2 >= tally->capacity)
        tally_grow(tally);
    slot = tally_slot(tally, name);
    if (!tally->names[slot]) {
        tally->names[slot] = name;
        tally->count++;
    }
    return &tally->numbers[slot];
}

static int64_t tally_get(const struct tally *tally, uint64_t name)
{
    size_t slot;

    if (tally->capacity == 0)
        return 0;
    slot = tally_slot(tally, name);
    return tally->names[slot] ? tally->numbers[slot] : 0;
}

struct counts *counts_new(void)
{
    return ts_memory_new(1, sizeof(struct counts));
}

static void event_counts_clear(struct event_counts *event)
{
    ts_memory_free(event->event_id);
    ts_memory_free(event->tally.names);
    ts_memory_free(event->tally.numbers);
    *event = (struct event_counts){ 0 };
}

struct counts *counts_free(struct counts *counts)
{
    if (!counts)
        return NULL;
    for (size_t i = 0; i < COUNTS_EVENTS_MAX; i++)
        event_counts_clear(&counts->events[i]);
    ts_memory_free(counts);
    return NULL;
}

static struct event_counts *event_counts_find(const struct counts *counts, const char *event_id)
{
    for (size_t i = 0; i < COUNTS_EVENTS_MAX && counts->events[i].event_id; i++) { /* they are taken in turn */
        const struct event_counts *event = &counts->events[i];

        if (strcmp(event->event_id, event_id) == 0)
            return (struct event_counts *)event;
    }
    return NULL;
}

bool counts_are_sealed(const struct counts *counts, const char *event_id)
{
    const struct event_counts *event = event_counts_find(counts, event_id);

    return event && event->sealed;
}

void counts_open(struct counts *counts, const char *event_id)
{
    struct event_counts *event = event_counts_find(counts, event_id);

    if (event)
        return;
    event = &counts->events[counts->next];
    counts->next = (counts->next + 1) % COUNTS_EVENTS_MAX;
    event_counts_clear(event);
    event->event_id = ts_memory_string(event_id);
}

void counts_seal(struct counts *counts, const char *event_id)
{
    struct event_counts *event = event_counts_find(counts, event_id);

    if (event)
        event->sealed = true;
}

static void positions_add(struct tally *tally, const Orders__Order *order, int64_t change)
{
    for (size_t i = 0; i < order->n_positions; i++) {
        const char *date = order->positions[i]->date_id, *type = order->positions[i]->ticket_type_id;

        *tally_at(tally, name_of('c', date, type)) += change;
        *tally_at(tally, name_of('c', date, NULL)) += change;
        *tally_at(tally, name_of('c', NULL, type)) += change;
        *tally_at(tally, name_of('c', NULL, NULL)) += change;
    }
}

bool counts_show(struct counts *counts, const Orders__Order *order, int64_t version)
{
    struct event_counts *event = event_counts_find(counts, order->event_id);
    int64_t *shown;
    bool was, is = order->status == ORDERS__ORDER_STATUS__PAID;

    if (!event)
        return false;
    shown = tally_at(&event->tally, name_of('o', order->id, NULL));
    if (version <= *shown / 2)
        return true;
    was = *shown % 2;
    *shown = version * 2 + is;
    if (was != is)
        positions_add(&event->tally, order, is ? 1 : -1);
    return true;
}

int64_t counts_get(const struct counts *counts, const char *event_id, const char *date_id, const char *ticket_type_id)
{
    const struct event_counts *event = event_counts_find(counts, event_id);

    return event ? tally_get(&event->tally, name_of('c', date_id, ticket_type_id)) : 0;
}
