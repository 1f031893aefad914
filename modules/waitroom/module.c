/* The waiting room: table of contents. */
#include "tessera/module.h"

#include "api.h"
#include "orders/v1/orders.pb-c.h"
#include "room.h"
#include "store.h"

static const struct waitroom_service rows = {
    // clang-format off
    /* rpc           handler      deadline_ms; of those that may have to read a million places back: half a minute */
    .set_room   = { set_room,    2000 },
    .join_room  = { join_room,  25000 },
    .leave_room = { leave_room, 25000 },
    .get_place  = { get_place,  25000 },
    .get_rooms  = { get_rooms,   1000 },
    .use_pass   = { use_pass,    5000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &waitroom__waitroom__descriptor, waitroom_dispatch, waitroom_deadline, &rows },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &waitroom__room_changed__descriptor,
                                                            &waitroom__place_changed__descriptor, NULL };

static const struct ts_listener listeners[] = {
    { &orders__order_changed__descriptor, on_order_changed },
    { 0 },
};

static const struct ts_due due[] = {
    { &waitroom_cursors, cursor_due },
    { 0 },
};

const struct ts_module waitroom_module = {
    .name = "waitroom",
    .services = services,
    .collections = waitroom_collections,
    .listeners = listeners,
    .due = due,
    .events = events,
    .start = waitroom_start,
    .stop = waitroom_stop,
};
