/* Payments: table of contents. */
#include "tessera/module.h"
#include "payments.h"
#include "stripe.h"

extern const struct ts_module payments_module;

// clang-format off
static const struct payments_service rows = {
    /* rpc                   handler           deadline_ms */
    .pay_order          = { pay_order,         20000 },
    .confirm_payment    = { confirm_payment,   20000 },
    .refund_order       = { refund_order,      20000 },
    .hear_stripe        = { hear_stripe,       20000 },
    .get_payments       = { get_payments,       2000 },
    .get_refunds        = { get_refunds,        2000 },
    .list_payments      = { list_payments,      5000 },
    .list_refunds       = { list_refunds,       5000 },
    .get_balances       = { get_balances,       5000 },
};
// clang-format on

static const struct ts_service services[] = {
    { &payments__payments__descriptor, payments_dispatch, payments_deadline, &rows },
    { 0 },
};

static const struct ts_collection *const collections[] = { &payments_collection, &refunds_collection,
                                                           &parked_events_collection, NULL };

static const struct ts_due due[] = {
    { &payments_collection, payments_continue },
    { &refunds_collection, refunds_continue },
    { 0 },
};

static const ProtobufCMessageDescriptor *const events[] = { &payments__money_moved__descriptor, NULL };

const struct ts_module payments_module = {
    .name = "payments",
    .services = services,
    .collections = collections,
    .due = due,
    .events = events,
    .check = stripe_check_settings,
};
