/*
 * Of several processes that run a module on one store, one looks after what any of them could: what fell due, rows that
 * nobody finished, whose turn it is. They say once a second that they are there, over the bus; the one with the least
 * word leads. It is an optimisation and guards nothing: who hears nobody leads, so a process that is cut off does the
 * work as well, and one that died is missed after some seconds. Nothing is written for it: a store without deletes
 * would keep each renewal of a lease for ever.
 */
#ifndef HOST_LEAD_H
#define HOST_LEAD_H

#include <stdbool.h>

#include "loop/runtime.h"
#include "tessera/module.h"

struct lead;

/* Needs runtime->bus. `modules` (NULL-terminated) are those that run here, borrowed. */
struct lead *lead_new(struct ts_runtime *runtime, const struct ts_module *const *modules);
void lead_free(struct lead *lead);

/* Say that we are there, from now on; the bus has been joined. Where the store is ours alone nothing is said. */
void lead_start(struct lead *lead);
/* Nothing more is said: others take over. */
void lead_stop(struct lead *lead);

/* Does this process lead in the module? Without a lead (NULL: there are no other processes) it does. */
bool lead_is_ours(const struct lead *lead, const struct ts_module *module);
/* Are there others that run it? */
bool lead_has_others(const struct lead *lead, const struct ts_module *module);

#endif
