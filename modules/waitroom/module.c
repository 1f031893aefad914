/* The waiting room: table of contents. */
#include "tessera/module.h"

#include "api.h"
#include "store.h"

static const struct waitroom_service rows = {
    // clang-format off
    /* rpc          handler     deadline_ms */
    .set_room  = { set_room,   2000 },
    .get_rooms = { get_rooms,  1000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &waitroom__waitroom__descriptor, waitroom_dispatch, waitroom_deadline, &rows },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &waitroom__room_changed__descriptor, NULL };

const struct ts_module waitroom_module = {
    .name = "waitroom",
    .services = services,
    .collections = waitroom_collections,
    .events = events,
};
