/*
 * How often something may be done: a bucket of tokens for whoever does it, in memory of a fixed size, in each process
 * by itself. What the edge counts (queries, mutations) is counted before a module is asked; here is what only a module
 * knows. Not limited are the owner, ourselves, whose address is not known, and who asks from a private network,
 * behind which anybody may be, unless trusted proxies say who.
 */
#ifndef TESSERA_RATE_H
#define TESSERA_RATE_H

#include "tessera/call.h"

enum ts_rate {
    TS_RATE_GUESS,         /* by the address of who asks, of IPv6 its network */
    TS_RATE_GUESS_ACCOUNT, /* the same, for each account that is tried by itself */
    TS_RATE_GUESS_CODE,    /* by what is tried alone, from wherever: for who has its password */
};

/*
 * Take a token. `of` is whatever is tried, told apart by its bytes; NULL where the rate is of all of it.
 * Return: 0; TS_EEXHAUSTED with words and call->retry_after_s, and nothing is taken.
 */
int ts_rate_take(struct ts_call *call, enum ts_rate rate, const char *of);

/* Give back what was taken for the same. */
void ts_rate_give_back(struct ts_call *call, enum ts_rate rate, const char *of);

#endif
