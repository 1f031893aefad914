/* A stand-in for inventory that notes what the catalogue asks of it. */
#ifndef CATALOG_FAKE_INVENTORY_H
#define CATALOG_FAKE_INVENTORY_H

#include <stdbool.h>

#include "tessera/module.h"

struct fake_inventory {
    unsigned sweeps, checked, attached;
    bool refuses;      /* the quotas it is asked about */
    char event_id[40]; /* of the last sweep; date_id "" when it was for all dates */
    char date_id[40];
    char type_id[40]; /* last attached */
};

extern const struct ts_module fake_inventory_module;

/* Of the last instance that started. */
struct fake_inventory *fake_inventory_of(struct ts_call *call);

#endif
