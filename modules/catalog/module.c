/* The catalogue's table of contents. README.md says what it owns. */
#include "tessera/module.h"

#include "api.h"
#include "store.h"

// clang-format off
static const struct catalog_service rows = {
    /* rpc                       handler                deadline_ms */
    .create_organizer       = { create_organizer,       2000 },
    .create_venue           = { create_venue,           2000 },
    .create_event           = { create_event,           2000 },
    .create_event_date      = { create_event_date,      2000 },
    .create_ticket_type     = { create_ticket_type,     4000 },
    .publish_event          = { publish_event,          2000 },
    .update_event           = { update_event,           2000 },
    .update_ticket_type     = { update_ticket_type,     2000 },
    .cancel_event_date      = { cancel_event_date,      4000 },
    .set_embed_origins      = { set_embed_origins,      2000 },
    .set_theme              = { set_theme,              2000 },
    .set_legal_texts        = { set_legal_texts,        2000 },
    .set_event_translations = { set_event_translations, 2000 },
    .get_organizer          = { get_organizer,          1000 },
    .get_event              = { get_event,              1000 },
    .list_events            = { list_events,            5000 },
    .get_organizers         = { get_organizers,         1000 },
    .get_venues             = { get_venues,             1000 },
    .get_events             = { get_events,             1000 },
    .get_event_dates        = { get_event_dates,        1000 },
    .get_ticket_types       = { get_ticket_types,       1000 },
    .get_next_dates         = { get_next_dates,         2000 },
    .list_event_dates       = { list_event_dates,       2000 },
    .list_ticket_types      = { list_ticket_types,      2000 },
    .get_sale               = { get_sale,               1000 },
    .get_sales              = { get_sales,              2000 },
    .list_organizers        = { list_organizers,        2000 },
    .mark_waiting_room      = { mark_waiting_room,      2000 },
    .find_event             = { find_event,             1000 },
};
// clang-format on

static const struct ts_service services[] = {
    { &catalog__catalog__descriptor, catalog_dispatch, catalog_deadline, &rows },
    { 0 },
};

static const struct ts_due due[] = {
    { &catalog_events, event_on_due },
    { &catalog_dates, date_on_due },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &catalog__event_changed__descriptor, NULL };

const struct ts_module catalog_module = {
    .name = "catalog",
    .services = services,
    .collections = catalog_collections,
    .events = events,
    .due = due,
};
