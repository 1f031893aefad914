/*
 * Those who have an account, as the gateway needs them: who a token speaks for, and when his session has ended. An
 * interface, so that transports know nothing of how that is found out (accounts.h).
 */
#ifndef GATEWAY_USERS_H
#define GATEWAY_USERS_H

#include "base/list.h"
#include "tessera/call.h"

/* Somebody who must know when a session ends. Embedded; list_remove() of an initialised link ends it. */
struct user_watch {
    struct list link;
    void (*ended)(struct user_watch *watch); /* on the loop's own stack, once; it watches no more then */
};

struct users {
    /*
     * Who sent this access token; on a fiber, may suspend. Return: 0 and *ret_principal (its strings in `arena`);
     * TS_EUNAUTHENTICATED; TS_EUNAVAILABLE when it cannot be found out now.
     */
    int (*authenticate)(struct users *users, struct ts_arena *arena, const char *token,
                        const struct ts_principal **ret_principal);
    /*
     * The same person as he is now: a principal that was kept for longer than a request brings no rights along. On a
     * fiber, may suspend. Return: as authenticate().
     */
    int (*renew)(struct users *users, struct ts_arena *arena, const struct ts_principal *principal,
                 const struct ts_principal **ret_principal);
    /* Watch the session of a principal that authenticate() gave. Its link must be initialised. */
    void (*watch)(struct users *users, const struct ts_principal *principal, struct user_watch *watch);
};

#endif
