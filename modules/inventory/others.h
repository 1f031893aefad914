/*
 * What other processes do to places, where they share our store. They tell what a hold's put has made of its places
 * (PlacesChanged, a hint); what a hint did not say, or was lost, is looked for: around a claim that met another's, and
 * in the whole quota while it looks full, at most once a second and never more than a tenth of the time. Where the
 * store is ours alone, none of this does anything.
 */
#ifndef INVENTORY_OTHERS_H
#define INVENTORY_OTHERS_H

#include "places.h"

/* Tell others what the hold, just put, has made of its places. */
void others_tell(struct ts_call *call, const Inventory__Hold *hold);
/* Tell others to read the quota, and to look at its places, again. */
void others_tell_quota(struct ts_call *call, const char *quota_id);
/* The listener. */
int others_told(struct ts_call *call, const ProtobufCMessage *event);

/*
 * Look at the whole quota again, because it looks full. Its map is ready.
 * Return: OTHERS_LOOKED when it was worth it, and the map may say something else; OTHERS_KNOWN; a ts_error.
 */
enum { OTHERS_KNOWN = 0, OTHERS_LOOKED = 1 };
int others_look(struct ts_call *call, struct quota *quota);

/* Look at the places beside one that was another's. Return: 0; a ts_error. */
int others_look_beside(struct ts_call *call, struct quota *quota, int32_t number);

/* The quota's map is ready, and what it says of how many are free is as new as it can be had. Return: 0; a ts_error. */
int quota_count_ready(struct ts_call *call, struct quota *quota);

#endif
