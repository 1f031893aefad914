/*
 * Fibers of one module that wait for each other: of several that need the same thing, one does the work, the others
 * wait until it says that it has ended, and look again.
 *
 *     while (thing->busy) { r = ts_wait(call, &thing->waiters); if (r) return r; }
 *     thing->busy = true; … thing->busy = false;
 *     ts_wake(&thing->waiters);
 */
#ifndef TESSERA_WAIT_H
#define TESSERA_WAIT_H

struct ts_call;
struct ts_waiter;

/* Part of a module's state; zero is an empty one. */
struct ts_waiters {
    struct ts_waiter *first;
};

/*
 * Suspend this fiber until ts_wake(). Whoever wakes must do so on each of its ways out, failures included.
 * Return: 0 when woken; TS_EDEADLINE if the call's deadline passes first; TS_ECRASHED.
 */
int ts_wait(struct ts_call *call, struct ts_waiters *waiters);

/* Wake all who wait; they run when this fiber next waits or ends, in the order in which they came. */
void ts_wake(struct ts_waiters *waiters);

#endif
