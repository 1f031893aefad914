/* A waiting room's documents, their keys and indexes. The only file of the module that calls tessera/store.h. */
#ifndef WAITROOM_STORE_H
#define WAITROOM_STORE_H

#include "tessera/call.h"
#include "waitroom/v1/waitroom.pb-c.h"

struct ts_collection;

extern const struct ts_collection *const waitroom_collections[];

/* Return: 0 and the newest version (0 and NULL when the event never had a room), not to be changed; a ts_error. */
int store_get_room(struct ts_call *call, const char *event_id, const Waitroom__Room **ret_room, int64_t *ret_version);

/* Return: 0; STORE_CONFLICT when somebody else wrote that version; a ts_error. */
enum { STORE_CONFLICT = 1 };
int store_put_room(struct ts_call *call, const Waitroom__Room *room, int64_t version);

#endif
