/*
 * Views: what a module worked out from whole collections, kept in memory and given to all readers until a document of
 * one of them is written. On a store of one process a view is exact, as a scan is: what was answered before the call is
 * seen. On any other it is made anew for each call.
 */
#ifndef TESSERA_VIEW_H
#define TESSERA_VIEW_H

#include "tessera/store.h"

struct ts_view {
    const struct ts_collection *const *of; /* what it is worked out from, all of them; NULL-terminated */
    /*
     * Work it out. call->arena is the view's own meanwhile: what is allocated, and what the store gives, lives as long
     * as the view does; a view that is added to later keeps it in its data. `question` is the reader's; its answer must
     * depend on nothing but `key`. Return: 0 and *ret_data; anything else is the read's result, and nothing is kept.
     */
    int (*make)(struct ts_call *call, const void *question, void **ret_data);
};

enum { TS_VIEW_KEY_SIZE_MAX = 80 };

/*
 * The view of `key` (at most TS_VIEW_KEY_SIZE_MAX bytes; NULL: make one for this call alone). The data stay until
 * call->arena goes, and other readers have them, too: a module may add to them what its make() left out, allocated with
 * call->arena set to the view's meanwhile, but change nothing that was there.
 * Return: 0 and *ret_data; what make() returned; a ts_error.
 */
int ts_view_read(struct ts_call *call, const struct ts_view *view, const char *key, const void *question,
                 void **ret_data);

#endif
