/* Tickets: table of contents. */
#include "tessera/module.h"
#include "api.h"
#include "store.h"

static const struct tickets_service rows = {
    // clang-format off
    /* rpc                     handler           deadline_ms */
    .get_ticket           = { get_ticket,            500 },
    .get_tickets          = { get_tickets,          2000 },
    .get_position_tickets = { get_position_tickets, 2000 },
    .revoke_ticket        = { revoke_ticket,        1000 },
    .reissue_ticket       = { reissue_ticket,       1000 },
    .block_ticket         = { block_ticket,         1000 },
    .draw_svg             = { draw_svg,              500 },
    .draw_png             = { draw_png,              500 },
    .get_verifying_key    = { get_verifying_key,     500 },
    .verify_code          = { verify_code,           500 },
    // clang-format on
};

static const struct ts_service services[] = {
    { &tickets__tickets__descriptor, tickets_dispatch, tickets_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { &ticket_states, NULL };

const struct ts_module tickets_module = {
    .name = "tickets",
    .services = services,
    .collections = collections,
};
