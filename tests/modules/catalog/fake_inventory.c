#include "fake_inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inventory/v1/inventory.rpc.h"

static struct fake_inventory fake;

struct fake_inventory *fake_inventory_of(struct ts_call *call)
{
    (void)call; /* one test, one instance, at a time */
    return &fake;
}

static int attach(struct ts_call *call, const Inventory__AttachTicketTypeRequest *request,
                  Inventory__AttachTicketTypeReply *ret_reply)
{
    (void)ret_reply;
    if (fake.refuses)
        return ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "quotaIds.0", "No such quota.");
    if (request->check_only)
        fake.checked++;
    else
        fake.attached++;
    snprintf(fake.type_id, sizeof(fake.type_id), "%s", request->ticket_type_id);
    return 0;
}

static int sweep(struct ts_call *call, const Inventory__SweepDateRequest *request, Inventory__SweepDateReply *ret_reply)
{
    (void)ret_reply;
    if (call->principal->kind != TS_PRINCIPAL_SYSTEM)
        return TS_EDENIED;
    fake.sweeps++;
    snprintf(fake.event_id, sizeof(fake.event_id), "%s", request->event_id);
    snprintf(fake.date_id, sizeof(fake.date_id), "%s", request->date_id ? request->date_id : "");
    return 0;
}

/* Every other rpc: the catalogue must not ask. */
static int unexpected(const void *rows, unsigned method_index, struct ts_call *call, const ProtobufCMessage *request,
                      ProtobufCMessage *reply)
{
    const char *method = inventory__inventory__descriptor.methods[method_index].name;

    (void)rows;
    if (strcmp(method, "AttachTicketType") == 0)
        return attach(call, (const void *)request, (void *)reply);
    if (strcmp(method, "SweepDate") == 0)
        return sweep(call, (const void *)request, (void *)reply);
    return TS_EUNIMPLEMENTED;
}

static int deadline(const void *rows, unsigned method_index)
{
    (void)rows;
    (void)method_index;
    return 1000;
}

static const struct ts_service services[] = {
    { &inventory__inventory__descriptor, unexpected, deadline, NULL },
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

const struct ts_module fake_inventory_module = {
    .name = "inventory", .services = services, .collections = collections, .start = start
};
