/* The door: table of contents. */

#include "tessera/module.h"

#include "api.h"
#include "door.h"
#include "store.h"
#include "tessera/memory.h"

static const struct door_service rows = {
    // clang-format off
    /* rpc                       handler                 deadline_ms */
    .create_check_in_list  = { create_check_in_list,  1000 },
    .check_in              = { check_in,               500 },
    .undo_check_in         = { undo_check_in,          500 },
    .get_check_in_list     = { get_check_in_list,      500 },
    .get_check_in_lists    = { get_check_in_lists,    1000 },
    .get_check_ins         = { get_check_ins,         1000 },
    .list_event_lists      = { list_event_lists,      2000 },
    .get_list_counts       = { get_list_counts,       5000 },
    .list_check_ins        = { list_check_ins,        2000 },
    .list_guests           = { list_guests,          10000 },
    .list_ticket_check_ins = { list_ticket_check_ins, 2000 },
    .follow_check_ins      = { follow_check_ins,      2000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &door__door__descriptor, door_dispatch, door_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { &check_in_lists, &admissions, &check_ins, NULL };

static int door_start(struct ts_call *call, void **ret_state)
{
    static const char *const labels[DOOR_RESULTS] = {
        [DOOR__CHECK_IN_RESULT__OK] = "result=\"ok\"",
        [DOOR__CHECK_IN_RESULT__INVALID] = "result=\"invalid\"",
        [DOOR__CHECK_IN_RESULT__UNPAID] = "result=\"unpaid\"",
        [DOOR__CHECK_IN_RESULT__CANCELLED] = "result=\"cancelled\"",
        [DOOR__CHECK_IN_RESULT__REVOKED] = "result=\"revoked\"",
        [DOOR__CHECK_IN_RESULT__ALREADY_REDEEMED] = "result=\"already_redeemed\"",
        [DOOR__CHECK_IN_RESULT__WRONG_EVENT] = "result=\"wrong_event\"",
        [DOOR__CHECK_IN_RESULT__WRONG_PRODUCT] = "result=\"wrong_product\"",
        [DOOR__CHECK_IN_RESULT__TOO_EARLY] = "result=\"too_early\"",
        [DOOR__CHECK_IN_RESULT__TOO_LATE] = "result=\"too_late\"",
        [DOOR__CHECK_IN_RESULT__BLOCKED] = "result=\"blocked\"",
    };
    struct door *door = ts_memory_new(1, sizeof(*door));

    for (size_t i = 0; i < DOOR_RESULTS; i++)
        door->check_ins[i] =
            ts_metric_new(call, TS_METRIC_COUNTER, "tessera_check_ins_total", labels[i], "Scans recorded at doors.");
    *ret_state = door;
    return 0;
}

static const ProtobufCMessageDescriptor *const events[] = { &door__check_in_recorded__descriptor, NULL };

const struct ts_module door_module = {
    .name = "door",
    .services = services,
    .collections = collections,
    .events = events,
    .start = door_start,
    .stop = ts_memory_free,
};
