/* The door: table of contents. */
#include "tessera/module.h"

#include "api.h"
#include "store.h"

static const struct door_service rows = {
    // clang-format off
    /* rpc                       handler                 deadline_ms */
    .create_check_in_list  = { create_check_in_list,  1000 },
    .check_in              = { check_in,               500 },
    .get_check_in_list     = { get_check_in_list,      500 },
    .get_check_in_lists    = { get_check_in_lists,    1000 },
    .get_check_ins         = { get_check_ins,         1000 },
    .list_event_lists      = { list_event_lists,      2000 },
    .get_list_counts       = { get_list_counts,       5000 },
    .list_check_ins        = { list_check_ins,        2000 },
    .list_ticket_check_ins = { list_ticket_check_ins, 2000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &door__door__descriptor, door_dispatch, door_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { &check_in_lists, &admissions, &check_ins, NULL };

const struct ts_module door_module = {
    .name = "door",
    .services = services,
    .collections = collections,
};
