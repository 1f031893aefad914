/* One place in the room: what its owner is told, and his coming in when his turn is there. */
#ifndef WAITROOM_PLACE_H
#define WAITROOM_PLACE_H

#include "tessera/call.h"
#include "tessera/log.h"
#include "waitroom/v1/waitroom.pb-c.h"

/*
 * The place as its owner sees it now. Asking is what keeps it: he is there. When his turn has come he goes in, which is
 * written before it is told.
 * Return: 0 and *ret_view, NULL when there is no such place; a ts_error.
 */
int place_view(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id,
               Waitroom__PlaceView **ret_view);

/* The place is over, for whatever reason: its next version. Return: 0, also when it was; a ts_error. */
int place_end(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id, struct ts_metric *metric);

/*
 * Whether whoever stands in a slot has gone, so that somebody else may: over, past its pass, passed over for good, or
 * never written by whoever took the slot long ago.
 * Return: 0 and *ret_gone; a ts_error.
 */
int place_is_gone(struct ts_call *call, const Waitroom__Room *settings, const char *entry_id, bool *ret_gone);

#endif
