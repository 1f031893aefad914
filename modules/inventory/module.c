/* Inventory: table of contents. */
#include "tessera/module.h"

#include "api.h"
#include "hold.h"
#include "others.h"
#include "places.h"
#include "store.h"

static const struct inventory_service rows = {
    // clang-format off
    /* rpc                       handler                 deadline_ms */
    .create_quota             = { create_quota,             2000 },
    .update_quota             = { update_quota,            10000 },
    .create_organizer_hold    = { create_organizer_hold,    5000 },
    .update_organizer_hold    = { update_organizer_hold,   10000 },
    .release_organizer_hold   = { release_organizer_hold,  10000 },
    .hold_tickets             = { hold_tickets,             5000 },
    .release_hold             = { release_hold,             5000 },
    .renew_hold               = { renew_hold,               5000 },
    .get_hold                 = { get_hold,                 2000 },
    .get_quotas               = { get_quotas,               2000 },
    .list_quotas              = { list_quotas,              5000 },
    .list_date_quotas         = { list_date_quotas,         5000 },
    .get_quota_counts         = { get_quota_counts,        10000 },
    .list_offers              = { list_offers,             10000 },
    .get_availability         = { get_availability,        10000 },
    .get_holds                = { get_holds,                2000 },
    .get_organizer_holds      = { get_organizer_holds,      5000 },
    .list_organizer_holds     = { list_organizer_holds,    10000 },
    .attach_ticket_type       = { attach_ticket_type,       5000 },
    .read_hold                = { read_hold,                2000 },
    .keep_hold                = { keep_hold,                5000 },
    .sell_hold                = { sell_hold,                5000 },
    .free_hold                = { free_hold,                5000 },
    .hold_again               = { hold_again,               5000 },
    .hold_comps               = { hold_comps,               5000 },
    .sweep_date               = { sweep_date,              30000 },
    .set_seat_plan            = { set_seat_plan,          10000 },
    .list_date_seat_plans     = { list_date_seat_plans,   10000 },
    .get_seat_plans           = { get_seat_plans,         10000 },
    .get_seat_sections        = { get_seat_sections,      10000 },
    .get_seat_rows            = { get_seat_rows,          10000 },
    .get_seat_states          = { get_seat_states,        10000 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &inventory__inventory__descriptor, inventory_dispatch, inventory_deadline, &rows },
    { 0 },
};

static const struct ts_due due[] = {
    { &inventory_holds, hold_due },
    { 0 },
};

static const struct ts_listener listeners[] = {
    { &inventory__places_changed__descriptor, others_told, .from_others = true },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &inventory__availability_changed__descriptor, NULL };

const struct ts_module inventory_module = {
    .name = "inventory",
    .services = services,
    .collections = inventory_collections,
    .listeners = listeners,
    .events = events,
    .due = due,
    .start = inventory_start,
    .stop = inventory_stop,
};
