/*
 * The engine of struct ts_due: for each collection with an index "due", a timer for the earliest due_ms that is known,
 * a scan when it rings, when a write here sets an earlier one, and every few seconds for what other processes wrote. Of
 * several processes one does it for all (lead.h): every second, since nobody rings for what others wrote.
 */
#ifndef HOST_DUE_H
#define HOST_DUE_H

#include <stdbool.h>

#include "loop/runtime.h"
#include "tessera/module.h"

enum {
    DUE_RUNNING_MAX = 64,    /* handlers at once, per collection */
    DUE_SCAN_MS = 5000,      /* other processes' documents wait no longer */
    DUE_PAUSE_MS_MIN = 100,  /* after a first failure; doubles */
    DUE_PAUSE_MS_MAX = 60000 /* with each, up to this */
};

struct lead;

/* Sets runtime->due and runtime->on_due. Needs runtime->bus. */
struct due *due_new(struct ts_runtime *runtime);
void due_add(struct due *due, const struct ts_module *module);
/* `lead` says whether this process looks after what others wrote, too; NULL: there are no others. */
void due_start(struct due *due, const struct lead *lead);
/* No new handlers from now on; those that run go on. */
void due_stop(struct due *due);
void due_free(struct due *due);

/* Look now: the clock was moved. */
void due_kick(struct due *due);

/* True while a handler runs or a scan is under way or wanted. */
bool due_busy(const struct due *due);

#endif
