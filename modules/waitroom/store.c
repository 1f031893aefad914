/* Rooms as documents; see store.h. */
#include "store.h"

#include "tessera/store.h"

static const struct ts_collection rooms = {
    .name = "waiting_rooms",
    .message = &waitroom__room__descriptor,
    .shared = true,
};

const struct ts_collection *const waitroom_collections[] = { &rooms, NULL };

int store_get_room(struct ts_call *call, const char *event_id, const Waitroom__Room **ret_room, int64_t *ret_version)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &rooms, event_id, &doc);

    if (r)
        return r;
    *ret_room = (const Waitroom__Room *)doc.body;
    *ret_version = doc.version;
    return 0;
}

int store_put_room(struct ts_call *call, const Waitroom__Room *room, int64_t version)
{
    return ts_store_put(call, &rooms, room->event_id, version, &room->base);
}
