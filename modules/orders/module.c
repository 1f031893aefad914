/* Orders: table of contents. */

#include "tessera/module.h"
#include "confirm.h"
#include "notice.h"
#include "orders.h"
#include "tessera/cleanup.h"
#include "tessera/memory.h"

extern const struct ts_module orders_module;

// clang-format off
static const struct orders_service rows = {
    /* rpc                  handler            deadline_ms */
    .place_order        = { place_order,        10000 },
    .give_comps         = { give_comps,         10000 },
    .cancel_order       = { cancel_order,       10000 },
    .get_order          = { get_order,           2000 },
    .get_orders         = { get_orders,          2000 },
    .get_positions      = { get_positions,       2000 },
    .list_orders        = { list_orders,        10000 },
    .list_viewer_orders = { list_viewer_orders,  5000 },
    .read_order         = { read_order,          2000 },
    .extend_order       = { extend_order,        5000 },
    .settle_order       = { settle_order,       10000 },
    .count_positions    = { count_positions,    30000 },
    .find_guests        = { find_guests,        10000 },
    .list_person_orders = { list_person_orders, 10000 },
    .erase_from_order   = { erase_from_order,   10000 },
    .erase_event_names  = { erase_event_names,  30000 },
    .tell_cancelled     = { tell_cancelled,      2000 },
};
// clang-format on

static const struct ts_service services[] = {
    { &orders__orders__descriptor, orders_dispatch, orders_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { &orders_collection, &order_codes_collection, &orders_outbox,
                                                           &orders_notices,    &notice_outbox,          NULL };

static const struct ts_listener listeners[] = {
    { &orders__order_changed__descriptor, orders_on_changed, .from_others = true },
    { 0 },
};

static const struct ts_due due[] = {
    { &orders_collection, orders_continue },
    { &orders_outbox, confirm_continue },
    { &orders_notices, notice_continue },
    { &notice_outbox, notice_mail_continue },
    { 0 },
};

static int orders_start(struct ts_call *call, void **ret_state)
{
    static const char *const labels[ORDERS_STATUSES] = {
        [ORDERS__ORDER_STATUS__PENDING] = "status=\"pending\"",
        [ORDERS__ORDER_STATUS__PAID] = "status=\"paid\"",
        [ORDERS__ORDER_STATUS__EXPIRED] = "status=\"expired\"",
        [ORDERS__ORDER_STATUS__CANCELLED] = "status=\"cancelled\"",
    };
    struct orders_state *state = ts_memory_new(1, sizeof(*state));

    state->counts = counts_new();
    for (size_t i = 0; i < ORDERS_STATUSES; i++)
        state->changes[i] =
            ts_metric_new(call, TS_METRIC_COUNTER, "tessera_orders_total", labels[i], "Orders that reached a status.");
    *ret_state = state;
    return 0;
}

static void orders_stop(void *data)
{
    struct orders_state *state = data;

    counts_free(state->counts);
    ts_memory_free(state);
}

static const ProtobufCMessageDescriptor *const events[] = { &orders__order_changed__descriptor, NULL };

const struct ts_module orders_module = {
    .name = "orders",
    .services = services,
    .collections = collections,
    .events = events,
    .listeners = listeners,
    .due = due,
    .start = orders_start,
    .stop = orders_stop,
};
