/*
 * Who has signed in, by the tokens that identity issues. A token is verified once, by keys that identity tells us; that
 * its session still lives is asked for each five seconds in which it is used, at once after identity said that it has
 * ended, and once in five seconds for as long as something live (a socket, a subscription) belongs to it.
 */
#ifndef GATEWAY_ACCOUNTS_H
#define GATEWAY_ACCOUNTS_H

#include "gateway/users.h"

struct ts_runtime;

enum {
    ACCOUNTS_FRESH_MS = 5000, /* a session that was asked about may be believed for so long */
    ACCOUNTS_KEEP_MS = 60000, /* one that is not used any more is remembered */
    ACCOUNTS_SWEEP_MS = 1000,
    ACCOUNTS_ASK_MS = 2000,  /* deadline of a question to identity */
    ACCOUNTS_KEYS_MS = 1000, /* keys are not asked for more often, whatever tokens name */
    ACCOUNTS_MAX = 50000,    /* sessions, and tokens, that are remembered: some 300 bytes each */
};

struct accounts;

/* Listens to the bus from now on; the runtime's bus must be there. */
struct accounts *accounts_new(struct ts_runtime *runtime);
struct users *accounts_users(struct accounts *accounts);
/* Ask nobody any more; what is under way may end. */
void accounts_stop(struct accounts *accounts);
/* No fiber may be inside it. NULL is fine. */
void accounts_free(struct accounts *accounts);

#endif
