/*
 * Calls from the edge that say one idempotency key take turns: the second begins when the first has ended, and so finds
 * either the record that it left or the world as if it had never been. Without turns it could meet half of the first (a
 * slug that is taken, places that are held, a limit that is reached) and be refused for what its own twin did. A turn
 * is on its call's stack, linked in the order of coming; each call waits for the one before it.
 */
#include "base/map.h"
#include "bus/inside.h"
#include "tessera/wait.h"

#include <string.h>

void turns_init(struct bus *bus)
{
    for (size_t i = 0; i < BUS_TURN_LISTS; i++)
        list_init(&bus->turns[i]);
}

/* The turn of the same key that came last before this one; NULL: there is none. */
static struct turn *turn_before(struct list *turns, const struct turn *turn)
{
    for (struct list *at = turn->link.previous; at != turns; at = at->previous) {
        struct turn *before = container_of(at, struct turn, link);

        if (before->hash == turn->hash)
            return before;
    }
    return NULL;
}

int turn_begin(struct ts_call *call, struct turn *turn)
{
    struct turn *before;
    struct list *turns;
    int r = 0;

    *turn = (struct turn){ .hash = 0 };
    list_init(&turn->link);
    if (!call->idempotency_key)
        return 0;
    /* Two keys with one hash wait for each other in vain, and that is all. */
    turn->hash = hash_bytes(call->idempotency_key, strlen(call->idempotency_key));
    turns = &call->runtime->bus->turns[turn->hash % BUS_TURN_LISTS];
    list_add_end(turns, &turn->link);
    while (r == 0 && (before = turn_before(turns, turn)))
        r = ts_wait(call, &before->waiters);
    return r;
}

void turn_end(struct turn *turn)
{
    list_remove(&turn->link);
    ts_wake(&turn->waiters);
}
