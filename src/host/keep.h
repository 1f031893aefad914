/*
 * Letting go of what nobody needs any more: documents of collections that say how long they are kept (`keep_ms` of
 * tessera/store.h, or the days of --retention that their term has), some at a time, a few times a day. Of several
 * processes that run a module one does it for all (lead.h). It is repeated for ever, so nothing is lost when it stops
 * anywhere, and what a restore brought back goes with the next round.
 */
#ifndef HOST_KEEP_H
#define HOST_KEEP_H

#include <stdbool.h>

#include "loop/runtime.h"
#include "tessera/module.h"

enum {
    KEEP_FIRST_MS = 5 * 60 * 1000,      /* after a start, when those who wait for it have been served */
    KEEP_ROUND_MS = 6 * 60 * 60 * 1000, /* what is kept for a day goes within a day and a quarter */
    KEEP_PAGE = 200,                    /* documents looked at in one go: a millisecond of the store's writer */
};

struct keep;
struct lead;

/* `modules` are those that run here, NULL-terminated; `own` the host's own collections, as well. */
struct keep *keep_new(struct ts_runtime *runtime, const struct ts_module *const *modules,
                      const struct ts_collection *const *own);
void keep_start(struct keep *keep, const struct lead *lead);
/* No new round, and the one under way ends soon. */
void keep_stop(struct keep *keep);
void keep_free(struct keep *keep);

/* Look now: the clock was moved. */
void keep_kick(struct keep *keep);

/* True while a round is under way or due. */
bool keep_busy(const struct keep *keep);

/* How long documents of a collection are kept, by --retention's words (NULL: none); 0: for ever. */
int64_t keep_term_ms(const struct ts_collection *collection, const char *retention);

#endif
