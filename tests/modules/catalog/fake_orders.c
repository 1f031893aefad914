#include "fake_orders.h"

#include <stdio.h>
#include <string.h>

#include "orders/v1/orders.rpc.h"

static struct fake_orders fake;

struct fake_orders *fake_orders_of(struct ts_call *call)
{
    (void)call; /* one test, one instance, at a time */
    return &fake;
}

/* Every other rpc: the catalogue must not ask. */
static int dispatch(const void *rows, unsigned method_index, struct ts_call *call, const ProtobufCMessage *request,
                    ProtobufCMessage *reply)
{
    const Orders__TellCancelledRequest *told = (const void *)request;

    (void)rows, (void)reply;
    if (strcmp(orders__orders__descriptor.methods[method_index].name, "TellCancelled") != 0)
        return TS_EUNIMPLEMENTED;
    if (call->principal->kind != TS_PRINCIPAL_SYSTEM)
        return TS_EDENIED;
    if (fake.fails) {
        fake.fails = false;
        return TS_EUNAVAILABLE;
    }
    fake.told++;
    (void)snprintf(fake.event_id, sizeof(fake.event_id), "%s", told->event_id);
    (void)snprintf(fake.date_id, sizeof(fake.date_id), "%s", told->date_id ? told->date_id : "");
    return 0;
}

static int deadline(const void *rows, unsigned method_index)
{
    (void)rows, (void)method_index;
    return 1000;
}

static const struct ts_service services[] = {
    { &orders__orders__descriptor, dispatch, deadline, NULL },
    { 0 },
};

static const struct ts_collection *const collections[] = { NULL };

static int start(struct ts_call *call, void **ret_state)
{
    (void)call;
    memset(&fake, 0, sizeof(fake));
    *ret_state = NULL;
    return 0;
}

const struct ts_module fake_orders_module = {
    .name = "orders", .services = services, .collections = collections, .start = start
};
