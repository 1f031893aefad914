/* A stand-in for orders that counts which cancellations it was told of. */
#ifndef CATALOG_FAKE_ORDERS_H
#define CATALOG_FAKE_ORDERS_H

#include "tessera/module.h"

struct fake_orders {
    unsigned told;
    bool fails;        /* the next time, and is well again */
    char event_id[40]; /* the last one; date_id "" when it was all of the event */
    char date_id[40];
};

extern const struct ts_module fake_orders_module;

/* Of the last instance that started. */
struct fake_orders *fake_orders_of(struct ts_call *call);

#endif
